"""What a model of scores sees of an architecture: rows of numbers, composable."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace

if TYPE_CHECKING:
    from nas_plugins.spaces.arch2vec import Arch2Vec

A = TypeVar("A", bound=Hashable)


class Input(ABC, Generic[A]):
    """A transform from architectures to rows of finite numbers."""

    @abstractmethod
    def __call__(self, architectures: Sequence[A]) -> NDArray[np.float64]:
        """The rows ``(architectures, columns)``, each depending on its own architecture only."""

    def widths(self) -> tuple[int, ...]:
        """Columns of each part that a model may scale on its own; one part unless several inputs are joined."""
        return (self([]).shape[1],)


class OneHotInput(Input[A]):
    """The flat choices of the space, a column of zeros and ones per option.

    The squared Euclidean distance of two architectures is twice the number of decisions in which they differ.

    Args:
        space: The space of the architectures.
    """

    def __init__(self, space: SearchSpace[A]) -> None:
        self.space = space
        names = [(decision, option) for decision, options in space.choices().items() for option in options]
        self._columns = {name: column for column, name in enumerate(names)}

    def __call__(self, architectures: Sequence[A]) -> NDArray[np.float64]:
        """The rows ``(architectures, options of all decisions)``."""
        rows = np.zeros((len(architectures), len(self._columns)))
        for row, architecture in zip(rows, architectures, strict=True):
            row[[self._columns[choice] for choice in self.space.to_choices(architecture).items()]] = 1
        return rows


class PairsInput(Input[A]):
    """Every pair of decisions with its pair of options, a column of zeros and ones each.

    A linear model of these columns knows what two options are worth together.

    Args:
        space: The space of the architectures.
    """

    def __init__(self, space: SearchSpace[A]) -> None:
        self.space = space
        choices = space.choices()
        self._positions = [{option: index for index, option in enumerate(options)} for options in choices.values()]
        self._options = max(map(len, self._positions))

    def __call__(self, architectures: Sequence[A]) -> NDArray[np.float64]:
        """The rows ``(architectures, pairs * options * options)``, pairs in the order of ``itertools.combinations``."""
        taken = np.array(
            [
                [position[option] for position, option in zip(self._positions, chosen.values(), strict=True)]
                for chosen in map(self.space.to_choices, architectures)
            ],
            dtype=np.int64,
        ).reshape(len(architectures), len(self._positions))
        pairs = [self._options * taken[:, a] + taken[:, b] for a, b in combinations(range(len(self._positions)), 2)]
        rows = np.zeros((len(architectures), len(pairs), self._options**2))
        for number, columns in enumerate(pairs):
            rows[np.arange(len(architectures)), number, columns] = 1
        return rows.reshape(len(architectures), len(pairs) * self._options**2)


class OperationCountsInput(Input[A]):
    """How often each operation occurs in the graph of an architecture.

    Where an operation stands matters less than that it is there, and a kernel on choices alone must learn that for
    every place anew.

    Args:
        space: The space of the architectures.
        weight: Factor of the counts: what a difference in counts weighs beside a difference in choices.
    """

    def __init__(self, space: SearchSpace[A], *, weight: float = 2.0) -> None:
        self.space = space
        self.weight = weight

    def __call__(self, architectures: Sequence[A]) -> NDArray[np.float64]:
        """The rows ``(architectures, operations of the space)``."""
        counts = [Counter(self.space.to_graph(architecture).operations) for architecture in architectures]
        rows = [[count[operation] for operation in self.space.operations] for count in counts]
        return self.weight * np.array(rows, dtype=np.float64).reshape(-1, len(self.space.operations))


class LatentInput(Input[A]):
    """Coordinates in a pre-trained latent space, each with mean 0 and variance 1 over the space.

    Args:
        latent: The latent space.

    References:
        Yan et al., Does Unsupervised Architecture Representation Learning Help Neural Architecture Search?, 2020.
    """

    def __init__(self, latent: "Arch2Vec[A]") -> None:
        self.latent = latent

    def __call__(self, architectures: Sequence[A]) -> NDArray[np.float64]:
        """The rows ``(architectures, dimensions of the latent space)``."""
        table = self.latent.embeddings
        chosen = table[[self.latent.space.index(architecture) for architecture in architectures]]
        standardised: NDArray[np.float64] = ((chosen - table.mean(0)) / table.std(0)).astype(np.float64)
        return standardised


class JoinedInput(Input[A]):
    """Several inputs side by side.

    Args:
        inputs: At least one.

    Raises:
        InvalidArgument: No inputs.
    """

    def __init__(self, *inputs: Input[A]) -> None:
        if not inputs:
            raise InvalidArgument("wanted at least one input to join, got none")
        self.inputs = inputs

    def __call__(self, architectures: Sequence[A]) -> NDArray[np.float64]:
        """The rows ``(architectures, columns of all inputs)``."""
        return np.concatenate([each(architectures) for each in self.inputs], axis=1)

    def widths(self) -> tuple[int, ...]:
        """Those of all inputs."""
        return tuple(width for each in self.inputs for width in each.widths())
