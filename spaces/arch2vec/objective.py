"""What pre-training minimises."""

import torch
from torch import Tensor
from torch.nn import functional

from nas_plugins.spaces.arch2vec.model import GraphAutoencoder, Reconstruction
from nas_plugins.spaces.arch2vec.settings import Pretraining


def reconstruction_terms(
    output: Reconstruction, operations: Tensor, adjacency: Tensor, settings: Pretraining
) -> tuple[Tensor, Tensor, Tensor]:
    """Cross entropy of operations and of edges, and divergence, each summed within a graph and averaged over graphs.

    Nodes behind the end of a smaller graph count in the published objective only, as nodes of no operation.
    """
    labels, edges = _cross_entropies(output.operations, output.adjacency, operations, adjacency, settings)
    divergence = -0.5 * (1 + output.log_variance - output.mean.square() - output.log_variance.exp()).sum()
    return labels, edges, divergence / len(operations)


def _cross_entropies(
    operation_logits: Tensor, edge_logits: Tensor, operations: Tensor, adjacency: Tensor, settings: Pretraining
) -> tuple[Tensor, Tensor]:
    graphs, nodes, _ = operations.shape
    there = operations.sum(-1) if settings.objective == "evidence_lower_bound" else torch.ones_like(operations[..., 0])
    if settings.operation_likelihood == "categorical":
        labels = functional.cross_entropy(
            operation_logits.flatten(0, 1), operations.argmax(-1).flatten(), reduction="none"
        ).view(graphs, nodes)
    else:
        labels = functional.binary_cross_entropy_with_logits(operation_logits, operations, reduction="none").sum(-1)
    sources, targets = torch.triu_indices(nodes, nodes, offset=1, device=adjacency.device)
    edges = functional.binary_cross_entropy_with_logits(
        edge_logits[:, sources, targets], adjacency[:, sources, targets], reduction="none"
    )
    return (labels * there).sum() / graphs, (edges * there[:, targets]).sum() / graphs


def objective(
    terms: tuple[Tensor, Tensor, Tensor], settings: Pretraining, kl_weight: float, *, nodes: int, vocabulary: int
) -> Tensor:
    """The weighted sum of the terms, as ``settings.objective`` scales them."""
    labels, edges, divergence = terms
    if settings.objective == "published":
        labels = labels / (nodes * vocabulary)
        edges = edges / nodes**2
        divergence = divergence / (nodes * settings.batch_size * nodes)
    loss = labels + settings.adjacency_weight * edges
    return loss + kl_weight * divergence if settings.variational else loss


def prior_mismatch(model: GraphAutoencoder, means: Tensor, frequencies: tuple[Tensor, Tensor]) -> Tensor:
    """Divergence of the decoded prior's operations and edges from the training graphs' frequencies of them."""
    labels, edges = frequencies
    operation_logits, edge_logits = model.decode(means.mean(0) + means.std(0) * torch.randn_like(means))
    tiny = torch.finfo(means.dtype).tiny
    drawn = operation_logits.softmax(-1).mean(0)
    mismatch = (labels * (labels.clamp(min=tiny).log() - drawn.clamp(min=tiny).log())).sum()
    above = torch.triu_indices(edges.shape[0], edges.shape[1], offset=1, device=edges.device)
    wanted, found = edges[above[0], above[1]], edge_logits.sigmoid().mean(0)[above[0], above[1]]
    entropy = functional.binary_cross_entropy(wanted, wanted, reduction="sum")
    return mismatch + functional.binary_cross_entropy(found, wanted, reduction="sum") - entropy


def corrupted_reconstruction(
    model: GraphAutoencoder, means: Tensor, operations: Tensor, adjacency: Tensor, settings: Pretraining
) -> Tensor:
    """Cross entropies of the graphs given latents that lie part of the way to a draw from the prior.

    The part is drawn uniformly for each graph. Latents keep mean and deviation on the way, as they are weighed by the
    square roots of the two parts. The encoder learns nothing from this.
    """
    means = means.detach()
    centre, deviation = means.mean(0), means.std(0)
    part = torch.rand(len(means), 1, 1, device=means.device)
    moved = (1 - part).sqrt() * (means - centre) + part.sqrt() * deviation * torch.randn_like(means)
    logits = model.decode(centre + moved, (operations, adjacency))
    labels, edges = _cross_entropies(*logits, operations, adjacency, settings)
    return labels + edges
