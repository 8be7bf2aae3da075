"""Bounds on what networks cost, as options of the commands."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from nas_plugins.spaces.constrained_space import ConstrainedSpace, constrain
from nas_plugins.spaces.cost_bound import CostBound, network_bounds
from nas_plugins.spaces.cost_measure import CostMeasure
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace

_NUMBER = re.compile(r"(\d+(?:\.\d*)?(?:e[+-]?\d+)?)\s*([kmg]?)", re.IGNORECASE)
_FACTORS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}
_LAYERED = (".yaml", ".yml")


def read_quantity(text: str) -> float:
    """A number above 0: ``300e6``, ``300M``, ``0.5m``, ``1.2G``, ``80000``.

    Raises:
        typer.BadParameter: It is none.
    """
    found = _NUMBER.fullmatch(str(text).strip())
    value = float(found[1]) * _FACTORS[found[2].lower()] if found else 0.0
    if not 0 < value < float("inf"):
        raise typer.BadParameter(f"wanted a number above 0 like 300e6 or 300M, got {text!r}")
    return value


MaxParamsOption = Annotated[
    float | None,
    typer.Option(
        "--max-params", parser=read_quantity, metavar="NUMBER", help="Propose no network of more parameters, e.g. 500k."
    ),
]
MaxMacsOption = Annotated[
    float | None,
    typer.Option(
        "--max-macs",
        parser=read_quantity,
        metavar="NUMBER",
        help="Propose no network of more multiply-adds per image, e.g. 80M or 80e6.",
    ),
]
MaxLatencyOption = Annotated[
    float | None,
    typer.Option(
        "--max-latency",
        parser=read_quantity,
        metavar="MS",
        help="Propose no network of more milliseconds; needs --latency-table.",
    ),
]
LatencyTableOption = Annotated[
    str | None,
    typer.Option(
        "--latency-table",
        metavar="FILE[:COLUMN]",
        help="Latencies: a CSV of architectures, the device's column behind a colon, or a YAML of layers.",
    ),
]


def latency_measure(space: SearchSpace[Any], table: str) -> CostMeasure[Any]:
    """The latency a table tells: of layers (``.yaml``, the MobileNetV3 space), else of architectures.

    Raises:
        InvalidArgument: A table of layers for another space, or a column that is not there.
        InvalidTable: No such table.
    """
    if isinstance(space, ConstrainedSpace):
        space = space.whole  # a table has rows of architectures outside the bounds too
    if Path(table).suffix.lower() in _LAYERED:
        if space.name != "mobilenetv3":
            raise InvalidArgument(
                f"wanted a CSV table of latencies for {space.name}, got {table!r}, a table of layers for mobilenetv3"
            )
        from nas_plugins.spaces.mobilenetv3.layer_latency import LayerLatency

        return LayerLatency(table)
    from nas_plugins.spaces.recorded_latency import RecordedLatency

    path, colon, column = table.rpartition(":")
    if colon and not Path(table).is_file():
        return RecordedLatency(space, path, column)
    return RecordedLatency(space, table)


def latency_bounds(space: SearchSpace[Any], max_latency: float | None, table: str | None) -> tuple[CostBound[Any], ...]:
    """The bound on latency, where there is one.

    Raises:
        InvalidArgument: A bound without a table.
    """
    if max_latency is None:
        return ()
    if table is None:
        raise InvalidArgument("wanted --latency-table FILE beside --max-latency, got none; name one, or leave both out")
    return (CostBound(latency_measure(space, table), max_latency),)


def bounded(
    space: SearchSpace[Any],
    *,
    max_macs: float | None,
    max_params: float | None,
    max_latency: float | None = None,
    latency_table: str | None = None,
    **scale: Any,
) -> SearchSpace[Any]:
    """A space within the bounds that were given.

    Args:
        space: The whole.
        max_macs: As the option says.
        max_params: As the option says.
        max_latency: As the option says.
        latency_table: As the option says.
        **scale: Size of the networks that are counted, as in :meth:`SearchSpace.cost`.

    Raises:
        InvalidArgument: Nothing is cheap enough.
    """
    latency = latency_bounds(space, max_latency, latency_table)
    return constrain(space, (*network_bounds(space, max_macs, max_params, **scale), *latency))
