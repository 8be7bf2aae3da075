"""Which trials of Ray a searcher waits for, what they reported last, and which of them it has told."""

from collections.abc import Collection, Mapping
from typing import Any

from nas_plugins.evaluation.trial_config import ARCHITECTURE
from nas_plugins.spaces.space import SearchSpace

Values = Mapping[str, float | None]
"""Metrics of a result by name, ``None`` for what is no finite number; plain data."""


class TrialLedger:
    """Trials by Ray's names of them: pending from their suggestion until they end, completed from then on."""

    def __init__(self) -> None:
        self.pending: dict[str, Any] = {}
        """The architecture of each."""
        self.points: dict[str, dict[str, Any]] = {}
        """Of the pending trials, those that the strategy does not know of, as they were given."""
        self.completed: dict[str, None] = {}
        """In the order in which they ended."""
        self._failed: dict[str, Any] = {}  # of the completed trials; Ray may run them again under the same name
        self._reported: dict[str, dict[str, float | None]] = {}

    def start(self, trial_id: str, architecture: Any, point: dict[str, Any] | None = None) -> None:
        """Note a suggestion; ``point`` where the strategy does not know of it."""
        self.pending[trial_id] = architecture
        if point is not None:
            self.points[trial_id] = point

    def report(self, trial_id: str, values: Values) -> None:
        """Note what a trial reported last, if it may still end."""
        if values and (trial_id in self.pending or trial_id in self._failed):
            self._reported[trial_id] = dict(values)

    def end(self, trial_id: str, *, failed: bool) -> tuple[Any, Values | None] | None:
        """Close a trial.

        Returns:
            Its architecture and what it reported last; ``None`` where there is nothing to tell: an unknown trial, or
            one that had ended, unless it had failed then (``resume_errored`` runs it again) and ended well now.
        """
        if trial_id in self.pending:
            architecture = self.pending.pop(trial_id)
        elif trial_id in self._failed and not failed:
            architecture = self._failed.pop(trial_id)
        else:
            return None
        self.points.pop(trial_id, None)
        self.completed[trial_id] = None
        if failed:
            self._failed[trial_id] = architecture
        return architecture, self._reported.pop(trial_id, None)

    def lose(self, known: Collection[str]) -> list[dict[str, Any]]:
        """Forget the pending trials that are not among the known ones; the points that bring them again."""
        lost = [trial_id for trial_id in self.pending if trial_id not in known]
        points = []
        for trial_id in lost:
            own = {ARCHITECTURE: str(self.pending.pop(trial_id))}
            points.append(self.points.pop(trial_id, own))
            self._reported.pop(trial_id, None)
        return points

    def state(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "pending": {trial_id: str(architecture) for trial_id, architecture in self.pending.items()},
            "running_points": {trial_id: dict(point) for trial_id, point in self.points.items()},
            "completed": list(self.completed),
            "failed": {trial_id: str(architecture) for trial_id, architecture in self._failed.items()},
            "reported": {trial_id: dict(values) for trial_id, values in self._reported.items()},
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any], space: SearchSpace[Any]) -> "TrialLedger":
        """Read what :meth:`state` gave; states of earlier versions have the pending trials alone, or not all."""
        ledger = cls()
        ledger.pending = {trial_id: space.parse(text) for trial_id, text in state["pending"].items()}
        ledger.points = {trial_id: dict(point) for trial_id, point in state.get("running_points", {}).items()}
        ledger.completed = dict.fromkeys(state.get("completed", ()))
        ledger._failed = {trial_id: space.parse(text) for trial_id, text in state.get("failed", {}).items()}
        ledger._reported = {trial_id: dict(values) for trial_id, values in state.get("reported", {}).items()}
        return ledger
