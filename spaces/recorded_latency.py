"""Latencies on record, one per architecture, from a CSV file."""

import csv
import math
from collections.abc import Hashable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from nas_plugins.spaces.cost_measure import CostMeasure
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument, InvalidTable
from nas_plugins.spaces.files import user_path
from nas_plugins.spaces.nasbench201.cell import OPERATIONS, Cell
from nas_plugins.spaces.part_of_space import PartOfSpace
from nas_plugins.spaces.space import SearchSpace

A = TypeVar("A", bound=Hashable)

_KEYS = ("architecture", "ops")


class RecordedLatency(CostMeasure[A]):
    """One column of a CSV file of latencies, read once.

    A row names its architecture by ``architecture``, the canonical text, or by ``ops``, one digit per edge of a
    NAS-Bench-201 cell as published tables have it. An architecture without a row costs infinitely much: what is not on
    record is within no bound. So in a space too large to go through, bounds leave the architectures of :attr:`known`
    alone to search among.

    Args:
        space: The space of the architectures; of a part of a space the file may have what lies outside it too.
        path: The file, UTF-8, with or without a byte order mark, comma-separated.
        column: The device; may be left out where there is one column beside the names and ``index``.
        unit: Of the numbers.

    Raises:
        InvalidTable: No file, no such columns, no rows, or a bad row; the message gives the line.
        InvalidArgument: The column is missing, or has to be named; the message lists what there is.

    References:
        Li et al., HW-NAS-Bench: Hardware-Aware Neural Architecture Search Benchmark, ICLR 2021 (milliseconds).
    """

    name = "latency"

    def __init__(self, space: SearchSpace[A], path: str | Path, column: str | None = None, *, unit: str = "ms") -> None:
        while isinstance(space, PartOfSpace):
            space = space.whole
        self.space, self.path, self.unit = space, user_path(str(path)), unit
        self.column, self._values = self._read(column)

    def __call__(self, architecture: A) -> float:
        """The latency on record; infinite without a record."""
        return self._values.get(architecture, math.inf)

    @cached_property
    def known(self) -> tuple[A, ...]:
        """The architectures with a finite latency on record, in the order of their texts, whatever that of the rows."""
        return tuple(sorted((one for one, value in self._values.items() if math.isfinite(value)), key=str))

    def key(self) -> tuple[Hashable, ...]:
        """File, column and space."""
        return self.space, self.path, self.column, len(self._values)

    def settings(self) -> dict[str, Any]:
        """The column, how many latencies it has, and what they come to; the file may lie elsewhere by now."""
        finite = filter(math.isfinite, self._values.values())
        return {"column": self.column, "rows": len(self._values), "sum": math.fsum(finite)}

    def _read(self, column: str | None) -> tuple[str, dict[A, float]]:
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                rows = csv.DictReader(file)
                names = list(rows.fieldnames or [])
                key = next((name for name in _KEYS if name in names), None)
                if key is None:
                    raise InvalidTable(
                        f"wanted a column 'architecture' or 'ops' in {self.path}, got {names}; rename one"
                    )
                devices = [name for name in names if name not in (*_KEYS, "index")]
                column = devices[0] if column is None and len(devices) == 1 else column
                if column not in devices:
                    raise InvalidArgument(
                        f"wanted a column of {self.path} out of {', '.join(devices) or 'none'}, got {column!r}; "
                        "name it as in FILE.csv:COLUMN"
                    )
                values = {self._named(row, key): self._number(row, column, rows.line_num) for row in rows}
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise InvalidTable(
                f"wanted latencies in {self.path}, could not read it ({error}); name a CSV file saved as UTF-8"
            ) from error
        if not values:
            raise InvalidTable(f"wanted at least one latency in {self.path}, got none; add rows")
        return column, values

    def _named(self, row: dict[str, str], key: str) -> A:
        try:
            if key == "architecture":
                return self.space.parse(row[key])
            architecture: Any = Cell(tuple(OPERATIONS[int(digit)] for digit in row[key]))
        except (InvalidArchitecture, ValueError, IndexError, TypeError) as error:
            raise InvalidTable(
                f"wanted an architecture of {self.space.name} in {self.path}, got {row[key]!r}"
            ) from error
        if not self.space.contains(architecture):
            raise InvalidTable(f"wanted architectures of {self.space.name} in {self.path}, got cells of NAS-Bench-201")
        cell: A = architecture
        return cell

    def _number(self, row: dict[str, str], column: str, line: int) -> float:
        try:
            value = float(row[column])
        except (ValueError, TypeError):
            value = math.nan
        if not value >= 0:
            raise InvalidTable(f"wanted a latency of at least 0 in line {line} of {self.path}, got {row[column]!r}")
        return value

    def __repr__(self) -> str:
        return f"RecordedLatency({self.space!r}, {str(self.path)!r}, {self.column!r})"
