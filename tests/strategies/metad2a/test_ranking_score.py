"""What architectures are ranked by: predictions alone without a prior, and its order where it has all of the share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nas_plugins.spaces import NASBench201
from nas_plugins.strategies.metad2a.ranking_score import RankingScore

SPACE = NASBench201()
accuracies = st.lists(st.floats(0, 100), min_size=2, max_size=8)


@dataclass(frozen=True)
class ByIndex:
    """A prior that likes cells in the order of the space."""

    def score(self, architectures: Sequence[object]) -> NDArray[np.float64]:
        return np.array([SPACE.index(cell) / 1000 for cell in architectures])


def first_cells(count: int) -> list[object]:
    return [SPACE[index] for index in range(count)]


@given(predicted=accuracies)
def test_without_a_prior_architectures_are_ranked_by_the_predictors(predicted: list[float]) -> None:
    score = RankingScore(None, spread=2.0, share=0.75)

    assert score(predicted, first_cells(len(predicted))) == predicted
    assert score.centred(SPACE, lambda cells: [50.0] * len(cells)) is score


@given(predicted=accuracies, share=st.floats(0, 1), level=st.floats(1, 99))
def test_scores_are_percent(predicted: list[float], share: float, level: float) -> None:
    score = RankingScore(ByIndex(), spread=50.0, share=share)
    cells = first_cells(len(predicted))

    for one in (score, score.centred(SPACE, lambda cells: [level] * len(cells))):
        assert all(0 <= value <= 100 for value in one(predicted, cells))


@given(predicted=accuracies)
def test_a_prior_with_all_of_the_share_decides_alone(predicted: list[float]) -> None:
    score = RankingScore(ByIndex(), spread=1.0, share=1.0).centred(SPACE, lambda cells: [50.0] * len(cells))

    assert np.all(np.diff(score(predicted, first_cells(len(predicted)))) > 0)


def test_centred_scores_mean_the_same_in_every_call() -> None:
    """Those of one call depend on the others of it, unless the centre is fixed."""
    score = RankingScore(ByIndex(), spread=1.0, share=0.5)
    cells, predicted = first_cells(8), [float(value) for value in range(40, 48)]
    centred = score.centred(SPACE, lambda cells: [50.0] * len(cells))

    assert centred(predicted, cells)[:3] == centred(predicted[:3], cells[:3])
    assert score(predicted, cells)[:3] != score(predicted[:3], cells[:3])
    assert replace(centred, centre=None)(predicted, cells) == score(predicted, cells)
