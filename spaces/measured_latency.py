"""Latency as this machine measures it: the median of forward passes."""

import statistics
import time
from collections.abc import Hashable, Sequence
from typing import Any, TypeVar

from nas_plugins.spaces.cost_measure import CostMeasure, plain
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace

A = TypeVar("A", bound=Hashable)


class MeasuredLatency(CostMeasure[A]):
    """Builds the network of an architecture once and times it; what was measured is kept, so that it is a function.

    A bound on it makes every candidate's network be built and timed: fit for strategies that look at few. Two processes
    measure different figures; save what a search depends on as a table (:class:`RecordedLatency`).

    Args:
        space: The space of the architectures.
        repetitions: Timed forward passes, after two that are not; the median counts.
        batch: Images of a pass.
        image_shape: ``(channels, height, width)`` of an image.
        num_classes: Outputs of the classifier.
        device: Of torch.
        **scale: As in :meth:`SearchSpace.network`.

    Raises:
        InvalidArgument: No repetition, or no image.
    """

    name, unit = "latency", "ms"

    def __init__(
        self,
        space: SearchSpace[A],
        *,
        repetitions: int = 11,
        batch: int = 1,
        image_shape: Sequence[int] = (3, 32, 32),
        num_classes: int = 10,
        device: str = "cpu",
        **scale: Any,
    ) -> None:
        if repetitions < 1 or batch < 1:
            raise InvalidArgument(f"wanted repetitions and batch of at least 1, got {repetitions} and {batch}")
        self.space, self.repetitions, self.device = space, repetitions, device
        self.shape, self.num_classes, self.scale = (batch, *image_shape), num_classes, scale
        self._measured: dict[A, float] = {}

    def __call__(self, architecture: A) -> float:
        """Median milliseconds of a forward pass."""
        if architecture not in self._measured:
            self._measured[architecture] = self._measure(architecture)
        return self._measured[architecture]

    def key(self) -> tuple[Hashable, ...]:
        """Measurements belong to the object that made them."""
        return (id(self),)

    def settings(self) -> dict[str, Any]:
        """What is timed, and where; what was measured is another process's business."""
        return plain({"device": self.device, "shape": self.shape, "num_classes": self.num_classes} | self.scale)

    def _measure(self, architecture: A) -> float:
        import torch

        network = self.space.network(architecture, self.num_classes, **self.scale).to(self.device).eval()
        images = torch.zeros(self.shape, device=self.device)
        cuda = images.device.type == "cuda"
        seconds = []
        with torch.inference_mode():
            for _ in range(self.repetitions + 2):
                start = time.perf_counter()
                network(images)
                if cuda:
                    torch.cuda.synchronize()
                seconds.append(time.perf_counter() - start)
        return 1000 * statistics.median(seconds[2:])

    def __repr__(self) -> str:
        return f"MeasuredLatency({self.space!r}, repetitions={self.repetitions}, shape={self.shape})"
