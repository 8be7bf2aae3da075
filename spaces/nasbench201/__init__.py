"""NAS-Bench-201 (Dong and Yang, 2020): 15,625 cells of four nodes and six edges, five operations to choose from.

``Cell`` is one architecture, ``NASBench201`` the space, ``network`` the torch module that stacks a cell.
"""

from nas_plugins.spaces.nasbench201.cell import EDGES, OPERATIONS, Cell
from nas_plugins.spaces.nasbench201.space import NASBench201

__all__ = ["EDGES", "OPERATIONS", "Cell", "NASBench201"]
