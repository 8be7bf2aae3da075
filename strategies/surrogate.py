"""Models of scores for Bayesian optimisation, as BoTorch models; nothing heavy is imported before one is built."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nas_plugins.spaces.errors import InvalidArgument, InvalidState

if TYPE_CHECKING:
    from botorch.models.model import Model
    from torch import Tensor

_LARGEST = 20.0  # of a raw hyperparameter, the logarithm of what it stands for: no prior leaves it anywhere near


class Surrogate(ABC):
    """Builds a model of the scores told so far."""

    name: str
    """What saved states call it."""

    @abstractmethod
    def model(self, rows: "Tensor", outcomes: "Tensor", seed: int, widths: Sequence[int]) -> "Model":
        """A model of scores, in evaluation mode.

        Args:
            rows: ``(n, d)``, double.
            outcomes: Standardised, ``(n, 1)``, double.
            seed: Of whatever the model draws.
            widths: Columns of each part of the rows, ``d`` in all; a model may scale parts on their own.
        """

    def state_dict(self) -> dict[str, Any]:
        """What the next model depends on beside its arguments, as plain data."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a saved state."""
        del state


class GaussianProcessSurrogate(Surrogate):
    """:class:`nas_plugins.strategies.gaussian_process.GaussianProcess`.

    Hyperparameters are fitted anew, from where they are, when there are ``growth`` times as many rows as at the last
    fit; in between, only the rows are new.

    Args:
        growth: Above 1.

    Raises:
        InvalidArgument: A growth of 1 or less.
    """

    name = "gaussian_process"

    def __init__(self, growth: float = 1.3) -> None:
        if not growth > 1:
            raise InvalidArgument(f"wanted a growth above 1, got {growth}")
        self.growth = growth
        self._fitted = 0
        self._hyperparameters: dict[str, list[float]] | None = None

    def model(self, rows: "Tensor", outcomes: "Tensor", seed: int, widths: Sequence[int]) -> "Model":
        """A fitted Gaussian process; no random numbers are drawn."""
        del seed
        from nas_plugins.strategies.gaussian_process import GaussianProcess

        process = GaussianProcess(rows, outcomes, widths)
        if self._hyperparameters is not None:
            process.load_hyperparameters(self._hyperparameters)
        if self._hyperparameters is None or len(rows) >= self.growth * self._fitted:
            process.fit()
            self._fitted, self._hyperparameters = len(rows), process.hyperparameters()
        process.eval()
        return process

    def state_dict(self) -> dict[str, Any]:
        """Hyperparameters, and the number of rows they were fitted to."""
        return {"fitted": self._fitted, "hyperparameters": self._hyperparameters}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from saved hyperparameters."""
        try:
            fitted, saved = int(state["fitted"]), state["hyperparameters"]
            hyperparameters = (
                None
                if saved is None
                else {str(name): [float(number) for number in value] for name, value in saved.items()}
            )
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
            raise InvalidState(f"wanted saved hyperparameters, got {state!r}; start anew") from error
        if hyperparameters is not None and not all(
            -math.inf < number <= _LARGEST for value in hyperparameters.values() for number in value
        ):
            raise InvalidState(
                f"wanted finite hyperparameters of at most {_LARGEST:g}, got {hyperparameters}; start anew"
            )
        self._fitted, self._hyperparameters = fitted, hyperparameters


class DNGOSurrogate(Surrogate):
    """:class:`nas_plugins.strategies.dngo.DNGO`, trained from scratch for every model, so that it keeps no state.

    Args:
        preset: ``"default"``, or ``"paper"`` for the network of the arch2vec paper.
    """

    name = "dngo"

    def __init__(self, preset: str = "default") -> None:
        if preset not in ("default", "paper"):
            raise InvalidArgument(f"wanted the preset 'default' or 'paper', got {preset!r}")
        self.preset = preset

    def model(self, rows: "Tensor", outcomes: "Tensor", seed: int, widths: Sequence[int]) -> "Model":
        """A trained network with its head."""
        del widths
        from nas_plugins.strategies.dngo import DNGO, PRESETS

        return DNGO(rows, outcomes, seed=seed, **PRESETS[self.preset])
