"""The 7,371 units of two to four layers, listed: a network of the MobileNetV3 space is five numbers."""

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.mobilenetv3.subnet import DEPTHS, LAYERS, MOST, SMALLEST, UNITS, Layer, Subnet

if TYPE_CHECKING:
    from nas_plugins.spaces.cost_measure import CostMeasure

UNIT_OPTIONS: tuple[tuple[Layer, ...], ...] = tuple(unit for depth in DEPTHS for unit in product(LAYERS, repeat=depth))
"""Every unit, shallow ones first; within a depth the last layer changes fastest."""

UNIT_NUMBERS: dict[tuple[Layer, ...], int] = {unit: number for number, unit in enumerate(UNIT_OPTIONS)}
"""Where each stands among :data:`UNIT_OPTIONS`."""


def layer_table() -> NDArray[np.int8]:
    """The layers of every unit ``(7371, 4)``, as positions in :data:`subnet.LAYERS`; -1 where a unit is shallower."""
    table = np.full((len(UNIT_OPTIONS), MOST), -1, dtype=np.int8)
    start = 0
    for depth in DEPTHS:
        layers = np.indices((len(LAYERS),) * depth, dtype=np.int8).reshape(depth, -1).T
        table[start : start + len(layers), :depth] = layers
        start += len(layers)
    return table


def first_of_depth() -> NDArray[np.int64]:
    """The number of the first unit of each depth, and behind the last one the number of units ``(4,)``."""
    return np.concatenate([[0], np.cumsum([len(LAYERS) ** depth for depth in DEPTHS])])


def unit_costs(measure: "CostMeasure[Subnet]") -> tuple[NDArray[np.float64], float]:
    """What every unit costs, and the cheapest network.

    Args:
        measure: An additive one: what a layer costs depends on its unit and on whether it comes first there alone.

    Returns:
        What the options of each unit cost beyond the cheapest ``(units, options)``, and what the cheapest network
        costs.
    """
    base = measure(SMALLEST)

    def changed(unit: int, layers: tuple[Layer, ...]) -> float:
        units = list(SMALLEST.units)
        units[unit] = layers
        return measure(Subnet(tuple(units))) - base

    costs = np.zeros((UNITS, len(UNIT_OPTIONS)))
    for unit, (_, second) in enumerate(SMALLEST.units):
        first = {layer: changed(unit, (layer, second)) for layer in LAYERS}
        later = {layer: changed(unit, (*SMALLEST.units[unit], layer)) for layer in LAYERS}
        costs[unit] = [first[head] + sum(later[layer] for layer in rest) for head, *rest in UNIT_OPTIONS]
    cheapest = Subnet(tuple(UNIT_OPTIONS[option] for option in costs.argmin(axis=1)))
    # The sum of the least would differ from the cost of the network they make by what rounding does to sums.
    return costs - costs.min(axis=1, keepdims=True), float(measure(cheapest))
