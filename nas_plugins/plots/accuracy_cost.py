"""Accuracy over cost: what several methods reach at each bound, a panel per dataset."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from nas_plugins.plots.look import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    VERMILION,
    look,
    picture_path,
    save,
    wrapped,
)
from nas_plugins.spaces.errors import InvalidArgument

Points = Sequence[tuple[float, float]]
"""Cost and accuracy of each point, in any order."""

_STYLES = ((BLUE, "o"), (VERMILION, "s"), (ORANGE, "^"), (GREEN, "D"), (PURPLE, "v"), (INK, "*"), (GREY, "P"))
_PANEL, _HEIGHT = 4.2, 4.0  # inches


def draw_accuracy_over_cost(
    panels: Mapping[str, Mapping[str, Points]],
    path: str | Path,
    *,
    title: str,
    subtitle: str = "",
    cost: str = "multiply-adds (millions)",
    accuracy: str = "accuracy (%)",
    steps: bool = False,
) -> Path:
    """Draw a line of points per method in each panel; equal methods have equal colours in all panels.

    Args:
        panels: Panel to method to points.
        path: Ends in ``.png`` or ``.svg``.
        title: Of the picture.
        subtitle: Below the title, smaller.
        cost: Label of the axis to the right.
        accuracy: Label of the axis upwards.
        steps: Points are fronts: between two, the cheaper one is the best that can be had.

    Raises:
        InvalidArgument: No panels, or more methods than there are colours.
    """
    methods = list(dict.fromkeys(method for points in panels.values() for method in points))
    if not methods or len(methods) > len(_STYLES):
        raise InvalidArgument(f"wanted 1 to {len(_STYLES)} methods to draw, got {len(methods)}")
    path = picture_path(path)
    with look():
        from matplotlib.figure import Figure

        width = _PANEL * len(panels)
        figure = Figure(figsize=(width, _HEIGHT + 1.1), layout="constrained")
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for place, (name, points) in zip(axes, panels.items(), strict=True):
            for method, own in points.items():
                color, marker = _STYLES[methods.index(method)]
                line = sorted(own)
                place.plot(
                    [x for x, _ in line],
                    [y for _, y in line],
                    color=color,
                    marker=marker,
                    markersize=6,
                    linewidth=1.3,
                    drawstyle="steps-post" if steps else "default",
                    label=method,
                )
            place.set_title(name, fontsize=10, pad=8)
            place.set_xlabel(cost)
        axes[0].set_ylabel(accuracy)
        handles = {
            label: handle for place in axes for handle, label in zip(*place.get_legend_handles_labels(), strict=True)
        }
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=min(3, len(handles)))
        text = title + (f"\n{subtitle}" if subtitle else "")
        figure.suptitle(wrapped(text, width - 0.6, 12), x=0.02, ha="left", fontsize=12, fontweight="bold")
        return save(figure, path)
