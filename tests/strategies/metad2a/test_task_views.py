"""What meta-training sees of tasks with different numbers of classes."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from nas_plugins.strategies.metad2a.set_encoders import SetEncoder
from nas_plugins.strategies.metad2a.source_database import SourceDatabase
from nas_plugins.strategies.metad2a.task_views import TaskViews

_CLASSES = 9


class _Roll(SetEncoder):
    """Tells which classes it was shown: class k is the vector that has a one at k."""

    def forward(self, features: Tensor) -> Tensor:
        return features.mean(2).sum(1)


def _database(tasks: list[tuple[int, ...]]) -> SourceDatabase:
    classes = tuple(np.eye(_CLASSES, dtype=np.float32)[[k] * 3] for k in range(_CLASSES))
    return SourceDatabase(
        classes=classes,
        tasks=tuple(tasks),
        record_task=np.arange(len(tasks)),
        record_architecture=("",) * len(tasks),
        record_accuracy=np.zeros(len(tasks)),
    )


_TASK = st.sets(st.integers(0, _CLASSES - 1), min_size=1).map(lambda found: tuple(sorted(found)))


@given(tasks=st.lists(_TASK, min_size=1, max_size=6), most=st.integers(1, _CLASSES), seed=st.integers(0, 99))
def test_a_task_is_seen_with_its_own_classes_whatever_shares_its_batch(tasks, most, seed):
    batch = np.random.default_rng(seed).integers(0, len(tasks), 8)
    encoder = _Roll(_CLASSES, _CLASSES)
    seen = TaskViews(_database(tasks), most, 2).encode(encoder, batch, np.random.default_rng(seed))
    for task, vector in zip(batch, seen, strict=True):
        shown = set(torch.nonzero(vector).flatten().tolist())
        assert shown <= set(tasks[task])
        assert vector.sum() == len(shown) == min(most, len(tasks[task]))
