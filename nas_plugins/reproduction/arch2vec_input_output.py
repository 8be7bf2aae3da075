"""arch2vec with input-output information: what it learns, what its latent space predicts, and searches in it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nas_plugins.reproduction.arch2vec_figure2 import gaussian_process, quality, random_forest
from nas_plugins.reproduction.input_output_models import WEIGHTS, Arm, train_arms
from nas_plugins.reproduction.limits import LABELLED
from nas_plugins.reproduction.nasbench201_targets import load_targets
from nas_plugins.reproduction.options import Options, Reproduction
from nas_plugins.reproduction.report import Figure, Report, ResultTable, Row
from nas_plugins.reproduction.search_methods import Method
from nas_plugins.reproduction.search_runs import Target, chosen, search
from nas_plugins.reproduction.targets import reported, reported_table
from nas_plugins.spaces import get_space
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies import REINFORCE, ReinforceSettings

if TYPE_CHECKING:
    from nas_plugins.spaces.arch2vec.output_features import OutputFeatures

PAPER = "Graph Embedding for Neural Architecture Search with Input-Output Information"
MODELS, RUNS, LABELS = 3, 10, 250
_SPACE = "nasbench201"
_PREDICTED_BY = "predicted by"
_LEARNED = {
    "reconstruction (%)": ("reconstruction_accuracy", 100.0),
    "strict validity (%)": ("strict_validity", 100.0),
    "error, unseen images": ("output_error_unseen_images", 1.0),
    "baseline, unseen images": ("output_baseline_unseen_images", 1.0),
    "error, unseen networks": ("output_error_unseen_networks", 1.0),
    "baseline, unseen networks": ("output_baseline_unseen_networks", 1.0),
}
_QUALITY = ("RMSE", "Pearson", "RMSE above 80 %", "Pearson above 80 %")


def run(options: Options) -> Report:
    """Train the arms and do both experiments."""
    from nas_plugins.spaces.arch2vec.output_features import OutputFeatures

    if options.source is None:
        raise InvalidArgument(
            "wanted output features with --source FILE, got none; `nas-plugins collect-features DATASET` makes them"
        )
    features = OutputFeatures.load(options.source)
    if features.space != _SPACE:
        raise InvalidArgument(f"wanted output features of {_SPACE}, got some of {features.space}")
    runs, labels = options.runs or RUNS, options.samples or LABELS
    target = load_targets(options.tables)[0]
    arms = train_arms(features, MODELS, options)
    tables = (_learned(arms), _predictions(arms, runs, labels, options), _searches(arms, target, runs, options))
    pictures = tuple(
        table.draw(
            options.output / f"{name}.png",
            title=table.title,
            subtitle=f"mean of {MODELS} models with {runs} runs in each, and its 95 % interval over models",
        )
        for name, table in zip(("prediction", "search"), tables[1:], strict=True)
    )
    return Report(
        "arch2vec-io",
        "arch2vec with input-output information",
        PAPER,
        (
            _features_told(features),
            f"Each arm is trained from {MODELS} seeds, preset {options.preset or 'default'}, "
            f"{_epochs(arms)} epochs, 300 labelled batches before every 200 others. Same batches: trained on the "
            "labelled batches too, but not on their features, as the paper's second baseline.",
            "Error: mean absolute error of the output features in deviations of a feature; a tenth of the images and "
            "of the networks are unseen. Baseline: the error of the training pairs' mean.",
            f"Prediction: {labels} cells drawn uniformly are labelled, all others predicted; {runs} seeds in each "
            f"model. {reported(options.tables)} CIFAR-10. The paper: NAS-Bench-101, random forest.",
            f"Search: REINFORCE as arch2vec published it, {runs} runs in each model on {target.heading}, "
            f"{target.guided_by} The paper: 500 runs on NAS-Bench-101.",
            "Figures are means of models' means, with spread and 95 % interval over models. Nothing was tuned.",
        ),
        tables,
        pictures,
    )


def _features_told(features: "OutputFeatures") -> str:
    settings: Mapping[str, Any] = features.about.get("settings", {})
    return (
        f"Output features: {len(features.architectures)} networks of {features.space} trained on {features.dataset} "
        f"({features.about.get('training_images', '?')} images, {settings.get('epochs', '?')} epochs, "
        f"C={settings.get('channels', '?')}, N={settings.get('cells', '?')}), shown {len(features.labels)} other "
        f"images, {features.features.shape[-1]} features each. The paper: 685 networks of NAS-Bench-101 on CIFAR-10, "
        "12 epochs, 1,000 images, 513 features."
    )


def _epochs(arms: list[Arm]) -> int:
    settings = arms[0].arch2vec.settings
    return 0 if settings is None else settings.epochs


def _of(arms: list[Arm], name: str) -> list[Arm]:
    return [arm for arm in arms if arm.name == name]


def _learned(arms: list[Arm]) -> ResultTable:
    rows = []
    for name in WEIGHTS:
        metrics = [arm.arch2vec.metrics for arm in _of(arms, name)]
        told = [column for column, (key, _) in _LEARNED.items() if key in metrics[0]]
        if not WEIGHTS[name]:  # an output model that never learned has nothing to tell
            told = [column for column in told if not _LEARNED[column][0].startswith("output_")]
        figures = {
            column: Figure.of([_LEARNED[column][1] * float(found[_LEARNED[column][0]]) for found in metrics])
            for column in told
        }
        rows.append(Row(name, figures))
    return ResultTable("What the models learned", (), tuple(_LEARNED), tuple(rows), digits=3)


def _predictions(arms: list[Arm], runs: int, labels: int, options: Options) -> ResultTable:
    space = get_space(_SPACE).finite()
    table = reported_table(options.tables, "cifar10")
    accuracies = np.array([table.score(cell) for cell in space])
    found: dict[tuple[str, str], list[list[float]]] = {}
    for position, arm in enumerate(arms):
        points = arm.arch2vec.embeddings
        of_model: dict[str, list[tuple[float, ...]]] = {"Gaussian process": [], "random forest": []}
        for number in range(runs):
            seed = options.seed + number
            known = np.random.default_rng(seed).choice(len(space), labels, replace=False)
            others = np.setdiff1d(np.arange(len(space)), known)
            for name, predicted in (
                ("Gaussian process", gaussian_process(points, known, accuracies[known])),
                ("random forest", random_forest(points, known, accuracies[known], seed)),
            ):
                of_model[name].append(quality(predicted[others], accuracies[others]))
            options.on_step("predictions", position * runs + number + 1, len(arms) * runs)
        for name, figures in of_model.items():
            found.setdefault((name, arm.name), []).append(np.mean(figures, axis=0).tolist())
    rows = [
        Row(
            arm,
            {column: Figure.of([figures[place] for figures in values]) for place, column in enumerate(_QUALITY)},
            {_PREDICTED_BY: name},
            note=name,
        )
        for (name, arm), values in sorted(found.items())
    ]
    return ResultTable(
        f"Prediction of accuracy (%) from {labels} labelled cells", (_PREDICTED_BY,), _QUALITY, tuple(rows), digits=3
    )


def _searches(arms: list[Arm], target: Target, runs: int, options: Options) -> ResultTable:
    splits = {split: f"{split} regret (%)" for split in target.reported}
    rows = []
    for name in WEIGHTS:
        regrets: dict[str, list[float]] = {split: [] for split in splits}
        for arm in _of(arms, name):
            found = search(target, _method(arm), runs, options)
            for split, table in target.reported.items():
                best = table.optimum()[1]
                regrets[split].append(float(np.mean([best - table.score(chosen(run)) for run in found])))
        rows.append(Row(name, {column: Figure.of(regrets[split]) for split, column in splits.items()}))
    return ResultTable(
        "Regret of REINFORCE in the latent spaces, CIFAR-10", (), tuple(splits.values()), tuple(rows), digits=3
    )


def _method(arm: Arm) -> Method:
    settings = ReinforceSettings.preset("paper")
    return Method(
        arm.key,
        f"{arm.name}, seed {arm.seed}",
        lambda space, seed: REINFORCE(space, arm.arch2vec, settings=settings, seed=seed),
    )


REPRODUCTION = Reproduction(
    "arch2vec with input-output information: prediction and REINFORCE",
    frozenset({"source", "tables", "preset", "runs", "samples", "size", "epochs", "processes"}),
    run,
    {"samples": LABELLED},
)
