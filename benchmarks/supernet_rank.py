"""Whether a supernet orders its subnets as training each alone does.

    python benchmarks/supernet_rank.py SUPERNET DATASET... [--subnets 12] [--also SUBNET...] [--epochs 12] [--runs FILE]
                                       [--taught FOLDER]

DATASETs are those the supernet was trained on. Subnets are drawn with every setting by chance, which makes them
resemble each other: sizes average out. --also names others, such as the smallest and the largest. Each is trained by
itself from fresh weights on the supernet's training images: by its labels alone, with padded crops and flips, as trials
are trained; or with --taught as the supernet trains it, by the same augmentation and by the answers of the supernet's
largest network, which are kept in FOLDER. Its accuracy on the validation images stands beside the one that it has in
the supernet, after a calibration and without any training. Reported are, of the drawn ones, of the others and of all,
Spearman's and Kendall's correlation, with a 95 % interval over bootstraps of the subnets; Spearman's with the
supernet's cross-entropy in place of its accuracy, which differs less by chance; the correlation of each with the
multiply-adds and with the number of blocks, that of the multiply-adds among subnets of as many blocks (what a straight
line in the ranks of the blocks explains is taken from both ranks), and the noise of one accuracy from the number of
images. Stand-alone trainings are kept in FILE and not repeated; what else is in it is among the others.
"""

import argparse
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from scipy.stats import kendalltau, rankdata, spearmanr
from taught_training import TaughtTraining

from nas_plugins.datasets import ImageDataset, load_dataset
from nas_plugins.evaluation.supernet_images import SupernetImages
from nas_plugins.evaluation.supernet_validation import SupernetValidation
from nas_plugins.evaluation.training import Training
from nas_plugins.evaluation.training_settings import TrainingSettings
from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.files import read_json, write_json
from nas_plugins.spaces.mobilenetv3.checkpoint import load_supernet
from nas_plugins.spaces.mobilenetv3.shrinking_settings import ShrinkingSettings
from nas_plugins.spaces.mobilenetv3.subnet import Subnet

_SPACE = MobileNetV3()


def kept(runs: Path, subnets: list[str], accuracy: Callable[[Subnet], float]) -> dict[str, float]:
    """Accuracy of each subnet trained by itself; those in the file are not trained again."""
    found = read_json(runs) if runs.is_file() else {}
    for subnet in subnets:
        if subnet not in found:
            found[subnet] = accuracy(_SPACE.parse(subnet))
            write_json(runs, found)
            print(f"{subnet}: {found[subnet]:.2f} % alone", flush=True)
    return {subnet: found[subnet] for subnet in subnets}


def by_labels(images: SupernetImages, settings: ShrinkingSettings, epochs: int) -> Callable[[Subnet], float]:
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
    return lambda subnet: Training(subnet, _SPACE, both, trial).finish()


def by_teacher(taught: TaughtTraining, validation: SupernetValidation) -> Callable[[Subnet], float]:
    """Training as the supernet trains its subnets."""
    return lambda subnet: validation.of_network(taught.train(subnet))[0]


def at_equal(blocks: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
    """Partial rank correlation: what the ranks of the blocks explain linearly is taken from both ranks."""
    by, *ranks = (rankdata(values) - (len(values) + 1) / 2 for values in (blocks, first, second))
    one, other = (own - by * (own @ by) / (by @ by) for own in ranks)
    return float(np.corrcoef(one, other)[0, 1])


def report(kind: str, shared: np.ndarray, loss: np.ndarray, alone: np.ndarray, subnets: list[str]) -> None:
    """Print how the accuracies of some subnets go together."""
    parsed = [_SPACE.parse(subnet) for subnet in subnets]
    cost = np.array([_SPACE.cost(subnet, 1000).multiply_adds for subnet in parsed])
    blocks = np.array([sum(map(len, subnet.units)) for subnet in parsed])
    drawn = np.random.default_rng(0).integers(len(subnets), size=(2000, len(subnets)))
    bootstrapped = [spearmanr(shared[rows], alone[rows])[0] for rows in drawn if len(set(rows)) > 2]
    low, high = np.nanquantile(bootstrapped, [0.025, 0.975])
    print(
        f"{len(subnets)} subnets {kind}: Spearman {spearmanr(shared, alone)[0]:.2f} ({low:.2f} to {high:.2f}), "
        f"Kendall {kendalltau(shared, alone)[0]:.2f}; Spearman by cross-entropy {spearmanr(-loss, alone)[0]:.2f}; "
        f"with multiply-adds: supernet {spearmanr(shared, cost)[0]:.2f}, alone {spearmanr(alone, cost)[0]:.2f}; "
        f"with blocks: supernet {spearmanr(shared, blocks)[0]:.2f}, alone {spearmanr(alone, blocks)[0]:.2f}; with "
        f"multiply-adds at equal blocks: supernet {at_equal(blocks, shared, cost):.2f}, alone "
        f"{at_equal(blocks, alone, cost):.2f}; they differ by {np.std(shared):.2f} points in the supernet, by "
        f"{np.std(alone):.2f} alone (standard deviation)"
    )


def main() -> None:
    """Train, evaluate, correlate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("supernet", type=Path, help="weights; with a missing file only the stand-alone trainings run")
    parser.add_argument("datasets", nargs="+")
    parser.add_argument("--subnets", type=int, default=12)
    parser.add_argument("--also", nargs="+", default=[])
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--width", type=float, default=ShrinkingSettings().width)
    parser.add_argument("--image-size", type=int, default=ShrinkingSettings().image_size)
    parser.add_argument("--taught", type=Path, metavar="FOLDER")
    parser.add_argument("--runs", type=Path, default=Path("results/supernet_rank.json"))
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    images = SupernetImages.gather([load_dataset(path) for path in arguments.datasets])
    rng, phase = np.random.default_rng(arguments.seed), ShrinkingSettings().phases[-1]
    drawn = [str(phase.sample(rng)) for _ in range(arguments.subnets)]
    recorded = read_json(arguments.runs) if arguments.runs.is_file() else {}
    subnets = list(dict.fromkeys([*drawn, *arguments.also, *recorded]))
    settings = ShrinkingSettings(width=arguments.width, image_size=arguments.image_size)
    supernet = load_supernet(arguments.supernet) if arguments.supernet.is_file() else None
    validation = SupernetValidation(images.validation, settings.image_size)
    calibration = SupernetValidation.calibration(images.train, settings.image_size)
    training: Callable[[Subnet], float]
    if arguments.taught is None:
        training = by_labels(images, settings, arguments.epochs)
    elif supernet is None:
        parser.error(f"wanted the weights of the supernet that teaches, found no file {arguments.supernet}")
    else:
        taught = TaughtTraining(
            images.train,
            supernet,
            settings,
            epochs=arguments.epochs,
            calibration=calibration,
            answers=arguments.taught,
        )
        training = by_teacher(taught, validation)
    alone = kept(arguments.runs, subnets, training)
    if supernet is None:
        return
    measured = [validation.accuracy_and_loss(supernet, _SPACE.parse(subnet), calibration) for subnet in subnets]
    shared, loss = np.array(measured).T
    separate = np.array([alone[subnet] for subnet in subnets])
    for subnet, one, other in sorted(zip(subnets, shared, separate, strict=True), key=lambda row: row[2]):
        macs = _SPACE.cost(_SPACE.parse(subnet), 1000).multiply_adds
        print(f"{one:6.2f} % in the supernet  {other:6.2f} % alone  {macs / 1e6:6.1f} M multiply-adds  {subnet}")
    noise = math.sqrt(np.mean(separate) * (100 - np.mean(separate)) / len(images.validation))
    print(f"{arguments.epochs} epochs alone; {len(images.validation)} images make an accuracy uncertain by {noise:.2f}")
    kinds = {"drawn": slice(len(drawn)), "others": slice(len(drawn), None), "in all": slice(None)}
    for kind, rows in kinds.items():
        if len(subnets[rows]) > 2 and (kind != "in all" or len(subnets) > len(drawn)):
            report(kind, shared[rows], loss[rows], separate[rows], subnets[rows])


if __name__ == "__main__":
    main()
