"""Do MobileNetV3 networks learn faster when their blocks start as identities?

    python benchmarks/zero_last_gamma.py DATASET... [--epochs 8] [--width 0.25] [--image-size 48]

The smallest network, one drawn at random and the largest are trained on each dataset from the same fresh weights twice:
as they come, where the last normalisation of every block with a shortcut scales by zero, and with ones in its place.
Reported is the accuracy on the held-out pictures, percent; one training each.
"""

import argparse
import time

import numpy as np
import torch
from torch import nn

from nas_plugins.datasets import load_dataset
from nas_plugins.evaluation.training import Training
from nas_plugins.evaluation.training_settings import TrainingSettings
from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, SMALLEST

_SPACE = MobileNetV3()
_SUBNETS = {"smallest": SMALLEST, "random": _SPACE.sample(np.random.default_rng(0)), "largest": LARGEST}


def main() -> None:
    """Print a line per training."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="+")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--width", type=float, default=0.25)
    parser.add_argument("--image-size", type=int, default=48)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    settings = TrainingSettings(
        epochs=arguments.epochs, channels=round(16 * arguments.width), image_size=arguments.image_size
    )
    for path in arguments.datasets:
        dataset = load_dataset(path)
        for name, subnet in _SUBNETS.items():
            for identities in (False, True):
                torch.manual_seed(0)
                network = _SPACE.network(subnet, dataset.num_classes, C=settings.channels)
                for block in network.blocks if not identities else ():
                    nn.init.ones_(block.point_linear.bn.weight)
                start = time.perf_counter()
                accuracy = Training(subnet, _SPACE, dataset, settings, network=network).finish()
                seconds = time.perf_counter() - start
                kind = "identities" if identities else "ones"
                print(f"{dataset.name}, {name}, {kind}: {accuracy:.2f} % in {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
