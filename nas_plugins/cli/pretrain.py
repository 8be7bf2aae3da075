"""``nas-plugins pretrain``: arch2vec on a search space."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nas_plugins.cli.output import JsonOption, SpaceOption, check_writable, save_json, show, show_table
from nas_plugins.cli.progress import Steps
from nas_plugins.spaces import get_space

if TYPE_CHECKING:
    from nas_plugins.spaces.arch2vec.pretraining import Epoch


def pretrain(
    space: SpaceOption = "nasbench201",
    preset: Annotated[
        str, typer.Option(help="Settings to start from: default, fast, paper, gae, vgae or without_kl.")
    ] = "default",
    epochs: Annotated[int | None, typer.Option(help="Passes over the space.  [default: the preset's]", min=1)] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything.  [default: the preset's]", min=0)] = None,
    output: Annotated[
        Path | None, typer.Option(help="Weights to write.  [default: results/arch2vec-SPACE.safetensors]")
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            help="Architectures drawn from a space too large to enumerate.  [default: 600,000 of darts, 50,000 of "
            "mobilenetv3]",
            min=1,
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Written after each epoch; a run that finds it goes on from there.")
    ] = None,
    output_features: Annotated[
        Path | None,
        typer.Option(help="File of `collect-features`: learn what trained networks make of images, too."),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Learn a continuous latent space of architectures from their graphs alone (arch2vec)."""
    check_writable(json)
    search_space = get_space(space).finite(**({} if size is None else {"size": size}))

    import torch

    from nas_plugins.plots import draw_training
    from nas_plugins.spaces.arch2vec import Arch2Vec
    from nas_plugins.spaces.arch2vec.output_features import OutputFeatures
    from nas_plugins.spaces.arch2vec.pretraining import pretrain as run_pretraining
    from nas_plugins.spaces.arch2vec.settings import Pretraining

    settings = Pretraining.preset(preset, search_space.name)
    if epochs is not None:
        settings = replace(settings, epochs=epochs)
    if seed is not None:
        settings = replace(settings, seed=seed)
    weights = output or Path("results") / f"arch2vec-{search_space.name}.safetensors"
    check_writable(weights)
    check_writable(checkpoint)
    features = None if output_features is None else OutputFeatures.load(output_features)
    history: dict[str, list[float]] = {"operations": [], "adjacency": [], "divergence": []}

    with Steps() as steps:

        def on_epoch(epoch: "Epoch") -> None:
            for name, values in history.items():
                values.append(getattr(epoch, name))
            steps.update("epochs", epoch.number, settings.epochs, f"loss {epoch.loss:.3f}")

        device = "cuda" if torch.cuda.is_available() else "cpu"
        model, metrics = run_pretraining(
            search_space, settings, on_epoch=on_epoch, device=device, checkpoint=checkpoint, features=features
        )
    Arch2Vec(search_space, model, settings=settings, metrics=metrics).save(weights)
    save_json(
        json, {"space": search_space.name, "weights": str(weights), "settings": asdict(settings), "metrics": metrics}
    )
    show_table(
        f"arch2vec on {search_space.name}, preset {preset}, {settings.epochs} epochs",
        ("figure", "value"),
        [(name.replace("_", " "), _figure(name, value)) for name, value in metrics.items()],
    )
    picture = draw_training(history, weights.with_suffix(".png"), title=f"arch2vec on {search_space.name}")
    show(f"Weights: {weights}\nPicture: {picture}")


def _figure(name: str, value: float) -> str:
    if name.startswith("output_"):
        return f"{value:.3f}"  # in deviations of a feature, no share
    return f"{value:,}" if isinstance(value, int) else f"{100 * value:.2f} %"
