"""How a subnet is evaluated: one frozen value that a host's configuration can spell out."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from nas_plugins.evaluation.training_settings import DEVICES
from nas_plugins.spaces.errors import InvalidArgument

HEADS = ("fitted", "own")


@dataclass(frozen=True)
class SupernetSettings:
    """Head, resolution, calibration and machine of one evaluation.

    Args:
        head: ``"fitted"``: a linear classifier on the frozen features of the subnet, fitted to the training images by
            ridge regression whose strength leave-one-out errors choose. ``"own"``: the supernet's own classifier, for
            datasets of classes it knows.
        classes: With the head ``"own"``: for each class of the dataset its number among the supernet's classes;
            ``None`` where they are the same, in the same order.
        image_size: Height and width the images are resized to; ``None`` takes what the supernet was trained at, 224 for
            the published weights, which 128 to 224 suit.
        calibration_images: Training images on which statistics of normalisation are measured, drawn at random; all
            where there are fewer. Once-for-All takes 2,000.
        batch_size: Images run at once; of calibration too.
        latency_batch: Images per pass whose latency is measured.
        latency_passes: Passes measured, after as many as a quarter to warm up; 0 measures none.
        seed: Of the draw of calibration images.
        split_seed: Of the held-out part, where the dataset has no split of its own; the same for all trials to compare.
        device: ``"auto"`` (CUDA where there is one), ``"cpu"``, ``"cuda"`` or ``"cuda:<index>"``.

    Raises:
        InvalidArgument: A value outside its range.
    """

    head: str = "fitted"
    classes: tuple[int, ...] | None = None
    image_size: int | None = None
    calibration_images: int = 2000
    batch_size: int = 100
    latency_batch: int = 1
    latency_passes: int = 20
    seed: int = 0
    split_seed: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.head not in HEADS:
            raise InvalidArgument(f"wanted head out of {', '.join(HEADS)}, got {self.head!r}")
        least = {"calibration_images": 2, "batch_size": 2, "latency_passes": 0, "seed": 0, "split_seed": 0}
        for name in ("image_size", "latency_batch", *least):
            if name != "image_size" or self.image_size is not None:
                self._check_integer(name, getattr(self, name), least=least.get(name, 1))
        classes: Any = self.classes  # a configuration may hold anything
        if classes is not None:
            if isinstance(classes, str) or not hasattr(classes, "__iter__"):
                raise InvalidArgument(f"wanted classes as a list of numbers, got {classes!r}")
            object.__setattr__(self, "classes", tuple(classes))
            for number in classes:
                self._check_integer("classes", number, least=0)
            if self.head != "own":
                raise InvalidArgument("wanted classes with the head 'own' only, got them with a fitted head")
        if not (isinstance(self.device, str) and (self.device in ("auto", "cpu") or self.device.startswith("cuda"))):
            raise InvalidArgument(f"wanted device {DEVICES}, got {self.device!r}")

    @staticmethod
    def _check_integer(name: str, value: Any, *, least: int) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise InvalidArgument(f"wanted {name} a whole number of at least {least}, got {value!r}")

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names a configuration may set."""
        return tuple(field.name for field in fields(cls))

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "SupernetSettings":
        """The settings a configuration spells out; other entries are left alone, absent ones take the default."""
        return cls(**{name: config[name] for name in cls.names() if name in config})
