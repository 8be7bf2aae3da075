"""``nas-plugins propose``: images in, ranked architectures out, nothing trained."""

import time
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    JsonOption,
    SeedOption,
    SpaceOption,
    check_folder,
    check_writable,
    note,
    save_json,
    show,
    show_table,
    stderr,
)
from nas_plugins.datasets import ImageDataset, load_dataset
from nas_plugins.percent import percent
from nas_plugins.spaces import constrain, get_space
from nas_plugins.spaces.errors import DamagedFile, InvalidArgument
from nas_plugins.strategies import MetaD2A

if TYPE_CHECKING:
    from nas_plugins.strategies.metad2a import DatasetMap, Forecast


def propose(
    dataset: Annotated[str, typer.Argument(help="'digits', a folder of class folders, or an .npz file.")],
    space: SpaceOption = "nasbench201",
    candidates: Annotated[int, typer.Option(help="Architectures to generate and rank.", min=1)] = 500,
    top: Annotated[int, typer.Option(help="Proposals to show.", min=1)] = 30,
    max_params: MaxParamsOption = None,
    max_macs: MaxMacsOption = None,
    max_latency: MaxLatencyOption = None,
    latency_table: LatencyTableOption = None,
    pareto: Annotated[
        bool,
        typer.Option(
            "--pareto", help="Show the best trade-offs of accuracy and multiply-adds too, or of --latency-table."
        ),
    ] = False,
    weights: Annotated[
        Path | None, typer.Option(help="Weights of MetaD2A.  [default: those that ship]", exists=True, dir_okay=False)
    ] = None,
    seed: SeedOption = 0,
    output: Annotated[
        Path | None, typer.Option(help="Folder for the pictures.  [default: results/propose-DATASET]")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Propose architectures for a dataset from its images, before anything is trained."""
    check_writable(json)
    check_folder(output or Path("results"))
    search_space = get_space(space)
    if latency_table is not None and max_latency is None and not pareto:
        raise InvalidArgument(
            f"wanted --max-latency or --pareto beside --latency-table, which are what reads {latency_table}, got "
            "neither; add one, or leave the table out"
        )
    # Parameters and multiply-adds MetaD2A keeps to by itself.
    within = constrain(search_space, latency_bounds(search_space, max_latency, latency_table))
    latency = None if latency_table is None else latency_measure(search_space, latency_table)
    images = load_dataset(dataset)
    training_part, test_part = images.train_test()
    with stderr.status("loading torch"):
        # Before the clock starts: the import takes longer than proposing.
        import_module("nas_plugins.strategies.metad2a.model")
    with stderr.status(f"MetaD2A looks at {len(training_part):,} images of {images.num_classes} classes"):
        start = time.perf_counter()
        strategy = MetaD2A(
            within,
            training_part.images_by_class(),
            candidates=candidates,
            top=min(top, candidates),
            max_params=max_params,
            max_macs=max_macs,
            scale={"num_classes": images.num_classes},
            seed=seed,
            weights=weights,
        )
        proposals = strategy.proposals
        seconds = time.perf_counter() - start
    forecasts = _forecast(strategy, [p.architecture for p in proposals], len(test_part))
    known = _known_datasets(strategy)
    nearest = [] if known is None else list(known.distances(strategy.dataset_vectors))[:3]
    front = None
    if pareto:
        with stderr.status("MetaD2A looks for trade-offs"):
            front = strategy.front(latency)
    # Whoever reads the first lines alone, as `head` does, ends what comes after them.
    save_json(
        json,
        {
            "space": search_space.name,
            "dataset": images.name,
            "seconds": seconds,
            "proposals": [
                {
                    "architecture": str(p.architecture),
                    "predicted_accuracy": p.predicted_accuracy,
                    "parameters": p.cost.parameters,
                    "multiply_adds": p.cost.multiply_adds,
                }
                | ({"short_training": asdict(forecasts[rank])} if forecasts else {})
                for rank, p in enumerate(proposals)
            ],
            "nearest_datasets": nearest,
            **({} if front is None else {"front": front.to_json()}),
        },
    )
    _show_proposals(strategy, images, forecasts)

    from nas_plugins.plots import draw_architectures

    folder = output or Path("results") / f"propose-{images.name}"
    pictures = [
        draw_architectures(
            search_space,
            [p.architecture for p in proposals[:10]],
            folder / "architectures.png",
            captions=[
                f"{rank}. predicted {percent(p.predicted_accuracy, 1)}\n"
                f"{p.cost.multiply_adds / 1e6:.0f} M multiply-adds"
                for rank, p in enumerate(proposals[:10], start=1)
            ],
            title=f"Proposed for {images.name}",
        )
    ]
    if front is not None:
        title = f"Best trade-offs for {images.name}, predicted before any training"
        score = "predicted accuracy (%)"
        pictures.append(show_front({"predicted": front}, folder / "pareto.png", title=title, score=score))
    if known is not None:
        pictures.append(_show_map(known, strategy, images.name, folder / "datasets.png"))
    show(f"Ranked in {seconds:.1f} s without training.")
    for picture in pictures:
        show(f"Picture: {picture}")


def _show_proposals(strategy: MetaD2A[Any], images: ImageDataset, forecasts: "list[Forecast]") -> None:
    """The table of proposals, what its figures mean, and what a short training of the first may reach."""
    rows = [
        (
            str(rank),
            str(p.architecture),
            percent(p.predicted_accuracy),
            f"{p.cost.parameters / 1e6:.3f}",
            f"{p.cost.multiply_adds / 1e6:.1f}",
        )
        for rank, p in enumerate(strategy.proposals, start=1)
    ]
    show_table(
        f"{len(rows)} architectures for {images.name}",
        ("rank", "architecture", "predicted", "M params", "M MACs"),
        rows,
    )
    many = images.num_classes > strategy.most_classes
    classes = f" for {strategy.most_classes} of the {images.num_classes} classes" if many else ""
    show(f"Predicted accuracies{classes} are on the scale of the meta-training tasks: they rank, they do not promise.")
    if not strategy.orders_architectures:
        note(
            f"these weights put {percent(100 * strategy.pairs_in_order, 0)} of pairs of held-out tasks in the right "
            "order, where half is chance: choose by cost, or look networks up with nas-plugins search"
        )
    if forecasts:
        first = forecasts[0]
        protocol = strategy.accuracy_forecast().protocol.replace(",", ", ")
        show(
            f"A short training of the first is expected to reach {percent(first.accuracy, 0)}; 90 % of such trainings "
            f"lie between {percent(first.low, 0)} and {percent(first.high, 0)} ({protocol})."
        )
    pixels = 224 if strategy.space.name == "mobilenetv3" else 32
    show(
        f"M params, M MACs: millions of parameters, and of multiply-adds per image of {pixels}x{pixels}, of the "
        "full-size network."
    )


def _forecast(strategy: MetaD2A[Any], architectures: list[Any], test_images: int) -> "list[Forecast]":
    """Forecast short trainings; where the weights come without a forecast, a note says so."""
    if strategy.space.name != "nasbench201":
        return []  # There are forecasts of its cells alone.
    try:
        return strategy.forecast(architectures, test_images=test_images)
    except DamagedFile as error:
        note(f"no accuracy forecast: {error}")
        return []


def _known_datasets(strategy: MetaD2A[Any]) -> "DatasetMap | None":
    """The map of known datasets; where the weights have none of their own, a note says so."""
    try:
        return strategy.known_datasets()
    except DamagedFile as error:
        note(f"no map of datasets drawn: {error}")
        return None


def _show_map(known: "DatasetMap", strategy: MetaD2A[Any], name: str, picture: Path) -> Path:
    """Say which known datasets look most like this one, and draw where it lies among all of them."""
    from nas_plugins.plots import draw_dataset_map

    vectors = strategy.dataset_vectors
    distances = known.distances(vectors)
    nearest = list(distances)[:3]
    far = distances[nearest[0]] > known.isolation()
    show(
        f"{name} looks most like: {', '.join(nearest)}"
        + (", but is unlike all known datasets: trust the ranking less." if far else ".")
    )
    return draw_dataset_map(
        {dataset: known.standardised(rows) for dataset, rows in known.vectors.items()},
        known.standardised(vectors),
        picture,
        name=name,
        title=f"{name} among known datasets",
    )
