"""DARTS: what cells cost: published sizes and multiply-adds, the exact formula, and counts of cells within a limit."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from nas_plugins.spaces import SearchSpace
from nas_plugins.spaces.cost import Cost, count_multiply_adds, count_parameters
from nas_plugins.spaces.darts import OPERATIONS, Genotype
from nas_plugins.spaces.darts.cost import IMAGENET, network_cost
from nas_plugins.spaces.darts.network import CellNetwork
from nas_plugins.spaces.errors import InvalidArgument
from tests.spaces.darts.genotypes import ARCH2VEC_BO, ARCH2VEC_RL, DARTS_V2, SPACE, drawn, seeds, uniform


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
