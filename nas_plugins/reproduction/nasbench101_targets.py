"""NAS-Bench-101 as the arch2vec paper searches it, from a table that its user has, and the paper's own curves."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.evaluation import Benchmark, load_benchmark
from nas_plugins.reproduction.search_methods import NEEDS_LATENT, Method
from nas_plugins.reproduction.search_runs import Target
from nas_plugins.spaces import SPACES
from nas_plugins.spaces.errors import DamagedFile, InvalidArgument, InvalidTable
from nas_plugins.spaces.files import read_json, user_path

SPACE = "nasbench101"
HEADING = "NAS-Bench-101"
SECONDS = 1e6
"""Budget in seconds of training (Yan et al., 2020, appendix A.1)."""

BEST_TEST = 94.3175752957662
"""Highest mean test accuracy (%) of the table, from which the published curves are counted (published code)."""

_CURVES = {
    "Random-Search-Encoding-A": "random search",
    "Regularized-Evolution-Encoding-A": "regularised evolution",
    "Reinforce-Search-Encoding-A": "REINFORCE",
    "RL-arch2vec-model-nasbench-101": "arch2vec-RL",
    "BO-arch2vec-model-nasbench-101": "arch2vec-BO",
    "BOHB-Search-Encoding-A": "BOHB",
    "RL-supervised-nasbench-101": "supervised RL",
    "BO-supervised-nasbench-101": "supervised BO",
}


@dataclass(frozen=True)
class PublishedCurve:
    """Mean test regret over 500 runs, as the authors keep it.

    Args:
        label: The method.
        time: Seconds of training ``(n,)``, increasing.
        regret: Percent ``(n,)``.
    """

    label: str
    time: NDArray[np.float64]
    regret: NDArray[np.float64]


def load_target(tables: str | None) -> Target:
    """NAS-Bench-101 from a converted file, or from a folder with ``validation.csv`` and ``test.csv``.

    The former needs the columns ``architecture``, ``score`` and ``seconds``, the latter the first two.

    Raises:
        InvalidArgument: No table was given, or this release has no such space.
        InvalidTable: There is none, or one without seconds.
    """
    if tables is None:
        raise InvalidArgument(
            f"wanted a table of {HEADING}, got none; give --tables (FILE.npz of `nas-plugins convert`, or a folder of "
            "validation.csv and test.csv). The searches on NAS-Bench-201, which need no file, are arch2vec-table3"
        )
    if SPACE not in SPACES:
        raise InvalidArgument(f"wanted the search space {SPACE}, this release has {', '.join(SPACES)}")
    path = user_path(tables)
    guide, test = (_open(path, split) for split in ("validation", "test"))
    if guide.seconds(guide.optimum()[0]) is None:
        raise InvalidTable(f"wanted training seconds in {path}, found none; the budget is one of time")
    return Target(
        SPACE,
        HEADING,
        guide,
        SECONDS,
        {"validation": guide, "test": test},
        f"guided by {guide.description}; budget {SECONDS:,.0f} s of recorded training.",
    )


def _open(path: Path, split: str) -> Benchmark[Any]:
    if path.is_dir():
        return load_benchmark(path / f"{split}.csv", space=SPACE)
    return load_benchmark(path, split=split)


def usable_methods(methods: list[Method]) -> tuple[list[Method], list[str]]:
    """The methods that can run on the space, and sentences on those that cannot."""
    from nas_plugins.spaces.arch2vec import Arch2Vec

    try:
        Arch2Vec.pretrained(SPACE)
    except InvalidArgument:
        left_out = [method for method in methods if method.name in NEEDS_LATENT]
        if left_out:
            names = ", ".join(method.label for method in left_out)
            usable = [method for method in methods if method not in left_out]
            if not usable:
                raise InvalidArgument(
                    f"wanted a latent space of {SPACE} for {names}, none ships with this release; name other strategies"
                ) from None
            return usable, [f"Left out: {names}; no latent space of {HEADING} ships with this release."]
    return methods, []


def published_curves(folder: Path | None) -> list[PublishedCurve]:
    """The curves in a folder of the files that the authors publish under ``results``; none without a folder.

    Raises:
        InvalidTable: The folder has none of them, or one cannot be read.
    """
    if folder is None:
        return []
    curves = []
    for stem, label in _CURVES.items():
        path = user_path(folder / f"{stem}.json")
        if not path.is_file():
            continue
        try:
            read = read_json(path)
            time, regret = (np.array(read[key], dtype=np.float64) for key in ("time_plot", "test_plot"))
        except (DamagedFile, KeyError, TypeError, ValueError) as error:
            raise InvalidTable(f"wanted time_plot and test_plot in {path}, could not read them ({error!r})") from error
        if not len(time) or len(time) != len(regret):
            raise InvalidTable(f"wanted time_plot and test_plot of one length in {path}, got other ones")
        curves.append(PublishedCurve(label, time, 100 * regret))
    if not curves:
        raise InvalidTable(f"wanted arch2vec's curves in {folder}, such as {next(iter(_CURVES))}.json, found none")
    return curves
