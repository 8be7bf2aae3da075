"""The official text of a DARTS architecture, ``Genotype(normal=[('sep_conv_3x3', 0), ...], ...)``."""

import ast
from dataclasses import dataclass
from typing import Any

from nas_plugins.spaces.darts.cell import INPUTS, NODES, Cell
from nas_plugins.spaces.errors import InvalidArchitecture

_FIELDS = ("normal", "normal_concat", "reduce", "reduce_concat")
_CONCAT = list(range(INPUTS, INPUTS + NODES))
_LONGEST = 4_000  # letters; an official text has about 600, and no longer one is handed to Python's parser


@dataclass(frozen=True)
class Genotype:
    """A normal and a reduction cell, as published architectures have them.

    ``str(genotype)`` is the official text. Both cells concatenate all four nodes, as every cell of the space does.

    Args:
        normal: The cell of stride 1.
        reduce: The cell whose operations on the two inputs have stride 2.
    """

    normal: Cell
    reduce: Cell

    @classmethod
    def parse(cls, text: str) -> "Genotype":
        """Read an official text without running it.

        Args:
            text: ``Genotype(...)`` with the four fields by name, in any order; lists may be tuples, and
                ``range(2, 6)`` may stand for ``[2, 3, 4, 5]``.

        Raises:
            InvalidArchitecture: The text is of another form, or of no member of the DARTS space.
        """
        if not isinstance(text, str):
            raise InvalidArchitecture(f"wanted the text of a genotype, got {type(text).__name__}: {text!r}")
        values = _fields(text)
        cells: dict[str, Cell] = {}
        for name in ("normal", "reduce"):
            concat = values[f"{name}_concat"]
            if not isinstance(concat, list | tuple | range) or sorted(map(str, concat)) != sorted(map(str, _CONCAT)):
                raise InvalidArchitecture(f"wanted {name}_concat to be {_CONCAT}, got {concat!r} in {text!r}")
            try:
                cells[name] = Cell(values[name])
            except InvalidArchitecture as error:
                raise InvalidArchitecture(f"{error}, in the field {name} of {text!r}") from None
        return cls(**cells)

    def __str__(self) -> str:
        return (
            f"Genotype(normal={list(self.normal.edges)}, normal_concat={_CONCAT}, "
            f"reduce={list(self.reduce.edges)}, reduce_concat={_CONCAT})"
        )


def _fields(text: str) -> dict[str, Any]:
    """The four values of a text, by name."""
    if len(text) > _LONGEST:
        raise InvalidArchitecture(f"wanted a genotype of at most {_LONGEST} letters, got {len(text)}: {text!r}")
    try:
        call = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        call = None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != "Genotype" or call.args:
        raise InvalidArchitecture(f"wanted {_FORM}, got {text!r}")
    if sorted(str(keyword.arg) for keyword in call.keywords) != sorted(_FIELDS):
        found = [keyword.arg for keyword in call.keywords]
        raise InvalidArchitecture(f"wanted the fields {', '.join(_FIELDS)}, got {found} in {text!r}")
    values: dict[str, Any] = {}
    for keyword in call.keywords:
        try:
            values[str(keyword.arg)] = _value(keyword.value)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError) as error:
            raise InvalidArchitecture(f"wanted plain lists in the field {keyword.arg}, got {text!r}") from error
    return values


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range" and not node.keywords:
        limits = [ast.literal_eval(argument) for argument in node.args]
        if 1 <= len(limits) <= 2 and all(isinstance(limit, int) and abs(limit) < 100 for limit in limits):
            return range(*limits)
    return ast.literal_eval(node)


_FORM = "Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=[2, 3, 4, 5], reduce=[...], reduce_concat=[...])"
