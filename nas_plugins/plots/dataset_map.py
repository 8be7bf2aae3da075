"""Where a dataset lies among known ones: points in a plane, a colour for each dataset."""

from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.plots.labels import place_labels
from nas_plugins.plots.look import (
    BLUE,
    GREEN,
    ORANGE,
    PAPER,
    PURPLE,
    SKY,
    VERMILION,
    look,
    new_chart,
    picture_path,
    save,
)
from nas_plugins.spaces.errors import InvalidArgument

_COLORS = (BLUE, GREEN, ORANGE, PURPLE, SKY)
_MARKERS = ("o", "s", "^", "v")


def draw_dataset_map(
    known: Mapping[str, NDArray[np.floating[Any]]],
    here: NDArray[np.floating[Any]],
    path: str | Path,
    *,
    name: str,
    title: str,
) -> Path:
    """Draw vectors of datasets in the plane in which the known ones differ most (principal components).

    The plane is fitted to the known datasets alone, so that it stays where it is whatever dataset is placed on it; the
    subtitle says how much of their variance it shows.

    Args:
        known: Name of a dataset to the vectors ``(views, dimension)`` of its views, in units in which all dimensions
            count alike.
        here: Vectors ``(views, dimension)`` of the dataset to place.
        path: The picture, ``.png`` or ``.svg``.
        name: Of the dataset to place.
        title: Says what is seen.

    Returns:
        The path written.

    Raises:
        InvalidArgument: Fewer than two known datasets, vectors of different length, or a path that is no picture.
    """
    path = picture_path(path)
    if len(known) < 2:
        raise InvalidArgument(f"wanted at least two known datasets, got {list(known)}; name more")
    lengths = {rows.shape[1] for rows in (*known.values(), here)}
    if len(lengths) > 1:
        raise InvalidArgument(f"wanted vectors of one length, got {sorted(lengths)}; compute them with one model")
    every = np.concatenate(list(known.values()))
    plane, share = principal_plane(every)
    places = {dataset: (rows - every.mean(0)) @ plane for dataset, rows in known.items()}
    placed = (here - every.mean(0)) @ plane
    with look():
        figure, axes = new_chart(
            6.8, 5.4, title, subtitle=f"each point a view of a dataset; {100 * share:.0f} % of the known ones' variance"
        )
        axes.set(xlabel="first principal component", ylabel="second principal component")
        axes.set_aspect("equal", adjustable="datalim")
        colors = [color for color, _ in zip(cycle(_COLORS), places, strict=False)]
        for number, (color, points) in enumerate(zip(colors, places.values(), strict=True)):
            marker = _MARKERS[number // len(_COLORS) % len(_MARKERS)]  # tells apart what the same colour comes round to
            axes.scatter(points[:, 0], points[:, 1], s=16, marker=marker, color=color, alpha=0.55, linewidth=0)
        axes.scatter(
            placed[:, 0], placed[:, 1], s=30, marker="D", color=VERMILION, edgecolor=PAPER, linewidth=0.6, zorder=4
        )
        figure.draw_without_rendering()  # fixes the layout that the labels are placed in
        # A name stands beside the outermost view of its dataset, where it hides least; the placed one chooses first.
        middle = np.concatenate(list(places.values())).mean(0)
        outward = [
            points[np.argsort(-np.linalg.norm(points - middle, axis=1))] for points in (placed, *places.values())
        ]
        x, y = np.concatenate(outward).T
        texts = [text for label, points in zip([name, *places], outward, strict=True) for text in _first(label, points)]
        inks = [ink for ink, points in zip([VERMILION, *colors], outward, strict=True) for _ in points]
        place_labels(axes, x, y, texts, inks)
        return save(figure, path)


def principal_plane(rows: NDArray[np.floating[Any]]) -> tuple[NDArray[np.float64], float]:
    """The first two principal axes of some vectors, and their share of the variance.

    scikit-learn's PCA gives the same, signs included, but its import takes longer than drawing the map.

    Args:
        rows: ``(vectors, dimension)``, two at least of each.

    Returns:
        Axes ``(dimension, 2)`` of unit length, and a share from 0 to 1.
    """
    _, spreads, axes = np.linalg.svd(rows.astype(np.float64) - rows.mean(0, dtype=np.float64), full_matrices=False)
    first = axes[:2]
    largest = np.take_along_axis(first, np.abs(first).argmax(1)[:, None], axis=1)
    return (first * np.sign(largest)).T, float((spreads[:2] ** 2).sum() / (spreads**2).sum())


def _first(label: str, points: NDArray[np.floating[Any]]) -> list[str]:
    """A label for the first of some points, none for the others."""
    return [label, *[""] * (len(points) - 1)]
