"""Labels beside points: they cover neither points nor each other, and a line leads to those that moved away."""

from itertools import combinations

import numpy as np
from matplotlib.text import Annotation

from nas_plugins.plots.labels import place_labels
from nas_plugins.plots.look import new_chart


def labelled(x: np.ndarray, y: np.ndarray) -> tuple[list[Annotation], list[Annotation]]:
    """The labels placed beside points of a chart, and the lines that lead to some of them."""
    figure, axes = new_chart(6, 5, "Crowd")
    axes.set(xlim=(-1, 1), ylim=(-1, 1))
    figure.draw_without_rendering()
    place_labels(axes, x, y, [f"dataset {number}" for number in range(len(x))], ["black"] * len(x))
    notes = [child for child in axes.get_children() if isinstance(child, Annotation)]
    return [note for note in notes if note.get_text()], [note for note in notes if not note.get_text()]


def test_labels_of_a_crowd_do_not_cover_each_other() -> None:
    spots = np.linspace(-0.02, 0.02, 16)
    labels, lines = labelled(spots, spots)

    assert len(labels) == 16
    boxes = [label.get_window_extent() for label in labels]
    for first, second in combinations(boxes, 2):
        width = min(first.x1, second.x1) - max(first.x0, second.x0)
        height = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert min(width, height) <= 0
    assert lines


def test_labels_with_room_stand_beside_their_points_without_lines() -> None:
    spots = np.array([-0.7, 0.0, 0.5])
    labels, lines = labelled(spots, spots)

    assert len(labels) == 3
    assert not lines
