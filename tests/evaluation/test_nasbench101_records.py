"""The official NAS-Bench-101 file: record framing, checksums, protocol buffers, and the table they make."""

import base64
import contextlib
import json
import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas_plugins.evaluation import load_benchmark
from nas_plugins.evaluation.convert import convert
from nas_plugins.evaluation.converted_table import ConvertedTable
from nas_plugins.evaluation.model_metrics import Evaluation, ModelMetrics
from nas_plugins.evaluation.tfrecord import masked_checksums, read_records
from nas_plugins.spaces import NASBench101
from nas_plugins.spaces.errors import InvalidTable

SPACE = NASBench101()
CELLS = [SPACE[index] for index in (0, 1, 50, 2000, 60_000, 400_000)]


def crc32c(data):
    """Bit by bit, as the definition has it."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def masked(data):
    value = crc32c(data)
    return ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF


def framed(data):
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked(length)) + data + struct.pack("<I", masked(data))


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def double(field, value):
    return varint(field << 3 | 1) + struct.pack("<d", value)


def text(field, data):
    return varint(field << 3 | 2) + varint(len(data)) + data


def message(final, parameters, *, seconds=100.0):
    """A ModelMetrics message with evaluations at the start, half-way and at the end."""
    evaluations = [(0.0, 0.0, 0.1, 0.1, 0.1), (54.0, seconds / 2, 0.5, 0.4, 0.3), (108.0, seconds, 1.0, *final)]
    parts = [
        text(1, b"".join(double(field, value) for field, value in enumerate(values, start=1)) + text(6, b"/checkpoint"))
        for values in evaluations
    ]
    return b"".join(parts) + varint(2 << 3) + varint(parameters) + double(3, 2 * seconds)


def record(cell, epochs, metrics, *, key=None):
    graph = SPACE.to_graph(cell)
    matrix = "".join(str(entry) for entry in graph.adjacency.ravel())
    labels = ",".join(graph.operations)
    return json.dumps([key or cell.hash(), epochs, matrix, labels, base64.b64encode(metrics).decode()]).encode()


def write(path, records):
    path.write_bytes(b"".join(framed(data) for data in records))
    return path


@pytest.fixture
def official(tmp_path):
    """Six cells, 108 epochs three times and 4 epochs once."""
    records = []
    for number, cell in enumerate(CELLS):
        for repeat in range(3):
            accuracies = 0.9 + number / 100 + repeat / 1000, 0.8 + number / 100 + repeat / 1000
            metrics = message(accuracies, 1_000_000 + number, seconds=1000.0 + repeat)
            records.append(record(cell, 108, metrics))
        records.append(record(cell, 4, message((0.5, 0.4), 1_000_000 + number, seconds=10.0)))
    return write(tmp_path / "nasbench_full.tfrecord", records)


def test_known_checksum():
    """CRC-32C of the nine digits is E3069283 (RFC 3720, appendix B.4 lists others of the same polynomial)."""
    assert crc32c(b"123456789") == 0xE3069283


@given(chunks=st.lists(st.binary(max_size=40), min_size=1, max_size=8))
def test_checksums_side_by_side_are_those_one_by_one(chunks):
    assert masked_checksums(chunks).tolist() == [masked(chunk) for chunk in chunks]


@given(chunks=st.lists(st.binary(max_size=40), max_size=8))
def test_records_come_back(tmp_path_factory, chunks):
    path = write(tmp_path_factory.mktemp("records") / "file.tfrecord", chunks)

    assert list(read_records(path)) == chunks


def test_every_damaged_byte_is_noticed(tmp_path):
    """Flipping any bit pattern of any byte, or cutting the file anywhere but between records, is InvalidTable."""
    whole = framed(b"first record") + framed(b"second")
    path = tmp_path / "file.tfrecord"
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0x41]) + whole[position + 1 :])
        with pytest.raises(InvalidTable, match="record"):
            list(read_records(path))
        path.write_bytes(whole[:position])
        if position not in (0, len(framed(b"first record"))):
            with pytest.raises(InvalidTable, match="record"):
                list(read_records(path))


def test_messages_are_read_whole():
    """All fields, in any order, among fields nobody knows; a missing one is nan."""
    data = varint(9 << 3) + varint(5) + text(10, b"new") + varint(11 << 3 | 5) + b"1234" + message((0.9, 0.8), 300)

    parsed = ModelMetrics.parse(data)
    assert parsed.parameters == 300
    assert parsed.total_seconds == 200
    assert parsed.evaluations[2] == Evaluation(108.0, 100.0, 1.0, 0.9, 0.8)
    assert len(parsed.evaluations) == 3
    assert math.isnan(ModelMetrics.parse(text(1, b"")).evaluations[0].test_accuracy)


@given(data=st.binary(max_size=60))
def test_junk_messages_are_refused_or_read(data):
    """No bytes at all lead to any other error."""
    with contextlib.suppress(InvalidTable):
        ModelMetrics.parse(data)


def test_the_official_file_becomes_a_table(official, tmp_path):
    """Every figure of the file answers a query, in percent, and the rest is unanswered."""
    table = convert(official, tmp_path / "table.npz")

    assert ConvertedTable.load(tmp_path / "table.npz").columns.keys() == table.columns.keys()
    assert table.space == "nasbench101"
    benchmark = load_benchmark(tmp_path / "table.npz")
    assert benchmark.score(CELLS[2]) == pytest.approx(100 * 0.921, rel=1e-5)
    assert benchmark.seconds(CELLS[2]) == pytest.approx(1001.0)
    assert load_benchmark(tmp_path / "table.npz", split="test", seed=2).score(CELLS[5]) == pytest.approx(85.2)
    short = load_benchmark(f"{tmp_path / 'table.npz'}/cifar10", epochs=4)
    assert short.score(CELLS[0]) == pytest.approx(50.0)
    assert short.seconds(CELLS[0]) == pytest.approx(10.0)
    assert table.columns["parameters", "cifar10"][SPACE.index(CELLS[3])] == pytest.approx(1.000003)
    assert np.isfinite(table.columns["score", "cifar10", "test", "108", "0"]).sum() == len(CELLS)


@pytest.mark.parametrize(
    ("records", "complaint"),
    [
        ([b"no json"], "record 0"),
        ([b"[1, 2]"], "record 0"),
        ([record(CELLS[1], 108, b"junk message")], "record 0"),
        ([record(CELLS[1], 108, b"")], "evaluations"),
        ([record(CELLS[1], 108, message((0.9, 0.8), 1), key="0" * 32)], "hash"),
        ([record(CELLS[1], 108, message((0.9, 0.8), 1))] * 4, "found more"),
        ([], "no record"),
    ],
    ids=str,
)
def test_other_contents_are_refused(tmp_path, records, complaint):
    with pytest.raises(InvalidTable, match=complaint):
        convert(write(tmp_path / "file.tfrecord", records), tmp_path / "table.npz")
    assert not (tmp_path / "table.npz").exists()
