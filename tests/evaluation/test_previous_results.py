"""Earlier results are read whole or refused with the place of the damage, and strategies go on from them."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas_plugins.evaluation import load_benchmark, simulate
from nas_plugins.evaluation.previous_results import points_of_results, read_results, results_of_points, tell_results
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument, InvalidTable
from nas_plugins.strategies import get_strategy

SPACE = NASBench201()


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_csv(tmp_path: Path) -> None:
    """Order, repetitions and failures are kept; other columns are passed over."""
    rows = f"score,note,architecture\n61.5,a,{SPACE[3]}\nnan,,{SPACE[4]}\n62.5,again,{SPACE[3]}\n"
    results = read_results(write(tmp_path / "r.csv", rows), SPACE)

    assert [cell for cell, _ in results] == [SPACE[3], SPACE[4], SPACE[3]]
    assert [results[0][1], results[2][1]] == [61.5, 62.5]
    assert math.isnan(results[1][1])


def test_json_of_a_search_and_of_a_benchmark(tmp_path: Path) -> None:
    """What the command line wrote is read back; null is a failed trial."""
    searched = {"best": {}, "trials": [{"architecture": str(SPACE[1]), "score": 5.5, "seconds": 1}]}
    searched["trials"].append({"architecture": str(SPACE[2]), "score": None})  # type: ignore[attr-defined]
    run = {"architectures": [str(SPACE[7])], "scores": [70]}
    from_search = read_results(write(tmp_path / "s.json", json.dumps(searched)), SPACE)
    from_benchmark = read_results(write(tmp_path / "b.json", json.dumps({"runs": [run, run]})), SPACE)

    assert from_search[0] == (SPACE[1], 5.5)
    assert math.isnan(from_search[1][1])
    assert from_benchmark == [(SPACE[7], 70.0)] * 2


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("r.csv", "architecture,score\n", "found none"),
        ("r.csv", "architecture\nx\n", "'architecture' and 'score'"),
        ("r.csv", f"architecture,score\n{SPACE[0]},60\nnonsense,60\n", "line 3"),
        ("r.csv", f"architecture,score\n{SPACE[0]},sixty\n", "line 2"),
        ("r.csv", f"architecture,score\n{SPACE[0]},inf\n", "line 2"),
        ("r.csv", f"architecture,score\n{SPACE[0]}\n", "line 2"),
        ("r.csv", f'architecture,score\n"{SPACE[0]},60\n', "CSV"),
        ("r.json", "{", "damaged"),
        ("r.json", "[]", "something else"),
        ("r.json", "3", "something else"),
        ("r.json", '{"trials": 3}', "something else"),
        ("r.json", '{"trials": []}', "found none"),
        ("r.json", '{"trials": [{"architecture": "x", "score": 1}]}', "result 1"),
        ("r.json", '{"trials": [{"architecture": 4, "score": 1}]}', "result 1"),
        ("r.json", json.dumps({"trials": [{"architecture": str(SPACE[0]), "score": "1"}]}), "result 1"),
        ("r.json", json.dumps({"runs": [{"architectures": [str(SPACE[0])], "scores": []}]}), "something else"),
        ("r.txt", "", ".csv or .json"),
    ],
)
def test_damage_is_named(name: str, text: str, says: str, tmp_path: Path) -> None:
    """Each in one line that says where."""
    with pytest.raises(InvalidTable, match=says) as caught:
        read_results(write(tmp_path / name, text), SPACE)
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=200), st.sampled_from([".csv", ".json"]))
def test_any_bytes_are_results_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str) -> None:
    """Nothing but InvalidTable comes of a damaged file."""
    path = tmp_path_factory.mktemp("fuzz") / f"r{suffix}"
    path.write_bytes(data)
    with pytest.raises(InvalidTable):
        read_results(path, SPACE)


def test_no_file_is_named() -> None:
    with pytest.raises(InvalidTable, match="found no file"):
        read_results("nowhere.csv", SPACE)


@pytest.mark.parametrize("mode", ["max", "min"])
def test_points_and_back(mode: str) -> None:
    """Ray's points with rewards become scores, higher better, and come back as they were."""
    points: list[dict[str, Any]] = [{"architecture": str(SPACE[3])}, dict(SPACE.to_choices(SPACE[9]))]
    results = results_of_points(points, [0.5, 0.25], SPACE, mode=mode)
    back = points_of_results(results, mode=mode)

    assert results == [(SPACE[3], 0.5 if mode == "max" else -0.5), (SPACE[9], 0.25 if mode == "max" else -0.25)]
    assert back["evaluated_rewards"] == [0.5, 0.25]
    assert [point["architecture"] for point in back["points_to_evaluate"]] == [str(SPACE[3]), str(SPACE[9])]


def test_points_that_do_not_fit() -> None:
    point = {"architecture": str(SPACE[3])}
    with pytest.raises(InvalidArgument, match="as many rewards"):
        results_of_points([point], [], SPACE)
    with pytest.raises(InvalidArgument, match="mode"):
        results_of_points([point], [1], SPACE, mode="best")
    with pytest.raises(InvalidArchitecture, match="wanted"):
        results_of_points([{"lr": 1}], [1], SPACE)


@pytest.mark.parametrize("name", ["local_search", "regularized_evolution", "bayesian"])
def test_a_told_strategy_searches_better_and_asks_nothing_again(name: str) -> None:
    """Ten runs of ten queries after the scores of 200 random cells, and without: the mean of their bests is higher.

    Random cells reach 90.9 % among 200 and 89.9 % among ten; what goes on from the former starts above the latter.
    """
    table = load_benchmark("nasbench201/cifar10")
    random = simulate(get_strategy("random", SPACE, seed=99), table, queries=200)
    known = list(zip(random.architectures, random.scores, strict=True))
    told, alone = [], []
    for seed in range(10):
        run = simulate(tell_results(get_strategy(name, SPACE, seed=seed), known), table, queries=10)
        assert not set(run.architectures) & set(random.architectures)
        told.append(max(run.scores))
        alone.append(max(simulate(get_strategy(name, SPACE, seed=seed), table, queries=10).scores))

    assert sum(told) > sum(alone)
