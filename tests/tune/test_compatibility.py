"""Searchers beside Ray's schedulers and wrappers, in real runs on recorded learning curves and a simulated clock."""

import math
from pathlib import Path
from typing import Any

import pytest
from ray import tune
from ray.tune.schedulers import ASHAScheduler, MedianStoppingRule
from ray.tune.search import ConcurrencyLimiter, Repeater, Searcher

from nas_plugins.strategies.strategy import Strategy
from nas_plugins.strategy_factory import strategy_factory
from nas_plugins.tune import SimulatedBudget, StrategySearcher, simulated_trial
from tests.tune.curves import SPACE, curve_table

pytestmark = [pytest.mark.xdist_group("ray"), pytest.mark.usefixtures("two_cpus")]


class Overheard:
    """Builds a searcher of a named strategy that knows a dozen scores already, and writes down what it is told."""

    def __init__(self, name: str) -> None:
        self.told: list[tuple[Any, float]] = []
        known = range(0, 15_000, 1_250)
        self.searcher = StrategySearcher(
            strategy=self._listen(name),
            points_to_evaluate=[{"architecture": str(SPACE[i])} for i in known],
            evaluated_rewards=[float(50 + i % 50) for i in known],
            seed=1,
        )
        self.known = len(known)

    def _listen(self, name: str) -> Any:
        def build(space: Any, seed: int | None) -> Strategy[Any]:
            strategy = strategy_factory(name)(space, seed)
            tell = strategy.tell

            def listening(architecture: Any, score: float) -> None:
                self.told.append((architecture, score))
                tell(architecture, score)

            strategy.tell = listening  # type: ignore[method-assign]  # the test listens in
            return strategy

        return build

    @property
    def news(self) -> dict[Any, float]:
        """Scores of trials, each told once."""
        new = self.told[self.known :]
        assert len(dict(new)) == len(new)
        return dict(new)


def run(tmp_path: Path, searcher: Searcher | None, trainable: Any = None, **options: Any) -> tune.ExperimentAnalysis:
    """``tune.run`` on the table of curves."""
    defaults = {
        "config": {"seed": 0} if trainable else {"dataset": "curves"},
        "metric": "accuracy",
        "mode": "max",
        "num_samples": 8,
        "reuse_actors": True,
        "storage_path": str(tmp_path),
        "verbose": 0,
    }
    return tune.run(trainable or simulated_trial(curve_table()), search_alg=searcher, **(defaults | options))


def height(text: str) -> int:
    """What a cell reaches after its eight epochs."""
    return 50 + SPACE.index(SPACE.parse(text)) % 50


@pytest.mark.parametrize(
    ("name", "scheduler"),
    [
        ("bayesian", ASHAScheduler(time_attr="epoch", max_t=8, grace_period=1, reduction_factor=2)),
        ("dngo", ASHAScheduler(time_attr="time_total_s", max_t=800, grace_period=100, reduction_factor=2)),
        (
            "regularized_evolution",
            MedianStoppingRule(time_attr="time_total_s", grace_period=150, min_samples_required=2),
        ),
    ],
    ids=["asha", "asha-seconds", "median"],
)
def test_schedulers_stop_by_the_recorded_times(name: str, scheduler: Any, tmp_path: Path) -> None:
    """Some trials end early, some do not; every one is told once, with the last accuracy it reported."""
    overheard = Overheard(name)
    analysis = run(tmp_path, overheard.searcher, scheduler=scheduler)
    last = {SPACE.parse(trial.config["architecture"]): trial.last_result for trial in analysis.trials}

    assert [trial.status for trial in analysis.trials] == ["TERMINATED"] * 8
    assert {result["epoch"] for result in last.values()} > {8}
    assert overheard.news == {cell: result["accuracy"] for cell, result in last.items()}
    for cell, result in last.items():
        assert result["time_total_s"] == result["epoch"] * (100 + SPACE.index(cell) % 7)


def test_repeater_in_a_run(tmp_path: Path) -> None:
    """Each architecture runs three times, and the strategy is told the mean once."""
    overheard = Overheard("bayesian")

    def train(config: dict[str, Any]) -> dict[str, float]:
        return {"accuracy": height(config["architecture"]) + config["__trial_index__"] - 1}

    analysis = run(tmp_path, Repeater(overheard.searcher, repeat=3), train, num_samples=9)
    texts = [trial.config["architecture"] for trial in analysis.trials]

    assert sorted(map(texts.count, set(texts))) == [3, 3, 3]
    assert {str(cell): score for cell, score in overheard.news.items()} == {text: height(text) for text in texts}


def test_concurrency_limiter_in_a_run(tmp_path: Path) -> None:
    """One at a time: the architectures of a plain loop of ask and tell, in order."""
    overheard, alone = Overheard("bayesian"), Overheard("bayesian")
    analysis = run(tmp_path, ConcurrencyLimiter(overheard.searcher, max_concurrent=1), num_samples=5)
    alone.searcher.set_search_properties("accuracy", "max", {})
    expected = []
    for number in range(5):
        config = alone.searcher.suggest(str(number))
        assert isinstance(config, dict)
        expected.append(config["architecture"])
        alone.searcher.on_trial_complete(str(number), {"accuracy": float(height(expected[-1]))})

    assert [trial.config["architecture"] for trial in analysis.trials] == expected


def test_one_metric_of_several_is_optimised(tmp_path: Path) -> None:
    """Trials report accuracy, error and a text; "min" of a nested metric is what the strategy hears, negated."""
    overheard = Overheard("local_search")

    def train(config: dict[str, Any]) -> dict[str, Any]:
        error = 100.0 - height(config["architecture"])
        return {"accuracy": 100 - error, "test": {"error": error, "note": "fine"}, "latency": 3, "nothing": None}

    analysis = run(tmp_path, overheard.searcher, train, metric="test/error", mode="min", num_samples=4)

    assert analysis.best_result["test"]["error"] == min(100 - height(t.config["architecture"]) for t in analysis.trials)
    assert {str(cell): score for cell, score in overheard.news.items()} == {
        t.config["architecture"]: height(t.config["architecture"]) - 100.0 for t in analysis.trials
    }


def test_a_missing_metric_of_one_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Ray is told not to insist, a trial that forgot the metric is told as failed and the search goes on."""
    monkeypatch.setenv("TUNE_DISABLE_STRICT_METRIC_CHECKING", "1")
    overheard = Overheard("regularized_evolution")

    def train(config: dict[str, Any]) -> dict[str, Any]:
        value = height(config["architecture"])
        return {"loss": 1.0} if value % 2 else {"accuracy": value}

    analysis = run(tmp_path, overheard.searcher, train, num_samples=6)
    odd = {t.config["architecture"] for t in analysis.trials if height(t.config["architecture"]) % 2}

    assert odd
    assert {str(cell) for cell, score in overheard.news.items() if math.isnan(score)} == odd
    assert len(overheard.news) == 6


def test_a_budget_of_simulated_seconds_ends_the_experiment(tmp_path: Path) -> None:
    """One worker, 3,000 simulated seconds: four trainings of about 800 seconds, the last of which crosses the line."""
    budget = SimulatedBudget(3_000)
    analysis = run(tmp_path, Overheard("bayesian").searcher, stop=budget, num_samples=50, max_concurrent_trials=1)
    reported = [trial.last_result["time_total_s"] for trial in analysis.trials if trial.last_result]

    assert sum(reported) >= 3_000
    assert sum(reported[:-1]) < 3_000
    assert len(reported) == 4
