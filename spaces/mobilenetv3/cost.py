"""What a network of the MobileNetV3 space costs, exactly, without building it."""

from collections.abc import Sequence
from functools import lru_cache

from nas_plugins.spaces.cost import Cost
from nas_plugins.spaces.mobilenetv3.skeleton import skeleton, squeezed
from nas_plugins.spaces.mobilenetv3.subnet import Layer, Subnet


def network_cost(
    subnet: Subnet, num_classes: int, *, image_shape: Sequence[int] = (3, 224, 224), width: float = 1.0
) -> Cost:
    """Parameters and multiply-adds of :class:`nas_plugins.spaces.mobilenetv3.network.SubnetNetwork`.

    Counted as in :mod:`nas_plugins.spaces.cost`: biases of squeeze-and-excitation are parameters, no multiply-adds.

    Args:
        subnet: The layers.
        num_classes: Outputs of the classifier.
        image_shape: ``(channels, height, width)`` of one image.
        width: Width multiplier.
    """
    sizes = skeleton(width)
    in_channels, rows, columns = image_shape
    rows, columns = _half(rows), _half(columns)
    channels = sizes.stem
    costs = [
        _convolution(in_channels, channels, 9, rows * columns),
        _convolution(1, channels, 9, rows * columns),
        _convolution(channels, channels, 1, rows * columns),
    ]
    for unit, layers in zip(sizes.units, subnet.units, strict=True):
        for number, layer in enumerate(layers):
            before = rows * columns
            if number == 0 and unit.stride == 2:
                rows, columns = _half(rows), _half(columns)
            pixels = before, rows * columns
            costs.append(_layer(layer, channels, unit.channels, pixels, squeeze_excite=unit.squeeze_excite))
            channels = unit.channels
    mixed = sizes.expanded * sizes.features
    classifier = sizes.features * num_classes + num_classes
    costs += [
        _convolution(channels, sizes.expanded, 1, rows * columns),
        Cost(mixed, mixed),  # after the mean over the image, without normalisation
        Cost(classifier, classifier),
    ]
    return _sum(costs)


@lru_cache(maxsize=8192)  # a search asks for the same few hundred layers tens of thousands of times
def _layer(layer: Layer, before: int, after: int, pixels: tuple[int, int], *, squeeze_excite: bool) -> Cost:
    """An inverted residual block: expansion, depthwise convolution, squeeze-and-excitation, projection."""
    (kernel, expansion), (pixels_before, pixels_after) = layer, pixels
    middle = before * expansion
    costs = [
        _convolution(before, middle, 1, pixels_before),
        _convolution(1, middle, kernel**2, pixels_after),
        _convolution(middle, after, 1, pixels_after),
    ]
    if squeeze_excite:
        weights = 2 * middle * squeezed(middle)
        costs.append(Cost(weights + middle + squeezed(middle), weights))
    return _sum(costs)


def _convolution(before: int, after: int, kernel: int, pixels: int) -> Cost:
    """A convolution without bias, and a scale and a shift per channel behind it; depthwise where ``before`` is 1."""
    weights = kernel * before * after
    return Cost(weights + 2 * after, weights * pixels)


def _sum(costs: Sequence[Cost]) -> Cost:
    return Cost(sum(cost.parameters for cost in costs), sum(cost.multiply_adds for cost in costs))


def _half(size: int) -> int:
    return -(-size // 2)  # strides round up
