"""Weights that others publish, downloaded on demand, and checked to be what their authors put there."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nas_plugins.spaces.errors import DamagedFile, InvalidArgument, UnreachableSource
from nas_plugins.spaces.files import write_atomically

_TIMEOUT = 60  # seconds without an answer


@dataclass(frozen=True)
class PublishedFile:
    """A file on a server, and what its content must be.

    Args:
        url: Where it lies, at a fixed version.
        git_blob: Its object id in the git repository of its authors: SHA-1 of its length and content, in hexadecimal.
        about: What it is, in a line.
    """

    url: str
    git_blob: str
    about: str

    def check(self, path: Path) -> None:
        """Refuse a file of other content.

        Raises:
            DamagedFile: The object id is another one.
        """
        digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        if digest.hexdigest() != self.git_blob:
            raise DamagedFile(
                f"wanted content of git object id {self.git_blob} from {self.url}, found {digest.hexdigest()} in {path}"
                "; delete the file if it is there, and download it anew"
            )


# The authors publish no SHA-256. Their repository pins each file all the same: the object ids below stand in the tree
# of this commit of 2023-07-18, and are checked against the whole content.
_OFA = "https://raw.githubusercontent.com/han-cai/files/a7c9bcd525e17404968bc55aa43772bf7e51909e/ofa/ofa_nets/"

PUBLISHED: dict[str, PublishedFile] = {
    "ofa_mbv3_d234_e346_k357_w1.0": PublishedFile(
        f"{_OFA}ofa_mbv3_d234_e346_k357_w1.0",
        "55d835981d8acd1053657a951b18887a724ddcbf",
        "Once-for-All's MobileNetV3 supernet of width 1.0, trained on ImageNet, 31 MB",
    ),
    "ofa_mbv3_d234_e346_k357_w1.2": PublishedFile(
        f"{_OFA}ofa_mbv3_d234_e346_k357_w1.2",
        "d75a3613bae216091f61fc4b7df77d49cc82ed32",
        "Once-for-All's MobileNetV3 supernet of width 1.2, trained on ImageNet, 43 MB",
    ),
}
"""What can be downloaded, by name."""


def download_published(name: str, folder: str | Path | None = None) -> Path:
    """The path of a published file, downloaded where it is not there yet.

    Args:
        name: Of :data:`PUBLISHED`.
        folder: Where to keep it; ``None`` takes the user's cache folder.

    Raises:
        InvalidArgument: An unknown name.
        UnreachableSource: There is no network, or the server no longer has the file.
        DamagedFile: What came, or what is there already, is not what was published; nothing is kept of what came.
    """
    if name not in PUBLISHED:
        raise InvalidArgument(f"wanted a name out of {', '.join(PUBLISHED)}, got {name!r}")
    import pooch

    published = PUBLISHED[name]
    path = Path(folder if folder is not None else pooch.os_cache("nas_plugins")).expanduser() / name
    if path.exists():
        published.check(path)
        return path
    return write_atomically(path, lambda temporary: _fetch(published, temporary))


def _fetch(published: PublishedFile, path: Path) -> None:
    import requests
    from pooch import HTTPDownloader

    fetch: Any = HTTPDownloader(timeout=_TIMEOUT)
    try:
        fetch(published.url, str(path), None)
    except (requests.RequestException, OSError) as error:
        raise UnreachableSource(
            f"wanted {published.url}, could not get it ({type(error).__name__}); try again with a connection, or "
            "download it elsewhere and give the path of the file"
        ) from error
    published.check(path)
