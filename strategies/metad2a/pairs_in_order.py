"""Which pairs of architectures somebody's values put in the order of their accuracies."""

import numpy as np
from numpy.typing import NDArray


def pairs_in_order(values: NDArray[np.float64], accuracies: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Of each pair with different accuracies, whether values have their order; equal values have none.

    Args:
        values: ``(n,)``, of any scale.
        accuracies: ``(n,)``, of one task.

    Returns:
        ``(pairs,)``; its mean is the share that is right, 0.5 by chance.
    """
    first, second = np.triu_indices(len(values), 1)
    difference = accuracies[first] - accuracies[second]
    right: NDArray[np.bool_] = (difference * (values[first] - values[second]) > 0)[difference != 0]
    return right
