"""Images as vectors, for strategies that look at the data: features of our own that ship, or torchvision's ResNet-18.

``get_extractor`` finds features by name. ``distillation`` is the command that trained the ones that ship: ``Student``
learns from a ``Teacher`` on ``distillation_data``, and ``feature_quality`` says how well.
"""

from typing import TYPE_CHECKING, Any

from nas_plugins.strategies.image_features.extractors import EXTRACTORS, get_extractor

if TYPE_CHECKING:
    from nas_plugins.strategies.image_features.image_features import ImageFeatures

__all__ = ["EXTRACTORS", "ImageFeatures", "get_extractor"]


def __getattr__(name: str) -> Any:
    if name != "ImageFeatures":  # needs torch, which a search over a table never uses
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from nas_plugins.strategies.image_features.image_features import ImageFeatures

    return ImageFeatures
