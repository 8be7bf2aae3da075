"""What a batch of labelled pairs costs: the objective of their graphs, and the error of the output features."""

import torch
from torch import Tensor

from nas_plugins.spaces.arch2vec.graph_objective import GraphObjective
from nas_plugins.spaces.arch2vec.labelled_pairs import LabelledPairs
from nas_plugins.spaces.arch2vec.model import GraphAutoencoder
from nas_plugins.spaces.arch2vec.output_model import OutputModel
from nas_plugins.spaces.arch2vec.semi_supervision import SemiSupervision


class LabelledObjective:
    """The sum of the unlabelled loss and the mean absolute error of the output features (section 3.3).

    The initial weights of the output model come from torch's generator.

    Args:
        pairs: The labelled pairs.
        settings: The schedule, and the weight of the error.
        latent: Latent dimensions per node.

    References:
        Graph Embedding for Neural Architecture Search with Input-Output Information, section 3.3.
    """

    def __init__(self, pairs: LabelledPairs, settings: SemiSupervision, *, latent: int) -> None:
        self.pairs, self.settings = pairs, settings
        self.output_model = OutputModel(pairs.nodes, latent, pairs.features, width=settings.width).to(pairs.device)

    def __call__(self, objective: GraphObjective, kl_weight: float) -> Tensor:
        """The loss of a batch of pairs drawn with torch's generator.

        The latents drawn from the posterior are what the output model sees, as the decoder does.
        """
        operations, adjacency, images, targets = self.pairs.draw(self.settings.batch_size)
        loss, _, output = objective(operations, adjacency, kl_weight)
        if not self.settings.weight:
            return loss
        error = (self.output_model(output.latents, images) - targets).abs().mean()
        return loss + self.settings.weight * error

    @torch.no_grad()
    def measure(self, model: GraphAutoencoder) -> dict[str, float]:
        """The figures of :meth:`LabelledPairs.measure`, from posterior means; leaves the output model evaluating."""
        self.output_model.eval()
        return self.pairs.measure(lambda *graphs: model.encode(*graphs)[0], self.output_model)
