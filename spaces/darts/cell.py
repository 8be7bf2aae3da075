"""One DARTS cell: four nodes, each the sum of two operations on two different earlier nodes."""

import re
from dataclasses import dataclass
from itertools import permutations

from nas_plugins.spaces.errors import InvalidArchitecture

OPERATIONS = (
    "none",
    "max_pool_3x3",
    "avg_pool_3x3",
    "skip_connect",
    "sep_conv_3x3",
    "sep_conv_5x5",
    "dil_conv_3x3",
    "dil_conv_5x5",
)
"""The eight operations in the order of the official code, which is that of arch2vec's columns too (appendix A.3)."""

INPUTS, NODES = 2, 4
"""The outputs of the two cells before, numbered 0 and 1, and the intermediate nodes, numbered 2 to 5."""

Edge = tuple[str, int]
"""An operation and the number of the node it reads, in the order in which official genotypes write them."""

_EDGE = re.compile(r"(?P<operation>\w+)~(?P<source>[0-9])", re.ASCII)


@dataclass(frozen=True)
class Cell:
    """A cell: ``edges[2 * k]`` and ``edges[2 * k + 1]`` are the two operations that node ``k + 2`` adds up.

    The order of the two means nothing, so it is kept by the number of their source, and two cells are equal exactly
    when they print alike. ``str(cell)`` looks like ``|sep_conv_3x3~0|none~1|+|...|+|...|+|...|``: one group per node,
    in it ``operation~source`` twice.

    Args:
        edges: Eight pairs of a name out of :data:`OPERATIONS` and a source, two per node.

    Raises:
        InvalidArchitecture: Not eight pairs, an unknown name, or a node that does not read two different earlier ones.
    """

    edges: tuple[Edge, ...]

    def __post_init__(self) -> None:
        try:
            edges = [(operation, source) for operation, source in self.edges]
        except (TypeError, ValueError) as error:
            raise InvalidArchitecture(f"wanted pairs (operation, source), got {self.edges!r}") from error
        if len(edges) != 2 * NODES:
            raise InvalidArchitecture(f"wanted {2 * NODES} pairs (operation, source), got {len(edges)}: {edges}")
        ordered: list[Edge] = []
        for node in range(NODES):
            pair = edges[2 * node : 2 * node + 2]
            for operation, source in pair:
                if operation not in OPERATIONS:
                    raise InvalidArchitecture(
                        f"wanted one of {', '.join(OPERATIONS)} at node {node + INPUTS}, got {operation!r}"
                    )
                if not isinstance(source, int) or isinstance(source, bool) or not 0 <= source < node + INPUTS:
                    raise InvalidArchitecture(
                        f"wanted node {node + INPUTS} to read nodes 0 to {node + INPUTS - 1}, got {source!r}"
                    )
            if pair[0][1] == pair[1][1]:
                raise InvalidArchitecture(
                    f"wanted node {node + INPUTS} to read two different nodes, got {pair[0][1]} twice"
                )
            ordered += sorted(pair, key=lambda edge: edge[1])
        object.__setattr__(self, "edges", tuple(ordered))

    @classmethod
    def parse(cls, text: str) -> "Cell":
        """Read what :meth:`__str__` wrote; :class:`InvalidArchitecture` says what was wrong with it."""
        if not isinstance(text, str):
            raise InvalidArchitecture(f"wanted the text of a DARTS cell, got {type(text).__name__}: {text!r}")
        groups = text.strip().split("+")
        if len(groups) != NODES:
            raise InvalidArchitecture(f"wanted {NODES} groups joined by '+', got {len(groups)} in {text!r}; {_EXAMPLE}")
        edges: list[Edge] = []
        for node, group in enumerate(groups, start=INPUTS):
            if len(group) < 2 or not (group.startswith("|") and group.endswith("|")):
                raise InvalidArchitecture(f"wanted node {node} between bars, got {group!r} in {text!r}; {_EXAMPLE}")
            matches = [_EDGE.fullmatch(item) for item in group[1:-1].split("|")]
            found = [(match["operation"], int(match["source"])) for match in matches if match is not None]
            if len(found) != 2 or len(matches) != 2 or found[0][1] >= found[1][1]:
                raise InvalidArchitecture(
                    f"wanted two of 'operation~source' at node {node}, the lower source first, got {group!r} in "
                    f"{text!r}; {_EXAMPLE}"
                )
            edges += found
        try:
            return cls(tuple(edges))
        except InvalidArchitecture as error:
            raise InvalidArchitecture(f"{error} in {text!r}") from None

    def __str__(self) -> str:
        return "+".join(f"|{'|'.join(f'{operation}~{source}' for operation, source in pair)}|" for pair in self.pairs())

    def pairs(self) -> tuple[tuple[Edge, Edge], ...]:
        """The two edges of each of the four nodes."""
        return tuple((self.edges[2 * node], self.edges[2 * node + 1]) for node in range(NODES))

    def canonical_form(self) -> str:
        """A text that cells share when they differ in what has no effect: numbering of nodes, and edges of zeros.

        An edge is left out where its operation is ``none``, or pools or passes on a node that is zero; convolutions of
        zeros stay, because they leave the learned shift of their normalisation. Of all numberings of the nodes in
        topological order the one with the least text is taken: another one permutes the channels that the next cell's
        1x1 convolution mixes.
        """
        zero: set[int] = set()
        terms: list[list[Edge]] = []
        for node, pair in enumerate(self.pairs(), start=INPUTS):
            living = [
                (operation, source)
                for operation, source in pair
                if operation != "none" and ("conv" in operation or source not in zero)
            ]
            terms.append(living)
            if not living:
                zero.add(node)
        return min(_numbered(terms, order) for order in permutations(range(NODES)) if _is_topological(terms, order))


def _is_topological(terms: list[list[Edge]], order: tuple[int, ...]) -> bool:
    place = {node + INPUTS: position for position, node in enumerate(order)}
    return all(
        place[source] < place[node + INPUTS]
        for node, edges in enumerate(terms)
        for _, source in edges
        if source >= INPUTS
    )


def _numbered(terms: list[list[Edge]], order: tuple[int, ...]) -> str:
    number = {0: 0, 1: 1} | {node + INPUTS: place for place, node in enumerate(order, start=INPUTS)}
    return "+".join(
        "|".join(sorted(f"{operation}~{number[source]}" for operation, source in terms[node])) for node in order
    )


_EXAMPLE = (
    "it looks like |sep_conv_3x3~0|sep_conv_3x3~1|+|skip_connect~0|none~2|+|max_pool_3x3~1|dil_conv_3x3~3|"
    "+|sep_conv_5x5~0|avg_pool_3x3~4|"
)
