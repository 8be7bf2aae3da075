"""Bounds as options: numbers as people write them, every command keeps to them, one line where nothing is left."""

import json

import pytest

from nas_plugins.cli.bounds import read_quantity
from nas_plugins.spaces import NASBench201
from tests.cli.test_commands import is_picture, run  # noqa: F401  # a fixture

SPACE = NASBench201()


@pytest.mark.parametrize(
    ("text", "value"), [("300e6", 300e6), ("300M", 300e6), ("0.5m", 5e5), ("1.2G", 1.2e9), ("80k", 8e4), ("7", 7.0)]
)
def test_quantities_as_people_write_them(text, value):
    assert read_quantity(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "0", "-3", "nan", "inf", "3MB", "M", "1e999"])
def test_what_is_no_quantity_ends_in_one_line(run, text):  # noqa: F811  # the fixture
    code, _, err = run("benchmark", "random", f"--max-macs={text}")

    assert code == 2
    assert "wanted a number above 0 like 300e6 or 300M" in err
    assert err.count("\n") == 1


def test_a_benchmark_within_a_bound(run, tmp_path):  # noqa: F811  # the fixture
    """Only cells within the bound are looked up, and the optimum is the best of those."""
    code, _, _ = run(
        "benchmark",
        "local_search",
        "--max-macs",
        "40M",
        "--runs",
        2,
        "--queries",
        20,
        "--processes",
        1,
        "--json",
        "b.json",
    )
    result = json.loads((tmp_path / "b.json").read_text())
    cells = [SPACE.parse(text) for each in result["runs"] for text in each["architectures"]]

    assert code == 0
    assert max(SPACE.cost(cell, 10).multiply_adds for cell in cells) <= 40e6
    assert SPACE.cost(SPACE.parse(result["optimum_architecture"]), 10).multiply_adds <= 40e6
    assert max(score for each in result["runs"] for score in each["scores"]) <= result["optimum"]


def test_a_latency_table_bounds_too(run, tmp_path):  # noqa: F811  # the fixture
    """Twenty cells on record, ten of them fast: those are looked up and no others."""
    (tmp_path / "latency.csv").write_text(
        "architecture,phone,tablet\n" + "".join(f'"{SPACE[700 * n]}",{n + 1},1\n' for n in range(20))
    )
    code, _, _ = run(
        "benchmark", "random", "--max-latency", 10, "--latency-table", "latency.csv:phone", "--runs", 1,
        "--queries", 30, "--processes", 1, "--json", "b.json",
    )  # fmt: skip
    result = json.loads((tmp_path / "b.json").read_text())

    assert code == 0
    assert {*result["runs"][0]["architectures"]} == {str(SPACE[700 * n]) for n in range(10)}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--max-macs", "7M"), "the smallest of nasbench201 has 7,783,050 multiply-adds"),
        (("--max-latency", "5"), "wanted --latency-table"),
        (("--max-latency", "5", "--latency-table", "no.csv"), "no.csv"),
        (("--max-latency", "5", "--latency-table", "no.yaml"), "for mobilenetv3"),
    ],
)
def test_bounds_that_cannot_be_met_end_in_one_line(run, options, message):  # noqa: F811  # the fixture
    code, _, err = run("benchmark", "random", *options)

    assert code == 2
    assert message in err
    assert err.count("\n") == 1


def test_a_front_is_proposed_within_the_bound(run, tmp_path):  # noqa: F811  # the fixture
    """By rising cost and predicted accuracy, and its picture."""
    code, out, _ = run(
        "propose", "digits", "--candidates", 40, "--top", 5, "--max-macs", "60M", "--pareto", "--json", "p.json"
    )
    front = json.loads((tmp_path / "p.json").read_text())["front"]
    costs = [member["multiply_adds"] for member in front]

    assert code == 0
    assert [SPACE.cost(SPACE.parse(member["architecture"]), 10).multiply_adds for member in front] == costs
    assert costs == sorted(costs)
    assert costs[-1] <= 60e6
    assert [member["predicted_accuracy"] for member in front] == sorted(m["predicted_accuracy"] for m in front)
    assert is_picture(tmp_path / "results" / "propose-digits" / "pareto.png")
    assert "pareto.png" in out


def test_a_benchmark_of_trade_offs(run, tmp_path):  # noqa: F811  # the fixture
    """Hypervolume after every query, rising; the front of what was found, within the bound, and its picture."""
    code, out, _ = run(
        "benchmark", "pareto", "--max-macs", "60M", "--runs", 1, "--queries", 14, "--processes", 1, "--json", "b.json"
    )
    result = json.loads((tmp_path / "b.json").read_text())
    (covered,) = result["hypervolume"]
    costs = [member["multiply_adds"] for member in result["front"]]

    assert code == 0
    assert len(covered) == 14
    assert covered == sorted(covered)
    assert 0 < covered[-1] <= 100
    assert costs == sorted(costs)
    assert costs[-1] <= 60e6
    assert is_picture(tmp_path / "results" / "benchmark-pareto" / "front.png")
    assert "front.png" in out
