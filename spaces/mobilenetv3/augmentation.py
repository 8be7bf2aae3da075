"""Random crops, flips and colours of a batch of images, all at once."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from nas_plugins.spaces.mobilenetv3.shrinking_settings import ShrinkingSettings

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's channels on the scale 0 to 1: what published supernets, and ours, see images normalised by."""


def normalised(images: Tensor) -> Tensor:
    """uint8 ``(batch, height, width, 3)`` to float32 ``(batch, 3, height, width)``, channels last in memory."""
    mean = torch.tensor(MEAN, device=images.device) * 255
    std = torch.tensor(STD, device=images.device) * 255
    return ((images.float() - mean) / std).permute(0, 3, 1, 2)


def augmented(images: Tensor, settings: ShrinkingSettings, generator: torch.Generator) -> Tensor:
    """Another window, and other colours, for each image.

    A window shows ``crop_scale`` to all of the area, is between 3/4 and 4/3 as wide as high (Szegedy et al., 2015), and
    is drawn by bilinear interpolation, which enlarges small images in the same step.

    Args:
        images: uint8 ``(batch, height, width, 3)``.
        settings: Size of the result, strength of each change.
        generator: On the CPU, so that every device draws the same.

    Returns:
        float32 ``(batch, 3, image_size, image_size)``, normalised, channels last in memory.
    """
    batch, device = len(images), images.device
    draws = torch.rand(5, batch, generator=generator)
    area = settings.crop_scale + (1 - settings.crop_scale) * draws[0]
    shape = torch.exp((2 * draws[1] - 1) * math.log(4 / 3))
    width, height = (area * shape).sqrt().clamp(max=1), (area / shape).sqrt().clamp(max=1)
    theta = torch.zeros(batch, 2, 3)
    mirrored = torch.where(draws[4] < 0.5, -1.0, 1.0) if settings.flip else 1.0
    theta[:, 0, 0], theta[:, 1, 1] = width * mirrored, height
    theta[:, 0, 2], theta[:, 1, 2] = (2 * draws[2] - 1) * (1 - width), (2 * draws[3] - 1) * (1 - height)
    size = settings.image_size
    grid = functional.affine_grid(theta.to(device), [batch, 3, size, size], align_corners=False)
    inputs = functional.grid_sample(normalised(images), grid, padding_mode="reflection", align_corners=False)
    if settings.jitter:
        change = 1 + settings.jitter * (2 * torch.rand(2, batch, 1, 1, 1, generator=generator) - 1)
        brightness, saturation = change.to(device)
        grey = inputs.mean(1, keepdim=True)
        inputs = brightness * (grey + saturation * (inputs - grey))
    return inputs.contiguous(memory_format=torch.channels_last)
