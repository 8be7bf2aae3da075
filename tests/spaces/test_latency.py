"""Latencies: tables read as they are published, damaged ones refused, and measured ones kept."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest

from nas_plugins.spaces import CostBound, MobileNetV3, NASBench201, constrain
from nas_plugins.spaces.constrained_space import plain_bounds
from nas_plugins.spaces.errors import InvalidArgument, InvalidTable
from nas_plugins.spaces.measured_latency import MeasuredLatency
from nas_plugins.spaces.mobilenetv3.layer_latency import LayerLatency
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, SMALLEST, Subnet
from nas_plugins.spaces.recorded_latency import RecordedLatency

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
CELLS = NASBench201()
RECORDS, LAYERS = DATA / "latency" / "nb201_hwnasbench.csv", DATA / "supernet" / "note10_latency"

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="needs the folder of real data")


@needs_data
def test_published_cells():
    """HW-NAS-Bench has every cell; a bound on the slowest percentile leaves the rest, a tight one names the fastest."""
    latency = RecordedLatency(CELLS, RECORDS, "c10_raspi4_latency")
    values = np.array([latency(cell) for cell in CELLS])

    assert np.isfinite(values).all()
    assert latency(CELLS[0]) == values[0]
    assert len(constrain(CELLS, [CostBound(latency, float(np.median(values)))])) == pytest.approx(15_625 / 2, abs=5)
    with pytest.raises(InvalidArgument, match=f"the smallest of nasbench201 has {values.min():.4g} ms"):
        constrain(CELLS, [CostBound(latency, values.min() / 2)])
    with pytest.raises(InvalidArgument, match="c10_pixel3_latency"):
        RecordedLatency(CELLS, RECORDS)


def test_saved_bounds_are_those_of_what_was_measured(tmp_path):
    """A table that moved is the same bound in a saved state; one of other figures, or another column, is another."""
    (tmp_path / "elsewhere").mkdir()
    rows = [f"{cell},{place + 1},3" for place, cell in enumerate(list(CELLS)[:3])]
    tables = [tmp_path / "one.csv", tmp_path / "elsewhere" / "one.csv", tmp_path / "other.csv"]
    for table, more in zip(tables, ([], [], [f"{CELLS[3]},inf,inf", f"{CELLS[4]},9,9"]), strict=True):
        table.write_text("\n".join(["architecture,phone,board", *rows, *more]))
    saved, moved, other, column = (
        json.dumps(plain_bounds(constrain(CELLS, [CostBound(RecordedLatency(CELLS, table, name), 5.0)])))
        for table, name in (*((table, "phone") for table in tables), (tables[0], "board"))
    )
    timed = CostBound(MeasuredLatency(CELLS, image_shape=(3, 8, 8), C=4, N=1), 5.0).plain()

    assert saved == moved
    assert len({saved, other, column}) == 3
    assert "Infinity" not in other
    assert json.loads(json.dumps(timed)) == timed


@needs_data
def test_saved_bounds_on_layers_tell_tables_apart():
    """The tables of two sizes of images make two bounds, as plain data."""
    sizes = [LayerLatency(LAYERS / f"{size}_lookup_table.yaml").settings() for size in (160, 224)]

    assert sizes[0] != sizes[1] == json.loads(json.dumps(sizes[1]))


@needs_data
@pytest.mark.parametrize("size", [160, 176, 192, 208, 224])
def test_layers_of_a_phone(size):
    """Every layer of the space is in the tables; draws below a bound on their sum are within it and near it."""
    latency = LayerLatency(LAYERS / f"{size}_lookup_table.yaml")
    space = MobileNetV3()
    bound = latency(SMALLEST) + 0.2 * (latency(LARGEST) - latency(SMALLEST))
    small = constrain(space, [CostBound(latency, bound)])
    rng = np.random.default_rng(0)
    drawn = [latency(small.sample(rng)) for _ in range(30)]

    assert (latency.image_size, latency.width) == (size, 1.2)
    assert 0.8 * bound < max(drawn) <= bound


@needs_data
def test_published_networks_have_about_the_latency_in_their_names():
    """Once-for-All's networks of width 1.2 for this phone: the sum of layers at 224 pixels is within 3 % of it.

    The fourth, of 64 ms, is of a larger size of images than any of the tables.
    """
    latency = LayerLatency(LAYERS / "224_lookup_table.yaml")
    compared = 0
    for path in (DATA / "supernet" / "specialized_configs").glob("note10_lat-*.json"):
        blocks = [block["mobile_inverted_conv"] for block in json.loads(path.read_text())["blocks"]][1:]
        units: list[list[tuple[int, int]]] = []
        channels = None
        for block in blocks:
            if block["out_channels"] != channels:
                units.append([])
                channels = block["out_channels"]
            units[-1].append((block["kernel_size"], block["expand_ratio"]))
        published = int(re.search(r"lat-(\d+)ms", path.name)[1])
        if channels == 192 and published < 64:
            assert latency(Subnet(tuple(map(tuple, units)))) == pytest.approx(published, rel=0.03)
            compared += 1

    assert compared == 3


def test_a_table_of_ones_own(tmp_path):
    """Two cells on record in the only column: they alone are within any bound."""
    cells = [CELLS[5], CELLS[77]]
    path = tmp_path / "own.csv"
    path.write_text("architecture,my_phone\n" + "".join(f'"{cell}",{n}.5\n' for n, cell in enumerate(cells, 1)))
    latency = RecordedLatency(CELLS, path)

    assert (latency.column, latency(cells[0]), latency(CELLS[0])) == ("my_phone", 1.5, math.inf)
    assert list(constrain(CELLS, [CostBound(latency, 1e9)])) == cells
    assert list(constrain(CELLS, [CostBound(latency, 2)])) == cells[:1]


@pytest.mark.parametrize(
    "text",
    ["", "architecture,a\n", "name,a\nx,1\n", "architecture,a\nnothing,1\n", "ops,a\n123,4\n", "ops,a\n012340,-1\n"],
)
def test_damaged_tables_are_refused(tmp_path, text):
    path = tmp_path / "damaged.csv"
    path.write_text(text)

    with pytest.raises(InvalidTable, match=re.escape(path.name)):
        RecordedLatency(CELLS, path)
    with pytest.raises(InvalidTable, match=re.escape(path.name)):
        LayerLatency(path)


def test_measured_latency_is_kept():
    """Measured once: later the same figure, above 0, so that bounds on it hold."""
    latency = MeasuredLatency(CELLS, repetitions=1, image_shape=(3, 8, 8), C=4, N=1)
    measured = latency(CELLS[9])

    assert 0 < measured == latency(CELLS[9])
    assert CostBound(latency, measured).allows(CELLS[9])
    with pytest.raises(InvalidArgument):
        MeasuredLatency(CELLS, repetitions=0)
