"""What is counted of a network: one number per architecture, the lower the better."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace

A = TypeVar("A", bound=Hashable)

COUNTED = ("multiply_adds", "parameters")
"""What every space counts by itself."""


def plain(scale: Mapping[str, Any]) -> dict[str, Any]:
    """Sizes of a network as JSON gives them back."""
    return {
        name: list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
        for name, value in sorted(scale.items())
    }


class CostMeasure(ABC, Generic[A]):
    """A cost that is known of every architecture without a trial: a function of it, lower is better.

    Measures of equal settings are equal, so that what was computed for one serves the other.
    """

    name: str
    """As metrics and tables call it, for example ``"multiply_adds"``."""

    unit: str
    """In words, for messages."""

    @property
    def additive(self) -> bool:
        """Whether the cost is a sum over the layers of an architecture, each costing the same whatever the others are.

        Then architectures below a bound can be counted, and drawn uniformly however few they are.
        """
        return False

    @abstractmethod
    def __call__(self, architecture: A) -> float:
        """The cost of a member of the space; finite, at least 0."""

    @abstractmethod
    def key(self) -> tuple[Hashable, ...]:
        """What equal measures share."""

    def settings(self) -> dict[str, Any]:
        """What tells the measure from others of its name in saved states, as plain data for JSON; nothing, as here."""
        return {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CostMeasure) and (type(self), self.key()) == (type(other), other.key())

    def __hash__(self) -> int:
        return hash((type(self), self.key()))

    def tell(self, value: float) -> str:
        """A cost in words."""
        return f"{value:,.0f} {self.unit}" if value >= 1000 else f"{value:,.4g} {self.unit}"


class NetworkCost(CostMeasure[A]):
    """Multiply-adds or parameters, counted as :meth:`SearchSpace.cost` does.

    Args:
        space: The space of the architectures.
        quantity: ``"multiply_adds"`` of one forward pass on one image, or ``"parameters"``.
        num_classes: Outputs of the classifier.
        **scale: Size of the network, as in :meth:`SearchSpace.cost`: ``image_shape`` and the space's own sizes.

    Raises:
        InvalidArgument: Another quantity.
    """

    def __init__(
        self, space: SearchSpace[A], quantity: str = "multiply_adds", *, num_classes: int = 10, **scale: Any
    ) -> None:
        if quantity not in COUNTED:
            raise InvalidArgument(f"wanted a quantity out of {', '.join(COUNTED)}, got {quantity!r}")
        self.space, self.name = space, quantity
        self.unit = quantity.replace("_", "-")
        self.scale: Mapping[str, Any] = {"num_classes": num_classes} | scale

    @property
    def additive(self) -> bool:
        """Multiply-adds and parameters are sums over layers."""
        return True

    def __call__(self, architecture: A) -> float:
        """The count, a whole number."""
        return float(getattr(self.space.cost(architecture, **self.scale), self.name))

    def key(self) -> tuple[Hashable, ...]:
        """Space, quantity and size."""
        plain = {
            name: tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
            for name, value in self.scale.items()
        }
        return self.space, self.name, tuple(sorted(plain.items()))

    def settings(self) -> dict[str, Any]:
        """The size."""
        return plain(self.scale)

    def __repr__(self) -> str:
        scale = ", ".join(f"{name}={value!r}" for name, value in self.scale.items())
        return f"NetworkCost({self.space!r}, {self.name!r}, {scale})"
