"""What NNI runs: trials that train, look up or evaluate in a supernet, and a frame for trials of one's own.

A trial script is two lines::

    from nas_plugins.nni import training_trial
    training_trial("digits", epochs=8)
"""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import nni

from nas_plugins.evaluation.trial_config import ARCHITECTURE, LATENT, PREDICTION, architecture_from_config
from nas_plugins.nni.metric import failure, final_result
from nas_plugins.spaces import get_space
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset
    from nas_plugins.evaluation import Benchmark
    from nas_plugins.spaces.mobilenetv3.supernet import Supernet


class Trial:
    """One trial of NNI: its architecture, its other parameters, and its reports, which name the architecture.

    As in::

        with Trial("nasbench201") as trial:
            network = trial.space.network(trial.architecture, num_classes=10)
            trial.final(accuracy)

    An exception within the ``with`` block is reported to the tuner as the failure of this architecture, and goes on.
    Parameters of any tuner are understood in the forms of :func:`nas_plugins.evaluation.trial_config.
    architecture_from_config`; failures are reported only to ours, because NNI's own tuners break down on them.

    Args:
        space: Search space, or its name.
    """

    def __init__(self, space: str | SearchSpace[Any] = "nasbench201") -> None:
        self.space: SearchSpace[Any] = get_space(space)
        self.parameters: dict[str, Any] = {}
        self.architecture: Any = None
        self._reported = False

    def __enter__(self) -> "Trial":
        """Take the parameters.

        Raises:
            InvalidArchitecture: They hold no architecture of the space.
        """
        self.parameters = dict(nni.get_next_parameter() or {})
        self.architecture = architecture_from_config(self.parameters, self.space)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Report a failure, unless the final result is out."""
        if error is not None and not self._reported and ARCHITECTURE in self.parameters:
            nni.report_final_result(failure(self.architecture, error, hyperparameters=self._others()))

    def intermediate(self, value: float) -> None:
        """Report the metric so far, for NNI's curves and assessors."""
        nni.report_intermediate_result(value)

    def final(self, value: float, **others: Any) -> None:
        """Report the metric of the whole trial, the architecture and the other parameters it is the result of.

        Args:
            value: What the tuner learns from.
            **others: Further plain values to show.
        """
        nni.report_final_result(final_result(self.architecture, value, hyperparameters=self._others(), **others))
        self._reported = True

    def _others(self) -> dict[str, Any]:
        """The parameters that are no form of the architecture."""
        known = (ARCHITECTURE, LATENT, PREDICTION, *self.space.choices())
        return {name: value for name, value in self.parameters.items() if name not in known}

    def check_entries(self, also: tuple[str, ...]) -> None:
        """Refuse parameters nobody reads: a misspelt setting would silently train with the default.

        Raises:
            InvalidArgument: The message lists what is read.
        """
        known = (ARCHITECTURE, LATENT, PREDICTION, *self.space.choices(), *also)
        unknown = [name for name in self.parameters if name not in known]
        if unknown:
            raise InvalidArgument(f"wanted parameters of a trial out of {', '.join(known)}, got {', '.join(unknown)}")


def table_trial(table: "str | Benchmark[Any]" = "nasbench201/cifar10") -> float:
    """Run one trial that looks the architecture up in a table of recorded trainings.

    Args:
        table: Name of a built-in table, or a :class:`nas_plugins.evaluation.Benchmark`.

    Returns:
        The accuracy in percent that was reported; ``seconds`` of the recorded training are reported beside it.
    """
    from nas_plugins.evaluation import load_benchmark

    benchmark = load_benchmark(table) if isinstance(table, str) else table
    with Trial(benchmark.space) as trial:
        trial.check_entries(())
        accuracy, seconds = benchmark.score(trial.architecture), benchmark.seconds(trial.architecture)
        trial.final(accuracy, **({} if seconds is None else {"seconds": seconds}))
    return accuracy


def training_trial(
    dataset: "str | Path | ImageDataset", *, space: str | SearchSpace[Any] = "nasbench201", **settings: Any
) -> float:
    """Run one trial that trains the architecture from scratch and reports its accuracy after every epoch.

    Args:
        dataset: Name or path of a dataset, or the dataset itself. NNI starts trials in a copy of their folder: let
            paths be absolute. Pictures of a folder are read in the size they are trained at, at 32x32 where no
            ``image_size`` is set.
        space: Search space, or its name.
        **settings: Fields of :class:`nas_plugins.evaluation.training.TrainingSettings`; parameters of those names, from
            the search space file, override them.

    Returns:
        The accuracy in percent of the held-out images that was reported; nan where the loss was no number any more.
    """
    from nas_plugins.evaluation.training import Training, TrainingSettings

    names = TrainingSettings.names()
    _check_settings(settings, names)
    with Trial(space) as trial:
        trial.check_entries(names)
        wanted = TrainingSettings.from_config(settings | trial.parameters)
        images = _images(dataset, wanted.image_size)
        training = Training(trial.architecture, trial.space, images, wanted)
        while not training.finished:
            result = training.epoch()
            if not training.diverged:
                trial.intermediate(result["accuracy"])
        trial.final(result["accuracy"], train_loss=result["train_loss"], epoch=result["epoch"])
    return result["accuracy"]


def supernet_trial(
    dataset: "str | Path | ImageDataset", supernet: "str | Path | Supernet" = "mobilenetv3", **settings: Any
) -> float:
    """Run one trial that evaluates the architecture in a supernet: no training, seconds.

    NNI runs each trial in a process of its own, which reads weights and images anew; of a few seconds, that is about
    half. Ray's ``evaluate_supernet`` reads them once for many trials.

    Args:
        dataset: Name or path of a dataset, or the dataset itself; let paths be absolute. Pictures of a folder are read
            in the size they are evaluated at.
        supernet: A file of weights, ``"mobilenetv3"`` for those that ship, or the supernet itself.
        **settings: Fields of :class:`nas_plugins.evaluation.supernet_settings.SupernetSettings`; parameters of those
            names, from the search space file, override them.

    Returns:
        The accuracy in percent that was reported; multiply-adds, parameters, milliseconds and seconds are reported
        beside it.
    """
    from nas_plugins.evaluation.supernet_evaluation import SupernetEvaluation
    from nas_plugins.evaluation.supernet_settings import SupernetSettings
    from nas_plugins.spaces.mobilenetv3.checkpoint import find_supernet

    names = SupernetSettings.names()
    _check_settings(settings, names)
    with Trial("mobilenetv3") as trial:
        trial.check_entries(names)
        wanted = SupernetSettings.from_config(settings | trial.parameters)
        weights = find_supernet(supernet) if isinstance(supernet, str | Path) else supernet
        images = _images(dataset, wanted.image_size or weights.image_size)
        result = SupernetEvaluation(weights, images, wanted).evaluate(trial.architecture)
        accuracy = result.pop("accuracy")
        trial.final(accuracy, **result)
    return accuracy


def _check_settings(settings: Mapping[str, Any], names: tuple[str, ...]) -> None:
    unknown = [name for name in settings if name not in names]
    if unknown:
        raise InvalidArgument(f"wanted settings out of {', '.join(names)}, got {', '.join(unknown)}")


def _images(dataset: "str | Path | ImageDataset", image_size: int | None) -> "ImageDataset":
    """The dataset itself, or that of a name or path, pictures of a folder read in the size they are needed in."""
    from nas_plugins.datasets import load_dataset

    return load_dataset(dataset, folder_size=image_size) if isinstance(dataset, str | Path) else dataset
