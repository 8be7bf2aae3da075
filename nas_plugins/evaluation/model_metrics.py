"""The protocol buffer message in which NAS-Bench-101 keeps the figures of one training."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from nas_plugins.spaces.errors import InvalidTable

_VARINT, _DOUBLE, _BYTES, _FLOAT = 0, 1, 2, 5  # wire types of protocol buffers


@dataclass(frozen=True)
class Evaluation:
    """Message ``EvaluationData``: figures at one moment of a training; nan where they are missing.

    Args:
        epoch: Epochs trained so far.
        seconds: Training time so far, without evaluation.
        train_accuracy: On 10,000 training images, between 0 and 1.
        validation_accuracy: On the 10,000 validation images.
        test_accuracy: On the 10,000 test images.
    """

    epoch: float = float("nan")
    seconds: float = float("nan")
    train_accuracy: float = float("nan")
    validation_accuracy: float = float("nan")
    test_accuracy: float = float("nan")


@dataclass(frozen=True)
class ModelMetrics:
    """Message ``ModelMetrics``: one training.

    Args:
        evaluations: At the start, half-way, and at the end.
        parameters: Trainable parameters, 0 where they are missing.
        total_seconds: Of training and evaluation together, nan where it is missing.
    """

    evaluations: tuple[Evaluation, ...]
    parameters: int
    total_seconds: float

    @classmethod
    def parse(cls, data: bytes) -> "ModelMetrics":
        """Read a message; unknown fields are skipped.

        Raises:
            InvalidTable: The bytes are no such message.
        """
        evaluations, parameters, total = [], 0, float("nan")
        for field, value in _fields(data):
            if field == 1 and isinstance(value, bytes):
                evaluations.append(_evaluation(value))
            elif field == 2 and isinstance(value, int):
                parameters = value
            elif field == 3 and isinstance(value, float):
                total = value
        return cls(tuple(evaluations), parameters, total)


def _evaluation(data: bytes) -> Evaluation:
    numbers = {field: value for field, value in _fields(data) if isinstance(value, float)}
    return Evaluation(*(numbers.get(field, float("nan")) for field in range(1, 6)))


def _fields(data: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """Number and value of each field of a message."""
    position = 0
    try:
        while position < len(data):
            key, position = _varint(data, position)
            field, wire = key >> 3, key & 7
            if wire == _VARINT:
                value, position = _varint(data, position)
                yield field, value
            elif wire == _DOUBLE:
                yield field, struct.unpack_from("<d", data, position)[0]
                position += 8
            elif wire == _FLOAT:
                yield field, struct.unpack_from("<f", data, position)[0]
                position += 4
            elif wire == _BYTES:
                size, position = _varint(data, position)
                if position + size > len(data):
                    raise IndexError(f"field {field} is longer than the message")
                yield field, data[position : position + size]
                position += size
            else:
                raise ValueError(f"wire type {wire}")
    except (IndexError, ValueError, struct.error) as error:
        raise InvalidTable(f"wanted a ModelMetrics message, could not read one ({error})") from error


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position += 1
        if byte < 0x80:
            return value, position
        shift += 7
