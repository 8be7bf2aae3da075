"""Numbers as papers print them, with their place. Half widths are of 95 % intervals."""

from nas_plugins.reproduction.report import Figure

METAD2A = "Lee, Hyung, Hwang, Rapid Neural Architecture Search by Learning to Generate Graphs from Datasets, ICLR 2021"


def _row(**figures: tuple[float, float]) -> dict[str, Figure]:
    return {dataset: Figure.published(*figure) for dataset, figure in figures.items()}


METAD2A_TABLE_1: dict[str, dict[str, Figure]] = {
    "ResNet-56": _row(
        cifar10=(93.97, 0.00), cifar100=(70.86, 0.00), mnist=(99.67, 0.01), oxford_pets_3breeds=(25.58, 3.43)
    ),
    "REA": _row(cifar10=(93.92, 0.30), cifar100=(71.84, 0.99)),
    "random search": _row(cifar10=(93.70, 0.36), cifar100=(71.04, 1.07)),
    "REINFORCE": _row(cifar10=(93.85, 0.37), cifar100=(71.71, 1.09)),
    "BOHB": _row(cifar10=(93.61, 0.52), cifar100=(70.85, 1.28)),
    "RSPS": _row(cifar10=(84.07, 3.61), cifar100=(52.31, 5.77), mnist=(99.63, 0.02), oxford_pets_3breeds=(22.91, 1.65)),
    "SETN": _row(cifar10=(87.64, 0.00), cifar100=(59.09, 0.24), mnist=(99.69, 0.04), oxford_pets_3breeds=(25.17, 1.68)),
    "GDAS": _row(cifar10=(93.61, 0.09), cifar100=(70.70, 0.30), mnist=(99.64, 0.04), oxford_pets_3breeds=(24.02, 2.75)),
    "PC-DARTS": _row(
        cifar10=(93.66, 0.17), cifar100=(66.64, 2.34), mnist=(99.66, 0.04), oxford_pets_3breeds=(25.31, 1.38)
    ),
    "DrNAS": _row(
        cifar10=(94.36, 0.00), cifar100=(73.51, 0.00), mnist=(99.59, 0.02), oxford_pets_3breeds=(26.73, 2.61)
    ),
    "MetaD2A, best of 30": _row(cifar10=(94.37, 0.03), cifar100=(73.51, 0.00)),
    "MetaD2A, top 1": _row(mnist=(99.71, 0.08), oxford_pets_3breeds=(41.50, 4.39)),
}
"""Table 1: test accuracy (%), 200 epochs (MNIST: 50); all 37 breeds of Oxford-IIIT pets."""

METAD2A_TABLE_3: dict[str, dict[str, Figure]] = {
    "random": _row(cifar10=(93.06, 0.55), cifar100=(69.94, 1.21)),
    "generator only": _row(cifar10=(93.96, 0.22), cifar100=(71.54, 0.63)),
    "predictor only": _row(cifar10=(93.70, 0.32), cifar100=(72.33, 0.88)),
    "generator and predictor": _row(cifar10=(94.37, 0.03), cifar100=(73.51, 0.00)),
}
"""Table 3: test accuracy (%), the best of 30."""

METAD2A_TABLE_4: dict[str, Figure] = {
    "validity": Figure.published(100.00),
    "uniqueness": Figure.published(35.19),
    "novelty": Figure.published(67.31),
}
"""Table 4, NAS-Bench-201: shares of 10,000 draws from the prior, percent."""

METAD2A_TABLE_5: dict[str, Figure] = {
    "graph_only": Figure.published(0.6439),
    "deep_set": Figure.published(0.7286),
    "set_transformer": Figure.published(0.7744),
    "statistics_pooling": Figure.published(0.7796),
    "hierarchical": Figure.published(0.8085),
}
"""Table 5: Pearson correlation on 400 records whose tasks in part also occur in training."""

ARCH2VEC = (
    "Yan, Zheng, Ao, Zeng, Zhang, Does Unsupervised Architecture Representation Learning Help Neural Architecture "
    "Search?, NeurIPS 2020"
)

_NASBENCH201 = tuple(
    (dataset, split) for dataset in ("cifar10", "cifar100", "imagenet16-120") for split in ("validation", "test")
)


def _over_500_runs(*figures: tuple[float, float]) -> dict[tuple[str, str], Figure]:
    """Mean and standard deviation by dataset and split."""
    return {place: Figure(mean, std, runs=500) for place, (mean, std) in zip(_NASBENCH201, figures, strict=True)}


ARCH2VEC_TABLE_3: dict[str, dict[tuple[str, str], Figure]] = {
    "regularised evolution": _over_500_runs(
        (91.08, 0.43), (93.84, 0.43), (73.02, 0.46), (72.86, 0.55), (45.78, 0.56), (45.63, 0.64)
    ),
    "random search": _over_500_runs(
        (90.94, 0.38), (93.75, 0.37), (72.17, 0.64), (72.05, 0.77), (45.47, 0.65), (45.33, 0.79)
    ),
    "REINFORCE": _over_500_runs(
        (91.03, 0.33), (93.82, 0.31), (72.35, 0.63), (72.13, 0.79), (45.58, 0.62), (45.30, 0.86)
    ),
    "BOHB": _over_500_runs((90.82, 0.53), (93.61, 0.52), (72.59, 0.82), (72.37, 0.90), (45.44, 0.70), (45.26, 0.83)),
    "arch2vec-RL": _over_500_runs(
        (91.32, 0.42), (94.12, 0.42), (73.13, 0.72), (73.15, 0.78), (46.22, 0.30), (46.16, 0.38)
    ),
    "arch2vec-BO": _over_500_runs(
        (91.41, 0.22), (94.18, 0.24), (73.35, 0.32), (73.37, 0.30), (46.34, 0.18), (46.27, 0.37)
    ),
}
"""Table 3, NAS-Bench-201: validation and test accuracy (%), mean and standard deviation over 500 runs."""

ARCH2VEC_TABLE_2: dict[str, tuple[str, float]] = {
    "random search": ("1000", 93.54),
    "REINFORCE": ("1000", 93.58),
    "BO": ("1000", 93.72),
    "regularised evolution": ("1000", 93.72),
    "NAO": ("1000", 93.74),
    "BANANAS": ("500", 94.08),
    "supervised RL": ("400", 93.74),
    "supervised BO": ("400", 93.79),
    "arch2vec-RL": ("400", 94.10),
    "arch2vec-BO": ("400", 94.05),
}
"""Table 2, NAS-Bench-101: queries, and mean test accuracy (%) over 500 runs."""


def _shares(**models: tuple[float, float, float]) -> dict[str, dict[str, Figure]]:
    columns = ("reconstruction", "validity, loose", "uniqueness, loose")
    return {
        _ARCH2VEC_MODELS[model]: dict(zip(columns, map(Figure.published, figures), strict=True))
        for model, figures in models.items()
    }


_ARCH2VEC_MODELS = {"gae": "GAE", "vgae": "VGAE", "without_kl": "arch2vec without KL", "arch2vec": "arch2vec"}

ARCH2VEC_TABLE_1: dict[str, dict[str, dict[str, Figure]]] = {
    "nasbench101": _shares(
        gae=(98.75, 29.88, 99.25),
        vgae=(97.45, 41.18, 99.34),
        without_kl=(100, 30.31, 99.20),
        arch2vec=(100, 44.97, 99.69),
    ),
    "nasbench201": _shares(
        gae=(99.52, 79.28, 78.42),
        vgae=(98.32, 79.30, 88.42),
        without_kl=(100, 77.09, 96.57),
        arch2vec=(100, 79.41, 98.72),
    ),
    "darts": _shares(
        gae=(97.80, 15.25, 99.65),
        vgae=(96.80, 25.25, 99.27),
        without_kl=(99.46, 16.01, 99.51),
        arch2vec=(99.79, 33.36, 100),
    ),
}
"""Table 1: reconstruction, validity and uniqueness, percent."""

ARCH2VEC_FIGURE_2: dict[str, dict[str, Figure]] = {
    "arch2vec": {
        "RMSE above 80 %": Figure(1.8, 0.1, runs=10),
        "Pearson above 80 %": Figure(0.67, 0.02, runs=10),
    },
    "supervised encoder": {
        "RMSE above 80 %": Figure(3.8, 2.5, runs=10),
        "Pearson above 80 %": Figure(0.53, 0.09, runs=10),
    },
}
"""Footnote 1, on NAS-Bench-101, mean and standard deviation over ten seeds; errors in percent here."""

ARCH2VEC_FIGURE_5: dict[str, Figure] = {
    "arch2vec": Figure.published(2.9),
    "supervised encoder": Figure.published(8.9),
}
"""Figure 5, on NAS-Bench-101: mean edit distance of the fifteen steps of one walk."""
