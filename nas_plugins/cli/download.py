"""``nas-plugins download``: weights that others publish."""

from pathlib import Path
from typing import Annotated

import typer

from nas_plugins.cli.output import JsonOption, check_writable, save_json, show, stderr
from nas_plugins.downloads import PUBLISHED


def download(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(PUBLISHED)}.")],
    folder: Annotated[Path | None, typer.Option(help="Where to keep it instead of the cache folder.")] = None,
    json_path: JsonOption = None,
) -> None:
    """Download published weights, check their content, and print where they are."""
    from nas_plugins.downloads import download_published

    check_writable(json_path)
    with stderr.status(f"downloading {name}"):
        path = download_published(name, folder)
    save_json(json_path, {"name": name, "path": str(path), "about": PUBLISHED[name].about})
    show(f"Weights: {path}")
