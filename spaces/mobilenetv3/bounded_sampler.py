"""Uniform draws among the networks of the MobileNetV3 space that are cheap enough, however few these are."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.cost_bound import CostBound
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.mobilenetv3.subnet import Subnet
from nas_plugins.spaces.mobilenetv3.unit_table import UNIT_OPTIONS, unit_costs

_BINS = 2000
_ROUNDING = 1e-9
_SUMMING = 1e-11  # of a cost: what sums of the same layers in another order may differ by, and a bound is widened by
_FEW = 5000  # at most so many networks are gone through once, and those within the bounds kept


class BoundedSampler:
    """Draws from a part of the space that holds every network within the bounds and few others, uniformly.

    Costs are sums over layers, and what a layer costs depends on its unit and on whether it comes first there. So what
    the 7,371 options of each unit cost is known, and the number of networks below a bound comes by dynamic programming
    over costs rounded down to 1/2000 of what the bound leaves beyond the cheapest network. Rounding down refuses
    nothing that is within the bound, and lets through at most what exceeds it by 5/2000 of that; draws that do are for
    the caller to draw again. Counts are whole numbers of any size, so that the rest is exactly uniform.

    Of several bounds, the one that leaves the fewest networks is sampled from, or the mean of all, whichever is less.
    Where that leaves at most 5,000, each is looked at once, and draws are from those that all bounds allow.

    Args:
        bounds: At least one, on costs that are additive.

    Raises:
        InvalidArgument: The cheapest network costs too much, or none is seen to be within all bounds together.
    """

    def __init__(self, bounds: Sequence[CostBound[Subnet]]) -> None:
        shares = []  # of what each bound leaves beyond the cheapest network, (units, options) per bound
        cheapest = []
        for bound in bounds:
            excess, least = unit_costs(bound.measure)
            # A hair wider than the bound: what is the bound itself in one order of summing may be above it in another.
            left = bound.maximum * (1 + _SUMMING) - least
            if left <= 0:
                raise InvalidArgument(_too_tight([bound], [least]))
            shares.append(excess / left)
            cheapest.append(least)
        mixed = [np.mean(shares, axis=0)] if len(shares) > 1 else []
        tables = [_Table(share) for share in (*shares, *mixed)]
        self._table = min(tables, key=lambda table: table.count)
        self.count = self._table.count
        """Networks drawn from."""
        self._few: tuple[Subnet, ...] = ()
        if self.count <= _FEW:
            subnets = map(_subnet, self._table.all())
            self._few = tuple(subnet for subnet in subnets if all(bound.allows(subnet) for bound in bounds))
            self.count = len(self._few)
            if not self._few:
                raise InvalidArgument(_too_tight(bounds, cheapest))

    def __call__(self, rng: np.random.Generator) -> Subnet:
        """One of them."""
        if self._few:
            return self._few[int(rng.integers(len(self._few)))]
        return _subnet(self._table.draw(rng))


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

    def all(self) -> Iterator[tuple[int, ...]]:
        """Every way there is, as the options of the units."""
        return self._from(0, _BINS)

    def _from(self, unit: int, left: int) -> Iterator[tuple[int, ...]]:
        """Every way to go on from a unit with so many bins left."""
        if unit == len(self._bins):
            yield ()
            return
        for option in self._order[unit]:
            rest = left - int(self._bins[unit, option])
            if rest < 0:
                return
            if self._ways[unit + 1][rest]:
                for options in self._from(unit + 1, rest):
                    yield (int(option), *options)


def _subnet(options: Iterable[int]) -> Subnet:
    return Subnet(tuple(UNIT_OPTIONS[option] for option in options))


def _too_tight(bounds: Sequence[CostBound[Subnet]], cheapest: Sequence[float]) -> str:
    """What to say of bounds that no network meets, each of which leaves one at best of what its cheapest costs."""
    pairs = list(zip(bounds, cheapest, strict=True))
    wanted = " and ".join(map(str, bounds))
    least = " and ".join(bound.measure.tell(cost) for bound, cost in pairs)
    if len(pairs) > 1:
        return (
            f"wanted architectures of {wanted}, but none of mobilenetv3 is within these together, though alone they "
            f"could go down to {least} at this size; raise one of them"
        )
    bound, cost = pairs[0]
    if least == bound.measure.tell(bound.maximum):
        least = f"{float(cost)!r} {bound.measure.unit}, above {float(bound.maximum)!r},"
    return (
        f"wanted architectures of {wanted}, but the smallest of mobilenetv3 has {least} at this size; raise the bound"
    )


def _below(limit: int, rng: np.random.Generator) -> int:
    """A whole number below a limit of any size, uniformly."""
    bits = limit.bit_length()
    while True:
        number = int.from_bytes(rng.bytes(-(-bits // 8)), "little") & ((1 << bits) - 1)
        if number < limit:
            return number
