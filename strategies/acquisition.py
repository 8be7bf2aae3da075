"""Which of some candidates to try next, by logarithmic expected improvement; imports torch."""

import torch
from botorch.acquisition import LogExpectedImprovement
from botorch.models.model import Model
from torch import Tensor

from nas_plugins.strategies.shifted_model import ShiftedModel

_CHUNK = 4096  # candidates at a time, for the memory


@torch.no_grad()
def most_promising(
    model: Model, best: float, candidates: Tensor, pending: Tensor | None = None, means: Tensor | None = None
) -> int:
    """The position of the candidate with the highest expected improvement; of equal ones, the first.

    Pending trials are taken to score what the model expects ("kriging believer"): means stay, variances around them
    shrink, and so the next candidate goes elsewhere.

    Args:
        model: Of one outcome.
        best: Highest outcome so far.
        candidates: Rows ``(n, d)``.
        pending: Rows ``(m, d)`` of trials without a score.
        means: Where the model is of residuals: the means ``(n,)`` of the candidates' outcomes that it starts from.

    References:
        Ament et al., Unexpected Improvements to Expected Improvement for Bayesian Optimization, NeurIPS 2023.
        Ginsbourger et al., Kriging is Well-Suited to Parallelize Optimization, 2010 (section 3.2).
    """
    if pending is not None and len(pending):
        model = model.condition_on_observations(pending, model.posterior(pending.unsqueeze(-2)).mean.squeeze(-1))
    if means is not None:
        model, candidates = ShiftedModel(model), torch.cat([candidates, means.unsqueeze(-1)], dim=-1)
    return int(expected_improvements(model, best, candidates).argmax())


@torch.no_grad()
def expected_improvements(model: Model, best: float, candidates: Tensor) -> Tensor:
    """Logarithms ``(n,)`` of the expected improvements of candidates ``(n, d)`` over an outcome; none is ``nan``."""
    acquisition = LogExpectedImprovement(model, best_f=best)
    values = torch.cat([acquisition(chunk.unsqueeze(-2)) for chunk in candidates.split(_CHUNK)])
    return torch.nan_to_num(values, nan=-torch.inf)
