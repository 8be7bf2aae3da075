"""What meta-training sees of datasets: draws of their classes and images, encoded."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nas_plugins.strategies.metad2a.set_encoders import SetEncoder
from nas_plugins.strategies.metad2a.source_database import FeaturesByClass, SourceDatabase
from nas_plugins.strategies.metad2a.views import draw_rows, draw_view


class TaskViews:
    """Draws views of the tasks and rankings of a source database.

    Args:
        database: Classes with their images' features, and tasks over them.
        class_count: Classes of a view, at most.
        image_count: Images of each class.
    """

    def __init__(self, database: SourceDatabase, class_count: int, image_count: int) -> None:
        self.database = database
        self.class_count, self.image_count = class_count, image_count

    def encode(self, encoder: SetEncoder, tasks: NDArray[np.int64], rng: np.random.Generator) -> Tensor:
        """Dataset vectors of tasks, each of as many classes as it has; a class that several share is encoded once."""
        sizes = np.array([min(self.class_count, len(self.database.tasks[task])) for task in tasks])
        vectors, rows = [], []
        for size in np.unique(sizes):  # tensors have one number of classes
            alike = np.flatnonzero(sizes == size)
            features, where = self._draw_classes(tasks[alike], int(size), rng)
            vectors.append(encoder.encode_shared(features, where))
            rows.append(alike)
        return torch.cat(vectors)[torch.from_numpy(np.argsort(np.concatenate(rows)))]

    def of_ranking(self, classes: FeaturesByClass, rng: np.random.Generator) -> Tensor:
        """A view of a ranking's dataset, of two classes or more: targets have few classes as often as many."""
        class_count = int(rng.integers(min(2, self.class_count), self.class_count + 1))
        return draw_view(classes, rng, class_count=class_count, image_count=self.image_count)

    def _draw_classes(self, tasks: NDArray[np.int64], count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        data = self.database
        chosen = [[data.tasks[task][k] for k in draw_rows(len(data.tasks[task]), count, rng)] for task in tasks]
        used, where = np.unique(np.array(chosen), return_inverse=True)
        images = [data.classes[index][draw_rows(len(data.classes[index]), self.image_count, rng)] for index in used]
        return torch.from_numpy(np.stack(images)), torch.from_numpy(where.reshape(len(tasks), count))
