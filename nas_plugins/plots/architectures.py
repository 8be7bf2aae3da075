"""A page of architectures, each drawn as a graph, with captions and one legend."""

import math
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import TypeVar

from nas_plugins.plots import cell as native
from nas_plugins.plots import graph as general
from nas_plugins.plots.ink import draw_legend, legend_columns, new_canvas
from nas_plugins.plots.look import look, picture_path, save, wrapped
from nas_plugins.plots.subnet import draw_subnets
from nas_plugins.spaces import NASBench201, SearchSpace
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.mobilenetv3 import Subnet
from nas_plugins.spaces.nasbench201 import Cell

A = TypeVar("A", bound=Hashable)

_MARGIN, _SPACE, _LINE, _MOST = 0.3, 0.22, 0.165, 200
_CAPTION, _TITLE = 8.0, 13.0


def draw_architectures(
    space: SearchSpace[A],
    architectures: Sequence[A],
    path: str | Path,
    *,
    captions: Sequence[str] | None = None,
    columns: int = 5,
    title: str | None = None,
) -> Path:
    """Draw architectures in a grid, row by row.

    Cells of NAS-Bench-201 appear in their native form, four nodes with an operation on each arrow; what lies on no path
    from input to output is grey. Networks of MobileNetV3 stand below one another, a bar per layer, its colour the
    kernel size and its height the expansion ratio, captions at the left. Architectures of any other space appear
    through their graph view, operations in boxes, layer below layer.

    Args:
        space: The space the architectures belong to.
        architectures: 1 to 200 of them.
        path: The picture, ``.png`` or ``.svg``.
        captions: A text under each, of one line or several.
        columns: Architectures in a row, at least 1; a network of MobileNetV3 has a row of its own.
        title: A heading for the page.

    Returns:
        The path written.

    Raises:
        InvalidArgument: No architecture or too many, another number of captions, no column, or a path that is no
            picture.
        InvalidArchitecture: An architecture that is not of the space.
    """
    path = picture_path(path)
    architectures = list(architectures)
    if not 1 <= len(architectures) <= _MOST:
        raise InvalidArgument(f"wanted 1 to {_MOST} architectures to draw, got {len(architectures)}; choose some")
    if columns < 1:
        raise InvalidArgument(f"wanted at least 1 column, got {columns}")
    if captions is not None and len(captions) != len(architectures):
        raise InvalidArgument(
            f"wanted one caption for each of {len(architectures)} architectures, got {len(captions)} captions"
        )
    for architecture in architectures:
        if not space.contains(architecture):
            raise InvalidArchitecture(
                f"wanted architectures of {space.name}, got {architecture!r}; draw it in its space"
            )
    with look():
        subnets = [architecture for architecture in architectures if isinstance(architecture, Subnet)]
        if subnets:
            return save(draw_subnets(subnets, list(captions or []), title), path)
        columns = min(columns, len(architectures))
        return _draw(space, architectures, path, captions=list(captions or []), columns=columns, title=title)


def _draw(
    space: SearchSpace[A], architectures: list[A], path: Path, *, captions: list[str], columns: int, title: str | None
) -> Path:
    cells: list[Cell] = []
    if isinstance(space, NASBench201):
        cells = [cell for cell in architectures if isinstance(cell, Cell)]
    graphs = [] if cells else [space.to_graph(architecture) for architecture in architectures]
    sizes = [general.extent(graph) for graph in graphs] or [(native.WIDTH, native.HEIGHT)]
    across, down = max(width for width, _ in sizes), max(height for _, height in sizes)
    handles = native.legend_handles(cells) if cells else []

    rows = math.ceil(len(architectures) / columns)
    width = max(columns * across + (columns - 1) * _SPACE, 3.2) + 2 * _MARGIN
    captions = [wrapped(caption, across, _CAPTION) for caption in captions]
    caption_height = max((caption.count("\n") + 1 for caption in captions), default=0) * _LINE
    heading = wrapped(title, width - 2 * _MARGIN, _TITLE) if title else ""
    heading_height = (heading.count("\n") + 1) * 0.25 + 0.2 if heading else 0.0
    legend_height = 0.0
    if handles:
        legend_height = math.ceil(len(handles) / legend_columns(width - 2 * _MARGIN, len(handles))) * 0.2 + 0.2
    pitch = down + caption_height + 1.3 * _SPACE
    height = 2 * _MARGIN + heading_height + rows * pitch - 1.3 * _SPACE + legend_height

    figure, axes = new_canvas(width, height)
    if heading:
        axes.text(_MARGIN, height - _MARGIN, heading, va="top", fontsize=_TITLE, fontweight="bold")
    left = (width - columns * across - (columns - 1) * _SPACE) / 2
    for position in range(len(architectures)):
        row, column = divmod(position, columns)
        x = left + column * (across + _SPACE)
        y = height - _MARGIN - heading_height - row * pitch - down
        if cells:
            native.draw_cell(axes, (x, y), cells[position])
        else:
            general.draw_graph(axes, (x, y), (across, down), graphs[position], space.operations)
        if captions:
            for number, line in enumerate(captions[position].split("\n")):
                axes.text(x + across / 2, y - 0.14 - number * _LINE, line, ha="center", fontsize=_CAPTION)
    if handles:
        draw_legend(figure, handles, width=width - 2 * _MARGIN, top=_MARGIN + legend_height - 0.2)
    return save(figure, path)
