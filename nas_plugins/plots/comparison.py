"""Methods side by side: a dot with its interval for each, one panel per column of figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nas_plugins.plots.look import BLUE, GREY, INK, PALE, PAPER, is_number, look, padded, picture_path, save, wrapped
from nas_plugins.spaces.errors import InvalidArgument

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PANEL, _ROW = 3.5, 0.27  # inches


@dataclass(frozen=True)
class ComparisonRow:
    """One line of the picture.

    Args:
        label: What the figures are of.
        figures: By panel: the figure, and the ends of its interval where it has one.
        published: Drawn hollow and in grey, apart from figures of one's own.
    """

    label: str
    figures: Mapping[str, tuple[float, float | None, float | None]]
    published: bool = False


def draw_comparison(
    rows: Sequence[ComparisonRow],
    panels: Sequence[str],
    path: str | Path,
    *,
    title: str,
    subtitle: str = "",
    digits: int = 2,
) -> Path:
    """Draw methods from top to bottom, each with its figure as a dot and its interval as a bar.

    Args:
        rows: The methods, first on top; a row may lack the figure of a panel.
        panels: Columns of figures, each with a horizontal axis of its own.
        path: The picture, ``.png`` or ``.svg``.
        title: Says what is seen.
        subtitle: Says what the figures are, with their unit.
        digits: Digits behind the point of the numbers written beside the dots.

    Returns:
        The path written.

    Raises:
        InvalidArgument: A panel without a figure, no panel, or a path that is no picture.
    """
    path = picture_path(path)
    if not panels:
        raise InvalidArgument("wanted at least one column of figures, got none")
    for panel in panels:
        if not any(panel in row.figures and is_number(row.figures[panel][0]) for row in rows):
            raise InvalidArgument(f"wanted a figure for {panel!r}, got none in {len(rows)} rows")
    with look():
        from matplotlib.figure import Figure

        label_width = 0.075 * max(len(row.label) for row in rows)
        width = label_width + _PANEL * len(panels)
        figure = Figure(figsize=(width, _ROW * len(rows) + 1.5), layout="constrained")
        heading = wrapped(title, width - 0.6, 12)
        figure.suptitle(heading, x=0.02, ha="left", fontsize=12, fontweight="bold")
        all_axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axes, panel in zip(all_axes, panels, strict=True):
            _draw_panel(axes, rows, panel, digits)
        all_axes[0].set_yticks(range(len(rows)), [row.label for row in rows])
        for tick, row in zip(all_axes[0].get_yticklabels(), rows, strict=True):
            tick.set_color(GREY if row.published else INK)
        all_axes[0].set_ylim(len(rows) - 0.4, -0.6)
        if subtitle:
            figure.supxlabel(subtitle, fontsize=9, color=GREY)
        return save(figure, path)


def _draw_panel(axes: "Axes", rows: Sequence[ComparisonRow], panel: str, digits: int) -> None:
    from matplotlib.ticker import MaxNLocator

    ends = [end for row in rows for end in row.figures.get(panel, ()) if is_number(end)]
    low, high = padded(min(map(float, ends)), max(map(float, ends)))  # type: ignore[arg-type]  # None is no number
    axes.set_xlim(low, high)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.set_title(panel, fontsize=10, pad=8)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="y", visible=False)
    published = [row.published for row in rows]
    if True in published and False in published:
        axes.axhline(published.index(True) - 0.5, color=PALE, linewidth=0.8)
    for position, row in enumerate(rows):
        if panel not in row.figures or not is_number(row.figures[panel][0]):
            continue
        mean, below, above = row.figures[panel]
        color = GREY if row.published else BLUE
        if below is not None and above is not None:
            axes.plot([below, above], [position, position], color=color, linewidth=2.2, alpha=0.45)
        face = PAPER if row.published else color
        axes.plot(mean, position, "o", color=color, markerfacecolor=face, markersize=5.5, zorder=3)
        axes.annotate(
            f"{mean:.{digits}f}",
            (1, position),
            (6, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="left",
            va="center",
            fontsize=8,
            color=color if row.published else INK,
        )
