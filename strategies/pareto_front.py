"""The best trade-offs among architectures: those that no other one beats in everything."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies.objective import Objective

A = TypeVar("A", bound=Hashable)


@dataclass(frozen=True)
class ParetoFront(Generic[A]):
    """Architectures of which none is at least as good as another in every objective and better in one.

    :meth:`of` finds them among any; of architectures that are equal in every objective, the first stays.

    Args:
        objectives: At least two.
        architectures: By the last objective, best first.
        values: A number per objective of each.
    """

    objectives: tuple[Objective, ...]
    architectures: tuple[A, ...]
    values: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, architectures: Sequence[A], values: ArrayLike, objectives: Sequence[Objective]) -> "ParetoFront[A]":
        """The front among architectures; those with a value that is not finite are left out.

        Args:
            architectures: Any, as many as rows of values.
            values: ``(architectures, objectives)``.
            objectives: What the columns are, at least two.

        Raises:
            InvalidArgument: Fewer than two objectives, or values of another shape.
        """
        objectives = tuple(objectives)
        if len(objectives) < 2:
            raise InvalidArgument(f"wanted at least 2 objectives of a front, got {len(objectives)}")
        table = np.asarray(values, dtype=np.float64)
        if not len(architectures):
            return cls(objectives, (), ())
        if table.shape != (len(architectures), len(objectives)):
            raise InvalidArgument(
                f"wanted {len(objectives)} values of each of {len(architectures)} architectures, got {table.shape}"
            )
        kept = non_dominated(table * [objective.sign for objective in objectives])
        order = sorted(kept, key=lambda row: -objectives[-1].sign * table[row, -1])
        return cls(
            objectives,
            tuple(architectures[row] for row in order),
            tuple(tuple(table[row].tolist()) for row in order),
        )

    def __len__(self) -> int:
        """Number of architectures."""
        return len(self.architectures)

    def hypervolume(self, reference: Mapping[str, float]) -> float:
        """The volume between the front and a point worse than it; more is better.

        Args:
            reference: A value of every objective by name. What is worse than it in any objective adds nothing.

        Raises:
            InvalidArgument: An objective is missing.

        References:
            Zitzler and Thiele, Multiobjective Optimization Using Evolutionary Algorithms, 1998. Computed by BoTorch.
        """
        missing = [objective.name for objective in self.objectives if objective.name not in reference]
        if missing:
            raise InvalidArgument(f"wanted a reference of every objective, got none of {', '.join(missing)}; add it")
        if not self.architectures:
            return 0.0
        import torch
        from botorch.utils.multi_objective.hypervolume import Hypervolume

        signs = [objective.sign for objective in self.objectives]
        point = [sign * reference[objective.name] for sign, objective in zip(signs, self.objectives, strict=True)]
        values = torch.tensor(self.values, dtype=torch.double) * torch.tensor(signs)
        return float(Hypervolume(torch.tensor(point, dtype=torch.double)).compute(values))

    def to_json(self) -> list[dict[str, Any]]:
        """Plain data: the text of each architecture and its values by name."""
        names = [objective.name for objective in self.objectives]
        return [
            {"architecture": str(architecture)} | dict(zip(names, row, strict=True))
            for architecture, row in zip(self.architectures, self.values, strict=True)
        ]

    def __str__(self) -> str:
        header = "  ".join(f"{objective.name:>14}" for objective in self.objectives)
        rows = (
            "  ".join(f"{value:14,.6g}" for value in row) + f"  {architecture}"
            for architecture, row in zip(self.architectures, self.values, strict=True)
        )
        return "\n".join((f"{header}  architecture", *rows))


def non_dominated(values: NDArray[np.float64]) -> list[int]:
    """Rows that no other row is at least as good as everywhere; of equal rows the first. Higher is better.

    Args:
        values: ``(rows, objectives)``; rows that are not finite are left out.
    """
    finite = np.flatnonzero(np.isfinite(values).all(axis=1))
    # Lexicographically, best first: whatever is at least as good as a row everywhere stands before it, or equals it.
    rows = values[finite]
    order = np.lexsort((finite, *-rows.T))
    kept: list[int] = []
    best = np.empty((0, values.shape[1]))
    for row in order:
        if not (best >= rows[row]).all(axis=1).any():
            kept.append(int(finite[row]))
            best = np.vstack([best, rows[row]])
    return sorted(kept)
