"""What a batch of graphs costs under the settings of a training, all its terms together."""

from torch import Tensor

from nas_plugins.spaces.arch2vec.model import GraphAutoencoder, Reconstruction
from nas_plugins.spaces.arch2vec.objective import (
    corrupted_reconstruction,
    objective,
    prior_mismatch,
    reconstruction_terms,
)
from nas_plugins.spaces.arch2vec.settings import Pretraining


class GraphObjective:
    """The objective of arch2vec and the terms of ours that the settings ask for.

    Args:
        model: The autoencoder, in the mode the caller wants.
        settings: Weights of the terms.
        frequencies: Means of operations ``(N, K)`` and of edges ``(N, N)`` over the training graphs.
    """

    def __init__(self, model: GraphAutoencoder, settings: Pretraining, frequencies: tuple[Tensor, Tensor]) -> None:
        self.model, self.settings, self.frequencies = model, settings, frequencies

    def __call__(
        self, operations: Tensor, adjacency: Tensor, kl_weight: float
    ) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor], Reconstruction]:
        """Loss, the terms of :func:`objective.reconstruction_terms`, and the model's output, for one batch.

        Args:
            operations: One-hot ``(B, N, K)``.
            adjacency: Strictly upper triangular ``(B, N, N)``.
            kl_weight: Weight of the divergence at this step.
        """
        model, settings = self.model, self.settings
        output = model(operations, adjacency)
        terms = reconstruction_terms(output, operations, adjacency, settings)
        loss = objective(terms, settings, kl_weight, nodes=operations.shape[1], vocabulary=operations.shape[2])
        if settings.prior_weight:
            loss = loss + settings.prior_weight * prior_mismatch(model, output.mean, self.frequencies)
        if settings.corruption_weight:
            loss = loss + settings.corruption_weight * corrupted_reconstruction(
                model, output.mean, operations, adjacency, settings
            )
        return loss, terms, output
