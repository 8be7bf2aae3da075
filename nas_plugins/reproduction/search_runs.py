"""Many searches on a table under a budget of training time, kept on disk, and what came out of them."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.evaluation import Benchmark, Run, mean_interval, simulate_many
from nas_plugins.evaluation.simulation import derive_seeds
from nas_plugins.reproduction.options import Options
from nas_plugins.reproduction.search_methods import Method
from nas_plugins.spaces.errors import DamagedFile, InvalidTable
from nas_plugins.spaces.files import read_json, write_json

_KIND, _VERSION = "nas_plugins.searches", 1
_POINTS = 200  # of a curve
_PART = 25  # runs after which the file is written

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Target:
    """One table to be searched.

    Args:
        name: In file names.
        heading: In tables and pictures.
        guide: What the searches are told, with the seconds that they are charged.
        seconds: Their budget.
        reported: Accuracies reported of what the guide says is best, by ``"validation"`` and ``"test"``.
        guided_by: The guide and its costs, as a sentence of a protocol.
    """

    name: str
    heading: str
    guide: Benchmark[Any]
    seconds: float
    reported: dict[str, Benchmark[Any]]
    guided_by: str

    @property
    def last(self) -> str:
        """The split whose regret is drawn: test where it is on record."""
        return "test" if "test" in self.reported else "validation"


def search(target: Target, method: Method, runs: int, options: Options) -> list[Run[Any]]:
    """The searches of one method; those that a file of an earlier call has are read from it, and it is written on.

    Run ``i`` has the seed ``derive_seeds(options.seed, runs)[i]``, however many were there before. The file stands
    under ``options.output / "runs"``. It is taken for the same when table, budget, seed and method have the same names
    and figures; remove the folder after a change of a strategy.
    """
    guide = target.guide
    about = {
        "kind": _KIND,
        "version": _VERSION,
        "method": method.name,
        "table": guide.name,
        "setting": asdict(guide.setting),
        "optimum": guide.optimum()[1],
        "seconds": target.seconds,
        "seed": options.seed,
        "guided_by": target.guided_by,
    }
    path = options.output / "runs" / f"{target.name}-{method.name}.json"
    kept = _read(path, about, guide)
    seeds = derive_seeds(options.seed, runs)
    while len(kept) < runs:
        kept += _search_from(seeds[len(kept) : len(kept) + _PART], target, method, (len(kept), runs), options)
        write_json(path, {**about, "runs": [run.to_json() for run in kept]})
    if any(np.isnan(run.scores).all() for run in kept[:runs]):  # also of no scores
        raise InvalidTable(
            f"wanted a recorded training within the budget of {target.seconds:,.0f} s in each search of "
            f"{target.heading}, got a search by {method.label} without any score; check the seconds in the table"
        )
    return kept[:runs]  # the first runs of many are the runs of few


def _search_from(
    seeds: list[int], target: Target, method: Method, done: tuple[int, int], options: Options
) -> list[Run[Any]]:
    """One search from each seed; ``done`` says how many there are already, and of how many."""
    # simulate_many derives seeds for as many runs as it is given; these stand for those of this part.
    meant = dict(zip(derive_seeds(options.seed, len(seeds)), seeds, strict=True))
    finished, runs = done
    simulation = simulate_many(
        lambda seed: method.build(target.guide.space, meant[seed]),
        target.guide,
        len(seeds),
        options.seed,
        seconds=target.seconds,
        processes=None if options.processes is None else min(options.processes, len(seeds)),
        progress=lambda count: options.on_step(f"{method.label} on {target.heading}", finished + count, runs),
    )
    return [replace(run, seed=seed) for run, seed in zip(simulation.runs, seeds, strict=True)]


def _read(path: Path, about: dict[str, Any], guide: Benchmark[Any]) -> list[Run[Any]]:
    if not path.is_file():
        return []
    try:
        saved = read_json(path)
        if {key: saved.get(key) for key in about} != about:
            return []
        return [
            Run(
                tuple(guide.space.parse(text) for text in run["architectures"]),
                tuple(math.nan if score is None else float(score) for score in run["scores"]),
                tuple(run["seconds"]),
                run["seed"],
                tuple(run.get("starts", ())),
                tuple(run.get("ends", ())),
            )
            for run in saved["runs"]
        ]
    except (DamagedFile, AttributeError, KeyError, TypeError, ValueError):
        return []  # what was kept cannot be used: it is computed again


def chosen(run: Run[Any]) -> Any:
    """The architecture of a run's highest score, the first of equal ones."""
    return run.architectures[int(np.nanargmax(run.scores))]


def regret_over_time(
    runs: Sequence[Run[Any]], reported: Benchmark[Any], seconds: float
) -> tuple[Vector, Vector, Vector, Vector]:
    """Mean regret of the architecture with the highest score so far.

    Args:
        runs: Searches; those without a single trial are left out.
        reported: The accuracies that regret is counted in.
        seconds: The budget, where the curve ends.

    Returns:
        Times, means, and lower and upper ends of the means' 95 % intervals (Student's t), ``(points,)`` each. The first
        time is when every run has a trial.
    """
    best = reported.optimum()[1]
    steps = []
    for run in runs:
        if not run.scores:
            continue
        ends = np.cumsum(np.array(run.seconds, dtype=np.float64))
        incumbent, regrets = 0, []
        for position, score in enumerate(run.scores):
            if score > run.scores[incumbent] or math.isnan(run.scores[incumbent]):
                incumbent = position
            regrets.append(best - reported.score(run.architectures[incumbent]))
        steps.append((ends, np.array(regrets)))
    grid = np.geomspace(max(float(ends[0]) for ends, _ in steps), seconds, _POINTS)
    values = np.stack(
        [regrets[np.clip(np.searchsorted(ends, grid, side="right") - 1, 0, None)] for ends, regrets in steps]
    )
    mean = values.mean(axis=0)
    half = np.array([mean_interval(column) for column in values.T])
    return grid, mean, mean - half, mean + half
