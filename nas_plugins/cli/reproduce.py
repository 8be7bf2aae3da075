"""``nas-plugins reproduce``: a table or figure of a paper, ours beside the published numbers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nas_plugins.cli.output import JsonOption, SeedOption, check_writable, save_json, show, show_table
from nas_plugins.cli.progress import Steps
from nas_plugins.reproduction.options import Options
from nas_plugins.reproduction.registry import REPRODUCTIONS, get_reproduction

if TYPE_CHECKING:
    from nas_plugins.reproduction.report import Report


def reproduce(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(REPRODUCTIONS)}.")],
    images: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of datasets, or a file of it: cifar10.npz, cifar100.npz, ...; may be repeated."),
    ] = None,
    tables: Annotated[
        str | None,
        typer.Option(
            help="Test accuracies: FILE.npz from 'convert', or a folder of DATASET.csv.  [default: validation]"
        ),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            help="Folder of MetaD2A's source database, or of arch2vec's published curves (*.json); a file of output "
            "features; or Once-for-All's accuracy predictor (ofa_mbv3_accuracy_predictor.pth)."
        ),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="Weights of MetaD2A.  [default: those that ship]", exists=True, dir_okay=False)
    ] = None,
    supernet: Annotated[
        Path | None,
        typer.Option(help="Weights of a supernet.  [default: those that ship]", exists=True, dir_okay=False),
    ] = None,
    runs: Annotated[int | None, typer.Option(help="Repetitions, each from its own seed.", min=1)] = None,
    candidates: Annotated[int | None, typer.Option(help="Cells generated and ranked per run.", min=30)] = None,
    samples: Annotated[int | None, typer.Option(help="Cells drawn, or labelled.", min=1)] = None,
    size: Annotated[
        int | None, typer.Option(help="Graphs that each autoencoder is trained and tested on, per space.", min=100)
    ] = None,
    space: Annotated[list[str] | None, typer.Option(help="Search space; may be repeated.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs of each training.", min=1)] = None,
    train: Annotated[
        bool, typer.Option("--train/--no-train", help="Train networks for datasets that no table records.")
    ] = True,
    split: Annotated[str | None, typer.Option(help="Hold records out by 'task', or by 'record'.")] = None,
    strategies: Annotated[
        str | None, typer.Option(help="Search strategies to compare, separated by commas.  [default: the paper's]")
    ] = None,
    preset: Annotated[str | None, typer.Option(help="Settings of the training: default or paper.")] = None,
    processes: Annotated[int | None, typer.Option(help="Parallel processes.  [default: one per core]", min=1)] = None,
    seed: SeedOption = 0,
    output: Annotated[
        Path | None, typer.Option(help="Folder for tables and pictures.  [default: results/reproduce-NAME]")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Do a table or figure of a paper again and put the result beside the published numbers."""
    reproduction = get_reproduction(name)
    check_writable(json)
    given: dict[str, Any] = {
        "images": tuple(images) if images else None,
        "tables": tables,
        "source": source,
        "weights": weights,
        "supernet": supernet,
        "runs": runs,
        "candidates": candidates,
        "samples": samples,
        "size": size,
        "spaces": tuple(space) if space else None,
        "epochs": epochs,
        "train": None if train else False,
        "split": split,
        "strategies": tuple(name.strip() for name in strategies.split(",")) if strategies else None,
        "preset": preset,
        "processes": processes,
    }
    given = {option: value for option, value in given.items() if value is not None}
    reproduction.check(name, given)
    folder = output or Path("results") / f"reproduce-{name}"

    from nas_plugins.strategies.metad2a.side_by_side import one_thread

    with Steps() as steps, one_thread():
        report = reproduction.run(Options(output=folder, seed=seed, on_step=steps.update, **given))
    saved = report.save(folder)
    save_json(json, report.to_json())
    _show(report, saved)


def _show(report: "Report", saved: list[Path]) -> None:
    show(f"{report.title}. {report.source}.")
    for sentence in report.protocol:
        show(f"- {sentence}")
    for table in report.tables:
        show_table(table.title, table.headings, table.cells())
    for path in saved:
        show(f"Table: {path}")
    for path in report.pictures:
        show(f"Picture: {path}")
