"""The one look of all pictures: colours, type, empty figures, and files on disk."""

import math
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Eight colours told apart under all common forms of colour blindness (Okabe and Ito, 2008, without black and yellow).
BLUE, SKY, GREEN, ORANGE, VERMILION, PURPLE = "#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00", "#CC79A7"
INK, GREY, PALE, PAPER = "#222222", "#767676", "#C9C9C9", "#FFFFFF"

_DOTS_PER_INCH = 200
_FORMATS = (".png", ".svg")

# All that Matplotlib reads while it draws starts from its own defaults; a user's matplotlibrc changes nothing.
_DRAWING = "agg axes errorbar figure font grid legend lines markers mathtext patch path savefig svg text xtick ytick"
_SETTINGS: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.formatter.useoffset": False,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelpad": 7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 14,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "figure.constrained_layout.h_pad": 0.09,
    "figure.constrained_layout.w_pad": 0.12,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # ships with Matplotlib: the same letters on every machine
    "font.size": 9.5,
    "grid.color": "#EBEBEB",
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "legend.labelcolor": INK,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",  # text stays text: searchable, and editable in a drawing program
    "svg.hashsalt": "nas_plugins",  # equal pictures are equal files
    "text.color": INK,
    "text.parse_math": False,  # names of datasets and files hold what they like: a dollar is a dollar
    "xtick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.color": GREY,
    "ytick.labelcolor": INK,
}


@contextmanager
def look() -> Iterator[None]:
    """Draw inside this context to get the look; Matplotlib's settings are put back at its end."""
    import matplotlib as mpl

    rooms = tuple(f"{room}." for room in _DRAWING.split())
    defaults = {name: value for name, value in mpl.rcParamsDefault.items() if name.startswith(rooms)}
    with mpl.rc_context({**defaults, **_SETTINGS}):
        yield


def new_chart(width: float, height: float, title: str, *, subtitle: str = "") -> tuple["Figure", "Axes"]:
    """A figure of one set of axes under a title.

    Args:
        width: Inches.
        height: Inches.
        title: Wrapped where it is wider than the figure.
        subtitle: A line in grey between the title and the axes.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.set_title(wrapped(title, width - 0.9, 12), pad=28 if subtitle else 14)
    if subtitle:
        axes.annotate(subtitle, (0, 1), (0, 10), xycoords="axes fraction", textcoords="offset points", color=GREY)
    return figure, axes


def wrapped(text: str, width: float, size: float) -> str:
    """Break lines of text that are wider than ``width`` inches at a font size in points; keeps the breaks it has."""
    # 0.62 em: the mean width of a bold letter of DejaVu Sans.
    letters = max(int(width * 72 / (0.62 * size)), 8)
    return "\n".join(_balanced(line, letters) for line in text.split("\n"))


def _balanced(line: str, letters: int) -> str:
    """Wrap a line into the fewest lines that fit, all about equally long."""
    fewest = len(textwrap.wrap(line, letters))
    while letters > 8 and len(textwrap.wrap(line, letters - 1)) == fewest:
        letters -= 1
    return textwrap.fill(line, letters)


def picture_path(path: str | Path) -> Path:
    """The path of a picture.

    Raises:
        InvalidArgument: It ends in neither ``.png`` nor ``.svg``, or is a folder.
    """
    path = Path(path)
    if path.suffix.lower() not in _FORMATS:
        raise InvalidArgument(f"wanted a picture that ends in {' or '.join(_FORMATS)}, got {str(path)!r}; rename it")
    if path.is_dir():
        raise InvalidArgument(f"wanted a file for the picture, got the folder {str(path)!r}; name a file in it")
    return path


def save(figure: "Figure", path: Path) -> Path:
    """Write a figure in the format its path names, atomically.

    Raises:
        InvalidArgument: The file cannot be written there.
    """
    kind = path.suffix.lower().removeprefix(".")
    # Without the date, drawing the same data again leaves the same file.
    metadata = {"Date": None} if kind == "svg" else None
    try:
        return write_atomically(
            path, lambda part: figure.savefig(part, format=kind, dpi=_DOTS_PER_INCH, metadata=metadata)
        )
    except OSError as error:
        raise InvalidArgument(
            f"wanted to write a picture to {str(path)!r}, got {error.strerror or error}; name a file you may write"
        ) from error


def padded(low: float, high: float, share: float = 0.08) -> tuple[float, float]:
    """Limits of an axis that leave a share of its length free at both ends."""
    # A single value still gets an axis that a reader can take a scale from.
    room = (high - low) * share if high > low else max(abs(high) * 0.01, 0.5)
    return low - room, high + room


def is_number(value: object) -> bool:
    """Tell whether a value is a finite number; a failed trial's ``None`` or ``nan`` is not."""
    try:
        return math.isfinite(float(value))  # type: ignore[arg-type]  # anything else is caught below
    except (TypeError, ValueError):
        return False
