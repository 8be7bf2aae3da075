"""Bounds on parameters and multiply-adds: always kept, however tight, and refused in one line when nothing is left."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies import MetaD2A

SPACE = NASBench201()
SMALL = {"C": 4, "N": 1, "image_shape": (3, 8, 8), "num_classes": 3}
SMALLEST = min((SPACE.cost(cell, 3, image_shape=(3, 8, 8), C=4, N=1) for cell in SPACE), key=lambda c: c.parameters)

pytestmark = pytest.mark.filterwarnings("ignore:MetaD2A was given no images")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.floats(1.0, 3.0), st.floats(1.0, 3.0), st.integers(0, 99))
def test_every_proposal_is_within_the_bounds(parameters, multiply_adds, seed):
    """From bounds that only the smallest cells meet to bounds that forbid little."""
    bounds = {"max_params": parameters * SMALLEST.parameters, "max_macs": multiply_adds * SMALLEST.multiply_adds}
    proposals = MetaD2A(SPACE, None, candidates=40, top=10, seed=seed, scale=SMALL, **bounds).proposals

    assert len(proposals) == 10
    assert len({proposal.architecture for proposal in proposals}) == 10
    for proposal in proposals:
        cost = SPACE.cost(proposal.architecture, **SMALL)
        assert proposal.cost == cost
        assert cost.parameters <= bounds["max_params"]
        assert cost.multiply_adds <= bounds["max_macs"]


def test_bounds_that_bind_leave_good_proposals():
    """Half a million parameters at full size: predicted above the mean of all cells the bound allows."""
    bounded = MetaD2A(SPACE, None, top=5, seed=0, max_params=0.5e6)
    free = MetaD2A(SPACE, None, top=5, seed=0)

    assert max(p.cost.parameters for p in bounded.proposals) <= 0.5e6 < min(p.cost.parameters for p in free.proposals)
    # The generator's own taste survives: the proposals use most of what they may.
    assert min(p.cost.parameters for p in bounded.proposals) > 0.25e6


def test_bounds_that_forbid_nothing_change_nothing():
    """The same seed gives the same proposals with bounds above the largest network."""
    free, bounded = (MetaD2A(SPACE, None, seed=0, **bounds).proposals for bounds in ({}, {"max_params": 1e9}))

    assert free == bounded


def test_impossible_bounds_name_the_smallest_cost():
    strategy = MetaD2A(SPACE, None, candidates=40, top=5, seed=0, scale=SMALL, max_params=SMALLEST.parameters - 1)

    with pytest.raises(InvalidArgument, match=f"{SMALLEST.parameters:,} parameters"):
        _ = strategy.proposals


def test_costs_survive_in_the_state():
    strategy = MetaD2A(SPACE, None, candidates=40, top=5, seed=0, scale=SMALL)
    restored = MetaD2A(SPACE, None)
    restored.load_state_dict(strategy.state_dict())

    assert restored.proposals == strategy.proposals
