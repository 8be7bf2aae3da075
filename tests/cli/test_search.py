"""`nas-plugins search`: the main job on real images, trials on a real Ray; the interrupted one starts its own."""

import importlib
import json
import math
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest

from nas_plugins.cli import main
from nas_plugins.spaces import NASBench201
from nas_plugins.tune import previous_results

pytestmark = pytest.mark.xdist_group("ray")


@pytest.mark.usefixtures("two_cpus")
@pytest.mark.parametrize("strategy", ["metad2a", "random"])
def test_search_trains_what_the_strategy_proposes(strategy, tmp_path, monkeypatch, capsys):
    """Digits, two trials of one epoch: JSON as documented, the best last on the screen, pictures where it says."""
    monkeypatch.chdir(tmp_path)
    common = "search digits --trials 2 --epochs 1 --channels 4 --seed 1"
    with pytest.raises(SystemExit) as caught:
        main(f"{common} --strategy {strategy} --json s.json".split())
    out = capsys.readouterr().out
    result = json.loads((tmp_path / "s.json").read_text())
    scores = [trial["score"] for trial in result["trials"]]

    assert caught.value.code == 0
    assert len(scores) == 2
    assert result["best"]["score"] == max(scores) > 10  # ten balanced classes: chance is 10 %
    assert all(NASBench201().parse(trial["architecture"]) for trial in result["trials"])
    assert all(trial["seconds"] > 0 for trial in result["trials"])
    assert " M MACs " in out
    assert all(f" {trial['multiply_adds'] / 1e6:.1f} " in out for trial in result["trials"])
    assert all((trial["predicted_accuracy"] is not None) == (strategy == "metad2a") for trial in result["trials"])
    assert (tmp_path / "results" / "search-digits" / "architectures.png").is_file()
    if strategy == "random":  # goes on from the file it wrote: the two cells are known
        with pytest.raises(SystemExit) as caught:
            main(f"{common} --strategy local_search --from s.json --json again.json".split())
        again = json.loads((tmp_path / "again.json").read_text())
        known = NASBench201().parse(result["best"]["architecture"])
        assert caught.value.code == 0
        assert {t["architecture"] for t in again["trials"]} <= set(map(str, NASBench201().neighbors(known)))
    last = out.strip().splitlines()[-4:]
    assert any(line.startswith(f"Best architecture: {result['best']['architecture']}") for line in last)


def test_progress_keeps_the_best_score_over_trials_without_one():
    """A training whose loss was no number reports nan."""
    told = []
    progress = importlib.import_module("nas_plugins.tune.search")._Progress(lambda finished, best: told.append(best))
    for score in (90.0, math.nan, 10.0):
        progress.on_trial_complete(0, [], SimpleNamespace(last_result={"accuracy": score}))
    assert told == [90.0, 90.0, 90.0]


@pytest.mark.usefixtures("two_cpus")
def test_more_resources_than_there_are_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        main(["search", "digits", "--gpus-per-trial", "64", "--trials", "1"])

    assert caught.value.code == 2
    assert "GPUs per trial" in capsys.readouterr().err.strip().splitlines()[-1]


_INTERRUPTED = """
import os, signal
from nas_plugins.cli import main, search

told = search.percent

def percent(score):
    finished.append(score)
    if len(finished) == 2:
        os.kill(os.getpid(), signal.SIGINT)
    return told(score)

finished, search.percent = [], percent
main("search digits --trials 40 --epochs 1 --channels 4 --strategy random --json s.json".split())
"""


def test_an_interrupted_search_says_so_and_keeps_what_had_finished(tmp_path, monkeypatch, capsys):
    """Exit code 130, no trial without its score, and the output folder is where another search goes on."""
    (tmp_path / "interrupted.py").write_text(_INTERRUPTED)
    done = subprocess.run(
        [sys.executable, "interrupted.py"], cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 130, done.stderr[-3000:]
    result = json.loads((tmp_path / "s.json").read_text())
    assert result["interrupted"]
    assert 2 <= len(result["trials"]) < 40
    assert all(trial["score"] > 0 for trial in result["trials"])
    assert f"interrupted: {len(result['trials'])} of 40 trials had finished" in " ".join(done.stderr.split())

    monkeypatch.chdir(tmp_path)
    known = previous_results("results/search-digits")
    finished = {str(cell): score for cell, score in known}
    assert finished == {trial["architecture"]: trial["score"] for trial in result["trials"]}
    experiment = next((tmp_path / "results" / "search-digits" / "ray").iterdir())
    shutil.copytree(experiment, experiment.with_name("other"))
    with pytest.warns(UserWarning, match="holds 2 experiments of Ray Tune"):
        assert previous_results("results/search-digits") == 2 * known
