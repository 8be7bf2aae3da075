"""The models of arch2vec's Table 1: trained as published, and ours; trained ones are kept and a stopped run goes on."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas_plugins.reproduction.options import Options
from nas_plugins.spaces import get_space
from nas_plugins.spaces.errors import DamagedFile, InvalidArgument
from nas_plugins.spaces.space import FiniteSearchSpace

if TYPE_CHECKING:
    from nas_plugins.spaces.arch2vec import Arch2Vec
    from nas_plugins.spaces.arch2vec.pretraining import Epoch
    from nas_plugins.spaces.arch2vec.settings import Pretraining

SPACES = {"nasbench101": "NAS-Bench-101", "nasbench201": "NAS-Bench-201", "darts": "DARTS"}
"""The paper's three spaces by their names, and what its tables call them."""

BASELINES = {"GAE": "gae", "VGAE": "vgae", "arch2vec without KL": "without_kl", "arch2vec": "paper"}
"""Rows of Table 1 and the presets that train them."""

OURS = "nas_plugins default"

GRAPHS = {"nasbench101": 50_000, "nasbench201": 15_625, "darts": 50_000}
"""Graphs a model is trained and tested on where nothing else is asked for: what minutes allow."""


def chosen_spaces(options: Options, default: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the spaces asked for, or the default.

    Raises:
        InvalidArgument: One is none of the paper's, or is named twice.
    """
    names = options.spaces or default
    for name in names:
        if name not in SPACES:
            raise InvalidArgument(f"wanted a space out of {', '.join(SPACES)}, got {name!r}; give --space one of them")
    if len(set(names)) < len(names):
        raise InvalidArgument(f"wanted each space once, got {', '.join(names)}; leave the repeated one out")
    return names


@dataclass(frozen=True)
class Trained:
    """A model and how it came about.

    Args:
        arch2vec: The latent space.
        graphs: Graphs trained on.
        epochs: Passes over them.
        shipped: Whether its weights come with the package.
    """

    arch2vec: "Arch2Vec[Any]"
    graphs: int
    epochs: int
    shipped: bool

    def words(self) -> str:
        """How it was trained, for a column of a table."""
        return f"{self.graphs:,} graphs, {self.epochs} epoch{'s' * (self.epochs != 1)}" + (
            ", shipped" if self.shipped else ""
        )


def default_model(space: str, options: Options) -> Trained:
    """Our default: the weights that ship, or, where a space has none yet, the default settings at the asked scale."""
    from nas_plugins.spaces.arch2vec import Arch2Vec
    from nas_plugins.spaces.arch2vec.arch2vec import shipped

    if space not in shipped():
        return train(space, OURS, "default", options)
    arch2vec = Arch2Vec.pretrained(space)
    settings = arch2vec.settings
    epochs = 0 if settings is None else settings.epochs
    return Trained(arch2vec, int(arch2vec.metrics.get("training", 0)), epochs, shipped=True)


def train(space: str, name: str, preset: str, options: Options) -> Trained:
    """A model trained with a preset at the scale of the options, or read where an earlier run left it.

    Args:
        space: Name of the space.
        name: Of the model, for the progress.
        preset: Of :class:`nas_plugins.spaces.arch2vec.settings.Pretraining`.
        options: ``size``, ``epochs``, ``samples``, ``seed`` and ``output`` matter.
    """
    from nas_plugins.spaces.arch2vec import Arch2Vec, pretrain

    part, settings = scale(space, preset, options)
    stem = options.output / "models" / f"{space}-{preset}"
    weights, checkpoint = stem.with_suffix(".safetensors"), stem.with_suffix(".checkpoint")
    trained = _read(weights, part, settings)
    if trained is None:
        weights.parent.mkdir(parents=True, exist_ok=True)

        def on_epoch(epoch: "Epoch") -> None:
            options.on_step(f"{SPACES[space]}, {name}", epoch.number, epoch.of)

        model, metrics = pretrain(
            part, settings, on_epoch=on_epoch, prior_samples=options.samples or 10_000, checkpoint=checkpoint
        )
        trained = Arch2Vec(part, model, settings=settings, metrics=metrics)
        trained.save(weights)
        checkpoint.unlink(missing_ok=True)
    return Trained(trained, int(trained.metrics["training"]), settings.epochs, shipped=False)


def scale(space: str, preset: str, options: Options) -> tuple[FiniteSearchSpace[Any], "Pretraining"]:
    """What to train on and how; of an enumerated space, a smaller training part leaves a larger part held out."""
    from nas_plugins.spaces.arch2vec.settings import Pretraining

    size = options.size or GRAPHS[space]
    settings = replace(Pretraining.preset(preset, space), seed=options.seed)
    if options.epochs is not None:
        settings = replace(settings, epochs=options.epochs)
    whole = get_space(space)
    if not isinstance(whole, FiniteSearchSpace):
        return whole.finite(size=size), settings
    training = (1 - settings.held_out) * min(size, len(whole))
    return whole, replace(settings, held_out=1 - training / len(whole))


def _read(path: Path, part: FiniteSearchSpace[Any], settings: "Pretraining") -> "Arch2Vec[Any] | None":
    """The model of an earlier run, if it is of the same part and settings."""
    from nas_plugins.spaces.arch2vec import Arch2Vec

    if not path.is_file():
        return None
    try:
        found = Arch2Vec.pretrained(path)
    except DamagedFile:
        return None
    return found if (found.space, found.settings) == (part, settings) else None
