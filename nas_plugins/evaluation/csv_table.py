"""Anyone's own recorded trainings, from a CSV file."""

import csv
import math
from collections.abc import Collection, Hashable, Iterator
from pathlib import Path
from typing import TypeVar

from nas_plugins.evaluation.benchmark import Benchmark
from nas_plugins.evaluation.setting import Setting
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidTable
from nas_plugins.spaces.space import SearchSpace

A = TypeVar("A", bound=Hashable)


class CSVTable(Benchmark[A]):
    """A table with one row per architecture, over a whole space or a part of it.

    The first line names the columns: ``architecture``, the canonical text; ``score``, higher is better, ``nan`` for a
    training that failed; and, where known, ``seconds`` of training. Further columns are passed over. The scores are
    taken for validation scores on a dataset named after the file; the file says nothing of epochs and seeds, so
    questions about them are refused, and so is ``split="test"``.

    An architecture without a row is refused too (:class:`UnansweredQuery`). A search simulated on the table tells the
    strategy ``nan`` for it and does not count it as a query, so that the rows alone make up the budget.

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
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file, restkey="", strict=True)
            _check_columns(rows.fieldnames, path)
            for row in rows:
                where = f"{path}, line {rows.line_num}"
                architecture = _architecture(row, space, where)
                if architecture in lines:
                    raise InvalidTable(
                        f"wanted one row per architecture, got {architecture} a second time at {where}, first at line "
                        f"{lines[architecture]}; keep one, or write their mean"
                    )
                lines[architecture] = rows.line_num
                scores[architecture] = _number(row, "score", where)
                if "seconds" in row:
                    seconds[architecture] = _seconds(row, where)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidTable(f"wanted a UTF-8 CSV file at {path}, could not read it ({error})") from error
    if all(math.isnan(score) for score in scores.values()):
        raise InvalidTable(f"wanted rows with a score in {path}, found none among {len(scores)}")
    return scores, seconds


def _check_columns(names: Collection[str] | None, path: Path) -> None:
    missing = [name for name in ("architecture", "score") if name not in (names or ())]
    if missing:
        raise InvalidTable(
            f"wanted the columns 'architecture' and 'score' in the first line of {path}, {' and '.join(missing)} "
            f"missing among {list(names or ())}; name the columns, separated by commas"
        )
    if len(set(names or ())) < len(names or ()):
        raise InvalidTable(f"wanted different column names in the first line of {path}, got {list(names or ())}")


def _architecture(row: dict[str, str], space: SearchSpace[A], where: str) -> A:
    if "" in row or None in row.values():
        raise InvalidTable(f"wanted as many values as columns, got another number at {where}; mend the row")
    try:
        return space.parse(row["architecture"])
    except InvalidArchitecture as error:
        raise InvalidTable(f"wanted an architecture of {space.name} at {where}: {error}") from error


def _number(row: dict[str, str], column: str, where: str) -> float:
    try:
        number = float(row[column])
    except ValueError:
        number = math.inf
    if math.isinf(number):
        raise InvalidTable(f"wanted a number in column {column!r} at {where}, got {row[column]!r}")
    return number


def _seconds(row: dict[str, str], where: str) -> float:
    number = _number(row, "seconds", where)
    if not number >= 0:  # nan compares false
        raise InvalidTable(f"wanted seconds of at least 0 at {where}, got {row['seconds']!r}; leave the column out")
    return number
