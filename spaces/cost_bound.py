"""An upper bound on one cost: the constraint of a search."""

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from nas_plugins.spaces.cost_measure import CostMeasure, NetworkCost
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace

A = TypeVar("A", bound=Hashable)


@dataclass(frozen=True)
class CostBound(Generic[A]):
    """The most an architecture may cost; :func:`nas_plugins.spaces.constrained_space.constrain` makes a space of it.

    Args:
        measure: What is bounded.
        maximum: The bound itself is allowed.

    Raises:
        InvalidArgument: A bound that is no finite number above 0.
    """

    measure: CostMeasure[A]
    maximum: float

    def __post_init__(self) -> None:
        if not (self.maximum > 0 and math.isfinite(self.maximum)):
            raise InvalidArgument(f"wanted a bound on {self.measure.unit} above 0, got {self.maximum}")

    def allows(self, architecture: A) -> bool:
        """Whether an architecture costs at most this."""
        return self.measure(architecture) <= self.maximum

    def plain(self) -> dict[str, Any]:
        """The bound as plain data for saved states: what is bounded, by which number, at which settings."""
        return {"cost": self.measure.name, "maximum": float(self.maximum), **self.measure.settings()}

    def __str__(self) -> str:
        return f"at most {self.measure.tell(self.maximum)}"


def network_bounds(
    space: SearchSpace[Any], max_macs: float | None = None, max_params: float | None = None, **scale: Any
) -> tuple[CostBound[Any], ...]:
    """Bounds on multiply-adds and parameters, where they are given.

    Args:
        space: The space of the architectures.
        max_macs: Most multiply-adds of one forward pass on one image.
        max_params: Most trainable parameters.
        **scale: As in :class:`NetworkCost`.

    Raises:
        InvalidArgument: A bound that is no number above 0.
    """
    bounds = (("multiply_adds", max_macs), ("parameters", max_params))
    return tuple(
        CostBound(NetworkCost(space, quantity, **scale), maximum) for quantity, maximum in bounds if maximum is not None
    )
