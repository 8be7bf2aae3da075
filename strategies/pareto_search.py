"""Bayesian optimisation of several objectives: the next trial is the one expected to widen the front the most."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.cost_measure import CostMeasure, NetworkCost
from nas_plugins.spaces.errors import InvalidArgument, InvalidState
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.candidate_pool import CandidatePool, default_inputs
from nas_plugins.strategies.inputs import Input
from nas_plugins.strategies.multi_objective import MultiObjectiveStrategy
from nas_plugins.strategies.objective import Objective
from nas_plugins.strategies.observations import Observations
from nas_plugins.strategies.outcomes import standardise
from nas_plugins.strategies.pareto_front import ParetoFront, non_dominated
from nas_plugins.strategies.strategy import check_state, generator_from_state, generator_state, space_state
from nas_plugins.strategies.surrogate import GaussianProcessSurrogate, Surrogate

A = TypeVar("A", bound=Hashable)

_BEYOND = 0.1  # how far below the worst the reference lies, in standard deviations of outcomes and ranges of costs
_HUGE = 1e150  # products of values within it are finite


class ParetoSearch(MultiObjectiveStrategy[A]):
    """Proposes the candidate with the highest expected hypervolume improvement.

    What trials measure is modelled, each number by a Gaussian process; costs are computed from the architecture and
    enter as they are. Candidates are all unknown architectures of a small space, else the unknown neighbours of the
    front and random draws. Hypervolume is counted from a point a little below the worst outcome told and above the
    highest cost in sight, so that both ends of the front are searched. Of the outcomes told, the lowest tenth counts as
    the lowest of the rest, as do failed trials. Pending trials count as having the outcomes the models expect.

    Args:
        space: What to search.
        costs: Known of every architecture, lower is better; multiply-adds by default. There may be none where several
            numbers are told.
        told: What trials measure, the score first.
        inputs: What the models see of an architecture, as in :class:`BayesianOptimization`.
        initial: Architectures known before the models decide; random until then.
        neighborhoods: Members of the front whose neighbours are candidates, in large spaces.
        draws: Random candidates, in large spaces.
        clipped: Share of the outcomes that is raised to the lowest of the rest.
        screened: Candidates whose expected improvement is computed, see
            :func:`nas_plugins.strategies.hypervolume_acquisition.most_valuable`.
        seed: Seed of the strategy's own generator; ``None`` takes fresh entropy.

    Raises:
        InvalidArgument: Fewer than two objectives, two of one name, or numbers out of range.

    References:
        Daulton, Balandat and Bakshy, Differentiable Expected Hypervolume Improvement, NeurIPS 2020.
    """

    _VERSION = 1

    def __init__(
        self,
        space: SearchSpace[A],
        costs: Sequence[CostMeasure[A]] | None = None,
        *,
        told: Sequence[Objective] = (Objective("score"),),
        inputs: Input[A] | None = None,
        initial: int = 10,
        neighborhoods: int = 10,
        draws: int = 200,
        clipped: float = 0.1,
        screened: int = 256,
        seed: int | None = None,
    ) -> None:
        self.costs = (NetworkCost(space),) if costs is None else tuple(costs)
        self.told, self.known = tuple(told), tuple(Objective(cost.name, "min") for cost in self.costs)
        names = [objective.name for objective in self.objectives]
        if not self.told or len(names) < 2 or len({*names}) < len(names):
            raise InvalidArgument(f"wanted at least 2 objectives of different names, one of them told, got {names}")
        if initial < 2 or neighborhoods < 0 or draws < 0 or neighborhoods + draws == 0 or screened < 1:
            raise InvalidArgument(
                "wanted initial of at least 2, candidates from neighborhoods or draws, and screened of at least 1, got "
                f"{initial}, {neighborhoods}, {draws} and {screened}"
            )
        if not 0 <= clipped < 1:
            raise InvalidArgument(f"wanted clipped from 0 to below 1, got {clipped}")
        self.space, self.initial, self.neighborhoods = space, initial, neighborhoods
        self.clipped, self.screened = clipped, screened
        self.inputs = default_inputs(space) if inputs is None else inputs
        self._widths = self.inputs.widths()
        self._pool = CandidatePool(space, self.inputs, neighborhoods=neighborhoods, draws=draws)
        self._surrogates: tuple[Surrogate, ...] = tuple(GaussianProcessSurrogate() for _ in self.told)
        self._rng = np.random.default_rng(seed)
        self._observations = Observations(space)  # of the first number told
        self._further: dict[A, tuple[float, ...]] = {}  # the other numbers told, of trials that succeeded
        self._computed: dict[A, tuple[float, ...]] = {}

    def ask(self) -> A:
        """A random architecture at first, then the most valuable candidate."""
        observations = self._observations
        if len(observations) >= self.initial and len(observations.succeeded) >= 2:
            near = self._front_members()[: self.neighborhoods]
            candidates = self._pool.offer(observations, self._rng, near)
            if candidates:
                return observations.propose(candidates[self._most_valuable(candidates)])
        return observations.propose(observations.draw(self._rng))

    def _most_valuable(self, candidates: list[A]) -> int:
        import torch

        from nas_plugins.strategies.hypervolume_acquisition import most_valuable

        scored, pending = [*self._observations.scores], [*self._observations.pending]
        outcomes = self._outcomes(scored)
        savings = self._savings([*scored, *pending, *candidates])
        rows = torch.from_numpy(self._pool.rows([*scored, *pending, *candidates]))
        sizes = [len(scored), len(pending), len(candidates)]
        (told, waiting, offered), (paid, due, price) = rows.split(sizes), torch.from_numpy(savings).split(sizes)
        seed = int(self._rng.integers(2**31))
        columns = torch.from_numpy(outcomes)
        models = [
            surrogate.model(told, columns[:, [index]], seed, self._widths)
            for index, surrogate in enumerate(self._surrogates)
        ]
        reference = torch.cat([columns.min(0).values, torch.zeros(len(self.costs), dtype=torch.double)]) - _BEYOND
        return most_valuable(
            models,
            torch.cat([columns, paid], dim=-1),
            (offered, price),
            (waiting, due),
            reference=reference,
            seed=seed,
            screened=self.screened,
        )

    def _outcomes(self, architectures: Sequence[A]) -> NDArray[np.float64]:
        """What was told, ``(architectures, told)``, more for better, standardised; the worst for failed trials."""
        table = np.array([self._told_of(architecture) for architecture in architectures]).clip(-_HUGE, _HUGE)
        worst = np.nanmin(table, axis=0)
        table = np.where(np.isnan(table), worst, table)
        return np.stack([standardise(column, clipped=self.clipped) for column in table.T], axis=1)

    def _told_of(self, architecture: A) -> tuple[float, ...]:
        """The numbers told of an architecture, more for better; ``nan`` where its trial failed."""
        score = self._observations.scores[architecture]
        failed = (np.nan,) * (len(self.told) - 1)
        return score, *self._further.get(architecture, failed)

    def _savings(self, architectures: Sequence[A]) -> NDArray[np.float64]:
        """By how much costs are below the highest, ``(architectures, costs)``, as shares of the whole range."""
        costs = np.array([self._costs_of(architecture) for architecture in architectures])
        if not self.costs:
            return costs.reshape(len(architectures), 0)
        finite = np.where(np.isfinite(costs), costs, np.nan)
        low, high = np.nan_to_num(np.nanmin(finite, axis=0)), np.nan_to_num(np.nanmax(finite, axis=0))
        savings: NDArray[np.float64] = (high - costs) / np.where(high > low, high - low, 1.0)
        return np.maximum(savings, -1.0)  # an infinite cost is beyond the reference, which is enough

    def _costs_of(self, architecture: A) -> tuple[float, ...]:
        if architecture not in self._computed:
            self._computed[architecture] = tuple(cost(architecture) for cost in self.costs)
        return self._computed[architecture]

    def tell_all(self, architecture: A, values: Mapping[str, float]) -> None:
        """Keep the values for the next models."""
        numbers = [objective.sign * float(values.get(objective.name, np.nan)) for objective in self.told]
        failed = not np.isfinite(numbers).all()
        self._observations.tell(architecture, np.nan if failed else numbers[0])
        if failed:
            self._further.pop(architecture, None)
        elif len(numbers) > 1:
            self._further[architecture] = tuple(numbers[1:])

    def front(self) -> ParetoFront[A]:
        """The best trade-offs among trials that succeeded."""
        succeeded = [*self._observations.succeeded]
        signs = [objective.sign for objective in self.told]
        values = [
            (*(sign * value for sign, value in zip(signs, self._told_of(a), strict=True)), *self._costs_of(a))
            for a in succeeded
        ]
        return ParetoFront.of(succeeded, values, self.objectives)

    def _front_members(self) -> list[A]:
        """The front, in the order in which its members were first told."""
        succeeded = [*self._observations.succeeded]
        values = [(*self._told_of(a), *(-cost for cost in self._costs_of(a))) for a in succeeded]
        kept = [succeeded[row] for row in non_dominated(np.array(values))]
        # More members than neighbourhoods: others come in turn.
        return [kept[int(index)] for index in self._rng.permutation(len(kept))]

    def state_dict(self) -> dict[str, Any]:
        """Generator, observations and the surrogates' states; the settings are the constructor's."""
        return {
            "strategy": "pareto",
            "version": self._VERSION,
            **space_state(self.space),
            "objectives": [[objective.name, objective.mode] for objective in self.objectives],
            "rng": generator_state(self._rng),
            "observations": self._observations.state_dict(),
            "further": [[str(architecture), list(values)] for architecture, values in self._further.items()],
            "surrogates": [surrogate.state_dict() for surrogate in self._surrogates],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a saved state; the objectives must be those saved."""
        objectives = [[objective.name, objective.mode] for objective in self.objectives]
        check_state(state, strategy="pareto", version=self._VERSION, **space_state(self.space), objectives=objectives)
        surrogates = tuple(GaussianProcessSurrogate() for _ in self.told)
        try:
            rng = generator_from_state(state["rng"])
            observations = Observations.from_state(self.space, state["observations"])
            further = {
                self.space.parse(text): tuple(float(value) for value in values) for text, values in state["further"]
            }
            for surrogate, saved in zip(surrogates, state["surrogates"], strict=True):
                surrogate.load_state_dict(saved)
            if any(len(values) != len(self.told) - 1 for values in further.values()):
                raise InvalidState(f"wanted {len(self.told) - 1} further values of each trial, got {further}")
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            if isinstance(error, InvalidState):
                raise
            raise InvalidState(f"wanted a state of Pareto search, got a damaged one: {error!r}; start anew") from error
        self._rng, self._observations, self._further, self._surrogates = rng, observations, further, surrogates
