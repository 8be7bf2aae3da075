"""Searches go on from their files, and damaged or foreign files are refused."""

import copy
import json
import pickle
from pathlib import Path

import cloudpickle
import pytest
from ray import tune

from nas_plugins.spaces import DARTS, CostBound, NASBench201, NetworkCost, constrain
from nas_plugins.spaces.errors import DamagedFile, InvalidState
from nas_plugins.tune import RandomSearcher
from tests.strategies.tiny_space import TinySpace
from tests.tune.catalogue import Entry
from tests.tune.searcher_laws.without_ray import FIRST, ITSELF, SPACE, recording, run, save, suggest


def test_five_restore_five_more_is_ten(entry: Entry, tmp_path: Path) -> None:
    """Five trials, save, restore into a searcher built without arguments, five more: ten in a row, domains included."""
    param_space = {"lr": tune.loguniform(1e-4, 1e-1), "constant": 1}
    whole, first = entry.build(seed=2), entry.build(seed=2)
    for searcher in (whole, first):
        searcher.set_search_properties("accuracy", "max", param_space)
    ten = run(whole, range(10))
    five = run(first, range(5))
    resumed = entry.cls()
    resumed.restore(save(first, tmp_path))
    resumed.set_search_properties("accuracy", "max", param_space)

    assert five + run(resumed, range(5, 10)) == ten


def test_restore_brings_the_domains_back(entry: Entry, tmp_path: Path) -> None:
    """Ray does not repeat param_space when it restores an experiment: every kind of domain is in the state."""
    param_space = {
        "constant": object(),
        "uniform": tune.uniform(-1, 1),
        "quantised": tune.quniform(0, 1, 0.25),
        "nested": {"log": tune.loguniform(1e-4, 1e-1), "qlog": tune.qloguniform(1e-2, 1, 1e-2)},
        "normal": tune.randn(3, 2),
        "qnormal": tune.qrandn(3, 2, 0.5),
        "integers": [tune.randint(1, 9), tune.qrandint(0, 100, 10), tune.lograndint(1, 100), "constant"],
        "choice": tune.choice(["a", 2, None]),
    }
    searcher, blank = entry.build(seed=2), entry.cls()
    searcher.set_search_properties("accuracy", "max", param_space)
    run(searcher, range(3))
    blank.restore(save(searcher, tmp_path))
    expected = run(searcher, range(3, 12))

    assert set(expected[0]) - ITSELF == param_space.keys() - {"constant"}
    assert run(blank, range(3, 12)) == expected


def test_functions_in_param_space_must_be_given_again(entry: Entry, tmp_path: Path) -> None:
    """tune.sample_from cannot be saved as plain data: the restored searcher asks for it, and goes on once it has it."""
    param_space = {"lr": tune.uniform(0, 1), "twice": tune.sample_from(lambda spec: 2 * spec.config.lr)}
    searcher, blank = entry.build(seed=2), entry.cls()
    searcher.set_search_properties("accuracy", "max", param_space)
    run(searcher, range(2))
    blank.restore(save(searcher, tmp_path))
    with pytest.raises(InvalidState, match="param_space"):
        copy.deepcopy(blank).suggest("2")
    blank.set_search_properties("accuracy", "max", param_space)

    assert run(blank, range(2, 5)) == run(searcher, range(2, 5))


def test_restore_into_a_blank_searcher_keeps_pending_trials(entry: Entry, tmp_path: Path) -> None:
    """A blank searcher takes over pending trials, points, metric and mode, with set_search_properties never called."""
    searcher = entry.build(metric="loss", mode="min", points_to_evaluate=[{"architecture": FIRST}] * 3, seed=0)
    suggest(searcher, "completed")
    searcher.on_trial_complete(trial_id="completed", result={"loss": 1.0}, error=False)
    suggest(searcher, "2")
    suggest(searcher, "not_completed")
    blank = entry.cls()
    blank.restore(save(searcher, tmp_path))
    blank.on_trial_complete(trial_id="2", result={"loss": 1.0}, error=False)

    assert suggest(blank, "3")
    assert set(blank.get_state()["pending"]) == {"not_completed", "3"}
    assert (blank.metric, blank.mode) == ("loss", "min")


def test_restore_before_anything_was_suggested(entry: Entry, tmp_path: Path) -> None:
    """Points, rewards and seed survive a save before the strategy exists."""
    points = [{"architecture": FIRST, "lr": 0.1}]
    fresh = entry.build(points_to_evaluate=points, seed=4)
    blank = entry.build(seed=99)
    blank.restore(save(fresh, tmp_path))
    assert run(blank, range(4)) == run(fresh, range(4))

    taught = entry.build(points_to_evaluate=[run(entry.build(seed=4), range(1))[0]], evaluated_rewards=[1.0], seed=4)
    blank = entry.build(seed=99)
    blank.restore(save(taught, tmp_path))
    assert run(blank, range(4)) == run(taught, range(4))


def test_pending_results_reach_the_restored_strategy(tmp_path: Path) -> None:
    """A result of a trial started before the save is told after the restore, under its own architecture."""
    searcher, _ = recording(metric="accuracy", mode="max")
    for number in range(3):
        suggest(searcher, str(number))
    resumed, built = recording()
    resumed.restore(save(searcher, tmp_path))
    resumed.on_trial_complete(trial_id="1", result={"accuracy": 7.0}, error=False)

    assert built[-1].told == [(SPACE[1], 7.0)]


def test_the_state_is_plain_versioned_json(entry: Entry, tmp_path: Path) -> None:
    """A saved searcher is a JSON file that says what it is and which version; no pickle, nothing left beside it."""
    searcher = entry.build(seed=0)
    run(searcher, range(2))
    state = json.loads(Path(save(searcher, tmp_path)).read_text())

    assert state["kind"] == "nas_plugins searcher"
    assert state["version"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["searcher-state-test.pkl"]


def test_damaged_and_foreign_files_are_refused(entry: Entry, tmp_path: Path) -> None:
    """Missing, empty, truncated, pickled or other JSON files: DamagedFile, and the searcher is as it was."""
    searcher = entry.build(seed=0)
    run(searcher, range(2))
    path = Path(save(searcher, tmp_path))
    whole = path.read_bytes()
    before = searcher.get_state()
    with pytest.raises(DamagedFile):
        searcher.restore(str(tmp_path / "no such file"))
    for content in (b"", whole[: len(whole) // 2], pickle.dumps({"a": 1}), b"[]", b'{"kind": "other"}'):
        path.write_bytes(content)
        with pytest.raises(DamagedFile):
            searcher.restore(str(path))

    assert searcher.get_state() == before


def test_states_of_others_are_refused(entry: Entry, tmp_path: Path) -> None:
    """Another searcher's, version's or space's state, or one with parts missing: InvalidState, and nothing changes."""
    searcher = entry.build(seed=0)
    run(searcher, range(2))
    state = searcher.get_state()
    foreign = [
        state | {"version": 2},
        state | {"searcher": "SomeoneElse"},
        state | {"space": "no such space"},
        state | {"pending": {"1": "no architecture"}},
        state | {"strategy": {"strategy": "no such strategy"}},
        state | {"generator": {"bit_generator": "none"}},
        {key: value for key, value in state.items() if key != "points"},
    ]
    for wrong in foreign:
        path = tmp_path / "state.json"
        path.write_text(json.dumps(wrong))
        with pytest.raises(InvalidState):
            searcher.restore(str(path))
        assert searcher.get_state() == state


def test_save_to_dir_and_restore_from_dir(entry: Entry, tmp_path: Path) -> None:
    """The two methods by which Ray checkpoints an experiment work."""
    searcher = entry.build(seed=0)
    run(searcher, range(3))
    searcher.save_to_dir(str(tmp_path), "2026-01-01")
    blank = entry.cls()
    blank.restore_from_dir(str(tmp_path))

    assert run(blank, range(3, 6)) == run(searcher, range(3, 6))


def test_copies_go_their_own_way(entry: Entry) -> None:
    """Deep copies and cloudpickle copies, before and after the first suggestion, suggest what the original would."""
    searcher = entry.build(seed=0)
    for numbers in (range(2), range(2, 4)):
        copies = [copy.deepcopy(searcher), cloudpickle.loads(cloudpickle.dumps(searcher))]
        expected = run(searcher, numbers)
        assert [run(twin, numbers) for twin in copies] == [expected, expected]


def test_bounds_do_not_get_lost_between_save_and_restore(entry: Entry, tmp_path: Path) -> None:
    """A state saved within bounds is refused without them and within others, and the other way round; else it goes on.

    A refusal leaves a searcher as it was. States of earlier versions say nothing of bounds, and restore, but not where
    another space would have to replace the one within bounds.
    """
    within, looser, elsewhere = (
        constrain(space, [CostBound(NetworkCost(space), bound)])
        for space, bound in ((SPACE, 60e6), (SPACE, 80e6), (DARTS(), 400e6))
    )
    searcher = entry.build(space=within, metric="accuracy", mode="max", seed=1)
    suggest(searcher, "0")
    searcher.save(str(tmp_path / "within"))
    entry.build(metric="accuracy", mode="max", seed=1).save(str(tmp_path / "without"))
    for other, name in (
        (entry.build(), "within"),
        (entry.build(space=looser), "within"),
        (entry.build(space=within), "without"),
    ):
        before = other.get_state()
        with pytest.raises(InvalidState, match="bounds"):
            other.restore(str(tmp_path / name))
        assert other.get_state() == before
    restored = entry.build(space=constrain(NASBench201(), within.bounds))
    restored.restore(str(tmp_path / "within"))
    earlier = {key: value for key, value in restored.get_state().items() if key != "bounds"} | {"strategy": None}
    entry.build(space=within).set_state(earlier)

    assert suggest(restored, "1") == suggest(searcher, "1")
    with pytest.raises(InvalidState, match="space 'darts'"):
        entry.build(space=elsewhere).set_state(earlier)


def test_another_space_travels_with_the_state(tmp_path: Path) -> None:
    """A space that has no public name restores into a searcher that was given it, and into no other."""
    searcher = RandomSearcher(TinySpace(), seed=0)
    expected = copy.deepcopy(searcher)
    run(searcher, range(3))
    run(expected, range(3))
    path = save(searcher, tmp_path)
    same = RandomSearcher(TinySpace())
    same.restore(path)

    assert run(same, range(3, 6)) == run(expected, range(3, 6))
    with pytest.raises(InvalidState):
        RandomSearcher().restore(path)
