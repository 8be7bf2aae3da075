"""The built-in NAS-Bench-201 tables say what they answer for, answer it exactly, and refuse the rest."""

import csv
import math
import pickle
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from nas_plugins.evaluation import TABLES, load_benchmark
from nas_plugins.evaluation.nasbench201_table import _PlainUnpickler
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArchitecture, UnansweredQuery
from nas_plugins.spaces.nasbench201 import OPERATIONS, Cell

SPACE = NASBench201()
PREFIX = {"cifar10": "c10", "cifar100": "c100", "imagenet16-120": "in16"}
OPTIMA = {"cifar10": 91.61, "cifar100": 73.49, "imagenet16-120": 46.73}


def cell(digits: str) -> Cell:
    return Cell(tuple(OPERATIONS[int(digit)] for digit in digits))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("table", TABLES)
def test_says_what_it_answers_for(table: str) -> None:
    benchmark = load_benchmark(table)
    assert benchmark.name == table
    assert benchmark.space.name == "nasbench201"
    assert (benchmark.dataset, benchmark.split, benchmark.epochs, benchmark.seed) == (
        table.split("/")[1],
        "validation",
        200,
        "mean",
    )


@pytest.mark.parametrize("dataset", OPTIMA)
def test_optimum_is_the_published_one(dataset: str) -> None:
    """Highest mean validation accuracies 91.61, 73.49 and 46.73 %; the optimum is the maximum of all scores."""
    benchmark = load_benchmark(f"nasbench201/{dataset}")
    best, score = benchmark.optimum()
    assert round(score, 2) == OPTIMA[dataset]
    assert benchmark.score(best) == score
    assert score == max(benchmark.score(architecture) for architecture in SPACE)


@pytest.mark.parametrize("dataset", OPTIMA)
def test_every_run_agrees_with_an_independent_copy(dataset: str, shared_data: Path) -> None:
    """All 15,625 cells, every run and the mean over runs; a run is missing here exactly where it is missing there."""
    benchmarks = {seed: load_benchmark(f"nasbench201/{dataset}", seed=seed) for seed in (0, 1, 2, "mean")}
    recorded = {seed: set(benchmark.architectures()) for seed, benchmark in benchmarks.items()}
    for row in rows(shared_data / "nasbench201" / "nb201_val_e200_by_seed.csv"):
        architecture = cell(row["ops"])
        texts = {seed: row[f"{PREFIX[dataset]}_val_e200_s{seed}"] for seed in range(3)}
        runs = {seed: float(text) for seed, text in texts.items() if text}
        assert {seed for seed in range(3) if architecture in recorded[seed]} == set(runs)
        for seed, score in runs.items():
            assert abs(benchmarks[seed].score(architecture) - score) < 1e-4
        assert abs(benchmarks["mean"].score(architecture) - np.mean(list(runs.values()))) < 1e-4
    assert {seed: len(architectures) for seed, architectures in recorded.items()} == {
        0: 15625,
        1: 15625,
        2: 8169,
        "mean": 15625,
    }


def test_a_missing_run_is_refused() -> None:
    """7,456 cells were trained twice; asking for their third training is an error, not the mean."""
    benchmark = load_benchmark("nasbench201/cifar10", seed=2)
    trained = set(benchmark.architectures())
    untrained = next(architecture for architecture in SPACE if architecture not in trained)
    with pytest.raises(UnansweredQuery, match="no record"):
        benchmark.score(untrained)


@pytest.mark.parametrize(("dataset", "share"), [("cifar10", 0.5), ("cifar100", 1.0), ("imagenet16-120", 1.0)])
def test_seconds_are_the_training_of_200_epochs(dataset: str, share: float, shared_data: Path) -> None:
    """The official training seconds of 200 epochs; on CIFAR-10 half of them, for the half of the images trained on."""
    benchmark = load_benchmark(f"nasbench201/{dataset}")
    for row in rows(shared_data / "nasbench201" / "nb201_train_time_first1000.csv"):
        official = float(row[f"{PREFIX[dataset]}_e200_train_time_s"])
        assert benchmark.seconds(SPACE.parse(row["arch_str"])) == pytest.approx(share * official, rel=1e-5)


@pytest.mark.parametrize(("dataset", "classes"), [("cifar10", 10), ("cifar100", 100), ("imagenet16-120", 120)])
def test_parameters_are_those_of_the_networks(dataset: str, classes: int) -> None:
    """Of every cell: 0.073306 M + 0.028 per 1x1 and 0.24304 per 3x3 convolution, and 65 per class beyond ten."""
    benchmark = load_benchmark(f"nasbench201/{dataset}")
    for architecture in SPACE:
        count = architecture.operations.count
        wanted = 0.073306 + 0.028 * count("nor_conv_1x1") + 0.24304 * count("nor_conv_3x3") + 65e-6 * (classes - 10)
        recorded = benchmark.parameters(architecture)
        assert recorded is not None
        assert abs(recorded - wanted) < 1e-9


def test_latency_is_on_record() -> None:
    latency = load_benchmark("nasbench201/cifar10").latency(SPACE[0])
    assert latency is not None
    assert 0 < latency < 0.1


@pytest.mark.parametrize(
    "question",
    [{"split": "test"}, {"epochs": 12}, {"seed": 3}, {"seed": 777}, {"dataset": "cifar100"}, {"split": "val"}],
)
def test_refuses_what_it_has_no_record_of(question: dict) -> None:
    """In one line: what was wanted, what is on record, and that the official files have more."""
    benchmark = load_benchmark("nasbench201/cifar10")
    with pytest.raises(UnansweredQuery, match="nas-plugins convert") as error:
        benchmark.score(SPACE[0], **question)
    message = str(error.value)
    assert "\n" not in message
    assert "split validation, epochs 200, seed 0 or 1 or 2 or mean" in message
    if "dataset" not in question:
        with pytest.raises(UnansweredQuery, match="nas-plugins convert"):
            load_benchmark("nasbench201/cifar10", **question)


def test_a_question_in_its_own_words_is_answered() -> None:
    benchmark = load_benchmark("nasbench201/cifar10")
    own = benchmark.score(SPACE[7], dataset="cifar10", split="validation", epochs=200, seed="mean")
    assert own == benchmark.score(SPACE[7])
    assert benchmark.score(SPACE[7], seed=1) == load_benchmark("nasbench201/cifar10", seed=1).score(SPACE[7])


def test_text_is_no_architecture() -> None:
    with pytest.raises(InvalidArchitecture, match=r"space\.parse"):
        load_benchmark("nasbench201/cifar10").score(str(SPACE[0]))


def test_survives_a_trip_to_another_process() -> None:
    benchmark = pickle.loads(pickle.dumps(load_benchmark("nasbench201/cifar10")))
    assert benchmark.optimum() == load_benchmark("nasbench201/cifar10").optimum()


def test_the_packaged_pickle_is_read_as_plain_data() -> None:
    """A pickle that would import something is refused before it does."""
    with pytest.raises(pickle.UnpicklingError, match="plain data"):
        _PlainUnpickler(BytesIO(pickle.dumps(math.sqrt))).load()
