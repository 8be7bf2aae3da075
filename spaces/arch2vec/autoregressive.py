"""A decoder that takes its decisions one after another, each knowing the ones before."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from nas_plugins.spaces.errors import InvalidArgument

_CERTAIN = 30.0  # logit of what is not decided: its cross entropy is 1e-13


class AutoregressiveDecoder(nn.Module):
    """Operations and edges of a graph, node by node: the operation of a node, then its edges from earlier nodes.

    The decoder of the paper takes every decision by itself, so between the latents of two graphs it decodes to parts of
    the one and parts of the other, which together are often no architecture. Here the latents of all nodes and the
    decisions taken so far go into each decision. It is a masked autoencoder for distribution estimation (Germain et
    al., MADE, ICML 2015) conditioned on the latents: in training all decisions of a batch are one pass.

    Where all graphs have the same edges as far as they have nodes, as chains of several lengths do, there is nothing to
    decide about edges: a graph of N nodes takes N decisions instead of N (N + 1) / 2.

    Args:
        nodes: Number ``N`` of nodes of the largest graph.
        operations: Number ``K`` of operations in the vocabulary.
        latent: Latent dimensions ``D`` per node.
        hidden: Width of its two hidden layers.
        edges: The edges of all graphs as pairs ``(source, target)``, source first; ``None`` where they are decided.
    """

    sources: Tensor
    targets: Tensor
    certain: Tensor

    def __init__(
        self,
        nodes: int,
        operations: int,
        latent: int,
        *,
        hidden: int = 512,
        edges: Sequence[Sequence[int]] | None = None,
    ) -> None:
        super().__init__()
        if nodes < 1 or hidden < 1:
            raise InvalidArgument(f"wanted nodes and hidden of at least 1, got {nodes} and {hidden}")
        self.nodes, self.vocabulary = nodes, operations
        # Decision t (t + 1) / 2 is the operation of node t, the t decisions after it its edges from nodes 0 to t - 1.
        turns = [node * (node + 1) // 2 for node in range(nodes)]
        pairs = [(source, target) for target in range(nodes) for source in range(target)]
        if edges is not None:
            turns, pairs = list(range(nodes)), []
            if not all(0 <= source < target < nodes for source, target in edges):
                raise InvalidArgument(f"wanted edges (source, target) with source < target < {nodes}, got {edges}")
        steps = torch.tensor(
            [turn for turn in turns for _ in range(operations)]
            + [turns[target] + 1 + source for source, target in pairs]
        )
        self.register_buffer(
            "sources", torch.tensor([source for source, _ in pairs], dtype=torch.long), persistent=False
        )
        self.register_buffer(
            "targets", torch.tensor([target for _, target in pairs], dtype=torch.long), persistent=False
        )
        self.decided = edges is None
        certain = torch.zeros(nodes, nodes)
        for source, target in edges or ():
            certain[source, target] = 1
        self.register_buffer("certain", certain, persistent=False)
        # A hidden unit of degree d knows the decisions before d, and decision d may use it.
        degrees = torch.arange(hidden) * (nodes + len(pairs)) // hidden
        conditions = nodes * latent
        self.first = _MaskedLinear(degrees[:, None] > steps, conditions)
        self.second = _MaskedLinear(degrees[:, None] >= degrees, conditions)
        self.last = _MaskedLinear(steps[:, None] >= degrees, conditions)

    def forward(self, latents: Tensor, operations: Tensor, adjacency: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of every decision, given the latents and the decisions before it.

        Args:
            latents: ``(B, N, D)``.
            operations: One-hot ``(B, N, K)``, the graphs whose decisions are looked at.
            adjacency: Strictly upper triangular ``(B, N, N)``.

        Returns:
            Logits of the operations ``(B, N, K)`` and of the edges ``(B, N, N)``, strictly upper triangular.
        """
        condition = latents.flatten(1)
        taken = torch.cat([operations.flatten(1), adjacency[:, self.sources, self.targets]], dim=1)
        hidden = functional.relu(self.first(taken, condition))
        hidden = hidden + functional.relu(self.second(hidden, condition))
        logits = self.last(hidden, condition)
        if not self.decided:
            edges = (_CERTAIN * (2 * self.certain - 1)).triu(1).expand(len(logits), -1, -1)
            return logits.unflatten(1, (self.nodes, self.vocabulary)), edges
        edges = logits.new_zeros(len(logits), self.nodes, self.nodes)
        edges[:, self.sources, self.targets] = logits[:, self.nodes * self.vocabulary :]
        return logits[:, : self.nodes * self.vocabulary].unflatten(1, (self.nodes, self.vocabulary)), edges

    def generate(self, latents: Tensor, *, end: int | None = None) -> tuple[Tensor, Tensor]:
        """The likeliest decision at each turn.

        Args:
            latents: ``(B, N, D)``.
            end: The operation after which a graph has no more nodes, if there is one.

        Returns:
            Index of the operation on each node ``(B, N)``, -1 behind the end, and the edges ``(B, N, N)``.
        """
        operations = latents.new_zeros(len(latents), self.nodes, self.vocabulary)
        adjacency = latents.new_zeros(len(latents), self.nodes, self.nodes)
        ended = torch.zeros(len(latents), dtype=torch.bool, device=latents.device)
        for node in range(self.nodes):
            label = self(latents, operations, adjacency)[0][:, node].argmax(-1)
            operations[:, node] = functional.one_hot(label, self.vocabulary).to(latents) * ~ended[:, None]
            if not self.decided:
                adjacency[:, :, node] = self.certain[:, node] * ~ended[:, None]
            for source in range(node) if self.decided else ():
                edge = self(latents, operations, adjacency)[1][:, source, node] > 0
                adjacency[:, source, node] = (edge & ~ended).to(latents)
            if end is not None:
                ended |= label == end
        labels = operations.argmax(-1)
        return labels.masked_fill(operations.sum(-1) == 0, -1), adjacency > 0


class _MaskedLinear(nn.Module):
    """A linear layer of some of the inputs per output, and of all conditions."""

    mask: Tensor

    def __init__(self, mask: Tensor, conditions: int) -> None:
        super().__init__()
        outputs, inputs = mask.shape
        self.weights = nn.Linear(inputs, outputs)
        self.condition = nn.Linear(conditions, outputs, bias=False)
        self.register_buffer("mask", mask.float(), persistent=False)

    def forward(self, values: Tensor, condition: Tensor) -> Tensor:
        """``(B, inputs)`` and ``(B, conditions)`` to ``(B, outputs)``."""
        return functional.linear(values, self.weights.weight * self.mask, self.weights.bias) + self.condition(condition)
