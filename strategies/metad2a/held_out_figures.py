"""How well predictors do on tasks they were not trained on."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import pearsonr, spearmanr

from nas_plugins.strategies.metad2a.architecture_prior import ArchitecturePrior
from nas_plugins.strategies.metad2a.pairs_in_order import pairs_in_order
from nas_plugins.strategies.metad2a.predictor import Predictor
from nas_plugins.strategies.metad2a.ranking_score import mix
from nas_plugins.strategies.metad2a.recorded_graphs import RecordedGraphs
from nas_plugins.strategies.metad2a.source_database import SourceDatabase, mean_features
from nas_plugins.strategies.metad2a.task_views import TaskViews


class HeldOutFigures:
    """Figures of an ensemble of predictors on held-out records.

    Args:
        data: The records.
        graphs: Of their architectures, at least.
        views: Of their tasks.
        percent: What a unit of the predictors is worth, the standard deviation of what they were trained on.
        prior_share: Share of a prior that joins them.
        seed: Of the views drawn.
    """

    def __init__(
        self,
        data: SourceDatabase,
        graphs: RecordedGraphs,
        views: TaskViews,
        *,
        percent: float,
        prior_share: float,
        seed: int,
    ) -> None:
        self.data = data
        self.percent, self.prior_share, self.seed = percent, prior_share, seed
        self._graphs, self._views = graphs, views

    def metrics(
        self,
        predictors: Sequence[Predictor],
        prior: ArchitecturePrior | None = None,
        spread: float = 0.0,
        *,
        views: int = 5,
    ) -> dict[str, float]:
        """Figures by name; none where there are fewer than two records.

        Args:
            predictors: Whose mean is looked at.
            prior: What joins them in ranking, if anything does.
            spread: What a unit of the prior is worth, in percent.
            views: Draws of each task's images to average over.

        Returns:
            ``pearson`` over the records (as the paper's Table 5, but split by task), ``pearson_blind`` of the same
            ensemble given the average source task instead of the images, ``pairs_within_task``: the share of pairs of
            records of one task put in the right order (0.5 is chance), ``pairs_ranked``: the same where the prior joins
            the predictors, as in ranking, pairs of held-out rankings included, and the numbers of tasks and records.
        """
        data = self.data
        if len(data.record_accuracy) < 2:
            return {}  # nothing to correlate
        predicted, blind = self.predict(predictors, views=views)
        figures = self._correlations(predicted, blind)
        if prior is not None:
            figures["pairs_ranked"] = _share(
                [
                    *self._right(self._ranked(predicted, prior, spread)),
                    *self._right_in_rankings(predictors, prior, spread, views),
                ]
            )
        return figures

    def _correlations(self, predicted: NDArray[np.float64], blind: NDArray[np.float64]) -> dict[str, float]:
        data = self.data
        return {
            "held_out_tasks": float(len(np.unique(data.record_task))),
            "held_out_records": float(len(predicted)),
            "pearson": float(pearsonr(predicted, data.record_accuracy)[0]),
            "spearman": float(spearmanr(predicted, data.record_accuracy)[0]),
            "pearson_blind": float(pearsonr(blind, data.record_accuracy)[0]),
            "pairs_within_task": _share(self._right(predicted)),
        }

    def _right(self, values: NDArray[np.float64]) -> list[bool]:
        """Of each pair of records of one task, whether values ``(records,)`` put them in order."""
        data, right = self.data, list[bool]()
        for task in np.unique(data.record_task):
            own = data.record_task == task
            right += pairs_in_order(values[own], data.record_accuracy[own]).tolist()
        return right

    @torch.no_grad()
    def _right_in_rankings(
        self, predictors: Sequence[Predictor], prior: ArchitecturePrior, spread: float, views: int
    ) -> list[bool]:
        """The same of each pair in a ranking."""
        rng, right = np.random.default_rng(self.seed), list[bool]()
        for ranking in self.data.rankings:
            graphs = self._graphs[self._graphs.rows(ranking.architectures)]
            predicted = np.zeros(len(ranking.architectures))
            for model in predictors:
                for _ in range(views):
                    vector = model.set_encoder(self._views.of_ranking(ranking.classes, rng).unsqueeze(0))
                    predicted += model(vector.expand(len(predicted), -1), *graphs).numpy() / (views * len(predictors))
            own = prior.for_dataset(mean_features(ranking.classes))
            mixed = self._mixed(predicted, own, spread, ranking.architectures)
            right += pairs_in_order(mixed, ranking.accuracies).tolist()
        return right

    def _ranked(self, predicted: NDArray[np.float64], prior: ArchitecturePrior, spread: float) -> NDArray[np.float64]:
        """What the records are ranked by, each task's by the prior for its pictures."""
        data, ranked = self.data, np.zeros(len(predicted))
        for task in np.unique(data.record_task):
            rows = np.flatnonzero(data.record_task == task)
            own = prior.for_dataset(mean_features(data.task_classes(task)))
            texts = [data.record_architecture[row] for row in rows]
            ranked[rows] = self._mixed(predicted[rows], own, spread, texts)
        return ranked

    def _mixed(
        self, predicted: NDArray[np.float64], prior: ArchitecturePrior, spread: float, texts: Sequence[str]
    ) -> NDArray[np.float64]:
        common = prior.score([self._graphs.space.parse(text) for text in texts])
        return mix(self.percent * predicted, spread * common, self.prior_share)

    @torch.no_grad()
    def predict(
        self, predictors: Sequence[Predictor], *, views: int = 5
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Standardised accuracies ``(records,)``, and the same without their images.

        Args:
            predictors: Their mean is taken; they are left in evaluation mode.
            views: Draws of each task's images to average over.
        """
        data, rng = self.data, np.random.default_rng(self.seed)
        graphs = self._graphs[self._graphs.rows(data.record_architecture)]
        predicted, blind = np.zeros(len(data.record_accuracy)), np.zeros(len(data.record_accuracy))
        for model in predictors:
            model.eval()
            for _ in range(views):
                vectors = self._views.encode(model.set_encoder, data.record_task, rng)
                predicted += model(vectors, *graphs).numpy() / (views * len(predictors))
            blind += model(model.set_encoder.typical.expand(len(blind), -1), *graphs).numpy() / len(predictors)
        return predicted, blind


def _share(right: Sequence[bool]) -> float:
    return float(np.mean(right)) if right else float("nan")
