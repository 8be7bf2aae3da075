"""Official files, written here by the official packages' own classes, convert to a small file that answers alike."""

import bz2
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nas_plugins.evaluation import load_benchmark
from nas_plugins.evaluation.convert import convert
from nas_plugins.evaluation.converted_table import ConvertedTable
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArgument, InvalidTable, MissingDependency, UnansweredQuery, UntrustedFile

nas_201_api = pytest.importorskip("nas_201_api")
nats_bench_utils = pytest.importorskip("nats_bench.api_utils")

pytestmark = pytest.mark.xdist_group("official files")  # written once, not once per worker

SPACE = NASBench201()
CELLS = (SPACE[11111], SPACE[42], SPACE[7])
EVALUATIONS = {
    "cifar10-valid": ("x-valid", "ori-test"),
    "cifar10": ("ori-test",),
    "cifar100": ("x-valid", "x-test", "ori-test"),
    "ImageNet16-120": ("x-valid", "x-test", "ori-test"),
}
SEEDS = {0: (777, 888, 999), 1: (888,), 2: (777, 888)}  # by position in CELLS
FULL_EPOCHS = 200


def accuracy(position: int, training_set: str, evaluation_set: str, *, epochs: int, epoch: int, seed: int) -> float:
    """A made-up accuracy that differs in every respect, so that a mixed-up column cannot pass."""
    where = list(EVALUATIONS).index(training_set) * 3 + EVALUATIONS[training_set].index(evaluation_set)
    return 20 + 10 * position + where + epochs / 1000 + epoch / 1e5 + (seed % 100) / 1e4


def result(package: Any, position: int, training_set: str, epochs: int, seed: int) -> Any:
    config = {"channel": 16, "num_cells": 5, "arch_str": str(CELLS[position]), "class_num": 10}
    run = package.ResultsCount(training_set, None, {}, {}, 1.5 + position, 100.0, config, seed, epochs, [0.01, 0.03])
    run.update_train_info({}, {}, {}, dict.fromkeys(range(epochs), np.float64(2.0 + position)))
    steps = [(name, epoch) for name in EVALUATIONS[training_set] for epoch in range(epochs)]
    accuracies = {
        f"{n}@{e}": np.float64(accuracy(position, training_set, n, epochs=epochs, epoch=e, seed=seed)) for n, e in steps
    }
    run.update_eval(accuracies, dict.fromkeys(accuracies, 0.1), dict.fromkeys(accuracies, 0.2))
    return run


def architecture_state(package: Any, position: int, epochs: int) -> dict[str, Any]:
    """12 epochs were trained once, with seed 777, and 200 epochs with all of an architecture's seeds."""
    results = package.ArchResults(position, str(CELLS[position]))
    for training_set in EVALUATIONS:
        for seed in SEEDS[position] if epochs == FULL_EPOCHS else (777,):
            results.update(training_set, seed, result(package, position, training_set, epochs, seed))
    return results.state_dict()


def content(package: Any, names: tuple[str, str]) -> dict[str, Any]:
    records = {
        position: {
            name: architecture_state(package, position, epochs)
            for name, epochs in zip(names, (12, FULL_EPOCHS), strict=True)
        }
        for position in range(len(CELLS))
    }
    return {
        "meta_archs": [str(cell) for cell in CELLS],
        "arch2infos": records,
        "evaluated_indexes": list(range(len(CELLS))),
    }


def official(kind: str, folder: Path) -> Path:
    if kind == "pth":
        import torch

        path = folder / "NAS-Bench-201-v1_1-096897.pth"
        torch.save(content(nas_201_api.api_utils, ("less", "full")), path)
        return path
    whole = content(nats_bench_utils, ("12", "200"))
    if kind == "nats file":
        path = folder / "NATS-tss-v1_0-3ffb9.pickle.pbz2"
        nats_bench_utils.pickle_save(whole, path.with_suffix(""))
        return path
    path = folder / "NATS-tss-v1_0-3ffb9-simple"
    path.mkdir()
    nats_bench_utils.pickle_save({"meta_archs": whole["meta_archs"]}, path / "meta.pickle")
    for position, record in whole["arch2infos"].items():
        nats_bench_utils.pickle_save(record, path / f"{position:06d}.pickle")
    return path


@pytest.fixture(scope="module", params=["pth", "nats file", "nats folder"])
def converted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("official")
    convert(official(request.param, folder), folder / "table.npz", trust=True)
    return folder / "table.npz"


@pytest.mark.parametrize(
    ("dataset", "split", "training_set", "evaluation_set"),
    [
        ("cifar10", "validation", "cifar10-valid", "x-valid"),
        ("cifar10", "test", "cifar10", "ori-test"),
        ("cifar100", "validation", "cifar100", "x-valid"),
        ("cifar100", "test", "cifar100", "x-test"),
        ("imagenet16-120", "validation", "ImageNet16-120", "x-valid"),
        ("imagenet16-120", "test", "ImageNet16-120", "x-test"),
    ],
)
def test_every_figure_arrives(
    converted: Path, dataset: str, split: str, training_set: str, evaluation_set: str
) -> None:
    """Last-epoch accuracy per seed, the mean over recorded seeds, seconds, parameters and latency, for both lengths."""
    for epochs in (12, FULL_EPOCHS):
        benchmark = load_benchmark(f"{converted}/{dataset}", split=split, epochs=epochs)
        for position, cell in enumerate(CELLS):
            seeds = SEEDS[position] if epochs == FULL_EPOCHS else (777,)
            runs = {
                seed: accuracy(position, training_set, evaluation_set, epochs=epochs, epoch=epochs - 1, seed=seed)
                for seed in seeds
            }
            for seed, score in runs.items():
                assert benchmark.score(cell, seed=seed) == pytest.approx(score, abs=1e-5)
            assert benchmark.score(cell) == pytest.approx(np.mean(list(runs.values())), abs=1e-5)
            assert benchmark.seconds(cell) == pytest.approx(epochs * (2 + position))
            assert benchmark.parameters(cell) == pytest.approx(1.5 + position)
            assert benchmark.latency(cell) == pytest.approx(0.02)
        assert set(benchmark.architectures()) == set(CELLS)
        assert benchmark.optimum()[0] == CELLS[2]


def test_what_was_not_recorded_is_refused(converted: Path) -> None:
    """A missing seed of one cell, a seed nobody has, an untrained cell, another dataset."""
    benchmark = load_benchmark(f"{converted}/cifar10")
    assert str(benchmark.setting) == "validation accuracy on cifar10 after 200 epochs, mean over seeds"
    with pytest.raises(UnansweredQuery, match="no record"):
        benchmark.score(CELLS[1], seed=999)
    with pytest.raises(UnansweredQuery, match="seed 777 or 888 or 999 or mean"):
        benchmark.score(CELLS[1], seed=0)
    with pytest.raises(UnansweredQuery, match="no record"):
        benchmark.score(SPACE[8])
    with pytest.raises(UnansweredQuery, match="split validation or test, epochs 12 or 200"):
        load_benchmark(f"{converted}/cifar10", epochs=90)
    with pytest.raises(UnansweredQuery, match="cifar10, cifar100, imagenet16-120"):
        load_benchmark(f"{converted}/mnist")
    with pytest.raises(InvalidArgument, match=r"table\.npz/cifar10"):
        load_benchmark(converted)


def test_opening_a_pickle_takes_your_word(tmp_path: Path) -> None:
    """Without trust nothing is opened and nothing is written."""
    source = tmp_path / "NAS-Bench-201-v1_1-096897.pth"
    source.write_bytes(pickle.dumps(Bomb(str(tmp_path / "trace"))))
    with pytest.raises(UntrustedFile, match="--trust"):
        convert(source, tmp_path / "table.npz")
    assert [path.name for path in tmp_path.iterdir()] == [source.name]


class Bomb:
    """Writes a file when unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (Path(self.path),)


def test_foreign_files(tmp_path: Path) -> None:
    """Text, other pickles, other folders and truncated files end in one line, and leave no table behind."""
    sources = {"text.pth": b"text", "other.pickle.pbz2": bz2.compress(pickle.dumps({"a": 1})), "cut.pbz2": b"BZh91AY"}
    for name, data in sources.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "folder").mkdir()
    for name in (*sources, "folder"):
        with pytest.raises(InvalidTable, match=name) as error:
            convert(tmp_path / name, tmp_path / "table.npz", trust=True)
        assert "\n" not in str(error.value)
    with pytest.raises(InvalidTable, match="found nothing"):
        convert(tmp_path / "missing.pth", tmp_path / "table.npz", trust=True)
    assert not (tmp_path / "table.npz").exists()


def test_the_destination_is_checked_before_the_long_read(tmp_path: Path) -> None:
    (tmp_path / "a.pth").write_bytes(b"text")
    with pytest.raises(InvalidArgument, match=r"ends in \.npz"):
        convert(tmp_path / "a.pth", tmp_path / "table.csv", trust=True)


def test_a_missing_package_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "nas_201_api", None)
    (tmp_path / "a.pth").write_bytes(b"")
    with pytest.raises(MissingDependency, match=r"nas_plugins\[benchmarks\]"):
        convert(tmp_path / "a.pth", tmp_path / "table.npz", trust=True)


def test_files_of_other_kinds_and_versions(tmp_path: Path) -> None:
    """A dataset, a later version, a cut file and text are refused by name."""
    table = ConvertedTable("nasbench201", "x", {("score", "d", "test", "200", "777"): np.zeros(15625, np.float32)})
    path = table.save(tmp_path / "table.npz")
    assert load_benchmark(path, split="test").dataset == "d"
    whole = path.read_bytes()
    np.savez(tmp_path / "data.npz", images=np.zeros(3), labels=np.zeros(3))
    header = '{"kind": "nas_plugins.table", "version": 99, "space": "nasbench201", "source": "x"}'
    np.savez(tmp_path / "later.npz", header=np.array(header))
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.txt").write_text("text")
    for name, said in (
        ("data.npz", "convert"),
        ("later.npz", "version 1 .*99"),
        ("cut.npz", "cut"),
        ("text.txt", "text"),
    ):
        with pytest.raises(InvalidTable, match=said) as error:
            load_benchmark(tmp_path / name)
        assert "\n" not in str(error.value)


def test_a_column_of_another_length_is_refused(tmp_path: Path) -> None:
    path = ConvertedTable("nasbench201", "x", {("score", "d", "test", "200", "777"): np.zeros(5, np.float32)})
    with pytest.raises(InvalidTable, match="15625 values"):
        load_benchmark(path.save(tmp_path / "table.npz"), split="test")
