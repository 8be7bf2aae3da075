"""One NAS-Bench-201 architecture: an operation on each of the six edges between four nodes."""

import re
from dataclasses import dataclass

from nas_plugins.spaces.errors import InvalidArchitecture

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
"""The five operations (Dong and Yang, 2020, section 2.1), in the order of the official code."""

EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""The six edges (source, target) in the order in which the official string lists them."""

_EDGE = re.compile(r"(?P<operation>\w+)~(?P<source>[0-9]+)")


@dataclass(frozen=True)
class Cell:
    """A cell: ``operations[k]`` stands on edge ``EDGES[k]``.

    ``str(cell)`` is the official string, for example
    ``|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|``: one group per
    node, in it ``operation~source`` per incoming edge.

    Args:
        operations: Six names out of :data:`OPERATIONS`.

    Raises:
        InvalidArchitecture: Not six, or an unknown name.
    """

    operations: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "operations", tuple(self.operations))
        if len(self.operations) != len(EDGES):
            raise InvalidArchitecture(
                f"wanted {len(EDGES)} operations, one per edge {EDGES}, got {len(self.operations)}: {self.operations}"
            )
        for edge, operation in zip(EDGES, self.operations, strict=True):
            if operation not in OPERATIONS:
                raise InvalidArchitecture(
                    f"wanted one of {', '.join(OPERATIONS)} on edge {edge}, got {operation!r}; use the official names"
                )

    @classmethod
    def parse(cls, text: str) -> "Cell":
        """Read the official string; :class:`InvalidArchitecture` says what was wrong with it."""
        if not isinstance(text, str):
            raise InvalidArchitecture(f"wanted a NAS-Bench-201 string, got {type(text).__name__}: {text!r}")
        groups = text.strip().split("+")
        if len(groups) != 3:
            raise InvalidArchitecture(f"wanted 3 groups joined by '+', got {len(groups)} in {text!r}; {_EXAMPLE}")
        operations: list[str] = []
        for node, group in enumerate(groups, start=1):
            if not (group.startswith("|") and group.endswith("|")):
                raise InvalidArchitecture(f"wanted group {node} between bars, got {group!r} in {text!r}; {_EXAMPLE}")
            items = group[1:-1].split("|")
            if len(items) != node:
                raise InvalidArchitecture(
                    f"wanted {node} incoming edges in group {node}, got {len(items)} in {text!r}; {_EXAMPLE}"
                )
            for source, item in enumerate(items):
                match = _EDGE.fullmatch(item)
                if match is None or match["source"] != str(source):
                    raise InvalidArchitecture(
                        f"wanted 'operation~{source}' at edge ({source}, {node}), got {item!r} in {text!r}; {_EXAMPLE}"
                    )
                operations.append(match["operation"])
        return cls(tuple(operations))

    def __str__(self) -> str:
        groups: list[str] = []
        position = 0
        for node in (1, 2, 3):
            items = "|".join(f"{self.operations[position + source]}~{source}" for source in range(node))
            groups.append(f"|{items}|")
            position += node
        return "+".join(groups)

    def live_operations(self) -> tuple[str, ...]:
        """The operations in the order of :data:`EDGES`, with ``none`` on every edge that no path uses.

        A path runs from the input, node 0, to the output, node 3, over edges whose operation is not ``none``.
        """
        edges = list(zip(EDGES, self.operations, strict=True))
        reached, used = {EDGES[0][0]}, {EDGES[-1][1]}
        for (source, target), operation in edges:
            if operation != "none" and source in reached:
                reached.add(target)
        for (source, target), operation in reversed(edges):
            if operation != "none" and target in used:
                used.add(source)
        return tuple(
            operation if source in reached and target in used else "none" for (source, target), operation in edges
        )

    def unique_string(self) -> str:
        """The expression the cell computes, as the official code writes it to find equal cells.

        Skips are replaced by their input, edges of ``none`` and what only they feed become ``#``, and the terms of a
        sum are sorted (``to_unique_str`` with zeros considered, Dong and Yang, 2020, section 2.2). The 15,625 cells
        have 6,466 such expressions. Cells with equal expressions compute the same function; the converse does not
        hold, because sums are compared as text: flattening nested sums and dropping zero terms would leave 4,930.
        """
        nodes = ["0"]
        position = 0
        for node in (1, 2, 3):
            terms: list[str] = []
            for source in range(node):
                operation = self.operations[position]
                position += 1
                if operation == "none" or nodes[source] == "#":
                    terms.append("#")
                elif operation == "skip_connect":
                    terms.append(nodes[source])
                else:
                    terms.append(f"({nodes[source]})@{operation}")
            nodes.append("+".join(sorted(terms)))
        return nodes[-1]


_EXAMPLE = "it looks like |nor_conv_3x3~0|+|nor_conv_3x3~0|none~1|+|skip_connect~0|none~1|avg_pool_3x3~2|"
