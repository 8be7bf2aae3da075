"""Meta-training: fit the generator and an ensemble of predictors to a source database."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import FiniteSearchSpace, SearchSpace
from nas_plugins.strategies.metad2a.architecture_prior import ArchitecturePrior, better
from nas_plugins.strategies.metad2a.generator import Generator
from nas_plugins.strategies.metad2a.held_out_figures import HeldOutFigures
from nas_plugins.strategies.metad2a.meta_training_settings import MetaTrainingSettings
from nas_plugins.strategies.metad2a.predictor import Predictor
from nas_plugins.strategies.metad2a.recorded_graphs import RecordedGraphs
from nas_plugins.strategies.metad2a.set_encoders import SetEncoder
from nas_plugins.strategies.metad2a.source_database import Ranking, SourceDatabase
from nas_plugins.strategies.metad2a.task_views import TaskViews
from nas_plugins.strategies.metad2a.views import draw_rows

OnEpoch = Callable[[str, int, dict[str, float]], object]
"""Called after each epoch with the model's name, the epoch (from 1) and its figures."""


class MetaTraining:
    """One run of meta-training over a search space and a source database.

    Args:
        space: The space of the recorded architectures.
        database: Tasks and records; a share of the tasks is held out for the figures.
        settings: How to train.
        on_epoch: Called after each epoch.
        held_out: Records to take the figures on, in place of a share of the tasks: ``database`` with other records.
    """

    def __init__(
        self,
        space: SearchSpace[Any],
        database: SourceDatabase,
        settings: MetaTrainingSettings | None = None,
        on_epoch: OnEpoch = lambda *_: None,
        held_out: SourceDatabase | None = None,
    ) -> None:
        self.space = space
        self.settings = settings or MetaTrainingSettings()
        self.on_epoch = on_epoch
        self._rng = np.random.default_rng(self.settings.seed)
        if held_out is None:
            self.training, self.held_out = database.split(self.settings.held_out, self._rng)
        else:
            self.training, self.held_out = database, replace(held_out, rankings=())  # they may be trained on
        if not len(self.training.record_accuracy):
            raise InvalidArgument("wanted records of at least one task to train on, got none; lower held_out")
        self.accuracy_mean = float(self.training.record_accuracy.mean())
        self.accuracy_std = float(self.training.record_accuracy.std()) or 1.0
        self.feature_dimension = database.classes[0].shape[1]
        self._graphs = RecordedGraphs(
            space,
            (
                *self.training.record_architecture,
                *self.held_out.record_architecture,
                *(text for ranking in database.rankings for text in ranking.architectures),
            ),
        )
        # Classes and tasks are the same on both sides of the split.
        self._views = TaskViews(self.training, self.settings.class_count, self.settings.image_count)
        self.figures = HeldOutFigures(
            self.held_out,
            self._graphs,
            self._views,
            percent=self.accuracy_std,
            prior_share=self.settings.prior_share,
            seed=self.settings.seed,
        )

    # --- models -----------------------------------------------------------------------------------------------------

    def train_predictor(self, member: int) -> Predictor:
        """Train one member of the ensemble; members differ in initial weights and in every draw."""
        settings, data = self.settings, self.training
        rng, _ = self._fork(100 + member)
        model = Predictor(
            self.feature_dimension,
            len(self.space.operations),
            self._graphs.nodes,
            dimension=settings.dimension,
            hidden=settings.hidden,
            dropout=settings.dropout,
            interaction_dropout=settings.interaction_dropout,
            set_encoder=settings.set_encoder,
            head=settings.head,
        )
        targets = torch.from_numpy((data.record_accuracy - self.accuracy_mean) / self.accuracy_std).float()
        rows = self._graphs.rows(data.record_architecture)
        rankings = data.rankings if settings.ranking_weight else ()
        ranked = [(ranking, self._graphs.rows(ranking.architectures), clipped(ranking)) for ranking in rankings]

        def step(batch: NDArray[np.int64]) -> Tensor:
            vectors = self._views.encode(model.set_encoder, data.record_task[batch], rng)
            predicted = model(vectors, *self._graphs[rows[batch]])
            loss = functional.mse_loss(predicted, targets[batch])  # Eq. 3
            for ranking, ranking_rows, scores in ranked:
                loss = loss + settings.ranking_weight / len(ranked) * self._ranking_loss(
                    model, ranking, ranking_rows, scores, rng
                )
            return loss

        name = f"predictor {member + 1} of {settings.members}"
        for epoch, loss in self._optimise(model, len(rows), settings.predictor_epochs, step, rng):
            figures = {"loss": loss}
            if epoch == settings.predictor_epochs:
                self._set_typical(model.set_encoder, rng)
            self.on_epoch(name, epoch, figures)
        return model.eval()

    def train_generator(self) -> Generator:
        """Train the generator on each task's best recorded architecture and on the rankings' best."""
        settings, data = self.settings, self.training
        rng, noise = self._fork(0)
        model = Generator(
            self.feature_dimension,
            self.space.operations,
            self._graphs.nodes,
            dimension=settings.dimension,
            set_encoder=settings.set_encoder,
            edges=self._shared_edges(),
        )
        tasks, rows = self._best_of_each_task(data)
        elites = self._elites(data)

        def step(batch: NDArray[np.int64]) -> Tensor:
            vectors = self._views.encode(model.set_encoder, tasks[batch], rng)
            loss = model.loss(vectors, *self._graphs[rows[batch]], kl_weight=settings.kl_weight, noise=noise)
            for ranking, elite in elites:
                chosen = draw_rows(len(elite), min(len(elite), len(batch)), rng)
                vector = model.set_encoder(self._views.of_ranking(ranking.classes, rng).unsqueeze(0))
                loss = loss + model.loss(
                    vector.expand(len(chosen), -1),
                    *self._graphs[elite[chosen]],
                    kl_weight=settings.kl_weight,
                    noise=noise,
                ) / len(elites)
            return loss

        for epoch, loss in self._optimise(model, len(rows), settings.generator_epochs, step, rng):
            if epoch == settings.generator_epochs:
                self._set_typical(model.set_encoder, rng)
            self.on_epoch("generator", epoch, {"loss": loss})
        return model.eval()

    def fit_prior(self, predictors: list[Predictor]) -> tuple[ArchitecturePrior | None, float]:
        """The prior over architectures, and the percent its unit is worth in the predictors' eyes.

        Returns:
            ``None`` and 0 where the settings say so, and without a ranking in a space that can be enumerated.
        """
        if not self.settings.prior:
            return None, 0.0
        if not isinstance(self.space, FiniteSearchSpace):
            prior = ArchitecturePrior.fit_to_records(self.space, self.training)
            texts = tuple(dict.fromkeys(self.training.record_architecture))
        elif self.training.rankings:
            prior = ArchitecturePrior.fit(self.space, self.training)
            texts = self.training.rankings[0].architectures
        else:
            return None, 0.0
        scores = prior.score([self.space.parse(text) for text in texts])
        best = better(scores)
        graphs = self._graphs[self._graphs.rows([texts[index] for index in best])]
        with torch.no_grad():
            predicted = [
                model(model.set_encoder.typical.expand(len(best), -1), *graphs).numpy() for model in predictors
            ]
        spread = float(np.mean(predicted, axis=0).std() / scores[best].std())
        return prior, spread * self.accuracy_std

    # --- what there is to say of it ---------------------------------------------------------------------------------

    def taught(self) -> list[str]:
        """Every architecture the generator is taught, as sorted text: what it draws beyond these is novel."""
        _, rows = self._best_of_each_task(self.training)
        known = set(np.concatenate([rows, *(elite for _, elite in self._elites(self.training))]).tolist())
        return [self._graphs.texts[row] for row in sorted(known)]

    def about(self, metrics: dict[str, float]) -> dict[str, Any]:
        """What the weights' file says of itself, and what is needed to apply them."""
        settings = self.settings
        return {
            "accuracy_mean": self.accuracy_mean,
            "accuracy_std": self.accuracy_std,
            "view": {"classes": settings.class_count, "images": settings.image_count},
            "sizes": {
                "features": self.feature_dimension,
                "nodes": self._graphs.nodes,
                "dimension": settings.dimension,
                "hidden": settings.hidden,
            },
            "set_encoder": settings.set_encoder,
            "edges": self._shared_edges(),
            "head": settings.head,
            "settings": asdict(settings),
            "records": len(self.training.record_accuracy),
            "taught": self.taught(),
            "rankings": [ranking.name for ranking in self.training.rankings],
            "metrics": metrics,
        }

    # --- parts ------------------------------------------------------------------------------------------------------

    def _shared_edges(self) -> list[list[int]] | None:
        """The edges that the generator takes as given.

        Raises:
            InvalidArgument: The settings want the graphs' shared edges, and graphs differ in edges.
        """
        return None if self.settings.edges == "decided" else self._graphs.shared_edges()

    def _fork(self, stream: int) -> tuple[np.random.Generator, torch.Generator]:
        """Independent generators for one model, and torch's own seed for its initial weights and dropout."""
        seed = int(np.random.SeedSequence([self.settings.seed, stream]).generate_state(1)[0])
        torch.manual_seed(seed)
        return np.random.default_rng(seed), torch.Generator().manual_seed(seed)

    def _optimise(
        self,
        model: nn.Module,
        size: int,
        epochs: int,
        step: Callable[[NDArray[np.int64]], Tensor],
        rng: np.random.Generator,
    ) -> Iterator[tuple[int, float]]:
        steps = -(-size // self.settings.batch_size)
        optimiser = torch.optim.AdamW(
            model.parameters(), lr=self.settings.learning_rate, weight_decay=self.settings.weight_decay
        )
        scheduler = torch.optim.lr_scheduler
        schedule: torch.optim.lr_scheduler.LRScheduler = (
            scheduler.OneCycleLR(optimiser, self.settings.learning_rate, total_steps=epochs * steps)
            if self.settings.schedule == "one_cycle"
            else scheduler.ConstantLR(optimiser, factor=1.0)
        )
        for epoch in range(1, epochs + 1):
            model.train()
            losses: list[float] = []
            for batch in np.array_split(rng.permutation(size), steps):
                optimiser.zero_grad()
                loss = step(batch)
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 5.0)
                optimiser.step()
                schedule.step()
                losses.append(loss.item())
            yield epoch, float(np.mean(losses))

    def _ranking_loss(
        self, model: Predictor, ranking: Ranking, rows: NDArray[np.int64], scores: Tensor, rng: np.random.Generator
    ) -> Tensor:
        """One minus the correlation of predicted and recorded accuracies: blind to the ranking's units."""
        chosen = draw_rows(len(rows), min(len(rows), self.settings.ranking_batch), rng)
        vector = model.set_encoder(self._views.of_ranking(ranking.classes, rng).unsqueeze(0))
        predicted = model(vector.expand(len(chosen), -1), *self._graphs[rows[chosen]])
        return 1 - correlation(predicted, scores[chosen])

    def _elites(self, data: SourceDatabase) -> list[tuple[Ranking, NDArray[np.int64]]]:
        """Rankings with more architectures than the elite takes, and the rows of their best."""
        return [
            (
                ranking,
                self._graphs.rows(ranking.architectures)[
                    np.argsort(-ranking.accuracies, kind="stable")[: self.settings.elite]
                ],
            )
            for ranking in data.rankings
            if len(ranking.architectures) > self.settings.elite > 0
        ]

    def _best_of_each_task(self, data: SourceDatabase) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Tasks and their best recorded architectures, without the records that are poor for their space.

        A task whose only records are of randomly drawn architectures has no good one to teach; it is told by its best
        records lying more than one standard deviation below the mean of all records.
        """
        rows = self._graphs.rows(data.record_architecture)
        best: dict[int, list[int]] = {}
        for record in np.argsort(-data.record_accuracy, kind="stable").tolist():
            of_task = best.setdefault(int(data.record_task[record]), [])
            if len(of_task) < self.settings.best:
                of_task.append(record)
        least = self.accuracy_mean - self.accuracy_std
        kept = [
            (task, record)
            for task in dict.fromkeys(data.record_task.tolist())
            for record in best[task]
            if data.record_accuracy[record] >= least
        ]
        return np.array([task for task, _ in kept]), rows[[record for _, record in kept]]

    @torch.no_grad()
    def _set_typical(self, encoder: SetEncoder, rng: np.random.Generator) -> None:
        tasks = np.unique(self.training.record_task)
        encoder.eval()
        encoder.typical.copy_(self._views.encode(encoder, tasks[: 10 * self.settings.batch_size], rng).mean(0))


def clipped(ranking: Ranking) -> Tensor:
    """Standardised accuracies in which everything below the median counts as the median.

    What a search needs is the order of the good half; how bad the bad are would otherwise dominate the correlation.
    """
    scores = torch.tensor(ranking.accuracies, dtype=torch.float32)
    scores = scores.clamp(min=scores.median().item())
    return (scores - scores.mean()) / scores.std().clamp(min=1e-6)


def correlation(first: Tensor, second: Tensor) -> Tensor:
    """Pearson's correlation of two vectors, differentiable."""
    first, second = first - first.mean(), second - second.mean()
    return (first * second).sum() / (first.norm() * second.norm()).clamp(min=1e-6)
