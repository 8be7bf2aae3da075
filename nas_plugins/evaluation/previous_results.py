"""Scores from earlier experiments, for a search that goes on from them."""

import math
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from nas_plugins.evaluation.scored_rows import scored_rows
from nas_plugins.evaluation.trial_config import architecture_from_config
from nas_plugins.spaces.errors import DamagedFile, InvalidArchitecture, InvalidArgument, InvalidTable
from nas_plugins.spaces.files import read_json
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.strategy import Strategy

A = TypeVar("A", bound=Hashable)


def read_results(path: str | Path, space: SearchSpace[A]) -> list[tuple[A, float]]:
    """Read architectures and their scores from a file.

    - ``.csv`` with the columns ``architecture`` and ``score``, further ones passed over;
    - ``.json`` that ``nas-plugins search --json`` or ``nas-plugins benchmark --json`` wrote (of the latter, all runs).

    Args:
        path: The file.
        space: The space of the architectures.

    Returns:
        The pairs in the order of the file, higher scores better, ``nan`` for trials that failed. An architecture may
        come several times.

    Raises:
        InvalidTable: No file, another kind of file, a bad row (the message says which), or no rows.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise InvalidTable(f"wanted earlier results at {path}, found no file; name a .csv or .json file")
    if path.suffix.lower() == ".csv":
        results = [(row.architecture, row.score) for row in scored_rows(path, space)]
    elif path.suffix.lower() == ".json":
        results = _from_json(path, space)
    else:
        raise InvalidTable(f"wanted a .csv or .json file with earlier results, got {path}; save it as one of them")
    if not results:
        raise InvalidTable(f"wanted earlier results in {path}, found none; leave it out")
    return results


def results_of_points(
    points: Sequence[dict[str, Any]], rewards: Sequence[float], space: SearchSpace[A], *, mode: str = "max"
) -> list[tuple[A, float]]:
    """Architectures and scores of Ray's ``points_to_evaluate`` and ``evaluated_rewards``.

    Args:
        points: Configurations (:func:`architecture_from_config` says in which forms).
        rewards: As many metric values.
        space: The space of the architectures.
        mode: What is done with the metric; ``"min"`` turns the values round.

    Raises:
        InvalidArgument: Another number of rewards than points, or another mode.
        InvalidArchitecture: A point without a valid architecture.
    """
    if mode not in ("min", "max"):
        raise InvalidArgument(f"wanted mode 'min' or 'max', got {mode!r}")
    if len(points) != len(rewards):
        raise InvalidArgument(f"wanted as many rewards as points, got {len(rewards)} for {len(points)}")
    sign = -1.0 if mode == "min" else 1.0
    return [
        (architecture_from_config(point, space), sign * float(reward))
        for point, reward in zip(points, rewards, strict=True)
    ]


def points_of_results(results: Iterable[tuple[Any, float]], *, mode: str = "max") -> dict[str, Any]:
    """The arguments by which a searcher of Ray learns from results: the inverse of :func:`results_of_points`.

    Args:
        results: Architectures and scores, higher better.
        mode: The searcher's own.

    Returns:
        ``{"points_to_evaluate": [...], "evaluated_rewards": [...]}``.
    """
    sign = -1.0 if mode == "min" else 1.0
    pairs = list(results)
    return {
        "points_to_evaluate": [{"architecture": str(architecture)} for architecture, _ in pairs],
        "evaluated_rewards": [sign * score for _, score in pairs],
    }


def tell_results(strategy: Strategy[A], results: Iterable[tuple[A, float]]) -> Strategy[A]:
    """Tell a strategy what is known already, in order; it proposes none of these architectures.

    Args:
        strategy: Any, best before its first proposal.
        results: Architectures and scores, higher better, ``nan`` for trials that failed.

    Returns:
        The strategy.
    """
    for architecture, score in results:
        strategy.tell(architecture, score)
    return strategy


def _from_json(path: Path, space: SearchSpace[A]) -> list[tuple[A, float]]:
    try:
        content = read_json(path)
    except DamagedFile as error:
        raise InvalidTable(str(error)) from error
    pairs: list[tuple[Any, Any]] = []
    try:
        if "trials" in content:
            pairs = [(trial["architecture"], trial["score"]) for trial in content["trials"]]
        else:
            for run in content["runs"]:
                pairs += zip(run["architectures"], run["scores"], strict=True)
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidTable(
            f"wanted in {path} what nas-plugins search or benchmark wrote with --json, found something else ({error!r})"
        ) from error
    return [_checked(text, score, space, f"{path}, result {number}") for number, (text, score) in enumerate(pairs, 1)]


def _checked(text: Any, score: Any, space: SearchSpace[A], where: str) -> tuple[A, float]:
    try:
        architecture = space.parse(text)
    except (InvalidArchitecture, TypeError, AttributeError) as error:
        raise InvalidTable(f"wanted an architecture of {space.name} at {where}: {error}") from error
    if score is None:
        return architecture, math.nan
    if isinstance(score, bool) or not isinstance(score, int | float) or math.isinf(score):
        raise InvalidTable(f"wanted a score or null at {where}, got {score!r}")
    return architecture, float(score)
