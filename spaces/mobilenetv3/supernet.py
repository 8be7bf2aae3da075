"""The supernet: one network whose weights all subnets of the MobileNetV3 space share."""

import hashlib
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from nas_plugins.spaces.errors import InvalidState
from nas_plugins.spaces.mobilenetv3.attention import Attention
from nas_plugins.spaces.mobilenetv3.elastic_block import ElasticBlock
from nas_plugins.spaces.mobilenetv3.network import SubnetNetwork
from nas_plugins.spaces.mobilenetv3.recalibration import recalibrate
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, MOST, UNITS, Subnet

PUBLISHED_IMAGE_SIZE = 224
"""Pixels a side that the published supernets are made for."""


class Supernet(nn.Module):
    """The largest network of the space, run as any of its subnets.

    A subnet takes the first layers of each unit, the first channels of each layer, and kernels that are transformed
    centres of the larger ones. To use one, :meth:`subnet_network` cuts it out as a network of its own; or
    :meth:`recalibrate` prepares the supernet itself for one subnet. Statistics of normalisation are no subnet's own, so
    evaluating one that was not calibrated is refused; in training every batch brings its own.

    ``image_size`` is the height and width of the images it was trained on, ``class_names`` are its classes where they
    are known, and ``attention`` says which subnets the end of its training attended to, if any.

    Args:
        num_classes: Outputs of the classifier, at least 2.
        width: Width multiplier of all channels; the published weights are of 1.0 and 1.2.
        dropout: Probability with which training drops a feature before the classifier.

    Raises:
        InvalidArgument: A size or probability outside its range.

    References:
        Cai, Gan, Wang, Zhang and Han, Once-for-All: Train One Network and Specialize It for Efficient Deployment, ICLR
        2020, section 3.
    """

    def __init__(self, num_classes: int = 1000, *, width: float = 1.0, dropout: float = 0.0) -> None:
        super().__init__()
        self.num_classes, self.width = num_classes, width
        self.network = SubnetNetwork(LARGEST, num_classes, width=width, dropout=dropout)
        for index in range(1, len(self.network.blocks)):
            self.network.blocks[index] = ElasticBlock(self.network.blocks[index])  # type: ignore[arg-type]
        self.calibrated: Subnet | None = None
        self.image_size = PUBLISHED_IMAGE_SIZE
        self.class_names: tuple[str, ...] = ()
        self.attention: Attention | None = None

    def forward(self, images: Tensor, subnet: Subnet = LARGEST) -> Tensor:
        """Logits ``(batch, num_classes)`` of a subnet for images ``(batch, 3, height, width)``.

        Raises:
            InvalidState: An evaluation of a subnet that the supernet was not calibrated for.
        """
        if self.training:
            self.calibrated = None
        elif subnet != self.calibrated:
            raise InvalidState(
                f"wanted the subnet that the supernet is calibrated for ({self.calibrated or 'none'}), got {subnet}; "
                "call recalibrate(subnet, batches), or cut it out with subnet_network(subnet, batches)"
            )
        return self._logits(images, subnet)

    def recalibrate(self, subnet: Subnet, batches: Iterable[Tensor]) -> None:
        """Measure the statistics of one subnet and keep them until the next; evaluation mode follows.

        Args:
            subnet: The one to evaluate.
            batches: As for :func:`nas_plugins.spaces.mobilenetv3.recalibration.recalibrate`.
        """
        self.calibrated = None
        recalibrate(self, batches, lambda images: self._logits(images, subnet))
        self.calibrated = subnet

    def subnet_network(self, subnet: Subnet, batches: Iterable[Tensor]) -> SubnetNetwork:
        """A network of its own with the weights of a subnet, calibrated and ready for evaluation.

        Args:
            subnet: The one to cut out.
            batches: As for :func:`nas_plugins.spaces.mobilenetv3.recalibration.recalibrate`.
        """
        network = self.extract(subnet)
        recalibrate(network, batches)
        return network

    @torch.no_grad()
    def extract(self, subnet: Subnet, num_classes: int | None = None) -> SubnetNetwork:
        """A copy of the weights of a subnet as a network of its own, to be trained or calibrated before evaluation.

        Its statistics are its own only where the supernet is calibrated for it.

        Args:
            subnet: The one to cut out.
            num_classes: Outputs of a fresh classifier, drawn from torch's global generator, in place of the supernet's.
        """
        with torch.device("meta"):  # no memory and no time for weights that are replaced
            network = SubnetNetwork(subnet, self.num_classes, width=self.width, dropout=self.network.dropout.p)
        whole = self.network.state_dict()
        state: dict[str, Tensor] = {}
        places = [
            (0, None),
            *((1 + MOST * u + n, layer) for u in range(UNITS) for n, layer in enumerate(subnet.units[u])),
        ]
        for name, shape in ((name, tensor.shape) for name, tensor in network.state_dict().items()):
            source = name
            if name.startswith("blocks."):
                _, number, rest = name.split(".", 2)
                place, layer = places[int(number)]
                source = f"blocks.{place}.{rest}"
                block = self.network.blocks[place]
                if layer is not None and rest == "depth_conv.conv.weight" and isinstance(block, ElasticBlock):
                    state[name] = block.depthwise_weight(*layer).clone()
                    continue
            state[name] = whole[source][tuple(slice(size) for size in shape)].clone()
        network.load_state_dict(state, assign=True)
        network.needs_calibration = subnet != self.calibrated
        if num_classes is not None:
            classifier = network.classifier
            network.classifier = nn.Linear(classifier.in_features, num_classes, device=classifier.weight.device)
        return network.train(self.training)

    @torch.no_grad()
    def for_classes(self, class_names: tuple[str, ...]) -> "Supernet":
        """A copy that tells other classes: its classifier is fresh, drawn from torch's global generator.

        Where they are its own classes, in this order, the copy keeps the classifier.
        """
        other = Supernet(len(class_names), width=self.width, dropout=self.network.dropout.p)
        state = self.network.state_dict()
        if class_names != self.class_names:
            fresh = other.network.state_dict()
            state |= {name: value for name, value in fresh.items() if name.startswith("classifier.")}
        other.network.load_state_dict(state)
        other.image_size, other.class_names, other.attention = self.image_size, class_names, self.attention
        return other.train(self.training)

    def sort_channels(self, kept: tuple[int, ...] = ()) -> None:
        """Bring the most important channels of every layer to the front, before smaller expansions are trained.

        The largest subnet computes what it did before.

        Args:
            kept: Expansion ratios already trained, whose sets of channels stay what they are.
        """
        if self.calibrated != LARGEST:
            self.calibrated = None
        for block in self.network.blocks:
            if isinstance(block, ElasticBlock):
                block.sort_channels(kept)

    def fingerprint(self) -> str:
        """A hexadecimal digest of the weights, the same in whatever file they are; statistics do not count."""
        digest = hashlib.sha256()
        for name, parameter in sorted(self.network.named_parameters()):
            digest.update(name.encode() + parameter.detach().cpu().half().contiguous().numpy().tobytes())
        return digest.hexdigest()

    def _logits(self, images: Tensor, subnet: Subnet) -> Tensor:
        network = self.network
        x = network.blocks[0](network.first_conv(images))
        for unit, layers in enumerate(subnet.units):
            for number, (kernel, expansion) in enumerate(layers):
                x = network.blocks[1 + MOST * unit + number](x, kernel, expansion)
        return network.classifier(network.dropout(network.pooled(x)))
