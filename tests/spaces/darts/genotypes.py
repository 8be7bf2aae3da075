"""Published genotypes, and cells the tests of DARTS share."""

import numpy as np
from hypothesis import strategies as st

from nas_plugins.spaces import DARTS
from nas_plugins.spaces.darts import Cell

SPACE = DARTS()
CONCAT = "[2, 3, 4, 5]"


def text(normal, reduce, concat=CONCAT):
    return f"Genotype(normal={normal}, normal_concat={concat}, reduce={reduce}, reduce_concat={concat})"


# Liu et al., 2019, figures 4 and 5 (second order), as their code prints it.
DARTS_V2 = text(
    "[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 1), "
    "('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)]",
    "[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', 0), "
    "('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)]",
)
# Yan et al., 2020, figure 10.
ARCH2VEC_BO = text(
    *[
        "[('sep_conv_5x5', 1), ('max_pool_3x3', 0), ('skip_connect', 0), ('dil_conv_3x3', 1), ('sep_conv_5x5', 1), "
        "('sep_conv_3x3', 0), ('dil_conv_5x5', 2), ('sep_conv_3x3', 0)]"
    ]
    * 2
)
ARCH2VEC_RL = text(
    *[
        "[('sep_conv_3x3', 0), ('dil_conv_3x3', 1), ('max_pool_3x3', 0), ('dil_conv_3x3', 1), ('skip_connect', 0), "
        "('sep_conv_3x3', 1), ('dil_conv_5x5', 1), ('sep_conv_3x3', 0)]"
    ]
    * 2
)


def uniform(operation):
    return Cell(tuple((operation, source) for _ in range(4) for source in (0, 1)))


def drawn(seed):
    return SPACE.sample(np.random.default_rng(seed))


seeds = st.integers(0, 2**32 - 1)
