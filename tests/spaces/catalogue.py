"""The spaces that the laws of ``test_space_laws.py`` hold for; a new space joins here and inherits them all."""

from typing import Any

from nas_plugins.spaces import DARTS, FiniteSearchSpace, MobileNetV3, NASBench101, NASBench201, SearchSpace

CATALOGUE: tuple[SearchSpace[Any], ...] = (NASBench101(), NASBench201(), DARTS(), MobileNetV3())

LISTED: tuple[FiniteSearchSpace[Any], ...] = (NASBench101(max_vertices=5), NASBench201())
"""Finite spaces small enough that a law may go through all of them; a large space stands here in a smaller size."""
