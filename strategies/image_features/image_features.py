"""Image features of our own: a small convolutional network whose weights ship with the package."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar, final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from nas_plugins.spaces.errors import InvalidDataset
from nas_plugins.spaces.files import load_tensors, save_tensors

M = TypeVar("M", bound=nn.Module)

KIND: Final = "image_features"
VERSION: Final = 1
RESOLUTION: Final = 32
WEIGHTS: Final = Path(__file__).parent / "weights" / "image_features.safetensors"
# Roughly the mean and spread of the red, green and blue values of photographs, in 0..255.
PIXEL_MEAN: Final = 118.0
PIXEL_SPREAD: Final = 66.0


class Convolution(nn.Module):
    """A convolution, batch normalisation while training, and optionally a rectifier.

    Args:
        inputs: Channels in.
        outputs: Channels out.
        kernel: Pixels per side of the kernel.
        stride: 1 or 2.
        normalize: Whether the normalisation is a layer of its own; without, it is folded into the weights and the bias.
        rectify: Whether negative outputs become zero.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, *, normalize: bool, rectify: bool = True
    ) -> None:
        super().__init__()
        # An even kernel of stride 2 halves the picture with padding (kernel - 2) / 2, an odd one with (kernel - 1) / 2.
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, bias=not normalize)
        self.norm = nn.BatchNorm2d(outputs) if normalize else nn.Identity()
        self.rectify = rectify

    def forward(self, images: Tensor) -> Tensor:
        """Channels first in, channels first out."""
        images = self.norm(self.conv(images))
        return functional.relu(images, inplace=True) if self.rectify else images


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut (He, Zhang, Ren, Sun: Deep Residual Learning, CVPR 2016, figure 2).

    With stride 2 the shortcut is average pooling and a 1x1 convolution, which loses no pixel.
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1, *, normalize: bool) -> None:
        super().__init__()
        self.first = Convolution(inputs, outputs, 3, stride, normalize=normalize)
        self.second = Convolution(outputs, outputs, 3, normalize=normalize, rectify=False)
        self.stride = stride
        self.shortcut = (
            Convolution(inputs, outputs, 1, normalize=normalize, rectify=False)
            if inputs != outputs or stride > 1
            else nn.Identity()
        )

    def forward(self, images: Tensor) -> Tensor:
        """Channels first in, channels first out."""
        shortcut = functional.avg_pool2d(images, self.stride) if self.stride > 1 else images
        return functional.relu(self.second(self.first(images)) + self.shortcut(shortcut), inplace=True)


class FeatureNetwork(nn.Module):
    """Residual network for 32x32 images: stem to 16x16, stages at 16x16, 8x8 and 4x4, 1x1 convolution, average pooling.

    Args:
        widths: Channels of the three stages.
        dimension: Length of the feature vector.
        normalize: With batch normalisation layers, for training; :meth:`folded` gives the same network without them.
    """

    def __init__(self, widths: Sequence[int] = (48, 96, 160), dimension: int = 512, *, normalize: bool = False) -> None:
        super().__init__()
        first, second, third = widths
        self.widths, self.dimension = (first, second, third), dimension
        self.layers = nn.Sequential(
            Convolution(3, first, 4, 2, normalize=normalize),
            ResidualBlock(first, first, normalize=normalize),
            ResidualBlock(first, second, 2, normalize=normalize),
            ResidualBlock(second, second, normalize=normalize),
            Convolution(second, third, 3, 2, normalize=normalize),
            ResidualBlock(third, third, normalize=normalize),
            Convolution(third, dimension, 1, normalize=normalize),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Map images ``(n, 3, 32, 32)`` with values in 0..255 to features ``(n, dimension)``, none negative."""
        features: Tensor = self.layers((images - PIXEL_MEAN) / PIXEL_SPREAD)
        return features.mean((2, 3))

    def folded(self) -> "FeatureNetwork":
        """The same function with every normalisation folded into the convolution before it, on the CPU."""
        plain = FeatureNetwork(self.widths, self.dimension)
        trained = {name: module for name, module in self.named_modules() if isinstance(module, Convolution)}
        with torch.no_grad():
            for name, module in plain.named_modules():
                if isinstance(module, Convolution):
                    weight, bias = _fold(trained[name])
                    module.conv.weight.copy_(weight)
                    if module.conv.bias is not None:
                        module.conv.bias.copy_(bias)
        return plain


def channels_last(network: M) -> M:
    """Store the weights of convolutions channels last, in place: on CPUs convolutions are faster so."""
    for parameter in network.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return network


def _fold(layer: Convolution) -> tuple[Tensor, Tensor]:
    norm = layer.norm
    if not isinstance(norm, nn.BatchNorm2d) or norm.running_mean is None or norm.running_var is None:
        raise TypeError("only a network built with normalize=True can be folded")
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    return layer.conv.weight * scale[:, None, None, None], norm.bias - norm.running_mean * scale


@final
class ImageFeatures:
    """Feature vectors of images, for telling classes and datasets apart: standardised, the same for the same image.

    The network was distilled from ImageNet-trained networks on images of 32x32 pixels; the card beside its weights says
    how, on what, and how well it does.

    Args:
        network: The network without normalisation layers.
        mean: Mean of each feature over the training images, ``(dimension,)``.
        spread: Standard deviation of each feature over the training images, ``(dimension,)``.
        about: What is known of the training, plain data.
    """

    def __init__(
        self, network: FeatureNetwork, mean: Tensor, spread: Tensor, *, about: Mapping[str, Any] | None = None
    ) -> None:
        self._network = channels_last(network).eval().requires_grad_(False)
        self._mean, self._spread = mean.float(), spread.float()
        self.about: dict[str, Any] = dict(about or {})

    @classmethod
    def pretrained(cls, path: str | Path | None = None) -> "ImageFeatures":
        """Load trained weights.

        Args:
            path: A file that :meth:`save` wrote; without, the weights in the package.

        Raises:
            DamagedFile: The file is missing or holds something else.
        """
        tensors, about = load_tensors(path or WEIGHTS, kind=KIND, version=VERSION)
        network = FeatureNetwork(about["widths"], about["dimension"])
        mean, spread = tensors.pop("mean"), tensors.pop("spread")
        network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
        return cls(network, mean, spread, about=about)

    def save(self, path: str | Path) -> Path:
        """Write the weights, as float16, with everything :meth:`pretrained` needs.

        Returns:
            The path written.
        """
        tensors = {name: tensor.half() for name, tensor in self._network.state_dict().items()}
        tensors |= {"mean": self._mean, "spread": self._spread}
        about = {**self.about, "widths": list(self._network.widths), "dimension": self.dimension}
        return save_tensors(path, tensors, kind=KIND, version=VERSION, about=about)

    @property
    def dimension(self) -> int:
        """Length of a feature vector."""
        return self._network.dimension

    def __call__(self, images: np.ndarray, *, batch_size: int = 128) -> np.ndarray:
        """Compute one feature vector per image.

        Args:
            images: uint8 RGB, ``(n, height, width, 3)``, of any size; resized to 32x32 with antialiased bilinear
                interpolation.
            batch_size: Images computed at once; results agree up to rounding whatever it is.

        Returns:
            float32, ``(n, dimension)``; over the training images each feature has mean 0 and standard deviation 1.

        Raises:
            InvalidDataset: The array has another shape or type.
        """
        parts = [np.empty((0, self.dimension), np.float32)]
        with torch.inference_mode():
            for pixels in pixel_batches(images, batch_size):
                parts.append(((self._network(pixels) - self._mean) / self._spread).numpy())
        return np.concatenate(parts)


def pixel_batches(images: np.ndarray, batch_size: int) -> Iterator[Tensor]:
    """Batches ``(batch, 3, 32, 32)`` of float pixels in 0..255 from uint8 images of any size.

    Raises:
        InvalidDataset: The array is not ``(n, height, width, 3)`` uint8.
    """
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8:
        came = images.dtype if isinstance(images, np.ndarray) else type(images).__name__
        raise InvalidDataset(f"wanted a uint8 array of images, got {came}; convert values in 0..255 to uint8")
    if images.ndim != 4 or images.shape[3] != 3 or 0 in images.shape[1:3]:
        raise InvalidDataset(
            f"wanted RGB images of shape (n, height, width, 3), got {images.shape}; "
            "stack images of one size, and repeat a grey channel three times"
        )
    for start in range(0, len(images), batch_size):
        # A copy: torch wants memory that is contiguous and may be written to.
        batch = np.array(images[start : start + batch_size], order="C")
        yield _resize(torch.from_numpy(batch).permute(0, 3, 1, 2).float())


def _resize(images: Tensor) -> Tensor:
    if tuple(images.shape[2:]) == (RESOLUTION, RESOLUTION):
        return images
    return functional.interpolate(
        images, (RESOLUTION, RESOLUTION), mode="bilinear", align_corners=False, antialias=True
    )
