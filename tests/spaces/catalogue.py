"""The spaces that the laws of ``test_space_laws.py`` hold for; a new space joins here and inherits them all."""

from typing import Any

from nas_plugins.spaces import NASBench201, SearchSpace

CATALOGUE: tuple[SearchSpace[Any], ...] = (NASBench201(),)
