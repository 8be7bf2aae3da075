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


@pytest.mark.parametrize("seed", range(3))
def test_a_planted_taste_is_found_through_the_noise_of_tasks(seed: int) -> None:
    """Noise as large as the taste: with 300 records the correlation was above 0.9 with all of 40 seeds tried."""
    prior = ArchitecturePrior.fit_to_records(SPACE, database(20, 15, seed=seed))
    drawn = [SPACE.sample(np.random.default_rng(number)) for number in range(100)]
    assert spearmanr(prior.score(drawn), taste(drawn))[0] > 0.7
    again = ArchitecturePrior(SPACE, prior.coefficients)
    assert again.score(drawn) == pytest.approx(prior.score(drawn))


def test_rankings_tell_as_much_as_records() -> None:
    """The same comparisons, on any scale, give the same prior."""
    data = database(6, 20)
    rankings = tuple(
        Ranking(str(number), (), texts, 1000 * accuracies)
        for number, (texts, accuracies) in enumerate(data.comparable())
    )
    moved = replace(data.only_tasks([]), rankings=rankings)
    drawn = [SPACE.sample(np.random.default_rng(number)) for number in range(20)]
    first, second = (ArchitecturePrior.fit_to_records(SPACE, own).score(drawn) for own in (data, moved))
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
