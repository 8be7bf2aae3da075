"""Candidates for a dataset: distinct members of the space, within a budget, that the generator thinks suit it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nas_plugins.spaces.budget import Budget
from nas_plugins.spaces.cost import Cost
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.listed_space import ListedSpace
from nas_plugins.spaces.space import FiniteSearchSpace, SearchSpace
from nas_plugins.strategies.metad2a.architecture_prior import ArchitecturePrior
from nas_plugins.strategies.metad2a.generator import Generator

CostOf = Callable[[Any], Cost]
"""What the network of an architecture costs at the size somebody trains it."""

Draw = Callable[[np.random.Generator], Any]

_BATCH = 500  # graphs decoded together
_ROUNDS = 60  # batches decoded before fewer candidates than wanted are accepted
_BOUNDED_ROUNDS = 6  # the same where a budget refuses some: candidates can then be had by making others cheaper
_ASCENTS, _BEST = 2, 5  # rounds in which the neighbours of so many of the best candidates join them
_TRIES = 20_000  # architectures looked at where the generator gives none that is cheap enough


def draw_candidates(
    space: SearchSpace[Any],
    generator: Generator,
    views: Tensor | None,
    count: int,
    rng: np.random.Generator,
    *,
    cost: CostOf,
    budget: Budget,
    draw: Draw | None = None,
) -> list[Any]:
    """Distinct architectures the generator draws for a dataset, every one within the budget.

    Where too few of the draws are, the others are made cheaper edit by edit; and where that gives too few still,
    architectures are drawn uniformly from those the budget allows. With ``draw`` they are so at once. In a space too
    large to enumerate the same is done without a budget: there a generator may hardly ever draw a member of it. Where
    all that may be proposed is listed (:class:`ListedSpace`), it is not asked at all.

    Args:
        space: The search space.
        generator: The generator.
        views: Views of the dataset, or ``None`` for the typical one.
        count: Architectures wanted.
        rng: Source of every draw.
        cost: What an architecture costs.
        budget: What it may cost.
        draw: Draws uniformly within the budget, for spaces in which nearly everything costs more.

    Returns:
        ``count`` architectures, or fewer where the generator repeats itself and the budget leaves no others.

    Raises:
        InvalidArgument: No architecture is cheap enough; the message names the smallest cost found.
    """
    noise = torch.Generator().manual_seed(int(rng.integers(2**63)))
    found: dict[Any, None] = {}
    refused: dict[Any, None] = {}
    if isinstance(space, ListedSpace):
        _fill_by_edits(found, refused, space, count, rng, cost=cost, budget=budget)
        return list(found)
    temperature = 1.0
    for round_ in range(_BOUNDED_ROUNDS if budget.bounds_something else _ROUNDS):
        if round_ >= _BOUNDED_ROUNDS and not found:
            break
        before = len(found)
        for graph in generator.sample(views, _BATCH, noise, temperature=temperature):
            try:
                architecture = space.from_graph(graph)
            except InvalidArchitecture:
                continue
            if budget.bounds_something and not budget.allows(cost(architecture)):
                refused[architecture] = None
                continue
            found[architecture] = None
            if len(found) == count:
                return list(found)
        # Draws get bolder when they bring few new ones.
        if len(found) - before < _BATCH // 10:
            temperature *= 1.2
    _complete(found, refused, space, count, rng, cost=cost, budget=budget, draw=draw)
    return list(found)


def _complete(
    found: dict[Any, None],
    refused: Iterable[Any],
    space: SearchSpace[Any],
    count: int,
    rng: np.random.Generator,
    *,
    cost: CostOf,
    budget: Budget,
    draw: Draw | None,
) -> None:
    """Add what the generator did not draw, as :func:`draw_candidates` says."""
    if not budget.bounds_something:
        if not isinstance(space, FiniteSearchSpace):
            _fill(found, _anywhere(space, rng), count, cost, budget)
    elif draw is not None:
        _fill(found, (draw(rng) for _ in range(_TRIES)), count, cost, budget)
    else:
        _fill_by_edits(found, refused, space, count, rng, cost=cost, budget=budget)


def _fill_by_edits(
    found: dict[Any, None],
    refused: Iterable[Any],
    space: SearchSpace[Any],
    count: int,
    rng: np.random.Generator,
    *,
    cost: CostOf,
    budget: Budget,
) -> None:
    """Add refused architectures made cheaper, then whatever the budget allows."""
    for architecture in refused:
        if len(found) >= count:
            return
        cheaper = _cheaper(space, architecture, rng, cost, budget)
        if cheaper is not None:
            found[cheaper] = None
    if len(found) < count:
        _fill(found, _anywhere(space, rng), count, cost, budget)
        if not found:
            raise InvalidArgument(_nothing(space, rng, cost, budget))


def add_neighbors(
    space: SearchSpace[Any], candidates: list[Any], prior: ArchitecturePrior, *, cost: CostOf, budget: Budget
) -> list[Any]:
    """The candidates and, behind them, neighbours of those the prior likes best: what the generator did not draw.

    Args:
        space: The search space.
        candidates: Distinct architectures.
        prior: Says whose neighbours are worth adding, twice in turn.
        cost: What an architecture costs.
        budget: What a neighbour may cost.
    """
    known = dict.fromkeys(candidates)
    for _ in range(_ASCENTS):
        current = list(known)
        for index in np.argsort(-prior.score(current), kind="stable")[:_BEST]:
            for neighbor in space.neighbors(current[index]):
                if neighbor not in known and budget.allows(cost(neighbor)):
                    known[neighbor] = None
    return list(known)


def _cheaper(
    space: SearchSpace[Any], architecture: Any, rng: np.random.Generator, cost: CostOf, budget: Budget
) -> Any | None:
    """Walk to random neighbours that cost less until the budget allows one; ``None`` where none costs less."""
    current = cost(architecture)
    while not budget.allows(current):
        neighbours = list(space.neighbors(architecture))
        for index in rng.permutation(len(neighbours)):
            price = cost(neighbours[index])
            if (
                price != current
                and price.parameters <= current.parameters
                and price.multiply_adds <= current.multiply_adds
            ):
                architecture, current = neighbours[index], price
                break
        else:
            return None
    return architecture


def _fill(found: dict[Any, None], source: Iterator[Any], count: int, cost: CostOf, budget: Budget) -> None:
    """Add what the budget allows of a source, up to ``count``."""
    for architecture in source:
        if budget.allows(cost(architecture)):
            found[architecture] = None
            if len(found) == count:
                return


def _nothing(space: SearchSpace[Any], rng: np.random.Generator, cost: CostOf, budget: Budget) -> str:
    """What to say where nothing is cheap enough."""
    smallest = min(map(cost, _anywhere(space, rng)), key=lambda price: (price.parameters, price.multiply_adds))
    return (
        f"wanted architectures of {budget}, but the smallest found in {space.name} has {smallest.parameters:,} "
        f"parameters and {smallest.multiply_adds:,} multiply-adds at this size; raise the bound, or make networks "
        "smaller (fewer cells or channels, smaller images)"
    )


def _anywhere(space: SearchSpace[Any], rng: np.random.Generator) -> Iterator[Any]:
    """All of a small space in random order, or many draws from a large one."""
    if isinstance(space, FiniteSearchSpace) and len(space) <= _TRIES:
        return (space[int(index)] for index in rng.permutation(len(space)))
    return (space.sample(rng) for _ in range(_TRIES))
