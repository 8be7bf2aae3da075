"""Training one network from fresh weights as a supernet trains its subnets; supernet_rank.py asks for it."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from nas_plugins.datasets import ImageDataset
from nas_plugins.spaces.files import load_tensors, save_tensors
from nas_plugins.spaces.mobilenetv3.augmentation import augmented
from nas_plugins.spaces.mobilenetv3.network import SubnetNetwork
from nas_plugins.spaces.mobilenetv3.recalibration import recalibrate
from nas_plugins.spaces.mobilenetv3.shrinking_settings import ShrinkingSettings
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, Subnet
from nas_plugins.spaces.mobilenetv3.supernet import Supernet

_KIND, _VERSION = "taught_training_answers", 1


class TaughtTraining:
    """What progressive shrinking does to a subnet, done to a network that shares its weights with none.

    Crops, colours, smoothed labels, schedule and teacher are those of the supernet's training; the teacher is its
    largest network as it ended. All networks see the same batches, so the teacher is asked once for each and its
    answers are kept.

    Args:
        images: What the supernet was trained on.
        supernet: Its largest network teaches.
        settings: Of the supernet's training; rate and augmentation are taken from it.
        epochs: Passes over the images.
        calibration: Batches of training images to measure statistics of normalisation on.
        answers: Folder for the teacher's answers, one file an epoch; of one supernet, one set of images and one seed.
    """

    def __init__(
        self,
        images: ImageDataset,
        supernet: Supernet,
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
        self._teacher = supernet.subnet_network(LARGEST, calibration)

    def train(self, subnet: Subnet) -> SubnetNetwork:
        """A network of fresh weights, trained to the end and calibrated."""
        settings = self._settings
        torch.manual_seed(settings.seed)
        network = SubnetNetwork(subnet, self._classes, width=settings.width)
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs forget it
        weights = [parameter for parameter in network.parameters() if parameter.dim() > 1]
        others = [parameter for parameter in network.parameters() if parameter.dim() <= 1]
        groups = [{"params": weights, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]
        optimizer = torch.optim.SGD(groups, lr=0.0, momentum=settings.momentum, nesterov=True)
        steps = len(self._labels) // settings.batch_size
        network.train()
        for epoch in range(self._epochs):
            for step, (inputs, labels, taught) in enumerate(self._batches(epoch, steps)):
                progress = (epoch + step / steps) / self._epochs
                for group in optimizer.param_groups:
                    rise = min(1.0, 20 * progress + 0.01)
                    group["lr"] = settings.learning_rate * rise * (1 + math.cos(math.pi * progress)) / 2
                logits = network(inputs)
                loss = functional.cross_entropy(logits, labels, label_smoothing=settings.label_smoothing)
                loss = loss + settings.distillation * functional.cross_entropy(logits, taught)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        recalibrate(network, self._calibration)
        return network

    def _batches(self, epoch: int, steps: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Inputs, labels and the teacher's probabilities of one epoch."""
        state = np.random.SeedSequence([self._settings.seed, epoch]).generate_state(1)[0]
        generator = torch.Generator().manual_seed(int(state))
        order = torch.randperm(len(self._labels), generator=generator)
        chosen = order[: steps * self._settings.batch_size].view(steps, -1)
        path = self._answers / f"{epoch}.safetensors"
        kept = load_tensors(path, kind=_KIND, version=_VERSION)[0]["logits"] if path.is_file() else None
        given = []
        for step, batch in enumerate(chosen):
            inputs = augmented(self._images[batch], self._settings, generator)
            if kept is None:
                with torch.no_grad():
                    given.append(self._teacher(inputs).half())
                logits = given[-1]
            else:
                logits = kept[step]
            yield inputs, self._labels[batch], logits.float().softmax(1)
        if kept is None:
            self._answers.mkdir(parents=True, exist_ok=True)
            save_tensors(path, {"logits": torch.stack(given)}, kind=_KIND, version=_VERSION, about={})
