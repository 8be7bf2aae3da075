"""The flat categorical view of NAS-Bench-101: an operation per inner vertex, and each possible edge there or not."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from nas_plugins.spaces.errors import InvalidArchitecture
from nas_plugins.spaces.nasbench101.cell import INPUT, OPERATIONS, OUTPUT, Cell

_PRESENT, _ABSENT = "yes", "no"


def choices(vertices: int) -> dict[str, tuple[str, ...]]:
    """Decisions ``operation_1`` ... and ``edge_0_1`` ... of cells of up to so many vertices."""
    return {
        **{f"operation_{vertex}": OPERATIONS for vertex in range(1, vertices - 1)},
        **{f"edge_{source}_{target}": (_ABSENT, _PRESENT) for source, target in _pairs(vertices)},
    }


def to_choices(cell: Cell, vertices: int) -> dict[str, str]:
    """The decisions of a cell; the vertices it lacks stand between its last inner one and the output, without edges."""
    place = [*range(cell.vertices - 1), vertices - 1]
    edges = {(place[source], place[target]) for source, target in cell.edges}
    spare = [OPERATIONS[0]] * (vertices - cell.vertices)
    return {
        **{f"operation_{k}": operation for k, operation in enumerate([*cell.operations, *spare], start=1)},
        **{f"edge_{s}_{t}": _PRESENT if (s, t) in edges else _ABSENT for s, t in _pairs(vertices)},
    }


def from_choices(chosen: Mapping[str, Any], vertices: int, max_edges: int) -> Cell:
    """The cell that decisions name; any full set names one, and many name the same.

    Decisions taken one by one make graphs that are no cells. These are read so: where no path leads from the input to
    the output, the edge between the two is added. Vertices off every path are pruned, as the official code does. Where
    too many edges are left, a shortest path and then the others in the order of the decisions are kept, as many as are
    allowed, and what then lies off every path is pruned.
    """
    wanted = choices(vertices)
    if chosen.keys() != wanted.keys():
        raise InvalidArchitecture(f"wanted the decisions {list(wanted)}, got {list(chosen)}")
    for name, options in wanted.items():
        if chosen[name] not in options:
            raise InvalidArchitecture(f"wanted one of {', '.join(options)} for {name}, got {chosen[name]!r}")
    operations = [INPUT, *(chosen[f"operation_{vertex}"] for vertex in range(1, vertices - 1)), OUTPUT]
    matrix = np.zeros((vertices, vertices), dtype=bool)
    for source, target in _pairs(vertices):
        matrix[source, target] = chosen[f"edge_{source}_{target}"] == _PRESENT
    path = _shortest_path(matrix)
    if not path:
        matrix[0, -1] = True
        path = [(0, vertices - 1)]
    matrix &= _on_paths(matrix)
    if matrix.sum() > max_edges:
        others = [pair for pair in _pairs(vertices) if matrix[pair] and pair not in path]
        matrix[:] = False
        for pair in (path + others)[:max_edges]:
            matrix[pair] = True
    return Cell.pruned(operations, matrix)


def _pairs(vertices: int) -> list[tuple[int, int]]:
    return [(source, target) for target in range(1, vertices) for source in range(target)]


def _shortest_path(matrix: np.ndarray) -> list[tuple[int, int]]:
    """Edges of a path with fewest edges from the first vertex to the last; none if there is no path."""
    last = len(matrix) - 1
    paths: dict[int, list[tuple[int, int]]] = {0: []}
    for target in range(1, last + 1):
        reaching = [
            [*paths[source], (source, target)] for source in range(target) if matrix[source, target] and source in paths
        ]
        if reaching:
            paths[target] = min(reaching, key=len)
    return paths.get(last, [])


def _on_paths(matrix: np.ndarray) -> np.ndarray:
    """Where an edge may stand so that both its ends lie on a path from the first vertex to the last."""
    reach = np.eye(len(matrix), dtype=bool) | matrix
    for _ in range(3):  # paths of up to eight edges
        reach = (reach.astype(int) @ reach.astype(int)) > 0
    alive = reach[0] & reach[:, -1]
    return alive[:, None] & alive[None, :]
