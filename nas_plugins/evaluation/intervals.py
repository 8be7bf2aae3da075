"""How sure a mean over runs is."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def mean_interval(values: "Sequence[float] | NDArray[np.float64]", level: float = 0.95) -> float:
    """Half the width of the confidence interval of a mean, by Student's t.

    Args:
        values: One figure per run; nan (a run without a result) is left out.
        level: Confidence, between 0 and 1.

    Returns:
        The half width in the unit of the values; nan for fewer than two.
    """
    from scipy.stats import t

    finite = np.asarray(values, dtype=np.float64)
    finite = finite[~np.isnan(finite)]
    if len(finite) < 2:
        return float("nan")
    quantile = t.ppf((1 + level) / 2, len(finite) - 1)
    return float(quantile * finite.std(ddof=1) / np.sqrt(len(finite)))
