"""The torch network of a subnet."""

from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from nas_plugins.spaces.errors import InvalidArgument, InvalidState
from nas_plugins.spaces.mobilenetv3.depthwise import DepthwiseConv2d
from nas_plugins.spaces.mobilenetv3.skeleton import Unit, skeleton, squeezed
from nas_plugins.spaces.mobilenetv3.subnet import Subnet


class SubnetNetwork(nn.Module):
    """The network of a subnet, of any input size; 128 to 224 pixels are usual.

    Input ``(batch, in_channels, height, width)``, output logits ``(batch, num_classes)``.

    A network cut out of a supernet carries statistics of normalisation that are not its own, and is worthless until
    they are measured anew; :attr:`needs_calibration` says so, and evaluation without is refused.

    Args:
        subnet: The layers.
        num_classes: Number of classes, at least 2.
        width: Width multiplier of all channels.
        dropout: Probability with which training drops a feature before the classifier.
        in_channels: Channels of the images.

    Raises:
        InvalidArgument: A size below its least value, a probability outside [0, 1).

    References:
        Cai, Gan, Wang, Zhang and Han, Once-for-All: Train One Network and Specialize It for Efficient Deployment, ICLR
        2020. Howard et al., Searching for MobileNetV3, ICCV 2019.
    """

    def __init__(
        self, subnet: Subnet, num_classes: int, *, width: float = 1.0, dropout: float = 0.0, in_channels: int = 3
    ) -> None:
        super().__init__()
        for name, value, least in (("num_classes", num_classes, 2), ("in_channels", in_channels, 1)):
            if value < least:
                raise InvalidArgument(f"wanted {name} of at least {least}, got {value}")
        if not 0 <= dropout < 1:
            raise InvalidArgument(f"wanted dropout in [0, 1), got {dropout}")
        sizes = skeleton(width)
        self.subnet, self.width = subnet, width
        self.needs_calibration = False
        channels = sizes.stem
        self.first_conv = convolution(in_channels, channels, 3, stride=2, activation="hard_swish")
        first = Unit(channels, stride=1, activation="relu", squeeze_excite=False)
        blocks = [InvertedResidual(first, channels, kernel=3, expansion=1, stride=1)]
        for unit, layers in zip(sizes.units, subnet.units, strict=True):
            for number, (kernel, expansion) in enumerate(layers):
                stride = 1 if number else unit.stride
                blocks.append(InvertedResidual(unit, channels, kernel=kernel, expansion=expansion, stride=stride))
                channels = unit.channels
        self.blocks = nn.ModuleList(blocks)
        self.final_expand_layer = convolution(channels, sizes.expanded, 1, activation="hard_swish")
        self.feature_mix_layer = nn.Sequential()
        self.feature_mix_layer.add_module("conv", nn.Conv2d(sizes.expanded, sizes.features, 1, bias=False))
        self.feature_mix_layer.add_module("act", nn.Hardswish())
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(sizes.features, num_classes)
        for module in self.modules():
            # On the device "meta" nothing is drawn, and to find that out torch imports its compiler for seconds.
            if isinstance(module, nn.Conv2d) and not module.weight.is_meta:
                nn.init.kaiming_normal_(module.weight, mode="fan_out")  # as Once-for-All trains from
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def zero_last_gamma(self) -> None:
        """Let every block with a shortcut pass on its input at first: its last normalisation scales by zero.

        For networks about to be trained from fresh weights. Deep ones then learn as fast as shallow ones from the first
        step on, where they fall behind for tens of epochs otherwise.

        References:
            Goyal et al., Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour, 2017 (section 5.1).
        """
        for block in self.blocks:
            if block.shortcut:
                nn.init.zeros_(block.point_linear.bn.weight)  # type: ignore[union-attr, arg-type]

    def forward(self, images: Tensor) -> Tensor:
        """Images ``(batch, in_channels, height, width)`` to logits ``(batch, num_classes)``.

        Raises:
            InvalidState: The network was cut out of a supernet and not calibrated.
        """
        return self.classifier(self.dropout(self.features(images)))

    def features(self, images: Tensor) -> Tensor:
        """Images to what the classifier reads, ``(batch, features)``."""
        if self.needs_calibration:
            if not self.training:
                raise InvalidState(
                    "wanted a network with statistics of its own, got one cut out of a supernet with those of the "
                    "supernet; calibrate it with recalibrate(network, batches), or train it"
                )
            self.needs_calibration = False
        x = self.first_conv(images)
        for block in self.blocks:
            x = block(x)
        return self.pooled(x)

    def fused(self) -> "SubnetNetwork":
        """A copy for evaluation whose normalisations are part of its convolutions, as networks are deployed.

        It computes the same, a third faster on a processor.

        Raises:
            InvalidState: The network was cut out of a supernet and not calibrated.
        """
        if self.needs_calibration:
            raise InvalidState("wanted a calibrated network to fuse, got one cut out of a supernet; calibrate it first")
        network = deepcopy(self).eval()
        for layers in network.modules():
            found = dict(layers.named_children()) if isinstance(layers, nn.Sequential) else {}
            convolved, norm = found.get("conv"), found.get("bn")
            if isinstance(convolved, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                layers.add_module("conv", fuse_conv_bn_eval(convolved, norm))
                layers.add_module("bn", nn.Identity())
        return network

    def pooled(self, x: Tensor) -> Tensor:
        """The last feature map to what the classifier reads."""
        x = self.final_expand_layer(x).mean((2, 3), keepdim=True)
        return torch.flatten(self.feature_mix_layer(x), 1)


class InvertedResidual(nn.Module):
    """Expansion by a 1x1 convolution, depthwise convolution, projection; with a shortcut where shapes allow one.

    Args:
        unit: Channels of the output, activation, squeeze-and-excitation.
        in_channels: Of the input.
        kernel: Of the depthwise convolution.
        expansion: Ratio of the channels in the middle to those of the input; with 1 there is no first convolution.
        stride: Of the depthwise convolution.
    """

    def __init__(self, unit: Unit, in_channels: int, *, kernel: int, expansion: int, stride: int) -> None:
        super().__init__()
        middle = in_channels * expansion
        self.shortcut = stride == 1 and in_channels == unit.channels
        if expansion > 1:
            self.inverted_bottleneck = convolution(in_channels, middle, 1, activation=unit.activation)
        else:
            self.inverted_bottleneck = nn.Sequential()
        self.depth_conv = convolution(middle, middle, kernel, stride=stride, activation=unit.activation, groups=middle)
        if unit.squeeze_excite:
            self.depth_conv.add_module("se", SqueezeExcite(middle))
        self.point_linear = convolution(middle, unit.channels, 1, activation=None)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, in_channels, height, width)`` to ``(batch, channels, ceil(height / stride), ...)``."""
        y: Tensor = self.point_linear(self.depth_conv(self.inverted_bottleneck(x)))
        return x + y if self.shortcut else y


class SqueezeExcite(nn.Module):
    """Weighs channels by what their means say (Hu et al., 2018), with MobileNetV3's hard sigmoid."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc = nn.Sequential()
        self.fc.add_module("reduce", nn.Conv2d(channels, squeezed(channels), 1))
        self.fc.add_module("relu", nn.ReLU())
        self.fc.add_module("expand", nn.Conv2d(squeezed(channels), channels, 1))
        self.fc.add_module("hard_sigmoid", nn.Hardsigmoid())

    def forward(self, x: Tensor) -> Tensor:
        """A feature map to one of the same shape."""
        return x * self.fc(x.mean((2, 3), keepdim=True))


def convolution(
    before: int, after: int, kernel: int, *, activation: str | None, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    """Convolution ``conv``, batch normalisation ``bn`` and activation ``act``, of the input's size over the stride."""
    layers = nn.Sequential()
    kind = nn.Conv2d if groups == 1 else DepthwiseConv2d
    layers.add_module("conv", kind(before, after, kernel, stride, kernel // 2, groups=groups, bias=False))
    layers.add_module("bn", nn.BatchNorm2d(after))
    if activation is not None:
        layers.add_module("act", nn.ReLU() if activation == "relu" else nn.Hardswish())
    return layers
