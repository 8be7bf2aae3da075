"""`nas-plugins search`: the main job on real images, trials on a real Ray."""

import json

import pytest

from nas_plugins.cli import main
from nas_plugins.spaces import NASBench201

pytestmark = pytest.mark.xdist_group("ray")


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


def test_more_resources_than_there_are_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        main(["search", "digits", "--gpus-per-trial", "64", "--trials", "1"])

    assert caught.value.code == 2
    assert "GPUs per trial" in capsys.readouterr().err.strip().splitlines()[-1]
