"""From a labelled directed acyclic graph to one vector: message passing in topological order, both ways."""

import torch
from torch import Tensor, nn


class GatedSum(nn.Module):
    """Sum of the mapped and gated states of a node's predecessors, each told apart by its position.

    Args:
        hidden: Size of a node's state.
        nodes: Largest number of nodes; positions are one-hot of this size.

    References:
        Zhang et al., D-VAE, NeurIPS 2019, Eq. 8; Lee et al., MetaD2A, ICLR 2021, Eq. 6 (AGGREGATE).
    """

    def __init__(self, hidden: int, nodes: int) -> None:
        super().__init__()
        self.gate = nn.Linear(hidden + nodes, hidden)
        self.map = nn.Linear(hidden + nodes, hidden, bias=False)
        self.positions: Tensor
        self.register_buffer("positions", torch.eye(nodes), persistent=False)

    def messages(self, states: Tensor, positions: Tensor) -> Tensor:
        """What nodes send: states ``(batch, n, hidden)`` at ``positions`` ``(n,)`` to ``(batch, n, hidden)``."""
        where = self.positions[positions].expand(len(states), -1, -1)
        labelled = torch.cat([states, where], dim=-1)
        return torch.sigmoid(self.gate(labelled)) * self.map(labelled)

    def forward(self, states: Tensor, edges: Tensor, positions: Tensor) -> Tensor:
        """States ``(batch, n, hidden)`` and edges ``(batch, n)`` into one node, to its message ``(batch, hidden)``."""
        return torch.einsum("bnh,bn->bh", self.messages(states, positions), edges)


class GraphEncoder(nn.Module):
    """Encode graphs by gated recurrent updates along the edges and against them.

    Each node's state is a GRU of its operation and the gated sum of its predecessors' states; the last node's state of
    the forward pass and the first node's of the backward pass are joined. Rows of zeros behind a graph's last node pad
    smaller graphs to the size of the batch and say nothing.

    Args:
        operations: Number of operation labels.
        nodes: Number of nodes of every graph.
        hidden: Size of a node's state; the paper has 512 (Table 6).
        dimension: Size of the result.

    References:
        Lee et al., MetaD2A, ICLR 2021, section B, Eq. 8; Zhang et al., D-VAE, NeurIPS 2019.
    """

    def __init__(self, operations: int, nodes: int, *, hidden: int = 128, dimension: int = 56) -> None:
        super().__init__()
        self.forward_cell = nn.GRUCell(operations, hidden)
        self.backward_cell = nn.GRUCell(operations, hidden)
        self.forward_sum = GatedSum(hidden, nodes)
        self.backward_sum = GatedSum(hidden, nodes)
        self.out = nn.Linear(2 * hidden, dimension)

    def forward(self, one_hot: Tensor, adjacency: Tensor) -> Tensor:
        """Operations ``(batch, nodes, operations)``, edges ``(batch, nodes, nodes)`` to ``(batch, dimension)``."""
        nodes = one_hot.shape[1]
        forwards = self._pass(self.forward_cell, self.forward_sum, one_hot, adjacency, range(nodes))
        backwards = self._pass(
            self.backward_cell, self.backward_sum, one_hot, adjacency.transpose(1, 2), range(nodes - 1, -1, -1)
        )
        last = sizes(one_hot) - 1
        return self.out(torch.cat([forwards[torch.arange(len(last)), last], backwards[:, 0]], dim=-1))

    @staticmethod
    def _pass(cell: nn.GRUCell, gated_sum: GatedSum, one_hot: Tensor, edges: Tensor, order: range) -> Tensor:
        """The states ``(batch, nodes, hidden)`` after one sweep; ``edges[:, u, v]`` lets u speak to v."""
        # Chains have few of the edges there could be: what no graph of the batch has is left out of the sums.
        speakers = edges.any(0).tolist()
        states: dict[int, Tensor] = {}
        messages: dict[int, Tensor] = {}
        for node in order:
            incoming = one_hot.new_zeros(len(one_hot), cell.hidden_size)
            sources = [source for source in messages if speakers[source][node]]
            if sources:
                said = torch.stack([messages[source] for source in sources], dim=1)
                incoming = torch.einsum("bnh,bn->bh", said, edges[:, sources, node])
            states[node] = state = cell(one_hot[:, node], incoming)
            if any(speakers[node]):
                position = torch.tensor([node], device=one_hot.device)
                messages[node] = gated_sum.messages(state.unsqueeze(1), position).squeeze(1)
        return torch.stack([states[node] for node in sorted(states)], dim=1)


def sizes(one_hot: Tensor) -> Tensor:
    """Nodes ``(batch,)`` of graphs ``(batch, nodes, operations)``, those of the padding not counted."""
    return one_hot.any(-1).sum(-1)
