"""``nas-plugins collect``: train architectures on tasks drawn from datasets, and keep the records."""

import math
import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from nas_plugins.cli.output import JsonOption, SeedOption, SpaceOption, check_writable, save_json, show, show_table
from nas_plugins.cli.progress import Steps
from nas_plugins.datasets import load_dataset
from nas_plugins.evaluation.collection_measure import CollectionMeasure
from nas_plugins.evaluation.collection_plan import CollectionPlan
from nas_plugins.evaluation.collection_settings import MEASURED, CollectionSettings
from nas_plugins.evaluation.supernet_measure import SupernetMeasure
from nas_plugins.evaluation.training_measure import TrainingMeasure
from nas_plugins.evaluation.tuning_measure import TuningMeasure
from nas_plugins.spaces import SearchSpace, get_space
from nas_plugins.spaces.errors import InvalidArgument

if TYPE_CHECKING:
    from nas_plugins.spaces.mobilenetv3.supernet import Supernet

_FAVOURED = 5000
_DEFAULTS = CollectionSettings()


def collect(
    images: Annotated[list[str], typer.Argument(help="Datasets to draw tasks from: folders, .npz files, 'digits'.")],
    records: Annotated[Path, typer.Option(help="Parquet file that the records are appended to.")] = Path(
        "results/records.parquet"
    ),
    trainings: Annotated[int, typer.Option(help="Trainings wanted on record.", min=1)] = 500,
    hours: Annotated[
        float | None, typer.Option(help="End after so long; trainings in progress are lost.", min=0)
    ] = None,
    space: SpaceOption = "nasbench201",
    favoured: Annotated[
        bool,
        typer.Option(
            "--favoured/--uniform",
            help=f"Draw every other cell from the {_FAVOURED:,} best of ImageNet16-120's table, as published; every "
            "other subnet with the layers of a unit alike, or, half of these, as the supernet's training drew them.",
        ),
    ] = True,
    classes: Annotated[int, typer.Option(help="Most classes of a task.")] = _DEFAULTS.classes,
    most_images: Annotated[int, typer.Option(help="Most training images of a task.")] = _DEFAULTS.images,
    passes: Annotated[int, typer.Option(help="Training images times epochs of a training.")] = _DEFAULTS.passes,
    least_epochs: Annotated[int, typer.Option(help="Least epochs.")] = _DEFAULTS.least_epochs,
    most_epochs: Annotated[int, typer.Option(help="Most epochs.")] = _DEFAULTS.most_epochs,
    architectures: Annotated[int, typer.Option(help="Architectures per task.")] = _DEFAULTS.architectures,
    cells: Annotated[int, typer.Option(help="Cells per stage (N).")] = _DEFAULTS.cells,
    channels: Annotated[int, typer.Option(help="Channels of the first stage (C).")] = _DEFAULTS.channels,
    image_size: Annotated[int, typer.Option(help="Train on images of this size.")] = _DEFAULTS.image_size,
    supernet: Annotated[
        Path | None,
        typer.Option(
            help="Evaluate subnets of these weights instead of training; 'mobilenetv3' takes those that ship."
        ),
    ] = None,
    tune: Annotated[
        bool, typer.Option("--tune", help="Train subnets on from the supernet's weights instead of evaluating them.")
    ] = False,
    style: Annotated[
        list[str] | None,
        typer.Option(help="Show every other task in this style; give it again for more.  [default: all styles]"),
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Leave all pictures as they are.")] = False,
    cpus_per_trial: Annotated[float, typer.Option(help="CPU cores each training takes.", min=0)] = 1,
    gpus_per_trial: Annotated[float, typer.Option(help="GPUs each training takes; fractions share one.", min=0)] = 0,
    address: Annotated[
        str | None, typer.Option(help="Ray cluster to run on, e.g. 'auto'.  [default: this machine]")
    ] = None,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Collect a source database: tasks from datasets, architectures trained on each, one record a training.

    A run that was ended, or killed, goes on where it was: nothing on record is trained again.
    """
    check_writable(json)
    check_writable(records)
    if plain and style:
        raise InvalidArgument(f"wanted --plain or --style, got both: --plain and {', '.join(style)}; leave one out")
    if tune and supernet is None:
        raise InvalidArgument("wanted --supernet beside --tune, the weights to train on from; 'mobilenetv3' ships")
    settings = CollectionSettings(
        classes=classes,
        images=most_images,
        passes=passes,
        least_epochs=least_epochs,
        most_epochs=most_epochs,
        architectures=architectures,
        cells=cells,
        channels=channels,
        image_size=image_size,
        styles=() if plain else _DEFAULTS.styles if style is None else tuple(style),
        seed=seed,
    )
    search_space = get_space(space)
    if search_space.name == "mobilenetv3" and supernet is None and cells != _DEFAULTS.cells:
        raise InvalidArgument(
            f"wanted no --cells in mobilenetv3, whose architectures say how deep a unit is, got {cells}; leave it out"
        )
    measure: CollectionMeasure = TrainingMeasure(settings)
    weights = None
    size, known = image_size, tuple[str, ...]()
    if supernet is not None:
        weights = _supernet(search_space, supernet)
        measure = TuningMeasure(weights, settings) if tune else SupernetMeasure(weights)
        size, known = weights.image_size, weights.class_names
    _check_read(settings, measure)
    preferred = _favoured(search_space, weights) if favoured else ()
    datasets = [load_dataset(path, folder_size=size) for path in images]
    plan = CollectionPlan(search_space, datasets, settings, preferred, measure=measure, known=known)

    from nas_plugins.tune.collection import collect as run

    start = time.monotonic()
    at_start: list[int] = []
    with Steps() as steps:

        def on_record(recorded: int, failed: int) -> None:
            at_start.append(recorded)
            done = recorded - at_start[0]
            rate = done / (time.monotonic() - start) if done else 0.0
            left = f"{_duration((trainings - recorded) / rate)} left" if rate else ""
            steps.update("trainings", recorded, trainings, f"{left}{f', {failed} failed' if failed else ''}")

        collected = run(
            plan,
            records,
            trainings=trainings,
            seconds=None if hours is None else 3600 * hours,
            cpus_per_trial=cpus_per_trial,
            gpus_per_trial=gpus_per_trial,
            address=address,
            storage=records.parent / f"{records.stem}-ray",
            on_record=on_record,
        )
    rows = list(collected)
    save_json(
        json,
        {
            "records": str(records),
            "count": len(rows),
            "tasks": len({record.task for record in rows}),
            "seconds": sum(record.seconds for record in rows),
            "protocol": measure.protocol,
            "settings": {
                field.name: getattr(settings, field.name)
                for field in fields(settings)
                if field.name not in MEASURED or field.name in measure.reads
            },
        },
    )
    by_dataset = {name: [r for r in rows if r.dataset == name] for name in sorted({r.dataset for r in rows})}
    show_table(
        f"{len(rows):,} trainings on record",
        ("dataset", "tasks", "trainings", "accuracy", "hours"),
        [
            (
                name,
                str(len({record.task for record in own})),
                str(len(own)),
                _span([record.accuracy for record in own]),
                f"{sum(record.seconds for record in own) / 3600:.2f}",
            )
            for name, own in by_dataset.items()
        ],
    )
    show(f"Records: {records}")


def _supernet(space: SearchSpace, weights: Path) -> "Supernet":  # type: ignore[type-arg]  # any space
    if space.name != "mobilenetv3":
        raise InvalidArgument(f"wanted --space mobilenetv3 beside --supernet, got {space.name}")
    from nas_plugins.spaces.mobilenetv3.checkpoint import find_supernet

    return find_supernet(weights)


def _check_read(settings: CollectionSettings, measure: CollectionMeasure) -> None:
    """Refuse settings that differ from their default and that nothing reads."""
    ignored = [
        f"{name}={getattr(settings, name)!r}"
        for name in MEASURED
        if name not in measure.reads and getattr(settings, name) != getattr(_DEFAULTS, name)
    ]
    if ignored:
        read = f"settings out of {', '.join(measure.reads)}" if measure.reads else "no length and no size"
        what = "train subnets on from a supernet's weights" if measure.reads else "evaluate subnets of a supernet"
        raise InvalidArgument(f"wanted {read} to {what}, got {', '.join(ignored)}; leave out what nothing reads")


def _favoured(space: SearchSpace, supernet: "Supernet | None") -> Sequence[str]:  # type: ignore[type-arg]  # any space
    """The better architectures of the space's source table; in the MobileNetV3 space, contrasts of all sizes.

    Uniform draws there are nearly all deep and middling. Of a supernet that attended to some subnets, every other one
    is drawn as it did. None for other spaces.
    """
    if space.name == "mobilenetv3":
        from nas_plugins.spaces.mobilenetv3.contrasts import draw_contrast

        rng = np.random.default_rng(0)
        if supernet is None or supernet.attention is None:
            return [str(draw_contrast(rng)) for _ in range(_FAVOURED)]
        draws = draw_contrast, supernet.attention.sample
        return [str(draws[number % 2](rng)) for number in range(_FAVOURED)]
    if space.name != "nasbench201":
        return ()
    from nas_plugins.evaluation import load_benchmark
    from nas_plugins.evaluation.source_database import RANKING

    table = load_benchmark(f"nasbench201/{RANKING}")
    best = sorted(table.architectures(), key=lambda cell: (-table.score(cell), str(cell)))
    return [str(cell) for cell in best[:_FAVOURED]]


def _span(values: list[float]) -> str:
    known = [value for value in values if not math.isnan(value)]
    return f"{min(known):.1f} to {max(known):.1f} %" if known else "-"


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
