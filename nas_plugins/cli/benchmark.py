"""``nas-plugins benchmark``: many simulated searches on a table."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from nas_plugins.cli.bounds import (
    LatencyTableOption,
    MaxLatencyOption,
    MaxMacsOption,
    MaxParamsOption,
    bounded,
    latency_measure,
)
from nas_plugins.cli.front import show_front
from nas_plugins.cli.output import (
    FromOption,
    JsonOption,
    SeedOption,
    check_folder,
    check_writable,
    note,
    save_json,
    show,
    show_table,
)
from nas_plugins.cli.progress import Steps
from nas_plugins.datasets import load_dataset
from nas_plugins.evaluation import Benchmark, Simulation, load_benchmark, mean_interval, simulate_many
from nas_plugins.evaluation.network_scale import network_scale
from nas_plugins.evaluation.previous_results import read_results, tell_results
from nas_plugins.evaluation.trade_offs import TradeOffs
from nas_plugins.spaces import ListedSpace, NetworkCost, SearchSpace
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies import ParetoSearch, Strategy
from nas_plugins.strategies.pareto_front import ParetoFront
from nas_plugins.strategies.registry import STRATEGY_NAMES, Images, check_strategy, get_strategy, looks_at_images

_QUERIES = 150


def benchmark(
    strategy: Annotated[str, typer.Argument(help=f"Search strategy: {STRATEGY_NAMES}.")],
    table: Annotated[
        str, typer.Option(help="Built-in table, FILE.csv with --space, or a converted FILE.npz/DATASET.")
    ] = "nasbench201/cifar10",
    queries: Annotated[
        int | None, typer.Option(help=f"Architectures looked up per run.  [default: {_QUERIES}]", min=1)
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="Simulated seconds per run instead; of one worker, recorded training seconds.")
    ] = None,
    workers: Annotated[int, typer.Option(help="Simulated trainings at a time within each run.", min=1)] = 1,
    runs: Annotated[int, typer.Option(help="Searches, each from its own seed.", min=1)] = 30,
    guide: Annotated[str, typer.Option(help="What scores are: validation or test accuracy.")] = "validation",
    epochs: Annotated[
        int | None, typer.Option(help="Epochs of the recorded trainings.  [default: the longest]", min=1)
    ] = None,
    space: Annotated[str | None, typer.Option(help="Search space of a .csv table.")] = None,
    dataset: Annotated[
        str | None, typer.Option(help="Images of the table's dataset, for strategies that look at them.")
    ] = None,
    max_params: MaxParamsOption = None,
    max_macs: MaxMacsOption = None,
    max_latency: MaxLatencyOption = None,
    latency_table: LatencyTableOption = None,
    previous: FromOption = None,
    processes: Annotated[int | None, typer.Option(help="Parallel processes.  [default: one per core]", min=1)] = None,
    address: Annotated[
        str | None, typer.Option(help="Ray cluster to compute the runs on instead, e.g. 'auto'.")
    ] = None,
    seed: SeedOption = 0,
    output: Annotated[
        Path | None, typer.Option(help="Folder for the picture.  [default: results/benchmark-STRATEGY]")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Run a strategy many times on a table of recorded trainings and report how well it does."""
    check_writable(json)
    check_strategy(strategy)
    check_folder(output or Path("results"))
    if queries is not None and seconds is not None:
        raise InvalidArgument("wanted --queries or --seconds, got both; leave one out")
    if processes is not None and address is not None:
        raise InvalidArgument("wanted --processes or --address, got both; leave one out")
    if dataset is not None and not looks_at_images(strategy):
        raise InvalidArgument(f"wanted no --dataset: the strategy {strategy} looks at no images; leave it out")
    if latency_table is not None and max_latency is None and strategy != "pareto":
        raise InvalidArgument(
            f"wanted --max-latency, or the strategy pareto, beside --latency-table, which are what reads "
            f"{latency_table}, got neither; leave the table out"
        )
    if queries is None and seconds is None:
        queries = _QUERIES
    loaded = load_benchmark(table, space=space, split=guide, epochs=epochs)
    if isinstance(loaded.space, ListedSpace):
        note(
            f"{loaded.name} has {len(loaded.space):,} of the architectures of {loaded.space.name}: "
            "searches choose among these alone"
        )
    search_space = bounded(
        loaded.space,
        max_macs=max_macs,
        max_params=max_params,
        max_latency=max_latency,
        latency_table=latency_table,
        **network_scale(loaded),
    )
    optimum = _optimum(loaded, search_space)
    known = [] if previous is None else _read_known(previous, loaded, search_space)
    if looks_at_images(strategy) and dataset is None:
        note(f"{strategy} looks at images and was given none (--dataset): it proposes for the average source task")
    images = None if dataset is None else load_dataset(dataset).train_test()[0].images_by_class()

    latency = () if latency_table is None else (latency_measure(search_space, latency_table),)
    costs = latency or (NetworkCost(search_space, **network_scale(loaded)),)

    with Steps() as steps:
        simulation = _where(processes, address)(
            lambda run_seed: tell_results(_build(strategy, search_space, run_seed, images, costs), known),
            loaded,
            runs,
            seed,
            queries=queries,
            seconds=seconds,
            workers=workers,
            progress=lambda finished: steps.update(f"{strategy} on {loaded.name}", finished, runs),
        )
    simulation = replace(simulation, optimum=optimum)
    if not np.isfinite([score for run in simulation.runs for score in run.scores]).any():
        raise InvalidArgument(
            f"wanted at least one score in {runs} searches, got none: all trainings of {loaded.name} that "
            f"{strategy} asks for failed, or take longer than the budget; raise the budget, or take another strategy"
        )
    result = simulation.to_json() | {"strategy": strategy}
    found = _trade_offs(simulation, loaded, search_space, latency_table) if strategy == "pareto" else None
    if found is not None:
        result |= {"hypervolume": found.coverages, "front": found.union.to_json(), "reference": found.reference}
    save_json(json, result)

    best = np.array([run.best_so_far()[-1] if run.scores else np.nan for run in simulation.runs])
    counts = [len(run.scores) for run in simulation.runs]
    half_width = mean_interval(best)
    told = _rounded(optimum[1])
    show_table(
        f"{strategy} on {loaded.name}",
        ("figure", "value"),
        [
            ("guided by and reported", loaded.description),
            ("runs", str(len(best))),
            ("queries per run", _span(counts)),
            ("trainings at a time", str(workers)),
            *([("results known before", str(len(known)))] if known else []),
            *_hours(simulation),
            (
                "best found, mean ± std",
                f"{told(np.nanmean(best))} ± {told(np.nanstd(best, ddof=1 if len(best) > 1 else 0))}",
            ),
            ("95 % interval of the mean", "-" if np.isnan(half_width) else f"± {told(half_width)}"),
            ("best and worst run", f"{told(np.nanmax(best))}, {told(np.nanmin(best))}"),
            ("runs that found the optimum", f"{int((best >= optimum[1]).sum())} of {len(best)}"),
            ("optimum of the table", told(optimum[1])),
            *([] if found is None else [("hypervolume of the table's front found, mean", f"{found.mean:.2f} %")]),
        ],
    )

    from nas_plugins.plots import draw_search

    folder = output or Path("results") / f"benchmark-{strategy}"
    picture = draw_search(
        [list(run.scores) for run in simulation.runs],
        folder / f"{loaded.name.replace('/', '-')}.png",
        title=f"{strategy} on {loaded.name}: {loaded.description}",
        optimum=optimum[1],
        score_name=loaded.score_name,
    )
    show(f"Picture: {picture}")
    if found is not None:
        fronts = {"found by all runs": found.union, "of the table": found.table}
        title = f"Best trade-offs on {loaded.name}"
        picture = show_front(fronts, folder / "front.png", title=title, score=loaded.score_name)
        show(f"Picture: {picture}")


def _read_known(path: Path, table: Benchmark[Any], space: SearchSpace[Any]) -> list[tuple[Any, float]]:
    """Earlier results within the bounds; those of architectures that the table has not are no mistake, and left out."""
    whole = table.space.whole if isinstance(table.space, ListedSpace) else table.space
    return [result for result in read_results(path, whole) if space.contains(result[0])]


def _build(strategy: str, space: SearchSpace[Any], seed: int, images: Images, costs: Any) -> Strategy[Any]:
    """A strategy by name; Pareto search reckons with networks of the table's size."""
    if strategy == "pareto":
        return ParetoSearch(space, costs, seed=seed)
    return get_strategy(strategy, space, seed=seed, images_by_class=images)


@dataclass(frozen=True)
class _Found:
    """What runs found of the table's trade-offs: percent of hypervolume after each query, and the fronts."""

    coverages: list[list[float]]
    union: ParetoFront[Any]
    table: ParetoFront[Any]
    reference: dict[str, float]

    @property
    def mean(self) -> float:
        """Percent in the end."""
        return float(np.mean([coverage[-1] for coverage in self.coverages if coverage]))


def _trade_offs(
    simulation: Simulation[Any], table: Benchmark[Any], space: SearchSpace[Any], latency_table: str | None
) -> _Found:
    cost = None if latency_table is None else latency_measure(space, latency_table)
    trade_offs = TradeOffs(table, space, cost)
    coverages = [trade_offs.coverage(run.architectures, run.scores) for run in simulation.runs]
    together = {a: score for run in simulation.runs for a, score in zip(run.architectures, run.scores, strict=True)}
    return _Found(coverages, trade_offs.of([*together], [*together.values()]), trade_offs.front, trade_offs.reference)


def _optimum(table: Benchmark[Any], space: SearchSpace[Any]) -> tuple[Any, float]:
    """The best architecture of a part of the table, with its score."""
    if space is table.space:
        return table.optimum()
    within = [(a, table.score(a)) for a in table.architectures() if space.contains(a)]
    scored = [pair for pair in within if np.isfinite(pair[1])]
    if not scored:
        raise InvalidArgument(f"wanted rows of {table.name} with a score within the bounds, found none; raise a bound")
    return max(scored, key=lambda pair: pair[1])


def _rounded(best: float) -> Callable[[float], str]:
    """How scores are told, the best of which is known: two decimals of percent, four digits of what is smaller."""
    return (lambda score: f"{score:.2f}") if abs(best) >= 1 else (lambda score: f"{score:.4g}")


def _where(processes: int | None, address: str | None) -> Callable[..., Simulation[Any]]:
    """What computes the runs: processes of this machine, or a Ray cluster."""
    if address is None:
        return partial(simulate_many, processes=processes)
    from nas_plugins.tune.cluster_simulation import simulate_on_cluster

    return partial(simulate_on_cluster, address=address)


def _hours(simulation: Simulation[Any]) -> list[tuple[str, str]]:
    """A row of simulated time, where the table has training seconds."""
    hours = [max(end for end in run.ends if end is not None) / 3600 for run in simulation.runs if any(run.ends)]
    return [("simulated hours per run, mean", f"{np.mean(hours):.1f}")] if hours else []


def _span(counts: list[int]) -> str:
    return str(counts[0]) if len(set(counts)) == 1 else f"{min(counts)} to {max(counts)}"
