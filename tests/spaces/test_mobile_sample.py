"""The finite part of DARTS: a draw without repeats below the limit, its enumeration and its arrays."""

import pickle

import numpy as np
import pytest
from scipy.stats import chisquare

from nas_plugins.spaces import DARTS
from nas_plugins.spaces.darts import Cell, Genotype, MobileSample
from nas_plugins.spaces.darts.cost import IMAGENET, network_cost
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.graph import stack

PART = MobileSample(3000, seed=5)


def test_cells_are_different_and_below_the_limit():
    """Of the default limit, and of one that half of the cells break."""
    for part, limit in ((PART, 6e8), (MobileSample(500, max_multiply_adds=450_000_000), 4.5e8)):
        assert len(set(part)) == len(part)
        assert max(network_cost(Genotype(cell, cell), **IMAGENET).multiply_adds for cell in part) < limit


def test_enumeration_and_index_are_inverses():
    assert [PART.index(cell) for cell in PART] == list(range(len(PART)))
    assert all(PART.contains(cell) for cell in PART)
    with pytest.raises(IndexError):
        PART[len(PART)]


def test_a_cell_that_was_not_drawn_is_of_the_space_but_not_of_the_part():
    """Its graph is read, its index is refused."""
    cell = Cell((("sep_conv_5x5", 0), ("sep_conv_5x5", 1)) * 4)

    assert PART.from_graph(PART.to_graph(cell)) == cell
    assert not PART.contains(cell)
    with pytest.raises(InvalidArchitecture, match="seed=5"):
        PART.index(cell)


def test_arrays_are_the_graphs():
    """Computed at once, equal to the graph views stacked one by one."""
    operations, adjacency = PART.graph_arrays()
    expected = stack(map(PART.to_graph, PART), PART.operations)

    assert np.array_equal(operations, expected[0])
    assert np.array_equal(adjacency, expected[1])


def test_the_draw_is_uniform_over_the_cells_below_the_limit():
    """Multiply-adds fall into deciles of 20,000 independent draws by rejection as often as theirs do.

    Two-sample chi-squared test; false-alarm rate 1 in 1,000, and the seeds are fixed.
    """
    part, rng = MobileSample(20_000, seed=1), np.random.default_rng(2)
    first, second = (
        np.array([network_cost(Genotype(cell, cell), **IMAGENET).multiply_adds for cell in cells])
        for cells in (part, (DARTS().sample_within(rng) for _ in range(20_000)))
    )
    edges = np.quantile(np.concatenate([first, second]), np.linspace(0, 1, 11))
    counts = np.array([np.histogram(values, edges)[0] for values in (first, second)])
    # Under one distribution, each bin's first count is binomial with one half.
    expected = counts.sum(axis=0) / 2

    assert chisquare(counts.ravel(), np.tile(expected, 2), ddof=9).pvalue > 0.001


def test_the_same_settings_are_the_same_part():
    """Equal, and equal when pickled or drawn from the space by its settings; another seed is another part."""
    again = DARTS().finite(**PART.settings)

    assert again == PART == pickle.loads(pickle.dumps(PART)) == PART.finite()
    assert hash(again) == hash(PART)
    assert list(again) == list(PART)
    assert MobileSample(3000, seed=6) != PART
    assert MobileSample(3000, seed=6)[0] != PART[0]


@pytest.mark.parametrize("settings", [{"size": 0}, {"size": 10**8}, {"size": 10, "max_multiply_adds": 1}, {"seed": -1}])
def test_a_draw_that_is_not_possible_is_refused(settings):
    with pytest.raises(InvalidArgument, match="wanted"):
        MobileSample(**settings)
