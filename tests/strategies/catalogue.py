"""The strategies that the laws of ``test_strategy_laws.py`` hold for; a new one joins here and inherits them all."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nas_plugins.spaces import CostMeasure, NASBench201, SearchSpace
from nas_plugins.strategies import (
    REINFORCE,
    BayesianOptimization,
    DiscreteREINFORCE,
    DiscreteReinforceSettings,
    DNGOSurrogate,
    LatentRounds,
    LocalSearch,
    ParetoSearch,
    RandomSearch,
    RegularizedEvolution,
    ReinforceSettings,
    Strategy,
    WarmStart,
)
from nas_plugins.strategies.metad2a import MetaD2A
from nas_plugins.strategies.metad2a.metad2a import WEIGHTS


class TextCost(CostMeasure[Any]):
    """A cost of architectures of any space: how often their text has one of the letters a, b and s."""

    name, unit = "letters", "letters"

    def __call__(self, architecture: Any) -> float:
        return float(sum(str(architecture).count(letter) for letter in "abs"))

    def key(self) -> tuple[()]:
        return ()


@dataclass(frozen=True)
class Entry:
    """One strategy, ready to be built again and again.

    Args:
        name: What the test report calls it.
        build: From space and seed to a fresh strategy; special constructors go in here.
        space: A space in which at least 20 proposals come before the strategy is exhausted.
        any_space: Whether it also searches spaces it has never seen, such as the tests' tiny one.
        needs: A file without which the strategy's laws are skipped, such as trained weights.
    """

    name: str
    build: Callable[[SearchSpace[Any], int | None], Strategy[Any]]
    space: SearchSpace[Any]
    any_space: bool = True
    needs: Path | None = None


def fake_images() -> list["np.ndarray[Any, np.dtype[np.uint8]]"]:
    """Three classes of a few small pictures of noise."""
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (size, 8, 8, 3), dtype=np.uint8) for size in (5, 6, 7)]


METAD2A_WEIGHTS = WEIGHTS / "nasbench201.safetensors"


def _reinforce(preset: str) -> Entry:
    # Episodes of three, so that the policy learns within the laws' few trials.
    settings = ReinforceSettings.preset(preset, initial=2, episode=3)
    return Entry(
        f"reinforce, {preset}",
        lambda space, seed: REINFORCE(space, settings=settings, seed=seed),
        NASBench201(),
        any_space=False,
    )


def _reinforce_discrete(preset: str) -> Entry:
    settings = DiscreteReinforceSettings.preset(preset, initial=2)
    return Entry(
        f"reinforce_discrete, {preset}",
        lambda space, seed: DiscreteREINFORCE(space, settings=settings, seed=seed),
        NASBench201(),
    )


CATALOGUE: tuple[Entry, ...] = (
    Entry("random", lambda space, seed: RandomSearch(space, seed=seed), NASBench201()),
    Entry("local_search", lambda space, seed: LocalSearch(space, seed=seed), NASBench201()),
    Entry(
        "regularized_evolution",
        lambda space, seed: RegularizedEvolution(space, population=4, sample=2, seed=seed),
        NASBench201(),
    ),
    Entry("bayesian", lambda space, seed: BayesianOptimization(space, initial=4, draws=50, seed=seed), NASBench201()),
    Entry(
        "dngo",
        lambda space, seed: BayesianOptimization(
            space, surrogate=DNGOSurrogate(), initial=4, neighborhoods=2, draws=50, seed=seed
        ),
        NASBench201(),
    ),
    *(_reinforce(preset) for preset in ReinforceSettings.PRESETS),
    *(_reinforce_discrete(preset) for preset in DiscreteReinforceSettings.PRESETS),
    Entry(
        "latent_rounds",
        lambda space, seed: LatentRounds(space, initial=3, top=2, seed=seed),
        NASBench201(),
        any_space=False,
    ),
    Entry("pareto", lambda space, seed: ParetoSearch(space, [TextCost()], initial=4, seed=seed), NASBench201()),
    Entry(
        "warm_start",
        lambda space, seed: WarmStart(
            space,
            RandomSearch(space, seed=seed),
            LocalSearch(space, seed=seed),
            proposals=3,
            diverse=2,
            seed=seed,
        ),
        NASBench201(),
    ),
    Entry(
        "warm_start_choosing",
        lambda space, seed: WarmStart(
            space,
            RandomSearch(space, seed=seed),
            BayesianOptimization(space, initial=4, neighborhoods=2, draws=50, seed=seed),
            proposals=6,
            diverse=2,
            seed=seed,
        ),
        NASBench201(),
    ),
    Entry(
        "metad2a",
        lambda space, seed: MetaD2A(space, fake_images(), candidates=40, top=20, seed=seed),
        NASBench201(),
        any_space=False,
        needs=METAD2A_WEIGHTS,
    ),
)
