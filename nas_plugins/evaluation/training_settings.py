"""How a network is trained: one frozen value that a host's configuration can spell out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace

DEVICES = "'auto', 'cpu', 'cuda' or 'cuda:<index>'"
PRECISIONS = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class TrainingSettings:
    """Optimiser, schedule, size of the network, augmentation and machine of one training.

    Optimiser and augmentation are those of NAS-Bench-201 (Dong and Yang, 2020, Table 1): SGD with Nesterov momentum,
    learning rate falling from 0.1 to 0 along a cosine, random crops. Three defaults are smaller, so that a trial on a
    laptop ends in seconds to minutes: 12 epochs instead of 200, one cell per stage instead of five, and a batch that
    leaves a small dataset at least some twenty steps per epoch. No flips: digits, letters and road signs change their
    meaning in a mirror; set ``flip`` for photographs.

    Args:
        epochs: Passes over the training images; the cosine ends with the last one.
        batch_size: Images per step; ``None`` takes a power of two from 32 to 256 by the number of training images.
        learning_rate: At the first step, for batches of 256 images; other batch sizes take it in proportion (Goyal et
            al., 2017, section 2.1).
        momentum: Nesterov momentum, at least 0.
        weight_decay: Of all parameters.
        channels: Channels ``C`` of the first stage.
        cells: Cells per stage ``N``.
        crop: Random crops after zero padding by an eighth of the image (4 pixels at 32, as in the benchmark).
        flip: Random horizontal flips.
        image_size: Height and width the images are resized to; ``None`` keeps theirs.
        seed: Of weights, order and augmentation.
        split_seed: Of the held-out part, where the dataset has no split of its own; the same for all trials to compare.
        device: ``"auto"`` (CUDA where there is one), ``"cpu"``, ``"cuda"`` or ``"cuda:<index>"``.
        precision: ``"float32"``, ``"bfloat16"`` (autocast) or ``"auto"``: bfloat16 where it is faster, on CPUs with
            AMX and with CUDA from Ampere on.

    Raises:
        InvalidArgument: A value outside its range.

    References:
        Dong and Yang, NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search, ICLR 2020.
        Goyal et al., Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour, 2017.
    """

    epochs: int = 12
    batch_size: int | None = None
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 5e-4
    channels: int = 16
    cells: int = 1
    crop: bool = True
    flip: bool = False
    image_size: int | None = None
    seed: int = 0
    split_seed: int = 0
    device: str = "auto"
    precision: str = "auto"

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "channels", "cells", "image_size", "seed", "split_seed"):
            self._check_integer(name, least=0 if name.endswith("seed") else 2 if name == "batch_size" else 1)
        for name, positive in (("learning_rate", True), ("momentum", False), ("weight_decay", False)):
            value = getattr(self, name)
            valid = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            if not valid or value < 0 or (positive and value == 0):
                raise InvalidArgument(f"wanted {name} {'above' if positive else 'of at least'} 0, got {value!r}")
        for name in ("crop", "flip"):
            if not isinstance(getattr(self, name), bool):
                raise InvalidArgument(f"wanted {name} true or false, got {getattr(self, name)!r}")
        if not (isinstance(self.device, str) and (self.device in ("auto", "cpu") or self.device.startswith("cuda"))):
            raise InvalidArgument(f"wanted device {DEVICES}, got {self.device!r}")
        if self.precision not in PRECISIONS:
            raise InvalidArgument(f"wanted precision out of {', '.join(PRECISIONS)}, got {self.precision!r}")

    def _check_integer(self, name: str, *, least: int) -> None:
        value = getattr(self, name)
        if value is None and name in ("batch_size", "image_size"):
            return
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise InvalidArgument(f"wanted {name} a whole number of at least {least}, got {value!r}")

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names a configuration may set."""
        return tuple(field.name for field in fields(cls))

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "TrainingSettings":
        """The settings a configuration spells out; other entries are left alone, absent ones take the default."""
        return cls(**{name: config[name] for name in cls.names() if name in config})

    def check_space(self, space: SearchSpace[Any]) -> None:
        """Refuse sizes that no network of a space has.

        Raises:
            InvalidArgument: Such as two cells per stage where an architecture says how deep a stage is.
        """
        space.cost(space.sample(np.random.default_rng(0)), 2, C=self.channels, N=self.cells)

    def batch_size_for(self, num_images: int) -> int:
        """The batch size for a training part of that many images."""
        if self.batch_size is not None:
            return self.batch_size
        return 2 ** min(8, max(5, math.floor(math.log2(max(num_images / 20, 1)))))
