"""Progress of long commands: bars on a terminal, some hundred lines where the output goes to a file."""

from types import TracebackType

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from nas_plugins.cli.output import stderr


class Steps:
    """Shows how far named tasks have come; use it as a context.

    On a terminal each task has a bar with the time elapsed and left; in a log each step is one line, of
    more than a hundred steps each that begins another hundredth of them, and the last.
    """

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}"),
            console=stderr,
        )
        self._tasks: dict[str, TaskID] = {}
        self._hundredths: dict[str, int] = {}

    def __enter__(self) -> "Steps":
        if stderr.is_terminal:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if stderr.is_terminal:
            self._bars.stop()

    def update(self, name: str, completed: int, total: int, figures: str = "") -> None:
        """Say how far a task is; a new name starts a new bar."""
        if not stderr.is_terminal:
            hundredth = 100 * completed // max(total, 1)
            if total <= 100 or completed >= total or hundredth != self._hundredths.get(name):
                stderr.print(f"{name}: {completed}/{total} {figures}".rstrip(), markup=False, highlight=False)
            self._hundredths[name] = hundredth
            return
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=total, figures=figures)
        self._bars.update(self._tasks[name], completed=completed, figures=figures)
