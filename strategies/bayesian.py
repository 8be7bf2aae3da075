"""Bayesian optimisation: a model of the scores says where the next trial is worth most."""

from collections.abc import Collection, Hashable, Sequence
from typing import Any, TypeVar

import numpy as np

from nas_plugins.spaces.errors import InvalidArgument, InvalidState
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.candidate_pool import CandidatePool, default_inputs
from nas_plugins.strategies.inputs import Input
from nas_plugins.strategies.observations import Observations
from nas_plugins.strategies.outcomes import standardise
from nas_plugins.strategies.prior_mean import PriorMean
from nas_plugins.strategies.strategy import (
    PriorScores,
    Strategy,
    check_state,
    generator_from_state,
    generator_state,
    space_state,
)
from nas_plugins.strategies.surrogate import GaussianProcessSurrogate, Surrogate

A = TypeVar("A", bound=Hashable)

# At 25, draws cost DNGO two of ten runs on ImageNet16-120's table; at 50, none.
_PATIENCE, _TURNS = 50, 4  # scores without a new best, and of how many proposals one is random from then on


class BayesianOptimization(Strategy[A]):
    """Proposes the candidate with the highest expected improvement under a model of the scores.

    Candidates are all unknown architectures of a small space, else the unknown neighbours of the best ones and random
    draws (:class:`CandidatePool`). The model sees standardised scores, the lowest of them raised to a quantile
    (:func:`standardise`): which of the bad architectures are worse matters to nobody, and a model that need not explain
    it tells the good ones apart. A failed trial counts as the worst score told, so that the search leaves such
    architectures. Pending trials count as scoring what the model expects of them, so that parallel workers get
    different architectures.

    A model that has been wrong for long is wrong about where to look: after 50 scores without a new best, every fourth
    proposal is a random draw, until one is better.

    Args:
        space: What to search.
        surrogate: The model; a Gaussian process by default.
        inputs: What the model sees of an architecture; by default its choices, and what lies on its paths from
            input to output (:func:`default_inputs`).
        initial: Architectures known, proposed or told from elsewhere, before the model decides; random until then.
        neighborhoods: Best architectures whose neighbours are candidates, in large spaces.
        draws: Random candidates, in large spaces.
        clipped: Share of the scores that is raised to the lowest of the rest.
        seed: Seed of the strategy's own generator; ``None`` takes fresh entropy.

    Raises:
        InvalidArgument: Fewer than two initial architectures, or no candidates.

    References:
        Snoek, Larochelle and Adams, Practical Bayesian Optimization of Machine Learning Algorithms, NeurIPS 2012.
        White, Neiswanger and Savani, BANANAS, AAAI 2021 (candidates by mutation).
    """

    chooses = True
    _VERSION = 1

    def __init__(
        self,
        space: SearchSpace[A],
        *,
        surrogate: Surrogate | None = None,
        inputs: Input[A] | None = None,
        initial: int = 10,
        neighborhoods: int = 10,
        draws: int = 200,
        clipped: float = 0.3,
        seed: int | None = None,
    ) -> None:
        if initial < 2:
            raise InvalidArgument(f"wanted at least 2 initial architectures, got {initial}")
        if neighborhoods < 0 or draws < 0 or neighborhoods + draws == 0:
            raise InvalidArgument(
                f"wanted neighborhoods and draws of at least 0 and one of them above, got {neighborhoods} and {draws}"
            )
        if not 0 <= clipped < 1:
            raise InvalidArgument(f"wanted clipped from 0 to below 1, got {clipped}")
        self.space = space
        self.surrogate = GaussianProcessSurrogate() if surrogate is None else surrogate
        self.inputs = default_inputs(space) if inputs is None else inputs
        self.initial, self.clipped = initial, clipped
        self._initial_alone = initial
        self._widths = self.inputs.widths()
        self._prior_mean: PriorMean[A] | None = None
        self._pool = CandidatePool(space, self.inputs, neighborhoods=neighborhoods, draws=draws)
        self._rng = np.random.default_rng(seed)
        self._observations = Observations(space)

    def follow(self, prior_scores: PriorScores[A] | None) -> None:
        """Expect outcomes that follow scores known before, as far as outcomes bear that out (:class:`PriorMean`).

        No architectures are drawn at random any more once two are known.
        """
        self._prior_mean = None if prior_scores is None else PriorMean(prior_scores)
        self.initial = self._initial_alone if prior_scores is None else 2

    def ask(self) -> A:
        """A random architecture at first, then the most promising candidate."""
        observations = self._observations
        if len(observations) >= self.initial and len(observations.succeeded) >= 2:
            candidates = [] if self._doubts() else self._pool.offer(observations, self._rng)
            if candidates:
                return observations.propose(candidates[self._most_promising(candidates, observations.pending)])
        return observations.propose(observations.draw(self._rng))

    def _doubts(self) -> bool:
        """Whether the model does not get on, and it is a random draw's turn."""
        succeeded = list(self._observations.succeeded.values())
        return len(succeeded) - int(np.argmax(succeeded)) > _PATIENCE and len(self._observations) % _TURNS == 0

    def choose(self, architectures: Sequence[A], pending: Sequence[A] = ()) -> A | None:
        """The most promising of some architectures; ``None`` before two of any succeeded."""
        if len(self._observations.succeeded) < 2:
            return None
        waiting = dict.fromkeys([*self._observations.pending, *pending])
        return architectures[self._most_promising(architectures, waiting)]

    def _most_promising(self, candidates: Sequence[A], pending: Collection[A]) -> int:
        import torch

        from nas_plugins.strategies.acquisition import most_promising

        scores = self._observations.scores
        worst = min(self._observations.succeeded.values())
        finite = [worst if np.isnan(score) else score for score in scores.values()]
        outcomes = standardise(finite, clipped=self.clipped)
        means, residuals = None, outcomes
        if self._prior_mean is not None:
            known, means = self._prior_mean([*scores], outcomes, candidates)
            residuals = outcomes - known
        rows = torch.from_numpy(self._pool.rows([*scores, *pending, *candidates]))
        told, waiting, offered = rows.split([len(scores), len(pending), len(candidates)])
        seed = int(self._rng.integers(2**31))
        model = self.surrogate.model(told, torch.from_numpy(residuals).unsqueeze(-1), seed, self._widths)
        shift = None if means is None else torch.from_numpy(means)
        return most_promising(model, float(outcomes.max()), offered, waiting, shift)

    def tell(self, architecture: A, score: float) -> None:
        """Keep the score for the next model."""
        self._observations.tell(architecture, score)

    def state_dict(self) -> dict[str, Any]:
        """Generator, observations and the surrogate's state; the settings are the constructor's."""
        return {
            "strategy": f"bayesian, {self.surrogate.name}",
            "version": self._VERSION,
            **space_state(self.space),
            "rng": generator_state(self._rng),
            "observations": self._observations.state_dict(),
            "surrogate": self.surrogate.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a saved state."""
        check_state(
            state, strategy=f"bayesian, {self.surrogate.name}", version=self._VERSION, **space_state(self.space)
        )
        try:
            rng = generator_from_state(state["rng"])
            observations = Observations.from_state(self.space, state["observations"])
            surrogate = state["surrogate"]
        except (KeyError, TypeError, OverflowError) as error:
            raise InvalidState(f"wanted a state of Bayesian optimisation, got a damaged one: {error!r}") from error
        self.surrogate.load_state_dict(surrogate)
        self._rng, self._observations = rng, observations
