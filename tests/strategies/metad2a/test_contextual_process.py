"""The contextual Gaussian process finds what was planted, and knows what it does not know."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies.metad2a.contextual_process import ContextualData, ContextualProcess

TASKS, CELLS = 24, 10


def planted() -> ContextualData:
    """One descriptor decides whether the first operation helps or harms; half of the tasks each way."""
    rng = np.random.default_rng(0)
    operations = np.eye(3)[rng.integers(0, 3, (TASKS * CELLS, 4))]
    task = np.repeat(np.arange(TASKS), CELLS)
    descriptors = rng.normal(size=(TASKS, 3))
    descriptors[:, 0] = np.where(np.arange(TASKS) % 2, 1.0, -1.0)
    first = operations[:, :, 0].sum(1)
    logits = 0.6 * descriptors[task, 0] * (first - first.mean()) + rng.normal(0, 0.1, len(task))
    tested = np.full(len(task), 2000)
    accuracy = 100 * rng.binomial(tested, 1 / (1 + np.exp(-logits))) / tested
    return ContextualData(descriptors[task], operations, task, accuracy, tested)


@pytest.fixture(scope="module")
def data() -> ContextualData:
    return planted()


def held_out(data: ContextualData, *, contextual: bool) -> tuple[float, float]:
    """Mean rank correlation within four held-out tasks, and how many logits lie within 90 % intervals."""
    process = ContextualProcess(data.select(data.task >= 4), contextual=contextual)
    correlations, inside = [], []
    for task in range(4):
        own = data.select(data.task == task)
        mean, deviation = process.predict(own.descriptors[0], own.operations)
        target, variance = own.logits()
        correlations.append(spearmanr(mean, target)[0])
        inside += list(np.abs(mean - target) <= 1.645 * np.sqrt(deviation**2 + variance))
    return float(np.mean(correlations)), float(np.mean(inside))


def test_it_orders_tasks_it_has_not_seen_where_a_blind_one_cannot(data: ContextualData) -> None:
    """The planted rule has no order that holds for all tasks. Data and fit are fixed, so chance plays no part."""
    contextual, inside = held_out(data, contextual=True)
    blind, _ = held_out(data, contextual=False)

    assert contextual > 0.8
    assert blind < 0.4
    assert inside > 0.75


def test_one_task_is_refused(data: ContextualData) -> None:
    with pytest.raises(InvalidArgument, match="two tasks"):
        ContextualProcess(data.select(data.task == 0))


def test_certain_accuracies_stay_finite(data: ContextualData) -> None:
    """All right or all wrong: half an image from certainty, with the variance to match."""
    certain = ContextualData(
        data.descriptors[:2], data.operations[:2], data.task[:2], np.array([0.0, 100.0]), data.test_images[:2]
    )
    logits, variances = certain.logits()
    assert logits[0] == pytest.approx(-logits[1])
    assert np.isfinite(logits).all()
    assert (variances > 1).all()
