"""A search in one call: what it asks of Ray, and what it says of what came out; no Ray process is started."""

from contextlib import nullcontext
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.tune import SearchOutcome, TrialOutcome, search
from tests.strategies.catalogue import METAD2A_WEIGHTS
from tests.tune.catalogue import noise_dataset

SPACE = NASBench201()


@pytest.fixture
def proposals(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the searches of a test proposed; every trial reports an accuracy of 50."""
    proposed: list[str] = []

    def run(trainable: Any, *, search_alg: Any, num_samples: int, **options: Any) -> SimpleNamespace:
        trials = []
        for number in range(num_samples):
            config = search_alg.suggest(str(number))
            if not isinstance(config, dict):
                break
            search_alg.on_trial_complete(str(number), {"accuracy": 50.0})
            trials.append(SimpleNamespace(config=config, last_result={"accuracy": 50.0, "done": True}, status="DONE"))
            proposed.append(config["architecture"])
        return SimpleNamespace(trials=trials)

    module = import_module("nas_plugins.tune.search")
    monkeypatch.setattr(module.tune, "run", run)
    monkeypatch.setattr(module, "ray_running", lambda address: nullcontext())
    monkeypatch.setattr(module, "concurrency", lambda resources: 1)
    return proposed


@pytest.mark.skipif(not METAD2A_WEIGHTS.is_file(), reason="needs the trained weights")
def test_metad2a_goes_on_where_an_earlier_search_ended(proposals: list[str]) -> None:
    """After thirty earlier results, which are all that it would propose by itself, it has three more, new ones."""
    options = {"dataset": noise_dataset(), "strategy": "metad2a", "seed": 0}
    first = search(**options, trials=30)
    outcome = search(**options, trials=3, previous=[(SPACE.parse(text), 50.0) for text in proposals[:30]])

    assert len(first.trials) == 30
    assert len(outcome.trials) == 3
    assert len(set(proposals)) == 33


def test_no_trial_at_all_is_not_called_a_failure() -> None:
    """Nothing was left to try; where trials ran and failed, that is said."""
    with pytest.raises(InvalidArgument, match="none ran on digits: nothing was left to try"):
        _ = SearchOutcome(SPACE, "digits", ()).best
    failed = TrialOutcome(str(SPACE[0]), float("nan"), 1.0)
    with pytest.raises(InvalidArgument, match="all 1 trials on digits failed"):
        _ = SearchOutcome(SPACE, "digits", (failed,)).best
