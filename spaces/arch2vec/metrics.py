"""How good a latent space is: reconstruction, validity, uniqueness, novelty.

Two readings of validity stand side by side. The strict one asks the space itself whether a decoded graph, operations
and edges, is one of its members. The published one is what the official code of Yan et al. computes for Table 1: the
edges are not looked at, nor is the operation on node 1. The published uniqueness counts different graphs among those,
edges included, so it counts graphs apart that are no architectures at all.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nas_plugins.spaces.arch2vec.model import GraphAutoencoder
from nas_plugins.spaces.errors import InvalidArchitecture
from nas_plugins.spaces.graph import Graph
from nas_plugins.spaces.space import SearchSpace

_BATCH = 4096  # graphs encoded at once; bounds memory, changes nothing else


@torch.no_grad()
def encode_means(model: GraphAutoencoder, operations: Tensor, adjacency: Tensor) -> Tensor:
    """Posterior means ``(B, N, D)`` of all graphs, in evaluation mode; the model's mode is left as it was."""
    was_training = model.training
    model.eval()
    try:
        parts = [
            model.encode(*batch)[0] for batch in zip(operations.split(_BATCH), adjacency.split(_BATCH), strict=True)
        ]
    finally:
        model.train(was_training)
    return torch.cat(parts)


@torch.no_grad()
def decode_graphs(model: GraphAutoencoder, latents: Tensor) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The most likely graph of each set of node latents.

    Args:
        model: The autoencoder; its mode is left as it was.
        latents: ``(B, N, D)``.

    Returns:
        Index of the operation on each node ``(B, N)``, and the strictly upper triangular edges ``(B, N, N)`` of
        probability above one half.
    """
    was_training = model.training
    model.eval()
    try:
        operations, adjacency = model.decode(latents)
    finally:
        model.train(was_training)
    return operations.argmax(-1).cpu().numpy(), torch.triu(adjacency > 0, diagonal=1).cpu().numpy()


def reconstruction_accuracy(model: GraphAutoencoder, operations: Tensor, adjacency: Tensor, means: Tensor) -> float:
    """Fraction of graphs that come back identical, every operation and every edge (Yan et al., 2020, appendix B).

    Args:
        model: The autoencoder.
        operations: One-hot ``(B, N, K)``.
        adjacency: Strictly upper triangular ``(B, N, N)``.
        means: Their encodings ``(B, N, D)``, as :func:`encode_means` gives them.
    """
    decoded_operations, decoded_edges = decode_graphs(model, means)
    same = (decoded_operations == operations.argmax(-1).cpu().numpy()).all(-1)
    same &= (decoded_edges == (adjacency > 0).cpu().numpy()).all((-1, -2))
    return float(same.mean())


def sample_prior(means: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Draw node latents as the paper does: ``z ~ N(0, I)``, then ``z * std(Z_train) + mean(Z_train)`` (appendix B).

    Args:
        means: Encodings of the training graphs ``(B, N, D)``; mean and deviation are taken over the graphs, for each
            node and dimension by itself.
        count: Number of draws.
        generator: The source of randomness, on the CPU.

    Returns:
        Node latents ``(count, N, D)``.
    """
    noise = torch.randn(count, *means.shape[1:], generator=generator).to(means.device)
    return noise * means.std(0) + means.mean(0)


def generation_metrics(
    space: SearchSpace[Any],
    model: GraphAutoencoder,
    latents: Tensor,
    training: Iterable[object],
    training_operations: Tensor,
) -> dict[str, float]:
    """Judge what a sample of the prior decodes to.

    Args:
        space: The space that says what is a member.
        model: The autoencoder.
        latents: Node latents ``(count, N, D)``, as :func:`sample_prior` gives them.
        training: The architectures trained on.
        training_operations: One-hot operations of their graphs ``(B, N, K)``.

    Returns:
        ``strict_validity``: members of the space, of all draws.
        ``uniqueness``: different architectures, of the strictly valid draws.
        ``novelty``: architectures not trained on, of the different ones.
        ``published_validity``: draws that pass the official check, which ignores edges and node 1, of all draws.
        ``published_uniqueness``: different graphs up to renumbering, of the draws that pass it.
    """
    operations, edges = decode_graphs(model, latents)
    rows = np.concatenate([operations, edges.reshape(len(edges), -1)], axis=1)
    _, first, counts = np.unique(rows, axis=0, return_index=True, return_counts=True)

    # The official check knows which labels may start, end and fill a cell; here they are read off the training graphs.
    seen = training_operations.amax(0).bool().cpu().numpy()
    checked = [node for node in range(operations.shape[1]) if node != 1]
    passes: NDArray[np.bool_] = np.all([seen[node][operations[:, node]] for node in checked], axis=0)

    known = set(training)
    members: set[object] = set()
    digests: set[str] = set()
    strict = published = 0
    for row, count in zip(first, counts, strict=True):
        graph = Graph.from_adjacency([space.operations[k] for k in operations[row]], edges[row])
        if passes[row]:
            published += int(count)
            digests.add(graph.digest())
        try:
            members.add(space.from_graph(graph))
        except InvalidArchitecture:
            continue
        strict += int(count)
    return {
        "strict_validity": strict / len(latents),
        "uniqueness": len(members) / max(strict, 1),
        "novelty": len(members - known) / max(len(members), 1),
        "published_validity": published / len(latents),
        "published_uniqueness": len(digests) / max(published, 1),
    }
