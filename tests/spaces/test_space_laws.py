"""The laws every search space obeys, over the catalogue of spaces."""

import importlib
import json
import pickle
from collections import Counter
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from nas_plugins.spaces import SPACES, FiniteSearchSpace, Graph, get_space
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.graph import stack
from tests.spaces.catalogue import CATALOGUE, CONSTRAINED, DRAWN, LISTED

CONNECTED = [*CATALOGUE, *CONSTRAINED]
EVERY = [*CONNECTED, *DRAWN]
FINITE = [space for space in EVERY if isinstance(space, FiniteSearchSpace)]

every_space = pytest.mark.parametrize("space", EVERY, ids=lambda space: space.name)
every_whole_space = pytest.mark.parametrize("space", CATALOGUE, ids=lambda space: space.name)
every_connected_space = pytest.mark.parametrize("space", CONNECTED, ids=lambda space: space.name)
every_listed_space = pytest.mark.parametrize("space", [*LISTED, *DRAWN], ids=lambda space: space.name)
every_listed_connected_space = pytest.mark.parametrize("space", LISTED, ids=lambda space: space.name)
every_finite_space = pytest.mark.parametrize("space", FINITE, ids=lambda space: space.name)
seeds = st.integers(min_value=0, max_value=2**32 - 1)
junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.lists(st.integers()),
    st.builds(object),
)


def sample(space, seed):
    return space.sample(np.random.default_rng(seed))


def test_the_catalogue_holds_every_space():
    """A space that has a name in SPACES is under these laws."""
    assert {space.name for space in CATALOGUE} == set(SPACES)


@every_whole_space
def test_a_space_is_found_by_its_name(space):
    """get_space gives a space of the same type, and hands a space itself back."""
    assert type(get_space(space.name)) is type(space)
    assert get_space(space) is space


def test_an_unknown_space_is_refused_with_the_known_names():
    with pytest.raises(InvalidArgument, match="nasbench201"):
        get_space("nasbench999")


@every_space
@given(seed=seeds)
def test_text_round_trip(space, seed):
    """Parsing is the inverse of printing, with or without surrounding white space."""
    architecture = sample(space, seed)

    assert space.parse(str(architecture)) == architecture
    assert space.parse(f"  {architecture}\n") == architecture
    assert str(space.parse(str(architecture))) == str(architecture)


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
@given(thing=junk)
def test_membership_never_raises(space, thing):
    """Membership is False for anything that is no architecture, True for architectures."""
    assert space.contains(thing) is False
    assert space.contains(space) is False
    assert space.contains(sample(space, 0)) is True


@every_space
def test_an_architectures_text_is_no_member(space):
    """The string of an architecture is a description of it, not the architecture."""
    assert not space.contains(str(sample(space, 0)))


@every_connected_space
@given(seed=seeds)
def test_neighbours_are_distinct_members_one_edit_away(space, seed):
    """Neighbours are members, each once, without the architecture, and it is a neighbour of each of them.

    They differ in one operation or one edge, or in one node, which comes and goes with two edges.
    """
    architecture = sample(space, seed)
    neighbours = list(space.neighbors(architecture))

    assert neighbours
    assert len(set(neighbours)) == len(neighbours)
    assert architecture not in neighbours
    assert all(space.contains(neighbour) for neighbour in neighbours)
    assert all(architecture in space.neighbors(neighbour) for neighbour in islice(neighbours, 8))
    size = len(space.to_graph(architecture).operations)
    for other in neighbours:
        grown = abs(len(space.to_graph(other).operations) - size)
        assert grown <= 1
        assert space.edit_distance(architecture, other) == space.edit_distance(other, architecture) == 1 + grown


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
def test_foreign_graphs_are_refused(space):
    """No nodes, one node, unknown labels and a missing edge are InvalidArchitecture."""
    graph = space.to_graph(sample(space, 0))
    relabelled = ("surprise", *graph.operations[1:])

    for bad in (Graph((), ()), Graph(graph.operations[:1], ()), Graph(relabelled, graph.edges), Graph(("?",) * 3, ())):
        with pytest.raises(InvalidArchitecture):
            space.from_graph(bad)


@every_space
@given(first=seeds, second=seeds)
def test_equality_hash_and_text_agree(space, first, second):
    """Two architectures are equal, hash alike and print alike, or none of the three is promised."""
    a, b = sample(space, first), sample(space, second)

    assert (a == b) == (str(a) == str(b))
    assert a != b or hash(a) == hash(b)
    assert a != str(a)


@every_space
@given(seed=seeds)
def test_architectures_travel(space, seed):
    """Pickle, for worker processes, and JSON of the text, for files, give the same architecture back."""
    architecture = sample(space, seed)

    assert pickle.loads(pickle.dumps(architecture)) == architecture
    assert space.parse(json.loads(json.dumps(str(architecture)))) == architecture
    assert json.loads(json.dumps(space.to_choices(architecture))) == space.to_choices(architecture)


@every_space
def test_the_space_travels(space):
    """A pickled space is the same space."""
    copy = pickle.loads(pickle.dumps(space))

    assert copy.name == space.name
    assert copy.choices() == space.choices()
    assert sample(copy, 3) == sample(space, 3)


@every_space
@given(seed=seeds)
def test_an_architecture_cannot_be_changed(space, seed):
    """Assigning any of its fields raises, so that hashes stay true."""
    architecture = sample(space, seed)

    for field in vars(architecture):
        with pytest.raises(AttributeError):
            setattr(architecture, field, None)


@every_space
@given(seed=seeds)
def test_sampling_is_a_function_of_the_generator(space, seed):
    """The same seed draws the same architectures, and a generator moves on between draws."""
    first, second = np.random.default_rng(seed), np.random.default_rng(seed)

    drawn = [space.sample(first) for _ in range(20)]

    assert drawn == [space.sample(second) for _ in range(20)]
    assert len(set(drawn)) > 1


@every_listed_space
def test_sampling_is_uniform(space):
    """A chi-squared test over groups of the enumeration and one over the options of each decision.

    False-alarm rate: at most 1 in 1,000 per space by the union bound over the tests, and the seed is fixed.
    """
    rng = np.random.default_rng(20200101)
    drawn = [space.sample(rng) for _ in range(25_000)]
    groups = 125
    members = Counter(index * groups // len(space) for index in range(len(space)))
    observed = Counter(space.index(architecture) * groups // len(space) for architecture in drawn)
    share = np.array([members[group] / len(space) for group in range(groups)])

    p_values = [chisquare([observed[group] for group in range(groups)], share * len(drawn)).pvalue]
    chosen = [space.to_choices(architecture) for architecture in drawn]
    everywhere = Counter(tuple(space.to_choices(a).items()) for a in space)
    for name, options in space.choices().items():
        expected = Counter(dict(choices)[name] for choices in everywhere)
        counts = Counter(choices[name] for choices in chosen)
        taken = [option for option in options if expected[option]]
        share = np.array([expected[option] / len(space) for option in taken])
        assert counts.keys() <= set(taken)
        if len(taken) > 1:
            p_values.append(chisquare([counts[option] for option in taken], share * len(drawn)).pvalue)

    assert min(p_values) > 0.001 / len(p_values)


@every_listed_space
def test_the_enumeration_is_a_bijection(space):
    """Iteration follows the positions, and every architecture comes once."""
    architectures = list(space)

    assert len(architectures) == len(space) == len(set(architectures))
    for index in np.random.default_rng(0).integers(len(space), size=200).tolist():
        assert space[index] == architectures[index]


@every_finite_space
def test_indexing_and_index_are_inverses(space):
    """From position to architecture and back, at both ends and anywhere between."""
    for index in [0, len(space) - 1, *np.random.default_rng(0).integers(len(space), size=200).tolist()]:
        architecture = space[index]
        assert space.index(architecture) == index
        assert architecture in space


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


@every_finite_space
def test_indices_outside_are_refused(space):
    for index in (-1, len(space)):
        with pytest.raises(IndexError):
            space[index]


@every_listed_connected_space
def test_neighbours_reach_the_whole_space(space):
    """Every architecture can be reached from the first by edits: local search is not locked in."""
    reached = {space[0]}
    frontier = [space[0]]
    while frontier:
        frontier = [n for architecture in frontier for n in space.neighbors(architecture) if n not in reached]
        frontier = list(dict.fromkeys(frontier))
        reached.update(frontier)

    assert len(reached) == len(space)


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
