"""The spaces that the laws of ``space_laws`` hold for; a new space joins here and inherits them all."""

from typing import Any

from nas_plugins.spaces import (
    DARTS,
    CostBound,
    FiniteSearchSpace,
    ListedSpace,
    MobileNetV3,
    NASBench101,
    NASBench201,
    NetworkCost,
    SearchSpace,
    constrain,
)

CATALOGUE: tuple[SearchSpace[Any], ...] = (NASBench101(), NASBench201(), DARTS(), MobileNetV3())

_SMALL_CELLS = constrain(NASBench201(), [CostBound(NetworkCost(NASBench201()), 60e6)])
assert isinstance(_SMALL_CELLS, FiniteSearchSpace)

_LISTED_WITHIN = constrain(
    ListedSpace(MobileNetV3(), MobileNetV3().finite(size=1500, seed=1)), [CostBound(NetworkCost(MobileNetV3()), 300e6)]
)
assert isinstance(_LISTED_WITHIN, FiniteSearchSpace)

CONSTRAINED: tuple[SearchSpace[Any], ...] = (
    _SMALL_CELLS,
    constrain(MobileNetV3(), [CostBound(NetworkCost(MobileNetV3()), 200e6)]),
)
"""Spaces within bounds: all laws but two hold; some decisions name no member, and names are those of the whole."""

DRAWN: tuple[FiniteSearchSpace[Any], ...] = (
    DARTS().finite(size=3000, seed=5),
    MobileNetV3().finite(size=3000, seed=5),
    ListedSpace(DARTS(), DARTS().finite(size=1500, seed=1)),
    _LISTED_WITHIN,
)
"""Parts of spaces too large to enumerate: neighbours, and what is parsed or read, are of the whole and seldom drawn."""

LISTED: tuple[FiniteSearchSpace[Any], ...] = (NASBench101(max_vertices=5), NASBench201(), _SMALL_CELLS)
"""Finite spaces small enough that a law may go through all of them; a large space stands here in a smaller size."""
