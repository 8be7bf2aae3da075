"""A strategy of one's own: ask, tell, and a state that JSON can hold; Ray Tune runs it on a table.

This one hill-climbs: it asks for a random neighbour of the best cell so far.
"""

import math
from typing import Any

import numpy as np
from ray import tune

from nas_plugins.spaces import SearchSpace
from nas_plugins.spaces.nasbench201 import Cell
from nas_plugins.strategies.strategy import Strategy, check_state, generator_from_state, generator_state
from nas_plugins.tune import StrategySearcher, table_trial


class HillClimbing(Strategy[Cell]):
    """Asks for a neighbour of the best architecture told so far; starts from a random one."""

    def __init__(self, space: SearchSpace[Cell], seed: int | None = None) -> None:
        self.space = space
        self.best: Cell | None = None
        self.best_score = -math.inf
        self.rng = np.random.default_rng(seed)

    def ask(self) -> Cell:
        if self.best is None:
            return self.space.sample(self.rng)
        neighbors = list(self.space.neighbors(self.best))
        return neighbors[self.rng.integers(len(neighbors))]

    def tell(self, architecture: Cell, score: float) -> None:
        if score > self.best_score:  # false for nan: a failed trial is never the best
            self.best, self.best_score = architecture, score

    def state_dict(self) -> dict[str, Any]:
        best = None if self.best is None else [str(self.best), self.best_score]
        return {"strategy": "hill_climbing", "best": best, "rng": generator_state(self.rng)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        check_state(state, strategy="hill_climbing")
        self.rng = generator_from_state(state["rng"])
        if state["best"] is not None:
            self.best, self.best_score = self.space.parse(state["best"][0]), state["best"][1]


analysis = tune.run(
    table_trial("nasbench201/cifar10"),
    search_alg=StrategySearcher(strategy=HillClimbing, seed=0),
    metric="accuracy",
    mode="max",
    num_samples=60,
    reuse_actors=True,
    verbose=0,
)
print(f"Best of 60 look-ups: {analysis.best_config['architecture']}")
print(f"Validation accuracy: {analysis.best_result['accuracy']:.2f} % (the best of all 15,625 cells has 91.61 %)")
