"""Marks that put a law to every space of a kind, and the draws that laws are about."""

import numpy as np
import pytest
from hypothesis import strategies as st

from nas_plugins.spaces import FiniteSearchSpace
from tests.spaces.catalogue import CATALOGUE, CONSTRAINED, DRAWN, LISTED

_CONNECTED = [*CATALOGUE, *CONSTRAINED]
_EVERY = [*_CONNECTED, *DRAWN]
_FINITE = [space for space in _EVERY if isinstance(space, FiniteSearchSpace)]

every_space = pytest.mark.parametrize("space", _EVERY, ids=lambda space: space.name)
every_whole_space = pytest.mark.parametrize("space", CATALOGUE, ids=lambda space: space.name)
every_connected_space = pytest.mark.parametrize("space", _CONNECTED, ids=lambda space: space.name)
every_listed_space = pytest.mark.parametrize("space", [*LISTED, *DRAWN], ids=lambda space: space.name)
every_listed_connected_space = pytest.mark.parametrize("space", LISTED, ids=lambda space: space.name)
every_finite_space = pytest.mark.parametrize("space", _FINITE, ids=lambda space: space.name)
seeds = st.integers(min_value=0, max_value=2**32 - 1)


def sample(space, seed):
    """One architecture, the same one for the same seed."""
    return space.sample(np.random.default_rng(seed))
