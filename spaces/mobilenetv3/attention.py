"""Which networks the end of a supernet's training attends to: those that look best at what they cost."""

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.cost_measure import NetworkCost
from nas_plugins.spaces.errors import InvalidArgument, InvalidState
from nas_plugins.spaces.mobilenetv3.space import MobileNetV3
from nas_plugins.spaces.mobilenetv3.subnet import DEPTHS, EXPANSIONS, KERNELS, MOST, UNITS, Subnet
from nas_plugins.spaces.mobilenetv3.unit_table import UNIT_NUMBERS, UNIT_OPTIONS, unit_costs

_COLUMNS = len(DEPTHS) + MOST * (len(KERNELS) + len(EXPANSIONS)) + 2
_MEANS_WEIGHT = 0.5  # a step of two in a mean kernel size counts as much as another option
_TARGETS = 32
_MARGIN = 0.02  # of the range of multiply-adds: its ends are one network each
_DOUBLINGS, _PRECISION = 40, 1e-6


class Attention:
    """Draws networks by what they are worth and what they cost, each more likely the better it looks.

    AttentiveNAS (Wang et al., 2021) draws a number of multiply-adds, then several networks of about so many, and
    trains the one that a predictor likes best. Here the predictor is linear in what a unit is made of, so that the
    better networks can be drawn at once, without candidates: a network has a probability in proportion to
    ``exp(strength * worth - price * multiply_adds)``, and the price is the one at which the mean of multiply-adds is
    the number drawn. Units are independent of each other then, each out of its 7,371 options.

    Args:
        coefficients: ``(5, 29)``, what a unit's depth, its layers' kernels and expansions, and their means are worth,
            in standard deviations of a uniform draw.
        strength: How much more likely a better network is. Below one bound on multiply-adds, the mean worth is about
            so many standard deviations above that of a uniform draw, until the best of the space are near; 0 draws
            with regard to cost alone.

    Raises:
        InvalidArgument: Coefficients of another shape or that are no numbers, or a strength below 0.

    References:
        Wang, Li, Gong and Chandra, AttentiveNAS: Improving Neural Architecture Search via Attentive Sampling, CVPR
        2021, section 3.2 (BestUp).
    """

    def __init__(self, coefficients: NDArray[np.float64], *, strength: float = 6.0) -> None:
        if coefficients.shape != (UNITS, _COLUMNS) or not np.isfinite(coefficients).all():
            raise InvalidArgument(
                f"wanted coefficients ({UNITS}, {_COLUMNS}) that are numbers, got {coefficients.shape}"
            )
        if not 0 <= strength < np.inf:
            raise InvalidArgument(f"wanted a strength of at least 0, got {strength}")
        self.coefficients, self.strength = coefficients, float(strength)

    @classmethod
    def fit(cls, subnets: Sequence[Subnet], accuracies: Sequence[float], *, strength: float = 6.0) -> "Attention":
        """Learn from subnets and their accuracies what units are worth, by a ridge whose strength is cross-validated.

        Raises:
            InvalidArgument: Fewer than ten subnets, or all of one accuracy.
        """
        from sklearn.linear_model import RidgeCV

        values = np.asarray(accuracies, dtype=np.float64)
        if len(subnets) != len(values) or len(values) < 10 or not values.std() > 0:
            raise InvalidArgument(
                f"wanted ten subnets or more whose accuracies differ, got {len(subnets)} subnets and "
                f"{len(set(values.tolist()))} accuracies"
            )
        rows = _options()[_numbers(subnets)].reshape(len(subnets), -1)
        ridge = RidgeCV(alphas=np.logspace(-1, 4, 16)).fit(rows, values)
        coefficients = ridge.coef_.reshape(UNITS, _COLUMNS)
        # Uniform over networks is uniform over the options of every unit, one independent of the others.
        spread = np.sqrt((_options() @ coefficients.T).var(axis=0).sum())
        return cls(coefficients / (spread or 1.0), strength=strength)

    @classmethod
    def indifferent(cls) -> "Attention":
        """One to which all networks are worth the same: draws are even over costs, and for nothing else."""
        return cls(np.zeros((UNITS, _COLUMNS)), strength=0.0)

    def worth(self, subnets: Sequence[Subnet]) -> NDArray[np.float64]:
        """What networks are worth ``(subnets,)``, in standard deviations from the mean of uniform draws."""
        worth = self._worth - self._worth.mean(axis=1, keepdims=True)
        total: NDArray[np.float64] = worth[np.arange(UNITS), _numbers(subnets)].sum(axis=1)
        return total

    def sample(self, rng: np.random.Generator) -> Subnet:
        """Draw a network: first how many multiply-adds it should have, evenly from the least to the most."""
        below = self._below[int(rng.integers(_TARGETS))]
        draws = rng.random(UNITS)
        options = [
            int(np.searchsorted(unit, draw * unit[-1], side="right")) for unit, draw in zip(below, draws, strict=True)
        ]
        # Rounding may lead behind the last.
        return Subnet(tuple(UNIT_OPTIONS[min(option, len(UNIT_OPTIONS) - 1)] for option in options))

    def plain(self) -> dict[str, Any]:
        """This as plain data."""
        return {"coefficients": self.coefficients.tolist(), "strength": self.strength}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Attention":
        """What :meth:`plain` gave.

        Raises:
            InvalidState: It is something else.
        """
        try:
            return cls(np.array(plain["coefficients"], dtype=np.float64), strength=plain["strength"])
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidState(f"wanted the coefficients and strength of an attention, got others: {error}") from error

    @cached_property
    def _worth(self) -> NDArray[np.float64]:
        """Of every option of every unit ``(5, 7371)``."""
        worth: NDArray[np.float64] = (_options() @ self.coefficients.T).T
        return worth

    @cached_property
    def _below(self) -> NDArray[np.float64]:
        """For every number of multiply-adds aimed at, what options weigh, added up ``(32, 5, 7371)``."""
        costs = _costs()
        most = costs.max(axis=1).sum()
        targets = np.linspace(_MARGIN, 1 - _MARGIN, _TARGETS) * most
        return np.stack([np.cumsum(self._weights(self._price(target)), axis=1) for target in targets])

    def _weights(self, price: float) -> NDArray[np.float64]:
        exponents = self.strength * self._worth - price * _costs()
        weights: NDArray[np.float64] = np.exp(exponents - exponents.max(axis=1, keepdims=True))
        return weights / weights.sum(axis=1, keepdims=True)

    def _price(self, target: float) -> float:
        """The price of a multiply-add at which the mean is the target; the mean falls as the price rises."""

        def mean(price: float) -> float:
            return float((self._weights(price) * _costs()).sum())

        from scipy.optimize import brentq

        reach = 1.0 / float(_costs().max())
        for _ in range(_DOUBLINGS):
            if mean(-reach) >= target >= mean(reach):
                break
            reach *= 2
        return float(brentq(lambda price: mean(price) - target, -reach, reach, xtol=_PRECISION * reach))


@lru_cache(maxsize=1)
def _options() -> NDArray[np.float64]:
    """What the 7,371 units are made of ``(7371, 29)``: a column per option, mean kernel and mean expansion."""
    rows = np.zeros((len(UNIT_OPTIONS), _COLUMNS))
    for row, unit in zip(rows, UNIT_OPTIONS, strict=True):
        row[DEPTHS.index(len(unit))] = 1
        for place, (kernel, expansion) in enumerate(unit):
            start = len(DEPTHS) + place * (len(KERNELS) + len(EXPANSIONS))
            row[start + KERNELS.index(kernel)] = 1
            row[start + len(KERNELS) + EXPANSIONS.index(expansion)] = 1
        row[-2:] = _MEANS_WEIGHT * np.mean(unit, axis=0)
    return rows


@lru_cache(maxsize=1)
def _costs() -> NDArray[np.float64]:
    """Multiply-adds of every option of every unit beyond the cheapest ``(5, 7371)``, at width 1 and 224 pixels."""
    return unit_costs(NetworkCost(MobileNetV3(), num_classes=1000))[0]


def _numbers(subnets: Sequence[Subnet]) -> NDArray[np.int64]:
    numbers = [[UNIT_NUMBERS[unit] for unit in subnet.units] for subnet in subnets]
    return np.array(numbers, dtype=np.int64).reshape(-1, UNITS)
