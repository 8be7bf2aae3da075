"""``nas-plugins collect-features``: train networks, and keep what they make of the same images."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from nas_plugins.cli.output import JsonOption, SeedOption, SpaceOption, check_writable, save_json, show
from nas_plugins.cli.progress import Steps
from nas_plugins.datasets import load_dataset
from nas_plugins.evaluation.feature_settings import FeatureSettings
from nas_plugins.spaces import get_space

_DEFAULTS = FeatureSettings()


def collect_features(
    images: Annotated[str, typer.Argument(help="Dataset to train on: a folder, an .npz file, 'digits'.")],
    output: Annotated[Path, typer.Option(help="File of the features.")] = Path("results/output-features.safetensors"),
    space: SpaceOption = "nasbench201",
    networks: Annotated[int, typer.Option(help="Networks to train.", min=2)] = _DEFAULTS.networks,
    shown: Annotated[int, typer.Option(help="Held-out images each network is shown.", min=2)] = _DEFAULTS.images,
    epochs: Annotated[int, typer.Option(help="Epochs of a training.", min=1)] = _DEFAULTS.epochs,
    channels: Annotated[int, typer.Option(help="Channels of the first stage (C).", min=1)] = _DEFAULTS.channels,
    cells: Annotated[int, typer.Option(help="Cells per stage (N).", min=1)] = _DEFAULTS.cells,
    image_size: Annotated[int, typer.Option(help="Train on images of this size.", min=4)] = _DEFAULTS.image_size,
    cpus_per_trial: Annotated[float, typer.Option(help="CPU cores each training takes.", min=0)] = 1,
    gpus_per_trial: Annotated[float, typer.Option(help="GPUs each training takes; fractions share one.", min=0)] = 0,
    address: Annotated[
        str | None, typer.Option(help="Ray cluster to run on, e.g. 'auto'.  [default: this machine]")
    ] = None,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Train networks and keep their output features, for `pretrain --output-features`.

    A run that was ended, or killed, goes on where it was: no network is trained again.
    """
    check_writable(json)
    check_writable(output)
    settings = FeatureSettings(
        networks=networks,
        images=shown,
        epochs=epochs,
        channels=channels,
        cells=cells,
        image_size=image_size,
        seed=seed,
    )
    from nas_plugins.tune.feature_collection import collect_features as run

    with Steps() as steps:
        features = run(
            get_space(space),
            load_dataset(images, folder_size=image_size),
            settings,
            output.parent / f"{output.stem}-networks",
            cpus_per_trial=cpus_per_trial,
            gpus_per_trial=gpus_per_trial,
            address=address,
            on_network=lambda done, failed: steps.update(
                "networks", done, networks, f"{failed} failed" if failed else ""
            ),
        )
    features.save(output)
    accuracies = features.about["accuracies"]
    save_json(
        json,
        {
            "features": str(output),
            "networks": len(features.architectures),
            "images": len(features.labels),
            "accuracies": dict(zip(features.architectures, accuracies, strict=True)),
            "settings": asdict(settings),
        },
    )
    show(
        f"{len(features.architectures)} networks, accuracy {min(accuracies):.1f} to {max(accuracies):.1f} %, "
        f"{len(features.labels)} images, {features.features.shape[-1]} features\nFeatures: {output}"
    )
