"""Named parameters, the optimiser that moves them, and both as plain data; imports torch."""

import base64
import binascii
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nas_plugins.spaces.errors import InvalidState

_MOST_STEPS = 10**9  # beyond, the bias corrections of Adam are no different


class Learner:
    """Parameters under Adam, whose whole state survives JSON exactly.

    Arrays are saved as base64 text of little-endian float32: a hundredth of the time that lists of decimals take, and
    no digit is lost.

    Args:
        parameters: By name; their values are the start.
        learning_rate: Of Adam.

    References:
        Kingma and Ba, Adam: A Method for Stochastic Optimization, ICLR 2015.
    """

    def __init__(self, parameters: Mapping[str, nn.Parameter], learning_rate: float) -> None:
        self.parameters = dict(parameters)
        self._optimizer = torch.optim.Adam(self.parameters.values(), lr=learning_rate)

    def descend(self, loss: Tensor) -> None:
        """One step against the gradient of a loss."""
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()

    def state_dict(self) -> dict[str, Any]:
        """Values, both moments of Adam where it has made steps, and the number of steps."""
        state: dict[str, Any] = {"steps": 0, "values": {}, "first": {}, "second": {}}
        for name, parameter in self.parameters.items():
            state["values"][name] = _text(parameter)
            moments = self._optimizer.state.get(parameter)
            if moments:
                state["steps"] = int(moments["step"])
                state["first"][name], state["second"][name] = _text(moments["exp_avg"]), _text(moments["exp_avg_sq"])
        return state

    def load_state_dict(self, state: Any) -> None:
        """Continue from what :meth:`state_dict` gave; on an error nothing has changed.

        Raises:
            InvalidState: The state is damaged, or of parameters of other names or shapes.
        """
        try:
            steps = int(state["steps"])
            if not 0 <= steps <= _MOST_STEPS:
                raise ValueError(f"wanted 0 to {_MOST_STEPS} steps, got {steps}")
            kinds = ("values", "first", "second") if steps else ("values",)
            read = {
                name: [_tensor(state[kind][name], tuple(parameter.shape)) for kind in kinds]
                for name, parameter in self.parameters.items()
            }
        except (KeyError, TypeError, ValueError, OverflowError, binascii.Error) as error:
            raise InvalidState(
                f"wanted saved parameters {', '.join(self.parameters)} of the present shapes, could not read them "
                f"({error!r}); load them into a strategy of the same settings"
            ) from error
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                value, *moments = read[name]
                parameter.copy_(value)
                self._optimizer.state.pop(parameter, None)
                if moments:
                    step = torch.tensor(float(steps))
                    self._optimizer.state[parameter] = {
                        "step": step,
                        "exp_avg": moments[0],
                        "exp_avg_sq": moments[1],
                    }


def uniform_start(module: nn.Module, bound: float, rng: np.random.Generator) -> nn.Module:
    """Draw every parameter uniformly from ``[-bound, bound]`` with a generator of one's own; returns the module."""
    with torch.no_grad():
        for parameter in module.parameters():
            drawn: NDArray[Any] = rng.uniform(-bound, bound, tuple(parameter.shape))
            parameter.copy_(torch.from_numpy(drawn))
    return module


def _text(tensor: Tensor) -> str:
    return base64.b64encode(tensor.detach().numpy().astype("<f4").tobytes()).decode("ascii")


def _tensor(text: str, shape: tuple[int, ...]) -> Tensor:
    values = np.frombuffer(base64.b64decode(text, validate=True), dtype="<f4")
    if len(values) != math.prod(shape) or not np.isfinite(values).all():
        raise ValueError(f"wanted {math.prod(shape)} finite numbers, got {len(values)}")
    return torch.from_numpy(values.reshape(shape).astype(np.float32))
