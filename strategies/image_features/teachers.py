"""The ImageNet-trained networks whose knowledge the small image-feature extractor learns, rebuilt from plain arrays."""

import re
from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from nas_plugins.spaces.errors import DamagedFile


class Teacher(nn.Module, ABC):
    """A frozen network that gives one embedding per image, and ImageNet logits from the embedding.

    Attributes:
        dimension: Length of an embedding.
        resolution: Height and width in pixels to which images are enlarged before the first layer.
    """

    dimension: int
    resolution: int

    @abstractmethod
    def prepare(self, images: Tensor) -> Tensor:
        """Scale RGB values ``(n, 3, height, width)`` from 0..255 to what the first layer was trained on."""

    @abstractmethod
    def embed(self, images: Tensor) -> Tensor:
        """Prepared images to embeddings ``(n, dimension)``."""

    @abstractmethod
    def classify(self, embeddings: Tensor) -> Tensor:
        """Embeddings to logits ``(n, 1000)`` in the usual order of the ImageNet classes (WordNet ids ascending)."""

    @torch.no_grad()
    def embeddings(self, images: np.ndarray, *, batch_size: int = 64) -> np.ndarray:
        """Embeddings of uint8 images ``(n, height, width, 3)`` as float32 ``(n, dimension)``."""
        parts = [np.empty((0, self.dimension), np.float32)]
        for start in range(0, len(images), batch_size):
            batch = torch.from_numpy(images[start : start + batch_size]).permute(0, 3, 1, 2).float()
            size = (self.resolution, self.resolution)
            # Cubic interpolation is nearest to the photographs the teachers were trained on.
            batch = functional.interpolate(batch, size, mode="bicubic", align_corners=False).clamp_(0, 255)
            batch = self.prepare(batch).contiguous(memory_format=torch.channels_last)
            parts.append(self.embed(batch).float().numpy())
        return np.concatenate(parts)


class MobileNetV2Teacher(Teacher):
    """MobileNetV2 (width 1.0) as a list of layers: convolutions, depthwise convolutions, additions, average pooling.

    The arrays come with a program, one text per layer, ``weights|operation|inputs|output|stride|kernel|activation``.

    Args:
        arrays: Name to array, with the program under ``_program``.
        resolution: Pixels per side, a multiple of 32.

    References:
        Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2: Inverted Residuals and Linear Bottlenecks. CVPR 2018.
    """

    dimension = 1280

    def __init__(self, arrays: dict[str, np.ndarray], resolution: int = 128) -> None:
        super().__init__()
        self.resolution = resolution
        self._program = [str(line).split("|") for line in arrays["_program"]]
        for name, array in arrays.items():
            if name != "_program":
                tensor = torch.from_numpy(array)
                memory_format = torch.channels_last if tensor.dim() == 4 else torch.contiguous_format
                self.register_buffer(name.replace(".", "/"), tensor.contiguous(memory_format=memory_format))
        self._last = next(name for name, operation, *_ in reversed(self._program) if operation == "CONV_2D")

    def prepare(self, images: Tensor) -> Tensor:
        """To -1..1, as TensorFlow's MobileNets want it."""
        return images / 127.5 - 1

    def embed(self, images: Tensor) -> Tensor:
        """The average over the picture of the last 1,280 channels."""
        tensors: dict[str, Tensor] = {}
        output = images
        for name, operation, inputs, result, stride, kernel, activation in self._program:
            sources = [tensors.get(key, images) for key in re.findall(r"\d+", inputs)]
            if operation == "ADD":
                output = sources[0] + sources[1]
            elif operation == "AVERAGE_POOL_2D":
                return sources[0].mean((2, 3))
            else:
                output = self._convolve(name, sources[0], int(stride), int(kernel))
            if activation == "relu6":
                output = functional.relu6(output)
            tensors[result] = output
        raise DamagedFile("wanted a MobileNetV2 program that ends in average pooling, found none; name another file")

    def _convolve(self, name: str, images: Tensor, stride: int, kernel: int) -> Tensor:
        weight, bias = self.get_buffer(f"{name}/weight"), self.get_buffer(f"{name}/bias")
        groups = len(weight) if weight.shape[1] == 1 else 1
        if stride == 2:
            # "Same" padding of TensorFlow: with even sides and stride 2 the odd pixel is added right and below.
            images = functional.pad(images, (0, kernel - 2, 0, kernel - 2))
            return functional.conv2d(images, weight, bias, stride, groups=groups)
        return functional.conv2d(images, weight, bias, stride, kernel // 2, groups=groups)

    def classify(self, embeddings: Tensor) -> Tensor:
        """The classifier, without its first class, which is no class but "background"."""
        weight, bias = self.get_buffer(f"{self._last}/weight"), self.get_buffer(f"{self._last}/bias")
        return functional.linear(embeddings, weight.flatten(1), bias)[:, 1:]


class SqueezeNetTeacher(Teacher):
    """SqueezeNet 1.0: a convolution, eight fire modules, a convolution that classifies.

    Args:
        arrays: Name to array, as in Caffe: ``conv1``, ``fire2/conv1x1_1`` (squeeze), ``fire2/conv1x1_2`` and
            ``fire2/conv3x3_2`` (expand), ..., ``conv_final``.
        resolution: Pixels per side.

    References:
        Iandola, Han, Moskewicz, Ashraf, Dally, Keutzer: SqueezeNet. 2016.
    """

    dimension = 512

    def __init__(self, arrays: dict[str, np.ndarray], resolution: int = 160) -> None:
        super().__init__()
        self.resolution = resolution
        for name, array in arrays.items():
            self.register_buffer(name.replace(".", "/"), torch.from_numpy(array))

    def prepare(self, images: Tensor) -> Tensor:
        """To blue, green, red, each minus its mean over ImageNet, as Caffe wants it."""
        return images.flip(1) - torch.tensor([104.0, 117.0, 123.0])[:, None, None]

    def _convolve(self, name: str, images: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
        weight, bias = self.get_buffer(f"{name}/weight"), self.get_buffer(f"{name}/bias")
        return functional.relu(functional.conv2d(images, weight, bias, stride, padding))

    def embed(self, images: Tensor) -> Tensor:
        """The average over the picture of the last fire module's 512 channels."""
        images = self._convolve("conv1", images, stride=2)
        for module in range(2, 10):
            if module in {2, 5, 9}:
                images = functional.max_pool2d(images, 3, 2, ceil_mode=True)
            squeezed = self._convolve(f"fire{module}/conv1x1_1", images)
            expanded = [
                self._convolve(f"fire{module}/conv1x1_2", squeezed),
                self._convolve(f"fire{module}/conv3x3_2", squeezed, padding=1),
            ]
            images = torch.cat(expanded, 1)
        return images.mean((2, 3))

    def classify(self, embeddings: Tensor) -> Tensor:
        """The classifier, applied to the average instead of averaged over the picture: an approximation."""
        weight, bias = self.get_buffer("conv_final/weight"), self.get_buffer("conv_final/bias")
        return functional.linear(embeddings, weight.flatten(1), bias)


def load_arrays(folder: str | Path, pattern: str) -> dict[str, np.ndarray]:
    """The arrays of the one ``.npz`` file in a folder that matches a pattern.

    Raises:
        DamagedFile: No file or several files match.
    """
    files = sorted(Path(folder).glob(pattern))
    if len(files) != 1:
        raise DamagedFile(f"wanted one teacher {pattern} in {folder}, found {len(files)}; name the teachers' folder")
    with np.load(files[0], allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}
