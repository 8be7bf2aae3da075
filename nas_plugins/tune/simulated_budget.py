"""A time budget in simulated seconds for Ray Tune."""

from typing import Any

from ray.tune import Stopper
from ray.tune.result import TIME_TOTAL_S

from nas_plugins.spaces.errors import InvalidArgument


class SimulatedBudget(Stopper):
    """Ends an experiment when its trials have used up the time they report, whatever the time they took.

    Ray's ``time_budget_s`` counts real seconds, of which a :class:`nas_plugins.tune.SimulatedTrial` takes hardly any.
    The budget is spent when the trials' ``time_total_s`` add up to ``seconds * workers``: with one worker exactly when
    its simulated clock has passed ``seconds``, with more when they have been busy for that long on average. The trial
    that crosses the line still counts; trials in progress end without another result.

    Args:
        seconds: Simulated seconds, above 0.
        workers: Workers that share the work, at least 1.

    Raises:
        InvalidArgument: A number out of range.
    """

    def __init__(self, seconds: float, workers: int = 1) -> None:
        if not seconds > 0 or workers < 1:
            raise InvalidArgument(f"wanted seconds above 0 and at least 1 worker, got {seconds} and {workers}")
        self._budget = seconds * workers
        self._spent: dict[str, float] = {}

    @property
    def spent(self) -> float:
        """Seconds of all trials so far."""
        return sum(self._spent.values())

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        """Note the time of a trial; True once nothing is left."""
        self._spent[trial_id] = float(result[TIME_TOTAL_S])
        return self.stop_all()

    def stop_all(self) -> bool:
        """Whether the budget is spent."""
        return self.spent >= self._budget
