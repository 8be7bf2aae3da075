"""Results of earlier experiments of Ray Tune, as a strategy wants them told."""

import math
import warnings
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ray.tune import ExperimentAnalysis, ResultGrid
from ray.tune.utils import flatten_dict

from nas_plugins.evaluation.previous_results import read_results
from nas_plugins.evaluation.trial_config import architecture_from_config
from nas_plugins.spaces import get_space
from nas_plugins.spaces.errors import InvalidArgument, InvalidTable
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.tune.experiment_record import completed_trials
from nas_plugins.tune.objective import number_or_nan
from nas_plugins.tune.outcome import ended

A = TypeVar("A", bound=Hashable)

_STATES = "experiment_state-*.json"  # what Ray keeps of an experiment


def previous_results(
    source: str | Path | ResultGrid | ExperimentAnalysis,
    *,
    space: "str | SearchSpace[Any]" = "nasbench201",
    metric: str = "accuracy",
    mode: str = "max",
) -> list[tuple[Any, float]]:
    """Architectures and scores of an earlier experiment.

    ``points_of_results`` (:mod:`nas_plugins.evaluation.previous_results`) hands them to a searcher::

        BayesianSearcher(metric="accuracy", mode="max", **points_of_results(previous_results(grid)))

    Args:
        source: What ``Tuner.fit`` or ``tune.run`` returned, the folder of an experiment, one with experiments below it,
            as searches that went on from one another leave it (a warning names them: their scores should mean the
            same), or a CSV or JSON file (:func:`nas_plugins.evaluation.previous_results.read_results`; ``metric`` and
            ``mode`` are not asked then).
        space: The space of the architectures, or its name.
        metric: Name of the reported score.
        mode: What is done with it; ``"min"`` turns the values round.

    Returns:
        The pairs in the order in which the source has its trials, higher scores better. Trials that failed have
        ``nan``; those without a result are left out, and those that were cut off with their experiment, while such as
        were stopped early by a scheduler count.

    Raises:
        InvalidArgument: No trial reported the metric, or another mode.
        InvalidArchitecture: A trial without an architecture of the space.
        InvalidTable: Nothing there, or not what it should be.
    """
    if mode not in ("min", "max"):
        raise InvalidArgument(f"wanted mode 'min' or 'max', got {mode!r}")
    known = get_space(space)
    if isinstance(source, str | Path):
        path = Path(source).expanduser()
        if not path.is_dir():
            return read_results(path, known)
        trials = [trial for folder in _experiments(path) for trial in _trials(_open(folder))]
    else:
        trials = list(_trials(source))
    sign = -1.0 if mode == "min" else 1.0
    results = [
        (architecture_from_config(config, known), math.nan if failed else sign * number_or_nan(result[metric]))
        for config, result, failed in trials
        if failed or metric in result
    ]
    if all(math.isnan(score) for _, score in results):
        reported = sorted(
            {name for _, result, _ in trials for name in result if not name.startswith(("time", "config"))}
        )
        raise InvalidArgument(
            f"wanted results with {metric!r} among {len(trials)} trials, found none; they report "
            f"{', '.join(reported) or 'nothing'}: name one of them as the metric"
        )
    return results


def _open(folder: Path) -> ExperimentAnalysis:
    try:
        return ExperimentAnalysis(str(folder.resolve()))
    except Exception as error:  # whatever Ray raises about a folder: there is no experiment in it that can be read
        raise InvalidTable(f"wanted an experiment of Ray Tune in {folder}, could not read one ({error})") from error


def _experiments(path: Path) -> list[Path]:
    """The folder itself, or the experiments below it, oldest first, as where searches put Ray's files."""
    if any(path.glob(_STATES)):
        return [path]
    states = [state for depth in ("*", "*/*") for state in path.glob(f"{depth}/{_STATES}")]
    below = [*dict.fromkeys(state.parent for state in sorted(states, key=lambda state: state.name))]
    if len(below) > 1:
        warnings.warn(
            f"{path} holds {len(below)} experiments of Ray Tune, of which all are read; name one of "
            f"{', '.join(map(str, below))} to go on from it alone",
            stacklevel=4,
        )
    return below or [path]


def _trials(source: ResultGrid | ExperimentAnalysis) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], bool]]:
    """Configuration, last result, and whether it failed, of every trial that came to an end of its own.

    Ray marks the last result of a trial that finished, or met a criterion, or that a scheduler stopped as it ran. It
    marks neither those that were cut off, whatever their status is then, nor those that HyperBand stopped as they were
    paused; of these our searchers have written down that they ended.
    """
    if not isinstance(source, ResultGrid | ExperimentAnalysis):
        raise InvalidArgument(
            f"wanted a ResultGrid, an ExperimentAnalysis, a folder or a file, got {type(source).__name__}"
        )
    completed = completed_trials(source.experiment_path)
    if isinstance(source, ResultGrid):
        for result in source:
            last = flatten_dict(result.metrics or {})
            failed = result.error is not None
            if failed or last.get("done") or last.get("trial_id") in completed:
                yield result.config or {}, last, failed
    else:
        for trial in source.trials:
            if ended(trial) or trial.trial_id in completed:
                yield trial.config, flatten_dict(trial.last_result or {}), trial.status == "ERROR"
