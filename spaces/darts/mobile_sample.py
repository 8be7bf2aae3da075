"""A finite part of the DARTS space: different cells drawn uniformly among those of the mobile setting."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.darts.cell import INPUTS, NODES, OPERATIONS, Cell
from nas_plugins.spaces.darts.cost import IMAGENET, MOBILE_LIMIT, cost_table
from nas_plugins.spaces.darts.space import DARTS, SOURCES, origins
from nas_plugins.spaces.darts.validity import SIZE
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.space import FiniteSearchSpace

_BATCH = 1 << 18  # numbers drawn at once


class MobileSample(DARTS, FiniteSearchSpace[Cell]):
    """Cells drawn uniformly and without repeats from the DARTS cells below a number of multiply-adds.

    It is what a latent space of DARTS is learned from and searched in, as the whole cannot be enumerated: Yan et al.
    (2020, section 4) draw 600,000 architectures below 600 million multiply-adds. Theirs differ up to isomorphism, these
    as cells. The views are those of the whole space, so that a graph of any DARTS cell is still valid; enumeration,
    membership and sampling are those of the part.

    Args:
        size: Number of cells.
        seed: Of the draw; the same size, seed and limit are the same cells in the same order.
        max_multiply_adds: Each network has fewer at the ImageNet size, see :data:`nas_plugins.spaces.darts.cost`.

    Raises:
        InvalidArgument: More cells than there are, or a seed below 0.
    """

    def __init__(self, size: int = 600_000, *, seed: int = 0, max_multiply_adds: int = MOBILE_LIMIT) -> None:
        if not 1 <= size <= 10_000_000 or size > self.count_within(max_multiply_adds) // 2:
            raise InvalidArgument(
                f"wanted 1 to 10 million cells, at most half of the {self.count_within(max_multiply_adds):,} below "
                f"{max_multiply_adds:,} multiply-adds, got {size:,}"
            )
        if seed < 0:
            raise InvalidArgument(f"wanted a seed of at least 0, got {seed}")
        self.settings = {"size": size, "seed": seed, "max_multiply_adds": max_multiply_adds}
        self._numbers = _draw(size, seed, max_multiply_adds)
        self._order = np.argsort(self._numbers)

    def finite(self, **settings: Any) -> FiniteSearchSpace[Cell]:
        """This draw, or another one."""
        return MobileSample(**settings) if settings else self

    def __len__(self) -> int:
        """The size."""
        return len(self._numbers)

    def __getitem__(self, index: int) -> Cell:
        """The cell at a position of the draw."""
        if not 0 <= index < len(self):
            raise IndexError(f"wanted an index from 0 to {len(self) - 1}, got {index}")
        sources, operations = (array[0].tolist() for array in _decisions(self._numbers[index : index + 1]))
        return Cell(tuple((OPERATIONS[name], source) for name, source in zip(operations, sources, strict=True)))

    def index(self, architecture: Cell) -> int:
        """The position of a cell in the draw.

        Raises:
            InvalidArchitecture: The cell was not drawn.
        """
        number = _number(architecture)
        place = int(np.searchsorted(self._numbers, number, sorter=self._order))
        if place == len(self) or self._numbers[self._order[place]] != number:
            raise InvalidArchitecture(f"wanted one of the {len(self)} cells drawn with {self!r}, got {architecture}")
        return int(self._order[place])

    def contains(self, architecture: object) -> bool:
        """Tell whether an object is one of the cells drawn."""
        if not isinstance(architecture, Cell):
            return False
        place = int(np.searchsorted(self._numbers, _number(architecture), sorter=self._order))
        return place < len(self) and bool(self._numbers[self._order[place]] == _number(architecture))

    def sample(self, rng: np.random.Generator) -> Cell:
        """Draw one of the cells uniformly."""
        return self[int(rng.integers(len(self)))]

    def graph_arrays(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The graphs of all cells as one-hot operations and adjacency, each ``(len(self), 11, 11)``."""
        sources, operations = _decisions(self._numbers)
        labels = np.zeros((len(self), SIZE, len(self.operations)), dtype=np.uint8)
        labels[:, range(INPUTS), range(INPUTS)] = labels[:, -1, -1] = 1
        rows = np.arange(len(self))
        adjacency = np.zeros((len(self), SIZE, SIZE), dtype=np.uint8)
        adjacency[:, INPUTS:-1, -1] = 1
        reads = np.zeros((INPUTS + NODES, SIZE), dtype=np.uint8)
        for source in range(INPUTS + NODES):
            reads[source, list(origins(source))] = 1
        for index in range(2 * NODES):
            labels[rows, index + INPUTS, operations[:, index] + INPUTS] = 1
            adjacency[:, :, index + INPUTS] = reads[sources[:, index]]
        return labels, adjacency

    def __eq__(self, other: object) -> bool:
        """Draws are equal when their settings are."""
        return isinstance(other, MobileSample) and self.settings == other.settings

    def __hash__(self) -> int:
        return hash(tuple(self.settings.values()))

    def __repr__(self) -> str:
        size, seed, limit = self.settings.values()
        return f"MobileSample({size}, seed={seed}, max_multiply_adds={limit})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.settings,)


def _again(settings: dict[str, Any]) -> MobileSample:
    return MobileSample(**settings)


def _draw(size: int, seed: int, limit: int) -> NDArray[np.int64]:
    """Different numbers of cells below the limit, in the order in which they were drawn."""
    rng = np.random.default_rng(seed)
    fixed, costs = cost_table(**IMAGENET).multiply_adds()
    numbers = np.zeros(0, dtype=np.int64)
    while len(numbers) < size:
        drawn = rng.integers(DARTS.COUNT, size=_BATCH)
        sources, operations = _decisions(drawn)
        within = fixed + costs[operations, (sources < INPUTS).astype(int)].sum(axis=1) < limit
        numbers = np.concatenate([numbers, drawn[within]])
        _, first = np.unique(numbers, return_index=True)
        numbers = numbers[np.sort(first)]
    return numbers[:size]


def _decisions(numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What the numbers 0 to ``DARTS.COUNT - 1`` of cells say: sources and rows of operations, each ``(n, 8)``."""
    sources, operations = (np.empty((len(numbers), 2 * NODES), dtype=np.int64) for _ in range(2))
    for node, pairs in enumerate(SOURCES):
        numbers, pair = np.divmod(numbers, len(pairs))
        sources[:, 2 * node : 2 * node + 2] = np.array(pairs)[pair]
        for edge in (2 * node, 2 * node + 1):
            numbers, operations[:, edge] = np.divmod(numbers, len(OPERATIONS))
    return sources, operations


def _number(cell: Cell) -> int:
    """The number of a cell, the inverse of :func:`_decisions`."""
    number = 0
    for node, ((lower, first), (higher, second)) in reversed(list(enumerate(cell.pairs()))):
        number = number * len(OPERATIONS) + OPERATIONS.index(higher)
        number = number * len(OPERATIONS) + OPERATIONS.index(lower)
        number = number * len(SOURCES[node]) + SOURCES[node].index((first, second))
    return number
