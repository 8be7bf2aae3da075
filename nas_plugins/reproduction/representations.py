"""Embeddings of a space that figures put side by side: arch2vec's and those of an encoder taught by accuracies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.reproduction.arch2vec_models import SPACES, default_model
from nas_plugins.reproduction.options import Options
from nas_plugins.reproduction.supervised_encoder import SupervisedEncoder
from nas_plugins.reproduction.targets import reported_table
from nas_plugins.spaces.graph import stack
from nas_plugins.spaces.space import FiniteSearchSpace

LABELS, EPOCHS, DATASET = 250, 100, "cifar10"
ARCH2VEC, BY_NODE, SUPERVISED = "arch2vec", "arch2vec, node by node", "supervised encoder"

Points = NDArray[np.float32]
Embed = Callable[[Sequence[Any]], Points]


@dataclass(frozen=True)
class Representations:
    """Ways to embed architectures of one space.

    Args:
        space: The space, or the part of it that can be enumerated.
        embed: Embeddings ``(n, dimensions)`` of architectures, by name.
        accuracies: Of the whole enumeration, where a table records them.
        protocol: Sentences that say what the representations are.
    """

    space: FiniteSearchSpace[Any]
    embed: Mapping[str, Embed]
    accuracies: NDArray[np.float64] | None
    protocol: tuple[str, ...]


def representations(name: str, options: Options) -> Representations:
    """arch2vec's embeddings of a space and, on NAS-Bench-201, those of the supervised encoder.

    Args:
        name: Of the space.
        options: ``seed``, ``epochs``, ``tables`` and, for spaces without shipped weights, ``size`` matter.
    """
    trained = default_model(name, options)
    arch2vec = trained.arch2vec
    space = arch2vec.space
    embed: dict[str, Embed] = {
        ARCH2VEC: arch2vec.embed,
        BY_NODE: lambda architectures: arch2vec.encode(architectures).reshape(len(architectures), -1),
    }
    protocol = [
        f"arch2vec on {SPACES[name]}: {trained.words()}, no accuracy used; embeddings are node latents summed over the "
        "nodes, as in the paper. Node by node: the same latents side by side."
    ]
    accuracies = None
    if name == "nasbench201":
        table = reported_table(options.tables, DATASET)
        accuracies = np.array([table.score(cell) for cell in space])
        known = np.random.default_rng(options.seed).choice(len(space), LABELS, replace=False)
        graphs = space.graph_arrays()
        encoder = SupervisedEncoder(
            graphs[0][known],
            graphs[1][known],
            accuracies[known],
            epochs=options.epochs or EPOCHS,
            seed=options.seed,
        )
        embed[SUPERVISED] = lambda architectures: encoder.embed(
            *stack(map(space.to_graph, architectures), space.operations)
        )
        protocol.append(
            f"Supervised encoder: the same layers, trained on the accuracies of {LABELS} cells, at most "
            f"{options.epochs or EPOCHS} epochs, their number chosen on a fifth of them."
        )
    return Representations(space, embed, accuracies, tuple(protocol))
