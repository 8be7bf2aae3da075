"""Anyone's own recorded trainings, from a CSV file."""

import math
from collections.abc import Collection, Hashable, Iterator
from pathlib import Path
from typing import TypeVar

from nas_plugins.evaluation.benchmark import Benchmark
from nas_plugins.evaluation.scored_rows import scored_rows
from nas_plugins.evaluation.setting import Setting
from nas_plugins.spaces.errors import InvalidTable
from nas_plugins.spaces.listed_space import ListedSpace
from nas_plugins.spaces.space import FiniteSearchSpace, SearchSpace

A = TypeVar("A", bound=Hashable)


class CSVTable(Benchmark[A]):
    """A table with one row per architecture, over a whole space or a part of it.

    The first line names the columns: ``architecture``, the canonical text; ``score``, higher is better, ``nan`` for a
    training that failed; and, where known, ``seconds`` of training. Further columns are passed over. The scores are
    taken for validation scores on a dataset named after the file; the file says nothing of epochs and seeds, so
    questions about them are refused, and so is ``split="test"``.

    An architecture without a row is refused too (:class:`UnansweredQuery`). Where some have none, :attr:`space` is the
    rows alone (:class:`ListedSpace`), and searches never leave them: neighbours are those with a row, often none. A
    search of the whole would spend most of its time on architectures nothing is known of, and learn from each that it
    failed.

    Args:
        path: The file, UTF-8, comma-separated.
        space: The space its architectures are members of.
        setting: What the scores are; by default validation scores on a dataset named after the file.

    Raises:
        InvalidTable: No file, no such columns, no rows, or a bad row; the message gives the line.
        UnansweredQuery: The setting is not the one of the file.
    """

    def __init__(self, path: str | Path, space: SearchSpace[A], setting: Setting | None = None) -> None:
        path = Path(path)
        self._own = Setting(path.stem)
        self._scores, self._seconds = _read(path, space)
        if not isinstance(space, FiniteSearchSpace) or len(self._scores) < len(space):
            space = ListedSpace(space, self._scores)
        advice = "a CSV table has one score per architecture; leave split, epochs and seed at their defaults"
        super().__init__(path.stem, space, self._own if setting is None else setting, advice=advice)

    @property
    def description(self) -> str:
        """Only the file's name is known of its scores: not whether they are accuracies, nor of what."""
        return f"scores of {self.name}.csv"

    @property
    def score_name(self) -> str:
        """The name of the column."""
        return "score"

    @property
    def settings(self) -> Collection[Setting]:
        """The one setting of the file."""
        return (self._own,)

    def architectures(self) -> Iterator[A]:
        """Every architecture with a row, in the order of the file."""
        return iter(self._scores)

    def optimum(self) -> tuple[A, float]:
        """The architecture with the highest score, the first in the file among equals, and the score."""
        return max(
            ((architecture, score) for architecture, score in self._scores.items() if not math.isnan(score)),
            key=lambda row: row[1],
        )

    def seconds(self, architecture: A) -> float | None:
        """Training seconds, where the file has them."""
        return self._seconds.get(architecture)

    def _recorded(self, architecture: A, setting: Setting) -> float | None:
        del setting  # there is only one
        return self._scores.get(architecture)


def _read(path: Path, space: SearchSpace[A]) -> tuple[dict[A, float], dict[A, float]]:
    scores: dict[A, float] = {}
    seconds: dict[A, float] = {}
    lines: dict[A, int] = {}
    for row in scored_rows(path, space):
        if row.architecture in lines:
            raise InvalidTable(
                f"wanted one row per architecture, got {row.architecture} a second time at {path}, line {row.line}, "
                f"first at line {lines[row.architecture]}; keep one, or write their mean"
            )
        lines[row.architecture] = row.line
        scores[row.architecture] = row.score
        if row.seconds is not None:
            seconds[row.architecture] = row.seconds
    if all(math.isnan(score) for score in scores.values()):
        raise InvalidTable(f"wanted rows with a score in {path}, found none among {len(scores)}")
    return scores, seconds
