"""Whether a supernet orders its subnets as training each alone does.

    python benchmarks/supernet_rank.py SUPERNET DATASET... [--subnets 12] [--extremes] [--epochs 12] [--runs FILE]

DATASETs are those the supernet was trained on. Subnets are drawn with every setting evenly, which spreads them over
sizes; --extremes adds the largest and the smallest, which differ from each other by more. Each is trained by itself
from fresh weights on the supernet's training images. Its accuracy on the validation images stands beside the one that
it has in the supernet, after a calibration and without any training. Reported are Spearman's and Kendall's correlation,
with a 95 % interval over bootstraps of the subnets; Spearman's with the supernet's cross-entropy in place of its
accuracy, which differs less by chance; the correlation of each with the multiply-adds and with the number of blocks,
that of the multiply-adds among subnets of as many blocks (what a straight line in the ranks of the blocks explains is
taken from both ranks), and the noise of one accuracy from the number of images. Stand-alone trainings are kept in FILE
and not repeated.
"""

import argparse
import math
from pathlib import Path

import numpy as np
import torch
from scipy.stats import kendalltau, rankdata, spearmanr

from nas_plugins.datasets import ImageDataset, load_dataset
from nas_plugins.evaluation.supernet_images import SupernetImages
from nas_plugins.evaluation.supernet_validation import SupernetValidation
from nas_plugins.evaluation.training import Training
from nas_plugins.evaluation.training_settings import TrainingSettings
from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.files import read_json, write_json
from nas_plugins.spaces.mobilenetv3.shrinking_settings import ShrinkingSettings
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, SMALLEST

_SPACE = MobileNetV3()


def train_alone(images: SupernetImages, subnets: list[str], settings: TrainingSettings, runs: Path) -> dict[str, float]:
    """Accuracy of each subnet trained by itself; those in the file are not trained again."""
    found = read_json(runs) if runs.is_file() else {}
    split = np.repeat([0, 1], [len(images.train), len(images.validation)])
    both = ImageDataset(
        "supernet images",
        np.concatenate([images.train.images, images.validation.images]),
        np.concatenate([images.train.labels, images.validation.labels]),
        images.train.class_names,
        split,
    )
    for subnet in subnets:
        if subnet not in found:
            found[subnet] = Training(_SPACE.parse(subnet), _SPACE, both, settings).finish()
            write_json(runs, found)
            print(f"{subnet}: {found[subnet]:.2f} % alone", flush=True)
    return {subnet: found[subnet] for subnet in subnets}


def at_equal(blocks: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
    """Partial rank correlation: what the ranks of the blocks explain linearly is taken from both ranks."""
    by, *ranks = (rankdata(values) - (len(values) + 1) / 2 for values in (blocks, first, second))
    one, other = (own - by * (own @ by) / (by @ by) for own in ranks)
    return float(np.corrcoef(one, other)[0, 1])


def main() -> None:
    """Train, evaluate, correlate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("supernet", type=Path, help="weights; with a missing file only the stand-alone trainings run")
    parser.add_argument("datasets", nargs="+")
    parser.add_argument("--subnets", type=int, default=12)
    parser.add_argument("--extremes", action="store_true")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--width", type=float, default=ShrinkingSettings().width)
    parser.add_argument("--image-size", type=int, default=ShrinkingSettings().image_size)
    parser.add_argument("--runs", type=Path, default=Path("results/supernet_rank.json"))
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    images = SupernetImages.gather([load_dataset(path) for path in arguments.datasets])
    rng, phase = np.random.default_rng(arguments.seed), ShrinkingSettings().phases[-1]
    subnets = [str(phase.sample(rng)) for _ in range(arguments.subnets)]
    subnets += [str(LARGEST), str(SMALLEST)] if arguments.extremes else []
    settings = TrainingSettings(
        epochs=arguments.epochs,
        batch_size=128,
        learning_rate=0.2,  # per 256 images: 0.1 at this batch, as the supernet's first phase
        weight_decay=3e-5,
        channels=round(16 * arguments.width),
        cells=1,
        flip=True,
        image_size=arguments.image_size,
    )
    alone = train_alone(images, subnets, settings, arguments.runs)
    if not arguments.supernet.is_file():
        return
    from nas_plugins.spaces.mobilenetv3.checkpoint import load_supernet

    supernet = load_supernet(arguments.supernet)
    validation = SupernetValidation(images.validation, supernet.image_size)
    calibration = SupernetValidation.calibration(images.train, supernet.image_size)
    measured = [validation.accuracy_and_loss(supernet, _SPACE.parse(subnet), calibration) for subnet in subnets]
    shared, loss = np.array(measured).T
    separate = np.array([alone[subnet] for subnet in subnets])
    cost = np.array([_SPACE.cost(_SPACE.parse(subnet), 1000).multiply_adds for subnet in subnets])
    blocks = np.array([sum(map(len, _SPACE.parse(subnet).units)) for subnet in subnets])
    for subnet, one, other, macs in zip(subnets, shared, separate, cost, strict=True):
        print(f"{one:6.2f} % in the supernet  {other:6.2f} % alone  {macs / 1e6:6.1f} M multiply-adds  {subnet}")
    drawn = np.random.default_rng(0).integers(len(subnets), size=(2000, len(subnets)))
    bootstrapped = [spearmanr(shared[rows], separate[rows])[0] for rows in drawn if len(set(rows)) > 2]
    low, high = np.nanquantile(bootstrapped, [0.025, 0.975])
    noise = math.sqrt(np.mean(separate) * (100 - np.mean(separate)) / len(images.validation))
    print(
        f"{len(subnets)} subnets, {arguments.epochs} epochs alone: Spearman {spearmanr(shared, separate)[0]:.2f} "
        f"({low:.2f} to {high:.2f}), Kendall {kendalltau(shared, separate)[0]:.2f}; Spearman by cross-entropy "
        f"{spearmanr(-loss, separate)[0]:.2f}; with multiply-adds: supernet "
        f"{spearmanr(shared, cost)[0]:.2f}, alone {spearmanr(separate, cost)[0]:.2f}; with blocks: supernet "
        f"{spearmanr(shared, blocks)[0]:.2f}, alone {spearmanr(separate, blocks)[0]:.2f}; with multiply-adds at equal "
        f"blocks: supernet {at_equal(blocks, shared, cost):.2f}, alone {at_equal(blocks, separate, cost):.2f}; "
        "one accuracy is uncertain by "
        f"{noise:.2f} points of {len(images.validation)} images, subnets differ by {np.std(separate):.2f}"
    )


if __name__ == "__main__":
    main()
