"""What lies between input and output, against paths listed one by one."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nas_plugins.spaces import SPACES, NASBench201, get_space
from nas_plugins.spaces.graph import Graph
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.data_flow_input import DataFlowInput

SPACE = NASBench201()


def listed(space: SearchSpace[Any], graph: Graph) -> np.ndarray:
    """The same numbers from a list of all paths."""
    silent = space.end_operations | space.zero_operations | space.identity_operations
    counted = [operation for operation in space.operations if operation not in silent]
    last = len(graph.operations) - 1
    after: dict[int, list[int]] = {node: [] for node in range(last + 1)}
    for source, target in graph.edges:
        if graph.operations[target] not in space.zero_operations:
            after[source].append(target)
    paths: list[list[int]] = []
    targets = {target for _, target in graph.edges}
    waiting = [[node] for node in range(last) if node not in targets]
    while waiting:
        path = waiting.pop()
        if path[-1] == last:
            paths.append(path)
        waiting += [[*path, node] for node in after[path[-1]]]
    on_paths = [graph.operations[node] for node in {node for path in paths for node in path}]
    columns: list[list[float]] = [[], [], []]
    for operation in [*counted, None]:
        wanted = counted if operation is None else [operation]
        counts = [sum(graph.operations[node] in wanted for node in path) for path in paths] or [0]
        for column, value in zip(columns, (np.mean(counts), max(counts), min(counts)), strict=True):
            column.append(float(value))
    alive = [float(on_paths.count(operation)) for operation in counted]
    return np.array([*alive, *np.ravel(columns), np.sqrt(len(paths))])


@settings(max_examples=60, deadline=None)
@given(index=st.integers(0, len(SPACE) - 1))
def test_numbers_are_those_of_the_listed_paths(index: int) -> None:
    graph = SPACE.to_graph(SPACE[index])
    np.testing.assert_allclose(DataFlowInput(SPACE)([SPACE[index]])[0], listed(SPACE, graph), atol=1e-12)


@pytest.mark.parametrize("name", SPACES)
def test_every_space_has_data_flow(name: str) -> None:
    """On architectures of every space, alone and in company."""
    space = get_space(name)
    rng = np.random.default_rng(0)
    architectures = [space.sample(rng) for _ in range(8)]
    together = DataFlowInput(space)(architectures)
    for architecture, row in zip(architectures, together, strict=True):
        np.testing.assert_allclose(row, listed(space, space.to_graph(architecture)), atol=1e-12)
        np.testing.assert_array_equal(row, DataFlowInput(space)([architecture])[0])
    assert DataFlowInput(space, weight=2.0)([]).shape == (0, together.shape[1])
