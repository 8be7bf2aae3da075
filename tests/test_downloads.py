"""Downloads, from a server that the test runs: checked, kept, and refused in one line."""

import hashlib
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from nas_plugins import downloads
from nas_plugins.cli.main import main
from nas_plugins.downloads import PUBLISHED, PublishedFile, download_published
from nas_plugins.spaces.errors import DamagedFile, InvalidArgument, UnreachableSource

CONTENT = b"weights" * 1000


class Quiet(SimpleHTTPRequestHandler):
    """A server that says nothing."""

    def log_message(self, *_):
        """No line per request."""


@pytest.fixture
def address(tmp_path):
    """Where a file named ``weights`` is served."""
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "weights").write_bytes(CONTENT)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "served")))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def publish(monkeypatch, url, content=CONTENT):
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    monkeypatch.setattr(downloads, "PUBLISHED", {"weights": PublishedFile(url, blob, "")})


def test_a_file_is_downloaded_once(monkeypatch, tmp_path, address):
    """Its content arrives whole, and a second time needs no server."""
    publish(monkeypatch, f"{address}/weights")
    path = download_published("weights", tmp_path / "kept")
    assert path.read_bytes() == CONTENT

    (tmp_path / "served" / "weights").unlink()
    assert download_published("weights", tmp_path / "kept") == path


def test_other_content_is_refused_and_not_kept(monkeypatch, tmp_path, address):
    publish(monkeypatch, f"{address}/weights", b"something else")
    with pytest.raises(DamagedFile, match="git object id"):
        download_published("weights", tmp_path / "kept")
    assert not list((tmp_path / "kept").iterdir())


def test_a_file_that_was_changed_is_refused(monkeypatch, tmp_path):
    """What lies in the folder is checked as well."""
    publish(monkeypatch, "http://127.0.0.1:9/weights")
    (tmp_path / "weights").write_bytes(CONTENT[:-1])
    with pytest.raises(DamagedFile, match="delete"):
        download_published("weights", tmp_path)


@pytest.mark.parametrize("where", ["no server", "no file"])
def test_an_unreachable_source_is_told(monkeypatch, tmp_path, address, where):
    """Offline, and where the server has lost the file; nothing is left behind."""
    publish(monkeypatch, "http://127.0.0.1:9/weights" if where == "no server" else f"{address}/lost")
    with pytest.raises(UnreachableSource, match="path of the file"):
        download_published("weights", tmp_path / "kept")
    assert not list((tmp_path / "kept").iterdir())


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(InvalidArgument, match=r"ofa_mbv3_d234_e346_k357_w1\.2"):
        download_published("ofa_mbv9")


def test_the_object_id_is_gits(tmp_path):
    """The id that git gives the empty file and 'hello'."""
    for content, blob in (
        (b"", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
        (b"hello\n", "ce013625030ba8dba906f756967f9e9ca394464a"),
    ):
        path = tmp_path / "file"
        path.write_bytes(content)
        PublishedFile("", blob, "").check(path)
    assert all(len(file.git_blob) == 40 and "/a7c9bcd5" in file.url for file in PUBLISHED.values())


def test_the_command_prints_where_the_file_is(monkeypatch, tmp_path, address, capsys):
    """Exit code 0 with the path; 2 and one line for a name that is not known."""
    publish(monkeypatch, f"{address}/weights")
    monkeypatch.setattr("nas_plugins.cli.download.PUBLISHED", downloads.PUBLISHED)
    with pytest.raises(SystemExit) as ended:
        main(["download", "weights", "--folder", str(tmp_path / "kept"), "--json", str(tmp_path / "out.json")])
    assert ended.value.code == 0
    assert str(tmp_path / "kept" / "weights") in capsys.readouterr().out

    with pytest.raises(SystemExit) as ended:
        main(["download", "unknown"])
    error = capsys.readouterr().err
    assert ended.value.code == 2
    assert error.strip().count("\n") == 0
    assert "wanted a name" in error
