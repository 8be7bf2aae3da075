"""One phase of progressive shrinking: which subnets take part, and for how long."""

from dataclasses import dataclass

import numpy as np

from nas_plugins.spaces.mobilenetv3.subnet import UNITS, Subnet


@dataclass(frozen=True)
class ShrinkingPhase:
    """The subnets of a phase and its schedule.

    Args:
        name: What logs call it.
        kernels: Kernel sizes that layers draw from.
        depths: Depths that units draw from.
        expansions: Expansion ratios that layers draw from.
        epochs: Passes over the images.
        learning_rate: The highest of the phase.
        subnets: Drawn per step.
        attentive: Whether subnets are drawn by what they look worth (:class:`attention.Attention`) instead, beside the
            largest network in every step.
    """

    name: str
    kernels: tuple[int, ...]
    depths: tuple[int, ...]
    expansions: tuple[int, ...]
    epochs: int
    learning_rate: float
    subnets: int
    attentive: bool = False

    def sample(self, rng: np.random.Generator) -> Subnet:
        """Draw a subnet: every setting evenly and by itself, so that all weights are met equally often.

        That is not evenly over subnets, which would be nearly all of the greatest depth.
        """
        return Subnet(
            tuple(
                tuple(
                    (int(rng.choice(self.kernels)), int(rng.choice(self.expansions)))
                    for _ in range(int(rng.choice(self.depths)))
                )
                for _ in range(UNITS)
            )
        )

    @property
    def new_expansions(self) -> bool:
        """Whether expansions smaller than the largest take part, for which channels are sorted beforehand."""
        return len(self.expansions) > 1 and not self.attentive

    @property
    def kept_expansions(self) -> tuple[int, ...]:
        """Expansions that an earlier phase has trained already."""
        return self.expansions[1:]

    @property
    def subnets_differ(self) -> bool:
        """Whether others than the largest network take part, which it teaches."""
        return len(self.kernels) + len(self.depths) + len(self.expansions) > 3
