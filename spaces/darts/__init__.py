"""DARTS (Liu et al., 2019) as arch2vec searches it: one cell, stacked as normal and as reduction cell alike.

``Cell`` is one architecture, ``DARTS`` the space and ``MobileSample`` a part of it that can be enumerated;
``Genotype`` reads and writes the official text of a normal and a reduction cell. ``network`` holds the torch modules,
``cost`` their exact size, ``validity`` the six rules of Table 1.
"""

from nas_plugins.spaces.darts.cell import OPERATIONS, Cell
from nas_plugins.spaces.darts.genotype import Genotype
from nas_plugins.spaces.darts.mobile_sample import MobileSample
from nas_plugins.spaces.darts.space import DARTS

__all__ = ["DARTS", "OPERATIONS", "Cell", "Genotype", "MobileSample"]
