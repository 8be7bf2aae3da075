"""Image-feature extractors by name, as the weights of strategies remember them."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import InvalidArgument

Extract = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Images ``(n, height, width, 3)`` to features ``(n, feature_dimension)``."""


def _distilled() -> Extract:
    from nas_plugins.strategies.image_features.image_features import ImageFeatures

    return ImageFeatures.pretrained()


def _resnet18() -> Extract:
    from nas_plugins.strategies.image_features.resnet_features import ResNet18Features

    return ResNet18Features()


EXTRACTORS: dict[str, Callable[[], Extract]] = {"distilled": _distilled, "resnet18": _resnet18}
"""``distilled`` ships with the package; ``resnet18`` is the published one and needs torchvision."""


@lru_cache(maxsize=len(EXTRACTORS))
def get_extractor(name: str) -> Extract:
    """The extractor of a name, loaded once per process.

    Raises:
        InvalidArgument: No extractor has that name.
        MissingDependency: It needs a package that is not installed.
    """
    if name not in EXTRACTORS:
        raise InvalidArgument(f"wanted image features out of {', '.join(EXTRACTORS)}, got {name!r}")
    return EXTRACTORS[name]()
