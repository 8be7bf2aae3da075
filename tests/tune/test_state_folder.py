"""States in the folder of an experiment survive damage, a full disk, and files that Ray copied at different moments."""

import copy
import errno
import json
import logging
import math
from pathlib import Path
from typing import Any

import pytest
from ray.tune.experiment import Trial
from ray.tune.search import Searcher

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import DamagedFile
from nas_plugins.tune import RandomSearcher, StrategySearcher, experiment_record
from nas_plugins.tune import strategy_searcher as module
from nas_plugins.tune.experiment_record import RecordedTrial, recorded_trials
from tests.catalogue_fixture import catalogue_fixture
from tests.tune.catalogue import CATALOGUE, Entry
from tests.tune.recording_strategy import RecordingStrategy

STATE = "searcher-state-{}.pkl"


entry = catalogue_fixture(CATALOGUE)
"""One searcher of the catalogue."""


def value(config: dict[str, Any]) -> float:
    """A score that depends on the architecture alone."""
    return float(sum(map(ord, config["architecture"])) % 97)


def trial(searcher: Searcher, name: str) -> dict[str, Any]:
    """One trial from suggestion to completion; its configuration."""
    config = searcher.suggest(name)
    assert isinstance(config, dict)
    searcher.on_trial_complete(name, {"accuracy": value(config)})
    return config


def record(name: str, config: dict[str, Any], *, finished: bool = True) -> RecordedTrial:
    """What Ray has saved of a trial."""
    return RecordedTrial(name, config, {"accuracy": value(config)} if finished else {}, finished)


def saved_twice(folder: Path) -> tuple[Path, list[str]]:
    """A folder with a state after two trials and one after three; the newest file, and the architectures."""
    searcher = RandomSearcher(metric="accuracy", mode="max", seed=4)
    architectures = []
    for number in range(3):
        architectures.append(trial(searcher, str(number))["architecture"])
        searcher.save_to_dir(str(folder), "2026-01-01")
    return folder / STATE.format("2026-01-01"), architectures


def test_the_state_before_is_kept_beside(tmp_path: Path) -> None:
    """Two files, one event apart, and nothing else."""
    newest, _ = saved_twice(tmp_path)
    before = tmp_path / f"previous-{newest.name}"

    assert sorted(path.name for path in tmp_path.iterdir()) == [before.name, newest.name]
    assert json.loads(newest.read_text())["completed"] == ["0", "1", "2"]
    assert json.loads(before.read_text())["completed"] == ["0", "1"]


@pytest.mark.parametrize("damage", ["", "{", "not json", '{"kind": "another"}', '{"kind": "nas_plugins searcher"}'])
def test_the_state_before_takes_over(damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A newest state that is empty, cut off or foreign: one clear line about it, one about the file used instead."""
    newest, architectures = saved_twice(tmp_path)
    newest.write_text(damage)
    restored = RandomSearcher()
    with caplog.at_level(logging.WARNING):
        restored.restore_from_dir(str(tmp_path))
    lines = [record.getMessage() for record in caplog.records]

    assert trial(restored, "2")["architecture"] == architectures[2]
    assert len(lines) == 2
    assert newest.name in lines[0] or "wanted a saved state" in lines[0]
    assert "previous-" in lines[1]
    assert not any("\n" in line for line in lines)


def test_an_older_session_is_the_last_resort(tmp_path: Path) -> None:
    """Later sessions come first, an older one is used where theirs is damaged; with none whole, the newest is named."""
    saved_twice(tmp_path)
    (tmp_path / STATE.format("2026-01-02")).write_text("{")
    restored = RandomSearcher()
    restored.restore_from_dir(str(tmp_path))
    assert restored.get_state()["completed"] == ["0", "1", "2"]

    for path in tmp_path.iterdir():
        path.write_text("{")
    with pytest.raises(DamagedFile, match="2026-01-02"):
        RandomSearcher().restore_from_dir(str(tmp_path))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile, match="found none"):
        RandomSearcher().restore_from_dir(str(tmp_path))


def test_a_full_disk_ends_no_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Saves that fail are told of and leave the last good state; the search goes on, and is saved again once it can."""
    newest, _ = saved_twice(tmp_path)
    restored = RandomSearcher()
    restored.restore_from_dir(str(tmp_path))
    good = newest.read_text()

    def full(path: str, state: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", path)

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(module, "write_json", full)
        trial(restored, "3")
        restored.save_to_dir(str(tmp_path), "2026-01-01")
        trial(restored, "4")
        restored.save_to_dir(str(tmp_path), "2026-01-01")
    assert "No space left on device" in caplog.text
    assert newest.read_text() == good
    assert len(list(tmp_path.iterdir())) == 2
    restored.save_to_dir(str(tmp_path), "2026-01-01")
    assert json.loads(newest.read_text())["completed"] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("lag", [1, 3])
def test_a_state_behind_the_trials_catches_up(entry: Entry, lag: int) -> None:
    """Ray saved trials the searcher's state knows nothing of: together they go on as if nothing had happened."""
    whole = entry.build(metric="accuracy", mode="max", seed=6)
    configs = [trial(whole, str(number)) for number in range(9)]
    behind = entry.build(metric="accuracy", mode="max", seed=6)
    for number in range(5 - lag):
        trial(behind, str(number))
    if lag == 1:
        behind.suggest("4")  # suggested, and its end not told
    behind._catch_up([record(str(number), configs[number]) for number in range(5)])

    assert [trial(behind, str(number)) for number in range(5, 9)] == configs[5:]


def test_a_trial_in_progress_is_suggested_again_and_told_when_it_ends(entry: Entry) -> None:
    """The fifth trial runs, the state is from before it was suggested."""
    whole = entry.build(metric="accuracy", mode="max", seed=6)
    configs = [trial(whole, str(number)) for number in range(8)]
    behind = entry.build(metric="accuracy", mode="max", seed=6)
    for number in range(4):
        trial(behind, str(number))
    behind._catch_up([record(str(number), configs[number], finished=number < 4) for number in range(5)])
    behind.on_trial_complete("4", {"accuracy": value(configs[4])})

    assert [trial(behind, str(number)) for number in range(5, 8)] == configs[5:]


def test_a_state_ahead_of_the_trials_loses_no_suggestion(entry: Entry) -> None:
    """Ray does not know the last suggestion: it comes next, under another trial's name, and then all as before."""
    whole = entry.build(metric="accuracy", mode="max", seed=6)
    configs = [trial(whole, str(number)) for number in range(8)]
    ahead = entry.build(metric="accuracy", mode="max", seed=6)
    for number in range(4):
        trial(ahead, str(number))
    ahead.suggest("lost")
    ahead._catch_up([record(str(number), configs[number]) for number in range(4)])

    assert [trial(ahead, str(number))["architecture"] for number in range(4, 8)] == [
        config["architecture"] for config in configs[4:]
    ]


def test_trials_from_another_order_of_results_are_told_all_the_same() -> None:
    """What cannot be suggested again is not proposed twice, and its result is learned."""
    searcher = StrategySearcher(metric="accuracy", mode="max", seed=0)
    stranger = {"architecture": str(searcher.space.parse("|none~0|+|none~0|none~1|+|none~0|none~1|nor_conv_1x1~2|"))}
    expected = [trial(StrategySearcher(metric="accuracy", mode="max", seed=0), "0")]
    searcher._catch_up([record("a", stranger), record("b", stranger, finished=False)])
    searcher.on_trial_complete("b", {"accuracy": 5.0})

    assert [trial(searcher, "0")] == expected
    assert searcher.get_state()["completed"] == ["a", "b", "0"]


def test_a_trial_in_progress_from_another_order_of_results_is_not_proposed_again(entry: Entry) -> None:
    """The strategy would have come to it two proposals later, and does not know that it runs."""
    searcher = entry.build(metric="accuracy", mode="max", seed=6)
    configs = [trial(searcher, str(number)) for number in range(3)]
    records = [record(str(number), config) for number, config in enumerate(configs)]
    ahead = copy.deepcopy(searcher)
    running = [trial(ahead, str(number)) for number in range(3, 6)][-1]
    searcher._catch_up([*records, record("running", running, finished=False)])
    searcher.set_state(json.loads(json.dumps(searcher.get_state())))
    following = [trial(searcher, str(number))["architecture"] for number in range(3, 9)]

    assert running["architecture"] not in following
    assert set(searcher.get_state()["pending"]) == {"running"}


def test_failed_trials_are_told_as_failed() -> None:
    """Also one that the state knows nothing of; and once only, until a resumed one has ended well."""
    strategy = RecordingStrategy(NASBench201())
    searcher = StrategySearcher(metric="accuracy", mode="max", strategy=lambda space, seed: strategy)
    configs = [searcher.suggest("0"), {"architecture": str(strategy.space[1])}]
    failed = [RecordedTrial(str(number), config, {}, False, failed=True) for number, config in enumerate(configs)]
    for _ in range(2):
        searcher._catch_up(failed)
    assert [architecture for architecture, _ in strategy.told] == [strategy.space[0], strategy.space[1]]
    assert all(math.isnan(score) for _, score in strategy.told)
    assert searcher.get_state()["pending"] == {}

    searcher._catch_up([failed[0], RecordedTrial("1", configs[1], {}, False)])
    assert len(strategy.told) == 2
    for _ in range(2):
        searcher._catch_up([failed[0], RecordedTrial("1", configs[1], {"accuracy": 8.0}, True)])
    assert strategy.told[2:] == [(strategy.space[1], 8.0)]


def test_the_last_result_of_a_trial_in_progress_is_caught_up_with() -> None:
    """Ray had saved it, the state was from before; then the trial is ended without a result."""
    strategy = RecordingStrategy(NASBench201())
    searcher = StrategySearcher(metric="accuracy", mode="max", strategy=lambda space, seed: strategy)
    config = searcher.suggest("0")
    searcher._catch_up([RecordedTrial("0", config, {"accuracy": 4.0}, False)])
    searcher.on_trial_complete("0")

    assert strategy.told == [(strategy.space[0], 4.0)]


def test_records_say_how_trials_ended_and_have_flat_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Ray hands results over as they come: ``eval/accuracy`` is the accuracy within eval."""
    trials = []
    for status in (Trial.TERMINATED, Trial.ERROR, Trial.PENDING, Trial.PAUSED):
        saved = Trial("no such trainable", trial_id=status, stub=True)
        saved.set_status(status)
        saved.run_metadata.last_result = {"eval": {"accuracy": 3.0}}
        trials.append(saved)
    monkeypatch.setattr(experiment_record, "_newest_trials", lambda folder: trials)
    records = recorded_trials(tmp_path)

    assert records is not None
    assert [(each.finished, each.failed) for each in records] == [(True, False), (False, True), *[(False, False)] * 2]
    assert all(each.result["eval/accuracy"] == 3.0 for each in records)


def test_states_of_earlier_versions_restore_as_they_are(tmp_path: Path) -> None:
    """Without the list of completed trials nothing can be caught up with, and nothing is suggested again."""
    newest, architectures = saved_twice(tmp_path)
    state = json.loads(newest.read_text())
    del state["completed"]
    newest.write_text(json.dumps(state))
    restored = RandomSearcher()
    restored.restore_from_dir(str(tmp_path))

    assert trial(restored, "3")["architecture"] not in architectures


def test_unreadable_trials_are_left_to_ray(tmp_path: Path) -> None:
    """No state of the experiment, or a damaged one: the searcher trusts its own."""
    assert recorded_trials(tmp_path) is None
    (tmp_path / "experiment_state-2026-01-01.json").write_text('{"trial_data": [["{", "{"]]}')
    assert recorded_trials(tmp_path) is None
