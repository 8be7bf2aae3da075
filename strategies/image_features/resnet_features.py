"""The image features MetaD2A was published with: a ResNet-18 that knows ImageNet, from torchvision."""

from typing import Any, Final, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from nas_plugins.spaces.errors import MissingDependency
from nas_plugins.strategies.image_features.image_features import pixel_batches


@final
class ResNet18Features:
    """The pooled features of torchvision's ResNet-18 on 32x32 images, as the published code takes them.

    Constructing it loads the weights, which torchvision downloads on first use and checks by their hash.

    Raises:
        MissingDependency: torchvision is not installed, or is not made for the torch that is.

    References:
        Lee et al., MetaD2A, ICLR 2021, section E.3; He et al., Deep Residual Learning for Image Recognition, CVPR 2016.
    """

    dimension: Final = 512
    # torchvision's statistics of ImageNet, for images in 0..1.
    _MEAN: Final = (0.485, 0.456, 0.406)
    _STD: Final = (0.229, 0.224, 0.225)

    def __init__(self) -> None:
        self._network = _resnet18()

    @torch.no_grad()
    def __call__(self, images: NDArray[np.uint8], *, batch_size: int = 256) -> NDArray[np.float32]:
        """Features of images.

        Args:
            images: ``(n, height, width, 3)`` uint8; resized to 32x32.
            batch_size: Images in memory as floats at a time.

        Returns:
            ``(n, 512)``.

        Raises:
            InvalidDataset: The images have another shape or type.
        """
        mean, std = (torch.tensor(value).view(1, 3, 1, 1) for value in (self._MEAN, self._STD))
        parts = [np.empty((0, self.dimension), np.float32)]
        for pixels in pixel_batches(images, batch_size):
            parts.append(self._network((pixels / 255 - mean) / std).numpy())
        return np.concatenate(parts)


def _resnet18() -> nn.Module:
    try:
        from torchvision.models import ResNet18_Weights, resnet18
    except (ImportError, RuntimeError) as error:  # RuntimeError: a torchvision made for another build of torch
        raise MissingDependency(
            f"wanted torchvision for ResNet-18 features, could not import it ({error}); install 'nas_plugins[vision]' "
            "with a torchvision that matches your torch, or use the features that ship"
        ) from error
    network: Any = resnet18(weights=ResNet18_Weights.IMAGENET1K_V1)
    network.fc = nn.Identity()  # what is left ends in the pooled 512 features
    return network.eval()
