"""Which trial a search runs, and at which size its networks are reckoned."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ray import tune

from nas_plugins.evaluation.training_settings import TrainingSettings
from nas_plugins.spaces import SearchSpace
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.tune.supernet_trial import evaluate_supernet
from nas_plugins.tune.trainables import training_trial

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset

TRIALS = ("train", "tune", "evaluate")
"""Train from scratch; train on from the weights of a supernet; evaluate in a supernet."""

_EVALUATED = ("image_size", "split_seed", "device")
"""The settings of a training that an evaluation in a supernet reads too."""


def default_trial(space: SearchSpace[Any]) -> str:
    """Evaluation where a supernet ships, training elsewhere."""
    return "evaluate" if space.name == "mobilenetv3" else "train"


def search_trial(
    kind: str,
    dataset: "str | ImageDataset",
    space: SearchSpace[Any],
    *,
    supernet: str | Path | None,
    seed: int,
    training: dict[str, Any],
) -> type[tune.Trainable]:
    """The trainable of a kind.

    What every trial would fail at is found here, before any begins: weights that cannot be read are read once.

    Args:
        kind: A name of :data:`TRIALS`.
        dataset: Labelled images, or the name or path of them.
        space: The search space.
        supernet: Weights to evaluate in or to train on from; ``None`` takes those that ship.
        seed: Of weights and order.
        training: Fields of :class:`nas_plugins.evaluation.training_settings.TrainingSettings`; those that the kind does
            not read may be given with their default.

    Raises:
        InvalidArgument: No such kind, a supernet of another space, or settings that the kind does not read.
        DamagedFile: The weights of the supernet cannot be read.
    """
    if kind not in TRIALS:
        raise InvalidArgument(f"wanted a trial out of {', '.join(TRIALS)}, got {kind!r}")
    if kind == "train":
        if supernet is not None:
            raise InvalidArgument("wanted no supernet to train from scratch; leave it out, or tune or evaluate in it")
        if space.name == "mobilenetv3":  # its channels are the width, its depths are the architecture's
            _check_read(training, tuple(name for name in TrainingSettings.names() if name != "cells"), kind, space)
        return training_trial(dataset, space=space.name, seed=seed, **training)
    if space.name != "mobilenetv3":
        raise InvalidArgument(f"wanted the space mobilenetv3 to {kind} in a supernet, got {space.name}; train instead")
    from nas_plugins.spaces.mobilenetv3.checkpoint import find_supernet

    weights = "mobilenetv3" if supernet is None else supernet
    if kind == "tune":
        read = tuple(name for name in TrainingSettings.names() if name not in ("cells", "channels"))
        _check_read(training, read, kind, space)
        find_supernet(weights)
        return training_trial(dataset, space=space.name, seed=seed, supernet=weights, **training)
    _check_read(training, _EVALUATED, kind, space)
    find_supernet(weights)
    settings = {name: training[name] for name in _EVALUATED if name in training}
    return evaluate_supernet(weights, dataset, seed=seed, **settings)


def _check_read(training: Mapping[str, Any], read: Sequence[str], kind: str, space: SearchSpace[Any]) -> None:
    """Refuse settings that differ from their default and that no trial of the kind looks at."""
    defaults = {field.name: field.default for field in fields(TrainingSettings)}
    ignored = [
        f"{name}={value!r}"
        for name, value in training.items()
        if name not in read and not (name in defaults and value == defaults[name])
    ]
    if ignored:
        trials = {
            "train": "train from scratch",
            "tune": "train on from a supernet's weights",
            "evaluate": "evaluate in a supernet without training",
        }[kind]
        raise InvalidArgument(
            f"wanted settings out of {', '.join(read)} for trials that {trials} in {space.name}, got "
            f"{', '.join(ignored)}; leave out what no trial reads"
            + ("" if kind != "evaluate" else ", or train: trial 'tune' or 'train'")
        )


def reckoned_scale(
    kind: str, dataset: "ImageDataset", space: SearchSpace[Any], settings: TrainingSettings
) -> dict[str, Any]:
    """Number of classes and size at which costs are counted: that of training, or the published one of the space.

    Subnets of a supernet are counted at width 1 and 224 pixels whatever the supernet's own, so that a bound means the
    same in ``propose`` and ``search`` and for every supernet.
    """
    scale: dict[str, Any] = {"num_classes": dataset.num_classes}
    if space.name == "mobilenetv3" and kind != "train":
        return scale
    height, width = (settings.image_size,) * 2 if settings.image_size else dataset.image_size
    return scale | {"image_shape": (3, height, width), "C": settings.channels, "N": settings.cells}
