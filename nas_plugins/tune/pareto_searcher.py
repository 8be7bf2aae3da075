"""Several objectives in Ray Tune: some that trials report, some that are known of every architecture."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nas_plugins.evaluation.trial_config import architecture_from_config
from nas_plugins.spaces.cost_measure import COUNTED, CostMeasure, NetworkCost
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.objective import Objective
from nas_plugins.strategies.strategy import Strategy
from nas_plugins.tune.objective import number_or_nan
from nas_plugins.tune.strategy_searcher import METRIC, StrategySearcher
from nas_plugins.tune.trial_ledger import Values

if TYPE_CHECKING:
    from nas_plugins.strategies.pareto_front import ParetoFront


class ParetoSearcher(StrategySearcher):
    """:class:`nas_plugins.tune.StrategySearcher` with :class:`nas_plugins.strategies.ParetoSearch`.

    ``ParetoSearcher(metric=["accuracy", "multiply_adds"], mode=["max", "min"])``: of the metrics, ``multiply_adds``,
    ``parameters`` and the names of ``costs`` are computed from the architecture, whatever trials report; the others are
    read from their results. Ray itself refuses lists in ``TuneConfig`` and ``tune.run``; they may have a single metric
    beside, for their tables and schedulers, which changes nothing here where the searcher has its own.
    :meth:`front` has what came out.

    Args:
        space: As in :class:`StrategySearcher`.
        metric: One name or several; a single one that is reported is searched against multiply-adds.
        mode: ``"max"`` or ``"min"``, one for each metric.
        points_to_evaluate: As in :class:`StrategySearcher`.
        costs: Costs in place of those by name, for other sizes of networks or for latency; all of them are objectives.
        seed: As in :class:`StrategySearcher`.
        evaluated_rewards: As in :class:`StrategySearcher`, where a single metric is reported.

    Raises:
        InvalidArgument: As there; or as many modes as metrics are wanted, a cost that is maximised, no metric that is
            reported, or rewards of several.
    """

    def __init__(
        self,
        space: str | SearchSpace[Any] = "nasbench201",
        metric: str | Sequence[str] | None = None,
        mode: str | Sequence[str] | None = None,
        points_to_evaluate: list[dict[str, Any]] | None = None,
        *,
        costs: Sequence[CostMeasure[Any]] | None = None,
        seed: int | None = None,
        evaluated_rewards: list[float] | None = None,
    ) -> None:
        self._given = None if costs is None else tuple(costs)
        self._several: tuple[Objective, ...] | None = None  # reported; None as long as nobody said
        self._counted: tuple[str, ...] = COUNTED[:1]
        first = self._read(metric, mode)
        if evaluated_rewards and len(self._several or ()) > 1:
            raise InvalidArgument("wanted no evaluated_rewards of several metrics; use add_evaluated_point for each")
        super().__init__(
            space,
            *first,
            points_to_evaluate,
            strategy=self._pareto,
            seed=seed,
            evaluated_rewards=evaluated_rewards,
        )

    def set_search_properties(self, metric: Any, mode: Any, config: dict[str, Any], **spec: Any) -> bool:
        """As in :class:`StrategySearcher`; takes lists too, from hosts that have them."""
        if self._several is not None:
            metric = mode = None
        elif isinstance(metric, list | tuple):
            metric, mode = self._read(metric, mode)
        return super().set_search_properties(metric, mode, config, **spec)

    def add_evaluated_point(
        self,
        parameters: dict[str, Any],
        value: Any,
        error: bool = False,
        pruned: bool = False,
        intermediate_values: list[float] | None = None,
    ) -> None:
        """As in :class:`StrategySearcher`; of several metrics, ``value`` is a mapping from each to its value."""
        if self._several is None or len(self._several) == 1:
            super().add_evaluated_point(parameters, value, error, pruned, intermediate_values)
            return
        architecture = architecture_from_config(parameters, self.space)
        self._tell_all(architecture, value if isinstance(value, Mapping) and not error else {})

    def front(self) -> "ParetoFront[Any]":
        """The best trade-offs among finished trials, under the names of the metrics."""
        strategy = self._built()
        front: ParetoFront[Any] = strategy.front()  # type: ignore[attr-defined]  # it is a ParetoSearch
        return front

    def _metrics(self) -> tuple[str, ...]:
        return super()._metrics() if self._several is None else tuple(objective.name for objective in self._several)

    def _tell(self, architecture: Any, values: Values | None) -> None:
        if self._several is None or len(self._several) == 1:
            super()._tell(architecture, values)
            return
        if values is not None:
            self._look_for_metric(values)
        self._tell_all(architecture, values or {})

    def _tell_all(self, architecture: Any, values: Mapping[str, Any]) -> None:
        numbers = {objective.name: number_or_nan(values.get(objective.name)) for objective in self._several or ()}
        self._built().tell_all(architecture, numbers)  # type: ignore[attr-defined]  # it is a ParetoSearch

    def _read(self, metric: Any, mode: Any) -> tuple[str | None, str | None]:
        """Take lists apart; returns the first metric that is reported, and its mode, for Ray."""
        if metric is None and isinstance(mode, list | tuple):
            raise InvalidArgument(f"wanted metrics beside the modes {list(mode)}, got none; name them")
        if not isinstance(metric, list | tuple):
            return metric, mode
        modes = [mode] * len(metric) if isinstance(mode, str) else list(mode or [])
        if len(modes) != len(metric) or not all(isinstance(name, str) for name in metric):
            raise InvalidArgument(f"wanted a mode for each of the metrics {list(metric)}, got {mode!r}")
        objectives = [Objective(name, each) for name, each in zip(metric, modes, strict=True)]
        known = {*COUNTED, *(cost.name for cost in self._given or ())}
        raised = [objective.name for objective in objectives if objective.name in known and objective.mode == "max"]
        if raised:
            raise InvalidArgument(f"wanted mode 'min' for {', '.join(raised)}, which is a cost, got 'max'")
        reported = tuple(objective for objective in objectives if objective.name not in known)
        if not reported:
            raise InvalidArgument(f"wanted a metric that trials report, got {list(metric)}, all known beforehand")
        self._several = reported
        self._counted = tuple(objective.name for objective in objectives if objective.name in COUNTED)
        return reported[0].name, reported[0].mode

    def _pareto(self, space: SearchSpace[Any], seed: int | None) -> Strategy[Any]:
        from nas_plugins.strategies.pareto_search import ParetoSearch

        told = self._several or (Objective(self._metric or METRIC, self._mode or "max"),)
        costs = [NetworkCost(space, name) for name in self._counted] if self._given is None else self._given
        return ParetoSearch(space, costs, told=told, seed=seed)

    def _options(self) -> dict[str, Any]:
        several = None if self._several is None else [[each.name, each.mode] for each in self._several]
        return {"reported": several, "counted": list(self._counted)}

    def _set_options(self, options: Mapping[str, Any]) -> None:
        several = options["reported"]
        self._several = None if several is None else tuple(Objective(name, mode) for name, mode in several)
        self._counted = tuple(options["counted"])
