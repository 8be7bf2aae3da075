"""Cells to try arch2vec on."""

import numpy as np

from nas_plugins.spaces import NASBench201

SPACE = NASBench201()


def sample_cells(count):
    """As many random cells, the same each time."""
    rng = np.random.default_rng(0)
    return [SPACE.sample(rng) for _ in range(count)]
