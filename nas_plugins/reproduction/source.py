"""MetaD2A's source database: with the features of its classes' images, and what a generator was taught of it."""

import csv
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.evaluation import load_benchmark
from nas_plugins.spaces.errors import InvalidArgument, InvalidDataset

if TYPE_CHECKING:
    from nas_plugins.strategies.metad2a import MetaD2AModel, SourceDatabase

_RECORDS = "source_tasks_arch_acc.csv"
_RANKING = "imagenet16-120"


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
    from nas_plugins.datasets.wordnet import images_by_wordnet
    from nas_plugins.strategies.image_features.extractors import get_extractor
    from nas_plugins.strategies.metad2a import SourceTables
    from nas_plugins.strategies.metad2a.feature_bank import feature_bank

    tables = SourceTables.read(source_folder(source))
    paths = [path for place in places for path in (sorted(place.glob("*.npz")) if place.is_dir() else [place])]
    if not paths:
        raise InvalidArgument(
            "wanted .npz files of ImageNet classes, got none; name them or their folder with --images"
        )
    images = images_by_wordnet(paths, tables.used_classes())
    features = feature_bank(images, get_extractor("distilled"), np.random.default_rng(seed)) if images else {}
    return tables.database(features)


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


def taught_by(model: "MetaD2AModel", source: Path | None) -> list[str]:
    """Every architecture a model's generator was taught.

    Weights say so themselves. For those of before, the split of the source database is drawn again from their
    settings; the number of records tells whether it is the same database.

    Raises:
        InvalidArgument: The weights do not say, and no source database was given or it is another one.
    """
    if "taught" in model.about:
        return list(model.about["taught"])
    from nas_plugins.strategies.metad2a import MetaTraining, MetaTrainingSettings, Ranking, SourceTables

    tables = SourceTables.read(source_folder(source))
    # Images do not matter to what is taught: every class gets one empty feature.
    nothing = np.zeros((1, 1), np.float32)
    rankings = []
    if _RANKING in model.about["rankings"]:
        benchmark = load_benchmark(f"nasbench201/{_RANKING}")
        cells = list(benchmark.architectures())
        scores = np.array([benchmark.score(cell) for cell in cells])
        rankings.append(Ranking(_RANKING, (nothing,), tuple(map(str, cells)), scores))
    database = tables.database(dict.fromkeys(tables.used_classes(), nothing), rankings)
    known = {field.name for field in fields(MetaTrainingSettings)}
    settings: dict[str, Any] = {name: value for name, value in model.about["settings"].items() if name in known}
    training = MetaTraining(model.space, database, MetaTrainingSettings(**settings))
    if len(training.training.record_accuracy) != model.about["records"]:
        raise InvalidArgument(
            f"wanted the source database the weights were trained on, with {model.about['records']:,} training "
            f"records, got one with {len(training.training.record_accuracy):,}; weights trained anew say what they "
            "were taught"
        )
    return training.taught()
