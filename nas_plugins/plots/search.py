"""Searches as curves: the best score after each query, of one run or of many."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.plots.look import BLUE, GREEN, PALE, PAPER, SKY, is_number, look, new_chart, padded, picture_path, save
from nas_plugins.spaces.errors import InvalidArgument

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Vector = NDArray[np.float64]
Values = Sequence[float] | Sequence[Sequence[float]]


def draw_search(
    scores: Values,
    path: str | Path,
    *,
    title: str,
    optimum: float | None = None,
    seconds: Values | None = None,
    score_name: str = "validation accuracy (%)",
) -> Path:
    """Draw the best score so far over queries, or over the time they took.

    One run appears as a curve with a dot for each trial. Many runs appear as faint curves with the mean over them and
    its 95 % interval (Student's t); a run that has ended keeps its best score, and the mean starts where every run has
    one.

    The vertical axis shows where the values gather: of one run, trials far below are marked on its lower end; of many,
    the first steps of the curves may rise from below it.

    Args:
        scores: Scores of one run in the order of its queries, or one such list per run; lengths may differ. ``nan``
            marks a failed trial: it counts as a query and has no score.
        path: The picture, ``.png`` or ``.svg``.
        title: Says what is seen.
        optimum: The best score there is, drawn as a horizontal line.
        seconds: Seconds each trial took, of the form of ``scores``; the horizontal axis is then their sum.
        score_name: What a score is, with its unit.

    Returns:
        The path written.

    Raises:
        InvalidArgument: No score at all, seconds that do not fit the scores, or a path that is no picture.
    """
    path = picture_path(path)
    runs = _runs(scores, "scores")
    times = _times(runs, seconds)
    kept = [k for k, run in enumerate(runs) if np.isfinite(run).any()]
    if not kept:
        raise InvalidArgument(
            f"wanted at least one trial with a score, got none in {sum(map(len, runs))} trials; run the search first"
        )
    label = f"mean of {len(kept)} runs" + (
        f" ({len(runs) - len(kept)} without a score)" if len(kept) < len(runs) else ""
    )
    runs, times = [runs[k] for k in kept], [times[k] for k in kept]
    unit, axis_name = _unit(times) if seconds is not None else (1.0, "queries")
    times = [time / unit for time in times]
    with look():
        from matplotlib.ticker import MaxNLocator

        figure, axes = new_chart(7.0, 4.6, title)
        axes.set(xlabel=axis_name, ylabel=f"best {score_name}" if len(runs) > 1 else score_name)
        axes.xaxis.set_major_locator(MaxNLocator(integer=seconds is None))
        if len(runs) == 1:
            _draw_run(axes, times[0], runs[0], optimum)
        else:
            _draw_runs(axes, times, runs, label, optimum)
        if optimum is not None:
            axes.axhline(optimum, color=GREEN, linewidth=1.2, linestyle=(0, (5, 3)), label=f"optimum {optimum:.2f}")
        axes.set_xlim(left=0)
        figure.legend(loc="outside lower center", ncols=2)  # inside it might cover trials
        return save(figure, path)


def _draw_run(axes: "Axes", time: Vector, scores: Vector, optimum: float | None) -> None:
    best = _best_so_far(scores)
    done = np.isfinite(scores)
    floor = _set_limits(axes, scores[done], optimum)
    shown, low = done & (scores >= floor), done & (scores < floor)
    failed = int((~done).sum())
    name = f"trial ({failed} failed)" if failed else "trial"
    axes.plot(time[shown], scores[shown], "o", color=SKY, markersize=5.5, zorder=3, markeredgecolor=PAPER, label=name)
    if low.any():
        # Under one very poor trial the others would shrink to a line; it is told instead, where it happened.
        at = np.full(int(low.sum()), axes.get_ylim()[0])
        name = f"trial below the axis, down to {scores[low].min():.2f}"
        axes.plot(time[low], at, "v", color=SKY, markersize=5, clip_on=False, label=name)
    axes.plot(
        time, best, color=BLUE, linewidth=2, drawstyle="steps-post", label=f"best so far, in the end {best[-1]:.2f}"
    )


def _draw_runs(axes: "Axes", times: list[Vector], runs: list[Vector], label: str, optimum: float | None) -> None:
    from scipy.stats import t

    grid = np.unique(np.concatenate(times))
    curves = np.full((len(runs), len(grid)), np.nan)
    for curve, time, run in zip(curves, times, runs, strict=True):
        finished = np.searchsorted(time, grid, side="right")
        curve[finished > 0] = _best_so_far(run)[finished[finished > 0] - 1]
    # Where some runs have no score yet, a mean over the others would fall when they join.
    common = np.isfinite(curves).all(axis=0)
    mean = curves[:, common].mean(axis=0)
    error = curves[:, common].std(axis=0, ddof=1) / math.sqrt(len(runs))
    half = t.ppf(0.975, len(runs) - 1) * error
    _set_limits(axes, mean, optimum)
    for index, curve in enumerate(curves):
        axes.plot(
            grid,
            curve,
            color=PALE,
            linewidth=0.7,
            alpha=0.8,
            drawstyle="steps-post",
            label="one run" if index == 0 else None,
        )
    band: dict[str, Any] = {"step": "post", "color": SKY, "alpha": 0.4, "linewidth": 0, "zorder": 2.1}
    axes.fill_between(grid[common], mean - half, mean + half, label="95 % interval of the mean", **band)
    label = f"{label}, in the end {mean[-1]:.2f} ± {half[-1]:.2f}"
    axes.plot(grid[common], mean, color=BLUE, linewidth=2, zorder=2.2, drawstyle="steps-post", label=label)


def _set_limits(axes: "Axes", values: Vector, optimum: float | None) -> float:
    """Set the vertical axis to where the values gather, and return its lowest shown value."""
    top = max(float(values.max()), optimum if optimum is not None else -math.inf)
    quarter = float(np.quantile(values, 0.25))
    floor = max(float(values.min()), quarter - 1.5 * (top - quarter))
    axes.set_ylim(*padded(floor, top))
    return floor


def _best_so_far(scores: Vector) -> Vector:
    best = np.fmax.accumulate(scores)
    return np.asarray(best, dtype=np.float64)


def _runs(values: Values, name: str) -> list[Vector]:
    """The values as one array per run; what is no number becomes ``nan``."""
    rows = list(values)
    if not rows:
        raise InvalidArgument(f"wanted {name} of at least one trial, got none; run the search first")
    nested = [isinstance(row, Sequence | np.ndarray) for row in rows]
    if any(nested) and not all(nested):
        raise InvalidArgument(f"wanted {name} of one run or a list of {name} per run, got a mixture of both")
    runs: list[Any] = rows if all(nested) else [rows]
    return [np.array([float(v) if is_number(v) else np.nan for v in run], dtype=np.float64) for run in runs]


def _times(runs: list[Vector], seconds: Values | None) -> list[Vector]:
    """When each trial ended: its number, or the seconds all trials of its run have taken until then."""
    if seconds is None:
        return [np.arange(1, len(run) + 1, dtype=np.float64) for run in runs]
    costs = _runs(seconds, "seconds")
    if [len(cost) for cost in costs] != [len(run) for run in runs]:
        raise InvalidArgument(
            f"wanted seconds for each trial, got {sum(map(len, costs))} seconds in {len(costs)} runs "
            f"for {sum(map(len, runs))} scores in {len(runs)} runs"
        )
    if any(not np.isfinite(cost).all() or (cost < 0).any() for cost in costs):
        raise InvalidArgument(
            "wanted seconds of at least 0 for every trial, got some below 0 or unknown; leave them out"
        )
    return [np.cumsum(cost) for cost in costs]


def _unit(times: list[Vector]) -> tuple[float, str]:
    """The unit of time in which the longest run reads well, in seconds, and the name of the axis."""
    longest = max(float(time[-1]) for time in times)
    for unit, name in ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if longest >= 2 * unit:
            return unit, f"training time ({name})"
    return 1.0, "training time (seconds)"
