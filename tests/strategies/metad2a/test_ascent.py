"""Evolution on a predictor: it gets better, keeps to the budget, and loses nothing."""

import numpy as np
import pytest

from nas_plugins.spaces import MobileNetV3, constrain
from nas_plugins.spaces.budget import Budget
from nas_plugins.spaces.cost_bound import network_bounds
from nas_plugins.strategies.metad2a.ascent import ascend

SPACE = MobileNetV3()
BUDGET = Budget(max_multiply_adds=200e6)


def cost(subnet):
    return SPACE.cost(subnet, 10)


def allowed(subnet):
    return BUDGET.allows(cost(subnet))


def large_kernels(subnets):
    """A predictor that wants kernels of 7 and knows no costs."""
    return [float(np.mean([kernel for unit in subnet.units for kernel, _ in unit])) for subnet in subnets]


@pytest.mark.parametrize("seed", range(3))
def test_descendants_are_better_within_the_budget(seed: int) -> None:
    rng = np.random.default_rng(seed)
    within = constrain(SPACE, network_bounds(SPACE, max_macs=200e6))
    start = list(dict.fromkeys(within.sample(rng) for _ in range(30)))
    found, predicted = ascend(SPACE, start, large_kernels, rng, allows=allowed)

    assert found[: len(start)] == start
    assert len(set(found)) == len(found) > 10 * len(start)
    assert predicted == pytest.approx(large_kernels(found))
    assert max(predicted) > max(large_kernels(start)) + 0.3
    assert all(BUDGET.allows(cost(subnet)) for subnet in found)


def test_the_same_seed_finds_the_same() -> None:
    start = [SPACE.sample(np.random.default_rng(0))]
    runs = [ascend(SPACE, start, large_kernels, np.random.default_rng(1), allows=lambda _: True)[0] for _ in range(2)]
    assert runs[0] == runs[1]


def test_a_budget_that_allows_no_child_leaves_the_candidates() -> None:
    """Only the smallest network is within reach of this bound."""
    smallest = SPACE.parse("|".join(["k3e3,k3e3"] * 5))
    tight = Budget(max_multiply_adds=cost(smallest).multiply_adds)
    found, _ = ascend(
        SPACE, [smallest], large_kernels, np.random.default_rng(0), allows=lambda subnet: tight.allows(cost(subnet))
    )
    assert found == [smallest]
