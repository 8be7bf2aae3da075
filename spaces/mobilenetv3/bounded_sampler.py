"""Uniform draws among the networks of the MobileNetV3 space that are cheap enough, however few these are."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.cost_bound import CostBound
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.mobilenetv3.subnet import LAYERS, SMALLEST, UNITS, Layer, Subnet
from nas_plugins.spaces.mobilenetv3.unit_table import UNIT_OPTIONS

_BINS = 2000
_ROUNDING = 1e-9


class BoundedSampler:
    """Draws from a part of the space that holds every network within the bounds and few others, uniformly.

    Costs are sums over layers, and what a layer costs depends on its unit and on whether it comes first there. So what
    the 7,371 options of each unit cost is known, and the number of networks below a bound comes by dynamic programming
    over costs rounded down to 1/2000 of what the bound leaves beyond the cheapest network. Rounding down refuses
    nothing that is within the bound, and lets through at most what exceeds it by 5/2000 of that; draws that do are for
    the caller to draw again. Counts are whole numbers of any size, so that the rest is exactly uniform.

    Of several bounds, the one that leaves the fewest networks is sampled from, or the mean of all, whichever is less.

    Args:
        bounds: At least one, on costs that are additive.

    Raises:
        InvalidArgument: The cheapest network costs too much.
    """

    def __init__(self, bounds: Sequence[CostBound[Subnet]]) -> None:
        shares = []  # of what each bound leaves beyond the cheapest network, (units, options) per bound
        for bound in bounds:
            excess, cheapest = _excess(bound)
            if cheapest > bound.maximum:
                raise InvalidArgument(
                    f"wanted architectures of {bound}, but the smallest of mobilenetv3 has "
                    f"{bound.measure.tell(cheapest)} at this size; raise the bound"
                )
            with np.errstate(divide="ignore", invalid="ignore"):
                # Without anything left, only what costs nothing more is allowed.
                left = bound.maximum - cheapest
                shares.append(excess / left if left > 0 else np.where(excess > 0, np.inf, 0.0))
        mixed = [np.mean(shares, axis=0)] if len(shares) > 1 else []
        tables = [_Table(share) for share in (*shares, *mixed)]
        self._table = min(tables, key=lambda table: table.count)
        self.count = self._table.count
        """Networks drawn from."""

    def __call__(self, rng: np.random.Generator) -> Subnet:
        """One of them."""
        return Subnet(tuple(UNIT_OPTIONS[option] for option in self._table.draw(rng)))


class _Table:
    """How many ways there are to choose options within what is left, unit by unit."""

    def __init__(self, shares: NDArray[np.float64]) -> None:
        scaled = np.minimum(shares * _BINS * (1 - _ROUNDING), _BINS + 1)
        self._bins = np.floor(scaled).astype(np.int64)  # (units, options)
        # ways[unit][left]: of the units from this one on, within so many bins. Whole numbers of Python: there are
        # more networks than 64 bits can count.
        ways = [np.full(_BINS + 1, 1, dtype=object)]
        for bins in self._bins[::-1]:
            counts = np.bincount(bins, minlength=_BINS + 2)[: _BINS + 1]
            total = np.zeros(_BINS + 1, dtype=object)
            for used in np.flatnonzero(counts):
                total[used:] += int(counts[used]) * ways[0][: _BINS + 1 - used]
            ways.insert(0, total)
        self._ways = ways
        self.count = int(ways[0][_BINS])
        # Per unit: the options by cost, the costs there are, and where and how often each comes.
        self._order = [np.argsort(bins, kind="stable") for bins in self._bins]
        self._used = [np.unique(bins, return_counts=True) for bins in self._bins]

    def draw(self, rng: np.random.Generator) -> Iterator[int]:
        left = _BINS
        for order, (used, counts), after in zip(self._order, self._used, self._ways[1:], strict=True):
            fitting = int(np.searchsorted(used, left, side="right"))
            rest = after[left - used[:fitting]]
            below = np.cumsum(counts[:fitting].astype(object) * rest)
            number = _below(below[-1], rng)
            chosen = int(np.searchsorted(below, number, side="right"))
            number -= below[chosen - 1] if chosen else 0
            yield int(order[int(counts[:chosen].sum()) + number // rest[chosen]])
            left -= int(used[chosen])


def _below(limit: int, rng: np.random.Generator) -> int:
    """A whole number below a limit of any size, uniformly."""
    bits = limit.bit_length()
    while True:
        number = int.from_bytes(rng.bytes(-(-bits // 8)), "little") & ((1 << bits) - 1)
        if number < limit:
            return number


def _excess(bound: CostBound[Subnet]) -> tuple[NDArray[np.float64], float]:
    """What the options of each unit cost beyond the cheapest ``(units, options)``, and what the cheapest costs."""
    measure = bound.measure
    base = measure(SMALLEST)

    def changed(unit: int, layers: tuple[Layer, ...]) -> float:
        units = list(SMALLEST.units)
        units[unit] = layers
        return measure(Subnet(tuple(units))) - base

    costs, counted_twice = np.zeros((UNITS, len(UNIT_OPTIONS))), 0.0
    for unit, (_, second) in enumerate(SMALLEST.units):
        first = {layer: changed(unit, (layer, second)) for layer in LAYERS}
        later = {layer: changed(unit, (*SMALLEST.units[unit], layer)) for layer in LAYERS}
        costs[unit] = [first[head] + sum(later[layer] for layer in rest) for head, *rest in UNIT_OPTIONS]
        counted_twice += later[second]  # in the smallest network, and among the later layers of every option
    least = costs.min(axis=1)
    return costs - least[:, None], float(base - counted_twice + least.sum())
