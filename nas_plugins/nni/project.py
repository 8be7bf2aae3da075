"""Write a whole NNI experiment: configuration, search space, trial, and how to run it safely."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import yaml

from nas_plugins.datasets import BUILT_IN, load_dataset
from nas_plugins.evaluation import TABLES, load_benchmark
from nas_plugins.nni.experiment import LOOPBACK
from nas_plugins.spaces import SearchSpace, get_space
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.files import write_atomically
from nas_plugins.strategies.metad2a import MetaD2A
from nas_plugins.strategies.registry import check_strategy, looks_at_images

ALGORITHMS = Path(__file__).parent / "algorithms.yml"
"""The file that ``nnictl algo register --meta`` reads."""

_README = (Path(__file__).parent / "project_readme.md").read_text(encoding="utf-8")

_RUN = '''"""Runs the experiment to its end; NNI's server listens on 127.0.0.1 only, and is stopped afterwards."""

import sys
from pathlib import Path

from nas_plugins.nni import best_trial, run_experiment

# `python run.py ID` goes on with an experiment that was stopped or killed.
resume = sys.argv[1] if len(sys.argv) > 1 else None
records = run_experiment(Path(__file__).parent / "config.yml", port={port}, resume=resume)
best = best_trial(records)
print(f"{{len(records)}} trials reported a result")
if best is not None:
    print(f"Best architecture: {{best.architecture}}")
    print(f"Accuracy: {{best.value:.2f}} %")
'''

_TABLE_TRIAL = '''"""One trial: looks the proposed architecture up in a table and reports its accuracy."""

from nas_plugins.nni import table_trial

table_trial({table!r})
'''

_TRAINING_TRIAL = '''"""One trial: trains the proposed architecture, and reports its accuracy after every epoch."""

from nas_plugins.nni import training_trial

# Every field of nas_plugins.evaluation.training.TrainingSettings can be given here, or searched: an entry of that name
# in search_space.json, such as "learning_rate", overrides it.
training_trial({dataset!r}, space={space!r}, epochs={epochs})
'''

_SUPERNET_TRIAL = '''"""One trial: evaluates the proposed architecture in a supernet, without training it."""

from nas_plugins.nni import supernet_trial

# Every field of nas_plugins.evaluation.supernet_settings.SupernetSettings can be given here, or searched.
supernet_trial({dataset!r}, supernet={supernet!r})
'''


def write_project(
    folder: str | Path,
    *,
    strategy: str | None = None,
    space: str = "nasbench201",
    dataset: str | None = None,
    table: str | None = None,
    supernet: str | None = None,
    trials: int = 8,
    concurrency: int = 2,
    epochs: int | None = None,
    port: int = 8080,
    seed: int = 0,
) -> list[Path]:
    """Write an experiment that runs as it is.

    Args:
        folder: Where to; made if it is missing. Files of an earlier experiment are not overwritten.
        strategy: Name of a strategy, see :data:`nas_plugins.strategies.STRATEGIES`; without, ``metad2a`` where weights
            for the space ship, else ``default``.
        space: Name of the search space.
        dataset: Images to train on, and to propose for: ``"digits"``, which it is without, or a path.
        table: Table to look accuracies up in, instead of training.
        supernet: Weights of a supernet to evaluate in, instead of training; ``"mobilenetv3"`` takes those that ship.
        trials: Trials in all.
        concurrency: Trials at once.
        epochs: Of each training; 3 without.
        port: Of NNI's server.
        seed: Of the strategy.

    Returns:
        The files written.

    Raises:
        InvalidArgument: No such strategy or space, a strategy without weights for the space, numbers out of range,
            files in the way, or something that nothing would read: epochs where nothing is trained, a dataset where no
            image is looked at.
        InvalidDataset: The dataset cannot be used.
        InvalidTable: The table cannot be used.
    """
    folder = Path(folder).resolve()
    for name, value in (("trials", trials), ("concurrency", concurrency), ("epochs", epochs)):
        if value is not None and value < 1:
            raise InvalidArgument(f"wanted {name} of at least 1, got {value}")
    if not 1 <= port <= 65535:
        raise InvalidArgument(f"wanted a port from 1 to 65535, got {port}")
    search_space = get_space(space)
    strategy = _checked_strategy(strategy, search_space)
    looked_at = table is None or looks_at_images(strategy)
    _check_read(epochs, dataset, table, supernet, looked_at=looked_at)
    epochs, dataset = 3 if epochs is None else epochs, BUILT_IN[0] if dataset is None else dataset
    arguments: dict[str, Any] = {"strategy": strategy, "space": space, "seed": seed}
    if table is not None:
        table = table if table in TABLES else str(Path(table).expanduser().resolve())
        load_benchmark(table, space=space)
    if supernet is not None:
        supernet = _checked_supernet(supernet, space, table)
    if looked_at:
        dataset = dataset if dataset in BUILT_IN else str(Path(dataset).expanduser().resolve())
        load_dataset(dataset)
    if looks_at_images(strategy):
        arguments["dataset"] = dataset
    config = {
        "experimentName": f"nas_plugins: {strategy} on {table or Path(dataset).name}",
        "searchSpaceFile": "search_space.json",
        "trialCommand": f"{shlex.quote(sys.executable)} trial.py",
        "trialCodeDirectory": "trial",
        "trialConcurrency": concurrency,
        "maxTrialNumber": trials,
        "experimentWorkingDirectory": "experiments",
        "tuner": {"className": "nas_plugins.nni.StrategyTuner", "codeDirectory": ".", "classArgs": arguments},
        "trainingService": {"platform": "local"},
    }
    choices = {name: {"_type": "choice", "_value": list(options)} for name, options in search_space.choices().items()}
    template = _TABLE_TRIAL if table is not None else _SUPERNET_TRIAL if supernet is not None else _TRAINING_TRIAL
    trial = template.format(dataset=dataset, space=space, epochs=epochs, table=table, supernet=supernet)
    texts = {
        "config.yml": yaml.safe_dump(config, sort_keys=False, width=120),
        "search_space.json": json.dumps(choices, indent=2) + "\n",
        "trial/trial.py": trial,
        "run.py": _RUN.format(port=port),
        "algorithms.yml": ALGORITHMS.read_text(encoding="utf-8"),
        "loopback.cjs": LOOPBACK.read_text(encoding="utf-8"),
        "README.md": _README.replace("PORT", str(port)),
    }
    in_the_way = [name for name in texts if (folder / name).exists()]
    if in_the_way:
        raise InvalidArgument(f"wanted a folder without {', '.join(in_the_way)} in it, got {folder}; name another one")
    return [_write(folder / name, text) for name, text in texts.items()]


def _checked_strategy(strategy: str | None, space: SearchSpace[Any]) -> str:
    """A strategy that the experiment runs with as it is; the one of the space where none is named."""
    has_weights = MetaD2A(space).has_weights
    if strategy is None:
        return "metad2a" if has_weights else "default"
    check_strategy(strategy)
    if strategy == "metad2a" and not has_weights:
        raise InvalidArgument(
            f"wanted a strategy that can search {space.name}, got metad2a, for which no weights of that space ship; "
            "take default, which does without"
        )
    return strategy


def _check_read(
    epochs: int | None, dataset: str | None, table: str | None, supernet: str | None, *, looked_at: bool
) -> None:
    """Refuse what no trial and no strategy would read."""
    if epochs is not None and (table is not None or supernet is not None):
        where = f"the table {table}" if table is not None else f"the supernet {supernet}"
        raise InvalidArgument(f"wanted no epochs beside {where}, as nothing is trained, got {epochs}; leave them out")
    if dataset is not None and not looked_at:
        raise InvalidArgument(
            f"wanted no dataset beside the table {table} for a strategy that looks at no images, got {dataset!r}; "
            "leave it out"
        )


def _checked_supernet(supernet: str, space: str, table: str | None) -> str:
    """The weights as trials name them, loaded once to see that they can be."""
    from nas_plugins.spaces.mobilenetv3.checkpoint import find_supernet

    if space != "mobilenetv3" or table is not None:
        raise InvalidArgument(f"wanted the space mobilenetv3 and no table beside a supernet, got {space} and {table}")
    find_supernet(supernet)
    return supernet if supernet == "mobilenetv3" else str(Path(supernet).expanduser().resolve())


def _write(path: Path, text: str) -> Path:
    return write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
