"""The DARTS search space of arch2vec: sampling, neighbours, graph and choices views."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import comb, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from nas_plugins.spaces.cost import Cost
from nas_plugins.spaces.darts.cell import INPUTS, NODES, OPERATIONS, Cell, Edge
from nas_plugins.spaces.darts.cost import IMAGENET, MOBILE_LIMIT, cost_table, network_cost
from nas_plugins.spaces.darts.genotype import Genotype
from nas_plugins.spaces.darts.validity import FIRST_INPUT, OUTPUT, SECOND_INPUT, SIZE, broken_rules, source_of
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.graph import Graph
from nas_plugins.spaces.space import FiniteSearchSpace, SearchSpace

if TYPE_CHECKING:
    from nas_plugins.spaces.darts.network import CellNetwork

_TRIES = 100_000  # of rejection sampling, before a limit counts as one that no cell keeps


class DARTS(SearchSpace[Cell]):
    """Cells of the DARTS space, one of them used as normal and as reduction cell alike, as arch2vec searches them.

    There are 3,019,898,880 cells: each of the four nodes reads two different earlier ones (1, 3, 6, 10 pairs) through
    two of eight operations. Liu et al. (2019) learn two cells; arch2vec follows the later works that share one ("the
    same cell for both normal and reduction cell", Yan et al., 2020, section 4), because its graph view holds one. Pairs
    of different cells, as published genotypes are, are read, counted and built through :class:`Genotype`.

    The graph view has eleven nodes (appendix A.3, figure 9): two inputs, the eight operations, two per node of the
    cell, and the output. An operation reads an input of the cell, or both operations of an earlier node, whose sum that
    node is. The output reads all eight operations. Within a node the operation of the lower source stands first.
    """

    name = "darts"
    operations = (FIRST_INPUT, SECOND_INPUT, *OPERATIONS, OUTPUT)
    end_operations = frozenset({FIRST_INPUT, SECOND_INPUT, OUTPUT})
    zero_operations = frozenset({"none"})
    identity_operations = frozenset({"skip_connect"})

    COUNT = prod(comb(node + INPUTS, 2) * len(OPERATIONS) ** 2 for node in range(NODES))
    """3,019,898,880 cells; the paper's "roughly 10^9" (section 4)."""

    def sample(self, rng: np.random.Generator) -> Cell:
        """Draw one cell uniformly over all 3,019,898,880.

        Cells that differ in the numbering of their nodes alone count as different ones, as in the paper's sampler.
        """
        edges: list[Edge] = []
        for node in range(NODES):
            pairs = SOURCES[node]
            sources = pairs[int(rng.integers(len(pairs)))]
            edges += [(OPERATIONS[int(rng.integers(len(OPERATIONS)))], source) for source in sources]
        return Cell(tuple(edges))

    def sample_within(self, rng: np.random.Generator, max_multiply_adds: float = MOBILE_LIMIT, **scale: Any) -> Cell:
        """Draw one cell uniformly over those whose network keeps below a number of multiply-adds.

        Args:
            rng: Source of randomness.
            max_multiply_adds: The network has fewer; 600 million is the mobile setting.
            **scale: Size of the network as in :meth:`cost`, the one for ImageNet at 224 pixels where nothing is given.

        Raises:
            InvalidArgument: No cell, or next to none, keeps below the limit.
        """
        fixed, costs = cost_table(**(scale or IMAGENET)).multiply_adds()
        for _ in range(_TRIES):
            cell = self.sample(rng)
            if fixed + sum(costs[_ROW[name], int(source < INPUTS)] for name, source in cell.edges) < max_multiply_adds:
                return cell
        raise InvalidArgument(
            f"wanted a limit that cells keep, got {max_multiply_adds:g} multiply-adds, which none of {_TRIES} draws "
            f"keeps; the network takes {fixed:,} without any operation"
        )

    def count_within(self, max_multiply_adds: float = MOBILE_LIMIT, **scale: Any) -> int:
        """Number of cells whose network keeps below a number of multiply-adds, exactly; arguments as above."""
        fixed, costs = cost_table(**(scale or IMAGENET)).multiply_adds()
        sums = {fixed: 1}
        for node in range(NODES):
            edges = [
                int(costs[first, int(a < INPUTS)] + costs[second, int(b < INPUTS)])
                for a, b in SOURCES[node]
                for first in range(len(OPERATIONS))
                for second in range(len(OPERATIONS))
            ]
            values, counts = np.unique(edges, return_counts=True)
            longer: dict[int, int] = {}
            for total, ways in sums.items():
                for value, count in zip(values.tolist(), counts.tolist(), strict=True):
                    longer[total + value] = longer.get(total + value, 0) + ways * count
            sums = longer
        return sum(ways for total, ways in sums.items() if total < max_multiply_adds)

    def finite(self, **settings: Any) -> "FiniteSearchSpace[Cell]":
        """Cells of the mobile setting; ``settings`` as in :class:`mobile_sample.MobileSample`."""
        from nas_plugins.spaces.darts.mobile_sample import MobileSample

        return MobileSample(**settings)

    def contains(self, architecture: object) -> bool:
        """Tell whether an object is a :class:`Cell`; every cell that could be built is valid."""
        return isinstance(architecture, Cell)

    def neighbors(self, architecture: Cell) -> Iterator[Cell]:
        """The 68 cells that differ in one operation (56), or in one of the nodes that a node reads (12)."""
        edges = architecture.edges
        for index, (operation, source) in enumerate(edges):
            for other in OPERATIONS:
                if other != operation:
                    yield Cell((*edges[:index], (other, source), *edges[index + 1 :]))
            beside = edges[index ^ 1][1]
            for node in range(index // 2 + INPUTS):
                if node not in (source, beside):
                    yield Cell((*edges[:index], (operation, node), *edges[index + 1 :]))

    def parse(self, text: str) -> Cell:
        """Read a cell's canonical text, or an official genotype whose normal and reduction cell are the same."""
        if isinstance(text, str) and text.lstrip().startswith("Genotype"):
            genotype = Genotype.parse(text)
            if genotype.normal != genotype.reduce:
                raise InvalidArchitecture(
                    f"wanted a genotype with one cell for both roles, got two different cells in {text!r}; read "
                    "it with Genotype.parse to count or build it"
                )
            return genotype.normal
        return Cell.parse(text)

    def to_graph(self, architecture: Cell) -> Graph:
        """Eleven nodes: both inputs, the two operations of each node, the output."""
        edges = [
            (origin, index)
            for index, (_, source) in enumerate(architecture.edges, start=INPUTS)
            for origin in origins(source)
        ]
        edges += [(index, SIZE - 1) for index in range(INPUTS, SIZE - 1)]
        return Graph((FIRST_INPUT, SECOND_INPUT, *(name for name, _ in architecture.edges), OUTPUT), tuple(edges))

    def from_graph(self, graph: Graph) -> Cell:
        """The cell of an eleven-node graph; the two operations of a node may stand in either order.

        Raises:
            InvalidArchitecture: The graph breaks one of the six rules of :mod:`validity`, which the message names, or
                its output does not read all eight operations.
        """
        adjacency = graph.adjacency
        broken = broken_rules(graph.operations, adjacency)
        if broken:
            raise InvalidArchitecture(
                f"wanted a graph of {SIZE} nodes in which {broken[0]}, got {graph.operations} with {graph.edges}"
            )
        unread = np.flatnonzero(adjacency[INPUTS:-1, -1] == 0) + INPUTS
        if len(unread):
            raise InvalidArchitecture(f"wanted an output that reads all operations, got none from {unread.tolist()}")
        if adjacency[:INPUTS, -1].any() or adjacency[0, 1]:
            raise InvalidArchitecture("wanted no edge from an input to the output or to the other input, got one")
        sources = [source_of(adjacency, index) for index in range(INPUTS, SIZE - 1)]
        names = graph.operations[INPUTS:-1]
        return Cell(tuple((name, source) for name, source in zip(names, sources, strict=True) if source is not None))

    def choices(self) -> dict[str, tuple[str, ...]]:
        """Eleven decisions: which two nodes each of the nodes 3 to 5 reads, and an operation on each edge.

        ``node_3_reads`` is out of ``"0,1"``, ``"0,2"``, ``"1,2"``; ``node_3_lower`` and ``node_3_higher`` are the
        operations on the two, the lower number first. Node 2 reads 0 and 1.
        """
        decisions: dict[str, tuple[str, ...]] = {}
        for node, pairs in enumerate(SOURCES, start=INPUTS):
            if len(pairs) > 1:
                decisions[f"node_{node}_reads"] = tuple(f"{a},{b}" for a, b in pairs)
            decisions[f"node_{node}_lower"] = decisions[f"node_{node}_higher"] = OPERATIONS
        return decisions

    def to_choices(self, architecture: Cell) -> dict[str, str]:
        """The sources of each node and the operation on each edge."""
        chosen: dict[str, str] = {}
        for node, ((lower, first), (higher, second)) in enumerate(architecture.pairs(), start=INPUTS):
            chosen |= {f"node_{node}_reads": f"{first},{second}"} if node > INPUTS else {}
            chosen |= {f"node_{node}_lower": lower, f"node_{node}_higher": higher}
        return chosen

    def from_choices(self, choices: Mapping[str, Any]) -> Cell:
        """The cell that the decisions name."""
        wanted = self.choices()
        if choices.keys() != wanted.keys():
            raise InvalidArchitecture(f"wanted the decisions {list(wanted)}, got {list(choices)}")
        for name, options in wanted.items():
            if choices[name] not in options:
                raise InvalidArchitecture(f"wanted {name} out of {', '.join(options)}, got {choices[name]!r}")
        edges: list[Edge] = []
        for node in range(INPUTS, INPUTS + NODES):
            first, second = (int(source) for source in choices.get(f"node_{node}_reads", "0,1").split(","))
            edges += [(choices[f"node_{node}_lower"], first), (choices[f"node_{node}_higher"], second)]
        return Cell(tuple(edges))

    def canonical_form(self, architecture: Cell) -> str:
        """The cell without edges of zeros and whatever the numbering of its nodes; :meth:`Cell.canonical_form`."""
        return architecture.canonical_form()

    def edit_distance(self, first: Cell, second: Cell) -> int:
        """Number of operations and of inputs in which two cells differ, at their numbering of nodes.

        An operation that reads another node is one edit, however many entries of the adjacency that changes. Of the two
        ways to pair a node's operations with those of the other cell, the nearer one counts.
        """
        edits = 0
        for pair, other in zip(first.pairs(), second.pairs(), strict=True):
            edits += min(_changes(pair, other), _changes(pair, other[::-1]))
        return edits

    def network(self, architecture: Cell, num_classes: int, **scale: Any) -> "CellNetwork":
        """The network with the cell in both roles; ``scale`` as in :class:`network.CellNetwork`."""
        from nas_plugins.spaces.darts.network import CellNetwork

        return CellNetwork(Genotype(architecture, architecture), num_classes, **scale)

    def cost(
        self, architecture: Cell, num_classes: int, *, image_shape: Sequence[int] = (3, 32, 32), **scale: Any
    ) -> Cost:
        """What the network costs, by formula; ``scale`` as in :class:`network.CellNetwork`."""
        genotype = Genotype(architecture, architecture)
        return network_cost(genotype, num_classes, image_shape=tuple(image_shape), **scale)


SOURCES = [list(combinations(range(node + INPUTS), 2)) for node in range(NODES)]
"""The pairs of nodes that each of the four nodes may read."""

_ROW = {name: row for row, name in enumerate(OPERATIONS)}


def _changes(pair: tuple[Edge, Edge], other: tuple[Edge, Edge]) -> int:
    return sum(
        a != b for edge, counterpart in zip(pair, other, strict=True) for a, b in zip(edge, counterpart, strict=True)
    )


def origins(source: int) -> tuple[int, ...]:
    """Indices in the graph of what a node of the cell is the sum of."""
    return (source,) if source < INPUTS else (2 * source - 2, 2 * source - 1)
