"""Figure 3 of MetaD2A: accuracy over multiply-adds in the MobileNetV3 space, on datasets never seen.

The paper compares with NSGANetV2 on 224-pixel images, both with the weights of the ImageNet supernet, fine-tuned. Here
every network is evaluated in the supernet that ships, or in another one, with a classifier fitted to the dataset. With
``epochs`` the first proposal, the best of the random networks as evaluated, and random networks are then trained on
from the supernet's weights, as somebody would who wants to use them.
"""

import time
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nas_plugins.evaluation.supernet_settings import SupernetSettings
from nas_plugins.reproduction.drawing import taught_model
from nas_plugins.reproduction.metad2a_table4 import share
from nas_plugins.reproduction.options import Options, Reproduction
from nas_plugins.reproduction.published import METAD2A
from nas_plugins.reproduction.report import Figure, Report, ResultTable, Row
from nas_plugins.reproduction.targets import NAMES, check_images, load_target
from nas_plugins.spaces import MobileNetV3, constrain
from nas_plugins.spaces.cost_bound import network_bounds
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.mobilenetv3 import Subnet
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST
from nas_plugins.strategies import MetaD2A

if TYPE_CHECKING:
    from nas_plugins.spaces.mobilenetv3.published_predictor import PublishedPredictor
    from nas_plugins.strategies.metad2a import MetaD2AModel

DATASETS = ("cifar10", "cifar100", "oxford_pets_3breeds")
BOUNDS = (150e6, 200e6, 250e6, 300e6, 400e6)
RANDOM = 20
PROPOSALS = 5
CLASSES = 1000
"""Classes of the networks whose multiply-adds are counted, whoever chose them and for whichever dataset."""

_GENERATED = 2000

_SPACE = MobileNetV3()
_ZERO_SHOT, _BEST_PROPOSAL = "MetaD2A, top 1", f"MetaD2A, best of {PROPOSALS}"
_SOME_RANDOM = "random networks"
_ONE_RANDOM, _BEST_RANDOM = "one random network (mean)", "best random network"
_EVOLVED, _LARGEST = "evolution with ImageNet predictor", "largest network"


def run(options: Options) -> Report:
    """Compute the table and draw the figure."""
    # Here, not above: the command line knows this figure before it needs torch.
    from nas_plugins.evaluation.supernet_evaluation import SupernetEvaluation
    from nas_plugins.reproduction.tuned_subnets import TunedSubnets
    from nas_plugins.spaces.mobilenetv3.checkpoint import find_supernet
    from nas_plugins.spaces.mobilenetv3.published_predictor import PublishedPredictor

    runs, samples = options.runs or 1, options.samples or RANDOM
    if runs > samples:
        raise InvalidArgument(
            f"wanted no more --runs than --samples, as each run trains another of the random networks, got {runs} runs "
            f"and {samples} samples; give fewer runs or more samples"
        )
    check_images(options.images, DATASETS)
    model = taught_model(options.weights, _SPACE)
    supernet = find_supernet(options.supernet)
    settings = SupernetSettings(latency_passes=0, calibration_images=1000, seed=options.seed, split_seed=options.seed)
    predictor = None if options.source is None else PublishedPredictor.load(options.source)
    rng = np.random.default_rng(options.seed)
    drawn = {bound: random_networks(bound, samples, rng) for bound in BOUNDS}
    evolved = {} if predictor is None else {bound: _evolve(predictor, drawn[bound], bound, rng) for bound in BOUNDS}
    tables, panels, steps = [], {}, len(DATASETS) * len(BOUNDS)
    seconds: list[float] = []
    for number, name in enumerate(DATASETS):
        dataset = load_target(options.images, name, folder_size=supernet.image_size)
        train = dataset.train_test(seed=options.seed)[0]
        evaluation = SupernetEvaluation(supernet, dataset, settings)
        accuracy = cache(evaluation.accuracy)
        # Whoever looks networks up chooses among them by other images than those that are reported.
        guide = cache(SupernetEvaluation(supernet, train, settings).accuracy)
        images = train.images_by_class()
        points: dict[str, dict[float, tuple[float, float]]] = {}
        chosen: dict[str, dict[str, Sequence[Subnet]]] = {_ZERO_SHOT: {}, _BEST_RANDOM: {}, _SOME_RANDOM: {}}
        for done, bound in enumerate(BOUNDS, start=1):
            start = time.perf_counter()
            proposals = _proposals(images, bound, options)
            seconds.append(time.perf_counter() - start)
            of_bound = _measure(proposals, drawn[bound], evolved.get(bound), accuracy, guide)
            for method, (subnet, value) in of_bound.items():
                points.setdefault(method, {})[bound] = _macs(subnet), value
            for method in (_ZERO_SHOT, _BEST_RANDOM):
                chosen[method][_column(bound)] = [of_bound[method][0]] * runs
            chosen[_SOME_RANDOM][_column(bound)] = drawn[bound][:runs]
            options.on_step("bounds", number * len(BOUNDS) + done, steps)
        points[_LARGEST] = {max(BOUNDS): (_macs(LARGEST), accuracy(LARGEST))}
        panels[NAMES[name]] = {method: list(own.values()) for method, own in points.items()}
        tables.append(_table(NAMES[name], points))
        if options.epochs is not None:
            tuned = TunedSubnets(supernet, dataset, epochs=options.epochs, seed=options.seed)
            title = f"Accuracy (%) on {NAMES[name]} after {options.epochs} epochs of training"
            tables.append(tuned.table(title, chosen, on_step=partial(options.on_step, f"trainings on {NAMES[name]}")))
    picture = _draw(panels, options.output / "metad2a-figure3.png")
    return Report(
        "metad2a-figure3",
        "Accuracy over multiply-adds on unseen datasets, MobileNetV3 space",
        f"{METAD2A}, Figure 3, at our scale",
        (
            f"Accuracy in percent of held-out images, evaluated in a supernet of width {supernet.width:g} at "
            f"{evaluation.image_size} pixels (classifier fitted by ridge regression, normalisation calibrated on 1,000 "
            "training images), nothing trained or fine-tuned but where a table says so. The paper fine-tunes at 224 "
            "pixels: its figures are no measure for these.",
            "Bounds and multiply-adds of all methods are counted at width 1, 224 pixels and 1,000 classes, as "
            "published.",
            f"MetaD2A proposes without a look-up on the dataset; the median search took {np.median(seconds):.1f} s. "
            f"Best of {PROPOSALS} looks {PROPOSALS} networks up.",
            f"Random: {samples} networks for each bound, drawn uniformly within it, the same for all datasets.",
            "The best of several is the one that the supernet evaluates best on a fifth of the training images, with "
            "the others as its training images; what is reported is the accuracy on the images held out.",
            "Evolution with ImageNet predictor: Once-for-All's recipe, its published accuracy predictor in place of a "
            "look-up; it knows nothing of the dataset."
            if predictor is not None
            else "Without --source no evolution with Once-for-All's accuracy predictor.",
            _tuning(options, runs),
            f"Everything is drawn once, from seed {options.seed}.",
        ),
        (*tables, _generation(model, images, options)),
        (picture,),
    )


def _tuning(options: Options, runs: int) -> str:
    if options.epochs is None:
        return "Nothing was trained on; --epochs does that too."
    return (
        f"After {options.epochs} epochs: from the supernet's weights with a fresh classifier, settings of a trial, the "
        f"same held-out images; {runs} seed{'s' * (runs > 1)}. Random networks are the first drawn, another one for "
        "each seed."
    )


def _column(bound: float) -> str:
    return f"at most {bound / 1e6:.0f} M"


def _proposals(images: Sequence[NDArray[np.uint8]], bound: float, options: Options) -> list[Subnet]:
    """MetaD2A's networks within a bound, best first."""
    strategy = MetaD2A(
        _SPACE,
        images,
        top=PROPOSALS,
        max_macs=bound,
        scale={"num_classes": CLASSES},
        seed=options.seed,
        weights=options.weights,
    )
    return [proposal.architecture for proposal in strategy.proposals]


def random_networks(bound: float, count: int, rng: np.random.Generator) -> list[Subnet]:
    """Networks drawn uniformly within a bound on multiply-adds."""
    within = constrain(_SPACE, network_bounds(_SPACE, max_macs=bound, num_classes=CLASSES))
    return [within.sample(rng) for _ in range(count)]


def _evolve(predictor: "PublishedPredictor", start: Sequence[Subnet], bound: float, rng: np.random.Generator) -> Subnet:
    """The network the published predictor thinks best within a bound, by evolution (Cai et al., 2020, section 3.4)."""
    from nas_plugins.strategies.metad2a.ascent import ascend

    found, predicted = list(start), [0.0]
    for _ in range(5):
        found, predicted = ascend(
            _SPACE,
            found,
            lambda subnets: predictor(subnets).tolist(),
            rng,
            allows=lambda subnet: _SPACE.cost(subnet, CLASSES).multiply_adds <= bound,
        )
        order = np.argsort(predicted)[::-1][:200]
        found, predicted = [found[index] for index in order], [predicted[index] for index in order]
    return found[0]


def _measure(
    proposals: Sequence[Subnet],
    drawn: Sequence[Subnet],
    evolved: Subnet | None,
    accuracy: Callable[[Subnet], float],
    guide: Callable[[Subnet], float],
) -> dict[str, tuple[Subnet, float]]:
    """A network and its accuracy by method; the network of a mean is the one whose cost is the median.

    Args:
        proposals: MetaD2A's, best first.
        drawn: Random ones.
        evolved: What evolution with the published predictor found.
        accuracy: On the images that are reported.
        guide: On those that say which of several is the best.
    """
    random = {subnet: accuracy(subnet) for subnet in drawn}
    best = max(random, key=guide)
    middle = sorted(drawn, key=_macs)[len(drawn) // 2]
    proposed = max(proposals, key=guide)
    measured = {
        _ZERO_SHOT: (proposals[0], accuracy(proposals[0])),
        _BEST_PROPOSAL: (proposed, accuracy(proposed)),
        _ONE_RANDOM: (middle, float(np.mean(list(random.values())))),
        _BEST_RANDOM: (best, random[best]),
    }
    return measured if evolved is None else measured | {_EVOLVED: (evolved, accuracy(evolved))}


def _table(name: str, points: dict[str, dict[float, tuple[float, float]]]) -> ResultTable:
    columns = {bound: _column(bound) for bound in BOUNDS}
    rows = [
        Row(
            method,
            {columns[bound]: Figure(value) for bound, (_, value) in own.items()},
            {"multiply-adds (M)": ", ".join(f"{macs:.0f}" for macs, _ in own.values())},
        )
        for method, own in points.items()
        if method != _LARGEST
    ]
    macs, value = points[_LARGEST][max(BOUNDS)]
    rows.append(Row(_LARGEST, {"no bound": Figure(value)}, {"multiply-adds (M)": f"{macs:.0f}"}))
    return ResultTable(f"Accuracy (%) on {name}", ("multiply-adds (M)",), (*columns.values(), "no bound"), tuple(rows))


def _generation(model: "MetaD2AModel", images: Sequence[NDArray[np.uint8]], options: Options) -> ResultTable:
    """Validity, uniqueness and novelty of the generator over distinct networks, for the last dataset's images."""
    from nas_plugins.reproduction.drawing import draw_graphs, draw_views

    rng = np.random.default_rng(options.seed)
    graphs = draw_graphs(model, draw_views(model, images, rng), _GENERATED, rng)
    texts = []
    for graph in graphs:
        try:
            texts.append(str(_SPACE.from_graph(graph)))
        except InvalidArchitecture:
            continue
    taught = frozenset(model.about["taught"])
    column = f"draws for {NAMES[DATASETS[-1]]}"
    figures = {
        "validity": share(len(texts), len(graphs)),
        "uniqueness": Figure(100 * len(set(texts)) / max(len(texts), 1)),
        "novelty": share(sum(text not in taught for text in texts), len(texts)),
    }
    rows = tuple(Row(name, {column: figure}) for name, figure in figures.items())
    return ResultTable(f"The generator: share of {_GENERATED:,} draws (%)", (), (column,), rows)


def _macs(subnet: Subnet) -> float:
    return _SPACE.cost(subnet, CLASSES).multiply_adds / 1e6


def _draw(panels: dict[str, dict[str, list[tuple[float, float]]]], path: Path) -> Path:
    from nas_plugins.plots import draw_accuracy_over_cost

    return draw_accuracy_over_cost(
        panels, path, title="Accuracy over multiply-adds on datasets never seen, evaluated in one supernet"
    )


REPRODUCTION = Reproduction(
    "accuracy over multiply-adds in the MobileNetV3 space (Figure 3)",
    frozenset({"images", "weights", "supernet", "source", "samples", "epochs", "runs"}),
    run,
)
