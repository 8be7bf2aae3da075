"""One NAS-Bench-101 architecture: a labelled graph of up to seven vertices and nine edges, up to renumbering."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from nas_plugins.spaces.errors import InvalidArchitecture
from nas_plugins.spaces.nasbench101.module_hash import module_hash
from nas_plugins.spaces.nasbench101.numbering import Edges, bits_to_edges, canonical_numbering, edges_to_bits

OPERATIONS = ("conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3")
"""The three operations (Ying et al., 2019, section 2.1), in the order of the official code."""

INPUT, OUTPUT = "input", "output"

MAX_VERTICES, MAX_EDGES = 7, 9
"""Bounds on a cell, input and output counted as vertices (Ying et al., 2019, section 2.1)."""


@dataclass(frozen=True)
class Cell:
    """A cell in its canonical numbering: whatever numbering it is built from, isomorphic cells are equal.

    Vertex 0 is the input, the last vertex the output, ``operations[k]`` stands on vertex ``k + 1``. ``str(cell)`` lists
    the vertices after the input, each with the vertices it reads, for example
    ``conv3x3-bn-relu~0|maxpool3x3~0,1|output~1,2``.

    Args:
        operations: Names out of :data:`OPERATIONS`, one per inner vertex, at most five.
        edges: Pairs ``(source, target)`` with ``source < target``, at most nine; every vertex must lie on a path from
            the input to the output. :meth:`pruned` takes graphs whose vertices do not.

    Raises:
        InvalidArchitecture: What is wrong with it.
    """

    operations: tuple[str, ...]
    edges: Edges

    def __post_init__(self) -> None:
        operations = tuple(self.operations)
        edges = {(int(source), int(target)) for source, target in self.edges}
        _check(operations, edges)
        bits, labels = canonical_numbering(
            len(operations) + 2, edges_to_bits(edges), [OPERATIONS.index(operation) for operation in operations]
        )
        self._set(bits, labels)

    @classmethod
    def from_canonical(cls, bits: int, labels: Sequence[int]) -> "Cell":
        """The cell of a numbering that is known to be the canonical one; nothing is checked."""
        cell = cls.__new__(cls)
        cell._set(bits, labels)
        return cell

    def _set(self, bits: int, labels: Sequence[int]) -> None:
        object.__setattr__(self, "operations", tuple(OPERATIONS[label] for label in labels))
        object.__setattr__(self, "edges", bits_to_edges(len(labels) + 2, bits))

    @classmethod
    def pruned(cls, operations: Sequence[str], matrix: ArrayLike) -> "Cell":
        """The cell that a graph computes once vertices off every path from input to output are removed.

        This is how the official code reads a module (``ModelSpec``): a graph with such vertices is valid if the rest of
        it is.

        Args:
            operations: One label per vertex, from ``"input"`` to ``"output"``.
            matrix: Strictly upper triangular ``(vertices, vertices)``, nonzero where there is an edge.

        Raises:
            InvalidArchitecture: No path, too many edges on paths, an unknown operation, or shapes that do not fit.
        """
        array = np.asarray(matrix) != 0
        if array.shape != (len(operations),) * 2 or np.tril(array).any():
            raise InvalidArchitecture(
                f"wanted a strictly upper triangular matrix of {len(operations)} vertices, got shape {array.shape}"
            )
        last = len(operations) - 1
        forward, backward = {0}, {last}
        for vertex in range(last + 1):
            if forward & set(np.flatnonzero(array[:, vertex]).tolist()):
                forward.add(vertex)
        for vertex in range(last, -1, -1):
            if backward & set(np.flatnonzero(array[vertex]).tolist()):
                backward.add(vertex)
        kept = sorted(forward & backward)
        if last < 1 or kept[:1] != [0] or kept[-1] != last:
            raise InvalidArchitecture("wanted a path from the first vertex to the last, got none; add an edge")
        if (operations[0], operations[-1]) != (INPUT, OUTPUT):
            raise InvalidArchitecture(
                f"wanted {INPUT!r} first and {OUTPUT!r} last, got {operations[0]!r} and {operations[-1]!r}"
            )
        sources, targets = np.nonzero(array[np.ix_(kept, kept)])
        return cls(
            tuple(operations[vertex] for vertex in kept[1:-1]),
            tuple(zip(sources.tolist(), targets.tolist(), strict=True)),
        )

    @classmethod
    def parse(cls, text: str) -> "Cell":
        """Read the canonical text; :class:`InvalidArchitecture` says what was wrong with it."""
        if not isinstance(text, str):
            raise InvalidArchitecture(f"wanted a NAS-Bench-101 string, got {type(text).__name__}: {text!r}")
        operations: list[str] = []
        edges: list[tuple[int, int]] = []
        for vertex, item in enumerate(text.strip().split("|"), start=1):
            match = _VERTEX.fullmatch(item)
            if match is None:
                raise InvalidArchitecture(
                    f"wanted 'operation~sources' at vertex {vertex}, got {item!r} in {text!r}; {_EXAMPLE}"
                )
            operations.append(match["operation"])
            edges += [(int(source), vertex) for source in match["sources"].split(",")]
        if operations[-1] != OUTPUT:
            raise InvalidArchitecture(f"wanted the last vertex to be {OUTPUT!r}, got {operations[-1]!r} in {text!r}")
        try:
            cell = cls(tuple(operations[:-1]), tuple(edges))
        except InvalidArchitecture as error:
            raise InvalidArchitecture(f"{error}, in {text!r}") from error
        if str(cell) != text.strip():
            raise InvalidArchitecture(
                f"wanted the canonical numbering, which is {str(cell)!r}, got {text!r}; write that"
            )
        return cell

    def __str__(self) -> str:
        sources: list[list[str]] = [[] for _ in range(len(self.operations) + 2)]
        for source, target in self.edges:
            sources[target].append(str(source))
        labels = (*self.operations, OUTPUT)
        return "|".join(f"{label}~{','.join(reads)}" for label, reads in zip(labels, sources[1:], strict=True))

    @property
    def vertices(self) -> int:
        """Number of vertices, input and output included."""
        return len(self.operations) + 2

    def hash(self) -> str:
        """The official hash of the module, the key of the published records (:func:`module_hash`)."""
        return module_hash(self.edges, [-1, *(OPERATIONS.index(operation) for operation in self.operations), -2])


def _check(operations: tuple[str, ...], edges: Iterable[tuple[int, int]]) -> None:
    vertices, edges = len(operations) + 2, sorted(edges)
    if vertices > MAX_VERTICES:
        raise InvalidArchitecture(f"wanted at most {MAX_VERTICES} vertices, got {vertices}")
    if len(edges) > MAX_EDGES:
        raise InvalidArchitecture(f"wanted at most {MAX_EDGES} edges, got {len(edges)}")
    for operation in operations:
        if operation not in OPERATIONS:
            raise InvalidArchitecture(f"wanted an inner operation out of {', '.join(OPERATIONS)}, got {operation!r}")
    for source, target in edges:
        if not 0 <= source < target < vertices:
            raise InvalidArchitecture(f"wanted edges with 0 <= source < target < {vertices}, got ({source}, {target})")
    left, entered = {source for source, _ in edges}, {target for _, target in edges}
    stray = (set(range(vertices - 1)) - left) | (set(range(1, vertices)) - entered)
    if stray:
        raise InvalidArchitecture(
            f"wanted every vertex on a path from input to output, got vertices {sorted(stray)} off; prune them"
        )


_VERTEX = re.compile(r"(?P<operation>[a-z0-9-]+)~(?P<sources>[0-6](,[0-6])*)", re.ASCII)
_EXAMPLE = "it looks like conv3x3-bn-relu~0|maxpool3x3~0,1|output~1,2"
