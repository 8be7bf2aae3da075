"""Read what MetaD2A is meta-trained on: published records, images of their classes, and the table they came from."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nas_plugins.evaluation.loading import load_benchmark

if TYPE_CHECKING:
    from nas_plugins.strategies.metad2a import SourceDatabase

RANKING = "imagenet16-120"
_RANKED_CLASSES = 120  # ImageNet16-120 is the first 120 of the 1,000 classes


def read_source_database(
    folder: str | Path, images: Iterable[Path], *, ranking: bool, extractor: str = "distilled", seed: int = 0
) -> "SourceDatabase":
    """Records, tasks and the features of every class they need.

    Args:
        folder: Of the published records, see :meth:`nas_plugins.strategies.metad2a.SourceTables.read`.
        images: Datasets whose class names begin with the WordNet id of their class; other classes are passed over.
        ranking: Whether the validation accuracies of ImageNet16-120's table join as a ranking.
        extractor: Name of the image features.
        seed: Of the choice and augmentation of images.

    Raises:
        InvalidDataset: A file is missing or not as expected, or a class is without images.
    """
    from nas_plugins.datasets.wordnet import images_by_wordnet
    from nas_plugins.strategies.image_features.extractors import get_extractor
    from nas_plugins.strategies.metad2a import Ranking, SourceTables
    from nas_plugins.strategies.metad2a.feature_bank import feature_bank

    tables = SourceTables.read(folder)
    ranked = tables.class_names[:_RANKED_CLASSES] if ranking else ()
    pooled = images_by_wordnet(images, {*tables.used_classes(), *ranked})
    features = feature_bank(pooled, get_extractor(extractor), np.random.default_rng(seed)) if pooled else {}
    if not ranking:
        return tables.database(features)
    benchmark = load_benchmark(f"nasbench201/{RANKING}")
    cells = list(benchmark.architectures())
    scores = np.array([benchmark.score(cell) for cell in cells])
    classes = tuple(features[name] for name in ranked if name in features)
    return tables.database(features, [Ranking(RANKING, classes, tuple(map(str, cells)), scores)])
