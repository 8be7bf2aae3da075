"""What arch2vec is compared with: the same encoder, trained on accuracies instead of graphs.

The published comparison gives its supervised encoder a directed graph where arch2vec's reads it both ways, a state that
is never updated, and batch statistics at prediction. Here all is as for arch2vec: layers, widths, both directions of
each edge, the sum over nodes, evaluation mode. The number of epochs is chosen on a fifth of the labels.
"""

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

Vector = NDArray[np.float64]

_LEARNING_RATE, _WEIGHT_DECAY, _BATCH, _HELD_OUT = 1e-3, 1e-4, 32, 0.2


class SupervisedEncoder:
    """arch2vec's encoder with a linear layer on the sum over nodes, fitted to accuracies by squared error.

    Args:
        operations: One-hot operations of the labelled graphs ``(n, nodes, operations)``.
        adjacency: Their edges ``(n, nodes, nodes)``.
        accuracies: Their labels ``(n,)``, at least ten.
        epochs: Most passes over four fifths of them; those are kept after which the other fifth was predicted best.
        seed: Of weights, order and the held-out fifth.
    """

    def __init__(
        self, operations: NDArray[Any], adjacency: NDArray[Any], accuracies: Vector, *, epochs: int = 100, seed: int = 0
    ) -> None:
        import torch
        from torch import nn

        from nas_plugins.spaces.arch2vec import GraphAutoencoder

        self._mean, self._std = float(np.mean(accuracies)), float(np.std(accuracies)) or 1.0
        labels = torch.tensor((accuracies - self._mean) / self._std, dtype=torch.float32)
        graphs = torch.from_numpy(operations).float(), torch.from_numpy(adjacency).float()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self._encoder = GraphAutoencoder(operations.shape[-1], dropout=0.0)
            self._head = nn.Linear(self._encoder.sizes["latent"], 1)
            self._fit(graphs, labels, epochs)

    def embed(self, operations: NDArray[Any], adjacency: NDArray[Any]) -> NDArray[np.float32]:
        """Embeddings ``(n, 16)`` of graphs."""
        import torch

        from nas_plugins.spaces.arch2vec.metrics import encode_means

        means = encode_means(self._encoder, torch.from_numpy(operations), torch.from_numpy(adjacency))
        embeddings: NDArray[np.float32] = means.sum(1).numpy()
        return embeddings

    def predict(self, embeddings: NDArray[np.float32]) -> Vector:
        """Accuracies ``(n,)`` that the encoder's own last layer gives for embeddings."""
        import torch

        with torch.no_grad():
            scores = self._head(torch.from_numpy(embeddings))[:, 0]
        return scores.double().numpy() * self._std + self._mean

    def _fit(self, graphs: "tuple[torch.Tensor, torch.Tensor]", labels: "torch.Tensor", epochs: int) -> None:
        import torch

        order = torch.randperm(len(labels))
        held_out, training = order.tensor_split([max(1, round(_HELD_OUT * len(labels)))])
        modules = torch.nn.ModuleList([self._encoder, self._head])
        optimizer = torch.optim.AdamW(modules.parameters(), lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
        least, best = float("inf"), copy.deepcopy(modules.state_dict())
        for _ in range(epochs):
            modules.train()
            for batch in training[torch.randperm(len(training))].split(_BATCH):
                if len(batch) > 1:  # batch normalisation needs two
                    loss = self._error(graphs, labels, batch)
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
            modules.eval()
            with torch.no_grad():
                error = float(self._error(graphs, labels, held_out))
            if error < least:
                least, best = error, copy.deepcopy(modules.state_dict())
        modules.load_state_dict(best)
        modules.eval()

    def _error(
        self, graphs: "tuple[torch.Tensor, torch.Tensor]", labels: "torch.Tensor", batch: "torch.Tensor"
    ) -> "torch.Tensor":
        means = self._encoder.encode(graphs[0][batch], graphs[1][batch])[0]
        return (self._head(means.sum(1))[:, 0] - labels[batch]).square().mean()
