"""NAS-Bench-201: published counts, strings and costs, and networks that compute what their cell says."""

import csv
import itertools

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from nas_plugins.spaces import Graph, NASBench201
from nas_plugins.spaces.cost import count_multiply_adds, count_parameters
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.nasbench201 import EDGES, OPERATIONS, Cell
from nas_plugins.spaces.nasbench201.network import SearchedCell

SPACE = NASBench201()
TEXT = "|nor_conv_3x3~0|+|nor_conv_1x1~0|none~1|+|skip_connect~0|none~1|avg_pool_3x3~2|"


def uniform(operation):
    return Cell((operation,) * 6)


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def accuracies(shared_data):
    return rows(shared_data / "nasbench201" / "nb201_accuracies.csv")


def test_the_published_counts():
    """15,625 cells with 24 neighbours each (Dong and Yang, 2020, section 2.1)."""
    assert len(SPACE) == len(set(SPACE)) == 15_625
    assert {len(list(SPACE.neighbors(cell))) for cell in itertools.islice(SPACE, 0, None, 125)} == {24}


def test_an_official_string_says_what_stands_where():
    """Groups are target nodes, ~k is the source, edges in the order of EDGES."""
    cell = Cell.parse(TEXT)

    assert dict(zip(EDGES, cell.operations, strict=True)) == {
        (0, 1): "nor_conv_3x3",
        (0, 2): "nor_conv_1x1",
        (1, 2): "none",
        (0, 3): "skip_connect",
        (1, 3): "none",
        (2, 3): "avg_pool_3x3",
    }
    assert str(cell) == TEXT


def test_the_enumeration_counts_in_base_five():
    """The digits of an index name the operations, first edge most significant."""
    assert SPACE[0] == uniform("none")
    assert SPACE[1].operations == ("none",) * 5 + ("skip_connect",)
    assert SPACE.index(Cell.parse(TEXT)) == int("320104", base=5)


def test_all_official_strings_parse_and_print(accuracies):
    """Every string of the table is read, printed identically, and has the digits the table gives it."""
    assert len({row["arch_str"] for row in accuracies}) == 15_625
    for row in accuracies:
        cell = SPACE.parse(row["arch_str"])
        assert str(cell) == row["arch_str"]
        assert SPACE.index(cell) == int(row["ops"], base=5)


def test_the_6466_classes(shared_data, accuracies):
    """Cells share a canonical form exactly where the published classes put them together: equal as partitions."""
    published = {row["index"]: row["isomorph_id"] for row in rows(shared_data / "nasbench201" / "nb201_isomorphs.csv")}
    pairs = {(SPACE.canonical_form(SPACE.parse(row["arch_str"])), published[row["index"]]) for row in accuracies}

    assert len(pairs) == 6_466
    assert len({form for form, _ in pairs}) == 6_466
    assert len({label for _, label in pairs}) == 6_466


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "3 groups"),
        ("|none~0|+|none~0|none~1|", "3 groups"),
        (TEXT + "+|none~0|", "3 groups"),
        (TEXT[1:], "between bars"),
        (TEXT.replace("|none~1|+", "|+"), "2 incoming edges"),
        (TEXT.replace("nor_conv_3x3", "conv3x3"), "'conv3x3'"),
        (TEXT.replace("nor_conv_3x3~0", "nor_conv_3x3~1"), "operation~0"),
        (TEXT.replace("nor_conv_3x3~0", "nor_conv_3x3~00"), "operation~0"),
        (TEXT.replace("nor_conv_3x3~0", "nor_conv_3x3~\N{ARABIC-INDIC DIGIT ZERO}"), "operation~0"),
        (TEXT.replace("nor_conv_3x3~0", "nor_conv_3x3"), "operation~0"),
    ],
)
def test_a_bad_string_is_told_what_is_wrong_with_it(text, complaint):
    with pytest.raises(InvalidArchitecture, match=complaint):
        SPACE.parse(text)


@pytest.mark.parametrize("operations", [(), ("none",) * 5, ("none",) * 7, ("none",) * 5 + ("conv",)])
def test_a_cell_has_six_known_operations(operations):
    with pytest.raises(InvalidArchitecture, match="wanted"):
        Cell(operations)


def test_the_graph_has_the_true_data_flow():
    """An operation on edge (i, j) reads every operation that ends in i; input and output are nodes of their own."""
    graph = SPACE.to_graph(Cell.parse(TEXT))
    node = {edge: position for position, edge in enumerate(EDGES, start=1)}
    flow = {(node[first], node[second]) for first in EDGES for second in EDGES if first[1] == second[0]}
    flow |= {(0, node[edge]) for edge in EDGES if edge[0] == 0} | {(node[edge], 7) for edge in EDGES if edge[1] == 3}

    assert graph.operations == ("input", *Cell.parse(TEXT).operations, "output")
    assert set(graph.edges) == flow
    assert len(flow) == 10


def test_a_graph_with_another_data_flow_is_refused():
    """One edge too few, one too many, or a cell operation at the input."""
    graph = SPACE.to_graph(Cell.parse(TEXT))

    for bad in (
        Graph(graph.operations, graph.edges[1:]),
        Graph(graph.operations, (*graph.edges, (0, 7))),
        Graph(("none", *graph.operations[1:]), graph.edges),
        Graph(("input", "input", *graph.operations[2:]), graph.edges),
        Graph(graph.operations[:-1], tuple(edge for edge in graph.edges if 7 not in edge)),
    ):
        with pytest.raises(InvalidArchitecture):
            SPACE.from_graph(bad)


@pytest.mark.parametrize(
    "cell",
    [*map(uniform, OPERATIONS), Cell.parse(TEXT), *itertools.islice(SPACE.neighbors(Cell.parse(TEXT)), 1, None, 6)],
    ids=SPACE.index,
)
def test_parameters_are_exact(cell):
    """0.073306 M + 0.028 M per 1x1 and 0.24304 M per 3x3 convolution, at C=16, N=5 and 10 classes."""
    counted = count_parameters(SPACE.network(cell, 10))

    assert counted == 73_306 + 28_000 * cell.operations.count("nor_conv_1x1") + 243_040 * cell.operations.count(
        "nor_conv_3x3"
    )


@pytest.mark.parametrize(
    ("operation", "millions"), [("none", 7.78305), ("skip_connect", 7.78305), ("nor_conv_3x3", 220.11969)]
)
def test_multiply_adds_are_exact(operation, millions):
    """The smallest and the largest cell at C=16, N=5, 10 classes and 32x32 pixels."""
    assert count_multiply_adds(SPACE.network(uniform(operation), 10)) == round(millions * 1e6)


def test_costs_agree_with_the_table(accuracies):
    """Parameters and multiply-adds of ten cells, to the table's last digit.

    Two of them have convolutions that only ever see zeros; the benchmark computes and counts those too.
    """
    for row in [*accuracies[::1953], *itertools.islice(filter(_reads_zeros, accuracies), 2)]:
        network = SPACE.network(SPACE.parse(row["arch_str"]), 10)
        assert count_parameters(network) / 1e6 == pytest.approx(float(row["params_M_derived"]), abs=1e-6)
        assert count_multiply_adds(network) == round(1e6 * float(row["flops_M_derived_c10"]))


def _reads_zeros(row):
    """Whether a convolution of the row's cell reads a node that nothing reaches."""
    cell = SPACE.parse(row["arch_str"])
    live = reached(cell)
    return any(
        source not in live and operation.startswith("nor_conv")
        for (source, _), operation in zip(EDGES, cell.operations, strict=True)
    )


def test_counting_leaves_the_network_as_it_was():
    """Training mode and batch statistics are untouched."""
    network = SPACE.network(Cell.parse(TEXT), 10, C=4, N=1).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}

    count_multiply_adds(network)

    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


@pytest.mark.parametrize(
    ("size", "channels", "C", "N", "classes"),
    [
        ((32, 32), 3, 16, 1, 10),
        ((8, 8), 1, 4, 2, 2),
        ((17, 33), 4, 3, 1, 5),
        ((4, 4), 3, 1, 1, 100),
        ((64, 48), 3, 8, 1, 3),
    ],
)
def test_networks_take_images_of_any_size_and_channels(size, channels, C, N, classes):
    """Odd sizes too; one row of finite logits per image."""
    network = SPACE.network(Cell.parse(TEXT), classes, C=C, N=N, in_channels=channels)

    logits = network(torch.randn(2, channels, *size))

    assert logits.shape == (2, classes)
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("scale", [{"num_classes": 1}, {"C": 0}, {"N": 0}, {"in_channels": 0}, {"C": -3}])
def test_sizes_out_of_range_are_refused(scale):
    """The message names the size."""
    with pytest.raises(InvalidArgument, match=next(iter(scale))):
        SPACE.network(Cell.parse(TEXT), **({"num_classes": 10} | scale))


def reached(cell):
    """The nodes to which a path of operations other than none leads from the first."""
    live = {0}
    for (source, target), operation in zip(EDGES, cell.operations, strict=True):
        if source in live and operation != "none":
            live.add(target)
    return live


def test_a_dead_cell_is_zero_and_a_live_one_is_not():
    """Over 200 cells: the output is zero exactly when no path leads through the cell."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    x = torch.rand(2, 4, 8, 8) + 0.5
    cells = [SPACE.sample(rng) for _ in range(197)]
    cells += [uniform("none"), Cell.parse(TEXT), Cell(("nor_conv_3x3", "none", "none", "none", "none", "skip_connect"))]

    outcomes = {(3 not in reached(cell), bool((SearchedCell(cell, 4)(x) == 0).all())) for cell in cells}

    assert outcomes == {(True, True), (False, False)}


def test_a_network_of_dead_cells_still_trains():
    """Its logits are those of the shortcut around the cells; the classifier gets gradients."""
    network = SPACE.network(uniform("none"), 3, C=4, N=1)

    functional.cross_entropy(network(torch.randn(4, 3, 8, 8)), torch.tensor([0, 1, 2, 0])).backward()

    assert network.classifier.bias.grad.abs().sum() > 0


def test_gradients_reach_every_parameter():
    """In a cell where every edge is on a path, no parameter is left without a gradient."""
    torch.manual_seed(0)
    network = SPACE.network(uniform("nor_conv_3x3"), 3, C=4, N=2)

    functional.cross_entropy(network(torch.randn(8, 3, 16, 16)), torch.arange(8) % 3).backward()

    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_a_cell_computes_its_formula():
    """Each node is the sum of its edges' operations on their sources, written out for one cell."""
    torch.manual_seed(0)
    cell = Cell(("nor_conv_3x3", "skip_connect", "avg_pool_3x3", "nor_conv_1x1", "none", "nor_conv_3x3"))
    searched, x = SearchedCell(cell, 4), torch.randn(2, 4, 6, 6)

    def convolution(edge, value):
        weight = searched.edges[edge][1].weight
        return functional.batch_norm(
            functional.conv2d(value.relu(), weight, padding=weight.shape[-1] // 2), None, None, training=True
        )

    first = convolution("0_1", x)
    second = x + functional.avg_pool2d(first, 3, stride=1, padding=1, count_include_pad=False)
    third = convolution("0_3", x) + convolution("2_3", second)
    torch.testing.assert_close(searched(x), third)


def test_cells_of_one_class_compute_the_same_function():
    """Cells that differ only in dead edges agree when their live edges share weights."""
    torch.manual_seed(0)
    live = Cell(("none", "nor_conv_3x3", "none", "skip_connect", "none", "nor_conv_1x1"))
    longer = Cell(("none", "nor_conv_3x3", "avg_pool_3x3", "skip_connect", "nor_conv_3x3", "nor_conv_1x1"))
    first, second = SearchedCell(live, 4).eval(), SearchedCell(longer, 4).eval()
    second.load_state_dict(first.state_dict(), strict=False)
    x = torch.randn(2, 4, 6, 6)

    assert SPACE.canonical_form(live) == SPACE.canonical_form(longer)
    torch.testing.assert_close(first(x), second(x))


def test_none_carries_no_module():
    """Only convolutions, pooling and identities stand in the network of a cell."""
    searched = SearchedCell(Cell.parse(TEXT), 4)

    assert set(searched.edges) == {"0_1", "0_2", "0_3", "2_3"}
    assert isinstance(searched.edges["0_3"], nn.Identity)
