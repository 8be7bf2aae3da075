"""TensorFlow's record files, read without TensorFlow."""

import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import InvalidTable

_BLOCK = 20_000  # records whose checksums are computed together
_POLYNOMIAL = 0x82F63B78  # CRC-32C (Castagnoli), bits reversed
_MASK = 0xA282EAD8  # added to a rotated checksum, because checksums of data that holds checksums are weak


def read_records(path: str | Path) -> Iterator[bytes]:
    """The records of a file, each checked against its checksum.

    A record is its length (8 bytes, little-endian), the checksum of these, the data, and the checksum of the data; the
    checksums are masked CRC-32C.

    Raises:
        InvalidTable: The file ends within a record, or a checksum does not fit; the message says at which record.
    """
    seen = 0
    with Path(path).open("rb") as file:
        records = _parts(file, Path(path))
        while block := list(islice(records, _BLOCK)):
            wrong = np.flatnonzero(
                (masked_checksums([length for length, _, _, _ in block]) != [sum_ for _, sum_, _, _ in block])
                | (masked_checksums([data for _, _, data, _ in block]) != [sum_ for _, _, _, sum_ in block])
            )
            for position, (_, _, data, _) in enumerate(block):
                if len(wrong) and position == wrong[0]:
                    raise InvalidTable(
                        f"wanted a whole record file at {path}, the checksum of record {seen + position} does not fit; "
                        "download it again"
                    )
                yield data
            seen += len(block)


def masked_checksums(chunks: list[bytes]) -> NDArray[np.uint32]:
    """The masked CRC-32C of each of many byte strings, computed side by side."""
    lengths = np.array([len(chunk) for chunk in chunks])
    order = np.argsort(-lengths, kind="stable")
    width = int(lengths.max(initial=0))
    padded = np.zeros((len(chunks), width), dtype=np.uint8)
    for row, index in enumerate(order):
        padded[row, : lengths[index]] = np.frombuffer(chunks[index], dtype=np.uint8)
    table, sums = _table(), np.full(len(chunks), 0xFFFFFFFF, dtype=np.uint32)
    columns = np.ascontiguousarray(padded.T)
    longer = len(chunks) - np.searchsorted(np.sort(lengths), np.arange(width), side="right")
    for column, count in zip(columns, longer, strict=True):
        head = sums[:count]
        sums[:count] = table[(head ^ column[:count]) & 0xFF] ^ (head >> np.uint32(8))
    sums ^= np.uint32(0xFFFFFFFF)
    masked = ((sums >> np.uint32(15)) | (sums << np.uint32(17))) + np.uint32(_MASK)
    result = np.empty_like(masked)
    result[order] = masked
    return result


def _parts(file: IO[bytes], path: Path) -> Iterator[tuple[bytes, int, bytes, int]]:
    """Length as bytes, its checksum, data, and its checksum, of each record."""
    left = path.stat().st_size
    while left:
        head = file.read(12)
        size = struct.unpack_from("<Q", head)[0] if len(head) == 12 else 0
        left -= 12 + size + 4
        if len(head) < 12 or left < 0:
            raise InvalidTable(
                f"wanted a whole TensorFlow record file at {path}, it ends within a record or is something else; "
                "download it again"
            )
        data, tail = file.read(size), file.read(4)
        yield head[:8], struct.unpack_from("<I", head, 8)[0], data, struct.unpack("<I", tail)[0]


def _table() -> NDArray[np.uint32]:
    values = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        values = np.where(values & 1, (values >> np.uint32(1)) ^ np.uint32(_POLYNOMIAL), values >> np.uint32(1))
    return values
