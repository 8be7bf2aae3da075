"""What a short training on new pictures will reach, with intervals that held for kinds of pictures left out."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from nas_plugins.spaces.errors import DamagedFile, InvalidArgument, InvalidState
from nas_plugins.spaces.files import load_tensors, save_tensors
from nas_plugins.spaces.nasbench201.cell import EDGES, OPERATIONS, Cell
from nas_plugins.strategies.image_features.extractors import Extract
from nas_plugins.strategies.metad2a.contextual_process import ContextualData, ContextualProcess
from nas_plugins.strategies.metad2a.dataset_descriptor import DESCRIPTORS, describe

_KIND, _VERSION = "accuracy_forecast", 1
_PER_CLASS = 40  # images described of each class
_TEST_IMAGES = 1000  # as many as a task of the records holds out at most

LEVEL = 0.9
"""Share of the accuracies that intervals are made to cover."""


@dataclass(frozen=True)
class Forecast:
    """What a short training is expected to reach.

    Args:
        accuracy: Percent of held-out images.
        low: Lower end of the interval, percent.
        high: Upper end.
    """

    accuracy: float
    low: float
    high: float


class AccuracyForecast:
    """Accuracies of short trainings, forecast from sixteen numbers that describe a dataset, and from the cell.

    A Gaussian process over descriptors and cells predicts the logit of the accuracy. Its own intervals are too narrow
    for datasets of a kind that no record is of, so they are widened by a conformal factor: each dataset on record is
    left out in turn with all its tasks, and the factor is the quantile of the errors in units of the standard
    deviation, every dataset with the same weight.

    Args:
        process: Fitted to the trainings, blind to which cells suit which dataset.
        data: The trainings it was fitted to.
        protocol: How they were trained.
        factor: Half width of the intervals in standard deviations.

    References:
        Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005.
        Dunn, Wasserman and Ramdas, Distribution-Free Prediction Sets for Two-Layer Hierarchical Models, JASA 2023
        (groups with equal weight).
    """

    def __init__(self, process: ContextualProcess, data: ContextualData, protocol: str, factor: float) -> None:
        self.process, self.data, self.protocol, self.factor = process, data, protocol, factor

    @classmethod
    def fit(
        cls,
        data: ContextualData,
        datasets: Sequence[str],
        protocol: str,
        *,
        on_dataset: Callable[[str], object] = lambda _: None,
    ) -> "AccuracyForecast":
        """Fit the process, and its factor by leaving datasets out.

        Args:
            data: The trainings.
            datasets: The name of each training's dataset.
            protocol: How they were trained.
            on_dataset: Called with the name of a dataset before it is left out.

        Raises:
            InvalidArgument: Fewer than three datasets.
        """
        errors = {}
        for name in sorted(set(datasets)):
            on_dataset(name)
            errors[name] = held_out_errors(data, datasets, name)
        factor = conformal_factor(list(errors.values()))
        return cls(ContextualProcess(data, contextual=False), data, protocol, factor)

    def describe(
        self, images_by_class: Sequence[NDArray[np.uint8]], extract: Extract, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """The descriptors ``(16,)`` of a dataset, from a draw of its images.

        Short trainings see a part of a large dataset, so no more images count than any training on record had.
        """
        groups = [images[rng.permutation(len(images))[:_PER_CLASS]] for images in images_by_class]
        features = extract(np.concatenate(groups))
        parts = np.split(features, np.cumsum([len(group) for group in groups])[:-1])
        return self._bounded(describe(groups, parts, sum(map(len, images_by_class)), len(groups)))

    def __call__(
        self, descriptor: NDArray[np.float64], architectures: Sequence[Hashable], *, test_images: int = _TEST_IMAGES
    ) -> list[Forecast]:
        """Forecast short trainings on one dataset.

        Args:
            descriptor: ``(16,)`` of the dataset.
            architectures: NAS-Bench-201 cells.
            test_images: Images the accuracy will be measured on; few of them widen the interval.

        Raises:
            InvalidArgument: No images to test on.
        """
        if test_images < 1:
            raise InvalidArgument(f"wanted at least one image to test on, got {test_images}")
        mean, deviation = self.process.predict(descriptor, one_hot(architectures))
        share = _sigmoid(mean)
        sampling = 1 / (test_images * np.clip(share * (1 - share), 1e-4, None))
        reach = self.factor * np.sqrt(deviation**2 + sampling)
        ends = (mean, mean - reach, mean + reach)
        return [Forecast(*map(float, row)) for row in 100 * np.stack([_sigmoid(end) for end in ends], axis=1)]

    def _bounded(self, descriptor: NDArray[np.float64]) -> NDArray[np.float64]:
        column = DESCRIPTORS.index("log_images")
        descriptor[column] = min(descriptor[column], self.data.descriptors[:, column].max())
        return descriptor

    # --- files ------------------------------------------------------------------------------------------------------

    @staticmethod
    def path_beside(weights: str | Path) -> Path:
        """Where the forecast of a weights file stands: ``name-forecast.safetensors`` beside ``name.safetensors``."""
        weights = Path(weights)
        return weights.with_name(f"{weights.stem}-forecast{weights.suffix}")

    def save(self, path: str | Path) -> Path:
        """Write the trainings' descriptors and accuracies, the hyperparameters and the factor as safetensors."""
        data = self.data
        tensors = {
            "descriptors": torch.from_numpy(data.descriptors),
            "operations": torch.from_numpy(data.operations.argmax(2).astype(np.uint8)),
            "task": torch.from_numpy(data.task),
            "accuracy": torch.from_numpy(data.accuracy),
            "test_images": torch.from_numpy(data.test_images),
        }
        about: dict[str, Any] = {
            "hyperparameters": self.process.hyperparameters(),
            "protocol": self.protocol,
            "factor": self.factor,
        }
        return save_tensors(path, tensors, kind=_KIND, version=_VERSION, about=about)

    @classmethod
    def load(cls, path: str | Path) -> "AccuracyForecast":
        """Read a file that :meth:`save` wrote; nothing is fitted anew.

        Raises:
            DamagedFile: No such file, or not a forecast.
        """
        tensors, about = load_tensors(path, kind=_KIND, version=_VERSION)
        try:
            columns = {name: tensor.numpy() for name, tensor in tensors.items()}
            operations = np.eye(len(OPERATIONS))[columns.pop("operations")]
            data = ContextualData(operations=operations, **columns)
            process = ContextualProcess(data, contextual=False, hyperparameters=about["hyperparameters"])
            return cls(process, data, str(about["protocol"]), float(about["factor"]))
        except (InvalidArgument, InvalidState, KeyError, TypeError, ValueError, IndexError, RuntimeError) as error:
            raise DamagedFile(f"wanted a forecast in {path}, found contents that do not fit ({error})") from error


def one_hot(architectures: Sequence[Hashable]) -> NDArray[np.float64]:
    """Live operations of NAS-Bench-201 cells, ``(architectures, 6, 5)``.

    Raises:
        InvalidArgument: Something else than a cell.
    """
    rows = np.zeros((len(architectures), len(EDGES), len(OPERATIONS)))
    for row, architecture in zip(rows, architectures, strict=True):
        if not isinstance(architecture, Cell):
            raise InvalidArgument(f"wanted cells of NAS-Bench-201, got {architecture!r}")
        row[np.arange(len(EDGES)), [OPERATIONS.index(operation) for operation in architecture.live_operations()]] = 1
    return rows


def held_out_errors(data: ContextualData, datasets: Sequence[str], name: str) -> NDArray[np.float64]:
    """Errors on one dataset of a process fitted to the others, in standard deviations, those of test sets included."""
    own = np.array([dataset == name for dataset in datasets])
    process = ContextualProcess(data.select(~own), contextual=False)
    errors = []
    for task in np.unique(data.task[own]):
        part = data.select(data.task == task)
        mean, deviation = process.predict(part.descriptors[0], part.operations)
        target, variance = part.logits()
        errors.append((target - mean) / np.sqrt(deviation**2 + variance))
    return np.concatenate(errors)


def conformal_factor(errors: Sequence[NDArray[np.float64]], level: float = LEVEL) -> float:
    """The quantile of absolute errors, every dataset with the same weight.

    Args:
        errors: Standardised errors of each dataset.
        level: Share to be covered, above 0 and below 1.

    Raises:
        InvalidArgument: Fewer than two datasets.
    """
    if len(errors) < 2:
        raise InvalidArgument(f"wanted errors of two datasets or more, got {len(errors)}")
    values = np.abs(np.concatenate(list(errors)))
    weights = np.concatenate([np.full(len(part), 1 / (len(errors) * len(part))) for part in errors])
    order = values.argsort()
    position = min(int(np.searchsorted(weights[order].cumsum(), level)), len(values) - 1)
    return float(values[order][position])


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = 1 / (1 + np.exp(-values))
    return result
