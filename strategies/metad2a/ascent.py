"""From candidates for a dataset to better ones, where a space is too large for draws to meet its best."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nas_plugins.spaces.errors import InvalidArchitecture
from nas_plugins.spaces.space import SearchSpace

_ROUNDS, _PARENTS, _CHILDREN = 6, 40, 300
_MOST_EDITS = 3
_CROSSED = 0.5  # share of children of two parents
_FUTILE = 8  # attempts per child wanted before a round takes what it has


def ascend(
    space: SearchSpace[Any],
    candidates: Sequence[Any],
    predict: Callable[[Sequence[Any]], Sequence[float]],
    rng: np.random.Generator,
    *,
    allows: Callable[[Any], bool],
) -> tuple[list[Any], list[float]]:
    """Candidates and their descendants, with the accuracy predicted for each.

    Evolution on the predictor, as Once-for-All searches its space with one (Cai et al., 2020, section 3.4), but from
    the generator's draws: in every round the best have children, by up to three other decisions or by taking each
    decision from one of two parents, and all of them stay.

    Args:
        space: The search space.
        candidates: Where to start.
        predict: Predicted accuracies of architectures.
        rng: Source of every draw.
        allows: Which children may be.
    """
    options = space.choices()
    known: dict[Any, float] = dict(zip(candidates, predict(candidates), strict=True))
    texts: dict[Any, str] = {}
    for _ in range(_ROUNDS):
        texts |= {architecture: str(architecture) for architecture in known if architecture not in texts}
        best = sorted(known, key=lambda architecture: (-known[architecture], texts[architecture]))[:_PARENTS]
        parents = [space.to_choices(architecture) for architecture in best]
        children: dict[Any, None] = {}
        for _ in range(_FUTILE * _CHILDREN):
            child = _child(space, options, parents, rng)
            if child is not None and child not in known and child not in children and allows(child):
                children[child] = None
                if len(children) == _CHILDREN:
                    break
        if not children:
            break
        known |= dict(zip(children, predict(list(children)), strict=True))
    return list(known), list(known.values())


def _child(
    space: SearchSpace[Any],
    options: Mapping[str, Sequence[str]],
    parents: Sequence[Mapping[str, str]],
    rng: np.random.Generator,
) -> Any | None:
    """A child of the decisions of one or two parents; none where the decisions do not go together."""
    first, second = (parents[int(rng.integers(len(parents)))] for _ in range(2))
    decisions = dict(first)
    if rng.random() < _CROSSED:
        names = [name for name, ours in zip(decisions, rng.random(len(decisions)) < 0.5, strict=True) if not ours]
        decisions |= {name: second[name] for name in names}
    else:
        names = list(decisions)
        for place in rng.integers(len(names), size=1 + int(rng.integers(_MOST_EDITS))):
            others = options[names[place]]
            decisions[names[place]] = others[int(rng.integers(len(others)))]
    try:
        return space.from_choices(decisions)
    except InvalidArchitecture:
        return None
