"""Is MetaD2A's first proposal, for which nothing was looked up, as good as the best of twenty networks that were?

    python benchmarks/first_proposal.py DATASET... [--splits 1] [--epochs 5] [--runs 2] [--results FILE]

DATASETs are 'digits', folders of class folders or .npz files. For every bound on multiply-adds, counted with 1,000
classes, MetaD2A proposes a network from the training pictures, and twenty are drawn uniformly within the bound and
evaluated in the supernet that ships: the best is the one that does best on a fifth of the training pictures, with the
others as its training pictures. The first proposal, that best one and a network drawn first are then trained on alike,
from the supernet's weights; reported is the accuracy on the held-out pictures, mean over runs (each run has the next
network of the draws as its random one). Split k draws everything from seed k, and what is held out where the dataset
has no test part of its own. These are the networks, trainings and figures of ``reproduce metad2a-figure3``.

Evaluations and trainings are kept in FILE and not repeated. Differences are in points of accuracy, with the standard
error over bounds; over all splits, with the standard error over splits, since the proposals of one split resemble each
other.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from nas_plugins.datasets import ImageDataset, load_dataset
from nas_plugins.evaluation.supernet_evaluation import SupernetEvaluation
from nas_plugins.evaluation.supernet_settings import SupernetSettings
from nas_plugins.reproduction.metad2a_figure3 import BOUNDS, CLASSES, RANDOM, random_networks
from nas_plugins.reproduction.tuned_subnets import TunedSubnets
from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.files import read_json, write_json
from nas_plugins.spaces.mobilenetv3 import Subnet
from nas_plugins.spaces.mobilenetv3.checkpoint import find_supernet
from nas_plugins.strategies import MetaD2A

_SPACE = MobileNetV3()


class Kept:
    """Numbers in a file, computed once each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: dict[str, float] = read_json(path) if path.is_file() else {}

    def __call__(self, key: str, compute: Callable[[], float]) -> float:
        """The number of that name."""
        if key not in self.known:
            self.known[key] = compute()
            write_json(self.path, self.known)
        return self.known[key]


def compare(dataset: ImageDataset, split: int, arguments: argparse.Namespace, kept: Kept) -> list[dict[str, float]]:
    """Accuracies of the three kinds of networks, for each bound."""
    supernet = find_supernet("mobilenetv3")
    settings = SupernetSettings(latency_passes=0, calibration_images=1000, seed=split, split_seed=split)
    train = dataset.train_test(seed=split)[0]
    guide = SupernetEvaluation(supernet, train, settings)
    tuned = TunedSubnets(supernet, dataset, epochs=arguments.epochs, seed=split)
    rng = np.random.default_rng(split)
    drawn = {bound: random_networks(bound, arguments.random, rng) for bound in arguments.bounds}
    name = f"{dataset.name} {split}"
    found = []
    for bound, random in drawn.items():
        best = max(random, key=lambda subnet: kept(f"{name} guide {subnet}", lambda: guide.accuracy(subnet)))
        rows = {
            "proposal": [_proposal(train, bound, split)] * arguments.runs,
            "best": [best] * arguments.runs,
            "random": random[: arguments.runs],
        }
        found.append({kind: _trained(subnets, tuned, name, kept) for kind, subnets in rows.items()})
        print(
            f"{name}, {bound / 1e6:.0f} M: " + ", ".join(f"{kind} {v:.2f}" for kind, v in found[-1].items()), flush=True
        )
    return found


def _proposal(train: ImageDataset, bound: float, seed: int) -> Subnet:
    """MetaD2A's first network within a bound."""
    strategy = MetaD2A(
        _SPACE, train.images_by_class(), top=5, max_macs=bound, scale={"num_classes": CLASSES}, seed=seed
    )
    return strategy.proposals[0].architecture


def _trained(subnets: Sequence[Subnet], tuned: TunedSubnets, name: str, kept: Kept) -> float:
    """Mean accuracy of the runs of one kind."""
    values = []
    for run, subnet in enumerate(subnets):
        key = f"{name} tuned {tuned.epochs} {run} {subnet}"
        values.append(kept(key, lambda subnet=subnet, run=run: tuned.accuracy(subnet, run)))
    return float(np.mean(values))


def summary(title: str, found: list[dict[str, float]], errors_over: list[list[dict[str, float]]]) -> str:
    """Means, and how far the first proposal is ahead of the others.

    Args:
        title: Of what.
        found: Cases.
        errors_over: Groups of cases that stand and fall together, for the standard error.
    """
    text = f"{title}: " + ", ".join(f"{kind} {np.mean([case[kind] for case in found]):.1f}" for kind in found[0])
    for other in ("best", "random"):
        means = [np.mean([case["proposal"] - case[other] for case in group]) for group in errors_over]
        error = f" ± {np.std(means, ddof=1) / np.sqrt(len(means)):.2f}" if len(means) > 1 else ""
        ahead = [np.sign(round(case["proposal"] - case[other], 6)) for case in found]
        text += (
            f"; against {other} {np.mean(means):+.2f}{error}, ahead in {ahead.count(1)}, level in {ahead.count(0)}, "
            f"behind in {ahead.count(-1)}"
        )
    return text


def main() -> None:
    """Compare on every dataset and split."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="+")
    parser.add_argument("--bounds", nargs="+", type=float, default=BOUNDS)
    parser.add_argument("--random", type=int, default=RANDOM)
    parser.add_argument("--splits", type=int, default=1)
    parser.add_argument("--first-split", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--results", type=Path, default=Path("results/first_proposal.json"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    kept, groups = Kept(arguments.results), []
    lines = []
    for path in arguments.datasets:
        dataset = load_dataset(path, folder_size=find_supernet("mobilenetv3").image_size)
        own = []
        for split in range(arguments.first_split, arguments.first_split + arguments.splits):
            own.append(compare(dataset, split, arguments, kept))
            lines.append(summary(f"{dataset.name}, split {split}", own[-1], [[case] for case in own[-1]]))
        groups += own
        if len(own) > 1:
            lines.append(summary(dataset.name, [case for group in own for case in group], own))
    print(*lines, sep="\n")
    if len(arguments.datasets) > 1:
        print(summary("all", [case for group in groups for case in group], groups))


if __name__ == "__main__":
    main()
