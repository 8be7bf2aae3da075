"""How fast pre-training is beside the official code of arch2vec: one epoch over NAS-Bench-201 at equal batch size.

    python benchmarks/arch2vec_speed.py ARCH2VEC NASBENCH [--epochs 3]

ARCH2VEC is a checkout of github.com/MSU-MLSys-Lab/arch2vec, NASBENCH one of github.com/google-research/nasbench, whose
hash is used. The official function ``pretraining_gae`` runs as it is, on the CPU; only ``.cuda()`` is made to do
nothing, and what it prints is dropped. Both sides see the same 15,625 graphs, train on nine tenths of them in batches
of 32 on one thread, and judge 10,000 draws from the prior and the held-out tenth after the epoch, as the official epoch
does.

Reported are seconds of processor time, so that other work on the machine does not count, of training alone and of the
whole epoch, and the figures that both reach.
"""

import argparse
import contextlib
import io
import re
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.arch2vec import Pretraining, pretrain

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


def run_official(arch2vec: Path, nasbench: Path, epochs: int, seed: int) -> tuple[list[float], list[float], str]:
    """Processor seconds of training and of the whole, per epoch, and what the code printed of its last epoch."""
    sys.path[:0] = [str(arch2vec), str(nasbench)]
    torch.Tensor.cuda = lambda self, *_, **__: self
    torch.nn.Module.cuda = lambda self, *_, **__: self
    from models import pretraining_nasbench201 as official
    from models.configs import configs

    official.args = argparse.Namespace(
        input_dim=7, hidden_dim=128, latent_dim=16, hops=5, mlps=2, dropout=0.3, epochs=epochs, bs=32,
        latent_points=10_000, name="nasbench201", seed=seed,
    )  # fmt: skip
    training, whole, marks = [], [], {}

    class Timed(official.Model):
        def eval(self) -> Any:
            if "start" in marks and "trained" not in marks:
                marks["trained"] = time.process_time()
            return super().eval()

        def forward(self, *batch: Any) -> Any:
            marks.setdefault("start", time.process_time())
            return super().forward(*batch)

    def end_of_epoch(*_: Any) -> None:
        training.append(marks["trained"] - marks["start"])
        whole.append(time.process_time() - marks["start"])
        marks.clear()

    official.Model, official.save_checkpoint_vae = Timed, end_of_epoch
    np.random.seed(seed)  # noqa: NPY002 - the official code draws from numpy's global generator
    torch.manual_seed(seed)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        official.pretraining_gae(official_dataset(seed), configs[4])
    return training, whole, printed.getvalue()


def run_ours(epochs: int, seed: int) -> tuple[float, float, dict[str, Any]]:
    """Processor seconds of training per epoch, of all but the training, and the figures."""
    settings = replace(Pretraining.preset("paper"), epochs=epochs, seed=seed)
    marks = [time.process_time()]
    _, metrics = pretrain(NASBench201(), settings, on_epoch=lambda _: marks.append(time.process_time()))
    end = time.process_time()
    # The first mark stands before the graphs are encoded, which the official code does ahead of its epochs too.
    training = (marks[-1] - marks[1]) / (epochs - 1) if epochs > 1 else marks[1] - marks[0]
    return training, end - marks[-1], metrics


def main() -> None:
    """Run both and print the times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("arch2vec", type=Path)
    parser.add_argument("nasbench", type=Path)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    training, judging, metrics = run_ours(arguments.epochs, arguments.seed)
    official_training, official_whole, printed = run_official(
        arguments.arch2vec.resolve(), arguments.nasbench.resolve(), arguments.epochs, arguments.seed
    )
    print(f"official: training {np.mean(official_training):.2f} s, whole epoch {np.mean(official_whole):.2f} s")
    print(f"ours:     training {training:.2f} s, whole epoch {training + judging:.2f} s")
    print(
        f"ratio:    training {np.mean(official_training) / training:.1f}, "
        f"whole epoch {np.mean(official_whole) / (training + judging):.1f}"
    )
    for name, pattern in (("validity", r"valid decodings from the prior: ([\d.]+)"), ("held out", r"acc_ops:.*")):
        print(f"official {name}: {re.findall(pattern, printed)[-1]}")
    print({name: round(value, 4) for name, value in metrics.items() if isinstance(value, float)})


if __name__ == "__main__":
    main()
