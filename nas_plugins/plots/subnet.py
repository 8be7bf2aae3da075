"""The native picture of MobileNetV3 networks: one a row, its layers left to right in their five units."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nas_plugins.plots.ink import Point, new_canvas
from nas_plugins.plots.look import BLUE, GREY, INK, ORANGE, PALE, PAPER, SKY, wrapped
from nas_plugins.spaces.mobilenetv3 import Subnet
from nas_plugins.spaces.mobilenetv3.subnet import EXPANSIONS, KERNELS, MOST, UNITS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARGIN, _LINE, _CAPTION, _TITLE, _SMALL = 0.3, 0.165, 8.0, 13.0, 7.0
_CAPTION_WIDTH = 1.75
_BAR, _STEP, _UNIT = 0.21, 0.245, 1.2  # inches: a layer, from layer to layer, from unit to unit
_RISE = 0.092  # inches per unit of the expansion ratio
_ROW, _BETWEEN = max(EXPANSIONS) * _RISE, 0.24
_HEADER, _LEGEND, _APART = 0.34, 0.9, 0.4
_COLORS = dict(zip(KERNELS, (SKY, BLUE, ORANGE), strict=True))
_INKS = dict(zip(KERNELS, (INK, PAPER, INK), strict=True))


def draw_subnets(subnets: Sequence[Subnet], captions: Sequence[str], title: str | None) -> "Figure":
    """Draw networks below one another, captions at the left, a legend at the foot.

    A layer is a bar: its colour and the figure at its foot are the kernel size, its height the expansion ratio. Where a
    unit is shallower than four layers, a dotted line keeps the place.

    Args:
        subnets: The networks.
        captions: One for each, or none.
        title: A heading.
    """
    captions = [wrapped(caption, _CAPTION_WIDTH, _CAPTION) for caption in captions]
    left = _MARGIN + (_CAPTION_WIDTH + 0.15 if captions else 0.0)
    across = (UNITS - 1) * _UNIT + (MOST - 1) * _STEP + _BAR
    width = left + across + _MARGIN
    heading = wrapped(title, width - 2 * _MARGIN, _TITLE) if title else ""
    heading_height = (heading.count("\n") + 1) * 0.25 + 0.15 if heading else 0.0
    lines = max((caption.count("\n") + 1 for caption in captions), default=0)
    pitch = max(_ROW + _BETWEEN, lines * _LINE + 0.1)
    height = 2 * _MARGIN + heading_height + _HEADER + len(subnets) * pitch - (pitch - _ROW) + _LEGEND

    figure, axes = new_canvas(width, height)
    if heading:
        axes.text(_MARGIN, height - _MARGIN, heading, va="top", fontsize=_TITLE, fontweight="bold")
    top = height - _MARGIN - heading_height - _HEADER
    for unit in range(UNITS):
        middle = left + unit * _UNIT + ((MOST - 1) * _STEP + _BAR) / 2
        axes.text(middle, top + 0.14, f"unit {unit + 1}", ha="center", fontsize=_CAPTION, color=GREY)
    for number, subnet in enumerate(subnets):
        foot = top - number * pitch - _ROW
        _draw_subnet(axes, (left, foot), subnet)
        if captions:
            first, *rest = captions[number].split("\n")
            middle = foot + _ROW / 2 + len(rest) * _LINE / 2
            for position, line in enumerate((first, *rest)):
                axes.text(_MARGIN, middle - position * _LINE, line, va="center", fontsize=_CAPTION)
    _draw_legend(axes, width, _MARGIN)
    return figure


def _draw_subnet(axes: "Axes", corner: Point, subnet: Subnet) -> None:
    """One network, its lower left corner in inches."""
    for unit, layers in enumerate(subnet.units):
        start = corner[0] + unit * _UNIT
        end = start + (MOST - 1) * _STEP + _BAR
        axes.plot([start, end], [corner[1]] * 2, color=PALE, linewidth=0.8, solid_capstyle="butt", zorder=1)
        if unit < UNITS - 1:
            axes.plot(
                [end + 0.05, start + _UNIT - 0.05], [corner[1]] * 2, color=PALE, linewidth=0.8, linestyle=(0, (1, 2))
            )
        for place in range(MOST):
            x = start + place * _STEP
            if place < len(layers):
                _draw_layer(axes, (x, corner[1]), *layers[place])
            else:
                _draw_absence(axes, (x, corner[1]))


def _draw_layer(axes: "Axes", corner: Point, kernel: int, expansion: int) -> None:
    from matplotlib.patches import Rectangle

    bar = Rectangle(corner, _BAR, expansion * _RISE, facecolor=_COLORS[kernel], edgecolor="none", zorder=2)
    axes.add_patch(bar)
    x, y = corner[0] + _BAR / 2, corner[1] + 0.035
    axes.text(x, y, str(kernel), ha="center", va="bottom", fontsize=_SMALL, color=_INKS[kernel], zorder=3)


def _draw_absence(axes: "Axes", corner: Point) -> None:
    x, y = corner[0] + _BAR / 2, corner[1] + 0.05
    axes.plot([x, x], [y, y + 2 * _RISE], color=PALE, linewidth=1.2, linestyle=(0, (1, 2)), zorder=1)


def _draw_legend(axes: "Axes", width: float, foot: float) -> None:
    """What colours and heights mean, centred above a height in inches."""
    from matplotlib.patches import Rectangle

    words = ("kernel size", "expansion ratio", "no such layer")
    lengths = [0.068 * len(word) for word in words]
    bars = len(KERNELS) * _STEP, len(EXPANSIONS) * _STEP, _STEP / 2
    x = (width - sum(lengths) - sum(bars) - 2 * _APART) / 2
    starts = []  # of the bars of each entry
    for word, length, taken in zip(words, lengths, bars, strict=True):
        starts.append(x + length + 0.08)
        axes.text(x + length, foot + 0.035, word, ha="right", va="bottom", fontsize=_CAPTION, color=GREY)
        x += length + taken + _APART
    for place, kernel in enumerate(KERNELS):
        _draw_layer(axes, (starts[0] + place * _STEP, foot), kernel, min(EXPANSIONS))
    for place, expansion in enumerate(EXPANSIONS):
        left = starts[1] + place * _STEP
        axes.add_patch(Rectangle((left, foot), _BAR, expansion * _RISE, facecolor=PALE, edgecolor="none"))
        axes.text(left + _BAR / 2, foot + 0.035, str(expansion), ha="center", va="bottom", fontsize=_SMALL, color=INK)
    _draw_absence(axes, (starts[2] - 0.04, foot))
