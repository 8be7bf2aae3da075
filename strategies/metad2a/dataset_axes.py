"""Where a dataset lies along the few directions in which source tasks differ most: photographs here, drawings there."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import InvalidArgument

_AXES = 2  # the first tells photographs from medical pictures and signs, the second from drawings; a third brought none
_FURTHEST = 2.0  # standard deviations; source tasks lie within, and what lies beyond is not extrapolated to
_LEAST_TASKS = 10  # from fewer, directions would be those of single tasks
_FLAT = 1e-6  # of the widest direction: tasks do not differ along the others


class DatasetAxes:
    """Principal axes of the mean image features of source tasks.

    Args:
        mean: Of all source tasks, ``(feature_dimension,)``.
        directions: ``(axes, feature_dimension)``; one standard deviation of source tasks is a step of one.

    Raises:
        InvalidArgument: Shapes that do not fit each other.
    """

    def __init__(self, mean: NDArray[np.float64], directions: NDArray[np.float64]) -> None:
        if mean.ndim != 1 or directions.ndim != 2 or directions.shape[1] != len(mean):
            raise InvalidArgument(
                f"wanted directions (axes, feature_dimension) beside a mean (feature_dimension,), got "
                f"{directions.shape} and {mean.shape}"
            )
        self.mean, self.directions = mean, directions

    @classmethod
    def fit(cls, features: NDArray[np.floating]) -> "DatasetAxes | None":
        """The first two axes of the tasks' mean features ``(tasks, feature_dimension)``.

        ``None`` where there are fewer than ten tasks, or all are the same.
        """
        if len(features) < _LEAST_TASKS or not np.ptp(features, axis=0).any():
            return None
        from sklearn.decomposition import PCA

        found = PCA(min(_AXES, features.shape[1]), svd_solver="full").fit(np.asarray(features, np.float64))
        spreads = found.singular_values_ / len(features) ** 0.5
        count = int((spreads > _FLAT * max(spreads[0], 1)).sum())
        return cls(found.mean_, found.components_[:count] / spreads[:count, None]) if count else None

    def __call__(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Coordinates ``(axes,)`` of a dataset by its mean features ``(feature_dimension,)``, from -2 to 2 each.

        Further away nothing was seen, and the nearest that was counts.

        Raises:
            InvalidArgument: Features of another dimension.
        """
        if features.shape != self.mean.shape:
            raise InvalidArgument(f"wanted mean features of shape {self.mean.shape}, got {features.shape}")
        coordinates: NDArray[np.float64] = self.directions @ (features - self.mean)
        return coordinates.clip(-_FURTHEST, _FURTHEST)

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """What it is made of, by name."""
        return {"mean": self.mean, "directions": self.directions}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.float64]]) -> "DatasetAxes":
        """The axes that :meth:`arrays` told.

        Raises:
            KeyError: One is missing.
        """
        return cls(arrays["mean"], arrays["directions"])
