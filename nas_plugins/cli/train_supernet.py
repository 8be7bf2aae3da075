"""``nas-plugins train-supernet``: a MobileNetV3 supernet of one's own, by progressive shrinking."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from nas_plugins.cli.output import JsonOption, SeedOption, check_writable, save_json, show, show_table
from nas_plugins.cli.progress import Steps
from nas_plugins.datasets import BUILT_IN, load_dataset
from nas_plugins.datasets.joining import check_apart
from nas_plugins.spaces.files import user_path


def train_supernet(
    images: Annotated[list[str], typer.Argument(help="Datasets to train on: folders, .npz files, 'digits'.")],
    output: Annotated[Path, typer.Option(help="Weights to write (.safetensors).")] = Path(
        "results/supernet.safetensors"
    ),
    width: Annotated[float, typer.Option(help="Width multiplier of all channels.")] = 0.5,
    image_size: Annotated[int, typer.Option(help="Height and width of a training crop.", min=1)] = 48,
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
    settings = ShrinkingSettings(width=width, image_size=image_size, seed=seed).stretched(stretch)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    training = ProgressiveShrinking(
        torch.from_numpy(gathered.train.images),
        torch.from_numpy(gathered.train.labels),
        gathered.train.num_classes,
        settings,
        device,
    )
    if checkpoint is not None and checkpoint.is_file():
        training.load(checkpoint)
    validation = SupernetValidation(gathered.validation, image_size)
    history = []
    with Steps() as steps:
        while not training.finished:
            epoch = training.epoch()
            if training.finished or training.phase[1] == 0:  # the end of a phase
                epoch |= validation.measure(training.supernet, training.calibration_batches())
            history.append(epoch)
            figures = ", ".join(
                f"{name} {value:.2f}" if isinstance(value, float) else f"{name} {value}"
                for name, value in epoch.items()
                if name != "epoch"
            )
            steps.update("epochs", training.epochs_done, settings.epochs, figures)
            if checkpoint is not None:
                training.save(checkpoint)
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
    save_supernet(output, supernet, half=True, **about)
    save_json(json, {"weights": str(output), "history": history, **about})
    show_table(
        f"Supernet of width {width:g} at {image_size} pixels, {len(gathered.train):,} images of "
        f"{gathered.train.num_classes} classes",
        ("subnet", "accuracy on validation images (%)"),
        [(name.removeprefix("accuracy_"), f"{value:.2f}") for name, value in metrics.items()],
    )
    show(f"Weights: {output}")
