"""Table 4 of MetaD2A: whether the generator's draws are cells, how many differ, and how many it was not taught.

Validity: the share of drawn graphs that are members of the space, operations and edges. The official code throws the
edges away and looks at the operations alone; that share is the second row. Uniqueness: distinct cells among the valid
draws, as a share of them. Novelty: valid draws that are none of the architectures the generator was taught, as a share
of the valid draws (Zhang et al., D-VAE, NeurIPS 2019, section 4.1). The authors draw latent vectors from the prior, a
standard normal; the other columns are draws for a dataset, which is how the generator is used.
"""

import math
from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from nas_plugins.reproduction.drawing import cells_of, draw_graphs, draw_views, model_name, taught_model
from nas_plugins.reproduction.options import Options, Reproduction
from nas_plugins.reproduction.published import METAD2A, METAD2A_TABLE_4
from nas_plugins.reproduction.report import Figure, Report, ResultTable, Row
from nas_plugins.reproduction.targets import NAMES, target_images
from nas_plugins.spaces import NASBench201

if TYPE_CHECKING:
    from nas_plugins.spaces.graph import Graph

DATASETS = ("cifar10", "cifar100")
SAMPLES = 10_000
_PRIOR = "prior"


def run(options: Options) -> Report:
    """Compute the table."""
    space = NASBench201()
    samples = options.samples or SAMPLES
    model = taught_model(options.weights, space)
    taught = model.about["taught"]
    rng = np.random.default_rng(options.seed)
    columns: dict[str, dict[str, Figure]] = {}
    places = {_PRIOR: None} | {name: target_images(options.images, name) for name in DATASETS if options.images}
    for done, (place, images) in enumerate(places.items(), start=1):
        views = None if images is None else draw_views(model, images, rng)
        graphs = draw_graphs(model, views, samples, rng, prior=images is None)
        columns[NAMES.get(place, place)] = measure(graphs, space, taught)
        options.on_step("draws", done, len(places))
    measures = list(next(iter(columns.values())))
    rows = [Row(name, {place: figures[name] for place, figures in columns.items()}) for name in measures]
    rows += [Row(name, {_PRIOR: figure}, published=True) for name, figure in METAD2A_TABLE_4.items()]
    return Report(
        "metad2a-table4",
        "Validity, uniqueness and novelty of what is generated",
        f"{METAD2A}, Table 4",
        (
            f"{samples:,} draws per column from seed {options.seed} at temperature 1, with Wilson's 95 % interval of "
            f"a share; {model_name(options.weights)}",
            "Validity: share of draws that are cells, edges included; the official code checks operations alone. "
            "Uniqueness: distinct cells as a share of the valid draws; it falls with the number of draws, as the space "
            f"has {len(space):,} cells. Novelty: share of the valid draws that are none of the {len(taught):,} cells "
            "the generator was taught.",
            "Prior: latent vectors from a standard normal, as in the paper. The other columns: for a dataset's images.",
        ),
        (ResultTable("Share of draws (%)", (), tuple(columns), tuple(rows)),),
    )


def measure(graphs: "list[Graph]", space: NASBench201, taught: Collection[str]) -> dict[str, Figure]:
    """Validity, uniqueness and novelty of drawn graphs, in percent; novelty is left out where nothing was taught."""
    cells = [str(cell) for cell in cells_of(graphs, space)]
    by_operations = sum(_operations_of_a_cell(graph, space) for graph in graphs)
    figures = {
        "validity": share(len(cells), len(graphs)),
        "validity by operations": share(by_operations, len(graphs)),
        # Distinct cells are no independent trials, so that there is no interval of a share.
        "uniqueness": Figure(100 * len(set(cells)) / max(len(cells), 1)),
    }
    if taught:
        known = frozenset(taught)
        figures["novelty"] = share(sum(cell not in known for cell in cells), len(cells))
    return figures


def share(count: int, total: int) -> Figure:
    """A share in percent with Wilson's 95 % interval (Wilson, 1927), which stays within 0 and 100.

    >>> share(10_000, 10_000).text()
    '100.00 [99.96, 100.00]'
    """
    from scipy.stats import binomtest

    if not total:
        return Figure(math.nan)
    interval = binomtest(count, total).proportion_ci(method="wilson")
    # At the ends of the range rounding may leave the share itself just outside.
    p = count / total
    return Figure(100 * p, None, 100 * min(interval.low, p), 100 * max(interval.high, p))


def _operations_of_a_cell(graph: "Graph", space: NASBench201) -> bool:
    """Whether the operations alone are those of a cell: an input, six inner nodes, an output (official code)."""
    inner = space.operations[1:-1]
    ends = (graph.operations[0], graph.operations[-1]) == (space.operations[0], space.operations[-1])
    return ends and len(graph.operations) == 8 and all(name in inner for name in graph.operations[1:-1])


REPRODUCTION = Reproduction(
    "validity, uniqueness and novelty of generated cells (Table 4)",
    frozenset({"images", "weights", "samples"}),
    run,
)
