"""``nas-plugins meta-train``: fit MetaD2A to a source database."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

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
from nas_plugins.cli.progress import Steps
from nas_plugins.datasets import load_dataset
from nas_plugins.evaluation.recorded_database import recorded_database
from nas_plugins.evaluation.source_database import read_source_database
from nas_plugins.spaces import get_space
from nas_plugins.spaces.errors import InvalidArgument


def meta_train(
    source: Annotated[
        Path,
        typer.Argument(
            help="Folder of MetaD2A's source database (records, tasks, class ids), or a .parquet file of `collect`."
        ),
    ],
    images: Annotated[
        list[Path],
        typer.Argument(
            help="Datasets with the classes on record: beside a folder, .npz files whose class names begin with the "
            "WordNet id of their class; beside a file of `collect`, the datasets it was given."
        ),
    ],
    more: Annotated[
        list[Path] | None,
        typer.Option(
            help="Another .parquet file of `collect`; may be repeated. Of tasks under another protocol than most, the "
            "order of architectures is learned from."
        ),
    ] = None,
    space: SpaceOption = "nasbench201",
    ranking: Annotated[
        bool, typer.Option("--ranking/--no-ranking", help="Learn from the ImageNet16-120 table too, a source domain.")
    ] = True,
    features: Annotated[
        str, typer.Option(help="Image features: distilled (shipped), or resnet18 (published; needs torchvision).")
    ] = "distilled",
    preset: Annotated[str, typer.Option(help="Settings to start from: default, or paper (as published).")] = "default",
    generator_epochs: Annotated[int | None, typer.Option(help="Passes of the generator.", min=1)] = None,
    predictor_epochs: Annotated[int | None, typer.Option(help="Passes of each predictor.", min=1)] = None,
    members: Annotated[int | None, typer.Option(help="Predictors in the ensemble.", min=1)] = None,
    seed: SeedOption = 0,
    output: Annotated[
        Path | None, typer.Option(help="Weights to write.  [default: results/metad2a-SPACE.safetensors]")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Meta-train MetaD2A's generator and predictors on recorded trainings; tasks are held out for the figures."""
    check_writable(json)
    search_space = get_space(space)
    if more and source.suffix != ".parquet":
        raise InvalidArgument(f"wanted a .parquet file of `collect` beside --more, got the folder {source}")
    weights = output or Path("results") / f"metad2a-{search_space.name}.safetensors"
    check_writable(weights)

    from nas_plugins.plots import draw_training
    from nas_plugins.strategies.metad2a import MetaD2AModel, MetaTraining, MetaTrainingSettings
    from nas_plugins.strategies.metad2a.training_records import TrainingRecords

    given: dict[str, Any] = {
        "generator_epochs": generator_epochs,
        "predictor_epochs": predictor_epochs,
        "members": members,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    settings = replace(MetaTrainingSettings.preset(preset, search_space.name), seed=seed, **changes)
    with stderr.status("reading records and image features"):
        database = (
            read_source_database(source, images, ranking=ranking, extractor=features, seed=seed)
            if source.suffix != ".parquet"
            else recorded_database(
                [record for path in (source, *(more or ())) for record in TrainingRecords.load(path)],
                [load_dataset(path) for path in images],
                space=search_space.name,
                extractor=features,
                seed=seed,
            )
        )
    history: dict[str, list[float]] = {}
    with Steps() as steps:

        def on_epoch(model: str, epoch: int, figures: dict[str, float]) -> None:
            total = settings.generator_epochs if model == "generator" else settings.predictor_epochs
            history.setdefault(model, []).append(figures["loss"])
            steps.update(model, epoch, total, f"loss {figures['loss']:.4f}")

        training = MetaTraining(search_space, database, settings, on_epoch)
        predictors = [training.train_predictor(member) for member in range(settings.members)]
        generator = training.train_generator()
        prior, spread = training.fit_prior(predictors)
        metrics = training.figures.metrics(predictors, prior, spread)
        about = training.about(metrics) | {"extractor": features, "prior_spread": spread}
        model = MetaD2AModel(search_space, generator, predictors, about, prior)
    model.save(weights)
    save_json(json, {"weights": str(weights), "metrics": metrics})
    show_table(
        f"MetaD2A on {search_space.name}: figures on held-out tasks",
        ("figure", "value"),
        [(name.replace("_", " "), f"{value:.3f}" if value < 2 else f"{value:,.0f}") for name, value in metrics.items()],
    )
    picture = draw_training(history, weights.with_suffix(".png"), title=f"Meta-training on {search_space.name}")
    show(f"Weights: {weights}\nPicture: {picture}")
