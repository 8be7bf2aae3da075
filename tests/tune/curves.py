"""A table of made-up learning curves over NAS-Bench-201, to see what schedulers do with it."""

from typing import Any

import numpy as np

from nas_plugins.evaluation.enumerated_table import EnumeratedTable
from nas_plugins.evaluation.setting import Setting
from nas_plugins.spaces import NASBench201

SPACE = NASBench201()
EPOCHS = (1, 2, 4, 8)


def curve_table(*, with_seconds: bool = True) -> EnumeratedTable[Any]:
    """Cells climb to their own height, ``50 + index % 50``; an epoch takes ``100 + index % 7`` seconds."""
    index = np.arange(len(SPACE), dtype=np.float64)
    settings = {epochs: Setting("curves", "validation", epochs) for epochs in EPOCHS}
    return EnumeratedTable(
        "curves",
        SPACE,
        settings[8],
        scores={setting: (50 + index % 50) * epochs / 8 for epochs, setting in settings.items()},
        seconds={setting: epochs * (100 + index % 7) for epochs, setting in settings.items()} if with_seconds else None,
        advice="it has nothing else",
    )
