"""What a model chooses among: all of a small space, near and random ones of a large one, never a known one."""

import numpy as np

from nas_plugins.spaces import NASBench201
from nas_plugins.strategies.candidate_pool import CandidatePool, default_inputs
from nas_plugins.strategies.observations import Observations

SPACE = NASBench201()
INPUTS = default_inputs(SPACE)


def observed(count: int) -> Observations:
    rng = np.random.default_rng(0)
    observations = Observations(SPACE)
    for _ in range(count):
        observations.tell(observations.draw(rng), float(rng.uniform()))
    observations.propose(observations.draw(rng))
    return observations


def test_a_small_space_is_offered_whole() -> None:
    observations = observed(12)
    offered = CandidatePool(SPACE, INPUTS, neighborhoods=2, draws=5).offer(observations, np.random.default_rng(0))
    assert len(offered) == len(set(offered)) == len(SPACE) - 13
    assert not any(cell in observations for cell in offered)


def test_a_large_space_is_offered_near_the_best_and_at_random() -> None:
    """Every unknown neighbour of the two best is there, and no more than the draws beside them."""
    observations = observed(12)
    pool = CandidatePool(SPACE, INPUTS, neighborhoods=2, draws=5, whole=100)
    offered = pool.offer(observations, np.random.default_rng(0))
    near = {cell for best in observations.best(2) for cell in SPACE.neighbors(best) if cell not in observations}
    assert near <= set(offered)
    assert len(set(offered) - near) <= 5
    assert len(offered) == len(set(offered))


def test_rows_are_the_same_whether_the_space_is_searched_whole_or_not() -> None:
    cells = [SPACE[index] for index in (5, 15_000, 5, 42)]
    whole = CandidatePool(SPACE, INPUTS, neighborhoods=1, draws=1)
    part = CandidatePool(SPACE, INPUTS, neighborhoods=1, draws=1, whole=0)
    np.testing.assert_array_equal(whole.rows(cells), INPUTS(cells))
    np.testing.assert_array_equal(part.rows(cells), INPUTS(cells))
    assert part.rows([]).shape == (0, whole.rows(cells).shape[1])
