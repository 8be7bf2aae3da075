"""Rows of architectures and scores in a CSV file, each checked."""

import csv
import math
from collections.abc import Collection, Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from nas_plugins.spaces.errors import InvalidArchitecture, InvalidTable
from nas_plugins.spaces.space import SearchSpace

A = TypeVar("A", bound=Hashable)


@dataclass(frozen=True)
class ScoredRow(Generic[A]):
    """One row.

    Args:
        line: Its line in the file, counted from 1.
        architecture: What was trained.
        score: Higher is better; ``nan`` for a training that failed.
        seconds: Of training, ``None`` where the file has no such column.
    """

    line: int
    architecture: A
    score: float
    seconds: float | None


def scored_rows(path: Path, space: SearchSpace[A]) -> Iterator[ScoredRow[A]]:
    """Read the columns ``architecture``, ``score`` and, where it is there, ``seconds``; others are passed over.

    Args:
        path: The file, UTF-8, comma-separated, with the names of its columns in the first line.
        space: The space of the architectures.

    Raises:
        InvalidTable: No file, no such columns, or a bad row; the message gives the line.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file, restkey="", strict=True)
            _check_columns(rows.fieldnames, path)
            for row in rows:
                where = f"{path}, line {rows.line_num}"
                yield ScoredRow(
                    rows.line_num,
                    _architecture(row, space, where),
                    _number(row, "score", where),
                    _seconds(row, where) if "seconds" in row else None,
                )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidTable(f"wanted a UTF-8 CSV file at {path}, could not read it ({error})") from error


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
