"""How good a latent space is: reconstruction, validity, uniqueness, novelty.

Two readings of validity stand side by side. The strict one asks the space itself whether a decoded graph, operations
and edges, is one of its members. The published one is what the official code of Yan et al. computes for Table 1, see
:mod:`nas_plugins.spaces.arch2vec.published_validity`; it lets more pass.
"""

from collections.abc import Container
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nas_plugins.spaces.arch2vec.fingerprints import graph_fingerprints
from nas_plugins.spaces.arch2vec.model import GraphAutoencoder
from nas_plugins.spaces.arch2vec.published_validity import published_check
from nas_plugins.spaces.graph import Graph
from nas_plugins.spaces.space import SearchSpace

_BATCH = 512  # graphs encoded at once; what they need stays in a cache


@torch.no_grad()
def encode_means(model: GraphAutoencoder, operations: Tensor, adjacency: Tensor) -> Tensor:
    """Posterior means ``(B, N, D)`` of all graphs, in evaluation mode; the model's mode is left as it was."""
    was_training = model.training
    model.eval()
    try:
        parts = [
            model.encode(*(array.float() for array in batch))[0]
            for batch in zip(operations.split(_BATCH), adjacency.split(_BATCH), strict=True)
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
        Index of the operation on each node ``(B, N)``, -1 behind the end of a graph of variable size, and the strictly
        upper triangular edges ``(B, N, N)`` of probability above one half.
    """
    was_training = model.training
    model.eval()
    try:
        parts = [model.generate(batch) for batch in latents.split(_BATCH)]
    finally:
        model.train(was_training)
    operations, adjacency = (torch.cat(part) for part in zip(*parts, strict=True))
    return operations.cpu().numpy(), adjacency.cpu().numpy()


def decoded_graph(space: SearchSpace[Any], operations: NDArray[np.int64], edges: NDArray[np.bool_]) -> Graph:
    """One row of what :func:`decode_graphs` gives, ``(N,)`` and ``(N, N)``, as a graph that stops where it ends."""
    nodes = int((operations >= 0).sum())
    return Graph.from_adjacency([space.operations[label] for label in operations[:nodes]], edges[:nodes, :nodes])


@torch.no_grad()
def reconstruction_accuracy(model: GraphAutoencoder, operations: Tensor, adjacency: Tensor, means: Tensor) -> float:
    """Fraction of graphs that come back identical, every operation and every edge (Yan et al., 2020, appendix B).

    Decisions are checked one by one, each after the true ones before it. A graph whose decisions are all right is the
    one that :func:`decode_graphs` gives, and the only one.

    Args:
        model: The autoencoder.
        operations: One-hot ``(B, N, K)``, rows of zeros behind the nodes of smaller graphs.
        adjacency: Strictly upper triangular ``(B, N, N)``.
        means: Their encodings ``(B, N, D)``, as :func:`encode_means` gives them.
    """
    was_training, right = model.training, 0
    model.eval()
    try:
        for batch in zip(operations.split(_BATCH), adjacency.split(_BATCH), means.split(_BATCH), strict=True):
            labels, edges, latents = batch[0].float(), batch[1].float(), batch[2]
            label_logits, edge_logits = model.decode(latents, (labels, edges))
            there = labels.sum(-1) > 0
            same = ((label_logits.argmax(-1) == labels.argmax(-1)) | ~there).all(-1)
            differs = torch.triu((edge_logits > 0) != (edges > 0), diagonal=1) & there[:, None, :]
            right += int((same & ~differs.flatten(1).any(-1)).sum())
    finally:
        model.train(was_training)
    return right / len(operations)


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
    centre = means.mean(0)
    deviation = ((means - centre).square().sum(0) / (len(means) - 1)).sqrt()  # many times as fast as std over rows
    return noise * deviation + centre


def generation_metrics(
    space: SearchSpace[Any],
    model: GraphAutoencoder,
    latents: Tensor,
    training: Container[object],
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
        ``published_validity``: draws that pass the official check (:mod:`published_validity`), of all draws.
        ``published_uniqueness``: different graphs, as the official code tells them apart, of the draws that pass it.
    """
    operations, edges = decode_graphs(model, latents)
    rows = np.concatenate([operations.astype(np.int8), edges.reshape(len(edges), -1).view(np.int8)], axis=1)
    whole = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.shape[1])))[:, 0]
    _, first, counts = np.unique(whole, return_index=True, return_counts=True)
    operations, edges = operations[first], edges[first]

    passed = published_check(space, operations, edges, training_operations.amax(0).bool().cpu().numpy())
    published = int(counts[passed].sum())
    different = len(np.unique(graph_fingerprints(operations[passed], edges[passed])))
    found = space.from_graph_arrays(operations, edges)
    strict = sum(count for member, count in zip(found, counts.tolist(), strict=True) if member is not None)
    members = {member for member in found if member is not None}
    return {
        "strict_validity": strict / len(latents),
        "uniqueness": len(members) / max(strict, 1),
        "novelty": sum(member not in training for member in members) / max(len(members), 1),
        "published_validity": published / len(latents),
        "published_uniqueness": different / max(published, 1),
    }
