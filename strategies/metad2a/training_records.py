"""Recorded trainings: which images, which architecture, which accuracy; one columnar file."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas_plugins.spaces.errors import DamagedFile
from nas_plugins.spaces.files import write_atomically

if TYPE_CHECKING:
    import pyarrow as pa

_KIND, _VERSION = "training_records", 1
_HEADER = b"nas_plugins"


@dataclass(frozen=True)
class TrainingRecord:
    """One training on one task.

    Args:
        space: Name of the search space.
        architecture: Canonical text.
        dataset: Name of the dataset the task was drawn from.
        classes: Names of the task's classes, in the order of their labels.
        images: Training images asked for; classes that have fewer gave what they had.
        task_seed: Seed of the draw of the images.
        style: How the images were changed; ``"plain"`` where they were not.
        train_images: Images trained on.
        test_images: Images the accuracy was measured on.
        protocol: The training settings that differ from nothing at all, ``"name=value"`` joined by commas.
        seed: Seed of weights, order and augmentation.
        accuracy: Percent of the test images after the last epoch; ``nan`` where the training diverged.
        seconds: Wall-clock seconds of the training.
    """

    space: str
    architecture: str
    dataset: str
    classes: tuple[str, ...]
    images: int
    task_seed: int
    style: str
    train_images: int
    test_images: int
    protocol: str
    seed: int
    accuracy: float
    seconds: float

    @property
    def task(self) -> tuple[str, tuple[str, ...], int, int, str]:
        """What the images are: dataset, classes, number, draw and style."""
        return (self.dataset, self.classes, self.images, self.task_seed, self.style)

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes a training the same training; results do not count."""
        return (self.space, self.architecture, *self.task, self.protocol, self.seed)


class TrainingRecords:
    """Records in order of arrival, each training once.

    Args:
        records: Later ones with the key of an earlier one are left out.
    """

    def __init__(self, records: Iterable[TrainingRecord] = ()) -> None:
        self._records: dict[tuple[Any, ...], TrainingRecord] = {}
        for record in records:
            self.add(record)

    def __len__(self) -> int:
        """Number of records."""
        return len(self._records)

    def __iter__(self) -> Iterator[TrainingRecord]:
        """The records in order of arrival."""
        return iter(self._records.values())

    def __contains__(self, key: object) -> bool:
        """Whether a training of that :attr:`TrainingRecord.key` is on record."""
        return key in self._records

    def add(self, record: TrainingRecord) -> bool:
        """Add a record; ``False`` where its training is on record already."""
        if record.key in self._records:
            return False
        self._records[record.key] = record
        return True

    def save(self, path: str | Path) -> Path:
        """Write all records as one Parquet file, whole or not at all."""
        import pyarrow as pa
        from pyarrow import parquet

        columns: dict[str, list[Any]] = {field.name: [] for field in fields(TrainingRecord)}
        for record in self:
            for name, value in asdict(record).items():
                columns[name].append(list(value) if isinstance(value, tuple) else value)
        about = json.dumps({"kind": _KIND, "version": _VERSION}).encode()
        table = pa.table(columns, schema=_schema().with_metadata({_HEADER: about}))
        return write_atomically(path, lambda temporary: parquet.write_table(table, temporary, compression="zstd"))

    @classmethod
    def load(cls, path: str | Path) -> "TrainingRecords":
        """Read a file that :meth:`save` wrote.

        Raises:
            DamagedFile: The file is missing, truncated, foreign or of another format version.
        """
        import pyarrow as pa
        from pyarrow import parquet

        try:
            table = parquet.read_table(Path(path))
        except (OSError, pa.ArrowException) as error:
            raise DamagedFile(
                f"wanted training records in {path}, found no Parquet file that can be read ({error}); move it away, "
                "or name another file"
            ) from error
        header = _header(table.schema.metadata or {})
        if header.get("kind") != _KIND or header.get("version") != _VERSION:
            raise DamagedFile(
                f"wanted training records of format version {_VERSION} in {path}, found {header or 'a foreign table'}; "
                "name another file, or use the release that wrote it"
            )
        if table.schema.names != _schema().names:
            raise DamagedFile(f"wanted the columns {_schema().names} in {path}, found {table.schema.names}")
        rows: list[dict[str, Any]] = table.to_pylist()
        return cls(TrainingRecord(**{**row, "classes": tuple(row["classes"])}) for row in rows)


def _header(metadata: Mapping[bytes, bytes]) -> dict[str, Any]:
    try:
        header = json.loads(metadata.get(_HEADER, b"{}"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        return {}
    return header if isinstance(header, dict) else {}


def _schema() -> "pa.Schema":
    import pyarrow as pa

    text, whole, number = pa.string(), pa.int64(), pa.float64()
    types: dict[Any, Any] = {str: text, int: whole, float: number, tuple[str, ...]: pa.list_(text)}
    return pa.schema([(field.name, types[field.type]) for field in fields(TrainingRecord)])
