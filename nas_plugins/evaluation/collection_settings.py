"""How a source database is collected: one frozen value."""

from dataclasses import dataclass, fields

from nas_plugins.evaluation.styles import STYLES
from nas_plugins.evaluation.training_settings import TrainingSettings
from nas_plugins.spaces.errors import InvalidArgument

LENGTH = ("passes", "least_epochs", "most_epochs")
"""Settings that say how long a training is."""

MEASURED = (*LENGTH, "cells", "channels", "image_size")
"""Settings that say how accuracies come about; the others say on which tasks and architectures."""


@dataclass(frozen=True)
class CollectionSettings:
    """How tasks are drawn and how long each training is.

    Args:
        classes: Most classes of a task; fewer are drawn as often, on a logarithmic scale, from as few as leave enough
            test images.
        images: Most training images of a task; fewer are drawn as often, on a logarithmic scale, from a quarter on.
        passes: Training images times epochs of a training, between the two bounds on epochs.
        least_epochs: Least number of epochs.
        most_epochs: Largest number of epochs.
        architectures: Architectures trained on each task.
        cells: Cells per stage ``N``.
        channels: Channels ``C`` of the first stage.
        image_size: Height and width the images are resized to.
        styles: Names out of :data:`nas_plugins.evaluation.styles.STYLES`; every other task of a dataset is in one of
            them, which makes more domains of few. None leaves all pictures as they are.
        seed: Seed of every draw.
    """

    classes: int = 20
    images: int = 1200
    passes: int = 12_000
    least_epochs: int = 8
    most_epochs: int = 30
    architectures: int = 12
    cells: int = 1
    channels: int = 16
    image_size: int = 32
    styles: tuple[str, ...] = tuple(style for style in STYLES if style != "plain")
    seed: int = 0

    def __post_init__(self) -> None:
        least = {"classes": 2, "images": 8, "seed": 0}
        for name in (field.name for field in fields(self) if field.name != "styles"):
            if getattr(self, name) < least.get(name, 1):
                raise InvalidArgument(f"wanted {name} of at least {least.get(name, 1)}, got {getattr(self, name)}")
        unknown = [style for style in self.styles if style not in STYLES]
        if unknown:
            raise InvalidArgument(f"wanted styles out of {', '.join(STYLES)}, got {', '.join(unknown)}")
        if self.least_epochs > self.most_epochs:
            raise InvalidArgument(f"wanted least_epochs <= most_epochs, got {self.least_epochs} and {self.most_epochs}")

    def epochs(self, train_images: int) -> int:
        """Epochs of a training on so many images."""
        return min(self.most_epochs, max(self.least_epochs, round(self.passes / train_images)))

    def training(self, train_images: int) -> TrainingSettings:
        """The settings of a training on so many images."""
        return TrainingSettings(
            epochs=self.epochs(train_images),
            channels=self.channels,
            cells=self.cells,
            image_size=self.image_size,
            seed=self.seed,
            precision="float32",  # the same arithmetic on every machine
        )

    @property
    def protocol(self) -> str:
        """What the accuracies of records must share to be comparable, as text."""
        return ",".join(f"{name}={getattr(self, name)}" for name in MEASURED)
