"""Which architectures are out with trials, which came back, and which never will: NNI does not say."""

from collections.abc import Hashable, Iterable
from typing import Any, Generic, TypeVar

from nas_plugins.spaces.errors import InvalidState
from nas_plugins.spaces.space import SearchSpace

A = TypeVar("A", bound=Hashable)


class Ledger(Generic[A]):
    """Keeps account of the architectures handed out.

    NNI gives parameters to whichever trial asks first, but names a trial that ended by the parameters it was submitted
    with. With several trials at once the two differ, so the name of an ended trial does not tell which architecture it
    ran. Counting does: running trials hold as many architectures as there are running trials. Whenever every submission
    that has not ended has not been told either, the architectures of ended submissions that were not told are lost, all
    of them and no others.

    Args:
        space: The space of the architectures.
    """

    def __init__(self, space: SearchSpace[A]) -> None:
        self.space = space
        self.submitted: dict[int, A] = {}  # by NNI's parameter id; ids start anew when an experiment is resumed
        self._ended: set[int] = set()
        self._answered: set[int] = set()
        self.jobs: set[str] = set()  # trials whose result was told, by NNI's job id
        self._earlier: list[A] = []  # handed out before the experiment was resumed, and not told since

    @property
    def pending(self) -> list[A]:
        """Architectures handed out and not told, oldest first."""
        return [*self._earlier, *(a for number, a in self.submitted.items() if number not in self._answered)]

    def submit(self, parameter_id: int, architecture: A) -> None:
        """Note that an architecture is handed out."""
        self.submitted[parameter_id] = architecture

    def answer(self, architecture: A, *, parameter_id: int | None = None, job: str | None = None) -> None:
        """Note that the result of an architecture came.

        Args:
            architecture: What the trial says it evaluated.
            parameter_id: The parameters it says it got; preferred where several submissions have one architecture.
            job: NNI's id of the trial.
        """
        if job is not None:
            self.jobs.add(job)
        same = [n for n, a in self.submitted.items() if a == architecture and n not in self._answered]
        if same:
            self._answered.add(parameter_id if parameter_id in same else same[0])
        elif architecture in self._earlier:
            self._earlier.remove(architecture)

    def end(self, parameter_id: int) -> None:
        """Note that the trial submitted with these parameters ended, whatever it ran."""
        if parameter_id in self.submitted:
            self._ended.add(parameter_id)

    def take_lost(self) -> list[A]:
        """Architectures that no trial holds any more; they count as answered from now on."""
        if self._answered - self._ended:
            return []  # a trial that still runs holds one of the unanswered
        lost = sorted(self._ended - self._answered)
        self._answered.update(lost)
        return [self.submitted[number] for number in lost]

    def take_unscheduled(self, scheduled: Iterable[A]) -> list[A]:
        """After a restart: earlier architectures that NNI will not run, to be handed out anew.

        Args:
            scheduled: Architectures of the trials NNI runs again by itself.
        """
        scheduled = set(scheduled)
        unscheduled = [architecture for architecture in self._earlier if architecture not in scheduled]
        self._earlier = [architecture for architecture in self._earlier if architecture in scheduled]
        return unscheduled

    def state_dict(self) -> dict[str, Any]:
        """Pending architectures as text, and the jobs told."""
        return {"pending": [str(architecture) for architecture in self.pending], "jobs": sorted(self.jobs)}

    @classmethod
    def from_state(cls, space: SearchSpace[A], state: Any) -> "Ledger[A]":
        """Continue after a restart; everything pending counts as handed out earlier.

        Raises:
            InvalidState: The state is damaged.
        """
        ledger = cls(space)
        try:
            ledger._earlier = [space.parse(text) for text in state["pending"]]
            ledger.jobs = {str(job) for job in state["jobs"]}
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidState(f"wanted saved 'pending' and 'jobs', got damaged ones: {error}") from error
        return ledger
