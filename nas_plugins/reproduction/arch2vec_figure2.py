"""Figure 2 of arch2vec: how well accuracies are predicted from embeddings, against an encoder taught by accuracies."""

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.reproduction.limits import LABELLED, SEEDS
from nas_plugins.reproduction.options import Options, Reproduction
from nas_plugins.reproduction.published import ARCH2VEC, ARCH2VEC_FIGURE_2
from nas_plugins.reproduction.report import Figure, Report, ResultTable, Row
from nas_plugins.reproduction.supervised_encoder import SupervisedEncoder
from nas_plugins.reproduction.targets import reported, reported_table
from nas_plugins.spaces import NASBench201

DATASET, LABELS, RUNS, EPOCHS, LEAST = "cifar10", 250, 10, 100, 80.0
_REPRESENTATION = "predicted by"
_DRAWN = 3  # cells that a picture of densities needs
_COLUMNS = ("RMSE", "Pearson", f"RMSE above {LEAST:.0f} %", f"Pearson above {LEAST:.0f} %")

Vector = NDArray[np.float64]


def run(options: Options) -> Report:
    """Draw the figure."""
    from nas_plugins.spaces.arch2vec import Arch2Vec

    space = NASBench201()
    labels, runs, epochs = options.samples or LABELS, options.runs or RUNS, options.epochs or EPOCHS
    table = reported_table(options.tables, DATASET)
    accuracies = np.array([table.score(cell) for cell in space])
    graphs = space.graph_arrays()
    fixed = {"arch2vec": Arch2Vec.pretrained(space.name).embeddings, "one-hot operations": one_hot(graphs[0])}
    found: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    shown: dict[str, tuple[Vector, Vector]] = {}
    for number in range(runs):
        seed = options.seed + number
        rng = np.random.default_rng(seed)
        known = rng.choice(len(space), labels, replace=False)
        others = np.setdiff1d(np.arange(len(space)), known)
        encoder = SupervisedEncoder(graphs[0][known], graphs[1][known], accuracies[known], epochs=epochs, seed=seed)
        embeddings = {**fixed, "supervised encoder": encoder.embed(*graphs)}
        predictions = {("supervised encoder", "its own last layer"): encoder.predict(embeddings["supervised encoder"])}
        for name, points in embeddings.items():
            predictions[name, "Gaussian process"] = gaussian_process(points, known, accuracies[known])
            predictions[name, "random forest"] = random_forest(points, known, accuracies[known], seed)
        for key, predicted in predictions.items():
            found.setdefault(key, []).append(quality(predicted[others], accuracies[others]))
        if not number:
            chosen = ("arch2vec", "supervised encoder")
            shown = {name: (predictions[name, "Gaussian process"][others], accuracies[others]) for name in chosen}
        options.on_step("seeds", number + 1, runs)
    rows = [
        Row(
            name,
            {column: Figure.of([figures[place] for figures in values]) for place, column in enumerate(_COLUMNS)},
            {_REPRESENTATION: model},
            note=model,
        )
        for (name, model), values in sorted(found.items())
    ]
    rows += [
        Row(name, figures, {_REPRESENTATION: "Gaussian process"}, published=True, note="NAS-Bench-101")
        for name, figures in ARCH2VEC_FIGURE_2.items()
    ]
    result = ResultTable(
        f"Prediction of accuracy (%) from {labels} labelled cells", (_REPRESENTATION,), _COLUMNS, tuple(rows), digits=3
    )
    table_picture = result.draw(
        options.output / "table.png",
        title="Predictive performance of embeddings",
        subtitle=f"mean over {runs} seeds with its 95 % interval; published figures are hollow",
    )
    pictures = (*_densities(shown, labels, options), table_picture)
    return Report(
        "arch2vec-figure2",
        "Predictive performance of embeddings",
        f"{ARCH2VEC}, Figure 2",
        (
            f"{labels} cells of NAS-Bench-201 drawn uniformly are labelled, all others predicted; {runs} seeds from "
            f"{options.seed} on. {reported(options.tables)} CIFAR-10. Published figures are on NAS-Bench-101, in "
            "fractions there, in percent here.",
            "arch2vec: the weights that ship, trained without any accuracy. Supervised encoder: the same layers "
            f"trained on the same labels, at most {epochs} epochs, their number chosen on a fifth of the labels. "
            "One-hot: the operation on each edge, no learning.",
            "Gaussian process: BoTorch's SingleTaskGP with its defaults, fitted by marginal likelihood. Random forest: "
            "scikit-learn's, 200 trees. Nothing was tuned.",
            f"Above {LEAST:.0f} %: over cells whose accuracy is above it, as in the paper.",
        ),
        (result,),
        pictures,
    )


def _densities(shown: dict[str, tuple[Vector, Vector]], labels: int, options: Options) -> list[Path]:
    """The picture of predicted over true accuracies, where there are enough accurate cells left to draw."""
    from nas_plugins.plots import draw_predictions

    if any(np.sum(true > LEAST) < _DRAWN for _, true in shown.values()):
        return []
    panels = {f"{name}, seed {options.seed}": pair for name, pair in shown.items()}
    title = f"Accuracy predicted by a Gaussian process from {labels} labelled cells"
    return [draw_predictions(panels, options.output / "figure.png", title=title, lowest=LEAST)]


def one_hot(operations: NDArray[Any]) -> NDArray[np.float32]:
    """The operations of graphs that all have the same edges, ``(n, features)``; constant columns are left out."""
    rows = operations.reshape(len(operations), -1).astype(np.float32)
    varying: NDArray[np.float32] = rows[:, np.ptp(rows, axis=0) > 0]
    return varying


def gaussian_process(points: NDArray[Any], known: NDArray[np.int64], labels: Vector) -> Vector:
    """The mean of a Gaussian process at all points, fitted to the labels of the known ones."""
    import torch
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from botorch.models.transforms import Normalize, Standardize
    from gpytorch.mlls import ExactMarginalLogLikelihood
    from gpytorch.settings import skip_posterior_variances

    x = torch.from_numpy(np.asarray(points, dtype=np.float64))
    model = SingleTaskGP(
        x[known],
        torch.from_numpy(labels)[:, None],
        outcome_transform=Standardize(1),
        input_transform=Normalize(x.shape[1]),
    )
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    with torch.no_grad(), skip_posterior_variances():
        means = [model.posterior(part).mean[:, 0] for part in x.split(2048)]
    return torch.cat(means).numpy()


def random_forest(points: NDArray[Any], known: NDArray[np.int64], labels: Vector, seed: int) -> Vector:
    """The prediction of a random forest at all points, fitted to the labels of the known ones."""
    from sklearn.ensemble import RandomForestRegressor

    forest = RandomForestRegressor(200, random_state=seed % SEEDS).fit(points[known], labels)
    predicted: Vector = forest.predict(points)
    return predicted


def quality(predicted: Vector, true: Vector) -> tuple[float, float, float, float]:
    """Root mean squared error and Pearson's correlation, over all cells and over those above the least accuracy.

    Each is nan where it has no value: over no cell, or, the correlation, where either side is constant.
    """
    figures: list[float] = []
    for chosen in (np.ones(len(true), dtype=bool), true > LEAST):
        ours, theirs = predicted[chosen], true[chosen]
        varies = len(ours) > 1 and np.ptp(ours) > 0 and np.ptp(theirs) > 0
        figures.append(float(np.sqrt(np.square(ours - theirs).mean())) if len(ours) else math.nan)
        figures.append(float(np.corrcoef(ours, theirs)[0, 1]) if varies else math.nan)
    return figures[0], figures[1], figures[2], figures[3]


REPRODUCTION = Reproduction(
    "predictive performance of embeddings (Figure 2)",
    frozenset({"tables", "samples", "runs", "epochs"}),
    run,
    {"samples": LABELLED},
)
