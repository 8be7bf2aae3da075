"""Laws of the views of an architecture: text, graph, decisions, canonical form, network."""

import importlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas_plugins.spaces import Graph
from nas_plugins.spaces.errors import InvalidArchitecture
from nas_plugins.spaces.graph import stack
from tests.spaces.space_laws.every import every_listed_space, every_space, every_whole_space, sample, seeds


@every_space
@given(seed=seeds)
def test_text_round_trip(space, seed):
    """Parsing is the inverse of printing, with or without surrounding white space."""
    architecture = sample(space, seed)

    assert space.parse(str(architecture)) == architecture
    assert space.parse(f"  {architecture}\n") == architecture
    assert str(space.parse(str(architecture))) == str(architecture)


@every_space
@given(text=st.text())
def test_junk_text_is_refused(space, text):
    """Any text that no architecture prints raises InvalidArchitecture, whose message shows the text."""
    with pytest.raises(InvalidArchitecture) as caught:
        space.parse(text)
    assert repr(text) in str(caught.value)


@every_space
@given(seed=seeds, data=st.data())
def test_damaged_text_is_refused_or_means_what_it_prints(space, seed, data):
    """A text with one character changed, removed or added is refused, or is read as what it now says."""
    text = str(sample(space, seed))
    position = data.draw(st.integers(0, len(text)))
    inserted = data.draw(st.text(max_size=1))
    damaged = text[:position] + inserted + text[position + data.draw(st.integers(0, 1)) :]
    try:
        read = str(space.parse(damaged))
    except InvalidArchitecture:
        read = damaged.strip()

    assert read == damaged.strip()


@every_space
@pytest.mark.parametrize("thing", [None, 3, 1.5, b"bytes", ["list"]], ids=repr)
def test_what_is_no_text_is_refused(space, thing):
    """The message names the type it got instead of a string."""
    with pytest.raises(InvalidArchitecture, match=type(thing).__name__):
        space.parse(thing)


@every_space
@given(seed=seeds)
def test_graph_round_trip(space, seed):
    """from_graph is the inverse of to_graph; labels are of the space's vocabulary; edges run upwards."""
    architecture = sample(space, seed)
    graph = space.to_graph(architecture)

    assert space.from_graph(graph) == architecture
    assert set(graph.operations) <= set(space.operations)
    assert space.from_graph(Graph.from_adjacency(graph.operations, graph.adjacency)) == architecture


@every_space
def test_foreign_graphs_are_refused(space):
    """No nodes, one node, unknown labels and a missing edge are InvalidArchitecture."""
    graph = space.to_graph(sample(space, 0))
    relabelled = ("surprise", *graph.operations[1:])

    for bad in (Graph((), ()), Graph(graph.operations[:1], ()), Graph(relabelled, graph.edges), Graph(("?",) * 3, ())):
        with pytest.raises(InvalidArchitecture):
            space.from_graph(bad)


@every_space
def test_many_graphs_are_read_as_one_is(space):
    """Arrays of graphs, intact and damaged, give what from_graph gives of each, and None where it refuses."""
    rng = np.random.default_rng(0)
    graphs = [space.to_graph(space.sample(rng)) for _ in range(20)]
    operations, edges = stack(graphs, space.operations, nodes=max(len(graph.operations) for graph in graphs))
    labels, edges = np.where(operations.any(-1), operations.argmax(-1), -1), edges > 0
    labels, edges = np.repeat(labels, 3, axis=0), np.repeat(edges, 3, axis=0)
    last = (labels >= 0).sum(1) - 1
    for row in range(1, len(labels), 3):
        labels[row, rng.integers(last[row] + 1)] = rng.integers(len(space.operations))
        edges[row + 1, 0, last[row]] ^= True

    found = space.from_graph_arrays(labels, edges)

    for architecture, row, adjacency, size in zip(found, labels, edges, last + 1, strict=True):
        names = [space.operations[label] for label in row[:size]]
        try:
            wanted = space.from_graph(Graph.from_adjacency(names, adjacency[:size, :size]))
        except InvalidArchitecture:
            wanted = None
        assert architecture == wanted
    assert found[::3] == [space.from_graph(graph) for graph in graphs]


@every_listed_space
def test_graph_arrays_are_the_graphs_in_order(space):
    """Row k is the graph of architecture k, with zeros behind its nodes."""
    operations, adjacency = space.graph_arrays()

    assert len(operations) == len(adjacency) == len(space)
    for index in [0, len(space) - 1, *np.random.default_rng(0).integers(len(space), size=200).tolist()]:
        graph = space.to_graph(space[index])
        nodes = len(graph.operations)
        assert [space.operations[k] for k in operations[index, :nodes].argmax(-1)] == list(graph.operations)
        assert operations[index].sum() == nodes
        assert np.array_equal(adjacency[index, :nodes, :nodes], graph.adjacency)
        assert adjacency[index].sum() == len(graph.edges)


@every_space
@given(seed=seeds)
def test_choices_round_trip(space, seed):
    """from_choices is the inverse of to_choices, in any order of decisions, and options are those on offer."""
    architecture = sample(space, seed)
    chosen = space.to_choices(architecture)

    assert chosen.keys() == space.choices().keys()
    assert all(option in space.choices()[name] for name, option in chosen.items())
    assert space.from_choices(chosen) == architecture
    assert space.from_choices(dict(reversed(chosen.items()))) == architecture


@every_whole_space
@given(seed=seeds)
def test_every_choice_names_an_architecture(space, seed):
    """Decisions drawn independently make a member of the space: a tuner cannot leave it."""
    rng = np.random.default_rng(seed)
    chosen = {name: options[rng.integers(len(options))] for name, options in space.choices().items()}

    architecture = space.from_choices(chosen)

    assert space.contains(architecture)
    assert space.from_choices(space.to_choices(architecture)) == architecture


@every_space
def test_bad_choices_are_refused(space):
    """A missing, an additional and an unknown decision, and an unknown option, are InvalidArchitecture."""
    chosen = space.to_choices(sample(space, 0))
    name = next(iter(chosen))
    missing = {key: value for key, value in chosen.items() if key != name}

    for bad in (
        missing,
        {**chosen, "surprise": chosen[name]},
        {**chosen, name: "surprise"},
        {**chosen, name: None},
        {},
    ):
        with pytest.raises(InvalidArchitecture):
            space.from_choices(bad)


@every_space
@given(seed=seeds)
def test_equal_architectures_have_equal_canonical_forms(space, seed):
    """canonical_form is a function of the architecture's value, whichever view it came through."""
    architecture = sample(space, seed)
    form = space.canonical_form(architecture)

    assert isinstance(form, str)
    assert space.canonical_form(space.parse(str(architecture))) == form
    assert space.canonical_form(space.from_graph(space.to_graph(architecture))) == form


@every_space
def test_canonical_forms_tell_architectures_apart(space):
    """Among a thousand draws most forms differ: the form is no constant."""
    rng = np.random.default_rng(0)

    assert len({space.canonical_form(space.sample(rng)) for _ in range(1000)}) > 100


@every_space
def test_a_network_computes_logits(space):
    """The network of an architecture maps images to one logit per class."""
    torch = importlib.import_module("torch")
    network = space.network(sample(space, 1), num_classes=7).eval()

    with torch.no_grad():
        assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 7)
