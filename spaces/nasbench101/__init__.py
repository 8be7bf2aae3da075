"""NAS-Bench-101 (Ying et al., 2019): 423,624 cells, graphs of up to seven vertices and nine edges, three operations.

``Cell`` is one architecture, ``NASBench101`` the space, ``network`` the torch module that stacks a cell,
``module_hash`` the key of the published records.
"""

from nas_plugins.spaces.nasbench101.cell import OPERATIONS, Cell
from nas_plugins.spaces.nasbench101.module_hash import module_hash
from nas_plugins.spaces.nasbench101.space import NASBench101

__all__ = ["OPERATIONS", "Cell", "NASBench101", "module_hash"]
