"""The table of docs/compatibility.md is up to date, and every cell of it is run here."""

import pytest

from tests.compatibility import CELLS, DOCUMENT, HOSTS, NUMBER, TRIALS, document
from tests.strategies.catalogue import METAD2A_WEIGHTS


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
