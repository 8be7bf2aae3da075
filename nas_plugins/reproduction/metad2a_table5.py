"""Table 5 of MetaD2A: predictors with one set encoder or another, and what linear regression does without any."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nas_plugins.evaluation.simulation import derive_seeds
from nas_plugins.reproduction.correlation import correlations
from nas_plugins.reproduction.options import Options, Reproduction
from nas_plugins.reproduction.published import METAD2A, METAD2A_TABLE_5
from nas_plugins.reproduction.report import Report, ResultTable, Row
from nas_plugins.reproduction.source import published_split, source_database
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies.inputs import PairsInput

if TYPE_CHECKING:
    from nas_plugins.strategies.metad2a import MetaTrainingSettings, SourceDatabase

RUNS, EPOCHS = 3, 20
SPLITS = ("task", "record")
NAMES = {
    "graph_only": "graph encoder only",
    "deep_set": "DeepSet",
    "set_transformer": "Set Transformer",
    "statistics_pooling": "statistics pooling",
    "hierarchical": "MetaD2A's set encoder",
}
_PEARSON, _PAIRS = "Pearson", "pairs within a task"


def run(options: Options) -> Report:
    """Compute the table."""
    from nas_plugins.strategies.metad2a import MetaTraining, MetaTrainingSettings

    split, preset = options.split or SPLITS[0], options.preset or "default"
    if split not in SPLITS:
        raise InvalidArgument(f"wanted a split out of {', '.join(SPLITS)}, got {split!r}")
    settings = replace(
        MetaTrainingSettings.preset(preset), predictor_epochs=options.epochs or EPOCHS, ranking_weight=0.0, members=1
    )
    runs = options.runs or RUNS
    database = source_database(options.source, options.images, options.seed)
    training, held_out = _split(database, split, settings, options)
    rows = [
        Row(name, dict(zip((_PEARSON, _PAIRS), correlations([predicted], held_out, options.seed), strict=True)))
        for name, predicted in _ridges(training, held_out).items()
    ]
    seeds = derive_seeds(options.seed, runs)
    for encoder, name in NAMES.items():
        predictions = []
        for done, seed in enumerate(seeds):
            meta = MetaTraining(
                NASBench201(),
                training,
                replace(settings, set_encoder=encoder, seed=seed),
                partial(_tell, options, name, done * settings.predictor_epochs, runs * settings.predictor_epochs),
                held_out=held_out,
            )
            predictions.append(meta.figures.predict([meta.train_predictor(0)])[0])
        figures = correlations(predictions, held_out, options.seed)
        rows.append(Row(name, dict(zip((_PEARSON, _PAIRS), figures, strict=True))))
    rows += [Row(NAMES[encoder], {_PEARSON: figure}, published=True) for encoder, figure in METAD2A_TABLE_5.items()]
    table = ResultTable("Predicted and recorded accuracy on held-out records", (), (_PEARSON, _PAIRS), tuple(rows), 3)
    picture = table.draw(
        options.output / "table.png",
        title="Predictors with one set encoder or another",
        subtitle=f"held out by {split}; bars: 95 % interval over tasks",
    )
    return Report(
        "metad2a-table5",
        "Set encoders for the predictor",
        f"{METAD2A}, Table 5",
        _protocol(training, held_out, settings, (split, preset), runs=runs, seed=options.seed),
        (table,),
        (picture,),
    )


def _tell(options: Options, name: str, before: int, total: int, _: str, epoch: int, __: dict[str, float]) -> None:
    """Say how far the predictors with one set encoder are, in epochs of all runs."""
    options.on_step(name, before + epoch, total)


def _split(
    database: "SourceDatabase", split: str, settings: "MetaTrainingSettings", options: Options
) -> tuple["SourceDatabase", "SourceDatabase"]:
    """Training and held-out records."""
    if split == "task":
        return database.split(settings.held_out, np.random.default_rng(options.seed))
    validation = published_split(options.source)
    return database.only_records(~validation), database.only_records(validation)


def _ridges(training: "SourceDatabase", held_out: "SourceDatabase") -> dict[str, NDArray[np.float64]]:
    """Predictions of ridge regressions on pairs of operations, alone and with the identities of the classes.

    Identities tell nothing about a dataset whose classes are not among those of the tasks; on these records they are
    the baseline to beat.
    """
    from sklearn.linear_model import RidgeCV

    space = NASBench201()

    def pairs(data: "SourceDatabase") -> NDArray[np.float64]:
        return PairsInput(space)([space.parse(text) for text in data.record_architecture])

    def with_classes(data: "SourceDatabase") -> NDArray[np.float64]:
        return np.concatenate([pairs(data), data.class_identities()], axis=1)

    def predict(train: NDArray[np.float64], test: NDArray[np.float64]) -> NDArray[np.float64]:
        # The strength is chosen by leaving training records out one by one.
        found: NDArray[np.float64] = (
            RidgeCV(alphas=np.logspace(-1, 3, 9)).fit(train, training.record_accuracy).predict(test)
        )
        return found

    return {
        "ridge on pairs of operations": predict(pairs(training), pairs(held_out)),
        "ridge, with class identities": predict(with_classes(training), with_classes(held_out)),
    }


def _protocol(
    training: "SourceDatabase",
    held_out: "SourceDatabase",
    settings: "MetaTrainingSettings",
    names: tuple[str, str],
    *,
    runs: int,
    seed: int,
) -> tuple[str, ...]:
    split, preset = names
    tasks = np.unique(held_out.record_task)
    seen = np.isin(held_out.record_task, training.record_task).sum()
    how = (
        "Held out by task with all of its records."
        if split == "task"
        else f"Held out by record, as published: {seen} of the held-out records are of tasks that also have training "
        "records."
    )
    return (
        f"{len(training.record_accuracy):,} training records, {len(held_out.record_accuracy):,} held-out records of "
        f"{len(tasks):,} tasks. {how} Classes of held-out tasks occur in training tasks in either case.",
        f"Every predictor alike: preset {preset}, {settings.predictor_epochs} epochs in batches of "
        f"{settings.batch_size}, head {settings.head}, one predictor per run, squared error on records alone, images "
        f"as distilled features, {settings.image_count} per class; the paper trains 400 epochs on a thousand images of "
        "each class and keeps the epoch that does best on the held-out records, here the last is kept.",
        f"{runs} runs from seed {seed}: mean ± standard deviation over runs [95 % interval, bootstrap over tasks].",
        "Pearson over all records, as in the paper, mostly tells how well the ease of tasks is known; the share of "
        "pairs of records of one task in the right order (chance: 0.5) tells how well their architectures are.",
    )


REPRODUCTION = Reproduction(
    "set encoders for the predictor (Table 5)",
    frozenset({"images", "source", "runs", "epochs", "split", "preset"}),
    run,
)
