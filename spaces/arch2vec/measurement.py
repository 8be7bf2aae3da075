"""The figures of a trained latent space, at the end of a training or computed again from its weights."""

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from nas_plugins.spaces.arch2vec.metrics import (
    encode_means,
    generation_metrics,
    reconstruction_accuracy,
    sample_prior,
)
from nas_plugins.spaces.arch2vec.model import GraphAutoencoder
from nas_plugins.spaces.arch2vec.settings import Pretraining
from nas_plugins.spaces.arch2vec.split import held_out_split
from nas_plugins.spaces.space import FiniteSearchSpace

if TYPE_CHECKING:
    from nas_plugins.spaces.arch2vec.arch2vec import Arch2Vec


def measure(arch2vec: "Arch2Vec[Any]", *, prior_samples: int = 10_000) -> dict[str, Any]:
    """The figures of a latent space, as :func:`measure_model` gives them.

    Args:
        arch2vec: The latent space; one without settings counts as trained with the defaults.
        prior_samples: Draws from the prior.
    """
    settings = arch2vec.settings or Pretraining.preset("default", arch2vec.space.name)
    return measure_model(arch2vec.space, arch2vec.model, settings, prior_samples=prior_samples)


def measure_model(
    space: FiniteSearchSpace[Any], model: GraphAutoencoder, settings: Pretraining, *, prior_samples: int = 10_000
) -> dict[str, Any]:
    """Reconstruction of architectures, and what draws from the prior decode to.

    Args:
        space: The space trained on.
        model: Its autoencoder, on any device.
        settings: How it was trained; they give the split of the training again.
        prior_samples: Draws from the prior; 10,000 in the paper (appendix B).

    Returns:
        ``reconstruction_accuracy`` of the held-out architectures, ``training_reconstruction_accuracy``, the figures of
        :func:`metrics.generation_metrics`, and the numbers of graphs behind them.
    """
    device = next(model.parameters()).device
    operations, adjacency = (torch.from_numpy(array).to(device) for array in space.graph_arrays())
    held_out, training = held_out_split(len(space), settings)
    means = encode_means(model, operations, adjacency)
    prior = sample_prior(means[training], prior_samples, torch.Generator().manual_seed(settings.seed))
    held_out_accuracy, training_accuracy = (
        reconstruction_accuracy(model, operations[part], adjacency[part], means[part]) for part in (held_out, training)
    )
    return {
        "reconstruction_accuracy": held_out_accuracy,
        "training_reconstruction_accuracy": training_accuracy,
        **generation_metrics(space, model, prior, _Members(space, training), operations[training]),
        "held_out": len(held_out),
        "training": len(training),
        "prior_samples": prior_samples,
    }


class _Members:
    """Architectures of a space by their positions; nothing is built to ask whether one is among them."""

    def __init__(self, space: FiniteSearchSpace[Any], positions: Tensor) -> None:
        self.space = space
        self.among = torch.zeros(len(space), dtype=torch.bool)
        self.among[positions] = True

    def __contains__(self, architecture: object) -> bool:
        if not self.space.contains(architecture):
            return False
        position = self.space.index(architecture)
        return position < len(self.among) and bool(self.among[position])
