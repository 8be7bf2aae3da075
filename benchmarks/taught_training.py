"""Training one network from fresh weights as a supernet trains its subnets; supernet_rank.py asks for it."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from nas_plugins.datasets import ImageDataset
from nas_plugins.spaces.errors import InvalidState
from nas_plugins.spaces.files import load_tensors, save_tensors
from nas_plugins.spaces.mobilenetv3.augmentation import augmented
from nas_plugins.spaces.mobilenetv3.network import SubnetNetwork
from nas_plugins.spaces.mobilenetv3.recalibration import recalibrate
from nas_plugins.spaces.mobilenetv3.shrinking_optimizer import (
    momentum_of,
    restore_momentum,
    set_learning_rate,
    shrinking_optimizer,
)
from nas_plugins.spaces.mobilenetv3.shrinking_settings import ShrinkingSettings
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, Subnet
from nas_plugins.spaces.mobilenetv3.supernet import Supernet

_KIND, _VERSION = "taught_training_answers", 1
_TRAINING = "taught_training"


class TaughtTraining:
    """What progressive shrinking does to a subnet, done to a network that shares its weights with none.

    A training that was killed goes on after its last whole epoch, and gives the network of one that never stopped.

    Crops, colours, smoothed labels, schedule and teacher are those of the supernet's training; the teacher is its
    largest network as it ended. All networks see the same batches, so the teacher is asked once for each and its
    answers are kept. Without a supernet labels alone teach.

    Args:
        images: What the supernet was trained on.
        supernet: Its largest network teaches; without, nothing teaches beside the labels.
        settings: Of the supernet's training; rate and augmentation are taken from it.
        epochs: Passes over the images.
        calibration: Batches of training images to measure statistics of normalisation on.
        answers: Folder for the teacher's answers, one file an epoch, and for the trainings that have not ended.
    """

    def __init__(
        self,
        images: ImageDataset,
        supernet: Supernet | None,
        settings: ShrinkingSettings,
        *,
        epochs: int,
        calibration: Sequence[Tensor],
        answers: Path,
    ) -> None:
        self._images = torch.from_numpy(images.images.copy())
        self._labels = torch.from_numpy(images.labels.copy()).long()
        self._classes = images.num_classes
        self._settings, self._epochs, self._calibration, self._answers = settings, epochs, calibration, answers
        self._teacher = None if supernet is None else supernet.subnet_network(LARGEST, calibration)
        self._asked = {
            "supernet": None if supernet is None else supernet.fingerprint(),
            "images": len(images),
            "settings": json.loads(json.dumps(asdict(settings))),
        }

    def train(self, subnet: Subnet) -> SubnetNetwork:
        """A network of fresh weights, trained to the end and calibrated."""
        settings = self._settings
        torch.manual_seed(settings.seed)
        network = SubnetNetwork(subnet, self._classes, width=settings.width)
        network.zero_last_gamma()
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs forget it
        optimizer = shrinking_optimizer(network, settings)
        steps = len(self._labels) // settings.batch_size
        self._answers.mkdir(parents=True, exist_ok=True)
        path = self._answers / f"{hashlib.sha256(str(subnet).encode()).hexdigest()[:16]}.safetensors"
        asked = self._asked | {"subnet": str(subnet), "epochs": self._epochs}
        done = self._go_on(path, network, optimizer, asked) if path.is_file() else 0
        network.train()
        for epoch in range(done, self._epochs):
            for step, (inputs, labels, taught) in enumerate(self._batches(epoch, steps)):
                set_learning_rate(optimizer, settings.learning_rate, (epoch + step / steps) / self._epochs)
                logits = network(inputs)
                loss = functional.cross_entropy(logits, labels, label_smoothing=settings.label_smoothing)
                if taught is not None:
                    loss = loss + settings.distillation * functional.cross_entropy(logits, taught)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            tensors = {f"network/{name}": value for name, value in network.state_dict().items()}
            tensors |= {f"momentum/{name}": value for name, value in momentum_of(network, optimizer).items()}
            whole = {name: value.contiguous() for name, value in tensors.items()}
            save_tensors(path, whole, kind=_TRAINING, version=_VERSION, about=asked | {"done": epoch + 1})
        path.unlink(missing_ok=True)
        recalibrate(network, self._calibration)
        return network

    @staticmethod
    def _go_on(path: Path, network: SubnetNetwork, optimizer: torch.optim.SGD, asked: dict[str, Any]) -> int:
        """Take a training up where its file left it; how many epochs it had."""
        tensors, about = load_tensors(path, kind=_TRAINING, version=_VERSION)
        if {name: about.get(name) for name in asked} != asked:
            raise InvalidState(f"wanted this training in {path}, found another of the subnet; name another folder")
        parts: dict[str, dict[str, Tensor]] = {"network": {}, "momentum": {}}
        for name, value in tensors.items():
            kind, _, rest = name.partition("/")
            parts[kind][rest] = value
        network.load_state_dict(parts["network"])
        restore_momentum(network, optimizer, parts["momentum"])
        return int(about["done"])

    def _batches(self, epoch: int, steps: int) -> Iterator[tuple[Tensor, Tensor, Tensor | None]]:
        """Inputs, labels and the teacher's probabilities of one epoch, none where nothing teaches."""
        state = np.random.SeedSequence([self._settings.seed, epoch]).generate_state(1)[0]
        generator = torch.Generator().manual_seed(int(state))
        order = torch.randperm(len(self._labels), generator=generator)
        chosen = order[: steps * self._settings.batch_size].view(steps, -1)
        path = self._answers / f"{epoch}.safetensors"
        kept = self._kept(path) if self._teacher is not None and path.is_file() else None
        given = []
        for step, batch in enumerate(chosen):
            inputs = augmented(self._images[batch], self._settings, generator)
            if self._teacher is None:
                yield inputs, self._labels[batch], None
                continue
            if kept is None:
                with torch.no_grad():
                    given.append(self._teacher(inputs).half())
                logits = given[-1]
            else:
                logits = kept[step]
            yield inputs, self._labels[batch], logits.float().softmax(1)
        if given:
            save_tensors(path, {"logits": torch.stack(given)}, kind=_KIND, version=_VERSION, about=self._asked)

    def _kept(self, path: Path) -> Tensor:
        tensors, about = load_tensors(path, kind=_KIND, version=_VERSION)
        if {name: about.get(name) for name in self._asked} != self._asked:
            raise InvalidState(
                f"wanted the answers of this supernet to these images in {path}, found those of another training; name "
                "another folder"
            )
        return tensors["logits"]
