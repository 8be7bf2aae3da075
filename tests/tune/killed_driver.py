"""The driver that ``test_survival.py`` kills: one experiment, started or restored, in a process of its own.

python killed_driver.py ADDRESS FOLDER TRIALS CONCURRENT
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ["TUNE_GLOBAL_CHECKPOINT_S"] = "0"  # save after every event, so that no result waits to be saved

import ray
from ray import tune

from nas_plugins.strategies import RegularizedEvolution
from nas_plugins.tune import StrategySearcher, restore, whole_files


def height(text: str) -> float:
    """A score that depends on the architecture alone."""
    return float(sum((17 * position + ord(letter)) % 11 for position, letter in enumerate(text)))


def train(config: dict[str, Any]) -> dict[str, float]:
    """Leave a mark that this architecture was trained, and report."""
    time.sleep(0.05)
    with (Path(config["marks"]) / "trained").open("a") as file:
        file.write(config["architecture"] + "\n")
    return {"accuracy": height(config["architecture"])}


def searcher() -> StrategySearcher:
    """Learns from the fifth result on."""
    return StrategySearcher(
        strategy=lambda space, seed: RegularizedEvolution(space, population=5, sample=2, seed=seed), seed=3
    )


class Mark(tune.Callback):
    """Writes down every result that the driver has got."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """One line."""
        with self._path.open("a") as file:
            file.write(f"{trial.trial_id} {trial.config['architecture']} {trial.last_result['accuracy']}\n")


def main() -> None:
    """Start or restore, and run to the end."""
    address, folder, trials, concurrent = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    ray.init(address=address, log_to_driver=False, configure_logging=False)
    experiment = folder / "experiment"
    if tune.Tuner.can_restore(str(experiment)):
        tuner = restore(experiment, train, resume_errored=True, param_space={"marks": str(folder)})
    else:
        tuner = tune.Tuner(
            train,
            param_space={"marks": str(folder)},
            tune_config=tune.TuneConfig(
                metric="accuracy",
                mode="max",
                search_alg=searcher(),
                num_samples=trials,
                max_concurrent_trials=concurrent,
                reuse_actors=True,
            ),
            run_config=tune.RunConfig(
                name="experiment",
                storage_path=str(folder),
                storage_filesystem=whole_files(),
                verbose=0,
                callbacks=[Mark(folder / "results")],
            ),
        )
    results = tuner.fit()
    with (folder / "finished").open("w") as file:
        for result in results:
            file.write(f"{result.config['architecture']} {result.metrics['accuracy']}\n")


if __name__ == "__main__":
    main()
