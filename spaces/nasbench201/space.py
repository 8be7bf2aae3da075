"""The NAS-Bench-201 search space: enumeration, neighbours, graph and choices views."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.cost import Cost
from nas_plugins.spaces.errors import InvalidArchitecture
from nas_plugins.spaces.graph import Graph
from nas_plugins.spaces.nasbench201.cell import EDGES, OPERATIONS, Cell
from nas_plugins.spaces.nasbench201.cost import cell_network_cost
from nas_plugins.spaces.space import FiniteSearchSpace

if TYPE_CHECKING:
    from nas_plugins.spaces.nasbench201.network import CellNetwork

# Graph nodes: 0 is the input, 1 to 6 the six operations in the order of EDGES, 7 the output. An operation reads every
# operation that ends where its edge starts.
_DIGITS = {operation: digit for digit, operation in enumerate(OPERATIONS)}
_INPUT, _OUTPUT = 0, len(EDGES) + 1
DATA_FLOW = tuple(
    sorted(
        [(_INPUT, k + 1) for k, (source, _) in enumerate(EDGES) if source == 0]
        + [(j + 1, k + 1) for j, (_, end) in enumerate(EDGES) for k, (start, _) in enumerate(EDGES) if end == start]
        + [(k + 1, _OUTPUT) for k, (_, target) in enumerate(EDGES) if target == 3]  # 3 is the last node
    )
)
"""Edges of the graph view, alike in every cell: 0->1,2,4; 1->3,5; 2->6; 3->6; 4,5,6->7 (Yan et al., 2020, Fig. 8)."""


class NASBench201(FiniteSearchSpace[Cell]):
    """All 15,625 cells of NAS-Bench-201 (Dong and Yang, 2020).

    The enumeration counts in base 5 over :data:`EDGES`, first edge most significant, with the digits of
    :data:`OPERATIONS`; ``digits`` of a cell such as ``"333132"`` are its key in several published tables.
    """

    name = "nasbench201"
    operations = ("input", *OPERATIONS, "output")
    zero_operations = frozenset({"none"})
    identity_operations = frozenset({"skip_connect"})

    def __len__(self) -> int:
        """15,625."""
        return len(OPERATIONS) ** len(EDGES)

    def __getitem__(self, index: int) -> Cell:
        """The cell at a position of the enumeration."""
        if not 0 <= index < len(self):
            raise IndexError(f"wanted an index from 0 to {len(self) - 1}, got {index}")
        return _cell(int(index))

    def index(self, architecture: Cell) -> int:
        """The position of a cell in the enumeration."""
        position = 0
        for operation in architecture.operations:
            position = position * len(OPERATIONS) + _DIGITS[operation]
        return position

    def contains(self, architecture: object) -> bool:
        """Tell whether an object is a :class:`Cell`; every cell that could be built is valid."""
        return isinstance(architecture, Cell)

    def neighbors(self, architecture: Cell) -> Iterator[Cell]:
        """The 24 cells that differ in the operation of one edge."""
        for position, current in enumerate(architecture.operations):
            for operation in OPERATIONS:
                if operation != current:
                    operations = list(architecture.operations)
                    operations[position] = operation
                    yield Cell(tuple(operations))

    def parse(self, text: str) -> Cell:
        """Read the official string."""
        return Cell.parse(text)

    def to_graph(self, architecture: Cell) -> Graph:
        """Eight nodes: input, the six operations in the order of the official string, output."""
        return Graph(("input", *architecture.operations, "output"), DATA_FLOW)

    def from_graph(self, graph: Graph) -> Cell:
        """The cell of an eight-node graph whose edges are exactly the data flow of the space."""
        labels = graph.operations
        if len(labels) != _OUTPUT + 1 or labels[_INPUT] != "input" or labels[_OUTPUT] != "output":
            raise InvalidArchitecture(f"wanted 8 nodes from 'input' to 'output', got {labels}")
        if graph.edges != DATA_FLOW:
            missing, extra = sorted(set(DATA_FLOW) - set(graph.edges)), sorted(set(graph.edges) - set(DATA_FLOW))
            raise InvalidArchitecture(f"wanted the edges {DATA_FLOW}, got {missing} missing and {extra} too many")
        return Cell(labels[1:-1])

    def from_graph_arrays(self, operations: NDArray[np.integer], edges: NDArray[np.bool_]) -> list[Cell | None]:
        """As of any space; all graphs are checked at once."""
        if operations.shape[1] != _OUTPUT + 1:
            return super().from_graph_arrays(operations, edges)
        inner = operations[:, 1:-1]
        sources, targets = np.array(DATA_FLOW).T
        members = (operations[:, _INPUT] == 0) & (operations[:, _OUTPUT] == len(self.operations) - 1)
        members &= ((inner > 0) & (inner <= len(OPERATIONS))).all(1)
        members &= edges[:, sources, targets].all(1) & (edges.sum((1, 2)) == len(DATA_FLOW))
        return [
            Cell(tuple(self.operations[label] for label in labels)) if member else None
            for labels, member in zip(inner.tolist(), members.tolist(), strict=True)
        ]

    def graph_arrays(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """As of any finite space, counted out at once."""
        place = np.arange(len(EDGES) - 1, -1, -1)
        inner = np.arange(len(self))[:, None] // len(OPERATIONS) ** place % len(OPERATIONS) + 1
        one_hot = np.zeros((len(self), _OUTPUT + 1, len(self.operations)), dtype=np.uint8)
        one_hot[:, _INPUT, 0] = one_hot[:, _OUTPUT, -1] = 1
        np.put_along_axis(one_hot[:, 1:-1], inner[..., None], 1, axis=-1)
        adjacency = np.zeros((_OUTPUT + 1, _OUTPUT + 1), dtype=np.uint8)
        adjacency[tuple(np.array(DATA_FLOW).T)] = 1
        return one_hot, np.repeat(adjacency[None], len(self), axis=0)

    def choices(self) -> dict[str, tuple[str, ...]]:
        """Six decisions ``edge_0_1`` to ``edge_2_3`` (source, target) with five options each."""
        return {f"edge_{source}_{target}": OPERATIONS for source, target in EDGES}

    def to_choices(self, architecture: Cell) -> dict[str, str]:
        """The operation on each edge."""
        return dict(zip(self.choices(), architecture.operations, strict=True))

    def from_choices(self, choices: Mapping[str, Any]) -> Cell:
        """The cell with the given operation on each edge."""
        wanted = self.choices().keys()
        if choices.keys() != wanted:
            raise InvalidArchitecture(f"wanted the decisions {list(wanted)}, got {list(choices)}")
        return Cell(tuple(choices[name] for name in wanted))

    def canonical_form(self, architecture: Cell) -> str:
        """The cell's expression with dead edges and skips resolved; 6,466 of them."""
        return architecture.unique_string()

    def network(self, architecture: Cell, num_classes: int, **scale: Any) -> "CellNetwork":
        """The network of Dong and Yang, 2020, figure 1; ``scale`` as in :class:`network.CellNetwork`."""
        from nas_plugins.spaces.nasbench201.network import CellNetwork

        return CellNetwork(architecture, num_classes, **scale)

    def cost(
        self, architecture: Cell, num_classes: int, *, image_shape: Sequence[int] = (3, 32, 32), **scale: Any
    ) -> Cost:
        """What the network costs, by formula; ``scale`` is ``C`` and ``N`` as in :class:`network.CellNetwork`."""
        return cell_network_cost(architecture, num_classes, image_shape=image_shape, **scale)


@cache  # a process lists the space again and again: its 15,625 cells take 5 MB
def _cell(index: int) -> Cell:
    digits: list[int] = []
    for _ in EDGES:
        index, digit = divmod(index, len(OPERATIONS))
        digits.append(digit)
    return Cell(tuple(OPERATIONS[digit] for digit in reversed(digits)))
