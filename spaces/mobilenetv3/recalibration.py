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
    before = {norm: _Before.of(norm) for norm in norms}
    if hasattr(network, "needs_calibration"):
        network.needs_calibration = False  # type: ignore[assignment]  # torch types attributes as tensors or modules
    network.eval()
    handles = [norm.register_forward_hook(means[norm]) for norm in norms]
    images = 0
    try:
        for norm in norms:
            norm.train()
            norm.momentum = 1.0  # batches normalise by their own statistics, and leave them behind to be read
        with torch.no_grad():
            for batch in batches:
                if len(batch) < 2:
                    raise InvalidArgument(f"wanted batches of at least 2 images to calibrate with, got {len(batch)}")
                images += len(batch)
                (forward or network)(batch)
    finally:
        for norm, handle in zip(norms, handles, strict=True):
            before[norm].restore(norm)
            handle.remove()
        network.eval()
    if not images:
        raise InvalidArgument("wanted images to calibrate with, got none; give some of the training images")
    for mean in means.values():
        mean.store()


@dataclass
class _Before:
    """What a normalisation was before."""

    momentum: float | None
    count: Tensor | None
    mean: Tensor | None
    variance: Tensor | None

    @classmethod
    def of(cls, norm: nn.BatchNorm2d) -> "_Before":
        tensors = (norm.num_batches_tracked, norm.running_mean, norm.running_var)
        return cls(norm.momentum, *(None if tensor is None else tensor.clone() for tensor in tensors))

    def restore(self, norm: nn.BatchNorm2d) -> None:
        norm.momentum, norm.num_batches_tracked = self.momentum, self.count
        norm.running_mean, norm.running_var = self.mean, self.variance


@dataclass
class _Mean:
    """The statistics that pass one normalisation: those of each batch, as it leaves them behind."""

    norm: nn.BatchNorm2d
    mean: Tensor | float = 0.0
    variance: Tensor | float = 0.0
    images: int = 0

    def __call__(self, _: nn.Module, inputs: tuple[Tensor, ...], __: Tensor) -> None:
        (x,) = inputs
        mean, variance = self.norm.running_mean, self.norm.running_var
        if mean is None or variance is None:
            return
        channels, values = x.shape[1], x.numel() // x.shape[1]
        self.mean = self.mean + mean[:channels].double() * len(x)
        # What it leaves is the estimate for the population; what it normalised by is the variance of the batch.
        self.variance = self.variance + variance[:channels].double() * (len(x) * (values - 1) / values)
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
