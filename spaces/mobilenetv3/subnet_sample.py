"""A finite part of the MobileNetV3 space: different networks, half of them of all sizes."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.mobilenetv3.space import INPUT, OUTPUT, MobileNetV3
from nas_plugins.spaces.mobilenetv3.subnet import DEPTHS, EXPANSIONS, LAYERS, MOST, UNITS, Subnet
from nas_plugins.spaces.mobilenetv3.unit_table import UNIT_NUMBERS, UNIT_OPTIONS, first_of_depth, layer_table
from nas_plugins.spaces.space import FiniteSearchSpace

_NODES = UNITS * MOST + 2  # of the largest graph: all layers, input and output
_LEAN = 2.0  # at either end six in seven settings are the smallest, or the largest
_FIRST = UNITS - 1  # 7371^4 fits into 64 bits, 7371^5 does not: the number of a network is two numbers


class SubnetSample(MobileNetV3, FiniteSearchSpace[Subnet]):
    """Networks drawn without repeats from the MobileNetV3 space.

    It is what a latent space of MobileNetV3 is learned from and searched in, as the whole cannot be enumerated. Those
    at even positions are drawn uniformly over all; nine in ten of their units have four layers, and hardly any is
    small. Those at odd positions cover the sizes: each leans towards small or large depths, kernels and expansions, by
    a degree of its own. So 3,308 of 50,000 keep below 150 million multiply-adds; with settings drawn evenly, as
    progressive shrinking draws them, two would.

    The views are those of the whole space, so that a graph of any of its networks is still valid, and neighbours are
    those in the whole; enumeration, membership and sampling are those of the part.

    Args:
        size: Number of networks.
        seed: Of the draw; the same size and seed are the same networks in the same order.

    Raises:
        InvalidArgument: No network or more than ten million, or a seed below 0.
    """

    def __init__(self, size: int = 50_000, *, seed: int = 0) -> None:
        if not 1 <= size <= 10_000_000:
            raise InvalidArgument(f"wanted 1 to 10 million networks, got {size:,}")
        if seed < 0:
            raise InvalidArgument(f"wanted a seed of at least 0, got {seed}")
        self.settings = {"size": size, "seed": seed}
        self._numbers = _draw(size, seed)
        first, last = _keys(self._numbers)
        self._order = np.lexsort((last, first))
        self._first, self._last = first[self._order], last[self._order]

    def finite(self, **settings: Any) -> FiniteSearchSpace[Subnet]:
        """This draw, or another one."""
        return SubnetSample(**settings) if settings else self

    def __len__(self) -> int:
        """The size."""
        return len(self._numbers)

    def __getitem__(self, index: int) -> Subnet:
        """The network at a position of the draw."""
        if not 0 <= index < len(self):
            raise IndexError(f"wanted an index from 0 to {len(self) - 1}, got {index}")
        return Subnet(tuple(UNIT_OPTIONS[number] for number in self._numbers[index].tolist()))

    def index(self, architecture: Subnet) -> int:
        """The position of a network in the draw.

        Raises:
            InvalidArchitecture: The network was not drawn.
        """
        place = self._place(architecture)
        if place is None:
            raise InvalidArchitecture(f"wanted one of the {len(self)} networks drawn with {self!r}, got {architecture}")
        return int(self._order[place])

    def contains(self, architecture: object) -> bool:
        """Tell whether an object is one of the networks drawn."""
        return isinstance(architecture, Subnet) and self._place(architecture) is not None

    def _place(self, subnet: Subnet) -> int | None:
        """Where a network stands among the sorted ones."""
        (first,), (last,) = _keys(np.array([[UNIT_NUMBERS[unit] for unit in subnet.units]]))
        start, end = np.searchsorted(self._first, first, "left"), np.searchsorted(self._first, first, "right")
        place = start + np.searchsorted(self._last[start:end], last)
        return int(place) if place < end and self._last[place] == last else None

    def sample(self, rng: np.random.Generator) -> Subnet:
        """Draw one of the networks uniformly."""
        return self[int(rng.integers(len(self)))]

    def graph_arrays(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The graphs of all networks as one-hot operations ``(len(self), 22, 47)`` and adjacency, of zeros behind."""
        layers = layer_table()[self._numbers]  # (networks, units, layers)
        rows, units, places = np.nonzero(layers >= 0)
        # Where a layer stands: behind the input, the units before its own and the layers before it.
        depths = (layers >= 0).sum(axis=2)
        before = np.cumsum(depths, axis=1) - depths
        nodes = 1 + before[rows, units] + places
        operations = np.zeros((len(self), _NODES, len(self.operations)), dtype=np.uint8)
        operations[:, 0, self.operations.index(INPUT)] = 1
        operations[rows, nodes, 1 + len(LAYERS) * units + layers[rows, units, places]] = 1
        ends = 1 + depths.sum(axis=1)
        operations[np.arange(len(self)), ends, self.operations.index(OUTPUT)] = 1
        adjacency = np.zeros((len(self), _NODES, _NODES), dtype=np.uint8)
        steps = np.arange(_NODES - 1)
        adjacency[:, steps, steps + 1] = steps < ends[:, None]
        return operations, adjacency

    def __eq__(self, other: object) -> bool:
        """Draws are equal when their settings are."""
        return isinstance(other, SubnetSample) and self.settings == other.settings

    def __hash__(self) -> int:
        return hash(tuple(self.settings.values()))

    def __repr__(self) -> str:
        size, seed = self.settings.values()
        return f"SubnetSample({size}, seed={seed})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.settings,)


def _again(settings: dict[str, Any]) -> SubnetSample:
    return SubnetSample(**settings)


Numbers = NDArray[np.int16]


def _draw(size: int, seed: int) -> Numbers:
    """Numbers of the units of different networks ``(size, 5)``."""
    rng = np.random.default_rng(seed)
    numbers = np.empty((size, UNITS), dtype=np.int16)
    none = numbers[:0]
    numbers[1::2] = leaning = _different(size // 2, lambda count: _leaning(count, rng), none)
    numbers[0::2] = _different(
        size - size // 2, lambda count: rng.integers(len(UNIT_OPTIONS), size=(count, UNITS), dtype=np.int16), leaning
    )
    return numbers


def _different(size: int, draw: Callable[[int], Numbers], known: Numbers) -> Numbers:
    """Networks that differ from each other and from those known, in the order in which they were drawn."""
    numbers = known
    while len(numbers) < len(known) + size:
        numbers = np.concatenate([numbers, draw(size)])
        _, first = np.unique(numbers, axis=0, return_index=True)
        numbers = numbers[np.sort(first)]
    return numbers[len(known) : len(known) + size]


def _leaning(size: int, rng: np.random.Generator) -> Numbers:
    """Networks of all sizes: the options of each setting have weights 1, w, w^2, with ``ln w`` even over -2 to 2."""
    weights = np.exp(rng.uniform(-_LEAN, _LEAN, size)[:, None] * np.arange(3))
    shares = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)[:, :2]

    def options(*shape: int) -> NDArray[np.int64]:
        drawn = rng.random((size, *shape, 1))
        return (drawn > shares.reshape(size, *[1] * len(shape), 2)).sum(axis=-1)

    depths, layers = options(UNITS), len(EXPANSIONS) * options(UNITS, MOST) + options(UNITS, MOST)
    numbers = first_of_depth()[depths]
    for place in range(MOST):
        there = place < np.array(DEPTHS)[depths]
        power = np.where(there, np.array(DEPTHS)[depths] - 1 - place, 0)
        numbers += np.where(there, layers[:, :, place] * len(LAYERS) ** power, 0)
    return numbers.astype(np.int16)


def _keys(numbers: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Networks as two numbers each, of the first four units and of the fifth, ``(n,)``."""
    places = len(UNIT_OPTIONS) ** np.arange(_FIRST - 1, -1, -1)
    return numbers[:, :_FIRST].astype(np.int64) @ places, numbers[:, _FIRST].astype(np.int64)
