"""An architecture of the MobileNetV3 space: five units of two to four layers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nas_plugins.spaces.errors import InvalidArchitecture

UNITS = 5
DEPTHS = (2, 3, 4)
KERNELS = (3, 5, 7)
EXPANSIONS = (3, 4, 6)
MOST = max(DEPTHS)
"""Layers of the deepest unit."""

Layer = tuple[int, int]
"""Kernel size and expansion ratio of an inverted residual block."""

LAYERS: tuple[Layer, ...] = tuple((kernel, expansion) for kernel in KERNELS for expansion in EXPANSIONS)
"""The nine layers a position may hold."""

_LAYER = re.compile(r"k([357])e([346])")


@dataclass(frozen=True)
class Subnet:
    """Five units, each of two to four layers with a kernel size and an expansion ratio.

    ``str(subnet)`` names the layers that there are and nothing else, units apart by ``|``, as in
    ``k3e6,k5e4|k7e3,k3e3,k3e4|...``. So two texts are two networks, and the layers a shallow unit leaves out have no
    settings that could differ.

    Args:
        units: Five tuples of two to four pairs (kernel size out of 3, 5, 7, expansion ratio out of 3, 4, 6).

    Raises:
        InvalidArchitecture: Another number of units or layers, or a setting that is not on offer.
    """

    units: tuple[tuple[Layer, ...], ...]

    def __post_init__(self) -> None:
        try:
            units = tuple(tuple((kernel, expansion) for kernel, expansion in unit) for unit in self.units)
        except (TypeError, ValueError):
            raise InvalidArchitecture(
                f"wanted units of pairs (kernel size, expansion ratio), got {self.units!r}"
            ) from None
        if len(units) != UNITS:
            raise InvalidArchitecture(f"wanted {UNITS} units, got {len(units)}")
        for number, unit in enumerate(units, start=1):
            if len(unit) not in DEPTHS:
                raise InvalidArchitecture(f"wanted 2, 3 or 4 layers in unit {number}, got {len(unit)}")
            for layer in unit:
                if not all(type(setting) is int for setting in layer) or layer not in LAYERS:
                    raise InvalidArchitecture(
                        f"wanted a kernel size out of {KERNELS} and an expansion ratio out of {EXPANSIONS} in unit "
                        f"{number}, got {layer}"
                    )
        object.__setattr__(self, "units", units)

    @classmethod
    def parse(cls, text: str) -> "Subnet":
        """Read the canonical text.

        Raises:
            InvalidArchitecture: The message says what was wrong.
        """
        if not isinstance(text, str):
            raise InvalidArchitecture(f"wanted the text of a subnet, got {type(text).__name__}: {text!r}")
        units = []
        for unit in text.strip().split("|"):
            layers = [_LAYER.fullmatch(layer) for layer in unit.split(",")]
            if not all(layers):
                raise InvalidArchitecture(
                    f"wanted five units like k3e6,k5e4 with | between them (k3, k5 or k7, e3, e4 or e6), got {text!r}"
                )
            units.append(tuple((int(match[1]), int(match[2])) for match in layers if match))
        try:
            return cls(tuple(units))
        except InvalidArchitecture as error:
            raise InvalidArchitecture(f"{error}, in {text!r}") from None

    @classmethod
    def from_settings(cls, kernels: Sequence[int], expansions: Sequence[int], depths: Sequence[int]) -> "Subnet":
        """A subnet from the lists that Once-for-All uses, ``ks``, ``e`` and ``d``.

        Args:
            kernels: 20 kernel sizes, four per unit; those of layers that the depth leaves out are not looked at.
            expansions: 20 expansion ratios likewise.
            depths: Five depths.

        Raises:
            InvalidArchitecture: Lists of other lengths, or values that are not on offer.
        """
        lengths = len(kernels), len(expansions), len(depths)
        if lengths != (UNITS * MOST, UNITS * MOST, UNITS):
            raise InvalidArchitecture(f"wanted 20 kernel sizes, 20 expansion ratios and 5 depths, got {lengths}")
        wrong = [depth for depth in depths if depth not in DEPTHS]
        if wrong:
            raise InvalidArchitecture(f"wanted depths out of {DEPTHS}, got {wrong}")
        layers = list(zip(map(int, kernels), map(int, expansions), strict=True))
        return cls(tuple(tuple(layers[MOST * unit : MOST * unit + depths[unit]]) for unit in range(UNITS)))

    @property
    def depths(self) -> tuple[int, ...]:
        """Layers per unit."""
        return tuple(len(unit) for unit in self.units)

    def __str__(self) -> str:
        return "|".join(",".join(layer_label(layer) for layer in unit) for unit in self.units)


def layer_label(layer: Layer) -> str:
    """``k3e6`` for kernel size 3 and expansion ratio 6."""
    return f"k{layer[0]}e{layer[1]}"


LARGEST = Subnet((((7, 6),) * 4,) * UNITS)
"""All four layers everywhere, at the largest kernel and expansion: what a supernet holds the weights of."""

SMALLEST = Subnet((((3, 3),) * 2,) * UNITS)
