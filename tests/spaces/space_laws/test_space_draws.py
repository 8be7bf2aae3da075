"""Laws of drawing from a space, of enumerating it and of going from neighbour to neighbour."""

from collections import Counter
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from scipy.stats import chisquare

from tests.spaces.space_laws.every import (
    every_connected_space,
    every_finite_space,
    every_listed_connected_space,
    every_listed_space,
    every_space,
    sample,
    seeds,
)


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


@every_finite_space
def test_indices_outside_are_refused(space):
    for index in (-1, len(space)):
        with pytest.raises(IndexError):
            space[index]


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
