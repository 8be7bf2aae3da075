"""The main job in one call: a strategy proposes, Ray Tune trains, the outcome comes back."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from ray import tune

from nas_plugins.evaluation.training_settings import TrainingSettings
from nas_plugins.evaluation.trial_config import ARCHITECTURE
from nas_plugins.spaces import SearchSpace, constrain, get_space
from nas_plugins.spaces.constrained_space import ConstrainedSpace, on_record
from nas_plugins.spaces.cost_bound import network_bounds
from nas_plugins.spaces.cost_measure import NetworkCost
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies.metad2a import MetaD2A
from nas_plugins.strategies.registry import THEN, check_strategy, get_strategy, looks_at_images
from nas_plugins.tune.bayesian_searcher import BayesianSearcher
from nas_plugins.tune.discrete_reinforce_searcher import DiscreteREINFORCESearcher
from nas_plugins.tune.dngo_searcher import DNGOSearcher
from nas_plugins.tune.interrupts import Interrupts
from nas_plugins.tune.local_search_searcher import LocalSearchSearcher
from nas_plugins.tune.metad2a_searcher import MetaD2ASearcher
from nas_plugins.tune.outcome import SearchOutcome
from nas_plugins.tune.pareto_searcher import ParetoSearcher
from nas_plugins.tune.random_searcher import RandomSearcher
from nas_plugins.tune.regularized_evolution_searcher import RegularizedEvolutionSearcher
from nas_plugins.tune.reinforce_searcher import REINFORCESearcher
from nas_plugins.tune.resources import concurrency, ray_running, trial_resources
from nas_plugins.tune.search_trial import default_trial, reckoned_scale, search_trial
from nas_plugins.tune.strategy_searcher import StrategySearcher

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset
    from nas_plugins.spaces.cost_measure import CostMeasure

SEARCHERS: dict[str, Callable[..., StrategySearcher]] = {
    "random": RandomSearcher,
    "local_search": LocalSearchSearcher,
    "regularized_evolution": RegularizedEvolutionSearcher,
    "bayesian": BayesianSearcher,
    "dngo": DNGOSearcher,
    "reinforce": REINFORCESearcher,
    "reinforce_discrete": DiscreteREINFORCESearcher,
}
"""Searchers of the strategies that look at no images, by the names of the strategies."""

OnTrial = Callable[[int, float], object]
"""Called after each trial with the number of trials finished and the best score so far (nan before there is one)."""


def search(
    dataset: "ImageDataset",
    *,
    space: str | SearchSpace[Any] = "nasbench201",
    strategy: str = "metad2a",
    trials: int = 8,
    max_params: float | None = None,
    max_macs: float | None = None,
    previous: Sequence[tuple[Any, float]] = (),
    seed: int | None = None,
    cpus_per_trial: float = 1,
    gpus_per_trial: float = 0,
    address: str | None = None,
    storage: str | Path | None = None,
    on_trial: OnTrial | None = None,
    trial: str | None = None,
    supernet: str | Path | None = None,
    cost: "CostMeasure[Any] | None" = None,
    **training: Any,
) -> SearchOutcome:
    """Search for an architecture for a dataset by training proposals with Ray Tune.

    Args:
        dataset: Labelled images; a part is held out to measure accuracy.
        space: Search space, or its name.
        strategy: Name of a strategy, see :data:`nas_plugins.strategies.STRATEGIES`, or two of them joined by ``"+"``.
        trials: Architectures to train.
        max_params: Most parameters of a network, at the size that is trained, or for subnets of a supernet at width 1
            and 224 pixels.
        max_macs: Most multiply-adds of one forward pass on one image, likewise.
        previous: Architectures and accuracies from earlier, which the strategy learns before it proposes, see
            :func:`nas_plugins.tune.previous_results`.
        seed: Seed of the strategy and of every training.
        cpus_per_trial: CPU cores of a trial; as many run at once as fit.
        gpus_per_trial: GPUs of a trial; fractions share one.
        address: Address of a Ray cluster; ``None`` uses the running Ray, or starts one on this machine.
        storage: Folder for Ray's files; Ray's own default where ``None``.
        on_trial: Called after each trial.
        trial: ``"train"`` from scratch, ``"tune"`` from a supernet's weights, or ``"evaluate"`` in a supernet without
            training; ``None`` evaluates in the MobileNetV3 space and trains in the others.
        supernet: Weights of the supernet; ``None`` takes those that ship.
        cost: What the strategy ``pareto`` weighs accuracy against; multiply-adds without. Where figures of some
            networks alone are on record, these are searched.
        **training: Fields of :class:`nas_plugins.evaluation.training.TrainingSettings`.

    Returns:
        All trials and the best of them; those that had finished, where the search was interrupted.

    Raises:
        InvalidArgument: A name, number or setting out of range, or more resources per trial than there are.
        KeyboardInterrupt: The search was interrupted before any trial had finished.
    """
    check_strategy(strategy)
    search_space = get_space(space)
    if trials < 1:
        raise InvalidArgument(f"wanted at least 1 trial, got {trials}")
    resources = trial_resources(cpus_per_trial, gpus_per_trial)
    settings = TrainingSettings.from_config(training)
    kind = default_trial(search_space) if trial is None else trial
    trainable = search_trial(kind, dataset, search_space, supernet=supernet, seed=seed or 0, training=training)
    if strategy == "pareto" and cost is not None:
        search_space = on_record(search_space, [cost])
    scale = reckoned_scale(kind, dataset, search_space, settings)
    options: dict[str, Any] = {"scale": scale}
    # For MetaD2A too: bounds that nothing keeps are refused before Ray starts.
    within = constrain(search_space, network_bounds(search_space, max_macs, max_params, **scale))
    if strategy == "metad2a":
        options |= {"max_params": max_params, "max_macs": max_macs}  # it makes what is too expensive cheaper
    else:
        search_space = within
    known = [pair for pair in previous if search_space.contains(pair[0])]  # earlier ones may lie outside the bounds
    proposals = trials + len(known)  # MetaD2A leaves out what is known
    searcher = _searcher(strategy, search_space, dataset, proposals=proposals, seed=seed, cost=cost, options=options)
    for architecture, score in known:
        searcher.add_evaluated_point({ARCHITECTURE: str(architecture)}, score)
    with ray_running(address), Interrupts() as interrupts:
        analysis = tune.run(
            tune.with_resources(trainable, resources),
            search_alg=searcher,
            metric="accuracy",
            mode="max",
            num_samples=trials,
            max_concurrent_trials=concurrency(resources),
            # A trial's process, its imports and the images on its device serve the next trial too.
            reuse_actors=True,
            storage_path=None if storage is None else str(Path(storage).resolve()),
            trial_dirname_creator=lambda trial: f"trial-{trial.trial_id}",
            callbacks=[interrupts, *([] if on_trial is None else [_Progress(on_trial)])],
            verbose=0,
            raise_on_failed_trial=False,
        )
        outcome = SearchOutcome.from_analysis(analysis, search_space, dataset.name)
    interrupted = outcome.interrupted or (interrupts.noted and len(outcome.trials) < trials)
    if interrupted and not outcome.trials:
        raise KeyboardInterrupt
    return replace(outcome, scale=scale, interrupted=interrupted)


def _searcher(
    strategy: str,
    space: SearchSpace[Any],
    dataset: "ImageDataset",
    *,
    proposals: int,
    seed: int | None,
    cost: "CostMeasure[Any] | None",
    options: dict[str, Any],
) -> StrategySearcher:
    """The searcher of a strategy's name, for so many proposals; ``options`` are for MetaD2A's networks."""
    first, _, then = strategy.partition(THEN)
    if strategy == "pareto":
        measure = NetworkCost(space, **options["scale"]) if cost is None else cost
        return ParetoSearcher(space, "accuracy", "max", costs=[measure], seed=seed)
    if isinstance(space, ConstrainedSpace) and strategy not in SEARCHERS and strategy != "metad2a":
        images = dataset.train_test()[0].images_by_class() if looks_at_images(strategy) else None
        return StrategySearcher(
            space,
            strategy=lambda space, seed: get_strategy(strategy, space, seed=seed, images_by_class=images),
            seed=seed,
        )
    if strategy in SEARCHERS:
        return SEARCHERS[strategy](space, seed=seed)
    if strategy == "metad2a":
        top, candidates = max(30, proposals), max(500, proposals)
        return MetaD2ASearcher(space, dataset=dataset, top=top, candidates=candidates, seed=seed, **options)
    if strategy == "default" and not MetaD2A(space).orders_architectures:
        return BayesianSearcher(space, seed=seed)
    if strategy == "default":
        return MetaD2ASearcher(space, dataset=dataset, then="bayesian", seed=seed, **options)
    if first == "metad2a" and not looks_at_images(then):
        return MetaD2ASearcher(space, dataset=dataset, then=then, seed=seed, **options)
    images = dataset.train_test()[0].images_by_class() if looks_at_images(strategy) else None
    return StrategySearcher(
        space, strategy=lambda space, seed: get_strategy(strategy, space, seed=seed, images_by_class=images), seed=seed
    )


class _Progress(tune.Callback):
    """Counts finished trials and keeps the best score."""

    def __init__(self, on_trial: OnTrial) -> None:
        self._on_trial = on_trial
        self._finished = 0
        self._best = math.nan

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Count a trial that ended well."""
        score = float((trial.last_result or {}).get("accuracy", math.nan))
        self._best = float(np.fmax(self._best, score))  # nan where both are
        self._count()

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Count a trial that failed."""
        self._count()

    def _count(self) -> None:
        self._finished += 1
        self._on_trial(self._finished, self._best)
