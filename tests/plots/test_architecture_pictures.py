"""Pictures of architectures: cells, networks and any graph."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from nas_plugins.plots import cell as native
from nas_plugins.plots import (
    draw_architectures,
)
from nas_plugins.plots import graph as general
from nas_plugins.spaces import CostBound, MobileNetV3, NetworkCost, constrain
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.graph import Graph
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, SMALLEST
from nas_plugins.spaces.nasbench201 import EDGES, Cell
from tests.plots.drawings import ALL_NONE, CELLS, INCEPTION, SPACE, Graphs, texts


def test_cells_carry_legend_captions_and_title(tmp_path: Path) -> None:
    captions = [f"{rank}. predicted 76.1 %\nmeasured 98.2 %" for rank in range(1, 6)]
    path = draw_architectures(SPACE, CELLS, tmp_path / "cells.svg", captions=captions, title="Cells for digits")
    lines = texts(path).splitlines()
    for label in ("3x3 conv", "1x1 conv", "average pooling", "skip", "none", "without effect", "Cells for digits"):
        assert label in lines
    assert all(f"{rank}. predicted 76.1 %" in lines for rank in range(1, 6))
    assert lines.count("measured 98.2 %") == 5


def test_each_edge_is_named_by_its_operation(tmp_path: Path) -> None:
    cell = Cell(("nor_conv_3x3", "nor_conv_3x3", "nor_conv_1x1", "skip_connect", "avg_pool_3x3", "nor_conv_3x3"))
    lines = texts(draw_architectures(SPACE, [cell], tmp_path / "cell.svg")).splitlines()
    # One "skip" stands in the legend.
    assert [lines.count(word) for word in ("3x3", "1x1", "avg", "skip")] == [3, 1, 1, 2]
    assert "none" not in lines
    assert "without effect" not in lines


def test_cell_without_a_path_says_so(tmp_path: Path) -> None:
    path = draw_architectures(SPACE, [ALL_NONE, CELLS[-1]], tmp_path / "none.svg")
    assert texts(path).splitlines().count("no path from in to out") == 1


def test_living_edges_are_those_the_output_depends_on() -> None:
    """By definition, over the whole space: an edge lives if taking it away takes away a path from input to output."""

    def paths(edges: set[tuple[int, int]]) -> set[tuple[tuple[int, int], ...]]:
        routes = [((0, 3),), ((0, 1), (1, 3)), ((0, 2), (2, 3)), ((0, 1), (1, 2), (2, 3))]
        return {route for route in routes if set(route) <= edges}

    seen: dict[frozenset[tuple[int, int]], bool] = {}
    for cell in SPACE:
        present = frozenset(e for e, operation in zip(EDGES, cell.operations, strict=True) if operation != "none")
        if present not in seen:
            seen[present] = True
            nodes, edges = native.living(cell)
            assert edges == {edge for route in paths(set(present)) for edge in route}
            assert nodes == {node for edge in edges for node in edge}
    assert len(seen) == 64


@pytest.mark.parametrize(("count", "columns", "rows"), [(1, 5, 1), (5, 5, 1), (6, 5, 2), (30, 6, 5)])
def test_grid_grows_by_rows(count: int, columns: int, rows: int, tmp_path: Path) -> None:
    """Every architecture keeps its size on the page, so thirty are as legible as one."""
    rng = np.random.default_rng(0)
    cells = [SPACE.sample(rng) for _ in range(count)]
    path = draw_architectures(SPACE, cells, tmp_path / "grid.svg", columns=columns)
    root = ET.parse(path).getroot()
    width, height = (float(str(root.get(side)).removesuffix("pt")) / 72 for side in ("width", "height"))
    assert width >= min(columns, count) * native.WIDTH
    assert rows * native.HEIGHT <= height <= rows * native.HEIGHT * 1.3 + 1.6


def test_networks_of_mobilenetv3_stand_below_one_another(tmp_path: Path) -> None:
    """Every layer says its kernel size under its unit, captions stand beside; within bounds too, in any number of rows.

    The legend has each kernel size once more, and each expansion ratio.
    """
    space = MobileNetV3()
    subnets = [SMALLEST, space.parse("k3e6,k5e4|k7e3,k3e3,k3e4|k3e3,k3e3|k5e4,k5e6,k3e3,k3e3|k7e6,k7e3"), LARGEST]
    captions = ["1. predicted 90.0 %\n121 M multiply-adds", "2. predicted 88.0 %", "3."]
    lines = texts(
        draw_architectures(space, subnets, tmp_path / "nets.svg", captions=captions, columns=2, title="Networks")
    ).splitlines()

    kernels = [str(kernel) for subnet in subnets for unit in subnet.units for kernel, _ in unit]
    assert [line for line in lines if len(line) == 1] == [*kernels, *"357346"]
    words = ["Networks", *(f"unit {unit}" for unit in range(1, 6)), *"\n".join(captions).split("\n")]
    assert [line for line in lines if line in words] == words

    bounded = constrain(space, [CostBound(NetworkCost(space), 130e6)])
    sides = [
        ET.parse(draw_architectures(bounded, [SMALLEST] * count, tmp_path / f"{count}.svg")).getroot().attrib
        for count in (1, 10)
    ]
    assert sides[0]["width"] == sides[1]["width"]
    assert float(sides[1]["height"].removesuffix("pt")) - float(sides[0]["height"].removesuffix("pt")) > 9 * 0.6 * 72


def test_other_spaces_show_their_graph_view(tmp_path: Path) -> None:
    """Every node is named by its operation; the space has no legend of cells."""
    path = draw_architectures(Graphs(), [INCEPTION], tmp_path / "graph.svg", captions=["a module"])
    assert sorted(texts(path).splitlines()) == sorted([*INCEPTION.operations, "a module"])


@pytest.mark.parametrize(
    "graph",
    [
        Graph(("input",), ()),
        Graph(("input", "output"), ((0, 1),)),
        Graph(("input", "none", "output"), ((0, 1), (1, 2))),
        Graph(("input", *["conv3x3"] * 20, "output"), tuple((k, k + 1) for k in range(21))),
        Graph(("a", "b", "c", "d"), ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))),
        SPACE.to_graph(CELLS[2]),
    ],
    ids=["single", "edge", "none", "chain", "complete", "nasbench201"],
)
def test_any_graph_can_be_drawn(graph: Graph, tmp_path: Path) -> None:
    path = draw_architectures(Graphs(), [graph, graph], tmp_path / "graph.svg")
    assert texts(path).splitlines() == list(graph.operations) * 2


def test_layout_keeps_boxes_and_passing_edges_apart() -> None:
    """Within a layer no two items share a place, and every edge leads to a lower layer."""
    for graph in (INCEPTION, SPACE.to_graph(CELLS[2])):
        rows = general._rows(graph)
        columns = general._columns(rows)
        row_of = {item: row for row, items in enumerate(rows) for item in items}
        for row in rows:
            places = [columns[item] for item in row]
            assert np.allclose(np.diff(places), 1)
            assert sum(places) == pytest.approx(0)
        assert all(row_of[source] < row_of[target] for source, target in graph.edges)


def test_general_view_greys_what_has_no_effect() -> None:
    dead_end = Graph(("input", "conv1x1", "conv3x3", "none", "output"), ((0, 1), (0, 2), (2, 4), (0, 3), (3, 4)))
    assert general.living(dead_end) == {0, 2, 4}
    assert general.living(Graph(("input", "none", "output"), ((0, 1), (1, 2)))) == set()


@pytest.mark.parametrize(
    ("architectures", "options", "message"),
    [
        ([], {}, "wanted 1 to 200 architectures to draw, got 0"),
        ([ALL_NONE] * 201, {}, "got 201"),
        ([ALL_NONE], {"captions": ["a", "b"]}, "one caption for each of 1 architectures, got 2"),
        ([ALL_NONE], {"columns": 0}, "at least 1 column, got 0"),
    ],
)
def test_architectures_refused(
    architectures: list[Cell], options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidArgument, match=message):
        draw_architectures(SPACE, architectures, tmp_path / "x.png", **options)
    assert not list(tmp_path.iterdir())


def test_architecture_of_another_space_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArchitecture, match="wanted architectures of nasbench201"):
        draw_architectures(SPACE, [INCEPTION], tmp_path / "x.png")  # type: ignore[list-item]  # the point of the test
