"""The tuners that the laws of ``tuner_laws`` hold for; a new one joins here and inherits them all."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nas_plugins.nni import (
    Arch2VecBOTuner,
    Arch2VecRLTuner,
    BayesianTuner,
    DiscreteREINFORCETuner,
    DNGOTuner,
    LocalSearchTuner,
    MetaD2ATuner,
    RandomTuner,
    RegularizedEvolutionTuner,
    REINFORCETuner,
    StrategyTuner,
)
from tests.strategies.catalogue import METAD2A_WEIGHTS
from tests.tune.catalogue import noise_dataset


@dataclass(frozen=True)
class Entry:
    """One tuner, ready to be built again and again.

    Args:
        name: What the test report calls it.
        cls: The class; ``cls()`` must construct.
        build: From keyword arguments to a tuner that proposes at least 20 architectures.
        builtin: Its name after registration, without the prefix ``NasPlugins``.
        needs: A file without which its laws are skipped, such as trained weights.
    """

    name: str
    cls: type[StrategyTuner]
    build: Callable[..., StrategyTuner]
    builtin: str
    needs: Path | None = None


def _metad2a(**options: Any) -> StrategyTuner:
    return MetaD2ATuner(dataset=noise_dataset(), candidates=40, top=30, **options)


CATALOGUE: tuple[Entry, ...] = (
    Entry("strategy", StrategyTuner, lambda **options: StrategyTuner("random", **options), "Strategy"),
    Entry("random", RandomTuner, RandomTuner, "Random"),
    Entry("local_search", LocalSearchTuner, LocalSearchTuner, "LocalSearch"),
    Entry("regularized_evolution", RegularizedEvolutionTuner, RegularizedEvolutionTuner, "RegularizedEvolution"),
    Entry("bayesian", BayesianTuner, BayesianTuner, "Bayesian"),
    Entry("dngo", DNGOTuner, DNGOTuner, "DNGO"),
    Entry("reinforce", REINFORCETuner, REINFORCETuner, "REINFORCE"),
    Entry("reinforce_discrete", DiscreteREINFORCETuner, DiscreteREINFORCETuner, "DiscreteREINFORCE"),
    Entry("arch2vec_rl", Arch2VecRLTuner, Arch2VecRLTuner, "Arch2VecRL"),
    Entry("arch2vec_bo", Arch2VecBOTuner, Arch2VecBOTuner, "Arch2VecBO"),
    Entry("metad2a", MetaD2ATuner, _metad2a, "MetaD2A", needs=METAD2A_WEIGHTS),
    Entry(
        "metad2a, then bayesian",
        MetaD2ATuner,
        lambda **options: _metad2a(then="bayesian", proposals=3, **options),
        "MetaD2A",
        needs=METAD2A_WEIGHTS,
    ),
)
