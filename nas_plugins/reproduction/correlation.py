"""How well predictions order records of many tasks, with intervals over tasks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nas_plugins.reproduction.report import Figure
from nas_plugins.strategies.metad2a.pairs_in_order import pairs_in_order

if TYPE_CHECKING:
    from nas_plugins.strategies.metad2a import SourceDatabase

Vector = NDArray[np.float64]

_RESAMPLES = 2000


def correlations(predictions: Sequence[Vector], records: "SourceDatabase", seed: int) -> tuple[Figure, Figure]:
    """Pearson's correlation over all records, and the share of pairs within a task in the right order.

    The first is the paper's figure; it mostly says how well the ease of a task is known. The second is blind to that:
    it asks only for the order of architectures on one dataset, 0.5 is chance. Pairs of equal accuracy do not count.

    Args:
        predictions: One vector ``(records,)`` per run.
        records: The records that were predicted.
        seed: Of the resampling.

    Returns:
        Both as mean over runs; the standard deviation is over runs, the 95 % interval is a percentile bootstrap over
        tasks (Efron, 1979), the same draws of tasks for every run.
    """
    tasks, owner = np.unique(records.record_task, return_inverse=True)
    draws = np.random.default_rng(seed).multinomial(len(tasks), np.full(len(tasks), 1 / len(tasks)), size=_RESAMPLES)
    counts = np.concatenate([np.ones((1, len(tasks))), draws])  # the first row is the sample itself
    pearson = np.stack([_pearson(p, records.record_accuracy, owner, counts) for p in predictions])
    pairs = np.stack([_pairs(p, records.record_accuracy, owner, counts) for p in predictions])
    return _figure(pearson), _figure(pairs)


def _figure(values: Vector) -> Figure:
    """``(runs, 1 + resamples)``: the first column is of the sample itself."""
    low, high = np.nanquantile(values[:, 1:].mean(axis=0), (0.025, 0.975))
    own = values[:, 0]
    return Figure(
        float(own.mean()), float(own.std(ddof=1)) if len(own) > 1 else None, float(low), float(high), len(own)
    )


def _pearson(predicted: Vector, true: Vector, owner: NDArray[np.int64], counts: Vector) -> Vector:
    """The correlation with every task taken as often as each row of ``counts`` says."""
    x, y = predicted - predicted.mean(), true - true.mean()
    moments = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=1)
    of_tasks = np.zeros((counts.shape[1], moments.shape[1]))
    np.add.at(of_tasks, owner, moments)
    n, sx, sy, sxx, syy, sxy = (counts @ of_tasks).T
    covariance = sxy - sx * sy / n
    found: Vector = covariance / np.sqrt((sxx - sx**2 / n) * (syy - sy**2 / n))
    return found


def _pairs(predicted: Vector, true: Vector, owner: NDArray[np.int64], counts: Vector) -> Vector:
    """The share of ordered pairs with every task taken as often as each row of ``counts`` says."""
    right, all_pairs = np.zeros(counts.shape[1]), np.zeros(counts.shape[1])
    for task in range(counts.shape[1]):
        own = np.flatnonzero(owner == task)
        in_order = pairs_in_order(predicted[own], true[own])
        right[task], all_pairs[task] = in_order.sum(), len(in_order)
    total = counts @ all_pairs
    return np.divide(counts @ right, total, out=np.full(len(counts), np.nan), where=total > 0)
