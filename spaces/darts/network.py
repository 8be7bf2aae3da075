"""The torch networks of DARTS cells: the stacks for CIFAR and for ImageNet."""

import torch
from torch import Tensor, nn

from nas_plugins.spaces.darts.cell import INPUTS, Cell
from nas_plugins.spaces.darts.genotype import Genotype
from nas_plugins.spaces.darts.operations import FactorizedReduce, ReLUConvBN, operation
from nas_plugins.spaces.errors import InvalidArgument

STEMS = ("cifar", "imagenet")


class CellNetwork(nn.Module):
    """A stem, ``3 N + 2`` cells of which two reduce, global average pooling, a linear classifier.

    The defaults are the network for CIFAR: 20 cells, 36 channels. ``C=48, N=4, stem="imagenet"`` is the one for
    ImageNet: 14 cells behind three convolutions of stride 2 (Liu et al., 2019, sections 3.2 and 3.3). Each cell reads
    the outputs of the two before it. A reduction cell doubles the channels; its operations on inputs have stride 2.

    Input ``(batch, in_channels, height, width)``, output logits ``(batch, num_classes)``.

    Args:
        genotype: The normal and the reduction cell.
        num_classes: Number of classes, at least 2.
        C: Channels of the first cells, at least 2.
        N: Normal cells before, between and after the two reduction cells.
        stem: ``"cifar"`` keeps the size of images, ``"imagenet"`` divides it by eight.
        auxiliary: Build the auxiliary head, whose logits :meth:`with_auxiliary` gives. It takes images of at least 32
            pixels (224 with the stem for ImageNet).
        drop_path: Probability with which training drops an operation's output, for each image by itself (Larsson et
            al., 2017); passes are never dropped. The attribute may be set between epochs: the published schedule
            raises it linearly to 0.2.
        in_channels: Channels of the images.

    Raises:
        InvalidArgument: A size below its least value, a probability outside [0, 1), an unknown stem.

    References:
        Liu, Simonyan and Yang, DARTS: Differentiable Architecture Search, ICLR 2019.
    """

    def __init__(
        self,
        genotype: Genotype,
        num_classes: int,
        *,
        C: int = 36,
        N: int = 6,
        stem: str = "cifar",
        auxiliary: bool = False,
        drop_path: float = 0.0,
        in_channels: int = 3,
    ) -> None:
        super().__init__()
        for name, value, least in (
            ("num_classes", num_classes, 2),
            ("C", C, 2),
            ("N", N, 1),
            ("in_channels", in_channels, 1),
        ):
            if value < least:
                raise InvalidArgument(f"wanted {name} of at least {least}, got {value}")
        if not 0 <= drop_path < 1:
            raise InvalidArgument(f"wanted drop_path in [0, 1), got {drop_path}")
        if stem not in STEMS:
            raise InvalidArgument(f"wanted a stem out of {', '.join(STEMS)}, got {stem!r}")
        self.genotype = genotype
        self.drop_path = drop_path
        if stem == "imagenet":
            self.stem = nn.Sequential(
                *_convolution(in_channels, C // 2, stride=2), nn.ReLU(), *_convolution(C // 2, C, stride=2)
            )
            self.second_stem: nn.Module = nn.Sequential(nn.ReLU(), *_convolution(C, C, stride=2))
            two_back = last = C
        else:
            self.stem = nn.Sequential(*_convolution(in_channels, 3 * C, stride=1))
            self.second_stem = nn.Identity()
            two_back = last = 3 * C
        self.cells = nn.ModuleList()
        self.auxiliary_after = 2 * N + 1
        behind_reduction, channels = stem == "imagenet", C
        for number in range(3 * N + 2):
            reduction = number in (N, 2 * N + 1)
            channels *= 2 if reduction else 1
            cell = genotype.reduce if reduction else genotype.normal
            searched = SearchedCell(
                cell, two_back, last, channels, reduction=reduction, behind_reduction=behind_reduction
            )
            self.cells.append(searched)
            two_back, last, behind_reduction = last, searched.out_channels, reduction
            if number == self.auxiliary_after:
                self.auxiliary = AuxiliaryHead(last, num_classes, stem=stem) if auxiliary else None
        self.pooling = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.classifier = nn.Linear(last, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Images ``(batch, in_channels, height, width)`` to logits ``(batch, num_classes)``."""
        return self.classifier(self.pooling(self._features(images)[1]))

    def with_auxiliary(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the classifier and of the auxiliary head, each ``(batch, num_classes)``.

        Raises:
            InvalidArgument: The network was built without an auxiliary head.
        """
        if self.auxiliary is None:
            raise InvalidArgument("wanted a network with an auxiliary head, got one without; set auxiliary=True")
        middle, last = self._features(images)
        return self.classifier(self.pooling(last)), self.auxiliary(middle)

    def _features(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs of the second reduction cell and of the last cell."""
        before = self.stem(images)
        last = middle = self.second_stem(before)
        for number, cell in enumerate(self.cells):
            before, last = last, cell(before, last, self.drop_path)
            if number == self.auxiliary_after:
                middle = last
        return middle, last


class SearchedCell(nn.Module):
    """Four nodes, each the sum of two operations on earlier nodes; their concatenation is the output.

    Args:
        cell: The operations and what they read.
        two_back: Channels of the output of the cell before the last.
        last: Channels of the output of the last cell.
        channels: Channels of each node.
        reduction: Whether operations on the inputs have stride 2.
        behind_reduction: Whether the cell before the last is of twice the size of the last.
    """

    def __init__(
        self, cell: Cell, two_back: int, last: int, channels: int, *, reduction: bool, behind_reduction: bool
    ) -> None:
        super().__init__()
        self.cell, self.reduction = cell, reduction
        self.out_channels = channels * len(cell.pairs())
        self.first: nn.Module = (
            FactorizedReduce(two_back, channels) if behind_reduction else ReLUConvBN(two_back, channels)
        )
        self.second = ReLUConvBN(last, channels)
        # `none` contributes nothing to a sum, so it carries no module at all.
        self.edges = nn.ModuleDict(
            {
                str(index): operation(name, channels, stride=2 if reduction and source < INPUTS else 1)
                for index, (name, source) in enumerate(cell.edges)
                if name != "none"
            }
        )

    def forward(self, two_back: Tensor, last: Tensor, drop_path: float = 0.0) -> Tensor:
        """Outputs of the two cells before to ``(batch, out_channels, height, width)``."""
        nodes = [self.first(two_back), self.second(last)]
        zero = nodes[1][..., ::2, ::2] if self.reduction else nodes[1]
        for node, pair in enumerate(self.cell.pairs()):
            terms = [
                self._dropped(self.edges[str(index)], nodes[source], drop_path)
                for index, (_, source) in enumerate(pair, start=2 * node)
                if str(index) in self.edges
            ]
            nodes.append(sum(terms[1:], start=terms[0]) if terms else torch.zeros_like(zero))
        return torch.cat(nodes[INPUTS:], dim=1)

    def _dropped(self, module: nn.Module, x: Tensor, probability: float) -> Tensor:
        y: Tensor = module(x)
        if not self.training or probability == 0 or isinstance(module, nn.Identity):
            return y
        kept = torch.empty(len(y), 1, 1, 1, device=y.device, dtype=y.dtype).bernoulli_(1 - probability)
        return y / (1 - probability) * kept


class AuxiliaryHead(nn.Module):
    """A classifier on the output of the second reduction cell, for a second loss in training.

    The head for ImageNet has no normalisation behind its last convolution, as in the published experiments.
    """

    def __init__(self, channels: int, num_classes: int, *, stem: str) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.ReLU(),
            nn.AvgPool2d(5, stride=3 if stem == "cifar" else 2, count_include_pad=False),
            nn.Conv2d(channels, 128, 1, bias=False),
            nn.BatchNorm2d(128),
            nn.ReLU(),
            nn.Conv2d(128, 768, 2, bias=False),
            nn.BatchNorm2d(768) if stem == "cifar" else nn.Identity(),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),  # changes nothing at the published sizes, where one pixel is left
            nn.Flatten(),
        )
        self.classifier = nn.Linear(768, num_classes)
        self.least = 8 if stem == "cifar" else 7

    def forward(self, x: Tensor) -> Tensor:
        """Feature map ``(batch, channels, height, width)`` to logits ``(batch, num_classes)``."""
        if min(x.shape[-2:]) < self.least:
            raise InvalidArgument(
                f"wanted at least {self.least} x {self.least} pixels at the auxiliary head, got "
                f"{x.shape[-2]} x {x.shape[-1]}; give larger images, or auxiliary=False"
            )
        return self.classifier(self.features(x))


def _convolution(before: int, after: int, *, stride: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(before, after, 3, stride, padding=1, bias=False), nn.BatchNorm2d(after)
