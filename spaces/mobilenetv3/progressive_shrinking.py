"""Training a supernet by progressive shrinking, an epoch at a time."""

import hashlib
import math
import time
import warnings
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from nas_plugins.spaces.errors import InvalidArgument, InvalidState
from nas_plugins.spaces.files import load_tensors, save_tensors
from nas_plugins.spaces.mobilenetv3.attention import Attention
from nas_plugins.spaces.mobilenetv3.augmentation import augmented
from nas_plugins.spaces.mobilenetv3.network import SubnetNetwork
from nas_plugins.spaces.mobilenetv3.recalibration import recalibrate
from nas_plugins.spaces.mobilenetv3.shrinking_optimizer import (
    momentum_of,
    restore_momentum,
    set_learning_rate,
    shrinking_optimizer,
)
from nas_plugins.spaces.mobilenetv3.shrinking_phase import ShrinkingPhase
from nas_plugins.spaces.mobilenetv3.shrinking_settings import ShrinkingSettings
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, Subnet
from nas_plugins.spaces.mobilenetv3.supernet import Supernet

_KIND, _VERSION = "supernet_training", 1
_DIGEST = "images_and_labels"
"""Entry of a state for :attr:`ProgressiveShrinking._digest`."""
_CALIBRATION_BATCHES = 16
_DIGESTED = 2**28  # bytes of images that tell one training's from another's: under a second to read


class ProgressiveShrinking:
    """The training of one supernet on one set of images.

    The same images and settings on the same machine give the same weights, and a training that goes on from its file
    gives those of one that never stopped.

    Args:
        images: uint8 ``(n, height, width, 3)`` of any size.
        labels: ``(n,)`` from 0 to ``num_classes - 1``.
        num_classes: Outputs of the classifier.
        settings: How to train.
        device: Torch device.
        start: A supernet whose weights to start from instead of random ones; :meth:`Supernet.for_classes` makes one of
            the right classes.

    ``attention`` has to be there when the attentive phase begins; whoever has pictures to measure subnets on sets it.

    Raises:
        InvalidArgument: Fewer images than a batch, labels outside their range, or a start of another width or number
            of classes.

    References:
        Cai, Gan, Wang, Zhang and Han, Once-for-All: Train One Network and Specialize It for Efficient Deployment, ICLR
        2020, section 3.3.
    """

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        num_classes: int,
        settings: ShrinkingSettings | None = None,
        device: str = "cpu",
        *,
        start: Supernet | None = None,
    ) -> None:
        self.settings = ShrinkingSettings() if settings is None else settings
        if len(images) != len(labels) or len(images) < self.settings.batch_size:
            raise InvalidArgument(
                f"wanted at least a batch of {self.settings.batch_size} images with a label each, got {len(images)} "
                f"images and {len(labels)} labels"
            )
        if int(labels.min()) < 0 or int(labels.max()) >= num_classes:
            raise InvalidArgument(
                f"wanted labels from 0 to {num_classes - 1}, got {int(labels.min())} to {labels.max()}"
            )
        if start is not None and (start.width, start.num_classes) != (self.settings.width, num_classes):
            raise InvalidArgument(
                f"wanted a start of width {self.settings.width:g} for {num_classes} classes, got one of width "
                f"{start.width:g} for {start.num_classes}"
            )
        self.device = torch.device(device)
        self._images, self._labels = images.to(self.device), labels.to(self.device)
        self.epochs_done = 0
        self._generator = torch.Generator().manual_seed(self.settings.seed)
        self._rng = np.random.default_rng(self.settings.seed)
        with torch.random.fork_rng():  # initial weights come from torch's global generator; leave the caller's as it is
            torch.manual_seed(self.settings.seed)
            supernet = Supernet(num_classes, width=self.settings.width, dropout=self.settings.dropout)
        self._start = None if start is None else start.fingerprint()
        if start is None:
            supernet.network.zero_last_gamma()
        else:
            supernet.network.load_state_dict(start.network.state_dict())
        # Depthwise convolutions are several times as fast with channels last.
        self.supernet = supernet.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.teacher: SubnetNetwork | None = None
        self.attention: Attention | None = None
        self._optimizer = shrinking_optimizer(self.supernet, self.settings)

    @property
    def finished(self) -> bool:
        """Whether all phases are done."""
        return self.epochs_done >= self.settings.epochs

    @property
    def phase(self) -> tuple[ShrinkingPhase, int]:
        """The phase of the next epoch, and how many epochs of it are done."""
        done = self.epochs_done
        for phase in self.settings.phases:
            if done < phase.epochs:
                return phase, done
            done -= phase.epochs
        raise InvalidArgument(f"wanted another epoch of a training that ended after {self.epochs_done}")

    def epoch(self) -> dict[str, Any]:
        """Train one epoch of the phase at hand.

        Returns:
            ``epoch`` (done by now), ``phase``, ``train_loss`` (mean over steps and subnets of the labels' cross
            entropy), ``seconds``.

        Raises:
            InvalidArgument: All phases are done, or the loss is no number any more.
        """
        phase, done = self.phase
        if done == 0:
            self._begin(phase)
        start = time.perf_counter()
        size = self.settings.batch_size
        steps = len(self._labels) // size
        order = torch.randperm(len(self._labels), generator=self._generator)[: steps * size]
        total = 0.0
        self.supernet.train()
        # A subnet has less to spare than the largest network.
        self.supernet.network.dropout.p = 0.0 if phase.subnets_differ else self.settings.dropout
        with torch.random.fork_rng():
            # Dropout draws from torch's global generator, which an epoch begins at a state of its own.
            torch.manual_seed(int(np.random.SeedSequence([self.settings.seed, self.epochs_done]).generate_state(1)[0]))
            for step, chosen in enumerate(order.view(steps, size)):
                progress = (done * steps + step) / (phase.epochs * steps)
                set_learning_rate(self._optimizer, phase.learning_rate, progress)
                total += self._step(phase, chosen)
        if not math.isfinite(total):
            raise InvalidArgument(
                f"wanted a loss that is a number, got {total} in phase {phase.name}; lower learning_rate, now "
                f"{phase.learning_rate}"
            )
        self.epochs_done += 1
        seconds = time.perf_counter() - start
        return {"epoch": self.epochs_done, "phase": phase.name, "train_loss": total / steps, "seconds": seconds}

    def calibration_batches(self) -> list[Tensor]:
        """Training images, augmented as in training, to measure statistics of normalisation on."""
        generator = torch.Generator().manual_seed(self.settings.seed)
        order = torch.randperm(len(self._labels), generator=generator)
        size = self.settings.batch_size
        batches = order[: _CALIBRATION_BATCHES * size].split(size)
        return [augmented(self._images[batch], self.settings, generator) for batch in batches if len(batch) > 1]

    def save(self, path: str | Path) -> Path:
        """Write all that going on needs, as one file of safetensors."""
        tensors = {f"supernet/{name}": value for name, value in self.supernet.state_dict().items()}
        momentum = momentum_of(self.supernet, self._optimizer)
        tensors |= {f"momentum/{name}": value for name, value in momentum.items()}
        if self.teacher is not None:
            tensors |= {f"teacher/{name}": value for name, value in self.teacher.state_dict().items()}
        tensors["generator"] = self._generator.get_state()
        about = self._identity() | {"epochs_done": self.epochs_done, "rng": self._rng.bit_generator.state}
        if self.attention is not None:
            about["attention"] = self.attention.plain()
        contiguous = {name: value.contiguous() for name, value in tensors.items()}
        return save_tensors(path, contiguous, kind=_KIND, version=_VERSION, about=about)

    def load(self, path: str | Path) -> None:
        """Go on from a file of :meth:`save`.

        A file of before pictures and labels had a digest is taken, with a warning, where the numbers of images and
        classes and the settings are those of this training: of which images it is cannot be told.

        Raises:
            InvalidState: The file is of other images or settings.
            DamagedFile: The file is damaged or foreign.
        """
        tensors, about = load_tensors(path, kind=_KIND, version=_VERSION)
        wanted = self._identity()
        found = {name: about.get(name) for name in wanted}
        if _DIGEST not in about:
            wanted.pop(_DIGEST)
            found.pop(_DIGEST)
        if found != wanted:
            raise InvalidState(
                f"wanted the state of this training in {path}, found one of other images or settings; name another "
                "file, or remove it to start anew"
            )
        if _DIGEST not in about:
            warnings.warn(
                f"{path} was written before a state said which images it is of: only their number was compared; "
                "if they are others, remove it to start anew",
                stacklevel=2,
            )
        parts: dict[str, dict[str, Tensor]] = {"supernet": {}, "momentum": {}, "teacher": {}}
        for name, value in tensors.items():
            kind, _, rest = name.partition("/")
            if rest:
                parts[kind][rest] = value
        self.supernet.load_state_dict(parts["supernet"])
        self._optimizer = shrinking_optimizer(self.supernet, self.settings)
        restore_momentum(self.supernet, self._optimizer, parts["momentum"])
        self.teacher = self._largest() if parts["teacher"] else None
        if self.teacher is not None:
            self.teacher.load_state_dict(parts["teacher"])
        self._generator.set_state(tensors["generator"])
        self._rng.bit_generator.state = about["rng"]
        self.epochs_done = int(about["epochs_done"])
        self.attention = Attention.from_plain(about["attention"]) if "attention" in about else None

    def _begin(self, phase: ShrinkingPhase) -> None:
        if phase.attentive and self.attention is None:
            raise InvalidArgument("wanted an attention before the attentive phase, got none; fit one and set it")
        if phase.subnets_differ and not phase.attentive and self.teacher is None:
            self.teacher = self._largest()
            recalibrate(self.teacher, self.calibration_batches())
        if phase.new_expansions:
            self.supernet.sort_channels(phase.kept_expansions)
        self._optimizer = shrinking_optimizer(self.supernet, self.settings)

    def _step(self, phase: ShrinkingPhase, chosen: Tensor) -> float:
        settings = self.settings
        chosen = chosen.to(self.device)
        inputs, labels = augmented(self._images[chosen], settings, self._generator), self._labels[chosen]
        taught = None
        if self.teacher is not None and not phase.attentive:
            with torch.no_grad():
                taught = self.teacher(inputs).softmax(1)
        self._optimizer.zero_grad()
        subnets = self._drawn(phase)
        total = 0.0
        for subnet in subnets:
            logits = self.supernet(inputs, subnet)
            loss = functional.cross_entropy(logits, labels, label_smoothing=settings.label_smoothing)
            total += float(loss.detach()) / len(subnets)
            if taught is not None:
                loss = loss + settings.distillation * functional.cross_entropy(logits, taught)
            loss.backward()
            if phase.attentive and taught is None:
                taught = logits.detach().softmax(1)
        self._optimizer.step()
        return total

    def _drawn(self, phase: ShrinkingPhase) -> list[Subnet]:
        """The subnets of a step: in the attentive phase the largest, which teaches the others, and drawn ones."""
        # Drawn whatever the phase: so the generator's state says how many steps were made.
        if phase.attentive and self.attention is not None:
            return [LARGEST, *(self.attention.sample(self._rng) for _ in range(phase.subnets))]
        return [phase.sample(self._rng) for _ in range(phase.subnets)]

    def _largest(self) -> SubnetNetwork:
        network = self.supernet.extract(LARGEST).to(self.device, memory_format=torch.channels_last)
        network.needs_calibration = False
        return network.eval()

    def _identity(self) -> dict[str, Any]:
        # Through JSON, tuples come back as lists.
        settings = {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self.settings).items()}
        if not self.settings.attentive_epochs:  # files of before there was such a phase go on
            settings = {name: value for name, value in settings.items() if not name.startswith("attentive")}
        return {
            "settings": settings,
            "start": self._start,
            "images": len(self._labels),
            "num_classes": self.supernet.num_classes,
            _DIGEST: self._digest,
        }

    @cached_property
    def _digest(self) -> str:
        """SHA-256 of shape, labels and images; of more than 256 MB of images, of every second, or third, and so on."""
        images = self._images
        digest = hashlib.sha256(f"{tuple(images.shape)} {images.dtype}".encode())
        digest.update(self._labels.to("cpu", torch.int64).numpy().tobytes())
        for part in images[:: -(-images.nbytes // _DIGESTED)].split(256):
            digest.update(part.cpu().numpy().tobytes())
        return digest.hexdigest()
