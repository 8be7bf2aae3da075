"""Strategies in a latent space that enumerates a part of a search space: DARTS is too large for a table."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nas_plugins.spaces import get_space
from nas_plugins.strategies import REINFORCE, LatentRounds, Strategy

SPACE = get_space("darts")
PART = SPACE.finite(size=60, seed=3)


def latent() -> Any:
    """Coordinates of sixty cells, drawn at random: where they are makes no difference here."""
    embeddings = np.random.default_rng(0).normal(size=(len(PART), 4)).astype(np.float32)
    return SimpleNamespace(space=PART, dimensions=4, embeddings=embeddings)


@pytest.mark.parametrize(
    "make",
    [
        lambda seed: REINFORCE(SPACE, latent(), seed=seed),
        lambda seed: LatentRounds(SPACE, latent(), initial=4, seed=seed),
    ],
    ids=["reinforce", "latent_rounds"],
)
def test_cells_come_from_the_part_and_others_may_be_told(make: Any) -> None:
    """A cell outside the part is told first, last and best: nothing breaks, nothing comes twice, states go on."""
    rng = np.random.default_rng(1)
    outside = next(cell for cell in iter(lambda: SPACE.sample(rng), None) if not PART.contains(cell))
    strategy: Strategy[Any] = make(0)
    strategy.tell(outside, 100.0)
    asked = []
    for turn in range(14):
        asked.append(strategy.ask())
        strategy.tell(asked[-1], float(turn % 5))
    assert all(map(PART.contains, asked))
    assert len(set(asked)) == len(asked)

    restored = make(7)
    restored.load_state_dict(strategy.state_dict())
    assert [restored.ask() for _ in range(3)] == [strategy.ask() for _ in range(3)]
