"""Statistics of batch normalisation, measured anew: no subnet of a supernet is worth evaluating without."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nas_plugins.spaces.errors import InvalidArgument


def recalibrate(
    network: nn.Module, batches: Iterable[Tensor], forward: Callable[[Tensor], object] | None = None
) -> None:
    """Measure the statistics of every batch normalisation of a network, in place, and leave it in evaluation mode.

    Means and variances of batches are averaged, weighted by their images, as Once-for-All does; 2,000 training images
    in batches of 200 are its measure. While measuring, each layer is normalised by the statistics of its own batch, and
    dropout is off.

    Args:
        network: Any network with ``nn.BatchNorm2d``; one with an attribute ``needs_calibration`` is told.
        batches: Images ``(batch, channels, height, width)``, two at least in each batch, prepared as for training.
        forward: How to run it, where that is not ``network(images)``.

    Raises:
        InvalidArgument: No images, or a batch of a single one.
    """
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    means = {norm: _Mean(norm) for norm in norms}
    if hasattr(network, "needs_calibration"):
        network.needs_calibration = False  # type: ignore[assignment]  # torch types attributes as tensors or modules
    network.eval()
    momenta = [norm.momentum for norm in norms]
    counts = [None if norm.num_batches_tracked is None else norm.num_batches_tracked.clone() for norm in norms]
    handles = [norm.register_forward_pre_hook(means[norm]) for norm in norms]
    images = 0
    try:
        for norm in norms:
            norm.train()
            norm.momentum = 0.0  # batches normalise by their own statistics and leave no trace
        with torch.no_grad():
            for batch in batches:
                if len(batch) < 2:
                    raise InvalidArgument(f"wanted batches of at least 2 images to calibrate with, got {len(batch)}")
                images += len(batch)
                (forward or network)(batch)
    finally:
        for norm, momentum, count, handle in zip(norms, momenta, counts, handles, strict=True):
            norm.momentum, norm.num_batches_tracked = momentum, count
            handle.remove()
        network.eval()
    if not images:
        raise InvalidArgument("wanted images to calibrate with, got none; give some of the training images")
    for mean in means.values():
        mean.store()


@dataclass
class _Mean:
    """The statistics that pass one normalisation."""

    norm: nn.BatchNorm2d
    mean: Tensor | float = 0.0
    variance: Tensor | float = 0.0
    images: int = 0

    def __call__(self, _: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        x = inputs[0].float()
        variance, mean = torch.var_mean(x, (0, 2, 3), correction=0)
        self.mean = self.mean + mean.double() * len(x)
        self.variance = self.variance + variance.double() * len(x)
        self.images += len(x)

    def store(self) -> None:
        """Write them into the first channels, as many as there were; a layer that did not run stays as it was."""
        mean, variance = self.norm.running_mean, self.norm.running_var
        if (
            isinstance(self.mean, Tensor)
            and isinstance(self.variance, Tensor)
            and mean is not None
            and variance is not None
        ):
            channels = len(self.mean)
            mean[:channels] = self.mean / self.images
            variance[:channels] = self.variance / self.images
