"""Autoencoders with and without output features, trained from the same seeds; trained ones are kept."""

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from nas_plugins.reproduction.arch2vec_models import scale
from nas_plugins.reproduction.options import Options
from nas_plugins.spaces.errors import DamagedFile

if TYPE_CHECKING:
    from nas_plugins.spaces.arch2vec import Arch2Vec
    from nas_plugins.spaces.arch2vec.output_features import OutputFeatures

WEIGHTS = {"arch2vec": None, "arch2vec, same batches": 0.0, "with output features": 1.0}
"""The arms, and the weight of the output features' error in their objective; ``None`` has no labelled batches."""


@dataclass(frozen=True)
class Arm:
    """A latent space and how it came about.

    Args:
        name: Out of :data:`WEIGHTS`.
        seed: Of the training.
        arch2vec: The latent space.
    """

    name: str
    seed: int
    arch2vec: "Arch2Vec[Any]"

    @property
    def key(self) -> str:
        """A name that no other latent space has, for files of what was done in it."""
        digest = sha256(self.arch2vec.embeddings.tobytes()).hexdigest()[:12]
        return f"{self.name.replace(', ', '-').replace(' ', '-')}-{self.seed}-{digest}"


def train_arms(features: "OutputFeatures", models: int, options: Options) -> list[Arm]:
    """Every arm from ``models`` seeds, or as an earlier run left it.

    Args:
        features: The output features.
        models: Trainings of each arm, from seeds ``options.seed`` on; a seed gives all arms the same split.
        options: ``preset``, ``size``, ``epochs``, ``seed`` and ``output`` matter.
    """
    seeds = range(options.seed, options.seed + models)
    return [Arm(name, seed, _trained(name, seed, features, options)) for name in WEIGHTS for seed in seeds]


def _trained(name: str, seed: int, features: "OutputFeatures", options: Options) -> "Arch2Vec[Any]":
    from nas_plugins.spaces.arch2vec import Arch2Vec, pretrain
    from nas_plugins.spaces.arch2vec.semi_supervision import SemiSupervision

    space, settings = scale(features.space, options.preset or "default", replace(options, seed=seed))
    weight = WEIGHTS[name]
    path = options.output / "models" / f"{name.replace(', ', '-').replace(' ', '-')}-{seed}.safetensors"
    learned = None if weight is None else features.identity()
    if path.is_file():
        try:
            found = Arch2Vec.pretrained(path)
        except DamagedFile:
            pass
        else:
            if (found.space, found.settings, found.metrics.get("features")) == (space, settings, learned):
                return found
    model, metrics = pretrain(
        space,
        settings,
        on_epoch=lambda epoch: options.on_step(f"{name}, seed {seed}", epoch.number, epoch.of),
        features=None if weight is None else features,
        supervision=None if weight is None else SemiSupervision(weight=weight),
    )
    trained = Arch2Vec(space, model, settings=settings, metrics=metrics | {"features": learned})
    trained.save(path)
    return trained
