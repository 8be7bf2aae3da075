"""Which architectures of a space are trained on, and which are held out."""

import torch
from torch import Tensor

from nas_plugins.spaces.arch2vec.settings import Pretraining


def held_out_split(count: int, settings: Pretraining) -> tuple[Tensor, Tensor]:
    """Positions of the held-out architectures and of those for training, in a random order that the seed gives.

    Args:
        count: Architectures of the space.
        settings: ``held_out`` and ``seed`` matter.
    """
    order = torch.randperm(count, generator=torch.Generator().manual_seed(settings.seed))
    held_out, training = order.tensor_split([max(1, round(settings.held_out * count))])
    return held_out, training
