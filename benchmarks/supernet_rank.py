"""Whether a supernet orders its subnets as training each alone does.

    python benchmarks/supernet_rank.py SUPERNET DATASET... [--subnets 12] [--also SUBNET...] [--epochs 12] [--runs FILE]
                                       [--taught FOLDER | --untaught FOLDER] [--bands 8] [--most 80] [--only-recorded]

DATASETs are those the supernet was trained on. Subnets are drawn with every setting by chance, which makes them
resemble each other: sizes average out. --bands draws one more in each of so many bands of multiply-adds, all as wide in
proportion, from the smallest network to the largest. --also names others. Each is trained by itself from fresh weights
on the supernet's training images: by its labels alone, with padded crops and flips, as trials are trained; or with
--taught as the supernet trains it, by the same augmentation and by the answers of the supernet's largest network, which
are kept in FOLDER, as are trainings that have not ended; or with --untaught by the same augmentation and by its labels
alone. --most is the one that the supernet was trained with. The network's accuracy on the validation images stands
beside the one that it has in the supernet, after a calibration and without any training. Reported are, of each kind and
of all, Spearman's and Kendall's correlation, with a 95 % interval over bootstraps of the subnets; Spearman's with the
supernet's cross-entropy in place of its accuracy, which differs less by chance; the correlation of each with the
multiply-adds and with the number of blocks, that of the multiply-adds among subnets of as many blocks (what a straight
line in the ranks of the blocks explains is taken from both ranks), how many pairs stand in the same order, and the
noise of one accuracy from the number of images. Stand-alone trainings are kept in FILE and not repeated; what else is
in it is among the others. A bare number there is an accuracy, of a training whose cross-entropy is not known.
"""

import argparse
import math
from collections.abc import Callable, Collection
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from rank_report import print_ranks
from taught_training import TaughtTraining

from nas_plugins.datasets import ImageDataset, load_dataset
from nas_plugins.evaluation.supernet_images import SupernetImages
from nas_plugins.evaluation.supernet_validation import SupernetValidation
from nas_plugins.evaluation.training import Training
from nas_plugins.evaluation.training_settings import TrainingSettings
from nas_plugins.spaces import CostBound, MobileNetV3, constrain
from nas_plugins.spaces.cost_measure import NetworkCost
from nas_plugins.spaces.files import read_json, write_json
from nas_plugins.spaces.mobilenetv3.checkpoint import load_supernet
from nas_plugins.spaces.mobilenetv3.shrinking_settings import ShrinkingSettings
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, SMALLEST, Subnet

_SPACE = MobileNetV3()


Figures = dict[str, float]
"""What a network trained by itself comes to: ``accuracy`` in percent, and ``cross_entropy`` where it is known."""


def recorded(runs: Path) -> dict[str, Figures]:
    """The trainings on file."""
    found = read_json(runs) if runs.is_file() else {}
    return {subnet: one if isinstance(one, dict) else {"accuracy": one} for subnet, one in found.items()}


def kept(runs: Path, subnets: list[str], train: Callable[[Subnet], Figures]) -> dict[str, Figures]:
    """Figures of each subnet trained by itself; those in the file are not trained again."""
    found = recorded(runs)
    for subnet in subnets:
        if subnet not in found:
            found[subnet] = train(_SPACE.parse(subnet))
            write_json(runs, found)
            print(f"{subnet}: {found[subnet]['accuracy']:.2f} % alone", flush=True)
    return {subnet: found[subnet] for subnet in subnets}


def chosen(
    named: dict[str, list[str]], on_file: Collection[str], *, only_recorded: bool
) -> tuple[list[str], dict[str, slice]]:
    """Subnets to report, each once, and which of them are of which kind; what is on file alone is among the last."""
    *_, last = named
    subnets: list[str] = []
    kinds = {}
    for kind, wanted in named.items():
        start = len(subnets)
        more = on_file if kind == last else ()
        fresh = [one for one in (*wanted, *more) if one not in subnets and (one in on_file or not only_recorded)]
        subnets += dict.fromkeys(fresh)
        kinds[kind] = slice(start, len(subnets))
    return subnets, kinds


def one_in_each(bands: int, seed: int) -> list[str]:
    """Networks drawn uniformly within bands of multiply-adds that are as wide in proportion."""
    rng, measure = np.random.default_rng(seed), NetworkCost(_SPACE, "multiply_adds", num_classes=1000)
    edges = np.geomspace(measure(SMALLEST), measure(LARGEST), bands + 1).round()
    drawn = []
    for low, high in pairwise(edges):
        below = constrain(_SPACE, (CostBound(measure, high),))
        drawn.append(next(subnet for subnet in iter(partial(below.sample, rng), None) if measure(subnet) >= low))
    return list(map(str, drawn))


def by_labels(images: SupernetImages, settings: ShrinkingSettings, epochs: int) -> Callable[[Subnet], Figures]:
    """Training as trials are trained."""
    both = ImageDataset(
        "supernet images",
        np.concatenate([images.train.images, images.validation.images]),
        np.concatenate([images.train.labels, images.validation.labels]),
        images.train.class_names,
        np.repeat([0, 1], [len(images.train), len(images.validation)]),
    )
    trial = TrainingSettings(
        epochs=epochs,
        batch_size=settings.batch_size,
        learning_rate=2 * settings.learning_rate,  # per 256 images
        weight_decay=settings.weight_decay,
        channels=round(16 * settings.width),
        cells=1,
        flip=True,
        image_size=settings.image_size,
    )
    return lambda subnet: {"accuracy": Training(subnet, _SPACE, both, trial).finish()}


def as_shrinking(alone: TaughtTraining, validation: SupernetValidation) -> Callable[[Subnet], Figures]:
    """Training as the supernet trains its subnets."""

    def train(subnet: Subnet) -> Figures:
        accuracy, loss = validation.of_network(alone.train(subnet))
        return {"accuracy": accuracy, "cross_entropy": loss}

    return train


def main() -> None:
    """Train, evaluate, correlate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("supernet", type=Path, help="weights; with a missing file only the stand-alone trainings run")
    parser.add_argument("datasets", nargs="+")
    parser.add_argument("--subnets", type=int, default=12)
    parser.add_argument("--bands", type=int, default=0)
    parser.add_argument("--also", nargs="+", default=[])
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--width", type=float, default=ShrinkingSettings().width)
    parser.add_argument("--image-size", type=int, default=ShrinkingSettings().image_size)
    parser.add_argument("--most", type=int, default=80, help="training images of a class")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--taught", type=Path, metavar="FOLDER")
    way.add_argument("--untaught", type=Path, metavar="FOLDER")
    parser.add_argument("--runs", type=Path, default=Path("results/supernet_rank.json"))
    parser.add_argument("--only-recorded", action="store_true", help="report what FILE holds, train nothing")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    images = SupernetImages.gather([load_dataset(path) for path in arguments.datasets], most=arguments.most)
    rng, phase = np.random.default_rng(arguments.seed), ShrinkingSettings().phases[-1]
    drawn = [str(phase.sample(rng)) for _ in range(arguments.subnets)]
    named = {"drawn": drawn, "bands": one_in_each(arguments.bands, arguments.seed), "others": arguments.also}
    subnets, kinds = chosen(named, recorded(arguments.runs), only_recorded=arguments.only_recorded)
    settings = ShrinkingSettings(width=arguments.width, image_size=arguments.image_size)
    supernet = load_supernet(arguments.supernet) if arguments.supernet.is_file() else None
    validation = SupernetValidation(images.validation, settings.image_size)
    calibration = SupernetValidation.calibration(images.train, settings.image_size)
    training: Callable[[Subnet], Figures]
    if folder := arguments.taught or arguments.untaught:
        if arguments.taught and supernet is None:
            parser.error(f"wanted the weights of the supernet that teaches, found no file {arguments.supernet}")
        training = as_shrinking(
            TaughtTraining(
                images.train,
                supernet if arguments.taught else None,
                settings,
                epochs=arguments.epochs,
                calibration=calibration,
                answers=folder,
            ),
            validation,
        )
    else:
        training = by_labels(images, settings, arguments.epochs)
    alone = kept(arguments.runs, subnets, training)
    if supernet is None:
        return
    rows = []
    for subnet in subnets:
        parsed = _SPACE.parse(subnet)
        accuracy, loss = validation.accuracy_and_loss(supernet, parsed, calibration)
        cost = _SPACE.cost(parsed, 1000).multiply_adds
        own = (alone[subnet]["accuracy"], alone[subnet].get("cross_entropy", math.nan))
        rows.append((subnet, cost, sum(map(len, parsed.units)), accuracy, loss, *own))
    columns = ["subnet", "multiply_adds", "blocks", "shared", "shared_loss", "alone", "alone_loss"]
    print_ranks(pd.DataFrame(rows, columns=columns), kinds, len(images.validation))


if __name__ == "__main__":
    main()
