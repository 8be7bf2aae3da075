"""The columnar file that official tables are converted to once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.evaluation.enumerated_table import EnumeratedTable
from nas_plugins.evaluation.setting import Seed, Setting
from nas_plugins.spaces import FiniteSearchSpace, get_space
from nas_plugins.spaces.errors import InvalidArgument, InvalidTable, UnansweredQuery
from nas_plugins.spaces.files import DAMAGED_ARCHIVE, check_unpacked_size, write_atomically

_KIND, _VERSION = "nas_plugins.table", 1
_ADVICE = "ask for one of these, or convert a file that has it"

Columns = dict[tuple[str, ...], NDArray[np.float32]]
"""Name parts of a column to ``(len(space),)`` values, ``nan`` where nothing is on record.

``("score", dataset, split, epochs, seed)``, ``("seconds", dataset, split, epochs)``, ``("parameters", dataset)`` and
``("latency", dataset)``, all parts as text.
"""


@dataclass(frozen=True, eq=False)
class ConvertedTable:
    """Everything a converted file holds.

    Args:
        space: Name of the space whose enumeration orders the columns.
        source: Name of the file that was converted.
        columns: The figures, see :data:`Columns`.
    """

    space: str
    source: str
    columns: Columns

    @property
    def datasets(self) -> tuple[str, ...]:
        """Datasets with scores."""
        return tuple(sorted({key[1] for key in self.columns if key[0] == "score"}))

    @property
    def recorded(self) -> int:
        """Architectures with a score of any kind."""
        scores = [~np.isnan(column) for key, column in self.columns.items() if key[0] == "score"]
        return int(np.any(scores, axis=0).sum()) if scores else 0

    def save(self, path: str | Path) -> Path:
        """Write the file, an ``.npz`` of float32 columns with a JSON header, atomically.

        Raises:
            InvalidArgument: The name does not end in ``.npz``.
        """
        path = check_name(path)
        header = json.dumps({"kind": _KIND, "version": _VERSION, "space": self.space, "source": self.source})
        arrays: dict[str, NDArray[Any]] = {"/".join(key): column for key, column in self.columns.items()}
        return write_atomically(
            path,
            lambda temporary: np.savez_compressed(temporary, allow_pickle=False, header=np.array(header), **arrays),
        )

    @classmethod
    def load(cls, path: str | Path) -> "ConvertedTable":
        """Read a file that :meth:`save` wrote.

        Raises:
            InvalidTable: The file is missing, damaged, foreign or of another format version.
        """
        try:
            check_unpacked_size(path)
            with np.load(path, allow_pickle=False) as archive:
                header = json.loads(str(archive["header"][()]))
                columns = {tuple(name.split("/")): archive[name] for name in archive.files if name != "header"}
        except DAMAGED_ARCHIVE as error:
            raise InvalidTable(
                f"wanted a table at {path} that `nas-plugins convert` wrote, could not read one "
                f"({' '.join(str(error).split())})"
            ) from error
        if not isinstance(header, Mapping) or header.get("kind") != _KIND:
            raise InvalidTable(f"wanted a table at {path} that `nas-plugins convert` wrote, found another kind of file")
        if header.get("version") != _VERSION:
            raise InvalidTable(
                f"wanted a table of format version {_VERSION} at {path}, found version {header.get('version')!r}; "
                "convert the original file again"
            )
        foreign = [key for key, column in columns.items() if not _is_column(key, column)]
        if foreign:
            raise InvalidTable(
                f"wanted only columns that `nas-plugins convert` writes in {path}, found {'/'.join(foreign[0])!r}; "
                "convert the original file again"
            )
        return cls(str(header.get("space")), str(header.get("source")), columns)

    def benchmark(
        self, dataset: str, *, name: str, split: str = "validation", epochs: int | None = None, seed: Seed = "mean"
    ) -> EnumeratedTable[Any]:
        """One dataset as a benchmark.

        Args:
            dataset: One of :attr:`datasets`.
            name: Name for tables and messages.
            split: ``"validation"`` or ``"test"``.
            epochs: Length of the recorded trainings; ``None`` takes the longest on record.
            seed: A seed on record, or ``"mean"`` over the recorded ones of each architecture.

        Raises:
            UnansweredQuery: The dataset, split, epochs or seed is not on record.
        """
        if dataset not in self.datasets:
            raise UnansweredQuery(f"wanted one of the datasets {', '.join(self.datasets)} of {name}, got {dataset!r}")
        space = get_space(self.space)
        if not isinstance(space, FiniteSearchSpace):
            raise InvalidTable(f"wanted a table over a finite space in {name}, got {self.space}")
        scores: dict[Setting, NDArray[Any]] = {}
        for kind, *parts in self.columns:
            if kind == "score" and parts[0] == dataset:
                setting = Setting(dataset, parts[1], int(parts[2]), int(parts[3]))
                scores[setting] = self.columns[kind, *parts].astype(np.float64)
        for mean in {replace(setting, seed="mean") for setting in scores}:
            runs = [column for setting, column in scores.items() if replace(setting, seed="mean") == mean]
            scores[mean] = _mean_of_recorded(runs)
        longest = max((setting.epochs or 0 for setting in scores if setting.split == split), default=None)
        return EnumeratedTable(
            name,
            space,
            Setting(dataset, split, longest if epochs is None else epochs, seed),
            scores=scores,
            seconds={
                Setting(dataset, key[2], int(key[3])): column
                for key, column in self.columns.items()
                if key[:2] == ("seconds", dataset)
            },
            parameters={key[1]: column for key, column in self.columns.items() if key[0] == "parameters"},
            latency={key[1]: column for key, column in self.columns.items() if key[0] == "latency"},
            advice=_ADVICE,
        )


def _is_column(key: tuple[str, ...], column: Any) -> bool:
    """Whether a name and an array are one of :data:`Columns`; the length is checked where the space is known."""
    parts = {"score": 5, "seconds": 4, "parameters": 2, "latency": 2}.get(key[0])
    numbers = key[3:]
    return (
        len(key) == parts
        and all(number.isascii() and number.isdigit() and len(number) < 10 for number in numbers)
        and isinstance(column, np.ndarray)
        and column.ndim == 1
        and column.dtype.kind == "f"
    )


def check_name(path: str | Path) -> Path:
    """The path, if its name ends in ``.npz``."""
    path = Path(path).expanduser()
    if path.suffix != ".npz":
        raise InvalidArgument(f"wanted a file name that ends in .npz for the converted table, got {path}")
    return path


def _mean_of_recorded(columns: list[NDArray[Any]]) -> NDArray[np.float64]:
    stacked = np.stack(columns)
    recorded = ~np.isnan(stacked)
    with np.errstate(invalid="ignore"):  # no record at all: 0 / 0 is the nan that says so
        mean: NDArray[np.float64] = np.where(recorded, stacked, 0).sum(axis=0) / recorded.sum(axis=0)
    return mean
