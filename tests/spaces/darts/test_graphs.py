"""DARTS: the eleven-node view, its six rules, the published check, and forms of cells that compute the same."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nas_plugins.spaces import Graph
from nas_plugins.spaces.darts import Cell, Genotype
from nas_plugins.spaces.darts.network import SearchedCell
from nas_plugins.spaces.darts.validity import RULES, SIZE, broken_rules, passes_published_check
from nas_plugins.spaces.errors import InvalidArchitecture
from tests.spaces.darts.genotypes import ARCH2VEC_BO, SPACE, drawn, seeds


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
