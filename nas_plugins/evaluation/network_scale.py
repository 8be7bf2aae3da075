"""At which size the networks behind a table's scores were trained, for counting what they cost."""

from typing import Any

from nas_plugins.evaluation.benchmark import Benchmark
from nas_plugins.evaluation.enumerated_table import EnumeratedTable

_CLASSES_AND_PIXELS = {"cifar10": (10, 32), "cifar100": (100, 32), "imagenet16-120": (120, 16)}


def network_scale(benchmark: Benchmark[Any]) -> dict[str, Any]:
    """Classes and image shape of a table's dataset, as :meth:`SearchSpace.cost` takes them.

    Known are the datasets of built-in tables and of converted ones. Of others, as of CSV files, whose name says nothing
    of how networks were trained: what the space takes by itself, for ten classes.
    """
    known = _CLASSES_AND_PIXELS.get(benchmark.dataset.lower()) if isinstance(benchmark, EnumeratedTable) else None
    if known is None:
        return {"num_classes": 10}
    classes, pixels = known
    return {"num_classes": classes, "image_shape": (3, pixels, pixels)}
