"""What a log says of a long command."""

import pytest

from nas_plugins.cli.progress import Steps


@pytest.mark.parametrize(("total", "first", "lines"), [(7, 1, 7), (1000, 1, 101), (24_000, 12_345, 50)])
def test_a_log_has_a_line_per_step_or_per_hundredth(
    capsys: pytest.CaptureFixture[str], total: int, first: int, lines: int
) -> None:
    """Few steps all show, many some; the first that is told and the last always do."""
    with Steps() as steps:
        for completed in range(first, total + 1):
            steps.update("runs", completed, total, "going well")
    printed = capsys.readouterr().err.splitlines()
    assert len(printed) == lines
    assert printed[0] == f"runs: {first}/{total} going well"
    assert printed[-1] == f"runs: {total}/{total} going well"


def test_tasks_side_by_side_have_lines_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    """One task's steps do not hide another's."""
    with Steps() as steps:
        for completed in range(1, 1001):
            steps.update("one", completed, 1000)
            steps.update("two", completed, 1000)
    printed = capsys.readouterr().err.splitlines()
    assert sum(line.startswith("one") for line in printed) == sum(line.startswith("two") for line in printed) == 101
