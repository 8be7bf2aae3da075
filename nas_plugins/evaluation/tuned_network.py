"""Where tuning starts: a subnet's own network with the weights of its supernet."""

from typing import TYPE_CHECKING

from nas_plugins.spaces.errors import InvalidArgument

if TYPE_CHECKING:
    from nas_plugins.evaluation.training_settings import TrainingSettings
    from nas_plugins.spaces.mobilenetv3.network import SubnetNetwork
    from nas_plugins.spaces.mobilenetv3.subnet import Subnet
    from nas_plugins.spaces.mobilenetv3.supernet import Supernet


def check_tuned(settings: "TrainingSettings") -> None:
    """Refuse channels other than the default: a subnet has those of its supernet.

    Args:
        settings: Of a training that goes on from the weights of a supernet.

    Raises:
        InvalidArgument: Other ``channels``.
    """
    if settings.channels != type(settings).channels:
        raise InvalidArgument(
            f"wanted no channels beside a supernet, whose subnets have the width that it was trained at, got "
            f"{settings.channels}; leave channels out, or the supernet"
        )


def tuned_network(supernet: "Supernet", subnet: "Subnet", num_classes: int, *, seed: int) -> "SubnetNetwork":
    """A subnet's network with the supernet's weights and a fresh classifier, ready to be trained on.

    Args:
        supernet: The weights.
        subnet: Which part of them.
        num_classes: Outputs of the classifier.
        seed: Of the classifier's weights.
    """
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return supernet.extract(subnet, num_classes).train()
