"""Pairs of network and image with their output features, parted and normalised for a training."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from nas_plugins.spaces.arch2vec.output_features import OutputFeatures
from nas_plugins.spaces.arch2vec.output_model import OutputModel
from nas_plugins.spaces.arch2vec.semi_supervision import SemiSupervision
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import FiniteSearchSpace

Encode = Callable[[Tensor, Tensor], Tensor]

_BATCH = 512  # pairs measured at once


class LabelledPairs:
    """Output features as a training of a space sees them.

    A part of the images is unseen, and a part of the networks; networks whose architectures the training of the
    autoencoder holds out are unseen too. Each feature is normalised by mean and deviation over the training pairs, so
    that all count alike in the loss (section 3.2).

    Args:
        features: The output features.
        space: The space they are of.
        held_out: Positions of the architectures that the autoencoder never sees.
        settings: ``held_out`` and ``seed`` matter.
        device: Where batches are made.

    Raises:
        InvalidArgument: The features are of another space, or too few for a part of each kind.
    """

    def __init__(
        self,
        features: OutputFeatures,
        space: FiniteSearchSpace[Any],
        held_out: Tensor,
        settings: SemiSupervision,
        device: str = "cpu",
    ) -> None:
        if features.space != space.name:
            raise InvalidArgument(f"wanted output features of {space.name}, got some of {features.space}")
        positions = torch.tensor([space.index(space.parse(text)) for text in features.architectures])
        generator = torch.Generator().manual_seed(settings.seed)
        networks, images = (torch.randperm(count, generator=generator) for count in features.features.shape[:2])
        some = max(1, round(settings.held_out * len(networks)))
        unseen = torch.isin(positions[networks], held_out)
        unseen[:some] = True
        self._networks = {"seen": networks[~unseen], "unseen": networks[unseen]}
        few = max(1, round(settings.held_out * len(images)))
        self._images = {"seen": images[few:], "unseen": images[:few]}
        if len(self._networks["seen"]) < 2 or len(self._images["seen"]) < 2:
            raise InvalidArgument(
                f"wanted at least two networks and two images to train on, got {len(self._networks['seen'])} and "
                f"{len(self._images['seen'])}; collect features of more"
            )
        operations, adjacency = space.graph_arrays()
        self._operations = torch.from_numpy(operations)[positions].to(device)
        self._adjacency = torch.from_numpy(adjacency)[positions].to(device)
        known = features.features[self._networks["seen"]][:, self._images["seen"]].flatten(0, 1)
        deviation = known.std(0)
        targets = (features.features - known.mean(0)) / torch.where(deviation > 0, deviation, 1)
        self._targets = targets.to(device)
        pixels = features.images.float().permute(0, 3, 1, 2) / 255
        self._pixels = ((pixels - pixels.mean()) / pixels.std().clamp(min=1e-3)).to(device)

    @property
    def device(self) -> torch.device:
        """Where batches are made."""
        return self._targets.device

    @property
    def nodes(self) -> int:
        """Nodes of a graph."""
        return self._operations.shape[1]

    @property
    def features(self) -> int:
        """Features of a pair."""
        return self._targets.shape[-1]

    def draw(self, count: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Pairs of the training part, drawn with torch's generator: a batch of :meth:`batches`."""
        networks, images = (
            part["seen"][torch.randint(len(part["seen"]), (count,))] for part in (self._networks, self._images)
        )
        return self._batch(networks, images)

    def batches(self, networks: str, images: str) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
        """All pairs of a part of the networks and a part of the images, each ``"seen"`` or ``"unseen"``.

        Yields:
            Operations ``(B, N, K)``, adjacency ``(B, N, N)``, images ``(B, 3, height, width)``, targets ``(B, f)``.
        """
        pairs = torch.cartesian_prod(self._networks[networks], self._images[images])
        for part in pairs.split(_BATCH):
            yield self._batch(part[:, 0], part[:, 1])

    def _batch(self, networks: Tensor, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        return (
            self._operations[networks].float(),
            self._adjacency[networks].float(),
            self._pixels[images],
            self._targets[networks, images],
        )

    @torch.no_grad()
    def measure(self, encode: Encode, output_model: OutputModel) -> dict[str, float]:
        """Mean absolute error on seen networks with unseen images and on unseen networks with seen images.

        The baseline is the error of the mean over the training pairs, which knows neither network nor image (section
        4.1).

        Args:
            encode: From operations and adjacency to latents ``(B, N, D)``, in evaluation mode.
            output_model: In evaluation mode.
        """
        figures: dict[str, float] = {}
        for name, networks, images in (("images", "seen", "unseen"), ("networks", "unseen", "seen")):
            errors, baselines = [], []
            for operations, adjacency, pixels, targets in self.batches(networks, images):
                predicted = output_model(encode(operations, adjacency), pixels)
                errors.append((predicted - targets).abs().mean(1))
                baselines.append(targets.abs().mean(1))
            figures[f"output_error_unseen_{name}"] = float(torch.cat(errors).mean())
            figures[f"output_baseline_unseen_{name}"] = float(torch.cat(baselines).mean())
        return figures | {"labelled_networks": len(self._networks["seen"]), "shown_images": len(self._images["seen"])}
