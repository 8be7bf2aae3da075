"""What a trained network hands to its last layer."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from nas_plugins.spaces.errors import InvalidArgument

if TYPE_CHECKING:
    from nas_plugins.evaluation.training import Training


@torch.no_grad()
def classifier_inputs(training: "Training", images: Tensor) -> tuple[Tensor, nn.Linear]:
    """The features before the last layer, those after global average pooling in the networks of this package.

    Args:
        training: A training, finished or not; its network is left in evaluation mode.
        images: ``(m, height, width, 3)`` uint8, of the size trained on.

    Returns:
        Features ``(m, d)``, float32 on the CPU, and the last layer.

    Raises:
        InvalidArgument: The network has no linear layer ``classifier``.
    """
    network = training.network
    last = getattr(network, "classifier", None)
    if not isinstance(last, nn.Linear):
        raise InvalidArgument(f"wanted a network with a linear layer 'classifier', got {type(network).__name__}")
    parts: list[Tensor] = []
    handle = last.register_forward_pre_hook(lambda _, inputs: parts.append(inputs[0].float().cpu()))
    network.eval()
    try:
        for batch in images.split(512):
            inputs = training.images.normalise(batch.to(training.device))
            network(inputs.contiguous(memory_format=torch.channels_last))
    finally:
        handle.remove()
    return torch.cat(parts), last
