"""What networks cost: the formula agrees with counting, and budgets refuse what is above them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nas_plugins.spaces import NASBench201, SearchSpace
from nas_plugins.spaces.budget import Budget
from nas_plugins.spaces.cost import Cost, count_multiply_adds, count_parameters
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.nasbench201 import EDGES, Cell

SPACE = NASBench201()


@pytest.mark.parametrize(
    ("pointwise", "full"), [(pointwise, full) for pointwise in range(7) for full in range(7 - pointwise)]
)
def test_formula_agrees_with_counting_over_the_network(pointwise, full):
    """Every number of 1x1 and 3x3 convolutions a cell can have, at a small size."""
    rest = ["none", "avg_pool_3x3", "skip_connect"] * 2
    operations = [*["nor_conv_1x1"] * pointwise, *["nor_conv_3x3"] * full, *rest][: len(EDGES)]
    cell = Cell(tuple(reversed(operations)))
    network = SPACE.network(cell, 7, C=4, N=2)

    assert SPACE.cost(cell, 7, C=4, N=2, image_shape=(3, 9, 14)) == Cost(
        count_parameters(network), count_multiply_adds(network, (3, 9, 14))
    )


@settings(max_examples=15, deadline=None)
@given(
    index=st.integers(0, len(SPACE) - 1),
    classes=st.integers(2, 50),
    channels=st.integers(1, 9),
    cells=st.integers(1, 3),
    size=st.tuples(st.integers(4, 40), st.integers(4, 40)),
)
def test_formula_agrees_with_the_general_count_at_any_size(index, classes, channels, cells, size):
    """Odd sizes, which strides round up, included."""
    scale = {"image_shape": (3, *size), "C": channels, "N": cells}

    assert SPACE.cost(SPACE[index], classes, **scale) == SearchSpace.cost(SPACE, SPACE[index], classes, **scale)


def test_costs_span_the_published_range():
    """NAS-Bench-201 at full size: 7.78305 M to 220.11969 M multiply-adds on CIFAR-10 (Dong and Yang's table)."""
    costs = [SPACE.cost(Cell((operation,) * 6), 10).multiply_adds for operation in ("none", "nor_conv_3x3")]

    assert costs == [7_783_050, 220_119_690]


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.integers(1, 10**9), st.integers(1, 10**9))
def test_a_budget_allows_exactly_what_no_bound_forbids(parameters, multiply_adds, most, much):
    cost = Cost(parameters, multiply_adds)
    light, quick = parameters <= most, multiply_adds <= much

    assert Budget(max_parameters=most).allows(cost) == light
    assert Budget(max_multiply_adds=much).allows(cost) == quick
    assert Budget(most, much).allows(cost) == (light and quick)
    assert Budget().allows(cost)


@pytest.mark.parametrize("bound", [0, -1.0, float("nan")])
def test_bounds_that_are_no_positive_number_are_refused(bound):
    with pytest.raises(InvalidArgument, match="above 0"):
        Budget(max_parameters=bound)
    with pytest.raises(InvalidArgument, match="above 0"):
        Budget(max_multiply_adds=bound)
