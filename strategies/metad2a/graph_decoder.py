"""From a latent vector to labelled directed acyclic graphs: one node at a time, then its edges."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.graph import Graph
from nas_plugins.strategies.metad2a.graph_encoder import GatedSum


class GraphDecoder(nn.Module):
    """Generate graphs in topological order from latent vectors.

    A node's operation is drawn from the state of the node before it; its edges are decided from the nearest earlier
    node back to the first, and its state is updated whenever one joins (Lee et al., 2021, section A.1, Eq. 6).
    Generation ends with the operation ``output``, to which every node without a successor is then joined, as every node
    without a predecessor is to the input. All graphs of a batch are decoded together.

    A node's update also reads its own position, which the paper does not say: after its first edge the state is made of
    its predecessors alone, and nodes with the same predecessors could not be told apart.

    Where all graphs have the same edges as far as they have nodes, as chains do, edges need no decisions: a graph of N
    nodes takes N steps instead of N (N + 1) / 2, and the decoder learns about operations alone.

    Args:
        operations: The labels; the first is the input of a graph, the last its output.
        nodes: Largest number of nodes.
        latent: Size of a latent vector; 56 in the paper's Table 6.
        hidden: Size of a node's state; 56 in the paper's Table 6.
        edges: The edges of all graphs as pairs ``(source, target)``; ``None`` where each is decided.

    References:
        Lee et al., MetaD2A, ICLR 2021, sections 3.1.1 and A; Zhang et al., D-VAE, NeurIPS 2019.
    """

    def __init__(
        self,
        operations: Sequence[str],
        nodes: int,
        *,
        latent: int = 56,
        hidden: int = 56,
        edges: Sequence[Sequence[int]] | None = None,
    ) -> None:
        super().__init__()
        if edges is not None and not all(0 <= source < target < nodes for source, target in edges):
            raise InvalidArgument(f"wanted edges (source, target) with source < target < {nodes}, got {edges}")
        self.edges = edges
        self.operations = tuple(operations)
        self.nodes = nodes
        self.initial = nn.Sequential(nn.Linear(latent, hidden), nn.Tanh())
        self.cell = nn.GRUCell(len(self.operations) + nodes, hidden)
        self.gated_sum = GatedSum(hidden, nodes)
        self.operation_head = nn.Sequential(
            nn.Linear(hidden, 2 * hidden), nn.ReLU(), nn.Linear(2 * hidden, len(self.operations))
        )
        if edges is None:
            self.edge_head = nn.Sequential(nn.Linear(2 * hidden, 4 * hidden), nn.ReLU(), nn.Linear(4 * hidden, 1))

    def log_likelihood(self, latents: Tensor, one_hot: Tensor, adjacency: Tensor) -> Tensor:
        """Log-probability of whole graphs, each step given the true graph so far (teacher forcing; Eq. 7).

        Args:
            latents: ``(batch, latent)``.
            one_hot: True operations ``(batch, nodes, operations)``; node 0 is the input, the last node the output. Rows
                of zeros behind the output pad smaller graphs and add nothing.
            adjacency: True edges ``(batch, nodes, nodes)``, strictly upper triangular.

        Returns:
            ``(batch,)`` natural logarithms.
        """
        total = latents.new_zeros(len(latents))
        present = one_hot.any(-1).to(latents.dtype)
        states: list[Tensor] = [self.cell(self._labelled(one_hot[:, 0], 0), self.initial(latents))]
        for node in range(1, one_hot.shape[1]):
            logits = self.operation_head(states[-1])
            of_node = functional.cross_entropy(logits, one_hot[:, node].argmax(-1), reduction="none")
            label = self._labelled(one_hot[:, node], node)
            state = self.cell(label, states[-1])
            given = self._given_sources(node)
            if given:
                sources = torch.stack([states[source] for source in given], dim=1)
                everywhere = sources.new_ones(sources.shape[:2])
                state = self.cell(label, self.gated_sum(sources, everywhere, torch.tensor(given, device=label.device)))
            for source in range(node - 1, -1, -1) if self.edges is None else ():
                logit = self.edge_head(torch.cat([states[source], state], dim=-1)).squeeze(-1)
                true = adjacency[:, source, node]
                of_node = of_node + functional.binary_cross_entropy_with_logits(logit, true, reduction="none")
                state = self._receive(label, state, states, source, adjacency[:, source:node, node])
            states.append(state)
            total = total - present[:, node] * of_node
        return total

    @torch.no_grad()
    def sample(self, latents: Tensor, generator: torch.Generator, *, temperature: float = 1.0) -> list[Graph]:
        """Decode one graph per latent vector.

        Args:
            latents: ``(batch, latent)``.
            generator: Source of the draws of operations.
            temperature: Divides the logits of operations; 0 takes the likeliest, as the paper does at meta-test.

        Returns:
            One graph per latent vector; edges are those more likely than not. Membership of a search space is not
            guaranteed: ``space.from_graph`` decides.
        """
        batch = len(latents)
        start = functional.one_hot(latents.new_zeros(batch, dtype=torch.long), len(self.operations)).to(latents.dtype)
        state: Tensor = self.cell(self._labelled(start, 0), self.initial(latents))
        labels = latents.new_zeros(batch, self.nodes, dtype=torch.long)
        adjacency = latents.new_zeros(batch, self.nodes, self.nodes)
        messages: list[Tensor] = []
        decisions = None if self.edges is not None else _EdgeDecisions(self.edge_head)
        for node in range(1, self.nodes):
            position = torch.tensor([node - 1], device=latents.device)
            messages.append(self.gated_sum.messages(state.unsqueeze(1), position).squeeze(1))
            if decisions is not None:
                decisions.add(state)
            logits = self.operation_head(state)
            if temperature > 0:
                drawn = torch.multinomial(torch.softmax(logits / temperature, dim=-1), 1, generator=generator)
            else:
                drawn = logits.argmax(-1, keepdim=True)
            labels[:, node] = drawn.squeeze(-1)
            label = functional.one_hot(labels[:, node], len(self.operations)).to(latents.dtype)
            label = self._labelled(label, node)
            state = self.cell(label, state)
            received = torch.zeros_like(state)
            for source in self._given_sources(node):
                adjacency[:, source, node] = 1
                received = received + messages[source]
                state = self.cell(label, received)
            if decisions is not None:
                for source in reversed(range(node)):
                    joined = decisions.decide(source, state).to(latents.dtype)
                    adjacency[:, source, node] = joined.squeeze(-1)
                    received = received + joined * messages[source]
                    state = torch.where(joined > 0, self.cell(label, received), state)
        return self._graphs(labels.numpy(force=True), adjacency.numpy(force=True) > 0)

    def _given_sources(self, node: int) -> list[int]:
        """Nodes that an edge leads from to this one in every graph; none where edges are decided."""
        return [source for source, target in self.edges or () if target == node]

    def _labelled(self, one_hot: Tensor, node: int) -> Tensor:
        """What a node's update reads of the node itself: its operation and its position."""
        return torch.cat([one_hot, self.gated_sum.positions[node].expand(len(one_hot), -1)], dim=-1)

    def _receive(self, label: Tensor, state: Tensor, states: list[Tensor], first: int, edges: Tensor) -> Tensor:
        """A node's state after the decision on ``first``: from the states that ``edges`` (batch, n) join to it."""
        sources = torch.stack(states[first:], dim=1)
        positions = torch.arange(first, first + sources.shape[1], device=label.device)
        updated = self.cell(label, self.gated_sum(sources, edges, positions))
        return torch.where(edges[:, :1] > 0, updated, state)

    def _graphs(self, labels: NDArray[np.int64], adjacency: NDArray[np.bool_]) -> list[Graph]:
        """Graphs of labels ``(batch, nodes)`` and edges ``(batch, nodes, nodes)``, cut at their output, ends joined."""
        nodes = np.arange(self.nodes)
        ends = (labels == len(self.operations) - 1) & (nodes > 0)
        ends[:, -1] = True
        last = ends.argmax(1)  # of each graph: the first output, or the last node there is
        inside = nodes <= last[:, None]
        edges = adjacency & inside[:, :, None] & inside[:, None, :]
        edges[:, 0] |= inside & (nodes > 0) & ~edges.any(1)
        rows = np.arange(len(labels))
        edges[rows, :, last] |= (nodes < last[:, None]) & ~edges.any(2)
        # Most graphs of a space have the same edges: pairs are listed once.
        pairs: dict[bytes, tuple[tuple[int, int], ...]] = {}
        graphs: list[Graph] = []
        for names, size, matrix in zip(labels.tolist(), (last + 1).tolist(), edges, strict=True):
            key = matrix.tobytes()
            if key not in pairs:
                pairs[key] = tuple((int(i), int(j)) for i, j in np.argwhere(matrix))
            graphs.append(Graph(tuple(self.operations[label] for label in names[:size]), pairs[key]))
        return graphs


class _EdgeDecisions:
    """The edge head in two halves: what a finished node says to later ones does not change any more.

    Args:
        head: Layers from the states of two nodes to the logit of an edge.
    """

    def __init__(self, head: nn.Sequential) -> None:
        self._first, *self._rest = cast("tuple[nn.Linear, nn.Module, nn.Module]", tuple(head))
        self._as_source, self._as_target = self._first.weight.chunk(2, dim=1)
        self._halves: list[Tensor] = []

    def add(self, state: Tensor) -> None:
        """Take the state ``(batch, hidden)`` of the next node that edges may lead from."""
        self._halves.append(functional.linear(state, self._as_source, self._first.bias))

    def decide(self, source: int, state: Tensor) -> Tensor:
        """Whether edges lead from a node to the one of this state, ``(batch, 1)``: whether likelier than not."""
        hidden = self._halves[source] + functional.linear(state, self._as_target)
        for layer in self._rest:
            hidden = layer(hidden)
        return hidden > 0
