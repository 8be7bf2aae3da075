"""The predictor: from a dataset and an architecture to the accuracy it will reach."""

from torch import Tensor, nn
from torch import cat as concatenate

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies.metad2a.graph_encoder import GraphEncoder
from nas_plugins.strategies.metad2a.set_encoders import build_set_encoder

HEADS = ("additive", "joint")


class Predictor(nn.Module):
    """Predict the standardised accuracy of architectures on datasets without training them.

    With the head ``"additive"`` the prediction is the sum of how easy the dataset is, how good the architecture is
    anywhere, and how well the two suit each other. The paper has the last term alone, the head ``"joint"``; it then has
    to carry the first two as well, and fits the noise of the records instead: with as many epochs, one predictor
    correlates with held-out records at 0.79 instead of 0.81 and orders the cells of ImageNet16-120 with a rank
    correlation of 0.82 instead of 0.92.

    Args:
        feature_dimension: Size of an image's feature vector.
        operations: Number of labels of graph nodes.
        nodes: Number of nodes of a graph.
        dimension: Size of dataset and graph vectors; 56 in the paper's Table 6.
        hidden: Size of a node's state and of the heads' hidden layers; the paper has 512.
        dropout: Probability of dropping an entry of the graph vector where it speaks for itself.
        interaction_dropout: Probability of dropping an input or hidden unit where both vectors speak together; the
            stronger, the closer an unseen dataset's ranking stays to the common one.
        set_encoder: A name of :data:`nas_plugins.strategies.metad2a.set_encoders.SET_ENCODERS`.
        head: ``"additive"``, or ``"joint"`` for the paper's. The latter has the hyperbolic tangent of the official
            code, which the published figures were made with, where the text says ReLU.

    Raises:
        InvalidArgument: No set encoder or no head has that name.

    References:
        Lee et al., MetaD2A, ICLR 2021, section 3.1.2, Eq. 3: two linear layers over both vectors.
    """

    def __init__(
        self,
        feature_dimension: int,
        operations: int,
        nodes: int,
        *,
        dimension: int = 56,
        hidden: int = 128,
        dropout: float = 0.0,
        interaction_dropout: float = 0.0,
        set_encoder: str = "hierarchical",
        head: str = "additive",
    ) -> None:
        super().__init__()
        check_head(head)
        additive = head == "additive"
        self.set_encoder = build_set_encoder(set_encoder, feature_dimension, dimension)
        self.graph_encoder = GraphEncoder(operations, nodes, hidden=hidden, dimension=dimension)
        self.ease = nn.Linear(dimension, 1) if additive else None
        self.quality = (
            nn.Sequential(nn.Dropout(dropout), nn.Linear(dimension, hidden), nn.ReLU(), nn.Linear(hidden, 1))
            if additive
            else None
        )
        self.interaction = nn.Sequential(
            nn.Dropout(interaction_dropout),
            nn.Linear(2 * dimension, hidden),
            nn.ReLU() if additive else nn.Tanh(),
            nn.Dropout(interaction_dropout),
            nn.Linear(hidden, 1),
        )

    def forward(self, dataset: Tensor, one_hot: Tensor, adjacency: Tensor) -> Tensor:
        """Dataset vectors ``(batch, dimension)`` and their graphs to standardised accuracies ``(batch,)``.

        Dataset vectors come from ``self.set_encoder``, so that one encoding serves many architectures.
        """
        return self.score(dataset, self.graph_encoder(one_hot, adjacency))

    def score(self, dataset: Tensor, graphs: Tensor) -> Tensor:
        """The same from dataset and graph vectors, both ``(batch, dimension)``."""
        scores: Tensor = self.interaction(concatenate([dataset, graphs], dim=-1))
        if self.ease is not None and self.quality is not None:
            scores = self.ease(dataset) + self.quality(graphs) + scores
        return scores.squeeze(-1)


def check_head(name: str) -> None:
    """Raise :class:`InvalidArgument` where no head has that name."""
    if name not in HEADS:
        raise InvalidArgument(f"wanted a head out of {', '.join(HEADS)}, got {name!r}")
