"""``nas-plugins search``: the main job, Ray Tune trains what a strategy proposes."""

from pathlib import Path
from typing import Annotated, Any

import typer

from nas_plugins.cli.bounds import (
    LatencyTableOption,
    MaxLatencyOption,
    MaxMacsOption,
    MaxParamsOption,
    latency_bounds,
    latency_measure,
)
from nas_plugins.cli.front import show_front
from nas_plugins.cli.output import (
    FromOption,
    JsonOption,
    SeedOption,
    SpaceOption,
    check_folder,
    check_writable,
    note,
    save_json,
    show,
)
from nas_plugins.cli.progress import Steps
from nas_plugins.datasets import load_dataset
from nas_plugins.percent import percent
from nas_plugins.spaces import NetworkCost, constrain, get_space
from nas_plugins.spaces.files import user_path
from nas_plugins.strategies.registry import STRATEGY_NAMES, check_strategy


def search(
    dataset: Annotated[str, typer.Argument(help="'digits', a folder of class folders, or an .npz file.")],
    space: SpaceOption = "nasbench201",
    strategy: Annotated[str, typer.Option(help=f"Search strategy: {STRATEGY_NAMES}.")] = "metad2a",
    trials: Annotated[int, typer.Option(help="Architectures to train.", min=1)] = 8,
    epochs: Annotated[int, typer.Option(help="Epochs of each training.", min=1)] = 12,
    cells: Annotated[int, typer.Option(help="Cells per stage (N); 5 in NAS-Bench-201.", min=1)] = 1,
    channels: Annotated[int, typer.Option(help="Channels of the first stage (C); 16 in NAS-Bench-201.", min=1)] = 16,
    image_size: Annotated[
        int | None,
        typer.Option(
            help="Image size of the trials.  [default: the supernet's; else their own, 32 for folders]", min=4
        ),
    ] = None,
    flip: Annotated[bool, typer.Option("--flip", help="Mirror images at random: right for photographs.")] = False,
    trial: Annotated[
        str | None,
        typer.Option(
            help="train from scratch, tune a supernet's weights, or evaluate in a supernet.  [default: evaluate in the "
            "space mobilenetv3, train elsewhere]"
        ),
    ] = None,
    supernet: Annotated[
        Path | None,
        typer.Option(help="Weights of a supernet.  [default: those that ship]", exists=True, dir_okay=False),
    ] = None,
    max_params: MaxParamsOption = None,
    max_macs: MaxMacsOption = None,
    max_latency: MaxLatencyOption = None,
    latency_table: LatencyTableOption = None,
    previous: FromOption = None,
    cpus_per_trial: Annotated[float, typer.Option(help="CPU cores each trial takes.", min=0)] = 1,
    gpus_per_trial: Annotated[float, typer.Option(help="GPUs each trial takes; fractions share one.", min=0)] = 0,
    address: Annotated[
        str | None, typer.Option(help="Ray cluster to run on, e.g. 'auto'.  [default: this machine]")
    ] = None,
    seed: SeedOption = 0,
    output: Annotated[
        Path | None, typer.Option(help="Folder for pictures and Ray's files.  [default: results/search-DATASET]")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Search for an architecture: Ray Tune trains what the strategy proposes, and the best is shown."""
    check_writable(json)
    check_strategy(strategy)
    check_folder(output or Path("results"))
    search_space = get_space(space)
    search_space = constrain(search_space, latency_bounds(search_space, max_latency, latency_table))
    latency = None if latency_table is None else latency_measure(search_space, latency_table)

    from nas_plugins.tune.previous_results import previous_results
    from nas_plugins.tune.report import report_search
    from nas_plugins.tune.search import search as run_search
    from nas_plugins.tune.search_trial import default_trial, search_trial

    training: dict[str, Any] = {"epochs": epochs, "cells": cells, "channels": channels}
    training |= {"image_size": image_size, "flip": flip}
    # Built of the dataset's name alone: what does not go together is refused before thousands of pictures are read.
    kind = default_trial(search_space) if trial is None else trial
    search_trial(kind, dataset, search_space, supernet=supernet, seed=seed, training=training)
    known = [] if previous is None else previous_results(previous, space=space)
    images = load_dataset(dataset, folder_size=_trial_size(dataset, image_size, space, trial, supernet))
    folder = output or Path("results") / f"search-{images.name}"

    with Steps() as steps:

        def on_trial(finished: int, best: float) -> None:
            steps.update("trials", finished, trials, f"best {percent(best)}")

        outcome = run_search(
            images,
            space=search_space,
            strategy=strategy,
            trials=trials,
            max_params=max_params,
            max_macs=max_macs,
            previous=known,
            seed=seed,
            cpus_per_trial=cpus_per_trial,
            gpus_per_trial=gpus_per_trial,
            address=address,
            storage=folder / "ray",
            on_trial=on_trial,
            trial=trial,
            supernet=supernet,
            cost=latency,
            **training,
        )
    front = outcome.front(NetworkCost(outcome.space, **outcome.scale) if latency is None else latency)
    save_json(json, outcome.to_json() | {"front": front.to_json()})
    report_search(outcome, folder)
    if strategy == "pareto" and len(front):
        title = f"Best trade-offs of {len(outcome.trials)} trials on {images.name}"
        show(f"Picture: {show_front({'measured': front}, folder / 'front.png', title=title)}")
    if outcome.interrupted:
        note(f"interrupted: {len(outcome.trials)} of {trials} trials had finished; --from {folder} goes on from them")
        raise typer.Exit(130)


def _trial_size(
    dataset: str, image_size: int | None, space: str, trial: str | None, supernet: Path | None
) -> int | None:
    """Pixels a side at which trials look at a folder of pictures; ``None`` where they take them as they are read.

    Raises:
        DamagedFile: The size is the supernet's, and its weights cannot be read.
    """
    within = get_space(space).name == "mobilenetv3" and trial != "train"
    if image_size is not None or not within or not user_path(dataset).is_dir():
        return image_size
    from nas_plugins.spaces.mobilenetv3.checkpoint import find_supernet

    return find_supernet(supernet).image_size
