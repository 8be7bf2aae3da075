"""Seconds per suggestion at 100 observations over 15,625 cells: ours, arch2vec's official DNGO loop, NNI's DNGO tuner.

    git clone https://github.com/MSU-MLSys-Lab/arch2vec
    pip install pybnn nni
    python benchmarks/ask_seconds.py --arch2vec arch2vec --nni

Ours are driven as a user would: 100 queries on the table, and then each of the next ten ``ask`` is timed (and told).
The official loop is one round of ``search_methods/dngo_search_NB201_8x8.py`` with its own ``DNGO`` and settings (128
units, 100 epochs, evidence by scipy, predictions in windows of 200 over all cells, expected improvement, one proposal),
on our arch2vec coordinates of 100 random cells; its line of printing is left out. NNI's tuner gets the same 100 results
over the six choices as numbers; it trains its model at every twentieth result only, so that two figures are given: with
the training, and with a twentieth of it. It scores 1,000 random candidates by default; here also all 15,625.

One thread; contenders take turns, and medians over all rounds are printed with the slowest.
"""

import argparse
import contextlib
import importlib
import io
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from nas_plugins.evaluation import load_benchmark, simulate
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.arch2vec import Arch2Vec
from nas_plugins.strategies import get_strategy

OBSERVATIONS, ASKS = 100, 10
SPACE = NASBench201()
TABLE = load_benchmark("nasbench201/cifar10")
Contender = Callable[[int], list[float]]


def ours(name: str) -> Contender:
    """A strategy by name, after 100 queries."""

    def measure(seed: int) -> list[float]:
        strategy = get_strategy(name, SPACE, seed=seed)
        simulate(strategy, TABLE, queries=OBSERVATIONS)
        seconds = []
        for _ in range(ASKS):
            start = time.perf_counter()
            cell = strategy.ask()
            seconds.append(time.perf_counter() - start)
            strategy.tell(cell, TABLE.score(cell))
        return seconds

    return measure


def official(checkout: Path) -> Contender:
    """One round of the official loop."""
    if not (checkout / "pybnn" / "dngo.py").is_file():
        sys.exit(f"wanted a checkout of github.com/MSU-MLSys-Lab/arch2vec, found no pybnn/dngo.py in {checkout}")
    dngo = _import_from(checkout, "pybnn.dngo")
    features = torch.from_numpy(np.asarray(Arch2Vec.pretrained("nasbench201").embeddings, dtype=np.float32))

    def measure(seed: int) -> list[float]:
        np.random.seed(seed)  # noqa: NPY002 - the official code draws from the global generators
        torch.manual_seed(seed)
        chosen = np.random.permutation(len(SPACE))[:OBSERVATIONS]  # noqa: NPY002 - likewise
        labels = np.array([TABLE.score(SPACE[int(index)]) / 100 for index in chosen])
        start = time.perf_counter()
        model = dngo.DNGO(num_epochs=100, n_units=128, do_mcmc=False, normalize_output=False)
        model.train(X=features[chosen].numpy(), y=labels, do_optimize=True)
        means: list[float] = []
        variances: list[float] = []
        for window in torch.split(features, 200, dim=0):
            mean, variance = model.predict(window.numpy())
            means.extend(list(mean))
            variances.extend(list(variance))
        spread = torch.Tensor(variances)
        above = (torch.Tensor(means) - 1.0) / spread
        normal = torch.distributions.Normal(torch.zeros_like(above), torch.ones_like(above))
        improvement = spread * (torch.exp(normal.log_prob(above)) + above * normal.cdf(above))
        torch.argsort(improvement)[-1:]
        return [time.perf_counter() - start]

    return measure


def nni_tuner(candidates: int, share: float) -> Contender:
    """NNI's tuner: the update of its model, of which a share is charged, and one suggestion."""
    module = importlib.import_module("nni.algorithms.hpo.dngo_tuner")
    choices = {name: {"_type": "choice", "_value": list(range(5))} for name in SPACE.choices()}
    options = [list(values) for values in SPACE.choices().values()]

    def measure(seed: int) -> list[float]:
        np.random.seed(seed)  # noqa: NPY002 - pybnn draws from the global generators
        torch.manual_seed(seed)
        tuner = module.DNGOTuner(sample_size=candidates)
        tuner.update_search_space(choices)
        rng = np.random.default_rng(seed)
        results = []
        for index in rng.permutation(len(SPACE))[:OBSERVATIONS]:
            cell = SPACE[int(index)]
            chosen = SPACE.to_choices(cell).values()
            numbers = {
                name: options[i].index(value) for i, (name, value) in enumerate(zip(choices, chosen, strict=True))
            }
            results.append((numbers, TABLE.score(cell) / 100))
        for parameters, score in results[:-1]:
            tuner.x.append(parameters)  # as receive_trial_result does, without the updates at 20, 40, 60 and 80
            tuner.y.append(float(score))
        start = time.perf_counter()
        tuner.receive_trial_result(OBSERVATIONS, *results[-1])
        trained = time.perf_counter()
        tuner.generate_parameters(OBSERVATIONS + 1)
        return [share * (trained - start) + time.perf_counter() - trained]

    return measure


def _import_from(folder: Path, name: str) -> Any:
    """Import a module from a folder, and leave its package's name to others."""
    sys.path.insert(0, str(folder))
    try:
        module = importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))
        for known in [known for known in sys.modules if known.partition(".")[0] == name.partition(".")[0]]:
            del sys.modules[known]
    return module


def main() -> None:
    """Measure in turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arch2vec", type=Path, help="A checkout of github.com/MSU-MLSys-Lab/arch2vec.")
    parser.add_argument("--nni", action="store_true", help="Time NNI's tuner too; needs nni and pybnn.")
    parser.add_argument("--strategies", nargs="*", default=["default", "bayesian", "dngo"])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    contenders: dict[str, Contender] = {f"nas_plugins {name}": ours(name) for name in arguments.strategies}
    if arguments.arch2vec is not None:
        contenders["arch2vec, official DNGO loop"] = official(arguments.arch2vec)
    if arguments.nni:
        for candidates in (1_000, len(SPACE)):
            contenders[f"NNI DNGO tuner, {candidates:,} candidates, training charged"] = nni_tuner(candidates, 1.0)
            contenders[f"NNI DNGO tuner, {candidates:,} candidates, 1/20 of it"] = nni_tuner(candidates, 0.05)

    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for round_number in range(-1, arguments.rounds):  # the first round warms up
        for name, measure in contenders.items():
            with contextlib.redirect_stdout(io.StringIO()):
                taken = measure(round_number + 1)
            if round_number >= 0:
                seconds[name] += taken
    reference = statistics.median(seconds[next(iter(seconds))])
    title = f"Seconds per ask at {OBSERVATIONS} observations, one thread, load {os.getloadavg()[0]:.1f}"
    table = Table("method", "median", "slowest", "times the first", title=title)
    for name, times in seconds.items():
        median = statistics.median(times)
        table.add_row(name, f"{median:.3f}", f"{max(times):.3f}", f"{median / reference:.1f}")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
