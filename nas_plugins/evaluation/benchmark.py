"""The contract of a table of recorded trainings."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Hashable, Iterator
from dataclasses import replace
from typing import Generic, TypeVar

from nas_plugins.evaluation.curve_point import CurvePoint
from nas_plugins.evaluation.setting import Seed, Setting, summarize
from nas_plugins.spaces.errors import InvalidArchitecture, UnansweredQuery
from nas_plugins.spaces.listed_space import ListedSpace
from nas_plugins.spaces.space import SearchSpace

A = TypeVar("A", bound=Hashable)


class Benchmark(ABC, Generic[A]):
    """Recorded scores of architectures, with the dataset, split, epochs and seed they belong to.

    A benchmark answers for one :class:`Setting` by default, and for others only where it has them on record: a question
    it cannot answer exactly is refused, never answered with the nearest figure.

    Args:
        name: Name for tables and messages, for example ``"nasbench201/cifar10"``.
        space: The space of the recorded architectures.
        setting: What :meth:`score` answers when nothing else is asked.
        advice: What to do about a setting that is not on record; ends the message of the refusal.

    Raises:
        UnansweredQuery: The setting is not on record.
    """

    def __init__(self, name: str, space: SearchSpace[A], setting: Setting, *, advice: str) -> None:
        self.name = name
        self.space = space
        self.setting = setting
        self._advice = advice
        self._check(setting)

    @property
    def dataset(self) -> str:
        """The dataset the scores belong to."""
        return self.setting.dataset

    @property
    def split(self) -> str:
        """``"validation"`` or ``"test"``."""
        return self.setting.split

    @property
    def epochs(self) -> int | None:
        """Epochs of training behind a score; ``None`` where it is not known."""
        return self.setting.epochs

    @property
    def seed(self) -> Seed:
        """The training run behind a score, or ``"mean"``."""
        return self.setting.seed

    @property
    def description(self) -> str:
        """What the scores are, in words, for tables and titles."""
        return str(self.setting)

    @property
    def score_name(self) -> str:
        """What an axis of scores is called."""
        return f"{self.split} accuracy (%)"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}: {self.setting})"

    @property
    @abstractmethod
    def settings(self) -> Collection[Setting]:
        """Every setting that is on record."""

    @abstractmethod
    def architectures(self) -> Iterator[A]:
        """Every architecture with a score in the benchmark's own setting, in a fixed order."""

    @abstractmethod
    def _recorded(self, architecture: A, setting: Setting) -> float | None:
        """The score on record, ``None`` without one; ``nan`` is the record of a training that failed."""

    @abstractmethod
    def optimum(self) -> tuple[A, float]:
        """The architecture with the highest score in the benchmark's own setting, and the score."""

    @abstractmethod
    def seconds(self, architecture: A) -> float | None:
        """Seconds the recorded training took in the benchmark's own setting; ``None`` where they are not on record."""

    def curve(self, architecture: A) -> tuple[CurvePoint, ...]:
        """The recorded learning curve in the benchmark's own dataset, split and seed, up to its own epochs.

        Every number of epochs on record is a point. Where each comes from a training with a learning-rate schedule of
        its own, as in NAS-Bench-201, the shorter trainings stand in for the beginnings of the longest.

        Returns:
            At least the point of :meth:`score`, which is the last one.

        Raises:
            InvalidArchitecture: The architecture is no member of the space.
            UnansweredQuery: The architecture is not on record.
        """
        last = self.score(architecture)
        points = [CurvePoint(self.epochs, last, self.seconds(architecture))]
        earlier = [
            setting
            for setting in self.settings
            if setting.epochs is not None
            and setting.epochs < (self.epochs or 0)
            and replace(setting, epochs=self.epochs) == self.setting
        ]
        for setting in sorted(earlier, key=lambda setting: setting.epochs or 0, reverse=True):
            score = self._recorded(architecture, setting)
            if score is not None:
                points.append(CurvePoint(setting.epochs, score, self._recorded_seconds(architecture, setting)))
        return tuple(reversed(points))

    def _recorded_seconds(self, architecture: A, setting: Setting) -> float | None:
        """Training seconds in a setting on record, ``None`` without any."""
        return self.seconds(architecture) if setting == self.setting else None

    def parameters(self, architecture: A) -> float | None:
        """Trainable parameters in millions; ``None`` where they are not on record."""
        del architecture
        return None

    def latency(self, architecture: A) -> float | None:
        """Seconds one forward pass took; ``None`` where they are not on record."""
        del architecture
        return None

    def score(
        self,
        architecture: A,
        *,
        dataset: str | None = None,
        split: str | None = None,
        epochs: int | None = None,
        seed: Seed | None = None,
    ) -> float:
        """The recorded score of an architecture; higher is better, accuracies are in percent.

        Args:
            architecture: A member of the space.
            dataset: Another dataset than the benchmark's own; ``None`` for its own, as for the rest.
            split: Another split.
            epochs: Another number of epochs.
            seed: Another training run, or ``"mean"``.

        Returns:
            The score; ``nan`` where the record says that the training failed.

        Raises:
            InvalidArchitecture: The architecture is no member of the space.
            UnansweredQuery: The setting, or the architecture in that setting, is not on record.
        """
        given = {"dataset": dataset, "split": split, "epochs": epochs, "seed": seed}
        changes = {key: value for key, value in given.items() if value is not None}
        setting = self.setting
        if changes:
            setting = replace(setting, **changes)  # type: ignore[arg-type] # one dictionary holds values of four types
            self._check(setting)
        # A member of the whole that a list leaves out has no record, which is no mistake of who asks.
        whole = self.space.whole if isinstance(self.space, ListedSpace) else self.space
        if not whole.contains(architecture):
            raise InvalidArchitecture(
                f"wanted an architecture of {self.space.name}, got {type(architecture).__name__} {architecture!r}; "
                "read text with space.parse"
            )
        score = self._recorded(architecture, setting)
        if score is None:
            raise UnansweredQuery(
                f"wanted {setting} of {architecture}, {self.name} has no record of it; ask for one of its "
                "architectures, or for the mean over seeds"
            )
        return score

    def _check(self, setting: Setting) -> None:
        if setting not in self.settings:
            raise UnansweredQuery(
                f"wanted {setting}, {self.name} has {summarize(self.settings)} on record; {self._advice}"
            )
