"""The predictor: from a dataset and an architecture to the accuracy it will reach."""

from torch import Tensor, nn
from torch import cat as concatenate

from nas_plugins.strategies.metad2a.graph_encoder import GraphEncoder
from nas_plugins.strategies.metad2a.set_encoder import SetEncoder


class Predictor(nn.Module):
    """Predict the standardised accuracy of architectures on datasets without training them.

    Args:
        feature_dimension: Size of an image's feature vector.
        operations: Number of labels of graph nodes.
        nodes: Number of nodes of a graph.
        dimension: Size of dataset and graph vectors; 56 in the paper's Table 6.
        hidden: Size of a node's state and of the head's hidden layer; the paper has 512.
        dropout: Probability of dropping a unit of the head's input and hidden layer.

    References:
        Lee et al., MetaD2A, ICLR 2021, section 3.1.2, Eq. 3: two linear layers with ReLU over both vectors.
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
    ) -> None:
        super().__init__()
        self.set_encoder = SetEncoder(feature_dimension, dimension)
        self.graph_encoder = GraphEncoder(operations, nodes, hidden=hidden, dimension=dimension)
        self.head = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(2 * dimension, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, 1)
        )

    def forward(self, dataset: Tensor, one_hot: Tensor, adjacency: Tensor) -> Tensor:
        """Dataset vectors ``(batch, dimension)`` and their graphs to standardised accuracies ``(batch,)``.

        Dataset vectors come from ``self.set_encoder``, so that one encoding serves many architectures.
        """
        return self.score(dataset, self.graph_encoder(one_hot, adjacency))

    def score(self, dataset: Tensor, graphs: Tensor) -> Tensor:
        """The same from dataset and graph vectors, both ``(batch, dimension)``."""
        return self.head(concatenate([dataset, graphs], dim=-1)).squeeze(-1)
