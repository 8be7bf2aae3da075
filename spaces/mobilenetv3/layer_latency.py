"""Latency of a network as the sum of its layers', from a look-up table of measured layers."""

import math
import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

from nas_plugins.spaces.cost_measure import CostMeasure
from nas_plugins.spaces.errors import InvalidTable
from nas_plugins.spaces.files import user_path
from nas_plugins.spaces.mobilenetv3.skeleton import BASE_CHANNELS, skeleton
from nas_plugins.spaces.mobilenetv3.subnet import Subnet

_STEM = re.compile(r"Conv-input:(\d+)x\1x3-output:(\d+)x\2x(\d+)")
_WIDTHS = (1.0, 1.2)


class LayerLatency(CostMeasure[Subnet]):
    """A table in the form of Once-for-All's, which names every layer by its shapes and gives mean milliseconds.

    Image size, width and number of classes are those of the table. What is measured layer by layer leaves out what a
    device gains by running layers together; on the device of the table the sum is within a few percent.

    Args:
        path: The YAML file; ``160_lookup_table.yaml`` and so on are those of a Galaxy Note 10 at width 1.2.

    Raises:
        InvalidTable: No such file or form, or a layer of the space is missing; the message names it.

    References:
        Cai, Gan, Wang, Zhang and Han, Once-for-All, ICLR 2020. Cai, Zhu and Han, ProxylessNAS, ICLR 2019 (appendix B).
    """

    name, unit = "latency", "ms"

    def __init__(self, path: str | Path) -> None:
        self.path = user_path(str(path))
        self._means = _read(self.path)
        stem = next((found for found in map(_STEM.fullmatch, self._means) if found), None)
        if stem is None:
            raise InvalidTable(f"wanted a layer like Conv-input:224x224x3-output:112x112x24 in {self.path}, found none")
        self.image_size = int(stem[1])
        widths = [width for width in _WIDTHS if skeleton(width).stem == int(stem[3])]
        self.width = widths[0] if widths else int(stem[3]) / BASE_CHANNELS
        self._fixed, self._layers = self._lay_out()

    @property
    def additive(self) -> bool:
        """It is a sum over layers."""
        return True

    def __call__(self, architecture: Subnet) -> float:
        """Milliseconds of one forward pass."""
        total = self._fixed
        for number, unit in enumerate(architecture.units):
            for place, layer in enumerate(unit):
                total += self._layers[number, place == 0, *layer]
        return total

    def key(self) -> tuple[Hashable, ...]:
        """The file and what it comes to."""
        return self.path, self._fixed, sum(self._layers.values())

    def settings(self) -> dict[str, Any]:
        """Image size, width, and what the layers come to; the file may lie elsewhere by now."""
        total = math.fsum([self._fixed, *self._layers.values()])
        return {"image_size": self.image_size, "width": self.width, "sum": total}

    def _lay_out(self) -> tuple[float, dict[tuple[int, bool, int, int], float]]:
        """Milliseconds of what all networks share, and of a layer by unit, whether it is the first, and settings."""
        sizes, pixels = skeleton(self.width), -(-self.image_size // 2)
        before = sizes.stem
        fixed = self._mean(f"Conv-input:{self.image_size}x{self.image_size}x3-output:{pixels}x{pixels}x{before}")
        fixed += self._mean(_block(pixels, before, pixels, before, before, 3, 1, skips=True, se=False, hard=False))
        layers = {}
        for number, unit in enumerate(sizes.units):
            for first in (True, False):
                smaller = -(-pixels // unit.stride)
                size, channels, stride = (pixels, before, unit.stride) if first else (smaller, unit.channels, 1)
                for kernel in (3, 5, 7):
                    for expansion in (3, 4, 6):
                        name = _block(
                            size,
                            channels,
                            smaller,
                            unit.channels,
                            channels * expansion,
                            kernel,
                            stride,
                            skips=not first,
                            se=unit.squeeze_excite,
                            hard=unit.activation == "hard_swish",
                        )
                        layers[number, first, kernel, expansion] = self._mean(name)
            pixels, before = smaller, unit.channels
        shape = f"{pixels}x{pixels}x{sizes.expanded}"
        fixed += self._mean(f"Conv_1-input:{pixels}x{pixels}x{before}-output:{shape}")
        fixed += self._mean(f"AvgPool2D-input:{shape}-output:1x1x{sizes.expanded}")
        fixed += self._mean(f"Conv_2-input:1x1x{sizes.expanded}-output:1x1x{sizes.features}")
        fixed += self._mean(f"Logits-input:1x1x{sizes.features}-output:1000")
        return fixed, layers

    def _mean(self, layer: str) -> float:
        if layer not in self._means:
            raise InvalidTable(f"wanted the layer {layer} in {self.path}, it is missing; name a whole table")
        return self._means[layer]

    def __repr__(self) -> str:
        return f"LayerLatency({str(self.path)!r})"


def _block(  # noqa: PLR0917 - the parts of one name, in its order
    size: int,
    before: int,
    smaller: int,
    after: int,
    middle: int,
    kernel: int,
    stride: int,
    *,
    skips: bool,
    se: bool,
    hard: bool,
) -> str:
    """The name of an inverted residual block."""
    return (
        f"expanded_conv-input:{size}x{size}x{before}-output:{smaller}x{smaller}x{after}-expand:{middle}-kernel:{kernel}"
        f"-stride:{stride}-idskip:{skips:d}-se:{se:d}-hs:{hard:d}"
    )


def _read(path: Path) -> dict[str, float]:
    import yaml

    wanted = f"wanted a table of layers with their mean milliseconds in {path}"
    try:
        read: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        raise InvalidTable(f"{wanted}, could not read one ({_in_words(error)}); name a whole YAML file") from error
    if not isinstance(read, dict):
        raise InvalidTable(f"{wanted}, got a {type(read).__name__} instead of layers; name a table of layers")
    means = {}
    for layer, figures in read.items():
        try:
            mean = float(figures["mean"])
        except (KeyError, TypeError, ValueError, OverflowError):
            mean = math.nan
        if not 0 <= mean < math.inf:
            raise InvalidTable(
                f"{wanted}, each like 'mean: 1.5' and at least 0, got {figures!r} for {layer}; correct or remove it"
            )
        means[str(layer)] = mean
    return means


def _in_words(error: Exception) -> str:
    """What is wrong with a file, and in which line where that is known, in one line."""
    import yaml

    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {error.problem or error.context}"
    return " ".join(str(error).split())
