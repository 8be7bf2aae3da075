"""A kernel over rows whose columns come in groups; imports torch."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from gpytorch.constraints import Positive
from gpytorch.kernels import Kernel
from gpytorch.priors import LogNormalPrior
from torch import Tensor

_MEDIAN = 5.0  # of the prior: smooth over a few choices and counts
_SPREAD = 0.7  # of its logarithm: groups differ by a factor of two or so


class GroupedMaternKernel(Kernel):
    """Matérn 5/2 over the Euclidean distance, with one length scale per group of columns.

    One scale for all columns cannot weigh kinds of features against each other, and one for each of fifty columns
    cannot be learned from a dozen outcomes.

    Args:
        widths: Columns of each group.

    References:
        Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006 (equation 4.17, section 5.1).
    """

    has_lengthscale = False  # gpytorch's own has one per column or one for all

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self._widths = tuple(widths)
        self.register_parameter("raw_scales", torch.nn.Parameter(torch.zeros(len(self._widths), dtype=torch.double)))
        self.register_constraint("raw_scales", Positive(torch.exp, torch.log))
        self.register_prior(
            "scales_prior", LogNormalPrior(math.log(_MEDIAN), _SPREAD), lambda kernel: kernel.scales, None
        )
        with torch.no_grad():
            self.raw_scales.fill_(math.log(_MEDIAN))

    @property
    def scales(self) -> Tensor:
        """Length scales ``(groups,)``."""
        return self.raw_scales_constraint.transform(self.raw_scales)

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **params: Any) -> Tensor:
        """The covariances of rows ``(..., n, d)`` and ``(..., m, d)``; of row pairs alone with ``diag``."""
        del params
        per_column = self.scales.repeat_interleave(torch.tensor(self._widths))
        x1, x2 = x1 / per_column, x2 / per_column
        if diag:
            squared = (x1 - x2).square().sum(-1)
        else:
            # By the binomial formula: a matrix product instead of all differences.
            squared = x1.square().sum(-1)[..., :, None] + x2.square().sum(-1)[..., None, :] - 2 * x1 @ x2.mT
        # Not the distance itself, whose derivative at zero is infinite.
        distance = math.sqrt(5) * squared.clamp_min(1e-15).sqrt()
        return (1 + distance + distance.square() / 3) * torch.exp(-distance)
