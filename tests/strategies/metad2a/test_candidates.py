"""Candidates and proposals where a prior joins the predictors."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nas_plugins.spaces import MobileNetV3, NASBench201
from nas_plugins.spaces.budget import Budget
from nas_plugins.spaces.cost import Cost
from nas_plugins.spaces.nasbench201 import Cell
from nas_plugins.strategies.inputs import PairsInput
from nas_plugins.strategies.metad2a import MetaD2AModel
from nas_plugins.strategies.metad2a.architecture_prior import ArchitecturePrior
from nas_plugins.strategies.metad2a.candidates import add_neighbors, draw_candidates
from nas_plugins.strategies.metad2a.metad2a import WEIGHTS

SPACE = NASBench201()


def cost(cell: Cell) -> Cost:
    return SPACE.cost(cell, 10)


def prior_of(rng: np.random.Generator) -> ArchitecturePrior:
    """A prior of random taste."""
    return ArchitecturePrior(SPACE, rng.normal(size=PairsInput(SPACE)([SPACE[0]]).shape[1]))


@pytest.mark.parametrize("seed", range(5))
def test_neighbours_of_the_best_join_behind_the_candidates(seed: int) -> None:
    """Candidates stay first and as they were; among all, the prior finds none worse a best than before."""
    rng = np.random.default_rng(seed)
    prior, cells = prior_of(rng), list(dict.fromkeys(SPACE.sample(rng) for _ in range(20)))
    found = add_neighbors(SPACE, cells, prior, cost=cost, budget=Budget())
    best = cells[int(np.argmax(prior.score(cells)))]

    assert found[: len(cells)] == cells
    assert len(set(found)) == len(found)
    assert set(SPACE.neighbors(best)) <= set(found)
    assert prior.score(found).max() >= prior.score(list(SPACE.neighbors(best))).max()


def test_neighbours_keep_to_the_budget() -> None:
    """What joins is within the bound, whatever the prior likes."""
    rng = np.random.default_rng(0)
    budget = Budget(max_parameters=300_000)
    cells = [cell for cell in (SPACE.sample(rng) for _ in range(60)) if budget.allows(cost(cell))]
    found = add_neighbors(SPACE, cells, prior_of(rng), cost=cost, budget=budget)

    assert len(found) > len(set(cells))
    assert all(budget.allows(cost(cell)) for cell in found)


def test_half_of_the_proposals_are_the_predictors_own() -> None:
    """A prior that contradicts the predictors cannot push their favourites out, nor they its own.

    The prior is turned upside down; then its favourites and the predictors' are other cells.
    """
    model = MetaD2AModel.load(Path(WEIGHTS / "nasbench201.safetensors"), SPACE)
    assert model.prior is not None
    model.prior = ArchitecturePrior(SPACE, -model.prior.coefficients)
    torch.set_num_threads(1)
    proposals = [p.architecture for p in model.propose(None, np.random.default_rng(0), cost=cost, top=10)]
    scores, predicted = model.prior.score(proposals), np.array(model.predict(None, proposals))

    # Five that the prior likes better than most cells, five that the predictors like better than nine of ten.
    assert len(proposals) == 10
    assert (scores > np.median(model.prior.score(list(SPACE)))).sum() >= 5
    assert (predicted > np.quantile(model.predict(None, [SPACE[i] for i in range(0, 15_625, 25)]), 0.9)).sum() >= 5


class NothingValid:
    """A generator whose draws are no members of the space, and how often it was asked."""

    asked = 0

    def sample(self, *_: Any, **__: Any) -> list[Any]:
        self.asked += 1
        return []


def test_a_generator_that_draws_no_member_of_a_large_space_is_made_up_for() -> None:
    """Distinct uniform draws come in its place, soon, the same for the same seed."""
    space, generator = MobileNetV3(), NothingValid()

    def drawn() -> list[Any]:
        return draw_candidates(
            space,
            generator,  # type: ignore[arg-type]  # all that is asked of it
            None,
            20,
            np.random.default_rng(0),
            cost=lambda subnet: space.cost(subnet, 10),
            budget=Budget(),
        )

    candidates = drawn()
    assert len(set(candidates)) == 20
    assert generator.asked < 10
    assert candidates == drawn()
