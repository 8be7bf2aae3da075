"""The official NAS-Bench-101 file, converted once to one small columnar file."""

import base64
import binascii
import json
import math
from pathlib import Path

import numpy as np

from nas_plugins.evaluation.converted_table import Columns, ConvertedTable
from nas_plugins.evaluation.model_metrics import ModelMetrics
from nas_plugins.evaluation.tfrecord import read_records
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidTable
from nas_plugins.spaces.nasbench101 import Cell, NASBench101

_DATASET = "cifar10"
_REPEATS = 3  # trainings of each cell at each number of epochs (Ying et al., 2019, section 2.4)


def convert_nasbench101(source: Path) -> ConvertedTable:
    """Read ``nasbench_full.tfrecord`` or ``nasbench_only108.tfrecord``, without TensorFlow.

    Kept are the accuracies in percent at the end of each training of 4, 12, 36 or 108 epochs, validation and test, per
    repeat in the order of the file; training seconds without evaluation, averaged over repeats; parameters in millions.
    The figures half-way through a training are left out: its learning rate has not come down, so they are not those of
    a training of half the epochs.

    Args:
        source: The file. A record is a JSON list of module hash, epochs, matrix, operations and a ``ModelMetrics``
            message in base 64.

    Returns:
        The table, not yet saved.

    Raises:
        InvalidTable: A record is damaged, of another form, of a graph that is no cell, or filed under a hash that is
            not its cell's.
    """
    space = NASBench101()
    columns: Columns = {}
    rows: dict[str, int] = {}
    repeats: dict[tuple[int, str], int] = {}
    seconds: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for number, record in enumerate(read_records(source)):
        key, epochs, cell, metrics = _read(record, f"record {number} of {source}")
        row = rows.get(key)
        if row is None:
            row = rows[key] = space.index(_checked(cell, key, f"record {number} of {source}"))
        repeat = repeats[row, epochs] = repeats.get((row, epochs), -1) + 1
        if repeat >= _REPEATS:
            raise InvalidTable(f"wanted {_REPEATS} trainings of a cell at {epochs} epochs in {source}, found more")
        end = metrics.evaluations[-1]
        for split, accuracy in (("validation", end.validation_accuracy), ("test", end.test_accuracy)):
            _column(columns, len(space), "score", _DATASET, split, epochs, str(repeat))[row] = 100 * accuracy
        if epochs not in seconds:
            seconds[epochs] = np.zeros(len(space)), np.zeros(len(space))
        if not math.isnan(end.seconds):
            seconds[epochs][0][row] += end.seconds
            seconds[epochs][1][row] += 1
        _column(columns, len(space), "parameters", _DATASET)[row] = metrics.parameters / 1e6
    if not rows:
        raise InvalidTable(f"wanted trainings of NAS-Bench-101 cells in {source}, found no record")
    for epochs, (total, count) in seconds.items():
        with np.errstate(invalid="ignore"):  # no training on record: 0 / 0 is the nan that says so
            mean = (total / count).astype(np.float32)
        for split in ("validation", "test"):
            columns["seconds", _DATASET, split, epochs] = mean
    return ConvertedTable(space.name, source.name, columns)


def _column(columns: Columns, size: int, *name: str) -> np.ndarray:
    if name not in columns:
        columns[name] = np.full(size, np.nan, dtype=np.float32)
    return columns[name]


def _read(record: bytes, where: str) -> tuple[str, str, tuple[str, str], ModelMetrics]:
    """Module hash, epochs, matrix and operations as text, and figures."""
    try:
        key, epochs, matrix, operations, message = json.loads(record)
        metrics = ModelMetrics.parse(base64.b64decode(message, validate=True))
        if not (isinstance(key, str) and isinstance(matrix, str) and isinstance(operations, str) and int(epochs) > 0):
            raise ValueError("not the texts and numbers of a training")
        if not metrics.evaluations:
            raise ValueError("no evaluations")
    except (ValueError, TypeError, UnicodeDecodeError, binascii.Error) as error:
        raise InvalidTable(
            f"wanted a training of a NAS-Bench-101 cell in {where}, could not read it ({error})"
        ) from error
    return key, str(int(epochs)), (matrix, operations), metrics


def _checked(cell: tuple[str, str], key: str, where: str) -> Cell:
    """The cell of a matrix and operations, if the hash is its."""
    matrix, operations = cell[0], cell[1].split(",")
    size = math.isqrt(len(matrix))
    try:
        if size**2 != len(matrix) or set(matrix) - {"0", "1"}:
            raise InvalidArchitecture(f"wanted a square matrix of 0 and 1, got {matrix!r}")
        pruned = Cell.pruned(operations, np.array([int(entry) for entry in matrix]).reshape(size, size))
    except InvalidArchitecture as error:
        raise InvalidTable(f"wanted a NAS-Bench-101 cell in {where}: {error}") from error
    if pruned.hash() != key:
        raise InvalidTable(f"wanted the hash {pruned.hash()} of {pruned} in {where}, found {key}; the file is damaged")
    return pruned
