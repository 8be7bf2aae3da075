"""``nas-plugins train-supernet``: a MobileNetV3 supernet of one's own, by progressive shrinking."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nas_plugins.cli.output import JsonOption, SeedOption, check_writable, save_json, show, show_table
from nas_plugins.cli.progress import Steps
from nas_plugins.datasets import BUILT_IN, load_dataset
from nas_plugins.datasets.joining import check_apart
from nas_plugins.spaces.files import user_path

if TYPE_CHECKING:
    from nas_plugins.evaluation.supernet_validation import SupernetValidation
    from nas_plugins.spaces.mobilenetv3.attention import Attention
    from nas_plugins.spaces.mobilenetv3.progressive_shrinking import ProgressiveShrinking
    from nas_plugins.spaces.mobilenetv3.supernet import Supernet

_WIDTH, _IMAGE_SIZE = 0.5, 48


def train_supernet(
    images: Annotated[list[str], typer.Argument(help="Datasets to train on: folders, .npz files, 'digits'.")],
    output: Annotated[Path, typer.Option(help="Weights to write (.safetensors).")] = Path(
        "results/supernet.safetensors"
    ),
    width: Annotated[
        float | None, typer.Option(help="Width multiplier of all channels.  [default: 0.5, or the start's]")
    ] = None,
    image_size: Annotated[
        int | None, typer.Option(help="Height and width of a training crop.  [default: 48, or the start's]", min=1)
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(
            help="Weights to go on from, with the attentive phase alone; 'mobilenetv3' takes those that ship."
        ),
    ] = None,
    attentive_epochs: Annotated[
        int, typer.Option(help="Epochs at the end in which the subnets train that look best at what they cost.", min=0)
    ] = 0,
    attentive_strength: Annotated[
        float, typer.Option(help="By how many standard deviations these look better than random ones.", min=0)
    ] = 6.0,
    measured: Annotated[
        int, typer.Option(help="Subnets measured before the attentive phase, to tell which look best.", min=10)
    ] = 300,
    stretch: Annotated[float, typer.Option(help="Multiplies the epochs of every phase.", min=0)] = 1.0,
    most: Annotated[int, typer.Option(help="Most training images of a class.", min=2)] = 80,
    least: Annotated[int, typer.Option(help="Least training images of a class.", min=1)] = 20,
    held_out_share: Annotated[
        float, typer.Option(help="Share of classes never trained, of datasets with 100 or more.", min=0, max=0.9)
    ] = 0.3,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Written after each epoch; a run that finds it goes on from there.")
    ] = None,
    threads: Annotated[int, typer.Option(help="Processor threads.", min=1)] = 1,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Train a supernet whose subnets are evaluated in seconds, by progressive shrinking with distillation.

    Pictures of folders are read at the image size, or at 32 pixels where that is larger.
    """
    check_writable(json)
    check_writable(output)
    check_writable(checkpoint)
    if output.suffix != ".safetensors":
        raise typer.BadParameter(
            f"wanted an --output whose name ends in .safetensors, the format written, got {output}"
        )
    if start is not None and not attentive_epochs:
        raise typer.BadParameter("wanted --attentive-epochs beside --start, the epochs to go on for, got none")

    from nas_plugins.spaces.mobilenetv3.checkpoint import find_supernet

    begun = None if start is None else find_supernet(start)
    if width is None:
        width = _WIDTH if begun is None else begun.width
    if image_size is None:
        image_size = _IMAGE_SIZE if begun is None else begun.image_size
    datasets = [load_dataset(path, folder_size=image_size) for path in images]
    check_apart(datasets, images)
    # Resized to the first one's height as ever, unless that would throw away what was read of a folder for the crops.
    folders = [path not in BUILT_IN and user_path(path).is_dir() for path in images]
    heights = [dataset.image_size[0] for dataset in datasets]
    size = max([heights[0], *(height for height, folder in zip(heights, folders, strict=True) if folder)])

    import torch

    from nas_plugins.evaluation.supernet_images import SupernetImages
    from nas_plugins.evaluation.supernet_validation import SupernetValidation
    from nas_plugins.spaces.mobilenetv3.checkpoint import save_supernet
    from nas_plugins.spaces.mobilenetv3.progressive_shrinking import ProgressiveShrinking
    from nas_plugins.spaces.mobilenetv3.shrinking_settings import ShrinkingSettings

    torch.set_num_threads(threads)
    gathered = SupernetImages.gather(
        datasets, most=most, least=least, held_out_share=held_out_share, seed=seed, size=size
    )
    settings = ShrinkingSettings(
        width=width, image_size=image_size, attentive_strength=attentive_strength, seed=seed
    ).stretched(stretch)
    settings = settings.attentive(attentive_epochs, alone=begun is not None)
    training = ProgressiveShrinking(
        torch.from_numpy(gathered.train.images),
        torch.from_numpy(gathered.train.labels),
        gathered.train.num_classes,
        settings,
        "cuda" if torch.cuda.is_available() else "cpu",
        start=None if begun is None else begun.for_classes(gathered.train.class_names),
    )
    if begun is not None:
        training.attention = _kept_attention(begun, gathered.train.class_names, attentive_strength)
    if checkpoint is not None and checkpoint.is_file():
        training.load(checkpoint)
    validation = SupernetValidation(gathered.validation, image_size)
    history = _train(training, validation, checkpoint, measured)
    metrics = validation.measure(training.supernet, training.calibration_batches())
    about = {
        "images": [dataset.name for dataset in datasets],
        "training_images": len(gathered.train),
        "held_out_classes": list(gathered.held_out),
        "settings": asdict(settings),
        "metrics": metrics,
    }
    supernet = training.supernet.cpu()
    supernet.image_size, supernet.class_names = image_size, gathered.train.class_names
    supernet.attention = training.attention
    save_supernet(output, supernet, half=True, **about)
    save_json(json, {"weights": str(output), "history": history, **about})
    show_table(
        f"Supernet of width {width:g} at {image_size} pixels, {len(gathered.train):,} images of "
        f"{gathered.train.num_classes} classes",
        ("subnet", "accuracy on validation images (%)"),
        [(name.removeprefix("accuracy_"), f"{value:.2f}") for name, value in metrics.items()],
    )
    show(f"Weights: {output}")


def _kept_attention(begun: "Supernet", class_names: tuple[str, ...], strength: float) -> "Attention | None":
    """What to attend to where it cannot be measured: other classes' classifier is fresh, and tells nothing yet.

    The order the weights come with, or none where they come without; ``None`` where it can be measured.
    """
    from nas_plugins.spaces.mobilenetv3.attention import Attention

    if class_names == begun.class_names:
        return None
    known = begun.attention
    return Attention.indifferent() if known is None else Attention(known.coefficients, strength=strength)


def _train(
    training: "ProgressiveShrinking", validation: "SupernetValidation", checkpoint: Path | None, measured: int
) -> list[dict[str, Any]]:
    """Every epoch that is left, told as it ends; what each was like."""
    history = []
    with Steps() as steps:
        while not training.finished:
            if training.phase[0].attentive and training.attention is None:
                training.attention = validation.attention(
                    training.supernet,
                    training.calibration_batches(),
                    subnets=measured,
                    strength=training.settings.attentive_strength,
                    seed=training.settings.seed,
                )
            epoch = training.epoch()
            if training.finished or training.phase[1] == 0:  # the end of a phase
                epoch |= validation.measure(training.supernet, training.calibration_batches())
            history.append(epoch)
            figures = ", ".join(
                f"{name} {value:.2f}" if isinstance(value, float) else f"{name} {value}"
                for name, value in epoch.items()
                if name != "epoch"
            )
            steps.update("epochs", training.epochs_done, training.settings.epochs, figures)
            if checkpoint is not None:
                training.save(checkpoint)
    return history
