"""From candidates for a dataset to better ones, where a space is too large for draws to meet its best."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nas_plugins.spaces.budget import Budget
from nas_plugins.spaces.errors import InvalidArchitecture
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.metad2a.candidates import CostOf

_ROUNDS, _PARENTS, _CHILDREN = 6, 40, 300
_MOST_EDITS = 3
_CROSSED = 0.5  # share of children of two parents
_FUTILE = 20  # attempts per child wanted before a round takes what it has


def ascend(
    space: SearchSpace[Any],
    candidates: Sequence[Any],
    predict: Callable[[Sequence[Any]], Sequence[float]],
    rng: np.random.Generator,
    *,
    cost: CostOf,
    budget: Budget,
) -> tuple[list[Any], list[float]]:
    """Candidates and their descendants, with the accuracy predicted for each.

    Evolution on the predictor, as Once-for-All searches its space with one (Cai et al., 2020, section 3.4), but from
    the generator's draws: in every round the best have children, by up to three edits or by taking each decision from
    one of two parents, and all of them stay.

    Args:
        space: The search space.
        candidates: Where to start, within the budget.
        predict: Predicted accuracies of architectures.
        rng: Source of every draw.
        cost: What an architecture costs.
        budget: What a child may cost.
    """
    known: dict[Any, float] = dict(zip(candidates, predict(candidates), strict=True))
    for _ in range(_ROUNDS):
        parents = sorted(known, key=lambda architecture: (-known[architecture], str(architecture)))[:_PARENTS]
        children: dict[Any, None] = {}
        for _ in range(_FUTILE * _CHILDREN):
            child = _child(space, parents, rng)
            if child is not None and child not in known and child not in children and budget.allows(cost(child)):
                children[child] = None
                if len(children) == _CHILDREN:
                    break
        if not children:
            break
        known |= dict(zip(children, predict(list(children)), strict=True))
    return list(known), list(known.values())


def _child(space: SearchSpace[Any], parents: Sequence[Any], rng: np.random.Generator) -> Any | None:
    """A child of one or two parents; none where two do not go together."""
    first, second = (parents[int(rng.integers(len(parents)))] for _ in range(2))
    if rng.random() < _CROSSED:
        ours, theirs = space.to_choices(first), space.to_choices(second)
        mixed = {name: (ours if rng.random() < 0.5 else theirs)[name] for name in ours}
        try:
            return space.from_choices(mixed)
        except InvalidArchitecture:
            return None
    for _ in range(1 + int(rng.integers(_MOST_EDITS))):
        neighbors = list(space.neighbors(first))
        first = neighbors[int(rng.integers(len(neighbors)))]
    return first
