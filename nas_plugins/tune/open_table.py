"""The table of a trial, opened once per process."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.tune.paths import from_the_start

if TYPE_CHECKING:
    from nas_plugins.evaluation import Benchmark


class OpenTable:
    """Opens the table a configuration names and keeps it open for the next configuration that names it.

    Args:
        table: Name, path or :class:`nas_plugins.evaluation.Benchmark` for configurations that name none.
    """

    def __init__(self, table: "str | Benchmark[Any] | None") -> None:
        self._table = table
        self._opened: tuple[object, Benchmark[Any]] | None = None

    def of(self, config: Mapping[str, Any]) -> "Benchmark[Any]":
        """The table of a configuration.

        Raises:
            InvalidArgument: Nobody named a table.
        """
        table = config.get("table", self._table)
        if table is None:
            raise InvalidArgument(
                "wanted a table, got none; add 'table' to param_space or use table_trial('nasbench201/cifar10')"
            )
        if self._opened is None or self._opened[0] != table:
            from nas_plugins.evaluation import TABLES, load_benchmark

            opened = load_benchmark(from_the_start(table, TABLES)) if isinstance(table, str) else table
            self._opened = (table, opened)
        return self._opened[1]
