"""Records of a source database by evaluating subnets of a supernet."""

from typing import TYPE_CHECKING, Any

import numpy as np

from nas_plugins.evaluation.collection_measure import CollectionMeasure
from nas_plugins.evaluation.supernet_settings import SupernetSettings

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset
    from nas_plugins.evaluation.supernet_evaluation import SupernetEvaluation
    from nas_plugins.spaces.mobilenetv3.supernet import Supernet
    from nas_plugins.spaces.space import SearchSpace


class SupernetMeasure(CollectionMeasure):
    """Cuts a subnet out, calibrates it on the task's training images and fits it a classifier.

    Args:
        supernet: The weights.
        settings: How to evaluate; no latency is measured whatever they say.
    """

    def __init__(self, supernet: "Supernet", settings: SupernetSettings | None = None) -> None:
        self.supernet = supernet
        self.settings = SupernetSettings(calibration_images=500) if settings is None else settings
        self._prepared: tuple[bytes, SupernetEvaluation] | None = None

    @property
    def protocol(self) -> str:
        """Weights, resolution and head."""
        settings = self.settings
        return (
            f"supernet={self.supernet.fingerprint()[:12]},width={self.supernet.width:g},"
            f"image_size={settings.image_size or self.supernet.image_size},head={settings.head},"
            f"calibration_images={settings.calibration_images}"
        )

    def accuracy(self, space: "SearchSpace[Any]", architecture: str, images: "ImageDataset") -> float:
        """Evaluate a subnet; the task's images are prepared once for subnets in a row."""
        from nas_plugins.evaluation.supernet_evaluation import SupernetEvaluation

        key = images.images.tobytes() + np.asarray(images.labels).tobytes()
        if self._prepared is None or self._prepared[0] != key:
            self._prepared = key, SupernetEvaluation(self.supernet, images, self.settings)
        return self._prepared[1].accuracy(space.parse(architecture))
