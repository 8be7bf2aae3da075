"""Optuna's own test suite for samplers, and what a sampler of architectures must do besides."""

import math
import warnings
from collections.abc import Callable
from typing import Any

import optuna
import pytest
from optuna.testing import pytest_samplers
from optuna.trial import TrialState

from nas_plugins.evaluation import load_benchmark
from nas_plugins.optuna import StrategySampler, suggest_architecture
from nas_plugins.spaces import ListedSpace, NASBench201
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies import RandomSearch
from tests.catalogue_fixture import catalogue_fixture
from tests.strategies.catalogue import CATALOGUE, Entry
from tests.tune.recording_strategy import RecordingStrategy

SPACE = NASBench201()
TABLE = load_benchmark("nasbench201/cifar10")
optuna.logging.set_verbosity(optuna.logging.WARNING)


@pytest.mark.parametrize("strategy", ["random", "local_search", "regularized_evolution"], scope="class")
class TestBasicsOfOptuna(pytest_samplers.BasicSamplerTestCase):
    """Optuna's suite, unmodified."""

    @pytest.fixture
    def sampler(self, strategy: str) -> Callable[[], optuna.samplers.BaseSampler]:
        return lambda: StrategySampler(strategy, seed=0)


def objective(trial: optuna.Trial) -> float:
    return TABLE.score(suggest_architecture(trial))


def recording(**limits: int) -> tuple[StrategySampler, list[RecordingStrategy]]:
    built: list[RecordingStrategy] = []

    def build(space: Any, seed: int | None) -> RecordingStrategy:
        del seed
        built.append(RecordingStrategy(space, **limits))
        return built[-1]

    return StrategySampler(build), built


entry = catalogue_fixture(CATALOGUE)
"""One strategy of the catalogue."""


def test_trials_are_what_the_strategy_proposes(entry: Entry) -> None:
    """A study goes the very way of the strategy alone, told the same scores."""
    study = optuna.create_study(direction="maximize", sampler=StrategySampler(lambda s, seed: entry.build(s, 4)))
    study.optimize(objective, n_trials=8)
    alone = entry.build(SPACE, 4)
    for trial in study.trials:
        cell = alone.ask()
        assert dict(trial.params) == SPACE.to_choices(cell)
        alone.tell(cell, TABLE.score(cell))


@pytest.mark.parametrize(("direction", "sign"), [("maximize", 1), ("minimize", -1)])
def test_strategies_maximise(direction: str, sign: int) -> None:
    sampler, built = recording()
    study = optuna.create_study(direction=direction, sampler=sampler)
    study.optimize(objective, n_trials=3)

    assert built[0].told == [(SPACE[n], sign * TABLE.score(SPACE[n])) for n in range(2)]


def test_whatever_is_in_the_study_is_learned_once() -> None:
    """Trials before a restart, added ones, failed and pruned ones; those without an architecture are passed over."""
    study = optuna.create_study(direction="maximize")
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    distributions = {name: optuna.distributions.CategoricalDistribution(o) for name, o in SPACE.choices().items()}
    cells = [SPACE[number] for number in (70, 80, 90)]
    for cell, state, value in zip(
        cells, (TrialState.COMPLETE, TrialState.FAIL, TrialState.PRUNED), (5.0, None, None), strict=True
    ):
        study.add_trial(
            optuna.create_trial(
                state=state,
                value=value,
                params=SPACE.to_choices(cell),
                distributions=distributions,
                intermediate_values={0: 1.0, 3: 2.0} if state == TrialState.PRUNED else None,
            )
        )
    study.sampler, built = recording()
    study.optimize(objective, n_trials=2)

    assert built[0].told[0] == (cells[0], 5.0)
    assert built[0].told[1][0] == cells[1]
    assert math.isnan(built[0].told[1][1])
    assert built[0].told[2:] == [(cells[2], 2.0), (SPACE[0], TABLE.score(SPACE[0]))]


def test_a_restarted_study_goes_on() -> None:
    """A new sampler on an old study knows its trials: nothing is proposed again."""
    study = optuna.create_study(direction="maximize", sampler=StrategySampler("local_search", seed=1))
    study.optimize(objective, n_trials=6)
    study.sampler = StrategySampler("local_search", seed=1)
    study.optimize(objective, n_trials=6)

    assert len({str(trial.params) for trial in study.trials}) == 12


def test_threads_share_the_strategy() -> None:
    """Four at once: no architecture twice."""
    study = optuna.create_study(direction="maximize", sampler=StrategySampler("random", seed=1))
    study.optimize(objective, n_trials=24, n_jobs=4)

    assert len({str(trial.params) for trial in study.trials}) == 24


def test_an_exhausted_strategy_stops_the_study() -> None:
    """After one random trial more, with a warning; by ask and tell alike."""
    sampler, built = recording(limit=3)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    with pytest.warns(UserWarning, match="the study stops"):
        study.optimize(objective, n_trials=20)
    assert len(study.trials) == 4
    with pytest.warns(UserWarning, match="the study stops"):
        assert SPACE.contains(suggest_architecture(study.ask()))
    assert len(built[0].asked) == 3


@pytest.mark.parametrize("limits", [{"limit": 2}, {"pending": 1}])
def test_a_random_trial_keeps_to_the_space(limits: dict[str, int]) -> None:
    """Of a list of five cells too, where choices drawn one by one would hardly ever name one."""
    listed = ListedSpace(SPACE, [SPACE[index] for index in (3, 500, 4_000, 9_999, 15_000)])
    sampler = StrategySampler(lambda space, seed: RecordingStrategy(space, **limits), space=listed, seed=0)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cells = [suggest_architecture(study.ask(), listed) for _ in range(4)]
    assert all(map(listed.contains, cells))


def test_a_strategy_that_waits_gives_way_to_chance() -> None:
    """Optuna cannot wait: the trial is random, and is learned from."""
    sampler, built = recording(pending=1)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    first, second = study.ask(), study.ask()
    cells = [suggest_architecture(trial) for trial in (first, second)]
    for trial, cell in zip((first, second), cells, strict=True):
        study.tell(trial, TABLE.score(cell))
    suggest_architecture(study.ask())

    assert [cell for cell, _ in built[0].told] == cells


def test_other_parameters_are_sampled_beside() -> None:
    study = optuna.create_study(direction="maximize", sampler=StrategySampler("random", seed=1))
    trial = study.ask()
    assert SPACE.contains(suggest_architecture(trial))
    assert 1e-4 <= trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True) <= 1e-1


def test_misuse_is_refused() -> None:
    """A second study, several objectives, unknown names: one clear line."""
    sampler = StrategySampler("random", seed=1)
    suggest_architecture(optuna.create_study(sampler=sampler).ask())
    with pytest.raises(InvalidArgument, match="one study per sampler"):
        suggest_architecture(optuna.create_study(sampler=sampler).ask())
    trial = optuna.create_study(directions=["minimize", "maximize"], sampler=StrategySampler("random")).ask()
    with pytest.raises(ValueError, match="multi-objective"):
        suggest_architecture(trial)
    with pytest.raises(InvalidArgument, match="wanted a strategy out of"):
        StrategySampler("annealing")
    with pytest.raises(InvalidArgument, match="wanted a search space out of"):
        StrategySampler("random", "nasbench2001")
    with pytest.raises(InvalidArgument, match="let the function load it"):
        StrategySampler(lambda space, seed: RandomSearch(space, seed=seed), dataset="digits")


def test_trials_outside_the_bounds_are_passed_over() -> None:
    """A study that another sampler began in the whole space goes on within a list, learning from what is on it."""
    cells = [SPACE[index] for index in (3, 500, 4_000, 9_999, 15_000)]
    listed = ListedSpace(SPACE, cells[:4])
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))
    for cell in (cells[4], cells[0]):
        study.enqueue_trial(SPACE.to_choices(cell))
    study.optimize(objective, n_trials=2)
    built: list[RecordingStrategy] = []
    study.sampler = StrategySampler(lambda space, seed: built.append(RecordingStrategy(space)) or built[-1], listed)
    proposed = suggest_architecture(study.ask(), listed)

    assert proposed in cells[:4]
    assert [cell for cell, _ in built[0].told] == [cells[0]]
