"""Pictures: files that open, texts that are there, clear refusals, and no trace in Matplotlib's settings."""

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from nas_plugins.plots import (
    ComparisonRow,
    RegretCurve,
    draw_architectures,
    draw_comparison,
    draw_dataset_map,
    draw_distance_against_edits,
    draw_distributions,
    draw_latent_maps,
    draw_predicted_against_measured,
    draw_predictions,
    draw_regret,
    draw_search,
    draw_training,
)
from nas_plugins.plots import cell as native
from nas_plugins.plots import graph as general
from nas_plugins.spaces import CostBound, MobileNetV3, NASBench201, NetworkCost, constrain
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.graph import Graph
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, SMALLEST
from nas_plugins.spaces.nasbench201 import EDGES, Cell

SPACE = NASBench201()
CELLS = [SPACE[index] for index in (0, 777, 3_905, 9_999, 15_624)]
ALL_NONE = Cell(("none",) * 6)
INCEPTION = Graph(("input", "conv3x3", "maxpool3x3", "conv1x1", "output"), ((0, 1), (0, 2), (1, 3), (2, 4), (3, 4)))


class Graphs:
    """All that a drawing asks of a space; its architectures are graphs, and it has no native picture."""

    name = "graphs"
    operations = ("input", "conv1x1", "conv3x3", "maxpool3x3", "output")

    def contains(self, architecture: object) -> bool:
        return isinstance(architecture, Graph)

    def to_graph(self, architecture: Graph) -> Graph:
        return architecture


DRAWINGS: dict[str, Callable[[Path], Path]] = {
    "cells": lambda path: draw_architectures(SPACE, CELLS, path, captions=list("abcde"), title="Five cells"),
    "networks": lambda path: draw_architectures(
        MobileNetV3(), [SMALLEST, LARGEST], path, captions=["1. predicted\n121 M", "2."], title="Two networks"
    ),
    "prediction": lambda path: draw_predicted_against_measured(
        [70.1, 71.3, 70.7, 72.0], [89.0, 91.0, math.nan, 90.5], path, title="Order", labels=["1", "2", "3", "4"]
    ),
    "one search": lambda path: draw_search([9.7, 88.0, math.nan, 90.1, 89.9], path, title="One", optimum=91.6),
    "searches": lambda path: draw_search([[80.0, 88.0, 90.0], [85.0, 86.0]], path, title="Two", optimum=91.6),
    "comparison": lambda path: draw_comparison(
        [
            ComparisonRow("ours", {"left": (94.1, 93.9, 94.3), "right": (72.0, None, None)}),
            ComparisonRow("theirs", {"left": (94.3, None, None)}, published=True),
        ],
        ["left", "right"],
        path,
        title="Two methods",
        subtitle="accuracy (%)",
    ),
    "distributions": lambda path: draw_distributions(
        {"first": {"random": [10.0, 80.0, 85.0, 86.0], "drawn": [88.0, 89.0, 91.0]}, "second": {"random": [5.0, 5.0]}},
        path,
        title="Two panels",
        value_name="accuracy (%)",
    ),
    "predictions": lambda path: draw_predictions(
        {name: (np.linspace(70, 90, 50), np.linspace(81, 92, 50)) for name in ("one", "another")},
        path,
        title="Two predictors",
        lowest=80.0,
    ),
    "latent maps": lambda path: draw_latent_maps(
        {name: (np.random.default_rng(0).normal(size=(60, 2)), np.arange(60.0)) for name in ("one", "another")},
        path,
        title="Two maps",
        value_name="accuracy (%)",
    ),
    "distance against edits": lambda path: draw_distance_against_edits(
        {"one": (np.repeat([1, 2, 3], 20), np.repeat([1.0, 2.5, 3.0], 20) + np.tile(np.arange(20) / 50, 3))},
        path,
        title="One space",
    ),
    "training": lambda path: draw_training({"generator": [3.0, 1.0, 0.05], "predictor": [0.5, 0.4]}, path, title="T"),
}


def texts(path: Path) -> str:
    """All words of an SVG, one text element a line."""
    elements = ET.parse(path).iter("{http://www.w3.org/2000/svg}text")
    return "\n".join("".join(element.itertext()) for element in elements)


def pixels(path: Path) -> tuple[int, int, int]:
    """Width, height, and number of colours of a PNG, decoded whole."""
    with Image.open(path) as image:
        assert image.format == "PNG"
        return *image.size, len(image.convert("RGB").getcolors(maxcolors=1 << 24))


@pytest.mark.parametrize("name", DRAWINGS)
def test_png_is_a_picture_of_sensible_size(name: str, tmp_path: Path) -> None:
    path = DRAWINGS[name](tmp_path / "new folder" / "picture.png")
    assert path == tmp_path / "new folder" / "picture.png"
    width, height, colors = pixels(path)
    assert 600 <= width <= 4000
    assert 400 <= height <= 4000
    assert colors > 20
    assert [file.name for file in path.parent.iterdir()] == ["picture.png"], "temporary files were left behind"


@pytest.mark.parametrize("name", DRAWINGS)
def test_settings_of_matplotlib_are_untouched_and_without_influence(name: str, tmp_path: Path) -> None:
    """A user's own style survives a drawing and does not enter it; equal data give equal files, without a date."""
    import matplotlib as mpl

    plain = DRAWINGS[name](tmp_path / "plain.svg").read_bytes()
    with mpl.rc_context({"axes.facecolor": "red", "font.size": 30, "lines.linewidth": 9, "svg.fonttype": "path"}):
        before = dict(mpl.rcParams)
        assert DRAWINGS[name](tmp_path / "styled.svg").read_bytes() == plain
        assert dict(mpl.rcParams) == before


def test_settings_survive_a_refusal(tmp_path: Path) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    with pytest.raises(InvalidArgument):
        draw_architectures(SPACE, CELLS, tmp_path / "file.png" / "is-no-folder.txt")
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidArgument, match="name a file you may write"):
        draw_architectures(SPACE, CELLS, tmp_path / "file" / "x.svg")
    assert dict(mpl.rcParams) == before


def test_importing_is_light() -> None:
    """Neither Matplotlib nor networkx, scipy or torch load before a picture is drawn; drawing never loads pyplot."""
    program = (
        "import json, sys, tempfile, pathlib; import nas_plugins.plots as plots;"
        "early = [m for m in ('matplotlib', 'networkx', 'scipy', 'torch', 'ray') if m in sys.modules];"
        "plots.draw_training({'a': [1.0]}, pathlib.Path(tempfile.mkdtemp()) / 'x.svg', title='t');"
        "print(json.dumps([early, 'matplotlib.pyplot' in sys.modules]))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(result.stdout) == [[], False]


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_picture_needs_formulas(name: str, tmp_path: Path) -> None:
    """Neither ticks nor words are formulas, which are left unread."""
    assert "$" not in texts(DRAWINGS[name](tmp_path / "picture.svg"))


@pytest.mark.parametrize("name", ["shoes in $ and €", "$x_", "$\\frac$", "a_b^c"])
def test_a_name_is_no_formula(name: str, tmp_path: Path) -> None:
    """Dollars and backslashes of a folder's name are drawn as they are, also on logarithmic axes."""
    history = {name: [300.0, 1.0, 2e-6]}
    path = draw_training(history, tmp_path / "t.svg", title=name)
    assert texts(path).splitlines().count(name) == 2
    assert {"10⁻⁴", "0.01", "100"} <= set(texts(path).splitlines())
    curves = {name: [RegretCurve(name, np.geomspace(1, 2e6, 5), np.geomspace(20, 3, 5))]}
    words = texts(draw_regret(curves, tmp_path / "r.svg", title=name, regret_name="regret (%)"))
    assert name in words
    assert "$" not in words.replace(name, "")
    assert "10⁶" in words
    assert pixels(draw_training(history, tmp_path / "t.png", title=name))[0] > 0


# Architectures


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


# Prediction


def test_prediction_states_correlation_and_best(tmp_path: Path) -> None:
    """Ranks 1 2 3 4 against 1 2 4 3: Spearman 1 - 6 * 2 / (4 * 15) = 0.80; the nan pair is left out."""
    path = draw_predicted_against_measured(
        [70, 71, 72, 73, 74],
        [90.0, 90.5, 91.25, 91.0, math.nan],
        tmp_path / "p.svg",
        title="Order of four",
        labels=["first", "second", "third", "fourth", "failed"],
    )
    words = texts(path)
    assert "Spearman rank correlation 0.80, n = 4" in words
    assert "third  best measured: 91.25" in words
    assert {"first", "second", "fourth", "Order of four", "measured accuracy (%)"} <= set(words.splitlines())
    assert "failed" not in words


@pytest.mark.parametrize(
    ("predicted", "measured", "words"),
    [
        ([1.0, 2.0], [5.0, 6.0], "n = 2, too few"),
        ([1.0], [5.0], "n = 1, too few"),
        ([1.0, 1.0, 1.0], [5.0, 6.0, 7.0], "n = 3, no rank correlation because all"),
        ([1.0, 2.0, 3.0], [5.0, 6.0, 7.0], "Spearman rank correlation 1.00, n = 3"),
    ],
)
def test_no_correlation_where_there_is_none(
    predicted: list[float], measured: list[float], words: str, tmp_path: Path
) -> None:
    path = draw_predicted_against_measured(predicted, measured, tmp_path / "p.svg", title="t")
    assert words in texts(path)


@pytest.mark.parametrize(("shift", "line"), [(0.0, True), (2.0, True), (50.0, False)])
def test_line_of_equality_only_on_overlapping_scales(shift: float, line: bool, tmp_path: Path) -> None:
    measured = [90.0, 92.0, 94.0]
    path = draw_predicted_against_measured([v - shift for v in measured], measured, tmp_path / "p.svg", title="t")
    assert ("predicted = measured" in texts(path)) is line


@pytest.mark.parametrize(
    ("predicted", "measured", "labels", "message"),
    [
        ([1.0, 2.0], [1.0], None, "got 2 predicted and 1 measured"),
        ([], [], None, "at least one architecture"),
        ([1.0], [math.nan], None, "got none in 1"),
        ([1.0], [2.0], ["a", "b"], "one label for each of 1 points, got 2"),
    ],
)
def test_prediction_refused(
    predicted: list[float], measured: list[float], labels: list[str] | None, message: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidArgument, match=message):
        draw_predicted_against_measured(predicted, measured, tmp_path / "x.png", title="t", labels=labels)


# Search


def test_one_search_tells_best_failures_and_what_lies_below(tmp_path: Path) -> None:
    scores = [10.0, *[90.0, 91.0, 90.5] * 5, math.nan, 93.25, 92.0]
    words = texts(draw_search(scores, tmp_path / "s.svg", title="One search", optimum=94.5))
    for line in ("trial (1 failed)", "best so far, in the end 93.25", "optimum 94.50", "queries", "One search"):
        assert line in words.splitlines()
    assert "trial below the axis, down to 10.00" in words


def test_many_searches_show_mean_and_interval(tmp_path: Path) -> None:
    """Best scores 91, 92, 93 in the end: mean 92, half-width t(0.975, 2) * 1 / sqrt(3) = 4.302653 * 0.577350 = 2.48.

    The shorter run keeps its best, the run without any score is counted apart.
    """
    runs = [[90.0, 91.0, 80.0], [92.0], [91.0, math.nan, 93.0], [math.nan, math.nan]]
    words = texts(draw_search(runs, tmp_path / "s.svg", title="Four"))
    assert "mean of 3 runs (1 without a score), in the end 92.00 ± 2.48" in words
    assert "95 % interval of the mean" in words
    assert "optimum" not in words


@pytest.mark.parametrize(
    ("cost", "name"), [(10.0, "seconds"), (100.0, "minutes"), (4000.0, "hours"), (90_000.0, "days")]
)
def test_time_axis_takes_a_readable_unit(cost: float, name: str, tmp_path: Path) -> None:
    path = draw_search([90.0, 91.0, 92.0], tmp_path / "s.svg", title="t", seconds=[cost] * 3)
    assert f"training time ({name})" in texts(path)


@pytest.mark.parametrize(
    ("scores", "seconds", "message"),
    [
        ([], None, "scores of at least one trial, got none"),
        ([math.nan], None, "got none in 1 trials"),
        ([[]], None, "got none in 0 trials"),
        ([1.0, [2.0]], None, "mixture"),
        ([1.0, 2.0], [1.0], "got 1 seconds in 1 runs for 2 scores in 1 runs"),
        ([1.0, 2.0], [1.0, math.nan], "seconds of at least 0"),
        ([1.0, 2.0], [1.0, -1.0], "seconds of at least 0"),
    ],
)
def test_search_refused(scores: Any, seconds: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=message):
        draw_search(scores, tmp_path / "x.png", title="t", seconds=seconds)


# Training


def test_training_has_a_named_panel_per_series(tmp_path: Path) -> None:
    history = {"generator": [40.0, 5.0, 0.5], "predictor": [0.5, math.nan, 0.25], "student": [7.0]}
    lines = texts(draw_training(history, tmp_path / "t.svg", title="Three models")).splitlines()
    assert {"generator", "predictor", "student", "Three models"} <= set(lines)
    assert lines.count("epoch") == 3
    # Only the first spans a factor of 30.
    assert (lines.count("loss (logarithmic)"), lines.count("loss")) == (1, 2)
    assert {"0.500", "0.250", "7.00"} <= set(lines), "the last value of each"


@pytest.mark.parametrize(
    ("history", "message"),
    [({}, "at least one model"), ({"a": []}, "finite value for 'a'"), ({"a": [math.nan]}, "none in 1 epochs")],
)
def test_training_refused(history: dict[str, list[float]], message: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=message):
        draw_training(history, tmp_path / "x.png", title="t")


# Paths


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize("file", ["picture.pdf", "picture", "picture.png.txt"])
def test_other_formats_refused_before_any_work(name: str, file: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"ends in \.png or \.svg"):
        DRAWINGS[name](tmp_path / file)
    assert not list(tmp_path.iterdir())


def test_folder_as_path_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(InvalidArgument, match="got the folder"):
        draw_training({"a": [1.0]}, tmp_path / "a.png", title="t")


def test_upper_case_ending_accepted(tmp_path: Path) -> None:
    assert pixels(draw_training({"a": [1.0, 0.5]}, tmp_path / "A.PNG", title="t"))[0] > 0


def test_comparison_writes_every_method_and_its_figure(tmp_path: Path) -> None:
    """A row without a figure in a panel keeps its line there; a panel without any figure is refused."""
    words = texts(DRAWINGS["comparison"](tmp_path / "c.svg")).split("\n")

    assert {"ours", "theirs", "94.10", "94.30", "72.00", "accuracy (%)"} <= set(words)
    with pytest.raises(InvalidArgument, match="wanted a figure for 'left'"):
        draw_comparison([ComparisonRow("ours", {"right": (1.0, None, None)})], ["left"], tmp_path / "c.svg", title="T")
    with pytest.raises(InvalidArgument, match="at least one column"):
        draw_comparison([], [], tmp_path / "c.svg", title="T")


def test_distributions_say_what_lies_left_of_the_axis_and_where_the_medians_are(tmp_path: Path) -> None:
    values = {"random": [10.0] * 5 + [80.0 + 0.1 * k for k in range(95)], "drawn": [85.0 + 0.1 * k for k in range(50)]}
    words = texts(draw_distributions({"A": values}, tmp_path / "d.svg", title="T", value_name="accuracy (%)"))

    assert "median 84.45" in words
    assert "median 87.45" in words
    assert "15 % below 81" in words  # five dead ones and the ten lowest
    assert "0.0 % below 81" in words
    with pytest.raises(InvalidArgument, match="at least one value of 'none'"):
        draw_distributions({"A": {"none": [math.nan]}}, tmp_path / "d.svg", title="T", value_name="x")
    with pytest.raises(InvalidArgument, match="at least one panel"):
        draw_distributions({}, tmp_path / "d.svg", title="T", value_name="x")


def test_a_map_names_every_dataset(tmp_path: Path) -> None:
    """Each known dataset and the placed one stand there in words, also where they lie far apart."""
    rng = np.random.default_rng(0)
    known = {f"known {k}": rng.normal(k, 1, (5, 6)) for k in range(7)}
    path = draw_dataset_map(
        known, rng.normal(30, 1, (5, 6)), tmp_path / "map.svg", name="mine", title="Mine among them"
    )

    assert all(words in texts(path) for words in (*known, "mine", "Mine among them"))


def test_a_map_refuses_vectors_of_another_model(tmp_path: Path) -> None:
    known = {name: np.zeros((5, 6)) for name in "ab"}
    with pytest.raises(InvalidArgument, match="one length"):
        draw_dataset_map(known, np.zeros((5, 7)), tmp_path / "map.png", name="mine", title="")


def test_regret_curves_share_colours_and_reach_nothing(tmp_path: Path) -> None:
    """Panels, methods and published curves are named; a regret of 0 can be drawn on a logarithmic axis."""
    time = np.geomspace(1, 100, 5)
    ours = RegretCurve("walk", time, np.array([9.0, 3.0, 1.0, 0.1, 0.0]), np.full(5, -1.0), np.full(5, 10.0))
    theirs = RegretCurve("walk", time, np.full(5, 2.0), published=True)
    panels = {"A": [ours, theirs], "B": [RegretCurve("draws", time, np.full(5, 4.0))]}
    path = draw_regret(
        panels, tmp_path / "r.svg", title="T", regret_name="regret (%)", final={"walk": [0.0, 1.0], "draws": [4.0]}
    )

    assert all(words in texts(path) for words in ("A", "B", "walk", "draws", "as published", "share of runs"))
    nothing = RegretCurve("walk", time, np.zeros(5))
    assert draw_regret({"A": [nothing]}, tmp_path / "zero.png", title="T", regret_name="x").is_file()
    with pytest.raises(InvalidArgument, match="at least one curve"):
        draw_regret({}, tmp_path / "r.svg", title="T", regret_name="x")


def test_predictions_state_error_and_correlation_above_the_lowest(tmp_path: Path) -> None:
    """What was measured at or below the lowest is left out; how many predictions lie left of the axis is written."""
    measured = np.array([10.0, 80.0, 85.0, 87.0, 90.0])
    words = texts(draw_predictions({"p": (measured + 1, measured)}, tmp_path / "p.svg", title="T", lowest=80.0))

    assert "RMSE 1.00, Pearson 1.00, n = 3" in words
    assert "0.0 % below 80" in words
    with pytest.raises(InvalidArgument, match="at least 3 architectures above"):
        draw_predictions({"p": (measured, measured)}, tmp_path / "p.svg", title="T", lowest=86.0)


def test_distance_against_edits_states_the_rank_correlation(tmp_path: Path) -> None:
    edits = np.repeat([1, 2, 3], 10)
    words = texts(draw_distance_against_edits({"p": (edits, edits * 2.0)}, tmp_path / "p.svg", title="T"))

    assert "Spearman 1.00, 30 pairs" in words
    with pytest.raises(InvalidArgument, match="as many edit as latent"):
        draw_distance_against_edits({"p": (edits, edits[1:])}, tmp_path / "p.svg", title="T")


def test_latent_maps_refuse_what_is_no_map(tmp_path: Path) -> None:
    for points, values in ((np.zeros((3, 3)), np.zeros(3)), (np.zeros((3, 2)), np.zeros(2)), (np.zeros((0, 2)), [])):
        with pytest.raises(InvalidArgument, match="wanted"):
            draw_latent_maps({"m": (points, np.asarray(values))}, tmp_path / "m.svg", title="T", value_name="x")
