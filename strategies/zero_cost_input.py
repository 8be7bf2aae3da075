"""Zero-cost proxies as what a model of scores sees of an architecture."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.inputs import Input

A = TypeVar("A", bound=Hashable)

COSTS = ("parameters", "multiply_adds")
ZERO_COST = (*COSTS, "naswot", "synflow", "jacobian")
"""Names of the columns in their usual order."""

_REFERENCE = 64  # architectures whose mean and spread scale the columns
_LIMIT = 4.0  # standard deviations: networks through which nothing flows lie far outside


class ZeroCostInput(Input[A]):
    """Size and zero-cost proxies of untrained networks, in columns of the order of one.

    Every architecture is built once at a small scale, with the same seed and the same images of noise, and remembered:
    some ten milliseconds each. Parameters and multiply-adds enter as logarithms. Columns are centred and scaled by the
    median and the spread of a draw of the space.

    Args:
        space: The space of the architectures.
        proxies: Names out of :data:`ZERO_COST`.
        scale: Size of the networks, as in ``space.network``; small ones order architectures about as well as large
            ones. The space's own default where ``None``.
        image_size: Height and width of the noise.
        batch: Images of noise.
        weight: Factor of the columns: what they weigh beside other inputs.
        seed: Of weights, noise and the reference draw.

    Raises:
        InvalidArgument: No proxies, or unknown ones.

    References:
        Abdelfattah, Mehrotra, Dudziak and Lane, Zero-Cost Proxies for Lightweight NAS, ICLR 2021.
    """

    def __init__(
        self,
        space: SearchSpace[A],
        proxies: Sequence[str] = ZERO_COST,
        *,
        scale: Mapping[str, Any] | None = None,
        image_size: int = 16,
        batch: int = 16,
        weight: float = 1.0,
        seed: int = 0,
    ) -> None:
        unknown = [name for name in proxies if name not in ZERO_COST]
        if not proxies or unknown:
            raise InvalidArgument(f"wanted proxies out of {', '.join(ZERO_COST)}, got {list(proxies)}")
        self.space, self.proxies, self.weight, self.seed = space, tuple(proxies), weight, seed
        self._scale = dict(scale or {})
        self._shape = (batch, 3, image_size, image_size)
        self._known: dict[A, NDArray[np.float64]] = {}
        self._reference: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None

    def __call__(self, architectures: Sequence[A]) -> NDArray[np.float64]:
        """The rows ``(architectures, proxies)``."""
        if self._reference is None:
            rng = np.random.default_rng(self.seed)
            drawn = np.stack([self.measure(self.space.sample(rng)) for _ in range(_REFERENCE)])
            centre = np.median(drawn, axis=0)
            low, high = np.quantile(drawn, [0.16, 0.84], axis=0)  # one standard deviation each way, dead networks aside
            self._reference = centre, np.maximum((high - low) / 2, 1e-9)
        centre, spread = self._reference
        rows = np.array([self.measure(architecture) for architecture in architectures])
        scaled = (rows.reshape(-1, len(self.proxies)) - centre) / spread
        return self.weight * np.clip(scaled, -_LIMIT, _LIMIT)

    def measure(self, architecture: A) -> NDArray[np.float64]:
        """The raw numbers ``(proxies,)`` of one architecture, parameters and multiply-adds as logarithms."""
        if architecture not in self._known:
            self._known[architecture] = self._measure(architecture)
        return self._known[architecture]

    def _measure(self, architecture: A) -> NDArray[np.float64]:
        import torch

        from nas_plugins.strategies.zero_cost import PROXIES, open_branches

        cost = self.space.cost(architecture, 10, image_shape=self._shape[1:], **self._scale)
        figures = {"parameters": np.log1p(cost.parameters), "multiply_adds": np.log1p(cost.multiply_adds)}
        wanted = [name for name in self.proxies if name not in COSTS]
        if wanted:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(self.seed)
                network = open_branches(self.space.network(architecture, 10, **self._scale))
                images = torch.randn(self._shape)
                figures |= {name: PROXIES[name](network, images) for name in wanted}
        return np.array([figures[name] for name in self.proxies])
