"""``nas-plugins convert``: an official table into one small file."""

from pathlib import Path
from typing import Annotated

import typer

from nas_plugins.cli.output import JsonOption, check_writable, save_json, show, stderr


def convert(
    source: Annotated[
        Path,
        typer.Argument(help="The official NAS-Bench-101 .tfrecord, NAS-Bench-201 .pth, or NATS-Bench file or folder."),
    ],
    destination: Annotated[Path, typer.Argument(help="The .npz file to write.")],
    trust: Annotated[
        bool, typer.Option("--trust", help="The source is a pickle, which can run code: say that you trust it.")
    ] = False,
    json: JsonOption = None,
) -> None:
    """Convert an official table once to a small columnar file that `benchmark --table FILE.npz/DATASET` reads."""
    from nas_plugins.evaluation.convert import convert as run_conversion

    check_writable(json)
    check_writable(destination.expanduser())
    with stderr.status(f"reading {source}"):
        table = run_conversion(source, destination, trust=trust)
    save_json(
        json,
        {
            "table": str(destination),
            "space": table.space,
            "source": table.source,
            "datasets": list(table.datasets),
            "architectures": table.recorded,
        },
    )
    show(f"Table: {destination}")
