"""The figures of a trained latent space, computed again from its weights."""

from typing import TYPE_CHECKING, Any

import torch

from nas_plugins.spaces.arch2vec.metrics import (
    encode_means,
    generation_metrics,
    reconstruction_accuracy,
    sample_prior,
)
from nas_plugins.spaces.arch2vec.settings import Pretraining

if TYPE_CHECKING:
    from nas_plugins.spaces.arch2vec.arch2vec import Arch2Vec


def measure(arch2vec: "Arch2Vec[Any]", *, prior_samples: int = 10_000) -> dict[str, Any]:
    """Reconstruction of the architectures that were held out, and what draws from the prior decode to.

    The split is that of the training, which its settings give again.

    Args:
        arch2vec: The latent space; one without settings counts as trained with the defaults.
        prior_samples: Draws from the prior.

    Returns:
        ``reconstruction_accuracy`` of the held-out architectures and the figures of
        :func:`metrics.generation_metrics`, as :func:`pretraining.pretrain` gives them at the end of a training.
    """
    space, model = arch2vec.space, arch2vec.model
    settings = arch2vec.settings or Pretraining.preset("default", space.name)
    operations, adjacency = map(torch.from_numpy, space.graph_arrays())
    order = torch.randperm(len(space), generator=torch.Generator().manual_seed(settings.seed))
    held_out, training = order.tensor_split([max(1, round(settings.held_out * len(space)))])
    means = encode_means(model, operations, adjacency)
    prior = sample_prior(means[training], prior_samples, torch.Generator().manual_seed(settings.seed))
    known = [space[int(index)] for index in training]
    return {
        "reconstruction_accuracy": reconstruction_accuracy(
            model, operations[held_out], adjacency[held_out], means[held_out]
        ),
        **generation_metrics(space, model, prior, known, operations[training]),
        "held_out": len(held_out),
        "training": len(training),
        "prior_samples": prior_samples,
    }
