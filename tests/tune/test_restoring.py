"""Saved experiments of Ray are mended, and files are whole or absent; no Ray process is started."""

import json
import pickle
import resource
from pathlib import Path
from typing import Any

import pyarrow.fs
import pytest
from ray import cloudpickle

from nas_plugins.spaces.errors import DamagedFile
from nas_plugins.tune import restoring, whole_files
from nas_plugins.tune.experiment_record import RecordedTrial

TRIALS = [RecordedTrial(name, {}, {}, finished=name == "a", failed=name == "b") for name in "abc"]


@pytest.fixture
def experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two sessions' states; its trials are ``TRIALS``, as Ray's own format is Ray's business."""
    for session, counter in (("1", 2), ("2", 3)):
        (tmp_path / f"experiment_state-{session}.json").write_text('{"trial_data": [1]}')
        limiter = {"batch": False, "live_trials": {"c"}, "num_unfinished_live_trials": 1, "cached_results": {}}
        state = {"counter": counter, "name:ConcurrencyLimiter": limiter}
        (tmp_path / f"search_gen_state-{session}.json").write_bytes(cloudpickle.dumps(state))
    monkeypatch.setattr(restoring, "recorded_trials", lambda folder: TRIALS)
    return tmp_path


def state(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = cloudpickle.loads(path.read_bytes())
    return read


def test_what_fits_is_left_alone(experiment: Path) -> None:
    before = {path.name: path.read_bytes() for path in experiment.iterdir()}
    restoring.mend(experiment)

    assert {path.name: path.read_bytes() for path in experiment.iterdir()} == before


@pytest.mark.parametrize("live", [set(), {"a"}, {"a", "c"}, {"c", "lost"}])
def test_counts_and_limits_follow_the_trials(live: set[str], experiment: Path) -> None:
    """A limiter that waits for ended, failed or lost trials, or forgot a running one, and a count of another moment."""
    path = experiment / "search_gen_state-2.json"
    saved = state(path)
    saved["counter"] = 2
    saved["name:ConcurrencyLimiter"]["live_trials"] = live
    path.write_bytes(cloudpickle.dumps(saved))
    restoring.mend(experiment)
    mended = state(path)

    assert mended["counter"] == 3
    assert mended["name:ConcurrencyLimiter"]["live_trials"] == {"c"}
    assert mended["name:ConcurrencyLimiter"]["num_unfinished_live_trials"] == 1


@pytest.mark.parametrize(
    ("options", "live"),
    [
        ({}, "c"),
        ({"resume_errored": True}, "bc"),
        ({"restart_errored": True}, "c"),
        ({"resume_unfinished": False}, ""),
    ],
    ids=str,
)
def test_the_limiter_waits_for_those_that_will_run(
    options: dict[str, bool], live: str, experiment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Failed trials hold no worker unless they are resumed; restarted, they have other names."""
    monkeypatch.setattr(restoring.tune.Tuner, "restore", lambda path, **given: given)
    assert options.items() <= restoring.restore(experiment, None, **options).items()  # type: ignore[attr-defined]  # see above
    limiter = state(experiment / "search_gen_state-2.json")["name:ConcurrencyLimiter"]

    assert (limiter["live_trials"], limiter["num_unfinished_live_trials"]) == ({*live}, len(live))


@pytest.mark.parametrize("kind", ["experiment_state", "search_gen_state"])
@pytest.mark.parametrize("damage", [b"", b"{", b"\x80\x05", b"nonsense"])
def test_damaged_states_are_set_aside(kind: str, damage: bytes, experiment: Path) -> None:
    """The session before takes over, and Ray, which takes the last name, no longer sees the damaged one."""
    (experiment / f"{kind}-2.json").write_bytes(damage)
    restoring.mend(experiment)
    names = [path.name for path in experiment.glob(f"{kind}-*.json")]

    assert names == [f"{kind}-1.json"]
    assert (experiment / f"damaged-{kind}-2.json.aside").read_bytes() == damage
    assert state(max(experiment.glob("search_gen_state-*.json")))["counter"] == 3


def test_what_the_driver_had_not_copied_yet_counts(experiment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a cluster that keeps running its folder is still there: whole states move over, others are dropped."""
    staging = experiment / "staging"
    staging.mkdir()
    (staging / "experiment_state-3.json").write_text('{"trial_data": [3]}')
    (staging / "search_gen_state-3.json").write_bytes(b"\x80")
    (staging / "searcher-state-3.pkl").write_text('{"kind": "nas_plugins searcher"}')
    monkeypatch.setattr(restoring, "staging_folder", lambda folder: staging)
    restoring.mend(experiment)

    assert not list(staging.iterdir())
    assert (experiment / "experiment_state-3.json").read_text() == '{"trial_data": [3]}'
    assert (experiment / "searcher-state-3.pkl").exists()
    assert max(path.name for path in experiment.glob("search_gen*")) == "search_gen_state-2.json"


def test_nothing_left_to_read_is_one_line(experiment: Path) -> None:
    for path in experiment.glob("experiment_state*"):
        path.write_text("{")
    with pytest.raises(DamagedFile, match="start anew") as caught:
        restoring.mend(experiment)
    assert "\n" not in str(caught.value)
    with pytest.raises(DamagedFile, match="start anew"):
        restoring.mend(experiment / "nowhere")


def test_files_are_written_whole(tmp_path: Path) -> None:
    """A file appears when it is closed; until then the old one stands. The file system travels to workers."""
    system = pickle.loads(pickle.dumps(whole_files()))
    path = tmp_path / "folder" / "state"
    for content in (b"first", b"second"):
        before = path.read_bytes() if path.exists() else None
        with system.open_output_stream(str(path)) as stream:
            stream.write(content)
            assert (path.read_bytes() if path.exists() else None) == before
        assert path.read_bytes() == content
    assert [found.name for found in path.parent.iterdir()] == ["state"]


def test_folders_are_copied_as_ray_does(tmp_path: Path) -> None:
    """Ray copies from the plain file system to its storage, and back."""
    (tmp_path / "from" / "deep").mkdir(parents=True)
    for name in ("a", "deep/b"):
        (tmp_path / "from" / name).write_text(json.dumps(name) * 100_000)
    pyarrow.fs.copy_files(str(tmp_path / "from"), str(tmp_path / "to"), destination_filesystem=whole_files())
    pyarrow.fs.copy_files(str(tmp_path / "to"), str(tmp_path / "back"), source_filesystem=whole_files())

    for name in ("a", "deep/b"):
        assert (tmp_path / "back" / name).read_text() == (tmp_path / "from" / name).read_text()
    assert len(list((tmp_path / "to").rglob("*"))) == 3


def test_half_a_state_of_ray_does_not_replace_a_whole_one(tmp_path: Path) -> None:
    """Ray copies a state while it writes the next one; files of other names are whatever they are."""
    whole = json.dumps({"trial_data": [["a trial"]]}).encode()
    for name, kept in (("experiment_state-2026.json", whole), ("searcher-state-2026.pkl", whole), ("model.json", b"")):
        path = tmp_path / name
        for content in (whole, b""):
            with whole_files().open_output_stream(str(path)) as stream:
                stream.write(content)
        assert path.read_bytes() == kept
    state = tmp_path / "experiment_state-2026.json"
    for content in (whole[:-3], whole[:-1]):
        with whole_files().open_output_stream(str(state)) as stream:
            stream.write(content)
        assert state.read_bytes() == whole
    assert len(list(tmp_path.iterdir())) == 3


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    """A write that fails amid a file (here beyond a limit of 1,000 bytes) is no new content, and leaves nothing."""
    path = tmp_path / "state"
    path.write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        with pytest.raises(OSError, match="too large"), whole_files().open_output_stream(str(path)) as stream:
            stream.write(b"x" * 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["state"]
