"""The table of docs/compatibility.md is up to date, and every cell of it is run here."""

import ast
import re

import pytest

from tests.compatibility import CELLS, DOCUMENT, HOSTS, NUMBER, TRIALS, document
from tests.strategies.catalogue import METAD2A_WEIGHTS


@pytest.mark.usefixtures("short_ascent")
@pytest.mark.parametrize(("strategy", "host", "trial"), CELLS)
def test_the_strategy_runs_in_the_host_with_the_trial(strategy: str, host: str, trial: str) -> None:
    """Two trials, one after the other; accuracies in percent."""
    if strategy.startswith(("metad2a", "default")) and not METAD2A_WEIGHTS.is_file():
        pytest.skip("needs the trained weights")
    scores = HOSTS[host](strategy, TRIALS[trial])

    assert len(scores) == NUMBER
    assert all(0 <= score <= 100 for score in scores)


def test_the_document_is_up_to_date() -> None:
    """`python -m tests.compatibility` writes it."""
    assert DOCUMENT.read_text(encoding="utf-8") == document()


def test_the_tests_that_the_documentation_names_exist() -> None:
    """What docs/hosts.md says is survived names files and functions that are there."""
    root = DOCUMENT.parents[1]
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (root / "docs" / "hosts.md").read_text(encoding="utf-8"))
    functions = {
        path: {
            node.name for node in ast.walk(ast.parse((root / path).read_text())) if isinstance(node, ast.FunctionDef)
        }
        for path, _ in named
    }

    assert len(named) >= 10
    assert not [f"{path}::{name}" for path, name in named if name not in functions[path]]
