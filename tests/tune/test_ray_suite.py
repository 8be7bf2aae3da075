"""What Ray's own tests of searchers prove when they are run with ours; no Ray process is started."""

import subprocess
import sys
from pathlib import Path

from tests.tune.ray_suite import TESTS

ROOT = Path(__file__).resolve().parents[2]

THEIRS = """
import unittest


class AddEvaluatedPointTest(unittest.TestCase):
    def setUp(self):
        from ray.tune.search.optuna import OptunaSearch

        self.searcher = OptunaSearch(metric="metric", mode="max")
        if self._testMethodName == "testOptuna":
            raise AttributeError("no Ray at the address")

    def testOptuna(self):
        self.searcher._ot_study

    def testSkOpt(self):
        self.searcher._skopt_opt


class SaveRestoreCheckpointTest(unittest.TestCase):
    def testZOOpt(self):
        pass

    def testOptuna(self):
        pass
"""


def test_expected_failures_are_of_the_expected_kind(tmp_path: Path) -> None:
    """An error while a test is set up, or none, is a failure of the suite; the error foreseen is expected."""
    tests = tmp_path / TESTS
    tests.parent.mkdir(parents=True)
    tests.write_text(THEIRS)
    done = subprocess.run(
        [sys.executable, "-m", "tests.tune.ray_suite", str(tmp_path), "random"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert "2 failed, 1 passed, 1 xfailed" in done.stdout, done.stdout + done.stderr
    assert "wanted no _budget, found one" in done.stdout
    assert "no Ray at the address" in done.stdout
    assert done.returncode == 1
