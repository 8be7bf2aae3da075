"""Graphs: their form, digests, distances and batches."""

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas_plugins.spaces import Graph, edit_distance
from nas_plugins.spaces.errors import InvalidArchitecture
from nas_plugins.spaces.graph import stack

LABELS = ("a", "b", "c")


@st.composite
def graphs(draw, least=1, most=6):
    nodes = draw(st.integers(least, most))
    pairs = list(itertools.combinations(range(nodes), 2))
    edges = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    return Graph(tuple(draw(st.sampled_from(LABELS)) for _ in range(nodes)), tuple(edges))


@given(graph=graphs())
def test_edges_are_a_set(graph):
    """Order and repeats of edges do not matter: the graphs are equal and hash alike."""
    again = Graph(list(graph.operations), (*reversed(graph.edges), *graph.edges))

    assert again == graph
    assert hash(again) == hash(graph)


@given(graph=graphs())
def test_adjacency_round_trip(graph):
    """from_adjacency is the inverse of adjacency, which is strictly upper triangular with entries 0 and 1."""
    adjacency = graph.adjacency

    assert Graph.from_adjacency(graph.operations, adjacency) == graph
    assert not np.tril(adjacency).any()
    assert adjacency.sum() == len(graph.edges)


@pytest.mark.parametrize("edge", [(1, 0), (1, 1), (0, 3), (-1, 1), (0, 99)])
def test_edges_that_do_not_run_upwards_are_refused(edge):
    """The message names the edge and the number of nodes."""
    with pytest.raises(InvalidArchitecture, match=rf"< 3.*\({edge[0]}, {edge[1]}\)"):
        Graph(("a", "b", "c"), (edge,))


@pytest.mark.parametrize(
    "adjacency",
    [np.eye(3), np.ones((3, 3)), np.tril(np.ones((3, 3)), -1), np.zeros((2, 3)), np.zeros((4, 4)), np.zeros(3)],
)
def test_matrices_that_are_no_adjacency_are_refused(adjacency):
    with pytest.raises(InvalidArchitecture, match="strictly upper-triangular"):
        Graph.from_adjacency(("a", "b", "c"), adjacency)


@given(graph=graphs(), data=st.data())
def test_the_digest_ignores_numbering(graph, data):
    """Renumbering the nodes in any other topological order keeps the digest."""
    order = _another_topological_order(graph, data)
    place = {node: position for position, node in enumerate(order)}
    renumbered = Graph(
        tuple(graph.operations[node] for node in order), tuple((place[i], place[j]) for i, j in graph.edges)
    )

    assert renumbered.digest() == graph.digest()


def _another_topological_order(graph, data):
    order = []
    while len(order) < len(graph.operations):
        ready = [
            node
            for node in range(len(graph.operations))
            if node not in order and all(i in order for i, j in graph.edges if j == node)
        ]
        order.append(data.draw(st.sampled_from(ready)))
    return order


def test_the_digest_tells_small_graphs_apart():
    """Over all labelled graphs of up to four nodes, digests are equal exactly when the graphs are isomorphic."""
    by_digest = {}
    for nodes in (1, 2, 3, 4):
        pairs = list(itertools.combinations(range(nodes), 2))
        for labels in itertools.product("ab", repeat=nodes):
            for chosen in itertools.product((False, True), repeat=len(pairs)):
                graph = Graph(labels, tuple(itertools.compress(pairs, chosen)))
                by_digest.setdefault(graph.digest(), []).append(graph)

    for same in by_digest.values():
        first = _networkx(same[0])
        assert all(nx.is_isomorphic(first, _networkx(other), node_match=dict.__eq__) for other in same[1:])


def _networkx(graph):
    drawn = nx.DiGraph(graph.edges)
    drawn.add_nodes_from((node, {"label": label}) for node, label in enumerate(graph.operations))
    return drawn


@given(first=graphs(), second=graphs(), third=graphs())
def test_edit_distance_is_a_metric(first, second, third):
    """Zero only for equal graphs, symmetric, and no detour is shorter."""
    assert (edit_distance(first, second) == 0) == (first == second)
    assert edit_distance(first, second) == edit_distance(second, first)
    assert edit_distance(first, third) <= edit_distance(first, second) + edit_distance(second, third)


def test_edit_distance_counts_operations_and_edges():
    """One label changed, one edge moved and one node more are 1 + 2 + 1."""
    first = Graph(("a", "b", "c"), ((0, 1), (1, 2)))
    second = Graph(("a", "c", "c", "a"), ((0, 1), (0, 2)))

    assert edit_distance(first, second) == 4


@given(st.lists(graphs(least=4, most=4), min_size=1, max_size=5))
def test_stacked_graphs_can_be_read_back(batch):
    """One-hot rows and adjacency of a batch hold exactly the graphs."""
    one_hot, adjacency = stack(batch, LABELS)

    assert one_hot.shape == (len(batch), 4, 3)
    assert (one_hot.sum(-1) == 1).all()
    assert [
        Graph.from_adjacency([LABELS[k] for k in row.argmax(-1)], matrix)
        for row, matrix in zip(one_hot, adjacency, strict=True)
    ] == batch


def test_stacking_refuses_what_it_cannot_hold():
    """Different sizes and unknown labels are InvalidArchitecture; an empty batch is an empty batch."""
    with pytest.raises(InvalidArchitecture, match="equally many nodes"):
        stack([Graph(("a",), ()), Graph(("a", "b"), ())], LABELS)
    with pytest.raises(InvalidArchitecture, match="'z'"):
        stack([Graph(("z",), ())], LABELS)
    assert stack([], LABELS)[0].shape == (0, 0, 3)
