"""What all networks of the MobileNetV3 space share: widths, strides, activations, squeeze-and-excitation."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

from nas_plugins.spaces.errors import InvalidArgument

BASE_CHANNELS = 16
"""Channels of the stem at width 1."""


@dataclass(frozen=True)
class Unit:
    """What the layers of a unit have in common.

    Args:
        channels: Of each layer's output.
        stride: Of the first layer.
        activation: ``"relu"`` or ``"hard_swish"``.
        squeeze_excite: Whether layers reweigh their channels.
    """

    channels: int
    stride: int
    activation: str
    squeeze_excite: bool


@dataclass(frozen=True)
class Skeleton:
    """Sizes of a network at one width (Howard et al., 2019, Table 1, with the units of Cai et al., 2020).

    The stem is a 3x3 convolution of stride 2; a separable block without expansion and five units follow, then a 1x1
    convolution, the mean over the image, another 1x1 convolution and the classifier. The whole divides height and
    width by 32.

    Args:
        stem: Channels of the stem and of the first block.
        units: The five units.
        expanded: Channels before the mean over the image.
        features: Channels before the classifier.
    """

    stem: int
    units: tuple[Unit, ...]
    expanded: int
    features: int


_UNITS = (
    Unit(24, 2, "relu", squeeze_excite=False),
    Unit(40, 2, "relu", squeeze_excite=True),
    Unit(80, 2, "hard_swish", squeeze_excite=False),
    Unit(112, 1, "hard_swish", squeeze_excite=True),
    Unit(160, 2, "hard_swish", squeeze_excite=True),
)


@lru_cache(maxsize=64)
def skeleton(width: float = 1.0) -> Skeleton:
    """The sizes at a width multiplier; published supernets have 1.0 and 1.2.

    Raises:
        InvalidArgument: A width that is no number above 0.
    """
    if isinstance(width, bool) or not isinstance(width, int | float) or not 0 < width < math.inf:
        raise InvalidArgument(f"wanted a width multiplier above 0, got {width!r}")
    return Skeleton(
        stem=divisible(BASE_CHANNELS * width),
        units=tuple(replace(unit, channels=divisible(unit.channels * width)) for unit in _UNITS),
        expanded=divisible(960 * width),
        features=divisible(1280 * width),
    )


def divisible(channels: float) -> int:
    """The nearest multiple of eight, at least eight and not below nine tenths of what was asked for."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * channels else rounded + 8


def squeezed(channels: int) -> int:
    """Channels between the two layers of a squeeze-and-excitation, a quarter (Howard et al., 2019, section 5.3)."""
    return divisible(channels // 4)
