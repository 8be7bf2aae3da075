"""A Gaussian process over pairs of dataset and architecture: the accuracy of short trainings, with its uncertainty."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gpytorch
import numpy as np
import torch
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from gpytorch.constraints import Interval
from gpytorch.kernels import Kernel, RBFKernel, ScaleKernel
from gpytorch.likelihoods import FixedNoiseGaussianLikelihood
from numpy.typing import NDArray
from torch import Tensor

from nas_plugins.spaces.errors import InvalidArgument, InvalidState

_CLIP = 2.5  # descriptors further from the mean, in standard deviations, count as so far: beyond, nothing was seen
_COUNTS = 0.3  # weight of operation counts beside single positions


@dataclass(frozen=True, eq=False)
class ContextualData:
    """Trainings as a Gaussian process reads them.

    Args:
        descriptors: Of the dataset of each training, ``(trainings, descriptors)``.
        operations: One-hot operations of each architecture, ``(trainings, positions, operations)``.
        task: Number of the task of each training, ``(trainings,)``.
        accuracy: Percent of the test images, ``(trainings,)``.
        test_images: Images it was measured on, ``(trainings,)``.
    """

    descriptors: NDArray[np.float64]
    operations: NDArray[np.float64]
    task: NDArray[np.int64]
    accuracy: NDArray[np.float64]
    test_images: NDArray[np.int64]

    def select(self, mask: NDArray[np.bool_]) -> "ContextualData":
        """Some of the trainings."""
        return ContextualData(
            self.descriptors[mask], self.operations[mask], self.task[mask], self.accuracy[mask], self.test_images[mask]
        )

    def logits(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Logits of the accuracies, half an image from certainty, and their binomial variances."""
        share = (self.accuracy / 100 * self.test_images + 0.5) / (self.test_images + 1)
        return np.log(share / (1 - share)), 1 / (self.test_images * share * (1 - share))


class ContextualProcess:
    """Logit accuracy as a sum of Gaussian processes: of the dataset, the task, the architecture, and of both together.

    The last, a product of kernels over dataset descriptors and operation counts, is what lets the order of
    architectures change from dataset to dataset (contextual Gaussian processes: Krause and Ong, NIPS 2011). Noise is
    binomial for the test images, and a variance fitted for everything else a training's seed decides.
    Hyperparameters maximise the marginal likelihood.

    Args:
        data: The trainings.
        contextual: With the product; without, the order of architectures is the same for all datasets.
        hyperparameters: What :meth:`hyperparameters` gave for the same kernel; fitted where ``None``.

    Raises:
        InvalidArgument: Trainings of a single task.
        InvalidState: Hyperparameters of another kernel.
    """

    def __init__(
        self,
        data: ContextualData,
        *,
        contextual: bool = True,
        hyperparameters: Mapping[str, float] | None = None,
    ) -> None:
        if len(np.unique(data.task)) < 2:
            raise InvalidArgument("wanted trainings of two tasks or more to fit a contextual process, got fewer")
        self._mean = data.descriptors.mean(0)
        self._spread = data.descriptors.std(0) + 1e-9
        target, variance = data.logits()
        self._centre = float(target.mean())
        x = self._inputs(data.descriptors, data.operations, data.task)
        likelihood = FixedNoiseGaussianLikelihood(torch.from_numpy(variance), learn_additional_noise=True)
        likelihood.second_noise_covar.initialize(noise=0.03)
        positions, operations = data.operations.shape[1:]
        self._model = SingleTaskGP(
            x,
            torch.from_numpy(target - self._centre)[:, None],
            likelihood=likelihood,
            covar_module=_kernel(data.descriptors.shape[1], positions * operations, operations, contextual=contextual),
            outcome_transform=None,
        )
        if hyperparameters is None:
            fit_gpytorch_mll(
                gpytorch.mlls.ExactMarginalLogLikelihood(likelihood, self._model),
                optimizer_kwargs={"options": {"maxiter": 40}},
            )
        else:
            self._load(hyperparameters)
        self._model.eval()

    def hyperparameters(self) -> dict[str, float]:
        """The raw values of the hyperparameters, each one number."""
        return {name: value.item() for name, value in self._model.named_parameters()}

    def _load(self, values: Mapping[str, float]) -> None:
        parameters = dict(self._model.named_parameters())
        if values.keys() != parameters.keys():
            raise InvalidState(f"wanted the hyperparameters {list(parameters)}, got {list(values)}")
        with torch.no_grad():
            for name, value in values.items():
                parameters[name].fill_(float(value))

    def predict(
        self, descriptor: NDArray[np.float64], operations: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Logit accuracy of architectures on a dataset no training of which is known.

        Args:
            descriptor: ``(descriptors,)`` of the dataset.
            operations: One-hot operations ``(architectures, positions, operations)``.

        Returns:
            Means and standard deviations ``(architectures,)``, the noise of a training's seed included, that of a
            finite test set not.
        """
        count = len(operations)
        x = self._inputs(np.tile(descriptor, (count, 1)), operations, np.full(count, -1))
        with torch.no_grad(), gpytorch.settings.fast_pred_var(False):
            posterior = self._model(x)
            seed = float(self._model.likelihood.second_noise)
            return (posterior.mean + self._centre).numpy(), (posterior.variance + seed).sqrt().numpy()

    def _inputs(
        self, descriptors: NDArray[np.float64], operations: NDArray[np.float64], task: NDArray[np.int64]
    ) -> Tensor:
        context = np.clip((descriptors - self._mean) / self._spread, -_CLIP, _CLIP)
        counts = _COUNTS * operations.sum(1)
        return torch.from_numpy(
            np.concatenate([context, operations.reshape(len(operations), -1), counts, task[:, None]], axis=1)
        )


class _SameTask(Kernel):
    """One where the task is the same, zero elsewhere."""

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **params: Any) -> Tensor:
        if diag:
            return torch.ones(x1.shape[:-1], dtype=x1.dtype)
        return (x1 == x2.transpose(-1, -2)).to(x1.dtype)


def _kernel(descriptors: int, cells: int, counts: int, *, contextual: bool) -> Kernel:
    """Over columns of descriptors, one-hot operations, operation counts and the task's number, in this order."""
    context = tuple(range(descriptors))
    cell = tuple(range(descriptors, descriptors + cells + counts))
    kernel = (
        _scaled(_rbf(context, 2.5), 1.0)
        + _scaled(_SameTask(active_dims=(descriptors + cells + counts,)), 0.05)
        + _scaled(_rbf(cell, 3.0), 0.1)
    )
    return kernel + _scaled(_rbf(context, 2.5) * _rbf(cell[cells:], 1.0), 0.1) if contextual else kernel


def _rbf(columns: tuple[int, ...], length: float) -> RBFKernel:
    """A Gaussian kernel whose length scale stays within a factor of three of where it starts."""
    kernel = RBFKernel(active_dims=columns, lengthscale_constraint=Interval(length / 3, length * 3))
    kernel.lengthscale = length
    return kernel


def _scaled(kernel: Kernel, variance: float) -> ScaleKernel:
    scaled = ScaleKernel(kernel)
    scaled.outputscale = variance
    return scaled
