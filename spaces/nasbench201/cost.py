"""What a NAS-Bench-201 network costs, without building it."""

from collections.abc import Sequence

from nas_plugins.spaces.cost import Cost
from nas_plugins.spaces.nasbench201.cell import Cell


def cell_network_cost(
    cell: Cell, num_classes: int, *, image_shape: Sequence[int] = (3, 32, 32), C: int = 16, N: int = 5
) -> Cost:
    """Parameters and multiply-adds of :class:`nas_plugins.spaces.nasbench201.network.CellNetwork`.

    Only the number of 1x1 and of 3x3 convolutions in the cell matters: operations on dead edges are there and run, in
    the benchmark too.

    Args:
        cell: The architecture.
        num_classes: Outputs of the classifier.
        image_shape: ``(channels, height, width)`` of one image.
        C: Channels of the first stage.
        N: Cells per stage.
    """
    channels_in, height, width = image_shape
    pointwise, full = cell.operations.count("nor_conv_1x1"), cell.operations.count("nor_conv_3x3")
    # Every convolution of the network but the stem and the shortcuts is followed by a scale and a shift per channel.
    parameters = 9 * channels_in * C + 2 * C
    multiply_adds = 9 * channels_in * C * height * width
    for stage, channels in enumerate((C, 2 * C, 4 * C)):
        if stage:
            height, width = -(-height // 2), -(-width // 2)  # strides round up
            before = channels // 2
            # Two 3x3 convolutions, the first from half the channels, and a 1x1 convolution beside them.
            reduction = 9 * before * channels + 9 * channels**2 + before * channels
            parameters += reduction + 4 * channels
            multiply_adds += reduction * height * width
        weights = (pointwise + 9 * full) * channels**2
        parameters += N * (weights + 2 * channels * (pointwise + full))
        multiply_adds += N * weights * height * width
    classifier = 4 * C * num_classes + num_classes
    return Cost(parameters + 2 * 4 * C + classifier, multiply_adds + classifier)
