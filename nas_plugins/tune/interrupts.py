"""Whether a run of Ray Tune was interrupted, which Ray does not tell, and Ctrl-C as it was before."""

import signal
import threading
from typing import Any

from ray import tune


class Interrupts(tune.Callback):
    """Hand it to ``tune.run`` as a callback, around which it is a context.

    Ray ends a run at the first Ctrl-C (or SIGINT) as if all of it were done, and after a run that was not interrupted
    it goes on waiting for one: the next Ctrl-C would be swallowed. Outside the main thread Python hands out no signals,
    and nothing is ever noted.
    """

    def __init__(self) -> None:
        self.noted = False
        """Whether the run was interrupted."""
        self._before: Any = None

    def __enter__(self) -> "Interrupts":
        self._before = signal.getsignal(signal.SIGINT)
        return self

    def __exit__(self, *error: object) -> None:
        if _main_thread():
            signal.signal(signal.SIGINT, self._before)

    def setup(
        self, stop: Any = None, num_samples: int | None = None, total_num_samples: int | None = None, **info: Any
    ) -> None:
        """Note a signal on its way to Ray, which by now waits for it."""
        del stop, num_samples, total_num_samples, info
        if not _main_thread():
            return
        handler = signal.getsignal(signal.SIGINT)

        def note(number: int, frame: Any) -> None:
            self.noted = True
            if callable(handler):
                handler(number, frame)

        signal.signal(signal.SIGINT, note)


def _main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
