"""The 7,371 units of two to four layers, listed: a network of the MobileNetV3 space is five numbers."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.mobilenetv3.subnet import DEPTHS, LAYERS, MOST, Layer

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
