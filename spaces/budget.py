"""Upper bounds on what a network may cost."""

from dataclasses import dataclass
from typing import Any

from nas_plugins.spaces.cost import Cost
from nas_plugins.spaces.cost_measure import plain
from nas_plugins.spaces.errors import InvalidArgument


@dataclass(frozen=True)
class Budget:
    """Upper bounds on the cost of a network; ``None`` bounds nothing.

    Args:
        max_parameters: Most trainable parameters.
        max_multiply_adds: Most multiply-adds of one forward pass on one image.

    Raises:
        InvalidArgument: A bound that is no number above 0.
    """

    max_parameters: float | None = None
    max_multiply_adds: float | None = None

    def __post_init__(self) -> None:
        for name, bound in (("parameters", self.max_parameters), ("multiply-adds", self.max_multiply_adds)):
            if bound is not None and not bound > 0:
                raise InvalidArgument(f"wanted a bound on {name} above 0, got {bound}")

    @property
    def bounds_something(self) -> bool:
        """Whether any architecture could be refused."""
        return self.max_parameters is not None or self.max_multiply_adds is not None

    def allows(self, cost: Cost) -> bool:
        """Whether a cost is within every bound."""
        return (self.max_parameters is None or cost.parameters <= self.max_parameters) and (
            self.max_multiply_adds is None or cost.multiply_adds <= self.max_multiply_adds
        )

    def plain(self, **settings: Any) -> list[dict[str, Any]]:
        """The bounds as plain data for saved states.

        Args:
            **settings: The size at which costs are counted, where it was said.
        """
        bounds = {"multiply_adds": self.max_multiply_adds, "parameters": self.max_parameters}
        return [
            {"cost": name, "maximum": float(bound), **plain(settings)}
            for name, bound in bounds.items()
            if bound is not None
        ]

    def __str__(self) -> str:
        bounds = []
        if self.max_parameters is not None:
            bounds.append(f"{self.max_parameters:,.0f} parameters")
        if self.max_multiply_adds is not None:
            bounds.append(f"{self.max_multiply_adds:,.0f} multiply-adds")
        return f"at most {' and '.join(bounds)}" if bounds else "no bounds"
