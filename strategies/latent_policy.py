"""A recurrent Gaussian policy over points of a latent space; imports torch."""

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nas_plugins.strategies.learner import Learner, uniform_start

Points = NDArray[np.float32]


class LatentPolicy:
    """Reads the points visited in an episode and says where the next one should be.

    A one-layer LSTM and a linear layer give the mean of a Gaussian with covariance ``deviation ** 2`` times the
    identity (Yan et al., 2020, section 3.3.1 and appendix A.1).

    Args:
        dimensions: Coordinates of a point.
        hidden: Units of the LSTM.
        deviation: Standard deviation of each coordinate.
        relative: Whether the mean is the last point plus the output, instead of the output alone.
        learning_rate: Of Adam.
        rng: Source of the initial weights, which are distributed as torch distributes them.
    """

    def __init__(
        self,
        dimensions: int,
        *,
        hidden: int,
        deviation: float,
        relative: bool,
        learning_rate: float,
        rng: np.random.Generator,
    ) -> None:
        self.deviation, self.relative = deviation, relative
        self._lstm, self._output = nn.LSTM(dimensions, hidden), nn.utils.skip_init(nn.Linear, hidden, dimensions)
        bound = 1 / math.sqrt(hidden)
        modules = {"lstm": uniform_start(self._lstm, bound, rng), "output": uniform_start(self._output, bound, rng)}
        if relative:
            nn.init.zeros_(self._output.weight)
            nn.init.zeros_(self._output.bias)
        self.learner = Learner(
            {f"{part}.{name}": value for part, module in modules.items() for name, value in module.named_parameters()},
            learning_rate,
        )

    def draw(self, states: Points, rng: np.random.Generator) -> Points:
        """A point ``(dimensions,)`` after the points ``(steps, dimensions)`` visited in this episode."""
        with torch.no_grad():
            mean = self._means(torch.from_numpy(states))[-1].numpy()
        noise = rng.standard_normal(mean.shape).astype(np.float32)
        point: Points = mean + np.float32(self.deviation) * noise
        return point

    def learn(self, states: Points, points: Points, advantages: NDArray[np.float64]) -> None:
        """One step that makes points drawn at states likelier, as their advantages ``(steps,)`` say.

        The loss is the mean of minus the log-likelihood times the advantage (Williams, 1992).
        """
        residuals = (torch.from_numpy(points) - self._means(torch.from_numpy(states))) / self.deviation
        log_likelihood = -0.5 * residuals.square().sum(-1)  # up to a constant, which no weight depends on
        weights = torch.from_numpy(advantages.astype(np.float32))
        self.learner.descend(-(log_likelihood * weights).mean())

    def _means(self, states: Tensor) -> Tensor:
        outputs: Tensor = self._output(self._lstm(states)[0])
        return states + outputs if self.relative else outputs

    def state_dict(self) -> dict[str, Any]:
        """Weights and optimiser."""
        return self.learner.state_dict()

    def load_state_dict(self, state: Any) -> None:
        """Continue from saved weights; raises :class:`InvalidState` for others."""
        self.learner.load_state_dict(state)
