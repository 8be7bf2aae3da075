"""NNI's own tests of tuners, unmodified, with ours in the place of theirs.

``python -m tests.nni.nni_suite CHECKOUT [TUNER ...]``: CHECKOUT is a copy of NNI's repository, of which only
``test/ut/sdk`` is read; NNI's wheel has no tests. A tuner is named as in the catalogue beside this file. Ours stands in
for those of NNI's tuners that draw every type of parameter, because it draws what is beside the architecture at random.
"""

import argparse
import importlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from nas_plugins.nni import StrategyTuner
from tests.nni.catalogue import CATALOGUE

FOLDER = Path("test/ut/sdk")
TESTS, ASSETS = "test_builtin_tuners.py", "assets"
THEIRS = {
    "tpe_tuner": "TpeTuner",
    "random_tuner": "RandomTuner",
    "hyperopt_tuner": "HyperoptTuner",
    "evolution_tuner": "EvolutionTuner",
    "gridsearch_tuner": "GridSearchTuner",
}
"""Modules under ``nni.algorithms.hpo``, and the tuner of each.

The tests of the others demand that types are refused (batch, gp, metis, dngo), folders of checkpoints (pbt), or
parameters of NNI's earlier architecture search (regularized evolution).
"""

TESTED = ("test_tpe", "test_random_search", "test_anneal", "test_evolution", "test_grid_search")


def in_place_of_theirs(ours: type[StrategyTuner]) -> type[StrategyTuner]:
    """A tuner of ours that takes the arguments of NNI's, and whose parameters are those of the search space alone."""

    class Substitute(ours):  # type: ignore[misc, valid-type]  # the base is what is tested
        def __init__(self, *theirs: Any, **others: Any) -> None:
            del theirs, others
            super().__init__(seed=0)

        def _next(self, parameter_id: int) -> dict[str, Any]:
            added = {"architecture", "predicted_accuracy"}  # the tests know every parameter by its name
            return {name: value for name, value in super()._next(parameter_id).items() if name not in added}

    Substitute.__name__ = Substitute.__qualname__ = ours.__name__
    return Substitute


def run(checkout: Path, ours: type[StrategyTuner]) -> int:
    """Run the tests in a folder of their own, where nothing of the checkout shadows the installed NNI."""
    sys.modules.setdefault("pybnn", MagicMock(__spec__=None))  # imported for a tuner that is not run
    for name, tuner in THEIRS.items():
        setattr(importlib.import_module(f"nni.algorithms.hpo.{name}"), tuner, in_place_of_theirs(ours))
    with tempfile.TemporaryDirectory(prefix="nni-suite-") as folder:
        copy = Path(shutil.copy(checkout / FOLDER / TESTS, folder))
        shutil.copytree(checkout / FOLDER / ASSETS, Path(folder) / ASSETS)
        os.environ["HOME"] = folder
        own = ["-c", os.devnull, "--rootdir", folder, "--noconftest", "-p", "no:cacheprovider", "-rA", "-q"]
        own += ["--import-mode=importlib", "--tb=short", "--show-capture=no"]
        sys.modules.pop("test_builtin_tuners", None)
        return int(pytest.main([*own, *(f"{copy}::BuiltinTunersTestCase::{test}" for test in TESTED)]))


def main() -> int:
    """Run the suite for each tuner; the exit status is pytest's of the last that had failures."""
    classes = {entry.name: entry.cls for entry in CATALOGUE if entry.needs is None}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("tuners", nargs="*", default=["random"], help=", ".join(classes))
    given = parser.parse_args()
    unknown = [name for name in given.tuners if name not in classes]
    if unknown or not (given.checkout / FOLDER / TESTS).is_file():
        what = f"tuners out of {', '.join(classes)}, got {', '.join(unknown)}" if unknown else str(FOLDER / TESTS)
        parser.error(f"wanted {what}; CHECKOUT is a copy of NNI's repository")
    status = 0
    for name in given.tuners:
        print(f"NNI's tests of tuners, with {classes[name].__name__}")
        status = run(given.checkout, classes[name]) or status
    return status


if __name__ == "__main__":
    sys.exit(main())
