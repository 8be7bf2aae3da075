"""Figure 4 of arch2vec: the latent space in two dimensions, coloured by accuracy."""

import numpy as np
from numpy.typing import NDArray

from nas_plugins.reproduction.limits import SEEDS, SPACE_CELLS, Limits
from nas_plugins.reproduction.options import Options, Reproduction
from nas_plugins.reproduction.published import ARCH2VEC
from nas_plugins.reproduction.report import Figure, Report, ResultTable, Row
from nas_plugins.reproduction.representations import representations
from nas_plugins.reproduction.targets import reported
from nas_plugins.spaces.errors import InvalidArgument

SAMPLES, NEIGHBOURS = 5_000, 10
_COLUMNS = ("nearest cell (points of accuracy)", "random pair (points of accuracy)", "explained by 10 nearest (%)")


def run(options: Options) -> Report:
    """Draw the figure."""
    from nas_plugins.plots import draw_latent_maps

    found = representations("nasbench201", options)
    if found.accuracies is None:
        raise InvalidArgument("wanted a space with recorded accuracies, got none")
    samples = options.samples or SAMPLES
    rng = np.random.default_rng(options.seed)
    chosen = rng.choice(len(found.space), samples, replace=False)
    cells, accuracies = [found.space[int(index)] for index in chosen], found.accuracies[chosen]
    panels = {}
    rows: list[Row] = []
    for name, embed in found.embed.items():
        points = embed(cells)
        rows.append(Row(name, roughness(points, accuracies, rng)))
        panels[name] = (project(points, options.seed), accuracies)
        options.on_step("maps", len(panels), len(found.embed))
    picture = draw_latent_maps(
        panels,
        options.output / "figure.png",
        title="Where accurate cells lie in the latent space, NAS-Bench-201",
        value_name="accuracy (%)",
    )
    return Report(
        "arch2vec-figure4",
        "The latent space in two dimensions, coloured by accuracy",
        f"{ARCH2VEC}, Figure 4",
        (
            f"{samples:,} cells of NAS-Bench-201 drawn uniformly from seed {options.seed}, the paper's map is of "
            f"NAS-Bench-101; t-SNE by scikit-learn with its defaults. {reported(options.tables)} CIFAR-10. Each area "
            "shows the mean of its cells.",
            *found.protocol,
            "The table is of the embeddings, not of the map: the mean difference in accuracy of a cell and its "
            "nearest other of the sample, beside that of random pairs; and the share of the variance of accuracies "
            f"that the mean of the {NEIGHBOURS} nearest others explains. The supervised encoder has seen 250 of all "
            "accuracies, arch2vec none.",
        ),
        (ResultTable("How alike near cells are", (), _COLUMNS, tuple(rows)),),
        (picture,),
    )


def project(points: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """t-SNE to two dimensions ``(n, 2)``."""
    from sklearn.manifold import TSNE

    perplexity = min(30.0, (len(points) - 1) / 3)
    projected: NDArray[np.float32] = TSNE(random_state=seed % SEEDS, perplexity=perplexity, n_jobs=1).fit_transform(
        points
    )
    return projected


def roughness(
    points: NDArray[np.float32], accuracies: NDArray[np.float64], rng: np.random.Generator
) -> dict[str, Figure]:
    """How much accuracies of near points differ."""
    from sklearn.neighbors import NearestNeighbors

    indices = NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(points).kneighbors(return_distance=False)[:, :NEIGHBOURS]
    near = np.abs(accuracies[indices[:, 0]] - accuracies).mean()
    far = np.abs(rng.permutation(accuracies) - accuracies).mean()
    left = np.square(accuracies[indices].mean(axis=1) - accuracies).mean() / accuracies.var()
    figures = (near, far, 100 * (1 - left))
    return {column: Figure(float(figure)) for column, figure in zip(_COLUMNS, figures, strict=True)}


REPRODUCTION = Reproduction(
    "the latent space in two dimensions, coloured by accuracy (Figure 4)",
    frozenset({"samples", "epochs", "tables"}),
    run,
    {
        "samples": Limits(
            NEIGHBOURS + 2, SPACE_CELLS, f"cells of NAS-Bench-201, each with its {NEIGHBOURS} nearest others"
        )
    },
)
