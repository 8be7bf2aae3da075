"""Which of some candidates to try next for the best trade-offs, by expected hypervolume improvement; imports torch."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from botorch.acquisition.multi_objective import logei
from botorch.acquisition.multi_objective.logei import qLogExpectedHypervolumeImprovement
from botorch.models.deterministic import GenericDeterministicModel
from botorch.models.model import Model, ModelList
from botorch.posteriors import Posterior
from botorch.sampling.index_sampler import IndexSampler
from botorch.sampling.list_sampler import ListSampler
from botorch.sampling.normal import SobolQMCNormalSampler
from botorch.utils.multi_objective.box_decompositions.non_dominated import FastNondominatedPartitioning
from torch import Tensor

_CHUNK = 4096  # candidates at a time, for the memory
_OPTIMISM = 2.0  # standard deviations above the mean


class _Leading(Model):
    """A model of one outcome that does not look at the last columns of its rows."""

    def __init__(self, model: Model, ignored: int) -> None:
        super().__init__()
        self.model, self.ignored = model, ignored

    @property
    def num_outputs(self) -> int:
        """One."""
        return 1

    def posterior(self, X: Tensor, *args: Any, **kwargs: Any) -> Posterior:
        """The posterior at rows ``(..., q, d + ignored)``."""
        return self.model.posterior(X[..., : X.shape[-1] - self.ignored], *args, **kwargs)


@torch.no_grad()
def most_valuable(
    models: Sequence[Model],
    told: Tensor,
    candidates: tuple[Tensor, Tensor],
    pending: tuple[Tensor, Tensor],
    *,
    reference: Tensor,
    seed: int,
    screened: int = 256,
    samples: int = 64,
) -> int:
    """The position of the candidate expected to add the most hypervolume to what was told; of equal ones, the first.

    Everything is maximised. Costs are known: they enter the acquisition as they are, only the outcomes are uncertain.
    Where there are many candidates, the expectation is computed for those that would add the most if each outcome were
    two standard deviations above its mean. Pending trials are taken to have the outcomes the models expect of them.

    Args:
        models: One of each outcome.
        told: Outcomes and costs of finished trials, ``(n, outcomes + costs)``.
        candidates: Rows ``(c, d)`` for the models, and costs ``(c, costs)``.
        pending: The same of trials without outcomes.
        reference: A point ``(outcomes + costs,)`` that hypervolume is counted from.
        seed: Of the samples.
        screened: Candidates whose expectation is computed.
        samples: Quasi-random samples of the outcomes.

    References:
        Daulton, Balandat and Bakshy, Differentiable Expected Hypervolume Improvement for Parallel Multi-Objective
        Bayesian Optimization, NeurIPS 2020. Ament et al., Unexpected Improvements to Expected Improvement, NeurIPS
        2023 (its logarithm).
    """
    if len(pending[0]):
        expected = [model.posterior(pending[0].unsqueeze(-2)).mean.reshape(-1, 1) for model in models]
        models = [
            model.condition_on_observations(pending[0], mean) for model, mean in zip(models, expected, strict=True)
        ]
        told = torch.cat([told, torch.cat([*expected, pending[1]], dim=-1)])
    partitioning = FastNondominatedPartitioning(reference, told)
    rows, costs = candidates
    if len(rows) > screened:
        optimistic = torch.cat([*(_optimistic(model, rows) for model in models), costs], dim=-1)
        gain = torch.cat([_gains(partitioning, chunk) for chunk in optimistic.split(_CHUNK)])
        kept = gain.argsort(descending=True, stable=True)[:screened].sort().values
    else:
        kept = torch.arange(len(rows))
    count = costs.shape[-1]
    known = [_column(index - count) for index in range(count)]
    model = ModelList(*(_Leading(model, count) for model in models), *known)
    shape = torch.Size([samples])
    uncertain = [SobolQMCNormalSampler(shape, seed=seed + index) for index in range(len(models))]
    sampler = ListSampler(*uncertain, *(IndexSampler(shape, seed=seed) for _ in known))
    with warnings.catch_warnings(), _nothing_compiled():
        warnings.simplefilter("ignore")  # of samples that a deterministic model has no use for
        acquisition = qLogExpectedHypervolumeImprovement(model, reference, partitioning, sampler)
        rows = torch.cat([rows, costs], dim=-1)[kept].unsqueeze(-2)
        values = torch.cat([acquisition(chunk) for chunk in rows.split(_CHUNK)])
    return int(kept[torch.nan_to_num(values, nan=-torch.inf).argmax()])


@contextmanager
def _nothing_compiled() -> Iterator[None]:
    """Keep BoTorch to its Python here.

    Since 0.18 it compiles a kernel of its own the first time: a minute of a core without a word, anew for every
    environment, behind a lock that waits for ever if a process was stopped while compiling. It saves a fifteenth of a
    second a query, and what is proposed would hang on whether a machine has a compiler.
    """
    names = {"_C": None, "_load_attempted": True}
    before = {name: getattr(logei, name) for name in names if hasattr(logei, name)}
    for name in before:
        setattr(logei, name, names[name])
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(logei, name, value)


def _column(index: int) -> GenericDeterministicModel:
    return GenericDeterministicModel(lambda X: X[..., index].unsqueeze(-1))


def _optimistic(model: Model, rows: Tensor) -> Tensor:
    posteriors = [model.posterior(chunk.unsqueeze(-2)) for chunk in rows.split(_CHUNK)]
    return torch.cat([p.mean.reshape(-1, 1) + _OPTIMISM * p.variance.reshape(-1, 1).sqrt() for p in posteriors])


def _gains(partitioning: FastNondominatedPartitioning, points: Tensor) -> Tensor:
    """How much hypervolume each point ``(c, objectives)`` would add."""
    lower, upper = partitioning.hypercell_bounds
    return (torch.minimum(points.unsqueeze(-2), upper) - lower).clamp_min(0).prod(-1).sum(-1)
