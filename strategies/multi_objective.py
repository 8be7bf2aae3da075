"""The contract of a strategy with several objectives."""

from abc import abstractmethod
from collections.abc import Hashable, Mapping
from typing import TypeVar

from nas_plugins.strategies.objective import Objective
from nas_plugins.strategies.pareto_front import ParetoFront
from nas_plugins.strategies.strategy import Strategy

A = TypeVar("A", bound=Hashable)


class MultiObjectiveStrategy(Strategy[A]):
    """Searches for the best trade-offs between numbers, some told of each trial, some known of every architecture.

    Where a single number is told, hosts need not know of the others: :meth:`tell` is all.
    """

    told: tuple[Objective, ...]
    """What trials measure, at least one; the first is what :meth:`tell` calls the score."""

    known: tuple[Objective, ...]
    """What is computed of an architecture without a trial."""

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """All of them, those told first."""
        return (*self.told, *self.known)

    @abstractmethod
    def tell_all(self, architecture: A, values: Mapping[str, float]) -> None:
        """Learn what a trial measured.

        Args:
            architecture: As in :meth:`tell`.
            values: By name, each as it was measured, whatever its mode. A missing one, or one that is not finite, means
                that the trial failed; further ones are passed over. The last values told of an architecture hold.
        """

    def tell(self, architecture: A, score: float) -> None:
        """Learn the score, higher for better, where nothing else is told; a trial of several numbers has failed."""
        self.tell_all(architecture, {self.told[0].name: self.told[0].sign * score})

    @abstractmethod
    def front(self) -> ParetoFront[A]:
        """The best trade-offs among what was told."""
