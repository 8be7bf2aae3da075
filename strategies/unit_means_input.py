"""What matters of a MobileNetV3 network in fifteen numbers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.mobilenetv3 import Subnet
from nas_plugins.strategies.inputs import Input


class UnitMeansInput(Input[Subnet]):
    """Mean kernel size, mean expansion ratio and depth of each unit.

    From some hundreds of noisy accuracies more cannot be learned; with thousands, beside a column per option of each of
    the 45 decisions, they still help (the card of MetaD2A's weights has the figures).

    Args:
        weight: Factor of all columns: what a difference in means weighs beside one in other columns.
    """

    def __init__(self, *, weight: float = 1.0) -> None:
        self.weight = weight

    def __call__(self, architectures: Sequence[Subnet]) -> NDArray[np.float64]:
        """The rows ``(architectures, 15)``: five kernels, five expansions, five depths."""
        rows = [
            [
                *(sum(kernel for kernel, _ in unit) / len(unit) for unit in subnet.units),
                *(sum(expansion for _, expansion in unit) / len(unit) for unit in subnet.units),
                *(len(unit) for unit in subnet.units),
            ]
            for subnet in architectures
        ]
        return self.weight * np.array(rows, dtype=np.float64).reshape(len(architectures), 15)
