"""DARTS: published genotypes and their sizes, the six rules, the eleven-node view, exact costs, and networks."""

import itertools
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from torch import nn
from torch.nn import functional

from nas_plugins.spaces import DARTS, Graph, SearchSpace
from nas_plugins.spaces.cost import Cost, count_multiply_adds, count_parameters
from nas_plugins.spaces.darts import OPERATIONS, Cell, Genotype
from nas_plugins.spaces.darts.cost import IMAGENET, network_cost
from nas_plugins.spaces.darts.network import CellNetwork, SearchedCell
from nas_plugins.spaces.darts.validity import RULES, SIZE, broken_rules, passes_published_check
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument

SPACE = DARTS()
CONCAT = "[2, 3, 4, 5]"


def text(normal, reduce, concat=CONCAT):
    return f"Genotype(normal={normal}, normal_concat={concat}, reduce={reduce}, reduce_concat={concat})"


# Liu et al., 2019, figures 4 and 5 (second order), as their code prints it.
DARTS_V2 = text(
    "[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 1), "
    "('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)]",
    "[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', 0), "
    "('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)]",
)
# Yan et al., 2020, figure 10.
ARCH2VEC_BO = text(
    *[
        "[('sep_conv_5x5', 1), ('max_pool_3x3', 0), ('skip_connect', 0), ('dil_conv_3x3', 1), ('sep_conv_5x5', 1), "
        "('sep_conv_3x3', 0), ('dil_conv_5x5', 2), ('sep_conv_3x3', 0)]"
    ]
    * 2
)
ARCH2VEC_RL = text(
    *[
        "[('sep_conv_3x3', 0), ('dil_conv_3x3', 1), ('max_pool_3x3', 0), ('dil_conv_3x3', 1), ('skip_connect', 0), "
        "('sep_conv_3x3', 1), ('dil_conv_5x5', 1), ('sep_conv_3x3', 0)]"
    ]
    * 2
)


def uniform(operation):
    return Cell(tuple((operation, source) for _ in range(4) for source in (0, 1)))


def drawn(seed):
    return SPACE.sample(np.random.default_rng(seed))


seeds = st.integers(0, 2**32 - 1)


def test_the_number_of_cells():
    """8^8 choices of operations times 1 * 3 * 6 * 10 of sources; no limit leaves them all, none lets any through."""
    assert SPACE.COUNT == 8**8 * 180 == SPACE.count_within(10**12)
    assert SPACE.count_within(1) == 0
    assert np.prod([len(options) for options in SPACE.choices().values()]) == SPACE.COUNT


# Parameters: the first from the log in arch2vec's repository (its 600-epoch run of the cell found by Bayesian
# optimisation: "param size = 3.616966MB", "Model total parameters: 4093392"), the others the tables' 3.3 M.
@pytest.mark.parametrize(
    ("genotype", "parameters", "published"),
    [(ARCH2VEC_BO, 3_616_966, 3.6), (ARCH2VEC_RL, 3_298_150, 3.3), (DARTS_V2, 3_349_342, 3.3)],
    ids=["arch2vec-BO", "arch2vec-RL", "DARTS second order"],
)
def test_parameters_of_published_cells_on_cifar(genotype, parameters, published):
    """20 cells of 36 channels without the auxiliary head (Yan et al., 2020, table 4)."""
    with torch.device("meta"):
        counted = count_parameters(CellNetwork(Genotype.parse(genotype), 10))

    assert counted == network_cost(Genotype.parse(genotype), 10).parameters == parameters
    assert round(counted / 1e6, 1) == published


def test_parameters_with_the_auxiliary_head():
    """The log's total counts the head."""
    with torch.device("meta"):
        network = CellNetwork(Genotype.parse(ARCH2VEC_BO), 10, auxiliary=True)

    assert count_parameters(network) == network_cost(Genotype.parse(ARCH2VEC_BO), 10, auxiliary=True).parameters
    assert count_parameters(network) == 4_093_392


@pytest.mark.parametrize(
    ("genotype", "parameters", "multiply_adds"),
    [(ARCH2VEC_RL, 4.8, 533), (ARCH2VEC_BO, 5.2, 580)],
    ids=["arch2vec-RL", "arch2vec-BO"],
)
def test_published_costs_on_imagenet(genotype, parameters, multiply_adds):
    """Table 5 of Yan et al., 2020, to its last digit, once normalisation counts two per value as their tool counts it.

    Formula and count over the network agree exactly at 224 pixels, 48 channels and 14 cells.
    """
    with torch.device("meta"):
        network = CellNetwork(Genotype.parse(genotype), 1000, C=48, N=4, stem="imagenet")
    normalised = 0

    def count(_module, _inputs, output):
        nonlocal normalised
        normalised += output.numel()

    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_hook(count)
    counted = Cost(count_parameters(network), count_multiply_adds(network, (3, 224, 224)))

    assert network_cost(Genotype.parse(genotype), **IMAGENET) == counted
    assert round(counted.parameters / 1e6, 1) == parameters
    assert round((counted.multiply_adds + 2 * normalised) / 1e6) == multiply_adds


@settings(max_examples=8, deadline=None)
@given(
    seed=seeds,
    width=st.tuples(st.integers(2, 9), st.integers(1, 2)),
    size=st.tuples(st.integers(16, 50), st.integers(16, 50)),
    stem=st.sampled_from(["cifar", "imagenet"]),
    auxiliary=st.booleans(),
)
def test_formula_agrees_with_the_general_count(seed, width, size, stem, auxiliary):
    """At any size, odd ones, which strides round up, included."""
    scale = {"image_shape": (3, *size), "C": width[0], "N": width[1], "stem": stem, "auxiliary": auxiliary}

    assert SPACE.cost(drawn(seed), 7, **scale) == SearchSpace.cost(SPACE, drawn(seed), 7, **scale)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_formula_knows_every_operation(operation):
    """Eight times the same operation, in both roles."""
    cell = uniform(operation)

    assert SPACE.cost(cell, 10, C=4, N=1) == SearchSpace.cost(SPACE, cell, 10, C=4, N=1)


def test_cells_within_the_mobile_setting_are_counted_exactly():
    """97.9 % of all cells keep below 600 million; 2,000 draws agree within three standard errors (fixed seed)."""
    within, rng = SPACE.count_within(), np.random.default_rng(3)
    kept = sum(network_cost(Genotype(cell, cell), **IMAGENET).multiply_adds < 6e8 for cell in map(drawn, range(2000)))
    share = within / SPACE.COUNT

    assert within == 2_956_048_382
    assert abs(kept / 2000 - share) < 3 * (share * (1 - share) / 2000) ** 0.5
    assert all(
        network_cost(Genotype(cell, cell), **IMAGENET).multiply_adds < 4e8
        for cell in (SPACE.sample_within(rng, 4e8) for _ in range(50))
    )


def test_counting_within_a_limit_is_counting():
    """At three limits, the share of 4,000 draws is the counted one within four standard errors (fixed seed)."""
    costs = np.array([SPACE.cost(drawn(seed), 10, C=8, N=1).multiply_adds for seed in range(4000)])
    scale = {"num_classes": 10, "C": 8, "N": 1}
    for quantile in (0.1, 0.5, 0.9):
        limit = float(np.quantile(costs, quantile))
        share = SPACE.count_within(limit, **scale) / SPACE.COUNT
        assert abs((costs < limit).mean() - share) < 4 * (share * (1 - share) / 4000) ** 0.5


def test_a_limit_that_no_cell_keeps_is_told(monkeypatch):
    monkeypatch.setattr("nas_plugins.spaces.darts.space._TRIES", 20)
    with pytest.raises(InvalidArgument, match="without any operation"):
        SPACE.sample_within(np.random.default_rng(0), 1e6)


def test_sampling_is_uniform():
    """Chi-squared tests of each decision and of each pair of them.

    The decisions number all cells, so uniform and independent decisions are a uniform cell. False-alarm rate: at most
    1 in 1,000 by the union bound, and the seed is fixed.
    """
    rng = np.random.default_rng(20190501)
    chosen = [SPACE.to_choices(SPACE.sample(rng)) for _ in range(6000)]
    decisions = SPACE.choices()
    p_values = []
    for names in [(name,) for name in decisions] + list(itertools.combinations(decisions, 2)):
        cells = list(itertools.product(*(decisions[name] for name in names)))
        counts = Counter(tuple(choice[name] for name in names) for choice in chosen)
        p_values.append(chisquare([counts[cell] for cell in cells]).pvalue)

    assert min(p_values) > 0.001 / len(p_values)


@given(seed=seeds)
def test_68_neighbours(seed):
    """56 change an operation, 12 move an input; each changes one decision or one source."""
    cell = drawn(seed)
    neighbours = list(SPACE.neighbors(cell))
    moved = [other for other in neighbours if [s for _, s in other.edges] != [s for _, s in cell.edges]]
    choices = SPACE.to_choices(cell)
    differences = [choices.items() - SPACE.to_choices(other).items() for other in neighbours if other not in moved]

    assert (len(neighbours), len(moved)) == (68, 12)
    assert {len(difference) for difference in differences} == {1}
    assert all(sorted(name for name, _ in other.edges) == sorted(name for name, _ in cell.edges) for other in moved)


def test_the_order_of_a_nodes_edges_means_nothing():
    """Two orders make one cell, one text and one hash."""
    cell = Genotype.parse(ARCH2VEC_BO).normal
    swapped = Cell(tuple(edge for first, second in cell.pairs() for edge in (second, first)))

    assert swapped == cell
    assert str(swapped) == str(cell)
    assert hash(swapped) == hash(cell)


@given(first=seeds, second=seeds)
def test_genotypes_read_back_what_they_print(first, second):
    """The official text round trips, and is what Python itself would read."""
    genotype = Genotype(drawn(first), drawn(second))
    fields = {}
    exec(f"fields.update({str(genotype)[len('Genotype(') : -1]})", {"fields": fields})  # text of ours

    assert Genotype.parse(str(genotype)) == genotype
    assert fields["normal"] == list(genotype.normal.edges)
    assert fields["reduce_concat"] == [2, 3, 4, 5]


def test_genotypes_are_read_in_every_official_spelling():
    """A range for the list, tuples, fields in any order, line breaks."""
    genotype = Genotype.parse(DARTS_V2)

    assert Genotype.parse(DARTS_V2.replace(CONCAT, "range(2, 6)")) == genotype
    assert Genotype.parse(DARTS_V2.replace("[", "(").replace("]", ")")) == genotype
    assert Genotype.parse("\n" + DARTS_V2.replace(", ", ",\n  ")) == genotype
    assert SPACE.parse(ARCH2VEC_BO) == Genotype.parse(ARCH2VEC_BO).reduce


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        ("Genotype", "wanted Genotype"),
        ("Genotype()", "the fields"),
        ("Genotype(1, 2)", "wanted Genotype"),
        ("Genotype(" * 400, "wanted Genotype"),
        ("Genotype(\0)", "wanted Genotype"),
        (DARTS_V2.replace("Genotype", "print"), "wanted Genotype"),
        (DARTS_V2.replace("('skip_connect', 2)", "open('x')", 1), "plain lists"),
        (DARTS_V2.replace(CONCAT, "range(10**9)", 1), "plain lists"),
        (DARTS_V2.replace(CONCAT, "[3, 4, 5]", 1), "normal_concat"),
        (DARTS_V2.replace(CONCAT, "5", 1), "normal_concat"),
        (DARTS_V2.replace("sep_conv_3x3", "sep_conv_7x7", 1), "sep_conv_7x7"),
        (DARTS_V2.replace("('dil_conv_3x3', 2)", "('dil_conv_3x3', 5)"), "nodes 0 to 4"),
        (DARTS_V2.replace("('dil_conv_3x3', 2)", "('dil_conv_3x3', 0)"), "two different"),
        (DARTS_V2.replace("('dil_conv_3x3', 2)", "('dil_conv_3x3', True)"), "True"),
        (DARTS_V2.replace("('dil_conv_3x3', 2)", "('dil_conv_3x3',)"), "pairs"),
        (DARTS_V2.replace(", ('dil_conv_3x3', 2)", ""), "8 pairs"),
        (DARTS_V2 + " " * 5000, "at most"),
    ],
)
def test_a_bad_genotype_is_told_what_is_wrong_with_it(bad, complaint):
    with pytest.raises(InvalidArchitecture, match=complaint):
        Genotype.parse(bad)


def test_a_genotype_is_never_run(tmp_path):
    """A text that would write a file when evaluated is refused, and no file appears."""
    file = tmp_path / "run"
    with pytest.raises(InvalidArchitecture):
        Genotype.parse(DARTS_V2.replace("('skip_connect', 2)", f"__import__('os').mkdir({str(file)!r})", 1))
    assert not file.exists()


def test_a_pair_of_cells_is_no_member():
    """The space holds one cell for both roles, and says so."""
    with pytest.raises(InvalidArchitecture, match="one cell for both roles"):
        SPACE.parse(DARTS_V2)


def test_the_graph_is_the_papers():
    """Appendix A.3: inputs first, two operations per node, an operation on a node reads both operations of it."""
    cell = Genotype.parse(ARCH2VEC_BO).normal
    graph = SPACE.to_graph(cell)

    assert graph.operations == ("c_k-2", "c_k-1", *(name for name, _ in cell.edges), "c_k")
    # Sources 0 1 | 0 1 | 0 1 | 0 2, lower first; node 2 is the sum of the operations at 2 and 3.
    inner = {(0, 2), (1, 3), (0, 4), (1, 5), (0, 6), (1, 7), (0, 8), (2, 9), (3, 9)}
    assert set(graph.edges) == inner | {(index, 10) for index in range(2, 10)}


@given(seed=seeds, order=st.lists(st.booleans(), min_size=4, max_size=4))
def test_either_order_of_a_nodes_operations_is_read(seed, order):
    """A graph whose pairs are swapped describes the same cell."""
    graph = SPACE.to_graph(drawn(seed))
    place = list(range(SIZE))
    for node, swap in enumerate(order):
        if swap:
            place[2 * node + 2], place[2 * node + 3] = 2 * node + 3, 2 * node + 2
    labels = [graph.operations[index] for index in place]
    swapped = Graph(tuple(labels), tuple((place[a], place[b]) for a, b in graph.edges))

    assert SPACE.from_graph(swapped) == drawn(seed)


@given(seed=seeds)
def test_a_cell_obeys_the_six_rules_and_the_published_check(seed):
    graph = SPACE.to_graph(drawn(seed))

    assert broken_rules(graph.operations, graph.adjacency) == []
    assert passes_published_check(graph.operations, graph.adjacency)


def broken_graph(rule):
    """Labels and adjacency of a cell, changed so that a rule breaks, first in the paper's order where several do."""
    graph = SPACE.to_graph(Genotype.parse(ARCH2VEC_BO).normal)
    labels, adjacency = list(graph.operations), graph.adjacency
    match rule:
        case 0:
            labels[0], labels[1] = labels[1], labels[0]
        case 1:
            labels[-1] = "none"
        case 2:
            adjacency[0, 4] = 0
        case 3:
            adjacency[4, -1] = 0
        case 4:
            adjacency[1, 4] = 1
        case 5:
            adjacency[9, 2] = 1
    return labels, adjacency


@pytest.mark.parametrize("rule", range(6))
def test_each_rule_is_broken_by_what_it_forbids(rule):
    """One change each; a rule before the broken one never complains."""
    labels, adjacency = broken_graph(rule)
    names = list(RULES)
    broken = broken_rules(labels, adjacency)

    assert names[rule] in broken
    assert {names[rule]} <= set(broken) <= {names[rule], names[4]} | ({names[3]} if rule == 3 else set())
    if rule < 5:
        with pytest.raises(InvalidArchitecture):
            SPACE.from_graph(Graph.from_adjacency(labels, adjacency))


@pytest.mark.parametrize("entry", [(2, 10), (9, 10), (0, 10), (1, 10), (0, 1)])
def test_what_the_rules_leave_open_is_no_cell_either(entry):
    """An output that leaves an operation out, or an edge between ends; the rules alone may let them pass."""
    graph = SPACE.to_graph(Genotype.parse(ARCH2VEC_BO).normal)
    edges = set(graph.edges) ^ {entry}

    with pytest.raises(InvalidArchitecture):
        SPACE.from_graph(Graph(graph.operations, tuple(edges)))


def test_the_published_check_is_looser():
    """It passes an operation that reads three nodes and one that nothing reads, and asks for the labels."""
    graph = SPACE.to_graph(Genotype.parse(ARCH2VEC_BO).normal)
    adjacency = graph.adjacency
    adjacency[1, 4] = adjacency[2, 4] = 1
    adjacency[4, -1] = 0

    assert passes_published_check(graph.operations, adjacency)
    assert not passes_published_check((*graph.operations[:4], "c_k", *graph.operations[5:]), adjacency)
    adjacency[:2, 3] = 0
    assert not passes_published_check(graph.operations, adjacency)


@pytest.mark.parametrize("size", [0, 3, 12])
def test_matrices_of_another_size_break_rules(size):
    assert broken_rules(["none"] * size, np.zeros((size, size)))


def test_renumbered_cells_share_a_canonical_form():
    """Nodes 2 and 3 that read the inputs only may change places; so may what reads them."""
    first = Cell((*[("none", 0), ("sep_conv_3x3", 1)], *[("max_pool_3x3", 0), ("skip_connect", 1)],
                  *[("dil_conv_3x3", 2), ("none", 3)], *[("sep_conv_5x5", 0), ("avg_pool_3x3", 3)]))  # fmt: skip
    second = Cell((*[("max_pool_3x3", 0), ("skip_connect", 1)], *[("none", 2), ("sep_conv_3x3", 1)],
                   *[("dil_conv_3x3", 3), ("none", 1)], *[("sep_conv_5x5", 0), ("avg_pool_3x3", 2)]))  # fmt: skip

    assert SPACE.canonical_form(first) == SPACE.canonical_form(second)


def test_convolutions_of_zeros_count_and_pooled_zeros_do_not():
    """Node 2 is zero: pooling it is no term, a convolution of it leaves its learned shift."""
    zero = [("none", 0), ("none", 1)]
    rest = [("sep_conv_3x3", 0), ("sep_conv_3x3", 1)]

    def form(name):
        return SPACE.canonical_form(Cell((*zero, (name, 2), ("sep_conv_5x5", 0), *rest, *rest)))

    assert form("max_pool_3x3") == form("skip_connect") == form("none")
    assert len({form("none"), form("sep_conv_3x3"), form("dil_conv_5x5")}) == 3


def test_equal_forms_compute_the_same_function():
    """Edges without effect may be anything: outputs agree where the living operations share weights."""
    torch.manual_seed(0)
    base = [("sep_conv_3x3", 0), ("skip_connect", 1), ("none", 0), ("none", 1)]
    rest = [("dil_conv_3x3", 0), ("max_pool_3x3", 2)]
    cells = [Cell((*base, *rest, (name, 3), ("avg_pool_3x3", 1))) for name in ("none", "max_pool_3x3", "skip_connect")]
    x = torch.randn(2, 2, 4, 8, 8)
    first = SearchedCell(cells[0], 4, 4, 4, reduction=False, behind_reduction=False)

    for cell in cells[1:]:
        other = SearchedCell(cell, 4, 4, 4, reduction=False, behind_reduction=False)
        other.load_state_dict(first.state_dict(), strict=False)
        # Edge order differs by cell, so operations are matched by name and source.
        for index, edge in enumerate(cell.edges):
            if edge in cells[0].edges and str(index) in other.edges:
                same = max(i for i, e in enumerate(cells[0].edges) if e == edge and i // 2 == index // 2)
                other.edges[str(index)].load_state_dict(first.edges[str(same)].state_dict())
        assert SPACE.canonical_form(cell) == SPACE.canonical_form(cells[0])
        torch.testing.assert_close(other(*x), first(*x))


@pytest.mark.parametrize("reduction", [False, True])
def test_a_cell_computes_its_formula(reduction):
    """Nodes are sums of two operations, and the output concatenates them; strides stand on inputs only."""
    torch.manual_seed(0)
    cell = Cell((("max_pool_3x3", 0), ("none", 1), ("avg_pool_3x3", 1), ("skip_connect", 2), ("none", 0), ("none", 1),
                 ("dil_conv_5x5", 2), ("max_pool_3x3", 3)))  # fmt: skip
    searched = SearchedCell(cell, 6, 8, 4, reduction=reduction, behind_reduction=False)
    before, last = torch.randn(2, 6, 8, 8), torch.randn(2, 8, 8, 8)
    stride = 2 if reduction else 1

    def norm(value):
        return functional.batch_norm(value, None, None, training=True)

    def pointwise(value, module):
        return norm(functional.conv2d(value.relu(), module[1].weight))

    first, second = pointwise(before, searched.first), pointwise(last, searched.second)
    two = functional.max_pool2d(first, 3, stride, padding=1)
    three = functional.avg_pool2d(second, 3, stride, padding=1, count_include_pad=False) + two
    _, depthwise, mix, _ = searched.edges["6"]
    five = norm(functional.conv2d(
        functional.conv2d(two.relu(), depthwise.weight, padding=4, dilation=2, groups=4), mix.weight
    )) + functional.max_pool2d(three, 3, 1, padding=1)  # fmt: skip
    torch.testing.assert_close(searched(before, last), torch.cat([two, three, torch.zeros_like(two), five], 1))


@pytest.mark.parametrize(
    ("size", "channels", "C", "N", "stem"),
    [((32, 32), 3, 4, 1, "cifar"), ((9, 15), 1, 3, 1, "cifar"), ((33, 47), 3, 4, 2, "imagenet")],
)
def test_networks_take_images_of_any_size_and_channels(size, channels, C, N, stem):
    """Odd sizes and odd channels too; one row of finite logits per image."""
    network = SPACE.network(drawn(1), 5, C=C, N=N, stem=stem, in_channels=channels)

    logits = network(torch.randn(2, channels, *size))

    assert logits.shape == (2, 5)
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize(("stem", "size"), [("cifar", 32), ("imagenet", 224)])
def test_the_auxiliary_head(stem, size):
    """Both heads give logits, the second only where it was built, and small images are refused with their size."""
    network = SPACE.network(uniform("skip_connect"), 5, C=2, N=1, stem=stem, auxiliary=True)

    logits, auxiliary = network.with_auxiliary(torch.randn(2, 3, size, size))

    assert logits.shape == auxiliary.shape == (2, 5)
    with pytest.raises(InvalidArgument, match="auxiliary head"):
        network.with_auxiliary(torch.randn(2, 3, size // 2, size // 2))
    with pytest.raises(InvalidArgument, match="auxiliary=True"):
        SPACE.network(drawn(0), 5, C=2, N=1).with_auxiliary(torch.randn(2, 3, 32, 32))


def test_drop_path_drops_in_training_only():
    """Training passes differ from one another, evaluation passes do not; passes (skip) are never dropped."""
    torch.manual_seed(0)
    network = SPACE.network(uniform("max_pool_3x3"), 3, C=2, N=1, drop_path=0.5)
    passing = SearchedCell(uniform("skip_connect"), 2, 2, 2, reduction=False, behind_reduction=False)
    x, y = torch.randn(4, 3, 16, 16), torch.randn(4, 2, 8, 8)

    assert not torch.equal(network(x), network(x))
    network.eval()
    assert torch.equal(network(x), network(x))
    torch.testing.assert_close(passing(y, y, 0.9), passing(y, y, 0.0))


def test_drop_path_keeps_the_mean():
    """A kept path is scaled up: over 4,000 images the mean of ones is one within five standard errors (fixed seed)."""
    torch.manual_seed(0)
    cell = SearchedCell(uniform("max_pool_3x3"), 2, 2, 2, reduction=False, behind_reduction=False)
    dropped = cell._dropped(nn.MaxPool2d(1), torch.ones(4000, 1, 1, 1), 0.2)

    assert set(dropped.unique().tolist()) == {0.0, 1.25}
    assert abs(float(dropped.mean()) - 1) < 5 * 0.5 / 4000**0.5


@pytest.mark.parametrize(
    "scale", [{"num_classes": 1}, {"C": 1}, {"N": 0}, {"in_channels": 0}, {"drop_path": 1.0}, {"stem": "large"}]
)
def test_sizes_out_of_range_are_refused(scale):
    """The message names the size."""
    with pytest.raises(InvalidArgument, match=next(iter(scale))):
        SPACE.network(drawn(0), **({"num_classes": 10} | scale))


def test_gradients_reach_every_parameter():
    """Where every operation is a convolution, and the auxiliary head stands."""
    torch.manual_seed(0)
    network = SPACE.network(uniform("dil_conv_3x3"), 3, C=2, N=1, auxiliary=True)
    logits, auxiliary = network.with_auxiliary(torch.randn(6, 3, 32, 32))

    functional.cross_entropy(logits + auxiliary, torch.arange(6) % 3).backward()

    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_a_network_trains():
    """Four steps on one batch of two classes, told apart by brightness, lower the loss; drop path on."""
    torch.manual_seed(0)
    cell = Genotype.parse(ARCH2VEC_RL).normal
    network = SPACE.network(cell, 2, C=4, N=1, drop_path=0.1)
    labels = torch.arange(16) % 2
    images = torch.randn(16, 3, 12, 12) * 0.1 + labels[:, None, None, None]
    optimizer = torch.optim.SGD(network.parameters(), 0.05)
    losses = []
    for _ in range(5):
        loss = functional.cross_entropy(network(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))

    assert losses[-1] < losses[0]
