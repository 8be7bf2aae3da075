"""Inputs of models: rows that tell architectures apart, each depending on its own architecture alone."""

from typing import Any

import numpy as np
import pytest

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies.inputs import Input, JoinedInput, OneHotInput, OperationCountsInput, PairsInput

SPACE = NASBench201()
INPUTS: dict[str, Input[Any]] = {
    "one_hot": OneHotInput(SPACE),
    "pairs": PairsInput(SPACE),
    "counts": OperationCountsInput(SPACE),
    "joined": JoinedInput(OneHotInput(SPACE), OperationCountsInput(SPACE)),
}


@pytest.mark.parametrize("transform", INPUTS.values(), ids=INPUTS.keys())
def test_a_row_depends_on_its_own_architecture(transform: Input[Any]) -> None:
    """Rows are the same alone and in company, and no architectures give no rows of the same width."""
    cells = [SPACE[0], SPACE[77], SPACE[15_624]]
    together = transform(cells)
    np.testing.assert_array_equal(together, np.concatenate([transform([cell]) for cell in cells]))
    assert transform([]).shape == (0, together.shape[1])


def test_pairs_tell_cells_apart() -> None:
    """Fifteen pairs of edges, one of 25 pairs of operations on each."""
    features = PairsInput(SPACE)([SPACE[0], SPACE[1], SPACE[15_624]])
    assert features.shape == (3, 15 * 25)
    assert (features.sum(axis=1) == 15).all()
    assert len(np.unique(features, axis=0)) == 3


def test_nothing_cannot_be_joined() -> None:
    """The message says what was wanted."""
    with pytest.raises(InvalidArgument, match="at least one"):
        JoinedInput()
