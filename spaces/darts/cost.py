"""What a network of DARTS cells costs, exactly, without building it.

Everything but the operations costs the same for all cells, and an operation costs what its kind and stride say, so the
whole is a sum over the eight edges of a cell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.cost import Cost
from nas_plugins.spaces.darts.cell import INPUTS, NODES, OPERATIONS
from nas_plugins.spaces.darts.genotype import Genotype

IMAGENET: dict[str, Any] = {"num_classes": 1000, "image_shape": (3, 224, 224), "C": 48, "N": 4, "stem": "imagenet"}
"""The mobile setting: 224 pixels, 48 initial channels, 14 cells (Liu et al., 2019, section 3.3 and appendix A.3)."""

MOBILE_LIMIT = 600_000_000
"""Multiply-adds below which a network counts as mobile (Liu et al., 2019, section 3.3; Yan et al., 2020, appendix C).

Convolutions and the linear layer count, as everywhere in this package. Yan et al. print figures of a tool that counts
two for each normalised value on top, about 8 million: their 580 million are 571 million here.
"""


@dataclass(frozen=True)
class CostTable:
    """Costs that sum to those of any network at one size.

    Args:
        fixed: Of stem, preprocessing of all cells, heads.
        normal: Of an operation in all normal cells together, by name.
        reduce: Of an operation in both reduction cells together, by name and by whether it reads an input of the cell,
            where its stride is 2.
    """

    fixed: Cost
    normal: dict[str, Cost]
    reduce: dict[tuple[str, bool], Cost]

    def of(self, genotype: Genotype) -> Cost:
        """The cost of the network of a genotype."""
        parts = [self.fixed]
        parts += [self.normal[operation] for operation, _ in genotype.normal.edges]
        parts += [self.reduce[operation, source < INPUTS] for operation, source in genotype.reduce.edges]
        return Cost(sum(part.parameters for part in parts), sum(part.multiply_adds for part in parts))

    def multiply_adds(self) -> tuple[int, NDArray[np.int64]]:
        """Fixed multiply-adds, and ``(8, 2)`` those of an operation in a cell used in both roles.

        Rows follow :data:`OPERATIONS`; the second column is for operations that read an input of the cell.
        """
        rows = [
            [(self.normal[name].multiply_adds + self.reduce[name, reads].multiply_adds) for reads in (False, True)]
            for name in OPERATIONS
        ]
        return self.fixed.multiply_adds, np.array(rows, dtype=np.int64)


def network_cost(genotype: Genotype, num_classes: int, **scale: Any) -> Cost:
    """Parameters and multiply-adds of :class:`nas_plugins.spaces.darts.network.CellNetwork`.

    Args:
        genotype: The cells.
        num_classes: Outputs of the classifier.
        **scale: As in :func:`cost_table`.
    """
    return cost_table(num_classes, **scale).of(genotype)


def cost_table(
    num_classes: int,
    *,
    image_shape: Sequence[int] = (3, 32, 32),
    C: int = 36,
    N: int = 6,
    stem: str = "cifar",
    auxiliary: bool = False,
    in_channels: int | None = None,
    drop_path: float = 0.0,
) -> CostTable:
    """The costs of which networks of one size are the sum; counted as in :mod:`nas_plugins.spaces.cost`.

    Args:
        num_classes: Outputs of the classifier.
        image_shape: ``(channels, height, width)`` of one image.
        C: Channels of the first cells.
        N: Normal cells before, between and after the two reduction cells.
        stem: ``"cifar"`` or ``"imagenet"``.
        auxiliary: Whether the auxiliary head stands; it has parameters, but takes no part in a forward pass.
        in_channels: Channels of the images, if not those of ``image_shape``.
        drop_path: Costs nothing.
    """
    return _cost_table(
        num_classes=num_classes,
        image_shape=tuple(image_shape),
        C=C,
        N=N,
        stem=stem,
        auxiliary=auxiliary,
        in_channels=in_channels or image_shape[0],
    )


@lru_cache(maxsize=64)
def _cost_table(
    *, num_classes: int, image_shape: tuple[int, ...], C: int, N: int, stem: str, auxiliary: bool, in_channels: int
) -> CostTable:
    _, height, width = image_shape
    parts: list[Cost] = []
    if stem == "imagenet":
        for before, after in ((in_channels, C // 2), (C // 2, C), (C, C)):
            height, width = _half(height), _half(width)
            parts.append(_convolution(before, after, 9, height * width))
        two_back = last = C
    else:
        two_back = last = 3 * C
        parts.append(_convolution(in_channels, 3 * C, 9, height * width))
    normal = dict.fromkeys(OPERATIONS, Cost(0, 0))
    reduce = {(name, reads): Cost(0, 0) for name in OPERATIONS for reads in (False, True)}
    channels = C
    for number in range(3 * N + 2):
        reduction = number in (N, 2 * N + 1)
        channels *= 2 if reduction else 1
        # Where the cell before the last is larger, two strided convolutions of half the channels each cost the same.
        parts += [_convolution(before, channels, 1, height * width) for before in (two_back, last)]
        if reduction:
            smaller = _half(height), _half(width)
            for (name, reads), so_far in reduce.items():
                cost = _operation(name, channels, smaller[0] * smaller[1], strided=reads)
                reduce[name, reads] = _sum([so_far, cost])
            height, width = smaller
        else:
            for name in OPERATIONS:
                normal[name] = _sum([normal[name], _operation(name, channels, height * width, strided=False)])
        two_back, last = last, NODES * channels
        if number == 2 * N + 1 and auxiliary:
            parts.append(Cost(_auxiliary_parameters(last, num_classes, normalised=stem == "cifar"), 0))
    classifier = last * num_classes + num_classes
    return CostTable(_sum([*parts, Cost(classifier, classifier)]), normal, reduce)


def _operation(name: str, channels: int, pixels: int, *, strided: bool) -> Cost:
    """One operation on a feature map of that many output pixels."""
    kind, _, size = name.partition("_conv_")
    if size:
        kernel = int(size[0]) ** 2
        depthwise = Cost(kernel * channels, kernel * channels * pixels)
        once = _sum([depthwise, _convolution(channels, channels, 1, pixels)])
        return _sum([once, once]) if kind == "sep" else once
    if name == "skip_connect" and strided:
        return _convolution(channels, channels, 1, pixels)
    return Cost(0, 0)


def _convolution(before: int, after: int, kernel: int, pixels: int) -> Cost:
    """A convolution without bias, and a scale and a shift per channel behind it."""
    weights = kernel * before * after
    return Cost(weights + 2 * after, weights * pixels)


def _auxiliary_parameters(channels: int, num_classes: int, *, normalised: bool) -> int:
    hidden, features = 128, 768
    return (
        channels * hidden
        + 2 * hidden
        + 4 * hidden * features
        + 2 * features * normalised
        + features * num_classes
        + num_classes
    )


def _sum(costs: Sequence[Cost]) -> Cost:
    return Cost(sum(cost.parameters for cost in costs), sum(cost.multiply_adds for cost in costs))


def _half(size: int) -> int:
    return -(-size // 2)  # strides round up
