"""Simulated searches on a Ray cluster equal those of this process."""

from typing import Any

import pytest
import ray

from nas_plugins.evaluation import load_benchmark, simulate_many
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies import RegularizedEvolution
from nas_plugins.tune import simulate_on_cluster

pytestmark = pytest.mark.xdist_group("ray")

SPACE = NASBench201()


def evolution(seed: int) -> RegularizedEvolution[Any]:
    return RegularizedEvolution(SPACE, population=10, sample=3, seed=seed)


def test_a_cluster_gives_the_same_histories() -> None:
    """Four workers each, from processes of Ray and from this one; Ray is left as it was found."""
    table = load_benchmark("nasbench201/cifar10")
    finished: list[int] = []
    here = simulate_many(evolution, table, 3, 11, queries=40, workers=4, processes=1)
    there = simulate_on_cluster(evolution, table, 3, 11, queries=40, workers=4, progress=finished.append)

    assert there == here
    assert finished == [1, 2, 3]
    assert not ray.is_initialized()


def test_bad_numbers_are_refused_before_ray_starts() -> None:
    """As in this process."""
    table = load_benchmark("nasbench201/cifar10")
    with pytest.raises(InvalidArgument, match="workers"):
        simulate_on_cluster(evolution, table, 1, 0, queries=5, workers=0)
    assert not ray.is_initialized()
