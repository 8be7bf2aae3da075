"""What the light of pictures does to cells with average pooling: the same cells on plain pictures and in varied light.

    python benchmarks/lighting.py IMAGES [--seeds 3] [--image-size 16]

Four cells are trained from scratch on 1,600 pictures or what there is, as they are and with every picture darkened by a
factor of its own. Reported: accuracy on held-out pictures in the same light, mean and standard deviation over seeds.
"""

import argparse

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from nas_plugins.datasets import load_dataset
from nas_plugins.evaluation.collection_settings import CollectionSettings
from nas_plugins.evaluation.source_task import SourceTask
from nas_plugins.evaluation.training import Training
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.nasbench201 import OPERATIONS, Cell

CELLS = ("041234", "114423", "021122", "213300")
STYLES = ("plain", "lighting")


def main() -> None:
    """Train and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--image-size", type=int, default=16)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    dataset, space = load_dataset(arguments.images), NASBench201()
    table = Table("cell", "average poolings", *STYLES, title=f"{dataset.name} at {arguments.image_size} pixels")
    for digits in CELLS:
        cell = Cell(tuple(OPERATIONS[int(digit)] for digit in digits))
        row = []
        for style in STYLES:
            images = SourceTask(dataset.name, dataset.class_names[:20], 1600, 0, style).draw(dataset)
            accuracies = []
            for seed in range(arguments.seeds):
                plan = CollectionSettings(passes=16_000, image_size=arguments.image_size, seed=seed)
                settings = plan.training(len(images.train_test()[0]))
                accuracies.append(Training(cell, space, images, settings).finish())
            row.append(f"{np.mean(accuracies):.1f} ± {np.std(accuracies, ddof=1):.1f}")
        table.add_row(digits, str(digits.count("4")), *row)
    Console().print(table)


if __name__ == "__main__":
    main()
