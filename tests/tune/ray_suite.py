"""Ray's own tests of searchers, unmodified, with ours in the place of theirs.

``python -m tests.tune.ray_suite CHECKOUT [SEARCHER ...]``: CHECKOUT is a copy of Ray's repository, of which only
``python/ray/tune/tests/test_searchers.py`` is read; Ray's wheel has no tests. A searcher is named as in the catalogue
beside this file. Every class that the tests import from ``ray.tune.search`` (``OptunaSearch``, ``BayesOptSearch`` and
so on) is ours, which draws the test's own parameters at random and adds an architecture.
"""

import argparse
import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import pytest

from nas_plugins.spaces import NASBench201
from nas_plugins.tune import ParetoSearcher, StrategySearcher
from tests.tune.catalogue import CATALOGUE

TESTS = Path("python/ray/tune/tests/test_searchers.py")
THEIRS = {
    "ax": "AxSearch",
    "bayesopt": "BayesOptSearch",
    "bohb": "TuneBOHB",
    "hebo": "HEBOSearch",
    "hyperopt": "HyperOptSearch",
    "nevergrad": "NevergradSearch",
    "optuna": "OptunaSearch",
    "skopt": "SkOptSearch",
    "zoopt": "ZOOptSearch",
}
"""Modules under ``ray.tune.search``, and the searcher of each."""

LIBRARIES = ("ax", "ax.service", "ax.service.ax_client", "nevergrad")
"""What the tests themselves import beside a searcher; nothing of it runs, so make-believe modules will do."""

OLD_REPORTS = "RAY_TRAIN_V2_ENABLED"
"""Set to 0, Ray 2.60 lets trials report through ``ray.train``, as the tests of earlier versions do."""

SEEDS = ("seed", "random_seed", "random_state", "random_state_seed")

EXPECTED = {
    "AddEvaluatedPointTest::testOptuna": ("_ot_study", "counts trials of OptunaSearch's private study"),
    "AddEvaluatedPointTest::testSkOpt": ("_skopt_opt", "counts the points of skopt's private optimizer"),
    "SaveRestoreCheckpointTest::testZOOpt": ("_budget", "asks the restored searcher for ZOOpt's own budget"),
}
"""Tests that cannot hold for another searcher: the attribute that it lacks, and why the test wants it.

They are run, and must fail for that attribute.
"""


def in_place_of_theirs(ours: type[StrategySearcher]) -> type[StrategySearcher]:
    """A searcher of ours that takes the arguments of Ray's."""

    class Substitute(ours):  # type: ignore[misc, valid-type]  # the base is what is tested
        def __new__(cls, *arguments: Any, **theirs: Any) -> Any:
            several = isinstance(theirs.get("metric"), list) and not issubclass(cls, ParetoSearcher)
            return in_place_of_theirs(ParetoSearcher)(*arguments, **theirs) if several else super().__new__(cls)

        def __init__(
            self,
            space: dict[str, Any] | None = None,
            metric: Any = None,
            mode: Any = None,
            points_to_evaluate: list[dict[str, Any]] | None = None,
            *,
            evaluated_rewards: list[float] | None = None,
            ax_client: Any = None,
            **theirs: Any,
        ) -> None:
            seed = next((theirs[name] for name in SEEDS if theirs.get(name) is not None), 0)
            points = [_with_architecture(point, number) for number, point in enumerate(points_to_evaluate or [])]
            super().__init__(
                "nasbench201", metric, mode, points or None, seed=seed, evaluated_rewards=evaluated_rewards
            )
            if ax_client is not None:
                space = ax_client.create_experiment.call_args.kwargs["parameters"]
            self._given_space = space or {}
            if space:
                self.set_search_properties(metric, mode, space)

        @staticmethod
        def convert_search_space(space: dict[str, Any]) -> dict[str, Any]:
            """Ours read Ray's search spaces as they are."""
            return space

        def suggest(self, trial_id: str) -> Any:
            """Constants of a space that Ray does not know come from the searcher, as theirs do it."""
            suggested = super().suggest(trial_id)
            return {**self._given_space, **suggested} if isinstance(suggested, dict) else suggested

        @property
        def _pending_trials(self) -> dict[str, Any]:
            return self._ledger.pending

        # Under these names the tests look for trials that a restored searcher still waits for.
        _live_trial_mapping = _ot_trials = trial_to_params = _pending_trials

    Substitute.__name__ = Substitute.__qualname__ = ours.__name__
    return Substitute


def _with_architecture(point: dict[str, Any], number: int) -> dict[str, Any]:
    """A test's point to evaluate, with an architecture where it names none."""
    return point if "architecture" in point else {**point, "architecture": str(NASBench201()[number])}


class Substitution:
    """A plugin of pytest: our searcher under all of their names, and what is expected to fail.

    Args:
        ours: The class to test.
    """

    def __init__(self, ours: type[StrategySearcher]) -> None:
        substitute = in_place_of_theirs(ours)
        for name, searcher in THEIRS.items():
            try:
                module = importlib.import_module(f"ray.tune.search.{name}")
            except ImportError:  # an older version's
                module = sys.modules[f"ray.tune.search.{name}"] = ModuleType(name)
            setattr(module, searcher, substitute)
        for library in LIBRARIES:
            try:
                importlib.import_module(library)
            except ImportError:
                sys.modules[library] = MagicMock(__spec__=None)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Count what cannot hold as failing for its reason, and as failed where it does not or for another one."""
        report = yield
        attribute, reason = EXPECTED.get("::".join(item.nodeid.split("::")[1:]), ("", ""))
        if not attribute or call.when != "call" or report.skipped:
            return report
        error = None if call.excinfo is None else call.excinfo.value
        lacks = isinstance(error, AttributeError) and error.name == attribute
        # One of ours may have something else under that name; pytest's message of an assertion names it.
        if lacks or (isinstance(error, AssertionError) and f".{attribute}" in str(error)):
            report.outcome, report.wasxfail = "skipped", reason
        elif report.passed:
            report.outcome, report.longrepr = "failed", f"wanted no {attribute}, found one: {reason}"
        return report


def run(tests: Path, ours: type[StrategySearcher], *options: str) -> int:
    """Run the file of tests in a folder of its own, where nothing of the checkout shadows the installed Ray."""
    with tempfile.TemporaryDirectory(prefix="ray-suite-") as folder:
        copy = Path(shutil.copy(tests, folder))
        sys.modules.pop(copy.stem, None)  # of the run before
        own = ["-c", os.devnull, "--rootdir", folder, "--noconftest", "-p", "no:cacheprovider", "-rA", "-q"]
        os.environ["PYTHONPATH"] = os.pathsep.join(
            [folder, *filter(None, [os.environ.get("PYTHONPATH")])]
        )  # of workers
        return int(pytest.main([*own, "--tb=short", "--show-capture=no", *options, str(copy)], [Substitution(ours)]))


def main() -> int:
    """Run the suite for each searcher; the exit status is pytest's of the last that had failures."""
    ready = [entry for entry in CATALOGUE if entry.needs is None or entry.needs.is_file()]
    classes = {entry.name: entry.cls for entry in ready if "," not in entry.name}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("searchers", nargs="*", default=["random"], help=", ".join(classes))
    parser.add_argument("-k", default="", help="as in pytest")
    given = parser.parse_args()
    tests = given.checkout / TESTS
    unknown = [name for name in given.searchers if name not in classes]
    if not tests.is_file() or unknown:
        what = f"searchers out of {', '.join(classes)}, got {', '.join(unknown)}" if unknown else f"{tests}, found none"
        parser.error(f"wanted {what}")
    if "train.report(" in tests.read_text() and os.environ.get(OLD_REPORTS) != "0":
        os.environ[OLD_REPORTS] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.tune.ray_suite", *sys.argv[1:]])  # Ray reads it once
    status = 0
    with tempfile.TemporaryDirectory(prefix="ray-suite-home-") as home:
        # Ray writes the results of the tests there, and a token that it wants for as long as the process lives.
        os.environ["HOME"] = home
        for name in given.searchers:
            print(f"Ray's tests of searchers, with {classes[name].__name__}")
            status = run(tests, classes[name], *(["-k", given.k] if given.k else [])) or status
    return status


if __name__ == "__main__":
    sys.exit(main())
