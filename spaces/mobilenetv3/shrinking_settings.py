"""How a supernet is trained: one frozen value."""

import math
from dataclasses import dataclass, replace

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.mobilenetv3.shrinking_phase import ShrinkingPhase
from nas_plugins.spaces.mobilenetv3.subnet import DEPTHS, EXPANSIONS, KERNELS

_MOST_STRETCHED = 1_000_000


@dataclass(frozen=True)
class ShrinkingSettings:
    """Network, phases, optimiser and augmentation of a training by progressive shrinking (Cai et al., 2020, 3.3).

    The largest network is trained first; then smaller kernels join, then shallower units in two steps, then smaller
    expansions in two steps. From the second phase on, the largest network as the first phase left it teaches every
    subnet beside the labels. After that, where there are ``attentive_epochs``, subnets are drawn by what they look
    worth (:class:`attention.Attention`), and the largest network, trained in the same step, teaches them (sandwich and
    in-place distillation, as in Wang et al., 2021). Epochs and rates are for tens of thousands of small images on a
    processor; Once-for-All trained 180 + 120 + 25 + 120 + 25 + 120 epochs on ImageNet.

    Args:
        width: Width multiplier of all channels.
        image_size: Height and width of a training crop.
        largest_epochs: Passes of the first phase.
        kernel_epochs: Passes with elastic kernels.
        depth_epochs: Passes with depths down to 3, and down to 2.
        expansion_epochs: Passes with expansions down to 4, and down to 3.
        attentive_epochs: Passes with the subnets that look best at what they cost.
        batch_size: Images per step.
        learning_rate: Highest of the first phase; it rises for a twentieth of a phase and falls along a cosine.
        later_learning_rate: Highest of every later phase.
        subnets: Drawn per step in phases that have many, each with its own gradient (section C of the appendix has 1
            for kernels, 2 for depths, 4 for expansions).
        attentive_subnets: The same in the last phase, beside the largest.
        attentive_strength: How much better than a uniform draw subnets of the last phase look, in standard deviations.
        momentum: Nesterov momentum.
        weight_decay: Of weights, not of biases and normalisations.
        label_smoothing: Share of a label spread over all classes.
        distillation: Weight of the teacher's cross entropy beside that of the labels.
        dropout: Of the features before the classifier, in the first phase.
        crop_scale: Least share of an image's area that a crop shows.
        jitter: Most that brightness and saturation are scaled by, as a share; 0 for none.
        flip: Random horizontal flips.
        seed: Of weights, order, augmentation and subnets.

    Raises:
        InvalidArgument: A value outside its range.

    References:
        Cai, Gan, Wang, Zhang and Han, Once-for-All: Train One Network and Specialize It for Efficient Deployment, ICLR
        2020. Wang, Li, Gong and Chandra, AttentiveNAS: Improving Neural Architecture Search via Attentive Sampling,
        CVPR 2021.
    """

    width: float = 0.5
    image_size: int = 48
    largest_epochs: int = 24
    kernel_epochs: int = 6
    depth_epochs: tuple[int, int] = (3, 5)
    expansion_epochs: tuple[int, int] = (5, 10)
    attentive_epochs: int = 0
    batch_size: int = 128
    learning_rate: float = 0.1
    later_learning_rate: float = 0.04
    subnets: tuple[int, int, int] = (1, 2, 2)
    attentive_subnets: int = 2
    attentive_strength: float = 6.0
    momentum: float = 0.9
    weight_decay: float = 3e-5
    label_smoothing: float = 0.1
    distillation: float = 1.0
    dropout: float = 0.1
    crop_scale: float = 0.35
    jitter: float = 0.3
    flip: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("depth_epochs", "expansion_epochs", "subnets"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        epochs = (self.kernel_epochs, *self.depth_epochs, *self.expansion_epochs)
        if len(epochs) != 5 or len(self.subnets) != 3:
            raise InvalidArgument(
                f"wanted two numbers of epochs for depths and expansions and three of subnets, got "
                f"{self.depth_epochs}, {self.expansion_epochs}, {self.subnets}"
            )
        for name, values, least in (
            ("image_size", (self.image_size,), 1),
            ("largest_epochs", (self.largest_epochs,), 0),
            ("epochs of later phases", epochs, 0),
            ("attentive_epochs", (self.attentive_epochs,), 0),
            ("batch_size", (self.batch_size,), 2),
            ("subnets", self.subnets, 1),
            ("attentive_subnets", (self.attentive_subnets,), 1),
            ("seed", (self.seed,), 0),
        ):
            for value in values:
                if not isinstance(value, int) or isinstance(value, bool) or value < least:
                    raise InvalidArgument(f"wanted {name} a whole number of at least {least}, got {value!r}")
        for name, least_value, most in (
            ("learning_rate", 0, math.inf),
            ("later_learning_rate", 0, math.inf),
            ("momentum", 0, 1),
            ("weight_decay", 0, math.inf),
            ("label_smoothing", 0, 1),
            ("distillation", 0, math.inf),
            ("attentive_strength", 0, math.inf),
            ("crop_scale", 0, 1),
            ("jitter", 0, 1),
        ):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not least_value <= value <= most or math.isinf(value):
                raise InvalidArgument(f"wanted {name} from {least_value} to {most}, got {value!r}")
        if not self.epochs:
            raise InvalidArgument("wanted at least one epoch in all phases together, got none")

    @property
    def phases(self) -> tuple[ShrinkingPhase, ...]:
        """The seven phases, those without epochs left out."""
        kernels, depths, expansions = self.subnets
        deepest, widest = DEPTHS[-1:], EXPANSIONS[-1:]
        first, second = self.depth_epochs
        third, fourth = self.expansion_epochs
        later = self.later_learning_rate
        phases = (
            ShrinkingPhase("largest", KERNELS[-1:], deepest, widest, self.largest_epochs, self.learning_rate, 1),
            ShrinkingPhase("kernels", KERNELS, deepest, widest, self.kernel_epochs, later, kernels),
            ShrinkingPhase("depths from 3", KERNELS, DEPTHS[1:], widest, first, later, depths),
            ShrinkingPhase("depths from 2", KERNELS, DEPTHS, widest, second, later, depths),
            ShrinkingPhase("expansions from 4", KERNELS, DEPTHS, EXPANSIONS[1:], third, later, expansions),
            ShrinkingPhase("expansions from 3", KERNELS, DEPTHS, EXPANSIONS, fourth, later, expansions),
            ShrinkingPhase(
                "attentive",
                KERNELS,
                DEPTHS,
                EXPANSIONS,
                self.attentive_epochs,
                later,
                self.attentive_subnets,
                attentive=True,
            ),
        )
        return tuple(phase for phase in phases if phase.epochs)

    @property
    def epochs(self) -> int:
        """Passes over the images in all phases."""
        return sum(phase.epochs for phase in self.phases)

    def attentive(self, epochs: int, *, alone: bool = False) -> "ShrinkingSettings":
        """The same with an attentive phase; ``alone`` for a supernet that went through the others."""
        if not alone:
            return replace(self, attentive_epochs=epochs)
        none = (0, 0)
        return replace(
            self, largest_epochs=0, kernel_epochs=0, depth_epochs=none, expansion_epochs=none, attentive_epochs=epochs
        )

    def stretched(self, factor: float) -> "ShrinkingSettings":
        """The same with every phase's epochs multiplied and rounded up; 0 leaves one epoch of the first phase.

        Args:
            factor: From 0 to a million.

        Raises:
            InvalidArgument: Another factor.
        """
        if not 0 <= factor <= _MOST_STRETCHED:
            raise InvalidArgument(
                f"wanted epochs stretched by a factor from 0 to {_MOST_STRETCHED:,}, got {factor}; name a smaller "
                "number, or 0 for one epoch"
            )

        def times(epochs: int) -> int:
            return math.ceil(factor * epochs)

        return replace(
            self,
            largest_epochs=max(1, times(self.largest_epochs)),
            kernel_epochs=times(self.kernel_epochs),
            depth_epochs=(times(self.depth_epochs[0]), times(self.depth_epochs[1])),
            expansion_epochs=(times(self.expansion_epochs[0]), times(self.expansion_epochs[1])),
            attentive_epochs=times(self.attentive_epochs),
        )
