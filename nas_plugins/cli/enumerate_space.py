"""``nas-plugins enumerate``: every architecture of a finite space, in one columnar file."""

from pathlib import Path
from typing import Annotated, Any

import typer

from nas_plugins.cli.output import JsonOption, SpaceOption, check_writable, save_json, show
from nas_plugins.cli.progress import Steps
from nas_plugins.spaces import FiniteSearchSpace, get_space
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.files import write_atomically

_CHUNK = 20_000


def enumerate_space(
    space: SpaceOption = "nasbench101",
    output: Annotated[
        Path | None, typer.Option(help="Parquet file to write.  [default: results/SPACE.parquet]")
    ] = None,
    json: JsonOption = None,
) -> None:
    """List every architecture of a finite space: its text, and the form that equal ones share, in a Parquet file.

    On NAS-Bench-101 that form is the official module hash.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    search_space = get_space(space)
    if not isinstance(search_space, FiniteSearchSpace):
        raise InvalidArgument(f"wanted a search space that can be enumerated, got {space}")
    path = output or Path("results") / f"{search_space.name}.parquet"
    check_writable(json)
    check_writable(path)
    distinct: set[str] = set()
    schema = pa.schema([("architecture", pa.string()), ("canonical_form", pa.string())])

    def write(temporary: Path) -> None:
        with pq.ParquetWriter(temporary, schema) as file, Steps() as steps:
            for start in range(0, len(search_space), _CHUNK):
                stop = min(start + _CHUNK, len(search_space))
                architectures: list[Any] = [search_space[index] for index in range(start, stop)]
                forms = [search_space.canonical_form(architecture) for architecture in architectures]
                distinct.update(forms)
                columns = {"architecture": list(map(str, architectures)), "canonical_form": forms}
                file.write_table(pa.table(columns, schema=schema))
                steps.update("architectures", stop, len(search_space))

    write_atomically(path, write)
    result = {"file": str(path), "space": search_space.name, "architectures": len(search_space)}
    save_json(json, result | {"canonical_forms": len(distinct)})
    show(f"{len(search_space):,} architectures: {path}")
