"""A benchmark that holds its figures in arrays over the enumeration of a finite space."""

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nas_plugins.evaluation.benchmark import Benchmark
from nas_plugins.evaluation.setting import Setting
from nas_plugins.spaces.errors import InvalidTable
from nas_plugins.spaces.space import FiniteSearchSpace

A = TypeVar("A", bound=Hashable)


class EnumeratedTable(Benchmark[A]):
    """Scores, seconds, parameters and latency in columns ``(len(space),)``, ``nan`` where nothing is on record.

    Args:
        name: Name for tables and messages.
        space: The space whose enumeration orders the arrays.
        setting: What :meth:`score` answers by default.
        scores: One column per setting.
        seconds: Training seconds per setting with seed ``"mean"``.
        parameters: Millions of parameters per dataset.
        latency: Seconds of a forward pass per dataset.
        advice: What to do about a setting that is not on record.

    Raises:
        InvalidTable: A column of another length, or a default setting without a single score.
        UnansweredQuery: The default setting is not on record.
    """

    space: FiniteSearchSpace[A]

    def __init__(
        self,
        name: str,
        space: FiniteSearchSpace[A],
        setting: Setting,
        *,
        scores: Mapping[Setting, NDArray[Any]],
        seconds: Mapping[Setting, NDArray[Any]] | None = None,
        parameters: Mapping[str, NDArray[Any]] | None = None,
        latency: Mapping[str, NDArray[Any]] | None = None,
        advice: str,
    ) -> None:
        self._scores = dict(scores)
        self._seconds = dict(seconds or {})
        self._parameters = dict(parameters or {})
        self._latency = dict(latency or {})
        for columns in (self._scores, self._seconds, self._parameters, self._latency):
            for key, column in columns.items():
                if column.shape != (len(space),):
                    raise InvalidTable(
                        f"wanted {len(space)} values per column in {name}, got {column.shape} for {key}; make it anew"
                    )
        super().__init__(name, space, setting, advice=advice)
        if np.isnan(self._scores[setting]).all():
            raise InvalidTable(f"wanted scores in {name}, its column of {setting} is empty; ask for another setting")

    @property
    def settings(self) -> Collection[Setting]:
        """Every setting with a column."""
        return self._scores.keys()

    def architectures(self) -> Iterator[A]:
        """Every architecture with a score, in the order of the enumeration."""
        return (self.space[int(index)] for index in np.flatnonzero(~np.isnan(self._scores[self.setting])))

    def optimum(self) -> tuple[A, float]:
        """The architecture with the highest score, the first in the enumeration among equals, and the score."""
        column = self._scores[self.setting]
        best = int(np.nanargmax(column))
        return self.space[best], float(column[best])

    def seconds(self, architecture: A) -> float | None:
        """Training seconds, validation and test not included."""
        return self._recorded_seconds(architecture, self.setting)

    def _recorded_seconds(self, architecture: A, setting: Setting) -> float | None:
        return self._value(self._seconds.get(replace(setting, seed="mean")), architecture)

    def parameters(self, architecture: A) -> float | None:
        """Parameters in millions, of the network with the dataset's number of classes."""
        return self._value(self._parameters.get(self.dataset), architecture)

    def latency(self, architecture: A) -> float | None:
        """Seconds of one forward pass as published with the table."""
        return self._value(self._latency.get(self.dataset), architecture)

    def _recorded(self, architecture: A, setting: Setting) -> float | None:
        return self._value(self._scores[setting], architecture)

    def _value(self, column: NDArray[Any] | None, architecture: A) -> float | None:
        if column is None:
            return None
        value = float(column[self.space.index(architecture)])
        return None if np.isnan(value) else value
