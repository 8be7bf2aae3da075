"""Every example runs as it stands, in a process of its own, and says what it found."""

import re
from pathlib import Path

import pytest

from tests.nni.live import Live
from tests.programs import run_program

EXAMPLES = Path(__file__).parents[1] / "examples"

# Examples start Rays of their own, one after the other: a second one beside that of the group "ray", and no third.
pytestmark = pytest.mark.xdist_group("examples")


def run(example: str, folder: Path, *arguments: str) -> str:
    """Run an example in a folder and give what it printed."""
    return run_program(EXAMPLES / example, folder, *arguments)


def test_every_example_is_run_here():
    """A new example joins this file."""
    assert {path.name for path in EXAMPLES.glob("*.py")} == {
        "quickstart.py",
        "latent_search.py",
        "own_strategy.py",
        "own_pictures.py",
        "ask_tell.py",
        "optuna_study.py",
        "nni_experiment.py",
    }


def test_quickstart_searches_for_ones_own_pictures(pictures, tmp_path):
    """A relative path to small pictures: the last lines name the best cell, its accuracy and the pictures."""
    last = run("quickstart.py", tmp_path, pictures.name).strip().splitlines()[-4:]

    assert last[0].startswith("Best architecture: |")
    assert re.fullmatch(r"Measured accuracy: \d+\.\d\d % of the held-out images of .*", last[1])
    assert all((tmp_path / line.removeprefix("Picture: ")).is_file() for line in last[2:])


def test_own_pictures_draws_shapes_and_keeps_the_bound(tmp_path):
    """Without a path it draws a folder of pictures; every proposal printed is within the bound."""
    output = run("own_pictures.py", tmp_path)

    sizes = [int(text.replace(",", "")) for text in re.findall(r"([\d,]+) parameters", output)]
    assert len(sizes) == 3
    assert max(sizes) <= 150_000
    assert len(list((tmp_path / "results" / "shapes").glob("*/*.png"))) == 300
    assert "Best architecture: |" in output


@pytest.mark.parametrize(
    ("example", "arguments"),
    [
        ("latent_search.py", ()),
        ("latent_search.py", ("hyperopt",)),
        ("latent_search.py", ("botorch",)),
        ("own_strategy.py", ()),
        ("ask_tell.py", ()),
        ("optuna_study.py", ()),
    ],
)
def test_table_examples_find_good_cells(example, arguments, tmp_path):
    """All are seeded, and find more than the best of ten random cells has on average, 89.94 %."""
    accuracy = re.search(r"Validation accuracy: (\d+\.\d+)", run(example, tmp_path, *arguments))

    assert accuracy is not None
    assert float(accuracy[1]) > 89.94


@pytest.mark.xdist_group("nni")
def test_the_nni_example_ends_with_its_experiment(tmp_path):
    """Four trials, the best of them printed, and no process left in its home."""
    live = Live(tmp_path)
    try:
        output = run("nni_experiment.py", tmp_path, str(live.port))
        assert re.search(r"Best of 4 look-ups: \|.*\nValidation accuracy: \d+\.\d\d %", output)
        assert not live.processes()
    finally:
        live.kill()
