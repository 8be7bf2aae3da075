"""Train the image-feature extractor that ships: a small student learns the embeddings of an ImageNet-trained teacher.

``python -m nas_plugins.strategies.image_features.distillation --images DIR --teachers DIR --out FILE``
"""

import tempfile
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from sklearn.decomposition import PCA
from torch.nn import functional

from nas_plugins.spaces.errors import NasPluginsError
from nas_plugins.spaces.files import write_json
from nas_plugins.strategies.image_features.distillation_data import cached_embeddings, read_image_sets
from nas_plugins.strategies.image_features.feature_quality import (
    class_retrieval,
    dataset_retrieval,
    linear_accuracy,
    prototype_accuracy,
    standardized,
)
from nas_plugins.strategies.image_features.image_features import FeatureNetwork, ImageFeatures
from nas_plugins.strategies.image_features.student import Distillation, Recipe
from nas_plugins.strategies.image_features.teachers import MobileNetV2Teacher, SqueezeNetTeacher, load_arrays

console = Console()


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TimeRemainingColumn(), console=console)


def _mean_cosine(first: np.ndarray, second: np.ndarray) -> float:
    return float(functional.cosine_similarity(torch.from_numpy(first), torch.from_numpy(second)).mean())


def evaluate(distillation: Distillation, features: ImageFeatures, teachers: Path) -> dict[str, dict[str, float]]:
    """Compare the student with its teacher, a second network, an untrained student and pixels, on held-out images.

    Every kind of features is standardised over the images trained on before anything is measured.

    Args:
        distillation: The training, with images and classes held out.
        features: The extractor it gave.
        teachers: Folder of the networks.

    Returns:
        For each kind of features the share right: ``200-way`` of images (40 of these ImageNet classes are unseen), and
        ``retrieval`` of sets of unseen images by class and by dataset.
    """
    split, classes, images = distillation.split, distillation.classes, distillation.views[0]
    tiny = np.char.startswith(distillation.set_names, "tiny_imagenet")
    # Images of classes not trained on are divided as the others are: every eighth is for testing.
    test = tiny & (split.unseen_images | (split.unseen_classes & (np.arange(len(classes)) % 8 == 7)))
    # A quarter of the other images makes the prototypes: the second network need not see more.
    fit = tiny & ~test & (np.arange(len(classes)) % 4 == 0)
    used = fit | test | split.unseen_images | split.unseen_classes
    chosen, trained = np.flatnonzero(used), split.train[used]
    pixels = images[chosen].reshape(len(chosen), -1).astype(np.float32)
    components = min(256, int(trained.sum()))
    pca = PCA(components, svd_solver="randomized", random_state=distillation.recipe.seed).fit(pixels[trained])
    torch.manual_seed(distillation.recipe.seed)
    untrained = FeatureNetwork()
    zero, one = torch.zeros(untrained.dimension), torch.ones(untrained.dimension)
    with _progress() as progress:
        task = progress.add_task("second network", total=len(chosen))
        squeeze = cached_embeddings(
            SqueezeNetTeacher(load_arrays(teachers, "squeezenet*.npz"), 96),
            images[chosen],
            distillation.cache,
            "evaluation",
            lambda done: progress.advance(task, done),
        )
    kinds = {
        "student": features(images[chosen]),
        "untrained student": ImageFeatures(untrained, zero, one)(images[chosen]),
        "MobileNetV2 1.0 at 128 px (teacher)": distillation.embeddings[0][chosen].astype(np.float32),
        "SqueezeNet 1.0 at 96 px": squeeze.astype(np.float32),
        "pixels": pixels,
        f"{components} principal components of pixels": pca.transform(pixels),
    }
    results: dict[str, dict[str, float]] = {}
    for name, raw in kinds.items():
        values = standardized(raw, raw[trained])
        at = np.full(len(classes), -1)
        at[chosen] = np.arange(len(chosen))
        row = {
            "200-way prototype": prototype_accuracy(values[at[fit]], classes[fit], values[at[test]], classes[test]),
            "200-way linear": linear_accuracy(values[at[fit]], classes[fit], values[at[test]], classes[test]),
        }
        for size, mask, label in (
            (5, split.unseen_images, "unseen images"),
            (5, split.unseen_classes, "unseen classes"),
            (10, split.unseen_classes, "unseen classes"),
        ):
            rng = np.random.default_rng(distillation.recipe.seed)
            share, count = class_retrieval(values[at[mask]], classes[mask], size=size, rng=rng)
            row[f"retrieval of {count} classes, {label}, {size} images"] = share
        rng = np.random.default_rng(distillation.recipe.seed)
        unseen = split.unseen_images | split.unseen_classes
        share, count = dataset_retrieval(
            values[at[unseen]], classes[unseen], lambda name: name.split(":")[0], size=20, rng=rng
        )
        row[f"retrieval of {count} datasets, 20 images"] = share
        results[name] = row
    return results


def agreement(distillation: Distillation) -> dict[str, float]:
    """Mean cosine between predicted and true standardised teacher embeddings, on images trained on and not."""
    student = distillation.best()
    masks = {
        "images trained on": distillation.split.train,
        "unseen images": distillation.split.unseen_images,
        "unseen classes": distillation.split.unseen_classes,
    }
    figures = {}
    for name, mask in masks.items():
        chosen = np.flatnonzero(mask)[::4]
        true = torch.from_numpy(distillation.embeddings[0][chosen].astype(np.float32))
        true = (true - distillation.embedding_mean) / distillation.embedding_spread
        with torch.inference_mode():
            given = [
                student(torch.from_numpy(distillation.views[0][part]).permute(0, 3, 1, 2).float())[0].numpy()
                for part in np.array_split(chosen, max(1, len(chosen) // 256))
            ]
        figures[name] = _mean_cosine(np.concatenate(given), true.numpy())
    return figures


def _show(results: dict[str, dict[str, float]]) -> None:
    table = Table(title="Held-out images: share right, in percent")
    table.add_column("features")
    for column in next(iter(results.values())):
        table.add_column(column, justify="right")
    for name, row in results.items():
        table.add_row(name, *(f"{100 * value:.1f}" for value in row.values()))
    console.print(table)


def distill(  # noqa: PLR0917 - typer passes every option by name
    images: Annotated[Path, typer.Option(help="Folder of .npz image sets; meta-test sets in it are not read.")],
    teachers: Annotated[Path, typer.Option(help="Folder of the teachers' weights.")],
    out: Annotated[Path, typer.Option(help="The .safetensors file to write.")],
    epochs: Annotated[int, typer.Option(help="Passes over the images.")] = Recipe.epochs,
    views: Annotated[int, typer.Option(help="Views of each image that the teacher sees.")] = Recipe.views,
    hold_out: Annotated[bool, typer.Option(help="Keep images, classes and sets back, and measure on them.")] = False,
    per_set: Annotated[
        int, typer.Option(help="Images drawn per epoch of a set that is not ImageNet's.")
    ] = Recipe.per_set,
    learning_rate: Annotated[float, typer.Option(help="Peak of the one-cycle schedule.")] = Recipe.learning_rate,
    start: Annotated[Path | None, typer.Option(help="Saved state of another training to start from.")] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder of teacher embeddings and saved states.")] = None,
    evaluation: Annotated[Path | None, typer.Option(help="JSON file for the figures.")] = None,
    seed: Annotated[int, typer.Option(help="Of views, initial weights, order and augmentation.")] = 0,
) -> None:
    """Train the image-feature extractor; started again after an interruption it continues."""
    recipe = Recipe(
        epochs=epochs, views=views, per_set=per_set, learning_rate=learning_rate, hold_out=hold_out, seed=seed
    )
    cache = cache or Path(tempfile.gettempdir()) / "nas_plugins-distillation"
    cache.mkdir(parents=True, exist_ok=True)
    try:
        sets = read_image_sets(images)
        teacher = MobileNetV2Teacher(load_arrays(teachers, "mobilenet_v2*.npz"), resolution=128)
        with _progress() as progress:
            task = progress.add_task("teacher", total=views * sum(len(images.images) for images in sets))
            distillation = Distillation(sets, teacher, recipe, cache, lambda done: progress.advance(task, done))
        if distillation.resume():
            console.print(f"Continuing after epoch {distillation.epoch}.")
        elif start is not None:
            distillation.start_from(start)
        with _progress() as progress:
            steps = distillation.steps_per_epoch
            task = progress.add_task("student", total=epochs * steps, completed=distillation.epoch * steps)
            while distillation.epoch < epochs:
                losses = distillation.run_epoch(lambda: progress.advance(task))
                told = ", ".join(f"{name} {value:.3f}" for name, value in losses.items())
                progress.console.print(f"epoch {distillation.epoch}: {told}")
        features = distillation.features()
        features.save(out)
        console.print(f"Wrote {out}; the state of the training is {distillation.state_path}.")
        if hold_out:
            figures = {"cosine to teacher": agreement(distillation)} | evaluate(distillation, features, teachers)
            console.print({name: round(value, 3) for name, value in figures["cosine to teacher"].items()})
            _show({name: row for name, row in figures.items() if name != "cosine to teacher"})
            if evaluation is not None:
                write_json(evaluation, figures)
    except NasPluginsError as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(2) from error


if __name__ == "__main__":
    typer.run(distill)
