"""Latencies: tables read as they are published, damaged ones refused, and measured ones kept."""

import json
import math
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

from nas_plugins.spaces import CostBound, MobileNetV3, NASBench201, NetworkCost, constrain
from nas_plugins.spaces.constrained_space import plain_bounds
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument, InvalidTable
from nas_plugins.spaces.measured_latency import MeasuredLatency
from nas_plugins.spaces.mobilenetv3.layer_latency import LayerLatency
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, SMALLEST, Subnet
from nas_plugins.spaces.recorded_latency import RecordedLatency

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
CELLS, SUBNETS = NASBench201(), MobileNetV3()
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


def test_a_table_saved_by_a_spreadsheet_is_read(tmp_path):
    """With a byte order mark the first column has its name; another encoding is refused by its name."""
    text = f'architecture,ms\n"{CELLS[5]}",1.5\n'
    path = tmp_path / "saved.csv"
    path.write_text(text, encoding="utf-8-sig")

    assert RecordedLatency(CELLS, path)(CELLS[5]) == 1.5
    for bad in (text.encode("utf-16"), text.replace("ms", "Gerät").encode("latin-1")):
        path.write_bytes(bad)
        with pytest.raises(InvalidTable, match=r"saved.csv.*saved as UTF-8"):
            RecordedLatency(CELLS, path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a:\n  mean: 1.0\nb", "line 3: could not find expected ':'"),
        ("a: {mean: 1.0\n", "line 2: expected ',' or '}'"),
        ("a: '\x00'", "special characters are not allowed"),
        ("", "got a NoneType instead of layers"),
        ("- 1", "got a list instead of layers"),
        ("a: {count: 1}", "got {'count': 1} for a"),
        ("a: {mean: .inf}", "got {'mean': inf} for a"),
        ("a: {mean: -1}", "got {'mean': -1} for a"),
    ],
)
def test_damaged_tables_of_layers_say_where(tmp_path, text, problem):
    """One line: the number of the line or the layer, and what is wrong there; nothing of the parser's own."""
    path = tmp_path / "layers.yaml"
    path.write_text(text)

    with pytest.raises(InvalidTable, match=re.escape(problem)) as caught:
        LayerLatency(path)
    assert not re.search(r"0x[0-9a-f]{6}|Error|\n", str(caught.value))


@pytest.fixture
def networks(tmp_path):
    """Forty networks of MobileNetV3 and their milliseconds, 1 to 40, and the file they are in."""
    known = list(SUBNETS.finite(size=40, seed=2))
    path = tmp_path / "nets.csv"
    path.write_text("architecture,ms\n" + "".join(f'"{one}",{ms}\n' for ms, one in enumerate(known, 1)))
    return path, known


def test_a_bound_on_networks_on_record_leaves_those(networks):
    """Of a space too large to list, the members are the recorded networks within the bound, and other bounds join."""
    path, known = networks
    latency = RecordedLatency(SUBNETS, path)
    small = constrain(SUBNETS, [CostBound(latency, 10)])
    macs = CostBound(NetworkCost(SUBNETS), float(np.median([SUBNETS.cost(one, 10).multiply_adds for one in known])))

    assert set(small) == set(known[:10])
    assert [small.index(one) for one in small] == list(range(10))
    assert {small.sample(np.random.default_rng(seed)) for seed in range(99)} == set(known[:10])
    with pytest.raises(InvalidArchitecture, match="at most 10 ms, got 11 ms"):
        small.parse(str(known[10]))
    with pytest.raises(InvalidArchitecture, match="40 architectures of mobilenetv3 that are listed"):
        small.parse(str(SMALLEST))
    assert set(constrain(small, [macs])) == {one for one in known[:10] if macs.allows(one)}
    with pytest.raises(InvalidArgument, match="the smallest of the 40 listed ones of mobilenetv3 has 1 ms"):
        constrain(SUBNETS, [CostBound(latency, 0.5)])
    # Of a part of the space, the file may tell more than the part has.
    assert RecordedLatency(small, path) == latency


def test_networks_on_record_are_the_same_part_in_any_order(networks, tmp_path):
    """Rows in another order, bounds in another order or one by one: the same plain data and the same draws."""
    path, known = networks
    (tmp_path / "other").mkdir()
    again = tmp_path / "other" / "nets.csv"
    first, *rows = path.read_text().splitlines()
    again.write_text("\n".join([first, *rows[::-1]]))
    less = tmp_path / "less.csv"
    less.write_text("\n".join([first, *rows[5:]]))
    one, two, fewer = (CostBound(RecordedLatency(SUBNETS, table), 30) for table in (path, again, less))
    macs = CostBound(NetworkCost(SUBNETS), 1e9)
    spaces = [
        constrain(SUBNETS, [one, fewer, macs]),
        constrain(SUBNETS, [macs, fewer, two]),
        constrain(constrain(constrain(SUBNETS, [fewer]), [macs]), [two]),
        constrain(constrain(SUBNETS, [macs]), [one, fewer]),
    ]

    assert all(list(space) == list(spaces[0]) for space in spaces)
    assert set(spaces[0]) == set(known[5:30])
    assert len({json.dumps(plain_bounds(space)) for space in spaces}) == 1
    assert plain_bounds(constrain(SUBNETS, [one])) != plain_bounds(constrain(SUBNETS, [fewer]))
    assert pickle.loads(pickle.dumps(spaces[0])) == spaces[0]


def test_two_tables_without_a_network_in_common_are_refused(networks, tmp_path):
    path, _ = networks
    first, *rows = path.read_text().splitlines()
    bounds = []
    for name, part in (("one.csv", rows[:9]), ("two.csv", rows[9:])):
        (tmp_path / name).write_text("\n".join([first, *part]))
        bounds.append(CostBound(RecordedLatency(SUBNETS, tmp_path / name), 30))

    with pytest.raises(InvalidArgument, match=r"on record in .*one.csv and .*two.csv, got none"):
        constrain(SUBNETS, bounds)


def test_measured_latency_is_kept():
    """Measured once: later the same figure, above 0, so that bounds on it hold."""
    latency = MeasuredLatency(CELLS, repetitions=1, image_shape=(3, 8, 8), C=4, N=1)
    measured = latency(CELLS[9])

    assert 0 < measured == latency(CELLS[9])
    assert CostBound(latency, measured).allows(CELLS[9])
    with pytest.raises(InvalidArgument):
        MeasuredLatency(CELLS, repetitions=0)
