"""What people see: tables and notes; and what scripts read: JSON."""

import math
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from nas_plugins.spaces.files import replaced_file, write_json

stdout = Console()
stderr = Console(stderr=True)

JsonOption = Annotated[Path | None, typer.Option("--json", help="Write the result to this file as JSON.")]
SeedOption = Annotated[int, typer.Option(help="Seed of every random draw.", min=0)]
FromOption = Annotated[
    Path | None,
    typer.Option(
        "--from",
        help="Learn first from earlier results: a CSV file (architecture, score), what --json wrote, or for search "
        "also a folder of Ray's.",
    ),
]
SpaceOption = Annotated[str, typer.Option(help="Search space.")]


def note(text: str) -> None:
    """A line for the reader on standard error, apart from results."""
    stderr.print(f"note: {text}", style="yellow", markup=False, highlight=False, soft_wrap=True)


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; every column but those of architectures and methods is aligned to the right."""
    stdout.print(title, style="bold", markup=False, highlight=False)  # rich would wrap a title to the table's width
    table = Table()
    for name in columns:
        wide = name in ("architecture", "method")
        table.add_column(name, justify="left" if wide else "right", overflow="fold" if wide else "ellipsis")
    for row in rows:
        table.add_row(*row)
    stdout.print(table)


def show(text: str) -> None:
    """Print a line of results, paths unbroken."""
    stdout.print(text, markup=False, highlight=False, soft_wrap=True)


def save_json(path: Path | None, value: dict[str, Any]) -> None:
    """Write the result where ``--json`` says, if it was given; what is no finite number becomes ``null``."""
    if path is not None:
        write_json(path, _finite(value), allow_nan=False)


def _finite(value: Any) -> Any:
    """Plain data without nan and infinities, which JSON does not have."""
    if isinstance(value, Mapping):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def check_writable(path: Path | None) -> None:
    """Refuse a ``--json`` or output path that cannot be written before hours are spent on the result.

    The place where a file would be made is tried, links followed; what is written into, a pipe or ``/dev/stdout``, is
    only asked.
    """
    if path is None:
        return
    if path.is_dir():
        raise typer.BadParameter(f"wanted a file to write, {path} is a folder")
    try:
        replaced = replaced_file(path)
        if replaced is not None:
            replaced.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=replaced.parent):
                return
    except OSError as error:
        raise typer.BadParameter(f"wanted a file to write, got {path}: {error.strerror or error}") from error
    if not os.access(path, os.W_OK):
        raise typer.BadParameter(f"wanted a file to write, got {path}: no permission")


def check_folder(path: Path | None) -> None:
    """Refuse an output folder that cannot be one, before anything is read for what shall stand in it."""
    for one in () if path is None else (path, *path.parents):
        if one.exists():
            if not one.is_dir():
                raise typer.BadParameter(f"wanted a folder to write into, {one} is a file")
            return
