"""What a NAS-Bench-101 network costs, without building it."""

from collections.abc import Sequence

from nas_plugins.spaces.cost import Cost
from nas_plugins.spaces.nasbench101.cell import Cell
from nas_plugins.spaces.nasbench101.channels import vertex_channels

_AREA = {"conv3x3-bn-relu": 9, "conv1x1-bn-relu": 1}


def cell_network_cost(
    cell: Cell, num_classes: int, *, image_shape: Sequence[int] = (3, 32, 32), C: int = 128, N: int = 3
) -> Cost:
    """Parameters and multiply-adds of :class:`nas_plugins.spaces.nasbench101.network.CellNetwork`.

    At 10 classes, ``C`` 128 and ``N`` 3 the parameters are those of the published records, 227,274 to 49,979,274.

    Args:
        cell: The architecture.
        num_classes: Outputs of the classifier.
        image_shape: ``(channels, height, width)`` of one image.
        C: Channels of the first stack.
        N: Cells per stack.
    """
    channels_in, height, width = image_shape
    # Every convolution is followed by a scale and a shift per channel.
    parameters = 9 * channels_in * C + 2 * C
    multiply_adds = 9 * channels_in * C * height * width
    for stack, channels in enumerate((C, 2 * C, 4 * C)):
        if stack:
            height, width = -(-height // 2), -(-width // 2)  # strides round up
        for in_channels, count in ((channels // 2 if stack else channels, 1), (channels, N - 1)):
            weights, outputs = _cell_weights(cell, in_channels, channels)
            parameters += count * (weights + 2 * outputs)
            multiply_adds += count * weights * height * width
    classifier = 4 * C * num_classes + num_classes
    return Cost(parameters + classifier, multiply_adds + classifier)


def _cell_weights(cell: Cell, in_channels: int, out_channels: int) -> tuple[int, int]:
    """Weights of all convolutions of a cell, and their output channels together."""
    channels = vertex_channels(cell, in_channels, out_channels)
    projected = [channels[target] for source, target in cell.edges if source == 0]
    weights, outputs = in_channels * sum(projected), sum(projected)
    for operation, width in zip(cell.operations, channels[1:-1], strict=True):
        if operation in _AREA:
            weights += _AREA[operation] * width**2
            outputs += width
    return weights, outputs
