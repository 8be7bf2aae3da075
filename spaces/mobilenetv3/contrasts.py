"""Subnets that tell what a unit is worth: their units differ as much as units can."""

import numpy as np

from nas_plugins.spaces.mobilenetv3.subnet import DEPTHS, EXPANSIONS, KERNELS, UNITS, Subnet


def draw_contrast(rng: np.random.Generator) -> Subnet:
    """Draw a subnet whose units have one kernel size, one expansion ratio and one depth each, every one evenly.

    Where layers are drawn one by one, the means of a unit's kernels and expansions hardly differ between subnets, and
    what they are worth drowns in the noise of a training; here they have three times the variance.

    Args:
        rng: Source of the draw.
    """
    return Subnet(
        tuple(
            ((int(rng.choice(KERNELS)), int(rng.choice(EXPANSIONS))),) * int(rng.choice(DEPTHS)) for _ in range(UNITS)
        )
    )
