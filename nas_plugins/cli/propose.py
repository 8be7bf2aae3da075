"""``nas-plugins propose``: images in, ranked architectures out, nothing trained."""

import time
from pathlib import Path
from typing import Annotated

import typer

from nas_plugins.cli.output import (
    JsonOption,
    SeedOption,
    SpaceOption,
    check_writable,
    save_json,
    show,
    show_table,
    stderr,
)
from nas_plugins.datasets import load_dataset
from nas_plugins.percent import percent
from nas_plugins.spaces import get_space
from nas_plugins.strategies import MetaD2A


def propose(
    dataset: Annotated[str, typer.Argument(help="'digits', a folder of class folders, or an .npz file.")],
    space: SpaceOption = "nasbench201",
    candidates: Annotated[int, typer.Option(help="Architectures to generate and rank.", min=1)] = 500,
    top: Annotated[int, typer.Option(help="Proposals to show.", min=1)] = 30,
    seed: SeedOption = 0,
    output: Annotated[
        Path | None, typer.Option(help="Folder for the pictures.  [default: results/propose-DATASET]")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Propose architectures for a dataset from its images, before anything is trained."""
    check_writable(json)
    search_space = get_space(space)
    images = load_dataset(dataset)
    training_part, _ = images.train_test()
    with stderr.status(f"MetaD2A looks at {len(training_part):,} images of {images.num_classes} classes"):
        start = time.perf_counter()
        strategy = MetaD2A(
            search_space, training_part.images_by_class(), candidates=candidates, top=min(top, candidates), seed=seed
        )
        proposals = strategy.proposals
        seconds = time.perf_counter() - start
    rows = [
        (str(rank), str(p.architecture), percent(p.predicted_accuracy)) for rank, p in enumerate(proposals, start=1)
    ]
    show_table(f"{len(proposals)} architectures for {images.name}", ("rank", "architecture", "predicted"), rows)
    show("Predicted accuracies are on the scale of the meta-training tasks: they rank, they do not promise.")

    from nas_plugins.plots import draw_architectures

    folder = output or Path("results") / f"propose-{images.name}"
    picture = draw_architectures(
        search_space,
        [p.architecture for p in proposals[:10]],
        folder / "architectures.png",
        captions=[
            f"{rank}. predicted {percent(p.predicted_accuracy, 1)}" for rank, p in enumerate(proposals[:10], start=1)
        ],
        title=f"Proposed for {images.name}",
    )
    save_json(
        json,
        {
            "space": search_space.name,
            "dataset": images.name,
            "seconds": seconds,
            "proposals": [
                {"architecture": str(p.architecture), "predicted_accuracy": p.predicted_accuracy} for p in proposals
            ],
        },
    )
    show(f"Ranked in {seconds:.1f} s without training. Picture: {picture}")
