"""What matters of a MobileNetV3 network in fifteen numbers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.mobilenetv3 import Subnet
from nas_plugins.strategies.inputs import Input


class UnitMeansInput(Input[Subnet]):
    """Mean kernel size, mean expansion ratio and depth of each unit.

    From few noisy accuracies more cannot be learned: with a column per option of each of the 45 decisions, nothing
    carried over to datasets left out, where these numbers did (the card of MetaD2A's weights has the figures).
    """

    def __call__(self, architectures: Sequence[Subnet]) -> NDArray[np.float64]:
        """The rows ``(architectures, 15)``: five kernels, five expansions, five depths."""
        rows = [
            [
                *(np.mean([kernel for kernel, _ in unit]) for unit in subnet.units),
                *(np.mean([expansion for _, expansion in unit]) for unit in subnet.units),
                *(len(unit) for unit in subnet.units),
            ]
            for subnet in architectures
        ]
        return np.array(rows, dtype=np.float64).reshape(len(architectures), 15)
