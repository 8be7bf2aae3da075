"""``nas-plugins benchmark``: many simulated searches on a table."""

from collections.abc import Callable
from dataclasses import replace
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
)
from nas_plugins.cli.output import (
    FromOption,
    JsonOption,
    SeedOption,
    check_writable,
    note,
    save_json,
    show,
    show_table,
)
from nas_plugins.cli.progress import Steps
from nas_plugins.datasets import load_dataset
from nas_plugins.evaluation import Simulation, load_benchmark, mean_interval, simulate_many
from nas_plugins.evaluation.network_scale import network_scale
from nas_plugins.evaluation.previous_results import read_results, tell_results
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies.registry import STRATEGY_NAMES, check_strategy, get_strategy, looks_at_images

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
    if queries is not None and seconds is not None:
        raise InvalidArgument("wanted --queries or --seconds, got both; leave one out")
    if processes is not None and address is not None:
        raise InvalidArgument("wanted --processes or --address, got both; leave one out")
    if queries is None and seconds is None:
        queries = _QUERIES
    loaded = load_benchmark(table, space=space, split=guide, epochs=epochs)
    search_space = bounded(
        loaded.space,
        max_macs=max_macs,
        max_params=max_params,
        max_latency=max_latency,
        latency_table=latency_table,
        **network_scale(loaded),
    )
    if looks_at_images(strategy) and dataset is None:
        note(f"{strategy} looks at images and was given none (--dataset): it proposes for the average source task")
    images = None if dataset is None else load_dataset(dataset).train_test()[0].images_by_class()

    known = [] if previous is None else read_results(previous, loaded.space)
    known = [result for result in known if search_space.contains(result[0])]

    with Steps() as steps:
        simulation = _where(processes, address)(
            lambda run_seed: tell_results(
                get_strategy(strategy, search_space, seed=run_seed, images_by_class=images), known
            ),
            loaded,
            runs,
            seed,
            queries=queries,
            seconds=seconds,
            workers=workers,
            progress=lambda finished: steps.update(f"{strategy} on {loaded.name}", finished, runs),
        )
    if search_space is not loaded.space:
        within = [(a, loaded.score(a)) for a in loaded.architectures() if search_space.contains(a)]
        simulation = replace(simulation, optimum=max(within, key=lambda pair: (pair[1] == pair[1], pair[1])))
    save_json(json, simulation.to_json() | {"strategy": strategy})

    best = np.array([run.best_so_far()[-1] if run.scores else np.nan for run in simulation.runs])
    counts = [len(run.scores) for run in simulation.runs]
    optimum = simulation.optimum[1]
    half_width = mean_interval(best)
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
                f"{np.nanmean(best):.2f} ± {np.nanstd(best, ddof=1 if len(best) > 1 else 0):.2f}",
            ),
            ("95 % interval of the mean", "-" if np.isnan(half_width) else f"± {half_width:.2f}"),
            ("best and worst run", f"{np.nanmax(best):.2f}, {np.nanmin(best):.2f}"),
            ("runs that found the optimum", f"{int((best >= optimum).sum())} of {len(best)}"),
            ("optimum of the table", f"{optimum:.2f}"),
        ],
    )

    from nas_plugins.plots import draw_search

    folder = output or Path("results") / f"benchmark-{strategy}"
    picture = draw_search(
        [list(run.scores) for run in simulation.runs],
        folder / f"{loaded.name.replace('/', '-')}.png",
        title=f"{strategy} on {loaded.name}: {loaded.description}",
        optimum=optimum,
        score_name=loaded.score_name,
    )
    show(f"Picture: {picture}")


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
