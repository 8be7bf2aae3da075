"""The NAS-Bench-101 search space: enumeration, neighbours, graph and choices views."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.cost import Cost
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.graph import Graph
from nas_plugins.spaces.nasbench101.cell import INPUT, MAX_EDGES, MAX_VERTICES, OPERATIONS, OUTPUT, Cell
from nas_plugins.spaces.nasbench101.choices import choices, from_choices, to_choices
from nas_plugins.spaces.nasbench101.cost import cell_network_cost
from nas_plugins.spaces.nasbench101.enumeration import Enumeration, enumerate_cells
from nas_plugins.spaces.nasbench101.neighborhood import edit_distance, neighbors
from nas_plugins.spaces.nasbench101.numbering import edge_bit, edges_to_bits
from nas_plugins.spaces.space import FiniteSearchSpace

if TYPE_CHECKING:
    from nas_plugins.spaces.nasbench101.network import CellNetwork


class NASBench101(FiniteSearchSpace[Cell]):
    """All 423,624 cells of NAS-Bench-101 (Ying et al., 2019); isomorphic cells are one.

    The enumeration goes by number of vertices, then by matrix, then by operations: the order in which the official
    generator finds the cells. It is computed in a fraction of a second on first use, so sampling by position is exactly
    uniform over cells, not over their numberings.

    Args:
        max_vertices: Most vertices of a cell, input and output included, from 2 to 7; 7 is the published space.

    Raises:
        InvalidArgument: ``max_vertices`` is out of range.
    """

    name = "nasbench101"
    operations = (INPUT, *OPERATIONS, OUTPUT)

    def __init__(self, max_vertices: int = MAX_VERTICES) -> None:
        if not 2 <= max_vertices <= MAX_VERTICES:
            raise InvalidArgument(f"wanted max_vertices from 2 to {MAX_VERTICES}, got {max_vertices}")
        self.max_vertices = max_vertices

    def __eq__(self, other: object) -> bool:
        """Spaces of the same bound are equal."""
        return isinstance(other, NASBench101) and self.max_vertices == other.max_vertices

    def __hash__(self) -> int:
        return hash((type(self), self.max_vertices))

    def __repr__(self) -> str:
        return "NASBench101()" if self.max_vertices == MAX_VERTICES else f"NASBench101({self.max_vertices})"

    @property
    def _enumeration(self) -> Enumeration:
        return enumerate_cells(self.max_vertices, MAX_EDGES, len(OPERATIONS))

    def __len__(self) -> int:
        """423,624 for cells of up to seven vertices."""
        return len(self._enumeration)

    def __getitem__(self, index: int) -> Cell:
        """The cell at a position of the enumeration."""
        if not 0 <= index < len(self):
            raise IndexError(f"wanted an index from 0 to {len(self) - 1}, got {index}")
        table = self._enumeration
        matrix = int(table.offsets.searchsorted(index, side="right")) - 1
        code, labels = int(table.labels[index]), []
        for _ in range(int(table.vertices[matrix]) - 2):
            code, label = divmod(code, len(OPERATIONS))
            labels.append(label)
        return Cell.from_canonical(int(table.bits[matrix]), labels[::-1])

    def index(self, architecture: Cell) -> int:
        """The position of a cell in the enumeration.

        Raises:
            InvalidArchitecture: The cell has more vertices than the space allows.
        """
        if not self.contains(architecture):
            raise InvalidArchitecture(f"wanted a cell of {self!r}, got {architecture}")
        table = self._enumeration
        matrix = self._positions[architecture.vertices, edges_to_bits(architecture.edges)]
        code = 0
        for operation in architecture.operations:
            code = code * len(OPERATIONS) + OPERATIONS.index(operation)
        first, last = table.offsets[matrix : matrix + 2]
        return int(first + table.labels[first:last].searchsorted(code))

    @cached_property
    def _positions(self) -> dict[tuple[int, int], int]:
        table = self._enumeration
        keys = zip(table.vertices.tolist(), table.bits.tolist(), strict=True)
        return {key: position for position, key in enumerate(keys)}

    def contains(self, architecture: object) -> bool:
        """Tell whether an object is a :class:`Cell` of few enough vertices; every cell that could be built is valid."""
        return isinstance(architecture, Cell) and architecture.vertices <= self.max_vertices

    def neighbors(self, architecture: Cell) -> Iterator[Cell]:
        """Cells one edit away (:func:`nas_plugins.spaces.nasbench101.neighborhood.neighbors`)."""
        return neighbors(architecture, self.max_vertices, MAX_EDGES)

    def edit_distance(self, first: Cell, second: Cell) -> int:
        """Fewest changed operations and edges between two cells, over all numberings."""
        return edit_distance(first, second)

    def parse(self, text: str) -> Cell:
        """Read the canonical text of a cell."""
        cell = Cell.parse(text)
        if not self.contains(cell):
            raise InvalidArchitecture(f"wanted at most {self.max_vertices} vertices, got {cell.vertices} in {text!r}")
        return cell

    def to_graph(self, architecture: Cell) -> Graph:
        """The cell as it is, from input to output: between two and seven nodes."""
        return Graph((INPUT, *architecture.operations, OUTPUT), architecture.edges)

    def from_graph(self, graph: Graph) -> Cell:
        """The cell of a graph in any numbering; a graph with nodes off every path from input to output is none."""
        labels = graph.operations
        if len(labels) < 2 or labels[0] != INPUT or labels[-1] != OUTPUT:
            raise InvalidArchitecture(f"wanted nodes from {INPUT!r} to {OUTPUT!r}, got {labels}")
        cell = Cell(labels[1:-1], graph.edges)
        if not self.contains(cell):
            raise InvalidArchitecture(f"wanted at most {self.max_vertices} nodes, got {cell.vertices}")
        return cell

    def graph_arrays(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Every cell's graph at once; shapes as in :meth:`FiniteSearchSpace.graph_arrays`."""
        table, width = self._enumeration, self.max_vertices
        matrix = np.repeat(np.arange(len(table.bits)), np.diff(table.offsets))
        adjacency = np.zeros((len(table.bits), width, width), dtype=np.uint8)
        for target in range(1, width):
            for source in range(target):
                adjacency[:, source, target] = table.bits >> edge_bit(source, target) & 1
        operations = np.zeros((len(self), width, len(self.operations)), dtype=np.uint8)
        rows, inner = np.arange(len(self)), table.vertices[matrix] - 2
        operations[:, 0, 0] = 1
        operations[rows, inner + 1, -1] = 1
        for vertex in range(1, width - 1):
            has = np.flatnonzero(inner >= vertex)
            label = table.labels[has] // len(OPERATIONS) ** (inner[has] - vertex) % len(OPERATIONS)
            operations[has, vertex, 1 + label] = 1
        return operations, adjacency[matrix]

    def choices(self) -> dict[str, tuple[str, ...]]:
        """Five decisions ``operation_1`` ... ``operation_5`` of three options, 21 decisions ``edge_0_1`` ... of two."""
        return choices(self.max_vertices)

    def to_choices(self, architecture: Cell) -> dict[str, str]:
        """The decisions of a cell; vertices it lacks have no edges and the first operation."""
        return to_choices(architecture, self.max_vertices)

    def from_choices(self, choices: Mapping[str, Any]) -> Cell:
        """The cell that decisions name: any set of them names one, many name the same."""
        return from_choices(choices, self.max_vertices, MAX_EDGES)

    def canonical_form(self, architecture: Cell) -> str:
        """The official hash; in this space cells are equal where it is."""
        return architecture.hash()

    def network(self, architecture: Cell, num_classes: int, **scale: Any) -> "CellNetwork":
        """The network of Ying et al., 2019, figure 1; ``scale`` as in :class:`network.CellNetwork`."""
        from nas_plugins.spaces.nasbench101.network import CellNetwork

        return CellNetwork(architecture, num_classes, **scale)

    def cost(
        self, architecture: Cell, num_classes: int, *, image_shape: Sequence[int] = (3, 32, 32), **scale: Any
    ) -> Cost:
        """What the network costs, by formula; ``scale`` as in :class:`network.CellNetwork`."""
        return cell_network_cost(architecture, num_classes, image_shape=image_shape, **scale)
