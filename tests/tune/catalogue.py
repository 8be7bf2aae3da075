"""The searchers that the laws of ``searcher_laws`` hold for; a new one joins here and inherits them all."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nas_plugins.datasets import ImageDataset
from nas_plugins.tune import (
    Arch2VecBOSearcher,
    Arch2VecRLSearcher,
    BayesianSearcher,
    DefaultSearcher,
    DiscreteREINFORCESearcher,
    DNGOSearcher,
    LocalSearchSearcher,
    MetaD2ASearcher,
    ParetoSearcher,
    RandomSearcher,
    RegularizedEvolutionSearcher,
    REINFORCESearcher,
    StrategySearcher,
)
from tests.strategies.catalogue import METAD2A_WEIGHTS


@dataclass(frozen=True)
class Entry:
    """One searcher, ready to be built again and again.

    Args:
        name: What the test report calls it.
        cls: The class; ``cls()`` must construct.
        build: From keyword arguments of Ray's order to a searcher that proposes at least 20 architectures.
        needs: A file without which its laws are skipped, such as trained weights.
        blind: Suggestions at the start that no result changes, whenever it comes; four at most are looked at.
        several: Whether it takes lists of metrics and modes.
        looks_at_images: Whether ``cls()`` proposes for the dataset of its trials.
    """

    name: str
    cls: type[StrategySearcher]
    build: Callable[..., StrategySearcher]
    needs: Path | None = None
    blind: int = 4
    several: bool = False
    looks_at_images: bool = False


def noise_dataset() -> ImageDataset:
    """Thirty small pictures of noise in three classes."""
    rng = np.random.default_rng(0)
    return ImageDataset(
        "noise",
        rng.integers(0, 256, (30, 8, 8, 3), dtype=np.uint8),
        np.arange(30, dtype=np.int64) % 3,
        ("a", "b", "c"),
    )


def _metad2a(**options: Any) -> StrategySearcher:
    return MetaD2ASearcher(dataset=noise_dataset(), candidates=40, top=30, **options)


CATALOGUE: tuple[Entry, ...] = (
    Entry("strategy", StrategySearcher, StrategySearcher),
    Entry("random", RandomSearcher, RandomSearcher),
    Entry("local_search", LocalSearchSearcher, LocalSearchSearcher, blind=1),
    Entry("regularized_evolution", RegularizedEvolutionSearcher, RegularizedEvolutionSearcher),
    Entry("bayesian", BayesianSearcher, BayesianSearcher),
    Entry("pareto", ParetoSearcher, ParetoSearcher, several=True),
    Entry("dngo", DNGOSearcher, DNGOSearcher),
    Entry("reinforce", REINFORCESearcher, REINFORCESearcher),
    Entry("reinforce_discrete", DiscreteREINFORCESearcher, DiscreteREINFORCESearcher),
    Entry("arch2vec_rl", Arch2VecRLSearcher, Arch2VecRLSearcher),
    Entry("arch2vec_bo", Arch2VecBOSearcher, Arch2VecBOSearcher),
    Entry("default", DefaultSearcher, DefaultSearcher, needs=METAD2A_WEIGHTS, looks_at_images=True),
    Entry("metad2a", MetaD2ASearcher, _metad2a, needs=METAD2A_WEIGHTS, looks_at_images=True),
    Entry(
        "metad2a, then bayesian",
        MetaD2ASearcher,
        lambda **options: _metad2a(then="bayesian", proposals=3, **options),
        needs=METAD2A_WEIGHTS,
        looks_at_images=True,
    ),
)
