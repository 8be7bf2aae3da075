"""A latent space as Ray Tune's search space."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from ray import tune


def latent_param_space(bounds: NDArray[np.floating[Any]]) -> dict[str, dict[str, Any]]:
    """One uniform coordinate per dimension, under ``config["z"]``.

    Args:
        bounds: ``(dimensions, 2)``, lowest and highest value of each coordinate.

    Returns:
        ``{"z": {"0": tune.uniform(low, high), "1": ...}}``.
    """
    return {"z": {str(index): tune.uniform(float(low), float(high)) for index, (low, high) in enumerate(bounds)}}
