"""What a reproduction leaves behind: figures with their spread, tables of them, the protocol, pictures."""

import csv
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.evaluation import mean_interval
from nas_plugins.spaces.files import write_atomically


@dataclass(frozen=True)
class Figure:
    """A reported number and how sure it is.

    Args:
        mean: The number, or the mean of it over runs; nan where it has no value.
        std: Standard deviation over runs; ``None`` for a single number.
        low: Lower end of the 95 % interval of the mean; ``None`` where there is none.
        high: Upper end.
        runs: Runs behind it; ``None`` where it is not told.
    """

    mean: float
    std: float | None = None
    low: float | None = None
    high: float | None = None
    runs: int | None = 1

    @classmethod
    def of(cls, values: "Sequence[float] | NDArray[np.float64]") -> "Figure":
        """Mean, standard deviation and Student's 95 % interval over runs; runs that all agree have no spread.

        One run without a result, nan, leaves no mean and no spread either.
        """
        found = np.asarray(values, dtype=np.float64)
        mean = float(found.mean())
        if len(found) < 2 or np.ptp(found) == 0 or math.isnan(mean):
            return cls(mean, runs=len(found))
        half = mean_interval(found)
        return cls(mean, float(found.std(ddof=1)), mean - half, mean + half, len(found))

    @classmethod
    def published(cls, mean: float, half_width: float | None = None) -> "Figure":
        """A number as papers print it, with half the width of its 95 % interval."""
        if half_width is None:
            return cls(mean, runs=None)
        return cls(mean, None, mean - half_width, mean + half_width, None)

    def text(self, digits: int = 2) -> str:
        """For people: ``mean ± standard deviation [95 % interval]``, as much of it as there is, or ``nan``.

        >>> Figure.published(94.37, 0.03).text()
        '94.37 [± 0.03]'
        """
        text = f"{self.mean:.{digits}f}"
        if math.isnan(self.mean):
            return text
        if self.std is not None:
            text += f" ± {self.std:.{digits}f}"
        if self.low is not None and self.high is not None:
            below, above = self.mean - self.low, self.high - self.mean
            if math.isclose(below, above, abs_tol=1e-9):
                text += f" [± {above:.{digits}f}]"
            else:
                text += f" [{self.low:.{digits}f}, {self.high:.{digits}f}]"
        return text

    def to_json(self) -> dict[str, float | int | None]:
        """Plain data."""
        return {"mean": self.mean, "std": self.std, "low": self.low, "high": self.high, "runs": self.runs}


@dataclass(frozen=True)
class Row:
    """A line of a table.

    Args:
        method: What the figures are of.
        figures: By column; a column may be missing.
        details: What else must be known to read them, by heading, such as the number of look-ups.
        published: Whether the figures are somebody's printed ones.
        note: What a picture adds to the method.
    """

    method: str
    figures: Mapping[str, Figure]
    details: Mapping[str, str] | None = None
    published: bool = False
    note: str = ""


@dataclass(frozen=True)
class ResultTable:
    """Ours beside the published.

    Args:
        title: What the figures are.
        details: Headings of the columns of words behind the method.
        columns: Headings of the columns of figures.
        rows: The lines.
        digits: Digits behind the point.
    """

    title: str
    details: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    digits: int = 2

    @property
    def headings(self) -> tuple[str, ...]:
        """Headings of :meth:`cells`."""
        return ("method", *self.details, *self.columns)

    def cells(self) -> list[list[str]]:
        """The table as text, a list per row; a dash where there is nothing."""
        return [
            [
                row.method + (", as published" if row.published else ""),
                *((row.details or {}).get(name, "-") for name in self.details),
                *(row.figures[name].text(self.digits) if name in row.figures else "-" for name in self.columns),
            ]
            for row in self.rows
        ]

    def draw(self, path: Path, *, title: str, subtitle: str, shown: Callable[[Row], bool] = lambda _: True) -> Path:
        """Draw the rows that are to be shown, first on top, and the columns in which they have numbers."""
        from nas_plugins.plots import ComparisonRow, draw_comparison

        rows = [
            ComparisonRow(
                _label(row),
                {name: (figure.mean, figure.low, figure.high) for name, figure in row.figures.items()},
                row.published,
            )
            for row in self.rows
            if shown(row)
        ]
        columns = [
            name
            for name in self.columns
            if any(name in row.figures and math.isfinite(row.figures[name][0]) for row in rows)
        ]
        return draw_comparison(rows, columns, path, title=title, subtitle=subtitle, digits=self.digits)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "title": self.title,
            "columns": list(self.columns),
            "rows": [
                {
                    "method": row.method,
                    "published": row.published,
                    **({"details": dict(row.details)} if row.details else {}),
                    "figures": {name: figure.to_json() for name, figure in row.figures.items()},
                }
                for row in self.rows
            ],
        }

    def save(self, path: Path) -> Path:
        """Write the table as CSV: one line per figure, so that nothing has to be parsed out of a cell."""

        def write(part: Path) -> None:
            with part.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(("method", "published", *self.details, "column", "mean", "std", "low", "high", "runs"))
                for row in self.rows:
                    words = [(row.details or {}).get(name, "") for name in self.details]
                    for column, figure in row.figures.items():
                        writer.writerow((row.method, row.published, *words, column, *figure.to_json().values()))

        return write_atomically(path, write)


def _label(row: Row) -> str:
    """A row in few words: its method, how it was chosen or reported, and whether it is somebody else's."""
    words = [row.method, *(word for word in (row.note, "published" if row.published else "") if word)]
    return ", ".join(words)


@dataclass(frozen=True)
class Report:
    """One table or figure of a paper, done again.

    Args:
        name: As on the command line.
        title: What it is.
        source: Paper and place.
        protocol: How the figures were got, a sentence each.
        tables: The figures.
        pictures: Files drawn.
    """

    name: str
    title: str
    source: str
    protocol: tuple[str, ...]
    tables: tuple[ResultTable, ...]
    pictures: tuple[Path, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name,
            "title": self.title,
            "source": self.source,
            "protocol": list(self.protocol),
            "tables": [table.to_json() for table in self.tables],
            "pictures": [str(picture) for picture in self.pictures],
        }

    def save(self, folder: Path) -> list[Path]:
        """Write every table as CSV into a folder."""
        names = [f"table{number}.csv" if number > 1 else "table.csv" for number in range(1, len(self.tables) + 1)]
        return [table.save(folder / name) for table, name in zip(self.tables, names, strict=True)]
