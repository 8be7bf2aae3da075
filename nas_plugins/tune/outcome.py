"""What came out of a search that Ray Tune ran: plain values, best first found."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nas_plugins.evaluation.trial_config import PREDICTION, architecture_from_config
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.objective import Objective

if TYPE_CHECKING:
    from ray.tune import ExperimentAnalysis

    from nas_plugins.spaces.cost_measure import CostMeasure
    from nas_plugins.strategies.pareto_front import ParetoFront


@dataclass(frozen=True)
class TrialOutcome:
    """One trial.

    Args:
        architecture: Canonical text.
        score: Its last reported accuracy in percent; nan where the trial failed before reporting any.
        seconds: Wall-clock seconds from start to end.
        predicted: Accuracy predicted before training, where a predictor proposed it.
    """

    architecture: str
    score: float
    seconds: float
    predicted: float | None = None


@dataclass(frozen=True)
class SearchOutcome:
    """A finished search.

    Args:
        space: The search space.
        dataset: What was trained on.
        trials: In the order in which they were proposed.
        scale: Size of the networks of the trials, as in :meth:`SearchSpace.cost`.
        interrupted: Whether trials were running when the search ended; these are left out.
    """

    space: SearchSpace[Any]
    dataset: str
    trials: tuple[TrialOutcome, ...]
    scale: Mapping[str, Any] = field(default_factory=dict)
    interrupted: bool = False

    @classmethod
    def from_analysis(
        cls,
        analysis: "ExperimentAnalysis",
        space: SearchSpace[Any],
        dataset: str,
        metric: str = "accuracy",
    ) -> "SearchOutcome":
        """Read what ``tune.run`` returned.

        Args:
            analysis: The return value of ``tune.run``.
            space: The search space of the trials.
            dataset: Name for tables and pictures.
            metric: Name of the reported accuracy.
        """
        trials = []
        complete = [trial for trial in analysis.trials if ended(trial)]
        for trial in complete:
            text = str(architecture_from_config(trial.config, space))
            result = trial.last_result or {}
            score = float(result.get(metric, math.nan))
            trials.append(
                TrialOutcome(text, score, float(result.get("time_total_s", math.nan)), trial.config.get(PREDICTION))
            )
        return cls(space, dataset, tuple(trials), interrupted=len(complete) < len(analysis.trials))

    @property
    def best(self) -> TrialOutcome:
        """The trial with the highest score; of equal ones, the first.

        Raises:
            InvalidArgument: There is no trial, or none has a score.
        """
        if not self.trials:
            raise InvalidArgument(
                f"wanted a best trial, but none ran on {self.dataset}: nothing was left to try; take another strategy, "
                "seed or space, looser bounds, or fewer earlier results"
            )
        scored = [trial for trial in self.trials if not math.isnan(trial.score)]
        if not scored:
            raise InvalidArgument(
                f"wanted a best trial, but all {len(self.trials)} trials on {self.dataset} failed; "
                "Ray's error files in the output folder say why"
            )
        return max(scored, key=lambda trial: trial.score)

    def front(self, cost: "CostMeasure[Any]") -> "ParetoFront[Any]":
        """The best trade-offs of score and a cost among the trials.

        Args:
            cost: What an architecture costs.
        """
        from nas_plugins.strategies.pareto_front import ParetoFront

        architectures = [self.space.parse(trial.architecture) for trial in self.trials]
        values = [
            (trial.score, cost(architecture)) for trial, architecture in zip(self.trials, architectures, strict=True)
        ]
        return ParetoFront.of(architectures, values, (Objective("score"), Objective(cost.name, "min")))

    def multiply_adds(self, trial: TrialOutcome) -> int | None:
        """Of one picture through a trial's network, as bounds count them; ``None`` where its size is not known."""
        if not self.scale:
            return None
        return int(self.space.cost(self.space.parse(trial.architecture), **self.scale).multiply_adds)

    def to_json(self) -> dict[str, Any]:
        """Plain data: the best trial and all trials, ``None`` for figures that are missing."""
        return {
            "space": self.space.name,
            "dataset": self.dataset,
            "interrupted": self.interrupted,
            "best": self._plain(self.best),
            "trials": [self._plain(trial) for trial in self.trials],
        }

    def _plain(self, trial: TrialOutcome) -> dict[str, Any]:
        def finite(value: float | None) -> float | None:
            return None if value is None or not math.isfinite(value) else value

        return {
            "architecture": trial.architecture,
            "score": finite(trial.score),
            "seconds": finite(trial.seconds),
            "predicted_accuracy": finite(trial.predicted),
            "multiply_adds": self.multiply_adds(trial),
        }


def ended(trial: Any) -> bool:
    """Whether a trial of Ray came to an end of its own; one that was stopped with the search counts as terminated."""
    return trial.status == "ERROR" or bool((trial.last_result or {}).get("done"))
