"""How fast pre-training is beside the official code of arch2vec: one epoch over NAS-Bench-201 at equal batch size.

    python benchmarks/arch2vec_speed.py ARCH2VEC NASBENCH [--epochs 8]

ARCH2VEC is a checkout of github.com/MSU-MLSys-Lab/arch2vec, NASBENCH one of github.com/google-research/nasbench, whose
hash is used. The official function ``pretraining_gae`` runs as it is, on the CPU; only ``.cuda()`` is made to do
nothing, and what it prints is dropped. All see the same 15,625 graphs, train on nine tenths of them in batches of 32 on
one thread, and judge 10,000 draws from the prior and the held-out tenth after the epoch, as the official epoch does.
Ours also counts how many graphs of the training come back.

Reported are seconds of processor time, of training alone and of the whole epoch, means over the epochs of a run, and
how many times as fast ours is as the mean official epoch. The official epochs stand one by one: they take the longer,
the more of the draws pass its check. There are two presets of ours: ``paper`` is the published model and does the same
arithmetic, ``fast`` is the smallest model that exceeds its figures. The figures (percent): held-out graphs that come
back whole; draws that pass the official check; draws that are cells, edges included; different cells, both of all
draws. Those of the official code are computed outside the timed part.
"""

import argparse
import contextlib
import io
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nas_plugins.spaces import Graph, NASBench201
from nas_plugins.spaces.arch2vec import Pretraining, pretrain
from nas_plugins.spaces.errors import InvalidArchitecture

BATCH, DRAWS = 32, 10_000
OFFICIAL_ORDER = ("input", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3", "skip_connect", "none", "output")


def official_dataset(seed: int) -> dict[str, dict[str, Any]]:
    """The graphs in the form of the official JSON file, in an order drawn at random."""
    space = NASBench201()
    dataset = {}
    for key, index in enumerate(np.random.default_rng(seed).permutation(len(space)).tolist()):
        graph = space.to_graph(space[index])
        one_hot = [[int(label == name) for name in OFFICIAL_ORDER] for label in graph.operations]
        dataset[str(key)] = {"module_adjacency": graph.adjacency.tolist(), "module_operations": one_hot}
    return dataset


class Official:
    """The official training, watched: seconds of every epoch, and the figures that our own metrics give it.

    Args:
        arch2vec: Checkout of arch2vec.
        nasbench: Checkout of nasbench.
        seed: Of the order of the graphs and of the training.
    """

    def __init__(self, arch2vec: Path, nasbench: Path, seed: int) -> None:
        self.seed = seed
        self.training: list[float] = []
        self.whole: list[float] = []
        self.figures: list[dict[str, float]] = []
        self._drawn: list[tuple[Any, Any]] = []
        self._marks: dict[str, float] = {}
        sys.path[:0] = [str(arch2vec), str(nasbench)]
        torch.Tensor.cuda = lambda self, *_, **__: self
        torch.nn.Module.cuda = lambda self, *_, **__: self

    def run(self, epochs: int) -> None:
        """Train for a number of epochs."""
        from models import pretraining_nasbench201 as official
        from models.configs import configs

        official.args = argparse.Namespace(
            input_dim=7, hidden_dim=128, latent_dim=16, hops=5, mlps=2, dropout=0.3, epochs=epochs, bs=32,
            latent_points=DRAWS, name="nasbench201", seed=self.seed,
        )  # fmt: skip
        marks, is_valid, held_out_accuracy = self._marks, official.is_valid_nasbench201, official.get_val_acc_vae
        held_out: list[torch.Tensor] = []

        class Timed(official.Model):
            def eval(self) -> Any:
                if "start" in marks and "trained" not in marks:
                    marks["trained"] = time.process_time()
                return super().eval()

            def forward(self, *batch: Any) -> Any:
                marks.setdefault("start", time.process_time())
                return super().forward(*batch)

        def check(adjacency: Any, operations: Any) -> bool:
            passed = bool(is_valid(adjacency, operations))
            self._drawn.append((adjacency, operations) if passed else (adjacency, None))
            return passed

        def accuracy(model: Any, cfg: Any, adjacency: Any, operations: Any, indices: Any) -> Any:
            held_out[:] = [adjacency, operations]
            return held_out_accuracy(model, cfg, adjacency, operations, indices)

        def end_of_epoch(model: Any, *_: Any) -> None:
            self.training.append(marks["trained"] - marks["start"])
            self.whole.append(time.process_time() - marks["start"])
            marks.clear()
            self.figures.append({"held out": whole_graphs(model, *held_out), **judged(self._drawn)})
            self._drawn.clear()

        official.Model, official.save_checkpoint_vae = Timed, end_of_epoch
        official.is_valid_nasbench201, official.get_val_acc_vae = check, accuracy
        np.random.seed(self.seed)  # noqa: NPY002 - the official code draws from numpy's global generator
        torch.manual_seed(self.seed)
        with contextlib.redirect_stdout(io.StringIO()):
            official.pretraining_gae(official_dataset(self.seed), configs[4])


@torch.no_grad()
def whole_graphs(model: Any, adjacency: torch.Tensor, operations: torch.Tensor) -> float:
    """The share of graphs that the official model gives back whole, edges at its threshold of one half."""
    labels, edges, *_ = model(operations, adjacency + adjacency.transpose(1, 2))
    same = (labels.argmax(-1) == operations.argmax(-1)).all(1)
    return float((same & (torch.triu((edges > 0.5) != (adjacency > 0), 1).flatten(1).sum(1) == 0)).float().mean())


def judged(drawn: list[tuple[Any, Any]]) -> dict[str, float]:
    """Shares of what the official decoder made of the prior."""
    space = NASBench201()
    wanted = space.to_graph(space[0]).adjacency
    cells = set()
    strict = 0
    for adjacency, labels in drawn:
        if labels is not None and np.array_equal(adjacency, wanted):
            with contextlib.suppress(InvalidArchitecture):
                cells.add(space.from_graph(Graph.from_adjacency(labels, np.array(adjacency))))
                strict += 1
    return {
        "loose": sum(labels is not None for _, labels in drawn) / len(drawn),
        "strict": strict / len(drawn),
        "different": len(cells) / len(drawn),
    }


def run_ours(preset: str, epochs: int, seed: int) -> tuple[list[float], float, dict[str, float]]:
    """Processor seconds of training per epoch, those of all but the training, and the figures."""
    settings = replace(Pretraining.preset(preset), epochs=epochs, seed=seed, batch_size=BATCH)
    marks = [time.process_time()]
    _, metrics = pretrain(NASBench201(), settings, on_epoch=lambda _: marks.append(time.process_time()))
    judging = time.process_time() - marks[-1]
    # The first epoch counts the encoding of the graphs, which the official code does ahead of its epochs.
    return np.diff(marks).tolist(), judging, {
        "held out": metrics["reconstruction_accuracy"],
        "loose": metrics["published_validity"],
        "strict": metrics["strict_validity"],
        "different": metrics["strict_validity"] * metrics["uniqueness"],
    }  # fmt: skip


def main() -> None:
    """Run all and print the times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("arch2vec", type=Path)
    parser.add_argument("nasbench", type=Path)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rows: list[tuple[str, list[float], list[float], dict[str, float]]] = []
    official = Official(arguments.arch2vec.resolve(), arguments.nasbench.resolve(), arguments.seed)
    for preset in ("fast", "paper"):
        for epochs in sorted({1, arguments.epochs}):
            training, judging, figures = run_ours(preset, epochs, arguments.seed)
            name = f"ours, {preset}, {epochs} epoch{'s' * (epochs > 1)}"
            rows.append((name, training, [seconds + judging for seconds in training], figures))
    official.run(arguments.epochs)
    for number, epoch in enumerate(zip(official.training, official.whole, official.figures, strict=True), 1):
        rows.append((f"official, epoch {number}", [epoch[0]], [epoch[1]], epoch[2]))
    print(
        f"{'':24}{'seconds of an epoch: training':>30}{'whole':>8}{'times as fast':>16}  ",
        "   ".join(rows[0][3]),
        sep="",
    )
    for name, training, whole, figures in rows:
        ratio = f"{np.mean(official.whole) / np.mean(whole):.1f}" if name.startswith("ours") else ""
        shares = "  ".join(f"{100 * value:6.2f}" for value in figures.values())
        print(f"{name:24}{np.mean(training):>30.2f}{np.mean(whole):>8.2f}{ratio:>16}    {shares}")


if __name__ == "__main__":
    main()
