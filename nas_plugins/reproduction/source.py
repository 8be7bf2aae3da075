"""MetaD2A's source database, as the options of a reproduction name it."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nas_plugins.evaluation.source_database import read_source_database
from nas_plugins.spaces.errors import InvalidArgument, InvalidDataset

if TYPE_CHECKING:
    from nas_plugins.strategies.metad2a import SourceDatabase

_RECORDS = "source_tasks_arch_acc.csv"


def source_folder(source: Path | None) -> Path:
    """The folder of the source database.

    Raises:
        InvalidArgument: None was given.
    """
    if source is None:
        raise InvalidArgument(f"wanted the folder of MetaD2A's source database ({_RECORDS}), got none; give --source")
    return source


def source_database(source: Path | None, places: Iterable[Path], seed: int) -> "SourceDatabase":
    """Records, tasks and image features, without rankings.

    Args:
        source: Folder of the source database.
        places: ``.npz`` files, or folders of them; files without classes of the tasks are passed over.
        seed: Of the choice and augmentation of images.

    Raises:
        InvalidArgument: No folder or no images were given.
        InvalidDataset: The database is not there, or a class is without images.
    """
    folder = source_folder(source)
    paths = [path for place in places for path in (sorted(place.glob("*.npz")) if place.is_dir() else [place])]
    if not paths:
        raise InvalidArgument(
            "wanted .npz files of ImageNet classes, got none; name them or their folder with --images"
        )
    return read_source_database(folder, paths, ranking=False, seed=seed)


def published_split(source: Path | None) -> NDArray[np.bool_]:
    """``(records,)``, true for the 400 records that the authors validate on.

    Raises:
        InvalidDataset: The file does not say.
    """
    path = source_folder(source) / _RECORDS
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows or "metad2a_split" not in rows[0]:
        raise InvalidDataset(f"wanted a column metad2a_split in {path}, found none; use --split task")
    return np.array([row["metad2a_split"] == "val" for row in rows])
