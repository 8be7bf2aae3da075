"""MetaD2A's parts one by one: its model, its views of a dataset, what its generator draws, what its predictor ranks."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces import NASBench201, SearchSpace
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.nasbench201 import Cell
from nas_plugins.strategies.metad2a.metad2a import WEIGHTS

if TYPE_CHECKING:
    import torch

    from nas_plugins.spaces.graph import Graph
    from nas_plugins.strategies.metad2a import MetaD2AModel

_BATCH = 500
_ROUNDS = 60


def load_model(weights: Path | None, space: SearchSpace[Any]) -> "MetaD2AModel":
    """The model of given weights, or of those that ship."""
    from nas_plugins.strategies.metad2a import MetaD2AModel

    return MetaD2AModel.load(weights or WEIGHTS / f"{space.name}.safetensors", space)


def taught_model(weights: Path | None, space: SearchSpace[Any]) -> "MetaD2AModel":
    """The model of given weights that say which architectures their generator was taught, as novelty asks.

    Raises:
        InvalidArgument: They do not say so.
    """
    model = load_model(weights, space)
    if "taught" not in model.about:
        raise InvalidArgument(
            "wanted weights that say which architectures their generator was taught, got some that do not; meta-train "
            "them anew"
        )
    return model


def model_name(weights: Path | None) -> str:
    """The weights in words, for a protocol."""
    return f"Weights: {weights if weights is not None else 'those that ship with nas_plugins'}."


def draw_views(model: "MetaD2AModel", images: Sequence[NDArray[np.uint8]], rng: np.random.Generator) -> "torch.Tensor":
    """Views of a dataset through the image features the model was trained on."""
    from nas_plugins.strategies.image_features.extractors import get_extractor

    return model.views(list(images), get_extractor(model.about.get("extractor", "distilled")), rng)


def draw_graphs(
    model: "MetaD2AModel", views: "torch.Tensor | None", count: int, rng: np.random.Generator, *, prior: bool = False
) -> list["Graph"]:
    """Graphs as the generator draws them, repeats and invalid ones included.

    Args:
        model: The model.
        views: Views of a dataset, or ``None`` for the typical one.
        count: Graphs to draw.
        rng: Source of the draws.
        prior: Draw latent vectors from the prior instead, for no dataset at all.
    """
    import torch

    noise = torch.Generator().manual_seed(int(rng.integers(2**63)))
    graphs: list[Graph] = []
    while len(graphs) < count:
        size = min(_BATCH, count - len(graphs))
        graphs += model.generator.sample_prior(size, noise) if prior else model.generator.sample(views, size, noise)
    return graphs


def cells_of(graphs: Sequence["Graph"], space: NASBench201) -> list[Cell]:
    """The cells among graphs, in their order; graphs that are no cell are passed over."""
    cells: list[Cell] = []
    for graph in graphs:
        try:
            cells.append(space.from_graph(graph))
        except InvalidArchitecture:
            continue
    return cells


def draw_cells(
    model: "MetaD2AModel", views: "torch.Tensor | None", rng: np.random.Generator, space: NASBench201, count: int
) -> list[Cell]:
    """The cells among ``count`` draws of the generator."""
    return cells_of(draw_graphs(model, views, count, rng), space)


def random_cells(rng: np.random.Generator, space: NASBench201, count: int) -> list[Cell]:
    """Cells drawn uniformly, with repeats."""
    return [space.sample(rng) for _ in range(count)]


def distinct_cells(draw: Callable[[int], list[Cell]], count: int) -> list[Cell]:
    """The first distinct cells of repeated draws; fewer where draws keep repeating themselves.

    Raises:
        InvalidArgument: Not one of the draws is a cell.
    """
    found: dict[Cell, None] = {}
    for _ in range(_ROUNDS):
        found |= dict.fromkeys(draw(_BATCH))
        if len(found) >= count:
            break
    if not found:
        raise InvalidArgument(
            f"wanted weights whose generator draws cells, none of {_ROUNDS * _BATCH:,} draws is one; meta-train longer"
        )
    return list(found)[:count]


def ranked(
    model: "MetaD2AModel", views: "torch.Tensor | None", cells: Sequence[Cell], space: NASBench201, top: int
) -> list[Cell]:
    """The cells of highest prediction, best first, one of those known to compute the same function."""
    predictions: Any = model.predict(views, cells)
    best: dict[str, Cell] = {}
    for index in np.argsort(-np.asarray(predictions), kind="stable"):
        best.setdefault(space.canonical_form(cells[index]), cells[index])
    return list(best.values())[:top]
