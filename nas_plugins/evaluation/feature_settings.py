"""How networks are trained for their output features: one frozen value."""

from dataclasses import dataclass

import numpy as np

from nas_plugins.evaluation.training_settings import TrainingSettings
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace


@dataclass(frozen=True)
class FeatureSettings:
    """Which networks are trained, how, and how many images they are shown afterwards.

    The paper trains 685 networks of NAS-Bench-101, 128 channels, twelve epochs on CIFAR-10, and shows them 1,000
    images (section 3.2 and Table 1 there). The defaults are what a laptop bears in minutes.

    Args:
        networks: Networks, drawn uniformly from the space.
        images: Held-out images they are shown, at most; drawn without looking at classes.
        epochs: Passes over the training images.
        channels: Channels ``C`` of the first stage.
        cells: Cells per stage ``N``.
        image_size: Height and width the images are resized to.
        batch_size: Images per step of a training.
        seed: Of networks, images and trainings.

    Raises:
        InvalidArgument: A number out of range.
    """

    networks: int = 80
    images: int = 300
    epochs: int = 3
    channels: int = 8
    cells: int = 1
    image_size: int = 16
    batch_size: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, least in (("networks", self.networks, 2), ("images", self.images, 2), ("seed", self.seed, 0)):
            if value < least:
                raise InvalidArgument(f"wanted {name} of at least {least}, got {value}")
        self.training()  # checks the others

    def training(self) -> TrainingSettings:
        """The settings of every training."""
        return TrainingSettings(
            epochs=self.epochs,
            channels=self.channels,
            cells=self.cells,
            image_size=self.image_size,
            batch_size=self.batch_size,
            seed=self.seed,
            precision="float32",  # the same arithmetic on every machine
        )

    def architectures(self, space: SearchSpace) -> list[str]:  # type: ignore[type-arg]  # any space
        """Different architectures as strings; the first of many are those of few.

        Raises:
            InvalidArgument: The space has too few.
        """
        rng = np.random.default_rng(self.seed)
        chosen: dict[str, None] = {}
        for _ in range(100 * self.networks):
            chosen.setdefault(str(space.sample(rng)))
            if len(chosen) == self.networks:
                return list(chosen)
        raise InvalidArgument(f"wanted {self.networks} different architectures of {space.name}, found {len(chosen)}")
