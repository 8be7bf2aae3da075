"""Warm start: a strategy that knows something proposes first, any strategy goes on from what its proposals scored."""

import copy
import warnings
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import AskLater, InvalidArgument, InvalidState, SearchExhausted
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.observations import Observations
from nas_plugins.strategies.strategy import Strategy, check_state, generator_from_state, generator_state, space_state

A = TypeVar("A", bound=Hashable)
T = TypeVar("T")

_SHORTLIST = 30  # proposals a model chooses among: as many as MetaD2A makes (section 4.1.1 of its paper)
_FAVOURITES = 5


class WarmStart(Strategy[A]):
    """Proposals of a first strategy, a few random architectures, then another strategy that was told all scores.

    Which proposal is next, says the first strategy for the first of them, and from then on the other one where it has a
    model (:attr:`Strategy.chooses`): what two proposals scored on the target says more of the rest than what was known
    before. With MetaD2A that about halves the trials until NAS-Bench-201's best cell for CIFAR-10 and CIFAR-100. The
    model starts from what the first strategy knew (:meth:`prior_scores`), as far as scores bear that out.

    The random ones keep diversity: a model that has seen the favourites of one strategy only cannot know what makes
    them good, and may never look elsewhere. A first strategy that is exhausted, or raises an error (of which a warning
    tells), hands over early; random architectures come then only as far as fewer are known than would be otherwise, so
    that a search that goes on from earlier results goes on at once.

    Args:
        space: What to search.
        first: Proposes first, for example :class:`nas_plugins.strategies.MetaD2A`.
        then: Goes on; both are told every score.
        proposals: Architectures of the first strategy; by default thirty where ``then`` chooses among them, else five.
        in_order: Of these, how many come in the first strategy's order; all where ``then`` does not choose. The rest is
            asked of the first strategy at once.
        diverse: Random architectures after them.
        follow: Whether the model that goes on starts from what the first strategy knew.
        seed: Seed of the random architectures; ``None`` takes fresh entropy.

    Raises:
        InvalidArgument: A negative number of architectures.
    """

    _VERSION = 1
    _REPEATS = 100  # known architectures in a row from either strategy after which a random one is proposed

    def __init__(
        self,
        space: SearchSpace[A],
        first: Strategy[A],
        then: Strategy[A],
        *,
        proposals: int | None = None,
        in_order: int = 2,
        diverse: int = 5,
        follow: bool = True,
        seed: int | None = None,
    ) -> None:
        if proposals is None:
            proposals = _SHORTLIST if then.chooses else _FAVOURITES
        for name, number in (("proposals", proposals), ("in_order", in_order), ("diverse", diverse)):
            if number < 0:
                raise InvalidArgument(f"wanted {name} of at least 0, got {number}")
        self.space = space
        self.first, self.then = first, then
        self.proposals, self.in_order, self.diverse = proposals, in_order, diverse
        self._rng = np.random.default_rng(None if seed is None else np.random.SeedSequence(seed).spawn(1)[0])
        self._observations = Observations(space)
        self._proposed = 0  # in the initial design
        self._shortlist: list[A] = []  # proposals that ``then`` chooses among, once it does
        self._failed = False  # the first strategy raised an error and is left alone
        self.follows = follow
        if follow:
            then.follow(self.prior_scores)

    def ask(self) -> A:
        """The next architecture of the initial design, then of the strategy that goes on."""
        if self._proposed < self.proposals:
            try:
                architecture = self._proposal()
            except SearchExhausted:
                self._hand_over()
            else:
                return self._design(architecture)
        if self._proposed < self.proposals + self.diverse:
            return self._design(None)
        for _ in range(self._REPEATS):
            # ``then`` cannot know which proposals of the first strategy are pending.
            architecture = self.then.ask()
            if architecture not in self._observations:
                return self._observations.propose(architecture)
        return self._observations.propose(self._observations.draw(self._rng))

    def _design(self, architecture: A | None) -> A:
        """Propose for the initial design, a random architecture where there is none."""
        if architecture is None:
            architecture = self._observations.draw(self._rng)
        self._proposed += 1
        return self._observations.propose(architecture)

    def _hand_over(self) -> None:
        """End the first strategy's part, with as many random architectures to come as an initial design would lack."""
        known = min(len(self._observations), self.proposals + self.diverse)
        self._proposed = max(self.proposals, known)

    def prior_scores(self, architectures: Sequence[A]) -> NDArray[np.float64] | None:
        """What the first strategy knew before the search."""
        return self._answer(lambda first: first.prior_scores(architectures))

    def _answer(self, question: Callable[[Strategy[A]], T]) -> T | None:
        """What the first strategy answers; ``None`` from its first error on.

        Whatever the error is, the search can go on without it.
        """
        if self._failed:
            return None
        try:
            return question(self.first)
        except (AskLater, SearchExhausted):
            raise
        except Exception as error:
            self._failed = True
            warnings.warn(f"the warm start hands over early: {error}", stacklevel=4)
            return None

    def _proposal(self) -> A | None:
        """The first strategy's favourite, or which of its proposals the other one chooses; ``None`` for a random one.

        The other one chooses nothing before it was told of two, as when many workers start at once.

        Raises:
            SearchExhausted: The first strategy has no proposal left.
        """
        if self._proposed < self.in_order or not self.then.chooses:
            return self._favourite()
        self._shortlist = self._observations.unknown(self._shortlist)
        if not self._shortlist:
            self._shortlist = self._favourites(self.proposals - self._proposed)
        if not self._shortlist:
            return None
        chosen = self.then.choose(self._shortlist, self._observations.pending)
        return self._shortlist[0] if chosen is None else chosen

    def _favourites(self, number: int) -> list[A]:
        """At most so many of the first strategy's next proposals."""
        favourites: list[A] = []
        try:
            while len(favourites) < number:
                favourite = self._favourite()
                if favourite is None or favourite in favourites:  # it repeats itself before it is told
                    break
                favourites.append(favourite)
        except (AskLater, SearchExhausted):
            if not favourites:
                raise
        return favourites

    def _favourite(self) -> A | None:
        """The first strategy's next proposal that is not known; ``None`` where it keeps to those that are."""
        for _ in range(self._REPEATS):
            architecture = self._answer(lambda first: first.ask())
            if architecture is None:
                raise SearchExhausted("the first strategy of a warm start has failed")
            if architecture not in self._observations:
                return architecture
        return None

    def tell(self, architecture: A, score: float) -> None:
        """Tell both strategies."""
        self._observations.tell(architecture, score)
        self._answer(lambda first: first.tell(architecture, score))
        self.then.tell(architecture, score)

    def prediction(self, architecture: A) -> float | None:
        """What the first strategy expects, where it expects anything, else what the other one does."""
        expected = self._answer(lambda first: first.prediction(architecture))
        return self.then.prediction(architecture) if expected is None else expected

    def state_dict(self) -> dict[str, Any]:
        """The initial design and the states of both strategies."""
        return {
            "strategy": "warm_start",
            "version": self._VERSION,
            **space_state(self.space),
            "proposals": self.proposals,
            "in_order": self.in_order,
            "diverse": self.diverse,
            "follow": self.follows,
            "rng": generator_state(self._rng),
            "observations": self._observations.state_dict(),
            "proposed": self._proposed,
            "shortlist": [str(architecture) for architecture in self._shortlist],
            "first": self._answer(lambda first: first.state_dict()),
            "then": self.then.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a saved state, with its numbers of proposals; both strategies must be of the saved kinds."""
        check_state(state, strategy="warm_start", version=self._VERSION, **space_state(self.space))
        # Copies, so that a state one of them refuses leaves both as they were.
        first, then = copy.deepcopy(self.first), copy.deepcopy(self.then)
        try:
            proposals, diverse, proposed = (int(state[key]) for key in ("proposals", "diverse", "proposed"))
            # States of earlier versions have all proposals in order, and followed nothing unless it was asked for.
            in_order, follow = int(state.get("in_order", proposals)), bool(state.get("follow", False))
            shortlist = [self.space.parse(text) for text in state.get("shortlist", [])]
            rng = generator_from_state(state["rng"])
            observations = Observations.from_state(self.space, state["observations"])
            failed = state["first"] is None
            if not failed:
                first.load_state_dict(state["first"])
            then.load_state_dict(state["then"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            if isinstance(error, InvalidState):
                raise
            raise InvalidState(f"wanted a warm start state, got a damaged one: {error!r}; start anew") from error
        self.first, self.then = first, then
        self.proposals, self.in_order, self.diverse = proposals, in_order, diverse
        self._proposed, self._shortlist, self._failed = proposed, shortlist, failed
        self._rng, self._observations = rng, observations
        if follow:  # anew even so: a copy of a warm start still follows the one it was copied from
            self.then.follow(self.prior_scores)
        elif self.follows:
            self.then.follow(None)
        self.follows = follow
