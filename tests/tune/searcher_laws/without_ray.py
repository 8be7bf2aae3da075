"""What the laws of searchers share: a space, runs without Ray, and a strategy that is watched."""

from pathlib import Path
from typing import Any

from ray.tune.experiment import Trial
from ray.tune.search import Searcher

from nas_plugins.spaces import NASBench201
from nas_plugins.tune import StrategySearcher
from tests.tune.recording_strategy import RecordingStrategy

SPACE = NASBench201()
ITSELF = {"architecture", "predicted_accuracy"}
"""What a searcher adds to a configuration: the architecture, and the score expected of it where one is."""
FIRST, SECOND = str(SPACE[11]), str(SPACE[222])


def suggest(searcher: Searcher, trial_id: str) -> dict[str, Any]:
    """A suggestion that is a configuration."""
    suggestion = searcher.suggest(trial_id)
    assert isinstance(suggestion, dict)
    return suggestion


def run(searcher: Searcher, numbers: range) -> list[dict[str, Any]]:
    """Run trials one after another; their configurations."""
    configurations = []
    for number in numbers:
        configurations.append(suggest(searcher, f"trial{number}"))
        searcher.on_trial_complete(trial_id=f"trial{number}", result={"accuracy": float(number)}, error=False)
    return configurations


def recording(**options: Any) -> tuple[StrategySearcher, list[RecordingStrategy]]:
    """A searcher, and the list in which its strategy will stand once it is built."""
    built: list[RecordingStrategy] = []

    def build(space: Any, seed: int | None) -> RecordingStrategy:
        del seed
        built.append(RecordingStrategy(space, **limits))
        return built[-1]

    limits = {name: options.pop(name) for name in ("limit", "pending") if name in options}
    return StrategySearcher(strategy=build, **options), built


def finished_trial(configuration: dict[str, Any], value: float) -> Trial:
    """A trial of Ray's own that ended well."""
    trial = Trial("no such trainable", config=configuration, stub=True)
    trial.status = Trial.TERMINATED
    trial.run_metadata.last_result = {"accuracy": value, "done": True}
    return trial


def save(searcher: Searcher, folder: Path) -> str:
    """Save under the name Ray gives; the path."""
    path = str(folder / "searcher-state-test.pkl")
    searcher.save(path)
    return path
