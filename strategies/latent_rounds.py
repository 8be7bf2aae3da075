"""Bayesian optimisation over a whole latent space in rounds, as arch2vec was published with it."""

import math
from collections.abc import Hashable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from nas_plugins.spaces.errors import InvalidArgument, InvalidState
from nas_plugins.spaces.space import FiniteSearchSpace, SearchSpace
from nas_plugins.strategies.observations import Observations
from nas_plugins.strategies.pretrained_latent import pretrained_latent
from nas_plugins.strategies.strategy import Strategy, check_state, generator_from_state, generator_state, space_state
from nas_plugins.strategies.surrogate import DNGOSurrogate, Surrogate

if TYPE_CHECKING:
    from torch import Tensor

    from nas_plugins.spaces.arch2vec import Arch2Vec

A = TypeVar("A", bound=Hashable)


class LatentRounds(Strategy[A]):
    """Ranks every unknown architecture by expected improvement over a fixed target, and tries the first few.

    A round begins when the architectures of the last one are all proposed: a model is built from the scores told by
    then, over coordinates in a latent space, and ranks the space anew. A failed trial counts as the worst score told.

    The published code ranks by a formula that takes the predictive variance for the standard deviation, and buys
    architectures a second time; neither is repeated here. Use :class:`BayesianOptimization` to search well.

    Args:
        space: What to search; finite, and the one of the latent space.
        latent: Its latent space; by default the one that ships with the package.
        surrogate: The model; the paper's network (one layer of 128, 100 epochs) by default.
        initial: Random architectures first; 16 in the paper.
        top: Architectures per round; 1 on NAS-Bench-201 (appendix A.2), 5 elsewhere in the paper (section 3.3.2).
        target: The score to improve on; 1.0 times 100 % on NAS-Bench-201 (appendix A.2), 95 % elsewhere.
        seed: Seed of the strategy's own generator; ``None`` takes fresh entropy.

    Raises:
        InvalidArgument: There is no latent space of the space, or it is of another one, or a number below its least.

    References:
        Yan, Zheng, Ao, Zeng and Zhang, Does Unsupervised Architecture Representation Learning Help Neural Architecture
        Search?, NeurIPS 2020 (section 3.3.2). Snoek et al., Scalable Bayesian Optimization Using Deep Neural Networks,
        ICML 2015.
    """

    _VERSION = 1

    def __init__(
        self,
        space: SearchSpace[A],
        latent: "Arch2Vec[A] | None" = None,
        *,
        surrogate: Surrogate | None = None,
        initial: int = 16,
        top: int = 1,
        target: float = 100.0,
        seed: int | None = None,
    ) -> None:
        if initial < 2 or top < 1:
            raise InvalidArgument(f"wanted initial of at least 2 and top of at least 1, got {initial} and {top}")
        if not math.isfinite(target):
            raise InvalidArgument(f"wanted a finite target, got {target}")
        self.latent = pretrained_latent(space) if latent is None else latent
        if self.latent.space.name != space.name:
            raise InvalidArgument(f"wanted a latent space of {space.name}, got one of {self.latent.space.name}")
        self.space = space
        # Those whose coordinates are known: the space, or what the latent space enumerates of it.
        self._members: FiniteSearchSpace[A] = self.latent.space
        self.surrogate = DNGOSurrogate("paper") if surrogate is None else surrogate
        self.initial, self.top, self.target = initial, top, target
        self._rng = np.random.default_rng(seed)
        self._observations = Observations[A](self._members)
        self._round: list[A] = []  # ranked and not yet proposed, best first

    def ask(self) -> A:
        """A random architecture at first, then the next of the round."""
        observations = self._observations
        placed = sum(map(self._members.contains, observations.succeeded))
        if len(observations) < self.initial or placed < 2:
            return observations.propose(observations.draw(self._rng))
        self._round = observations.unknown(self._round)
        if not self._round:
            self._round = self._ranked()
        if not self._round:
            return observations.propose(observations.draw(self._rng))  # which says that nothing is left
        return observations.propose(self._round.pop(0))

    @cached_property
    def _table(self) -> "Tensor":
        import torch

        return torch.from_numpy(self.latent.embeddings.astype(np.float64))

    def _ranked(self) -> list[A]:
        """The unknown architectures of highest expected improvement."""
        import torch

        from nas_plugins.strategies.acquisition import expected_improvements

        # What was told of architectures without coordinates says nothing here.
        scores = {a: score for a, score in self._observations.scores.items() if self._members.contains(a)}
        pending = self._observations.pending
        told, waiting = ([self._members.index(a) for a in architectures] for architectures in (scores, pending))
        worst = min(self._observations.succeeded.values())
        outcomes = np.array([worst if math.isnan(score) else score for score in scores.values()])
        # Within these bounds, which no accuracy reaches, sums do not overflow.
        outcomes = outcomes.clip(-1e6, 1e6)
        spread = outcomes.std() if np.ptp(outcomes) > 0 else 1.0
        standardised, target = (outcomes - outcomes.mean()) / spread, (self.target - outcomes.mean()) / spread
        seed = int(self._rng.integers(2**31))
        model = self.surrogate.model(
            self._table[told], torch.from_numpy(standardised).unsqueeze(-1), seed, [self.latent.dimensions]
        )
        values = expected_improvements(model, float(target), self._table)
        values[told + waiting] = -torch.inf
        count = min(self.top, len(self._members) - len(scores) - len(pending))
        return [self._members[int(index)] for index in values.topk(count).indices]

    def tell(self, architecture: A, score: float) -> None:
        """Keep the score for the next round."""
        self._observations.tell(architecture, score)

    def state_dict(self) -> dict[str, Any]:
        """Generator, observations, the rest of the round and the surrogate; the settings are the constructor's."""
        return {
            "strategy": f"latent rounds, {self.surrogate.name}",
            "version": self._VERSION,
            **space_state(self.space),
            "rng": generator_state(self._rng),
            "observations": self._observations.state_dict(),
            "round": [str(architecture) for architecture in self._round],
            "surrogate": self.surrogate.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a saved state."""
        name = f"latent rounds, {self.surrogate.name}"
        check_state(state, strategy=name, version=self._VERSION, **space_state(self.space))
        try:
            rng = generator_from_state(state["rng"])
            observations = Observations[A].from_state(self._members, state["observations"])
            rest = [self.space.parse(text) for text in state["round"]]
            surrogate = state["surrogate"]
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InvalidState(f"wanted a state of {name}, got a damaged one: {error!r}; start anew") from error
        self.surrogate.load_state_dict(surrogate)
        self._rng, self._observations, self._round = rng, observations, rest
