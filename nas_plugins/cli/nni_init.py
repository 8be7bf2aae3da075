"""``nas-plugins nni-init``: a ready NNI experiment in a folder."""

from pathlib import Path
from typing import Annotated

import typer

from nas_plugins.cli.output import JsonOption, SeedOption, SpaceOption, check_writable, save_json, show
from nas_plugins.strategies.registry import STRATEGY_NAMES


def nni_init(
    folder: Annotated[Path, typer.Argument(help="Where to write; made if it is missing.")],
    strategy: Annotated[
        str | None,
        typer.Option(
            help=f"Search strategy: {STRATEGY_NAMES}.  [default: metad2a where weights of it ship for the space, else "
            "default]"
        ),
    ] = None,
    space: SpaceOption = "nasbench201",
    dataset: Annotated[
        str | None, typer.Option(help="'digits', a folder of class folders, or an .npz file.  [default: digits]")
    ] = None,
    table: Annotated[
        str | None, typer.Option(help="Look accuracies up instead of training, e.g. in nasbench201/cifar10.")
    ] = None,
    supernet: Annotated[
        str | None,
        typer.Option(
            help="Evaluate in a supernet instead of training: a file of weights, or mobilenetv3 for those that ship."
        ),
    ] = None,
    trials: Annotated[int, typer.Option(help="Trials in all.", min=1)] = 8,
    concurrency: Annotated[int, typer.Option(help="Trials at once.", min=1)] = 2,
    epochs: Annotated[int | None, typer.Option(help="Epochs of each training.  [default: 3]", min=1)] = None,
    port: Annotated[int, typer.Option(help="Port of NNI's server.", min=1, max=65535)] = 8080,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Write an NNI experiment that runs as it is: configuration, search space, trial, and how to run it safely."""
    check_writable(json)
    from nas_plugins.nni import write_project

    files = write_project(
        folder,
        strategy=strategy,
        space=space,
        dataset=dataset,
        table=table,
        supernet=supernet,
        trials=trials,
        concurrency=concurrency,
        epochs=epochs,
        port=port,
        seed=seed,
    )
    save_json(json, {"files": [str(path) for path in files]})
    show(f"Experiment: {folder}")
    show(f"Run it: python {folder / 'run.py'}")
    show(f"NNI's server has no password; {folder / 'README.md'} says how to keep it to this machine")
