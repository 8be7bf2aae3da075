"""NAS-Bench-101: the published facts, isomorphism, pruning, the hash, choices, costs and the network."""

import hashlib
import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from nas_plugins.spaces import Graph, NASBench101
from nas_plugins.spaces.cost import count_multiply_adds, count_parameters
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.nasbench101 import OPERATIONS, Cell, module_hash
from nas_plugins.spaces.nasbench101.channels import vertex_channels
from nas_plugins.spaces.nasbench101.network import SearchedCell

SPACE = NASBench101()
CONV3, CONV1, POOL = OPERATIONS
INCEPTION = Cell(  # the example of the official interface
    (CONV1, CONV3, CONV3, CONV3, POOL),
    ((0, 1), (0, 2), (0, 3), (0, 5), (1, 6), (2, 6), (3, 4), (4, 6), (5, 6)),
)
seeds = st.integers(min_value=0, max_value=2**32 - 1)


def sample(seed):
    return SPACE.sample(np.random.default_rng(seed))


def test_the_space_has_as_many_cells_as_published():
    """423,624 in all (Ying et al., 2019, section 2.1), by number of vertices as the official generator prints them."""
    sizes = [len(NASBench101(vertices)) for vertices in range(2, 8)]

    assert sizes == [1, 7, 91, 2532, 64_542, 423_624]


def test_small_cells_are_those_of_exhaustive_search():
    """All labelled graphs of up to four vertices, pruned ones left out, fall into the classes of the enumeration."""
    found = {}
    for vertices in (2, 3, 4):
        pairs = list(itertools.combinations(range(vertices), 2))
        for chosen in itertools.product([False, True], repeat=len(pairs)):
            edges = tuple(pair for pair, there in zip(pairs, chosen, strict=True) if there)
            for operations in itertools.product(OPERATIONS, repeat=vertices - 2):
                try:
                    cell = Cell(operations, edges)
                except InvalidArchitecture:
                    continue
                found[module_hash(edges, [-1, *(OPERATIONS.index(name) for name in operations), -2])] = cell

    assert set(found.values()) == set(NASBench101(4))
    assert len(found) == len(NASBench101(4))
    assert all(cell.hash() == key for key, cell in found.items())


@given(seed=seeds, order=st.permutations(range(5)))
def test_numbering_does_not_matter(seed, order):
    """A cell rebuilt under any topological numbering of its vertices is the cell, and hashes alike."""
    cell = sample(seed)
    graph = SPACE.to_graph(cell)
    inner = [1 + k for k in order if k < len(cell.operations)]
    place = {0: 0, cell.vertices - 1: cell.vertices - 1}
    while len(place) < cell.vertices:
        free = [v for v in inner if v not in place and all(s in place for s, t in graph.edges if t == v)]
        place[free[0]] = len(place) - 1
    operations = [graph.operations[v] for v in sorted(place, key=place.__getitem__)]
    edges = tuple((place[source], place[target]) for source, target in graph.edges)

    again = Cell(tuple(operations[1:-1]), edges)
    assert again == cell
    assert module_hash(edges, [-1, *(OPERATIONS.index(name) for name in operations[1:-1]), -2]) == cell.hash()


def test_the_hash_follows_its_definition():
    """Written out for the cell of one vertex, whose rounds can be done by hand."""

    def md5(text):
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    cell = Cell((POOL,), ((0, 1), (1, 2)))
    digests = [md5("(1, 0, -1)"), md5("(1, 1, 2)"), md5("(0, 1, -2)")]
    for _ in range(3):
        start, middle, end = digests
        digests = [md5(f"|{middle}|{start}"), md5(f"{start}|{end}|{middle}"), md5(f"{middle}||{end}")]

    assert cell.hash() == md5(str(sorted(digests)))


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        (INCEPTION, "28cfc7874f6d200472e1a9dcd8650aa0"),
        (Cell((), ((0, 1),)), "043721b9c7fe8c5fad811d47d83132ec"),
        (Cell((POOL, CONV1), ((0, 1), (0, 2), (1, 3), (2, 3))), "ac9bd0e2514c031187b612db767fb038"),
    ],
    ids=str,
)
def test_known_hashes(cell, key):
    """What the official code computes for them; the first is the example of its documentation."""
    assert cell.hash() == key


def test_hashes_tell_all_small_cells_apart():
    """As many hashes as cells among those of up to five vertices; the order is that of the official generator."""
    cells = list(NASBench101(5))

    assert len({cell.hash() for cell in cells}) == len(cells) == 2532
    assert cells == [SPACE[index] for index in range(2532)]
    assert str(cells[0]) == "output~0"


def test_pruning_is_the_official_one():
    """Vertices that nothing feeds or that feed nothing go, with their edges; without a path there is no cell."""
    matrix = np.zeros((5, 5), dtype=int)
    matrix[0, 1] = matrix[1, 4] = 1
    matrix[0, 2] = 1  # a dead end
    matrix[3, 4] = 1  # fed by nothing
    labels = ("input", CONV3, POOL, CONV1, "output")

    assert Cell.pruned(labels, matrix) == Cell((CONV3,), ((0, 1), (1, 2)))
    with pytest.raises(InvalidArchitecture, match="path"):
        SPACE.from_graph(Graph.from_adjacency(labels, matrix))
    matrix[0, 1] = 0
    with pytest.raises(InvalidArchitecture, match="path"):
        Cell.pruned(labels, matrix)


@pytest.mark.parametrize(
    ("operations", "edges", "message"),
    [
        ((CONV3,) * 6, tuple((v, v + 1) for v in range(7)), "7 vertices"),
        ((CONV3,) * 5, tuple(itertools.combinations(range(7), 2))[:10], "9 edges"),
        (("conv5x5",), ((0, 1), (1, 2)), "conv5x5"),
        ((CONV3,), ((0, 1), (2, 1)), "source < target"),
        ((CONV3,), ((0, 1), (1, 3)), "source < target"),
        ((CONV3,), ((0, 2),), r"\[1\]"),
        ((), (), "path"),
    ],
    ids=str,
)
def test_what_is_no_cell_is_refused(operations, edges, message):
    with pytest.raises(InvalidArchitecture, match=message):
        Cell(operations, edges)


def test_another_numbering_in_a_text_is_refused_with_the_canonical_one():
    """The message gives the text to write."""
    cell = Cell((CONV3, POOL), ((0, 1), (0, 2), (1, 3), (2, 3)))
    other = f"{POOL}~0|{CONV3}~0|output~1,2"

    assert str(cell) == f"{CONV3}~0|{POOL}~0|output~1,2"
    with pytest.raises(InvalidArchitecture, match=r"canonical.*conv3x3-bn-relu~0\|maxpool3x3~0\|output~1,2"):
        SPACE.parse(other)


def test_a_smaller_space_holds_fewer_vertices():
    """Cells with more vertices are no members, and neighbours stay inside."""
    small = NASBench101(5)
    chain = Cell((CONV3,) * 3, ((0, 1), (1, 2), (2, 3), (3, 4)))

    assert not small.contains(INCEPTION)
    assert all(small.contains(cell) for cell in small.neighbors(chain))
    assert not all(small.contains(cell) for cell in SPACE.neighbors(chain))
    assert small != SPACE == NASBench101(7)
    with pytest.raises(InvalidArchitecture):
        small.index(INCEPTION)
    with pytest.raises(InvalidArchitecture):
        small.parse(str(INCEPTION))
    for vertices in (1, 8):
        with pytest.raises(InvalidArgument, match="2 to 7"):
            NASBench101(vertices)


def test_sampling_does_not_favour_cells_of_many_numberings():
    """Draws hit groups of the enumeration and numbers of vertices as often as these hold cells.

    Cells have between 1 and 120 numberings; drawing labelled graphs would fail this by far. False-alarm rate: 1 in
    1,000 by the chi-squared test, and the seed is fixed.
    """
    from scipy.stats import chisquare

    rng = np.random.default_rng(7)
    drawn = np.array([SPACE.index(SPACE.sample(rng)) for _ in range(20_000)])
    groups = np.bincount(drawn * 50 // len(SPACE), minlength=50)

    assert chisquare(groups).pvalue > 0.0005
    small = np.sum(drawn < 64_542)
    expected = 20_000 * 64_542 / 423_624
    assert chisquare([small, 20_000 - small], [expected, 20_000 - expected]).pvalue > 0.0005


def test_choices_without_a_path_or_with_too_many_edges_name_cells():
    """No edge at all means the cell without vertices; all 21 edges are cut down to nine with a path among them."""
    nothing = {name: options[0] for name, options in SPACE.choices().items()}
    everything = {name: options[-1] for name, options in SPACE.choices().items()}

    assert SPACE.from_choices(nothing) == Cell((), ((0, 1),))
    assert len(SPACE.from_choices(everything).edges) <= 9
    assert SPACE.choices()["edge_0_6"] == ("no", "yes")
    assert len(SPACE.choices()) == 26


def test_edit_distance_is_the_least_over_numberings():
    """One operation, one edge, and a vertex with its two edges; zero for the cell itself."""
    two = Cell((CONV3, POOL), ((0, 1), (0, 2), (1, 3), (2, 3)))
    relabelled = Cell((CONV1, POOL), ((0, 1), (0, 2), (1, 3), (2, 3)))
    one = Cell((POOL,), ((0, 1), (1, 2)))

    assert SPACE.edit_distance(two, two) == 0
    assert SPACE.edit_distance(two, relabelled) == 1
    assert SPACE.edit_distance(two, one) == SPACE.edit_distance(one, two) == 2
    assert relabelled in set(SPACE.neighbors(two))
    assert one in set(SPACE.neighbors(two))


def test_parameters_span_the_published_range():
    """227,274 to 49,979,274 are the fewest and the most on record (Ying et al., 2019).

    The cells that reach them were found by going through all 423,624; none lies outside.
    """
    smallest = SPACE.parse(f"{POOL}~0|{POOL}~1|{POOL}~1,2|{POOL}~1|output~1,2,3,4")
    largest = SPACE.parse(f"{CONV3}~0|{CONV3}~1|{CONV3}~2|{CONV3}~0,3|{CONV3}~0,4|output~0,5")

    assert SPACE.cost(smallest, 10).parameters == 227_274
    assert SPACE.cost(largest, 10).parameters == 49_979_274


@settings(max_examples=20, deadline=None)  # networks are built
@given(seed=seeds)
def test_the_formula_counts_the_network(seed):
    """Parameters and multiply-adds are those of the network, also at odd image sizes and other depths."""
    cell = sample(seed)
    scale = {"C": 7, "N": 2}
    with torch.device("meta"):
        network = SPACE.network(cell, 4, **scale)

    cost = SPACE.cost(cell, 4, image_shape=(3, 9, 11), **scale)
    assert cost.parameters == count_parameters(network)
    assert cost.multiply_adds == count_multiply_adds(SPACE.network(cell, 4, **scale), (3, 9, 11))


def test_channels_are_divided_as_published():
    """The output's 128 channels among three vertices are 43, 43 and 42; a vertex is as wide as its widest reader."""
    cell = Cell((CONV3, CONV3, CONV1, CONV3), ((0, 1), (1, 2), (1, 3), (1, 4), (2, 5), (3, 5), (4, 5)))
    channels = vertex_channels(cell, 64, 128)

    assert channels[0] == 64
    assert channels[1:] == [43, 43, 43, 42, 128]
    assert vertex_channels(Cell((), ((0, 1),)), 64, 128) == [64, 128]


def test_a_cell_computes_its_formula():
    """Sum of truncated vertices and projected input, operation, concatenation, and the shortcut, written out."""
    torch.manual_seed(0)
    cell = Cell((CONV3, POOL), ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)))
    searched, x = SearchedCell(cell, 4, 5).eval(), torch.randn(2, 4, 6, 6)

    first = searched.operations[0](searched.projections["1"](x))
    second = functional.max_pool2d(first[:, :2] + searched.projections["2"](x), 3, stride=1, padding=1)
    joined = torch.cat([first, second], dim=1) + searched.projections["3"](x)
    assert first.shape[1] == 3
    torch.testing.assert_close(searched(x), joined)


def test_gradients_reach_every_parameter():
    torch.manual_seed(0)
    network = SPACE.network(INCEPTION, 3, C=8, N=1)

    functional.cross_entropy(network(torch.randn(8, 3, 16, 16)), torch.arange(8) % 3).backward()

    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_sizes_out_of_range_are_refused():
    for scale in ({"C": 4}, {"N": 0}, {"in_channels": 0}):
        with pytest.raises(InvalidArgument, match=next(iter(scale))):
            SPACE.network(INCEPTION, 10, **scale)
    with pytest.raises(InvalidArgument, match="num_classes"):
        SPACE.network(INCEPTION, 1)
