"""Workers on a simulated clock: which training ends next, and when."""

import heapq
import math
from typing import Generic, TypeVar

from nas_plugins.spaces.errors import InvalidArgument

T = TypeVar("T")


class SimulatedWorkers(Generic[T]):
    """So many workers, each running one task at a time; the clock jumps from one completion to the next.

    Of tasks that end at the same moment, the one started first completes first, so that equal inputs give equal
    histories.

    Args:
        count: Number of workers, at least 1.

    Raises:
        InvalidArgument: No worker.
    """

    def __init__(self, count: int) -> None:
        if count < 1:
            raise InvalidArgument(f"wanted at least 1 worker, got {count}")
        self._free = count
        self._now = 0.0
        self._started = 0
        self._running: list[tuple[float, int, T]] = []

    @property
    def now(self) -> float:
        """Simulated seconds since the start."""
        return self._now

    @property
    def free(self) -> int:
        """Workers that could start a task now."""
        return self._free

    @property
    def running(self) -> int:
        """Tasks that have started and not ended."""
        return len(self._running)

    def start(self, task: T, seconds: float) -> float:
        """Start a task on a free worker.

        Args:
            task: Handed back when it completes.
            seconds: How long it takes, at least 0.

        Returns:
            When it will end.

        Raises:
            InvalidArgument: No worker is free, or the time is negative or not finite.
        """
        if self._free == 0:
            raise InvalidArgument(f"wanted a free worker, all {len(self._running)} are busy; complete a task first")
        if not 0 <= seconds < math.inf:
            raise InvalidArgument(f"wanted a task of at least 0 seconds, got {seconds}")
        end = self._now + seconds
        heapq.heappush(self._running, (end, self._started, task))
        self._started += 1
        self._free -= 1
        return end

    def retire(self) -> None:
        """Send a free worker home.

        Raises:
            InvalidArgument: No worker is free.
        """
        if self._free == 0:
            raise InvalidArgument(f"wanted a free worker to retire, all {len(self._running)} are busy")
        self._free -= 1

    def complete(self) -> T:
        """Advance the clock to the next completion; its worker is free again.

        Raises:
            InvalidArgument: Nothing runs.
        """
        if not self._running:
            raise InvalidArgument("wanted a running task, nothing runs; start one first")
        self._now, _, task = heapq.heappop(self._running)
        self._free += 1
        return task
