"""Seconds from images to 500 ranked architectures: the official MetaD2A code against ours, in one run on one machine.

    git clone https://github.com/HayeonLee/MetaD2A
    pip install igraph
    python benchmarks/against_official.py MetaD2A cifar10.npz

The official code's networks, its loader of target images, its validity check and its loops of the meta-test are used as
they are (generator: batches of 100 resampled sets, one stochastic decoding each; predictor: the mean over ten resampled
sets, encoded anew for each architecture). Where it says CUDA it is given the CPU. What is measured favours it:

- It starts from image features, computed beforehand and not counted; ours starts from pictures.
- Its trained weights are not in its repository, so its networks are untrained. The bias towards the start and the end
  of a graph is set so that every graph has eight nodes, as valid ones have.
- It is charged 500 decodings for 500 architectures, as if each were valid and new. Its paper finds 35 % of 10,000 to be
  unique (Table 4), so it needs more.
- It is timed with one thread and with all; the faster counts.

Official and ours take turns; medians over the repetitions are compared. A part of the official work is timed in each
repetition and extrapolated in proportion (both its loops repeat one step); the output says which part.
"""

import argparse
import importlib
import statistics
import sys
import tempfile
import time
import types
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from nas_plugins.datasets import load_dataset
from nas_plugins.spaces import NASBench201
from nas_plugins.strategies import MetaD2A
from nas_plugins.strategies.image_features.extractors import get_extractor
from nas_plugins.strategies.metad2a import MetaD2AModel  # noqa: F401 - everything is imported before a clock starts

SPACE = NASBench201()
CANDIDATES, DECODED, SETS, BATCH = 500, 500, 10, 100
LEAST_IMAGES = 20  # of a class, as the official set encoder takes them
# Operations by the official code's numbers; 0 starts a graph, 1 ends it.
TYPES = {"input": 0, "output": 1, "none": 2, "skip_connect": 3, "nor_conv_1x1": 4, "nor_conv_3x3": 5, "avg_pool_3x3": 6}
# Edges of the official graphs into each node, beside the chain its code adds.
SOURCES = ((), (0,), (), (1,), (), (1,), (2, 3), (6,))


class Official:
    """The official generator and predictor on the CPU, over features of a target.

    Args:
        checkout: Of github.com/HayeonLee/MetaD2A.
        features: ``(images, 512)`` of each class.
        name: ``cifar10`` or ``cifar100``, of which it knows the number of classes.
        folder: For the file it reads features from.
    """

    def __init__(self, checkout: Path, features: list[np.ndarray], name: str, folder: Path) -> None:
        root = checkout / "MetaD2A_nas_bench_201"
        if not root.is_dir():
            sys.exit(f"wanted a checkout of github.com/HayeonLee/MetaD2A, found no MetaD2A_nas_bench_201 in {checkout}")
        sys.path.insert(0, str(root))
        # Its predictor's module imports the trainer of the winner, which needs torchvision and is not used here.
        trainer = types.ModuleType("nas_bench_201")
        trainer.train_single_model = None  # type: ignore[attr-defined]
        sys.modules["nas_bench_201"] = trainer
        try:
            solver = importlib.import_module("generator.solver")
            predictor = importlib.import_module("predictor.predictor")
        except ModuleNotFoundError as error:
            sys.exit(f"wanted the package {error.name}, which the official code needs: pip install {error.name}")
        self.utils = importlib.import_module("utils")
        settings = argparse.Namespace(nvt=7, hs=56, nz=56, num_sample=LEAST_IMAGES)
        graphs = {"max_n": 8, "START_TYPE": 0, "END_TYPE": 1}
        # Built without their constructors, which want CUDA, checkpoints and the benchmark's file.
        self.generator = object.__new__(solver.Generator)
        self.generator.model = importlib.import_module("generator.model").GeneratorModel(settings, graphs)
        self.predictor = object.__new__(predictor.Predictor)
        self.predictor.model = importlib.import_module("predictor.predictor_model").PredictorModel(
            argparse.Namespace(**vars(settings)), graphs
        )
        self.predictor.num_sample = LEAST_IMAGES
        for part in (self.generator, self.predictor):
            part.device = torch.device("cpu")
            part.model.eval()
        with torch.no_grad():
            self.generator.model.add_vertex[-1].bias[:2] = -100.0
        torch.save([[torch.from_numpy(rows)] for rows in features], folder / f"{name}bylabel.pt")
        self.loader = importlib.import_module("loader").get_meta_test_loader(str(folder), name, LEAST_IMAGES)
        self.predictor.test_dataset = self.loader.dataset

    @torch.no_grad()
    def decode(self, batches: int) -> float:
        """Seconds of one decoding: resample the target's images, encode, decode, check validity."""
        start = time.perf_counter()
        for _, sets in zip(range(batches), self.loader, strict=False):
            mean, log_variance = self.generator.model.set_encode(sets)
            latents = self.generator.model.reparameterize(mean, log_variance)
            graphs = self.generator.model.graph_decode(latents)
            _ = [self.utils.decode_igraph_to_NAS_BENCH_201_string(graph) for graph in graphs]
        return (time.perf_counter() - start) / (batches * BATCH)

    @torch.no_grad()
    def predict(self, count: int) -> float:
        """Seconds of one prediction: the mean over ten resampled sets."""
        rng = np.random.default_rng(0)
        graphs = [self._graph(SPACE.sample(rng)) for _ in range(count)]
        start = time.perf_counter()
        for graph in graphs:
            sets, copies = self.predictor.collect_data(graph)
            torch.mean(self.predictor.forward(sets, copies)).item()
        return (time.perf_counter() - start) / count

    def _graph(self, cell: Any) -> Any:
        labels = ("input", *cell.operations, "output")
        rows = [
            [TYPES[label], *(int(earlier in SOURCES[node]) for earlier in range(node))]
            for node, label in enumerate(labels)
        ]
        graph, _ = self.utils.decode_NAS_BENCH_201_8_to_igraph(rows)
        return graph


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("images", help="CIFAR-10 or CIFAR-100: an .npz file or a folder of class folders")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--batches", type=int, default=1, help="of 100 decodings, timed in each repetition; 5 is all")
    parser.add_argument("--predictions", type=int, default=50, help="timed in each repetition; 500 is all")
    arguments = parser.parse_args()

    part, _ = load_dataset(arguments.images).train_test()
    images = part.images_by_class()
    names = {10: "cifar10", 100: "cifar100"}
    if len(images) not in names or min(map(len, images)) < LEAST_IMAGES:
        sys.exit("wanted CIFAR-10 or CIFAR-100 with 20 images of each class or more")
    extract = get_extractor("distilled")
    features = [extract(group[:200]) for group in images]
    all_threads = torch.get_num_threads()
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        official = Official(arguments.checkout, features, names[len(images)], Path(folder))
        for repetition in range(arguments.repetitions):
            for threads in sorted({1, all_threads}):
                torch.set_num_threads(threads)
                seconds.setdefault(f"decode {threads}", []).append(official.decode(arguments.batches))
                seconds.setdefault(f"predict {threads}", []).append(official.predict(arguments.predictions))
            torch.set_num_threads(all_threads)
            start = time.perf_counter()
            _ = MetaD2A(SPACE, images, candidates=CANDIDATES, seed=repetition).proposals
            seconds.setdefault("ours", []).append(time.perf_counter() - start)

    def faster(step: str) -> float:
        return min(statistics.median(seconds[f"{step} {threads}"]) for threads in {1, all_threads})

    generating, predicting = DECODED * faster("decode"), CANDIDATES * faster("predict")
    ours = statistics.median(seconds["ours"])
    table = Table("", "seconds", title=f"{names[len(images)]}: 500 candidates, ranked; {all_threads} threads or one")
    table.add_row(f"official: {DECODED} decodings", f"{generating:.1f}")
    table.add_row(f"official: {CANDIDATES} predictions over {SETS} sets each", f"{predicting:.1f}")
    table.add_row("official: both", f"{generating + predicting:.1f}")
    table.add_row("ours: from pictures to the ranking", f"{ours:.2f}")
    table.add_row("ours: the first time, weights loaded", f"{seconds['ours'][0]:.2f}")
    table.add_row("official / ours", f"{(generating + predicting) / ours:.0f}")
    Console().print(table)
    Console().print(
        f"Medians of {arguments.repetitions} repetitions in turn. Official: untrained weights; features not counted; "
        f"{arguments.batches * BATCH} decodings and {arguments.predictions} predictions were timed in each repetition "
        "and extrapolated."
    )


if __name__ == "__main__":
    main()
