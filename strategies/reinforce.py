"""REINFORCE in a latent space: a policy walks from architecture to architecture and learns which way pays."""

import math
import warnings
from collections.abc import Hashable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import InvalidArgument, InvalidState, SearchExhausted
from nas_plugins.spaces.space import FiniteSearchSpace, SearchSpace
from nas_plugins.strategies.observations import Observations
from nas_plugins.strategies.outcomes import standardise
from nas_plugins.strategies.pretrained_latent import pretrained_latent
from nas_plugins.strategies.reinforce_settings import ReinforceSettings
from nas_plugins.strategies.strategy import Strategy, check_state, generator_from_state, generator_state, space_state

if TYPE_CHECKING:
    from nas_plugins.spaces.arch2vec import Arch2Vec

A = TypeVar("A", bound=Hashable)

_WAITING = 4  # later episodes that become whole before one with missing scores is learned from as it is


@dataclass
class _Episode:
    """A walk.

    Args:
        start: Position of the architecture it starts from.
        points: Points drawn.
        taken: Positions of the architectures taken for them.
        waited: Episodes that began since it was whole, the next one included.
    """

    start: int
    points: list[list[float]] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    waited: int = 0

    @property
    def states(self) -> list[int]:
        """Where each step was taken from, and where the next one would be."""
        return [self.start, *self.taken]


class REINFORCE(Strategy[A]):
    """A policy draws points of a latent space; the unknown architecture nearest to a point is tried.

    A step starts at the embedding of the architecture before it. After every whole episode whose scores are known the
    policy learns once, from the rewards of its steps. With many trials at once further episodes start under the policy
    as it is, and an episode whose scores stay away is learned from without them when four later ones are whole. A
    failed trial counts as the worst score told.

    Args:
        space: What to search; finite, and the one of the latent space.
        latent: Its latent space; by default the one that ships with the package.
        settings: Of policy and learning.
        seed: Seed of the strategy's own generator; ``None`` takes fresh entropy.

    Raises:
        InvalidArgument: There is no latent space of the space, or it is of another one.

    References:
        Williams, Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning, 1992. Yan,
        Zheng, Ao, Zeng and Zhang, Does Unsupervised Architecture Representation Learning Help Neural Architecture
        Search?, NeurIPS 2020 (section 3.3.1).
    """

    _VERSION = 1

    def __init__(
        self,
        space: SearchSpace[A],
        latent: "Arch2Vec[A] | None" = None,
        *,
        settings: ReinforceSettings | None = None,
        seed: int | None = None,
    ) -> None:
        self.latent = pretrained_latent(space) if latent is None else latent
        if self.latent.space.name != space.name:
            raise InvalidArgument(f"wanted a latent space of {space.name}, got one of {self.latent.space.name}")
        self.space = space
        # Those whose coordinates are known: the space, or what the latent space enumerates of it.
        self._members: FiniteSearchSpace[A] = self.latent.space
        self.settings = ReinforceSettings() if settings is None else settings
        self._rng = np.random.default_rng(seed)
        self._observations = Observations[A](self._members)
        self._known = np.zeros(len(self._members), dtype=np.bool_)
        self._policy = self._new_policy(self._rng)
        self._last: int | None = None  # the architecture proposed last
        self._episodes: list[_Episode] = []  # whole ones that wait for scores, then the one under way

    def _new_policy(self, rng: np.random.Generator) -> Any:
        from nas_plugins.strategies.latent_policy import LatentPolicy

        settings = self.settings
        return LatentPolicy(
            self.latent.dimensions,
            hidden=settings.hidden,
            deviation=settings.deviation,
            relative=settings.relative,
            learning_rate=settings.learning_rate,
            rng=rng,
        )

    def ask(self) -> A:
        """A random architecture at first, then the one the policy walks to."""
        if self._last is None or len(self._observations) < self.settings.initial:
            index = self._members.index(self._observations.draw(self._rng))
        elif self._known.all():
            raise SearchExhausted(f"all architectures of {self.space.name} are known")
        else:
            index = self._walk(self._last)
        self._last = index
        self._known[index] = True
        return self._observations.propose(self._members[index])

    def _walk(self, last: int) -> int:
        """The next architecture of the episode under way, or the first of another one."""
        if not self._episodes or len(self._episodes[-1].taken) == self.settings.episode:
            self._learn()
            best = self._best() if self.settings.restart else None
            self._episodes.append(_Episode(last if best is None else best))
        episode = self._episodes[-1]
        point = self._policy.draw(self._table[episode.states], self._rng)
        index = self._nearest(point)
        episode.points.append([float(coordinate) for coordinate in point])
        episode.taken.append(index)
        return index

    def _best(self) -> int | None:
        """The position of the best architecture whose coordinates are known."""
        best = self._observations.best(len(self._observations))
        return next((self._members.index(each) for each in best if self._members.contains(each)), None)

    @cached_property
    def _table(self) -> NDArray[np.float32]:
        """Where each architecture is, ``(len(space), dimensions)``, as the policy sees it."""
        table = self.latent.embeddings
        if self.settings.standardised:
            table = (table - table.mean(0)) / table.std(0)
        elif self.settings.mean:
            table = table / np.float32(self.latent.nodes)
        return table

    def _nearest(self, point: NDArray[np.float32]) -> int:
        """The unknown architecture nearest to a point, those that are passed over left out."""
        distances = np.square(self._table - point).sum(axis=1)
        unknown = np.where(self._known, np.inf, distances)
        passed = self.settings.passed_over
        if passed and np.count_nonzero(~self._known) > passed:
            unknown[np.argsort(distances, kind="stable")[:passed]] = np.inf
        return int(unknown.argmin())

    def tell(self, architecture: A, score: float) -> None:
        """Keep the score; the policy learns from it with its episode.

        With a fixed baseline, as published, rewards are accuracies from 0 to 1: a warning tells of other scores.
        """
        if self.settings.baseline is not None and not 0 <= self.settings.scale * np.nan_to_num(score) <= 1:
            warnings.warn(
                f"wanted scores from 0 to {1 / self.settings.scale:g} for the published REINFORCE, got {score}: it "
                "learns nothing from what lies outside; the strategy 'reinforce' takes scores on any scale",
                stacklevel=2,
            )
        self._observations.tell(architecture, score)
        if self._members.contains(architecture):
            index = self._members.index(architecture)
            self._known[index] = True
            if self._last is None:
                self._last = index

    def _learn(self) -> None:
        """Learn from the whole episodes whose scores are known, and from those that have waited too long."""
        scores = self._observations.scores
        waiting = []
        for episode in self._episodes:
            episode.waited += 1
            told = [self._members[index] in scores for index in episode.taken]
            if not all(told) and episode.waited <= _WAITING:
                waiting.append(episode)
            elif any(told) and self._observations.succeeded:
                self._learn_from(episode)
        self._episodes = waiting

    def _learn_from(self, episode: _Episode) -> None:
        settings, scores = self.settings, self._observations.scores
        worst = min(self._observations.succeeded.values())
        told = {architecture: worst if math.isnan(score) else score for architecture, score in scores.items()}
        if settings.baseline is None:
            rewards = dict(zip(told, standardise(list(told.values())), strict=True))
        else:
            rewards = {
                architecture: min(max(settings.scale * score, 0.0), 1.0) - settings.baseline
                for architecture, score in told.items()
            }
        advantages = np.array([rewards.get(self._members[index], 0.0) for index in episode.taken])
        for step in range(len(advantages) - 2, -1, -1):
            advantages[step] += settings.discount * advantages[step + 1]
        points = np.array(episode.points, dtype=np.float32)
        self._policy.learn(self._table[episode.states[:-1]], points, advantages)

    def state_dict(self) -> dict[str, Any]:
        """Settings, generator, observations, episodes, weights and optimiser."""
        return {
            "strategy": "reinforce",
            "version": self._VERSION,
            **space_state(self.space),
            "settings": asdict(self.settings),
            "rng": generator_state(self._rng),
            "observations": self._observations.state_dict(),
            "last": self._last,
            "episodes": [asdict(episode) for episode in self._episodes],
            "policy": self._policy.state_dict(),
        }

    def _check(self, last: int | None, episodes: list[_Episode]) -> None:
        """Raise :class:`ValueError` for positions that are none, and for points of other numbers or dimensions."""
        positions = [index for episode in episodes for index in (episode.start, *episode.taken)]
        if not all(0 <= index < len(self._members) for index in (*positions, *([] if last is None else [last]))):
            raise ValueError(f"wanted positions from 0 to {len(self._members) - 1}")
        if any(len(episode.points) != len(episode.taken) for episode in episodes):
            raise ValueError("wanted an architecture for each point of an episode")
        points = [point for episode in episodes for point in episode.points]
        if not all(len(point) == self.latent.dimensions and np.isfinite(point).all() for point in points):
            raise ValueError(f"wanted points of {self.latent.dimensions} finite coordinates")

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a saved state; its settings must be the present ones."""
        check_state(
            state,
            strategy="reinforce",
            version=self._VERSION,
            **space_state(self.space),
            settings=asdict(self.settings),
        )
        policy = self._new_policy(np.random.default_rng(0))
        try:
            rng = generator_from_state(state["rng"])
            observations = Observations[A].from_state(self._members, state["observations"])
            last = None if state["last"] is None else int(state["last"])
            episodes = [
                _Episode(
                    int(saved["start"]),
                    [[float(coordinate) for coordinate in point] for point in saved["points"]],
                    [int(index) for index in saved["taken"]],
                    int(saved["waited"]),
                )
                for saved in state["episodes"]
            ]
            self._check(last, episodes)
            policy.load_state_dict(state["policy"])
        except InvalidState:
            raise
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InvalidState(f"wanted a REINFORCE state, got a damaged one: {error!r}; start anew") from error
        self._rng, self._observations, self._policy = rng, observations, policy
        self._last, self._episodes = last, episodes
        self._known = np.zeros(len(self._members), dtype=np.bool_)
        for architecture in (*observations.scores, *observations.pending):
            if self._members.contains(architecture):
                self._known[self._members.index(architecture)] = True
