"""Files are whole or absent, and tensors say what they are."""

import json
import math
import os
import stat
import subprocess

import pytest
import torch
from safetensors.torch import save_file

from nas_plugins.spaces.errors import DamagedFile
from nas_plugins.spaces.files import load_tensors, read_json, save_tensors, write_atomically, write_json

TENSORS = {"weight": torch.arange(6.0).reshape(2, 3), "count": torch.tensor(3)}


@pytest.fixture
def saved(tmp_path):
    return save_tensors(tmp_path / "model.safetensors", TENSORS, kind="toy", version=2, about={"figures": [1, 2.5]})


def test_a_crash_in_the_writer_leaves_the_old_file(tmp_path):
    """A writer that fails half-way changes nothing and leaves no temporary file behind."""
    path = tmp_path / "result.txt"
    path.write_text("old")

    def write(temporary):
        temporary.write_text("new, but only ha")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, write)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["result.txt"]


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path):
    """While the writer writes, a reader still finds the old content."""
    path = tmp_path / "result.txt"
    path.write_text("old")
    seen = []

    def write(temporary):
        temporary.write_text("new")
        seen.append(path.read_text())

    assert write_atomically(path, write) == path
    assert seen == ["old"]
    assert path.read_text() == "new"


def test_missing_folders_are_made(tmp_path):
    path = write_json(tmp_path / "a" / "b" / "value.json", {"x": 1})

    assert read_json(path) == {"x": 1}


def test_files_have_ordinary_permissions(tmp_path):
    """The file is as readable as one that open() makes under the same umask."""
    mask = os.umask(0o027)
    try:
        path = write_json(tmp_path / "value.json", 1)
    finally:
        os.umask(mask)

    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_json_that_cannot_be_written_changes_nothing(tmp_path):
    path = write_json(tmp_path / "value.json", [1])

    with pytest.raises(TypeError):
        write_json(path, object())
    assert read_json(path) == [1]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"not json"])
def test_damaged_json_is_refused(tmp_path, content):
    """The message names the file."""
    path = tmp_path / "value.json"
    path.write_bytes(content)

    with pytest.raises(DamagedFile, match=r"value\.json"):
        read_json(path)


def test_tensors_round_trip(saved):
    """Values, types, shapes and metadata come back."""
    tensors, about = load_tensors(saved, kind="toy", version=2)

    assert tensors.keys() == TENSORS.keys()
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)
    assert tensors["count"].dtype == torch.int64
    assert about == {"figures": [1, 2.5]}


def test_transposed_tensors_can_be_saved(tmp_path):
    """Tensors need not be contiguous in memory."""
    turned = TENSORS["weight"].T
    path = save_tensors(tmp_path / "t.safetensors", {"turned": turned}, kind="toy", version=1, about={})

    assert torch.equal(load_tensors(path, kind="toy", version=1)[0]["turned"], turned)


@pytest.mark.parametrize("keep", [0, 4, 7, 40, -1])
def test_a_truncated_file_is_refused(saved, keep):
    saved.write_bytes(saved.read_bytes()[:keep])

    with pytest.raises(DamagedFile, match=r"model\.safetensors"):
        load_tensors(saved, kind="toy", version=2)


def test_a_foreign_file_is_refused(tmp_path):
    """Text, and safetensors that somebody else wrote, without our header."""
    text = tmp_path / "text.safetensors"
    text.write_text("hello, I am no tensor file at all")
    foreign = tmp_path / "foreign.safetensors"
    save_file(TENSORS, foreign)

    with pytest.raises(DamagedFile, match="foreign"):
        load_tensors(text, kind="toy", version=2)
    with pytest.raises(DamagedFile, match="kind None"):
        load_tensors(foreign, kind="toy", version=2)


def test_another_kind_or_version_is_refused(saved):
    """The message says which was wanted and which was found."""
    with pytest.raises(DamagedFile, match=r"wanted other weights.*'toy'"):
        load_tensors(saved, kind="other", version=2)
    with pytest.raises(DamagedFile, match=r"version 3.*'2'"):
        load_tensors(saved, kind="toy", version=3)


@pytest.mark.parametrize("about", [None, "{", "[1]"])
def test_a_header_without_metadata_is_refused(tmp_path, about):
    """A file with our kind and version whose metadata is missing or no mapping is damaged."""
    header = {"kind": "toy", "version": "1"} | ({} if about is None else {"about": about})
    path = tmp_path / "half.safetensors"
    save_file(TENSORS, path, metadata=header)

    with pytest.raises(DamagedFile):
        load_tensors(path, kind="toy", version=1)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(DamagedFile, match="found no file"):
        load_tensors(tmp_path / "absent.safetensors", kind="toy", version=1)


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path):
    """Through two links, to a file that is there and to one that is not yet; no temporary file is left anywhere."""
    (tmp_path / "far").mkdir()
    (tmp_path / "near").symlink_to("middle")
    (tmp_path / "middle").symlink_to("far/value.json")
    for value in (1, 2):
        assert write_json(tmp_path / "near", value) == tmp_path / "near"
        assert (tmp_path / "near").is_symlink()
        assert read_json(tmp_path / "far" / "value.json") == value
    assert sorted(file.name for file in tmp_path.iterdir()) == ["far", "middle", "near"]
    assert [file.name for file in (tmp_path / "far").iterdir()] == ["value.json"]


def test_links_in_a_circle_are_refused(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        write_json(tmp_path / "a", 1)
    assert (tmp_path / "a").is_symlink()


def test_a_pipe_stays_one_and_is_written_into(tmp_path):
    """A named pipe, and an open end of one as the shell's >(...) passes it."""
    os.mkfifo(tmp_path / "pipe")
    reader = subprocess.Popen(["cat", str(tmp_path / "pipe")], stdout=subprocess.PIPE, text=True)
    try:
        write_json(tmp_path / "pipe", {"x": 1})
        assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
        assert json.loads(reader.communicate(timeout=60)[0]) == {"x": 1}
    finally:
        reader.kill()
        reader.communicate()

    end, start = os.pipe()
    write_json(f"/dev/fd/{start}", {"y": 2})
    os.close(start)
    with os.fdopen(end) as read:
        assert json.load(read) == {"y": 2}


def test_an_open_file_goes_on_where_it_was(tmp_path):
    """Of /dev/stdout in a file neither what stands there is cut nor what follows lost."""
    with (tmp_path / "out.txt").open("w") as file:
        file.write("before\n")
        file.flush()
        write_json(f"/dev/fd/{file.fileno()}", [1])
        file.write("after\n")
    assert (tmp_path / "out.txt").read_text() == "before\n[\n  1\n]\nafter\n"


def test_nan_is_refused_where_it_may_not_be(tmp_path):
    """Nothing is written then; elsewhere Python reads its own nan again."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "value.json", {"score": math.nan}, allow_nan=False)
    assert not (tmp_path / "value.json").exists()
    assert math.isnan(read_json(write_json(tmp_path / "value.json", {"score": math.nan}))["score"])


def test_json_is_indented_text(tmp_path):
    """People can read it, and it ends in a new line."""
    text = write_json(tmp_path / "value.json", {"x": [1]}).read_text()

    assert json.loads(text) == {"x": [1]}
    assert text.endswith("}\n")
    assert "\n  " in text
