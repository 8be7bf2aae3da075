"""Subnets per minute that a supernet evaluates: calibration, classifier and accuracy of each on one dataset.

    python benchmarks/supernet_throughput.py DATASET [--supernet FILE] [--subnets 20] [--processes 1] [--gpus 0]

Each process loads weights and images once, as a Ray trial with ``reuse_actors=True`` does; the rest is what one trial
costs. Networks are drawn uniformly. Beside that stands the time that
training a subnet for a single epoch takes, which is what a supernet saves. With ``--gpus`` the processes share
that many GPUs; without, each runs on one processor thread.
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import torch

from nas_plugins.datasets import load_dataset
from nas_plugins.evaluation.supernet_evaluation import SupernetEvaluation
from nas_plugins.evaluation.supernet_settings import SupernetSettings
from nas_plugins.evaluation.training import Training
from nas_plugins.evaluation.training_settings import TrainingSettings
from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.mobilenetv3.checkpoint import find_supernet

_SPACE = MobileNetV3()


def evaluate(arguments: argparse.Namespace, process: int, subnets: list[str]) -> tuple[float, float]:
    """Seconds to load, and seconds of all evaluations."""
    torch.set_num_threads(1)
    start = time.perf_counter()
    device = f"cuda:{process % arguments.gpus}" if arguments.gpus else "cpu"
    settings = SupernetSettings(latency_passes=0, device=device)
    evaluation = SupernetEvaluation(find_supernet(arguments.supernet), load_dataset(arguments.dataset), settings)
    evaluation.accuracy(_SPACE.parse(subnets[0]))  # kernels are chosen on the first pass
    loaded = time.perf_counter()
    for subnet in subnets:
        evaluation.accuracy(_SPACE.parse(subnet))
    return loaded - start, time.perf_counter() - loaded


def one_epoch(arguments: argparse.Namespace) -> float:
    """Seconds of training one subnet for an epoch on the same images, at the same size."""
    torch.set_num_threads(1)
    supernet = find_supernet(arguments.supernet)
    settings: Any = TrainingSettings(
        epochs=1, channels=round(16 * supernet.width), image_size=supernet.image_size, device="auto"
    )
    subnet = _SPACE.sample(np.random.default_rng(0))
    training = Training(subnet, _SPACE, load_dataset(arguments.dataset), settings)
    start = time.perf_counter()
    training.epoch(measure=False)
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset")
    parser.add_argument("--supernet", default=None)
    parser.add_argument("--subnets", type=int, default=20, help="for each process")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--gpus", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    parts = [[str(_SPACE.sample(rng)) for _ in range(arguments.subnets)] for _ in range(arguments.processes)]
    with ProcessPoolExecutor(arguments.processes, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(evaluate, arguments, process, part) for process, part in enumerate(parts)]
        measured = [future.result() for future in futures]
    seconds = max(taken for _, taken in measured)
    count = arguments.processes * arguments.subnets
    epoch = one_epoch(arguments)
    print(
        f"{arguments.dataset}: {60 * count / seconds:.1f} subnets a minute in {arguments.processes} processes, "
        f"{seconds / arguments.subnets:.2f} s each ({max(loaded for loaded, _ in measured):.1f} s to load once); "
        f"an epoch of training one takes {epoch:.1f} s"
    )


if __name__ == "__main__":
    main()
