"""The prior over architectures learns what pairs of decisions are worth, from rankings and records."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies.metad2a.architecture_prior import ArchitecturePrior
from nas_plugins.strategies.metad2a.source_database import Ranking, SourceDatabase

SPACE = NASBench201()


def database(ranked: bool = True) -> SourceDatabase:
    """Accuracy grows with the 3x3 convolutions, and in records with the class too."""
    rng = np.random.default_rng(0)
    classes = tuple(rng.normal(size=(3, 4)).astype(np.float32) for _ in range(4))
    cells = [SPACE.sample(rng) for _ in range(600)]
    worth = np.array([sum(operation == "nor_conv_3x3" for operation in cell.operations) for cell in cells], float)
    task = rng.integers(0, 4, 300)
    return SourceDatabase(
        classes=classes,
        tasks=((0, 1), (1, 2), (2, 3), (0, 3)),
        record_task=task,
        record_architecture=tuple(map(str, cells[:300])),
        record_accuracy=60 + worth[:300] + 5.0 * task,
        rankings=(Ranking("table", classes, tuple(map(str, cells)), worth**3),) if ranked else (),
    )


def test_it_orders_cells_it_has_never_seen() -> None:
    """Rank correlation with the rule behind the source, on fresh cells, is nearly perfect."""
    prior = ArchitecturePrior.fit(SPACE, database())
    rng = np.random.default_rng(1)
    fresh = [SPACE.sample(rng) for _ in range(200)]
    worth = [sum(operation == "nor_conv_3x3" for operation in cell.operations) for cell in fresh]
    assert spearmanr(prior.score(fresh), worth)[0] > 0.95


def test_scores_are_of_single_architectures() -> None:
    """The score of an architecture does not depend on the others."""
    prior = ArchitecturePrior.fit(SPACE, database())
    cells = [SPACE[5], SPACE[123], SPACE[9000]]
    np.testing.assert_allclose(prior.score(cells), [prior.score([cell])[0] for cell in cells])


def test_without_a_ranking_there_is_no_prior() -> None:
    """The error says what was wanted."""
    with pytest.raises(InvalidArgument, match="ranking"):
        ArchitecturePrior.fit(SPACE, database(ranked=False))
