"""A prior from records alone finds a planted taste, whatever the tasks' levels, and survives a file."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.mobilenetv3.shrinking_settings import ShrinkingSettings
from nas_plugins.strategies.metad2a import SourceDatabase
from nas_plugins.strategies.metad2a.architecture_prior import ArchitecturePrior
from nas_plugins.strategies.metad2a.source_database import Ranking
from nas_plugins.strategies.unit_means_input import UnitMeansInput

SPACE = MobileNetV3()


def database(tasks: int, each: int, *, noise: float = 1.0, seed: int = 0) -> SourceDatabase:
    """Tasks of very different ease, on which expansions in the fourth unit help and depth in the first one hurts."""
    rng = np.random.default_rng(seed)
    phase = ShrinkingSettings().phases[-1]
    subnets = [phase.sample(rng) for _ in range(tasks * each)]
    task = np.repeat(np.arange(tasks), each)
    features = np.zeros((4, 8), dtype=np.float32)
    accuracy = rng.uniform(10, 90, tasks)[task] + taste(subnets) + rng.normal(0, noise, len(subnets))
    return SourceDatabase((features,) * 2, ((0, 1),) * tasks, task, tuple(map(str, subnets)), accuracy)


def taste(subnets):
    rows = UnitMeansInput()(subnets)
    return rows[:, 8] - rows[:, 10]


def drawn(count: int) -> list:
    return [SPACE.sample(np.random.default_rng(number)) for number in range(count)]


def database_of_two_kinds(seed: int = 0) -> SourceDatabase:
    """Photographs and drawings in turn: the taste holds on the former, its opposite on the latter."""
    data = database(40, 15, noise=0.5, seed=seed)
    rng = np.random.default_rng(seed)
    kinds = np.array([[1.0, 0, 0, 2, 0, 0, 0, 0], [-1.0, 0, 0, 2, 0, 0, 0, 0]])
    classes = tuple((rng.normal(0, 0.1, (6, 8)) + kinds[number % 2]).astype(np.float32) for number in range(80))
    opposite = np.where(data.record_task % 2, -2, 0) * taste(list(map(SPACE.parse, data.record_architecture)))
    tasks = tuple((task, task + 40) for task in range(40))
    return replace(data, classes=classes, tasks=tasks, record_accuracy=data.record_accuracy + opposite)


@pytest.mark.parametrize("seed", range(3))
def test_a_planted_taste_is_found_through_the_noise_of_tasks(seed: int) -> None:
    """Noise as large as the taste: with 300 records the correlation was above 0.9 with all of 40 seeds tried."""
    prior = ArchitecturePrior.fit_to_records(SPACE, database(20, 15, seed=seed))
    fresh = drawn(100)
    assert spearmanr(prior.score(fresh), taste(fresh))[0] > 0.7
    again = ArchitecturePrior.from_arrays(SPACE, prior.arrays())
    assert again.score(fresh) == pytest.approx(prior.score(fresh))


@pytest.mark.parametrize("seed", range(3))
def test_each_kind_of_pictures_has_its_own_order(seed: int) -> None:
    """Opposite tastes: for either kind the correlation was beyond 0.8 with all of 12 seeds tried."""
    prior = ArchitecturePrior.fit_to_records(SPACE, database_of_two_kinds(seed))
    fresh, photograph = drawn(100), np.array([1.0, 0, 0, 2, 0, 0, 0, 0])
    drawing = photograph * [-1, 1, 1, 1, 1, 1, 1, 1]
    assert spearmanr(prior.for_dataset(photograph).score(fresh), taste(fresh))[0] > 0.6
    assert spearmanr(prior.for_dataset(drawing).score(fresh), taste(fresh))[0] < -0.6
    assert prior.for_dataset(None) is prior
    again = ArchitecturePrior.from_arrays(SPACE, prior.arrays()).for_dataset(drawing)
    assert again.score(fresh) == pytest.approx(prior.for_dataset(drawing).score(fresh))


def test_pictures_of_one_kind_say_nothing_more() -> None:
    """Without pictures, or where all tasks look the same, one order is learned for all."""
    alike = database(12, 10)
    without = replace(alike, classes=(), tasks=((),) * 12)
    first, second = (ArchitecturePrior.fit_to_records(SPACE, own) for own in (alike, without))
    assert first.axes is None
    assert second.axes is None
    assert first.for_dataset(np.ones(8)) is first
    assert first.score(drawn(20)) == pytest.approx(second.score(drawn(20)))


def test_slopes_that_fit_no_coefficients_are_refused() -> None:
    prior = ArchitecturePrior.fit_to_records(SPACE, database_of_two_kinds())
    assert prior.slopes is not None
    with pytest.raises(InvalidArgument, match="slopes"):
        ArchitecturePrior(SPACE, prior.coefficients, prior.axes, prior.slopes[:, 1:])
    with pytest.raises(InvalidArgument, match="slopes"):
        ArchitecturePrior(SPACE, prior.coefficients, prior.axes)


def test_rankings_tell_as_much_as_records() -> None:
    """The same comparisons, on any scale, give the same prior."""
    data = database(6, 20)
    rankings = tuple(
        Ranking(str(number), (), texts, 1000 * accuracies)
        for number, (texts, accuracies) in enumerate(data.comparable())
    )
    moved = replace(data.only_tasks([]), rankings=rankings)
    first, second = (ArchitecturePrior.fit_to_records(SPACE, own).score(drawn(20)) for own in (data, moved))
    assert second == pytest.approx(first)


def test_too_few_tasks_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="two tasks of two records"):
        ArchitecturePrior.fit_to_records(SPACE, database(1, 5))


def test_rows_say_kernels_expansions_and_depths_of_units() -> None:
    subnet = SPACE.parse("k3e3,k7e6|k5e4,k5e4,k5e4|k7e6,k7e6|k3e3,k3e3,k3e3,k3e3|k3e6,k3e6")
    assert UnitMeansInput()([subnet]).tolist() == [[5, 5, 7, 3, 3, 4.5, 4, 6, 3, 6, 2, 3, 2, 4, 2]]
    assert UnitMeansInput()([]).shape == (0, 15)


def test_coefficients_of_another_version_are_refused() -> None:
    """Fifteen were enough once; they fit no columns of today, and the user is told before anything is ranked."""
    with pytest.raises(InvalidArgument, match="got 15; meta-train anew"):
        ArchitecturePrior(SPACE, np.ones(15))
