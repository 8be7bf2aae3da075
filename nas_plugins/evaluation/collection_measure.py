"""What makes a number of an architecture on a task of a source database."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset
    from nas_plugins.spaces.space import SearchSpace


class CollectionMeasure(ABC):
    """Measures architectures on tasks; it travels once to every process."""

    reads: tuple[str, ...] = ()
    """Which of :data:`nas_plugins.evaluation.collection_settings.MEASURED` it looks at."""

    @property
    @abstractmethod
    def protocol(self) -> str:
        """What the accuracies of records must share to be comparable, as text."""

    @abstractmethod
    def accuracy(self, space: "SearchSpace[Any]", architecture: str, images: "ImageDataset") -> float:
        """Percent of the task's test images that the architecture tells; nan where measuring it failed.

        Args:
            space: The search space.
            architecture: Canonical text.
            images: The task, with a split of its own.
        """
