"""Reproductions by the names the command line uses."""

from nas_plugins.reproduction import (
    arch2vec_figure2,
    arch2vec_figure3,
    arch2vec_figure4,
    arch2vec_figure5,
    arch2vec_figure6,
    arch2vec_input_output,
    arch2vec_table1,
    arch2vec_table2,
    arch2vec_table3,
    metad2a_figure3,
    metad2a_figure5,
    metad2a_table1,
    metad2a_table3,
    metad2a_table4,
    metad2a_table5,
)
from nas_plugins.reproduction.options import Reproduction
from nas_plugins.spaces.errors import InvalidArgument

REPRODUCTIONS: dict[str, Reproduction] = {
    "metad2a-table1": metad2a_table1.REPRODUCTION,
    "metad2a-table3": metad2a_table3.REPRODUCTION,
    "metad2a-table4": metad2a_table4.REPRODUCTION,
    "metad2a-table5": metad2a_table5.REPRODUCTION,
    "metad2a-figure3": metad2a_figure3.REPRODUCTION,
    "metad2a-figure5": metad2a_figure5.REPRODUCTION,
    "arch2vec-table2": arch2vec_table2.REPRODUCTION,
    "arch2vec-table3": arch2vec_table3.REPRODUCTION,
    "arch2vec-figure6": arch2vec_figure6.REPRODUCTION,
    "arch2vec-table1": arch2vec_table1.REPRODUCTION,
    "arch2vec-figure2": arch2vec_figure2.REPRODUCTION,
    "arch2vec-figure3": arch2vec_figure3.REPRODUCTION,
    "arch2vec-figure4": arch2vec_figure4.REPRODUCTION,
    "arch2vec-figure5": arch2vec_figure5.REPRODUCTION,
    "arch2vec-io": arch2vec_input_output.REPRODUCTION,
}
"""Every table and figure that can be done again, by name."""


def get_reproduction(name: str) -> Reproduction:
    """The reproduction of that name.

    Raises:
        InvalidArgument: There is none.
    """
    if name not in REPRODUCTIONS:
        raise InvalidArgument(f"wanted a table or figure out of {', '.join(REPRODUCTIONS)}, got {name!r}")
    return REPRODUCTIONS[name]
