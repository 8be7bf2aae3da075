"""The best trade-offs between predicted accuracy and a cost, in one call."""

import math
from typing import Any

import numpy as np
from torch import Tensor

from nas_plugins.spaces.constrained_space import constrain, on_record
from nas_plugins.spaces.cost_bound import CostBound
from nas_plugins.spaces.cost_measure import CostMeasure
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.listed_space import ListedSpace
from nas_plugins.spaces.space import FiniteSearchSpace, SearchSpace
from nas_plugins.strategies.metad2a.model import MetaD2AModel
from nas_plugins.strategies.metad2a.side_by_side import one_thread
from nas_plugins.strategies.objective import Objective
from nas_plugins.strategies.pareto_front import ParetoFront

_DRAWN = 200  # networks from which evolution below each bound starts
_GENERATED = 500
_LISTED = 20_000  # finite spaces of at most so many architectures are ranked whole


def pareto_front(
    model: MetaD2AModel,
    space: SearchSpace[Any],
    views: Tensor | None,
    rng: np.random.Generator,
    measure: CostMeasure[Any],
    *,
    points: int = 8,
) -> ParetoFront[Any]:
    """Architectures of which none is predicted better and costs no more than another; nothing is trained.

    A small space is ranked whole, and of a large one what is on record, where the cost is known of that alone. In any
    other, evolution on the predictors goes on below each of several bounds,
    spread evenly on a logarithmic scale over the costs there are, from the generator's draws, uniform draws, and the
    best found below the bounds before.

    Args:
        model: A meta-trained model.
        space: Where to look: the model's space, or the part of it within bounds.
        views: Views of the dataset; ``None`` stands for the average meta-training task.
        rng: Source of every draw.
        measure: The cost.
        points: Bounds below which is searched.

    Returns:
        ``predicted_accuracy``, as of a :class:`~nas_plugins.strategies.metad2a.model.Proposal`, and the cost by its
        name; by rising cost.

    Raises:
        InvalidArgument: Fewer than two points, nothing of the space is on record, or costs are no finite numbers.
    """
    if points < 2:
        raise InvalidArgument(f"wanted at least 2 points of a front, got {points}")
    space = on_record(space, [measure])
    if isinstance(space, FiniteSearchSpace) and len(space) <= _LISTED:
        found = dict(zip(space, model.ranks(views, list(space)), strict=True))
    else:
        found = _search(model, space, views, rng, measure, points=points)
    objectives = (Objective("predicted_accuracy"), Objective(measure.name, "min"))
    return ParetoFront.of([*found], [(rank, measure(one)) for one, rank in found.items()], objectives)


def _search(
    model: MetaD2AModel,
    space: SearchSpace[Any],
    views: Tensor | None,
    rng: np.random.Generator,
    measure: CostMeasure[Any],
    *,
    points: int,
) -> dict[Any, float]:
    found = dict[Any, float]()
    generated = _generated(model, views, rng)
    for bound in _maxima(space, measure, rng, points):
        within = constrain(space, [CostBound(measure, bound)])
        earlier = sorted(found, key=lambda architecture: (-found[architecture], str(architecture)))[:_DRAWN]
        start = dict.fromkeys(one for one in (*earlier, *generated) if within.contains(one))
        for _ in range(_DRAWN):
            start[within.sample(rng)] = None
        architectures, _, ranks = model.ascend(views, list(start), rng, allows=within.contains)
        found |= dict(zip(architectures, ranks, strict=True))
    return found


def _generated(model: MetaD2AModel, views: Tensor | None, rng: np.random.Generator) -> list[Any]:
    import torch

    noise = torch.Generator().manual_seed(int(rng.integers(2**63)))
    with one_thread():
        graphs = model.generator.sample(views, _GENERATED, noise)
    members: dict[Any, None] = {}
    for graph in graphs:
        try:
            members[model.space.from_graph(graph)] = None
        except InvalidArchitecture:
            continue
    return list(members)


def _maxima(space: SearchSpace[Any], measure: CostMeasure[Any], rng: np.random.Generator, points: int) -> list[float]:
    """Bounds, evenly on a logarithmic scale over the costs there are."""
    low, high = (_extreme(space, measure, rng, sign) for sign in (1, -1))
    if not (0 <= low < math.inf and 0 < high < math.inf):
        raise InvalidArgument(
            f"wanted {measure.name} of finite numbers above 0 for a front, got {measure.tell(low)} to "
            f"{measure.tell(high)}; name a cost that is known of every architecture"
        )
    maxima: list[float] = np.geomspace(max(1.02 * low, high / 1000), high, points).tolist()
    return maxima


def _extreme(space: SearchSpace[Any], measure: CostMeasure[Any], rng: np.random.Generator, sign: int) -> float:
    """The least cost on a list, else that edits lead to from a draw; with the sign turned round the greatest."""
    if isinstance(space, ListedSpace):
        return sign * min(sign * measure(architecture) for architecture in space)
    architecture = space.sample(rng)
    while True:
        nearest = min(space.neighbors(architecture), key=lambda other: sign * measure(other), default=architecture)
        if sign * measure(nearest) >= sign * measure(architecture):
            return measure(architecture)
        architecture = nearest
