"""Train one architecture on one dataset, an epoch at a time, so that a host can report, stop and resume it."""

import math
import time
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from nas_plugins.evaluation.training_images import TrainingImages, random_crop, random_flip
from nas_plugins.evaluation.training_settings import TrainingSettings
from nas_plugins.spaces.errors import InvalidArgument, InvalidState
from nas_plugins.spaces.files import load_tensors, save_tensors
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.strategy import check_state

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset

__all__ = ["Training", "TrainingImages", "TrainingSettings", "training_device"]

_KIND, _VERSION = "training", 1


class Training:
    """The training of one architecture, from scratch.

    The same architecture, dataset and settings on the same machine give the same figures; a training restored from its
    state goes on exactly as the saved one would have.

    Args:
        architecture: A member of the space.
        space: Its search space, which knows the network.
        dataset: Labelled images; or the :class:`TrainingImages` of an earlier training, which saves parting and copying
            them again.
        settings: How to train.
        network: The network of the architecture to go on from, with an output for each class, as cut out of a supernet;
            ``None`` builds one with fresh weights. It is trained in place.

    Raises:
        InvalidArgument: The settings ask for a device that is not there.
        InvalidDataset: The images are too small, or nothing can be held out.
    """

    def __init__(
        self,
        architecture: Hashable,
        space: SearchSpace[Any],
        dataset: "ImageDataset | TrainingImages",
        settings: TrainingSettings | None = None,
        network: nn.Module | None = None,
    ) -> None:
        self.settings = TrainingSettings() if settings is None else settings
        self.architecture = architecture
        self.device = training_device(self.settings.device)
        if isinstance(dataset, TrainingImages):
            self.images = dataset
        else:
            self.images = TrainingImages.from_dataset(dataset, self.settings, self.device)
        self.epochs_done = 0
        self.diverged = False
        self._bfloat16 = uses_bfloat16(self.settings.precision, self.device)
        # The order and the augmentation are drawn on the CPU, where every machine draws the same.
        self._generator = torch.Generator().manual_seed(self.settings.seed)
        with torch.random.fork_rng():  # initial weights come from torch's global generator; leave the caller's as it is
            torch.manual_seed(self.settings.seed)
            if network is None:
                network = space.network(
                    architecture, self.images.num_classes, C=self.settings.channels, N=self.settings.cells
                )
        # Convolutions read channels last faster, in either precision.
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs forget it
        self.network = network.to(self.device)
        self._optimizer = torch.optim.SGD(
            self.network.parameters(),
            lr=self.settings.learning_rate,
            momentum=self.settings.momentum,
            weight_decay=self.settings.weight_decay,
            nesterov=self.settings.momentum > 0,
        )

    @property
    def finished(self) -> bool:
        """Whether all epochs are done, or the loss is no number any more and training on is futile."""
        return self.diverged or self.epochs_done >= self.settings.epochs

    def epoch(self, *, measure: bool = True) -> dict[str, float]:
        """Train one epoch and measure.

        Args:
            measure: Whether to compute the accuracy, which is nan without.

        Returns:
            ``epoch`` (epochs done by now), ``train_loss`` (mean cross-entropy over the epoch), ``accuracy`` (percent of
            the held-out images; nan once the loss is), ``seconds`` (wall-clock of this epoch).

        Raises:
            InvalidArgument: All epochs are done.
        """
        if self.finished:
            raise InvalidArgument(f"wanted another epoch of a training that ended after {self.epochs_done}")
        start = time.perf_counter()
        loss = self._train()
        self.epochs_done += 1
        self.diverged = not math.isfinite(loss)
        accuracy = self._accuracy() if measure and not self.diverged else math.nan
        return {
            "epoch": self.epochs_done,
            "train_loss": loss,
            "accuracy": accuracy,
            "seconds": time.perf_counter() - start,
        }

    def finish(self) -> float:
        """Train to the end, and measure once.

        Returns:
            The accuracy in percent of the held-out images; nan where the loss was no number any more.

        Raises:
            InvalidArgument: All epochs are done.
        """
        while True:
            last = self.epochs_done + 1 == self.settings.epochs
            accuracy = self.epoch(measure=last)["accuracy"]
            if self.finished:
                return accuracy

    def _train(self) -> float:
        images, settings = self.images, self.settings
        count = len(images.train_labels)
        batch_size = settings.batch_size_for(count)
        steps = min(math.ceil(count / batch_size), count // 2)
        peak = settings.learning_rate * batch_size / 256
        # Batches of nearly equal size, two at least: batch normalisation cannot train on a single image.
        batches = torch.randperm(count, generator=self._generator).tensor_split(steps)
        total = torch.zeros((), device=self.device)
        self.network.train()
        for step, batch in enumerate(batches):
            progress = (self.epochs_done * steps + step) / (settings.epochs * steps)
            for group in self._optimizer.param_groups:
                group["lr"] = peak * (1 + math.cos(math.pi * progress)) / 2
            chosen = batch.to(self.device)
            inputs = images.normalise(images.train_images[chosen])
            if settings.crop:
                inputs = random_crop(inputs, self._generator)
            if settings.flip:
                inputs = random_flip(inputs, self._generator)
            loss = functional.cross_entropy(self._logits(inputs), images.train_labels[chosen])
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()
            total += loss.detach() * len(batch)
        return float(total) / count

    @torch.no_grad()
    def _accuracy(self) -> float:
        self.network.eval()
        correct = torch.zeros((), dtype=torch.int64, device=self.device)
        for inputs, labels in zip(self.images.test_images.split(512), self.images.test_labels.split(512), strict=True):
            correct += (self._logits(self.images.normalise(inputs)).argmax(1) == labels).sum()
        return 100 * int(correct) / len(self.images.test_labels)

    def _logits(self, inputs: Tensor) -> Tensor:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._bfloat16):
            logits: Tensor = self.network(inputs.contiguous(memory_format=torch.channels_last))
        return logits.float()

    def state_dict(self) -> dict[str, Any]:
        """Weights, momentum and generator as named tensors, and the rest as plain data."""
        tensors = {f"network.{name}": value.detach().clone() for name, value in self.network.state_dict().items()}
        for name, parameter in self.network.named_parameters():
            momentum = self._optimizer.state.get(parameter, {}).get("momentum_buffer")
            if momentum is not None:
                tensors[f"momentum.{name}"] = momentum.detach().clone()
        tensors["generator"] = self._generator.get_state()
        return {"tensors": tensors, "about": self._identity() | {"epochs_done": self.epochs_done}}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from :meth:`state_dict` of a training of the same architecture, dataset and schedule.

        Raises:
            InvalidState: The state is of another training, or damaged.
        """
        check_state(state.get("about") if isinstance(state, dict) else state, **self._identity())
        tensors = state["tensors"]
        weights = {name.removeprefix("network."): tensors[name] for name in tensors if name.startswith("network.")}
        momentum = {name.removeprefix("momentum."): tensors[name] for name in tensors if name.startswith("momentum.")}
        parameters = dict(self.network.named_parameters())
        try:
            self.network.load_state_dict(weights)
            self._generator.set_state(tensors["generator"].cpu())
            for name, value in momentum.items():
                like = parameters[name]
                self._optimizer.state[like]["momentum_buffer"] = torch.empty_like(like).copy_(value)
            self.epochs_done = int(state["about"]["epochs_done"])
        except (KeyError, RuntimeError, TypeError) as error:
            raise InvalidState(f"wanted the state of this training, got a damaged one ({error}); start anew") from error

    def save(self, path: str | Path) -> Path:
        """Write the state as one safetensors file."""
        state = self.state_dict()
        return save_tensors(path, state["tensors"], kind=_KIND, version=_VERSION, about=state["about"])

    def load(self, path: str | Path) -> None:
        """Continue from a file that :meth:`save` wrote.

        Raises:
            DamagedFile: The file is missing, truncated or foreign.
            InvalidState: It belongs to another training.
        """
        tensors, about = load_tensors(path, kind=_KIND, version=_VERSION)
        self.load_state_dict({"tensors": tensors, "about": about})

    def _identity(self) -> dict[str, Any]:
        """What a state must share with the training it is loaded into; device and precision may change."""
        settings = self.settings
        return {
            "architecture": str(self.architecture),
            "dataset": self.images.name,
            "epochs": settings.epochs,
            "channels": settings.channels,
            "cells": settings.cells,
            "seed": settings.seed,
        }


def training_device(name: str) -> torch.device:
    """The torch device of a setting.

    Raises:
        InvalidArgument: CUDA is asked for where there is none.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InvalidArgument(f"wanted a torch device, got {name!r}") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise InvalidArgument(
            f"wanted device {name!r}, this process sees {torch.cuda.device_count()} CUDA devices; use 'auto' or 'cpu', "
            "or have the host give the trial a GPU"
        )
    return device


def uses_bfloat16(precision: str, device: torch.device) -> bool:
    """Whether a setting of precision means bfloat16 on a device."""
    if precision != "auto":
        return precision == "bfloat16"
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    # With AVX-512 BF16 alone, autocast's conversions cost more than the multiplication gains: on such a processor the
    # networks of NAS-Bench-201 train a quarter slower in bfloat16 than in float32. AMX tiles are worth it. torch has no
    # public name for this in all versions this package allows.
    return bool(getattr(torch.cpu, "_is_amx_tile_supported", bool)())
