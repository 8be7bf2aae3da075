"""REINFORCE on discrete choices: a distribution over the options of every decision, which rewards make better."""

import math
from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument, InvalidState
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.observations import Observations
from nas_plugins.strategies.outcomes import standardise
from nas_plugins.strategies.strategy import Strategy, check_state, generator_from_state, generator_state, space_state

if TYPE_CHECKING:
    from nas_plugins.strategies.learner import Learner

A = TypeVar("A", bound=Hashable)

_LARGEST = 1e6  # of a reward: far beyond any accuracy, and its square is still a float32


@dataclass(frozen=True)
class DiscreteReinforceSettings:
    """Settings of :class:`DiscreteREINFORCE`; the defaults are ours.

    Args:
        initial: Architectures drawn uniformly first; the policy learns from them as well.
        learning_rate: Of Adam; chosen on NAS-Bench-201's ImageNet16-120 validation accuracies, no other table.
        momentum: Of the baseline, a moving average of rewards (debiased), from 0 to below 1.
        standardised: Whether rewards are standardised scores (:func:`standardise`), instead of the scores themselves.

    Raises:
        InvalidArgument: A value outside its range.
    """

    initial: int = 16
    learning_rate: float = 0.05
    momentum: float = 0.9
    standardised: bool = True

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "default": {},
        # Dong and Yang, 2020, section 4 and the script of their code: one sample per step, EMA of momentum 0.9.
        "paper": {"initial": 0, "learning_rate": 0.001, "momentum": 0.9, "standardised": False},
    }

    def __post_init__(self) -> None:
        if self.initial < 0:
            raise InvalidArgument(f"wanted initial of at least 0, got {self.initial}")
        if not 0 < self.learning_rate < math.inf:
            raise InvalidArgument(f"wanted a learning rate above 0, got {self.learning_rate}")
        if not 0 <= self.momentum < 1:
            raise InvalidArgument(f"wanted a momentum of at least 0 and below 1, got {self.momentum}")

    @classmethod
    def preset(cls, name: str = "default", **changes: Any) -> "DiscreteReinforceSettings":
        """The settings of a name, with changes.

        Raises:
            InvalidArgument: No preset has that name.
        """
        if name not in cls.PRESETS:
            raise InvalidArgument(f"wanted a preset out of {', '.join(cls.PRESETS)}, got {name!r}")
        return replace(cls(**cls.PRESETS[name]), **changes)


class DiscreteREINFORCE(Strategy[A]):
    """Draws every decision from a softmax of its own and raises the chances of what scored above a moving average.

    Of an architecture that is known already another one is drawn, at a temperature that rises with every known draw in
    a row, so that a policy that is sure of itself tries what is near its favourite; the published codes train the same
    again. Every score is learned from when it comes, whoever proposed the architecture; a failed trial counts as the
    worst score told.

    Args:
        space: What to search, finite or not.
        settings: Of the policy.
        seed: Seed of the strategy's own generator; ``None`` takes fresh entropy.

    References:
        Williams, Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning, 1992. Zoph
        and Le, Neural Architecture Search with Reinforcement Learning, ICLR 2017 (with an LSTM in place of the table of
        logits). Ying et al., NAS-Bench-101, ICML 2019. Dong and Yang, NAS-Bench-201, ICLR 2020.
    """

    _VERSION = 1
    _REPEATS, _WARMING = 100, 0.1  # known draws in a row before a uniform one; rise of the temperature with each

    def __init__(
        self, space: SearchSpace[A], *, settings: DiscreteReinforceSettings | None = None, seed: int | None = None
    ) -> None:
        self.space = space
        self.settings = DiscreteReinforceSettings() if settings is None else settings
        self._options = space.choices()
        self._rng = np.random.default_rng(seed)
        self._observations = Observations(space)
        self._average, self._weight = 0.0, 0.0  # of the rewards, and the weight behind it
        self._learner = self._new_learner()

    def _new_learner(self) -> "Learner":
        import torch

        from nas_plugins.strategies.learner import Learner

        logits = {name: torch.nn.Parameter(torch.zeros(len(options))) for name, options in self._options.items()}
        return Learner(logits, self.settings.learning_rate)

    def ask(self) -> A:
        """A draw of the policy that is not known."""
        observations = self._observations
        if len(observations) >= self.settings.initial:
            logits = {name: value.detach().numpy() for name, value in self._learner.parameters.items()}
            for repeat in range(self._REPEATS):
                architecture = self._draw(logits, 1 + self._WARMING * repeat)
                if architecture is not None and architecture not in observations:
                    return observations.propose(architecture)
        return observations.propose(observations.draw(self._rng))

    def _draw(self, logits: Mapping[str, NDArray[np.float32]], temperature: float) -> A | None:
        """One draw; ``None`` where the decisions do not go together."""
        choices = {}
        for (name, options), chance in zip(self._options.items(), self._rng.random(len(self._options)), strict=True):
            scaled = (logits[name] - logits[name].max()).astype(np.float64) / temperature
            cumulative = np.cumsum(np.exp(scaled))
            choices[name] = options[int(np.searchsorted(cumulative, chance * cumulative[-1], side="right"))]
        try:
            return self.space.from_choices(choices)
        except InvalidArchitecture:
            return None

    def tell(self, architecture: A, score: float) -> None:
        """Learn from the score."""
        self._observations.tell(architecture, score)
        self._learn(architecture)

    def _learn(self, architecture: A) -> None:
        """One step of Adam on minus the log-likelihood times reward above the baseline."""
        import torch

        succeeded = self._observations.succeeded
        if not succeeded:
            return
        worst = min(succeeded.values())
        told = {name: worst if math.isnan(score) else score for name, score in self._observations.scores.items()}
        if self.settings.standardised:
            reward = float(standardise(list(told.values()))[list(told).index(architecture)])
        else:
            reward = min(max(told[architecture], -_LARGEST), _LARGEST)
        momentum = self.settings.momentum
        self._average = momentum * self._average + (1 - momentum) * reward
        self._weight = momentum * self._weight + (1 - momentum)
        advantage = reward - self._average / self._weight
        chosen = self.space.to_choices(architecture)
        terms = [
            torch.log_softmax(logits, dim=-1)[self._options[name].index(chosen[name])]
            for name, logits in self._learner.parameters.items()
        ]
        self._learner.descend(-advantage * torch.stack(terms).sum())

    def state_dict(self) -> dict[str, Any]:
        """Settings, generator, observations, baseline, logits and optimiser."""
        return {
            "strategy": "reinforce_discrete",
            "version": self._VERSION,
            **space_state(self.space),
            "settings": asdict(self.settings),
            "rng": generator_state(self._rng),
            "observations": self._observations.state_dict(),
            "baseline": [self._average, self._weight],
            "policy": self._learner.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a saved state; its settings must be the present ones."""
        check_state(
            state,
            strategy="reinforce_discrete",
            version=self._VERSION,
            **space_state(self.space),
            settings=asdict(self.settings),
        )
        learner = self._new_learner()
        try:
            rng = generator_from_state(state["rng"])
            observations = Observations.from_state(self.space, state["observations"])
            average, weight = map(float, state["baseline"])
            if not (abs(average) <= _LARGEST and 0 <= weight <= 1):
                raise ValueError(f"wanted a baseline and the weight behind it, got {average} and {weight}")
            learner.load_state_dict(state["policy"])
        except InvalidState:
            raise
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InvalidState(f"wanted a REINFORCE state, got a damaged one: {error!r}; start anew") from error
        self._rng, self._observations, self._learner = rng, observations, learner
        self._average, self._weight = average, weight
