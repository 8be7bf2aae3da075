"""Files that are whole or absent, and tensors that carry their kind and format version."""

import json
import os
import re
import shutil
import stat
import struct
import tempfile
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from nas_plugins.spaces.errors import DamagedFile, InvalidArgument

if TYPE_CHECKING:
    from torch import Tensor


_UNPACKED = 2**30  # bytes any archive may unpack to
_EXPANSION = 100  # times its size that a larger one may; photographs expand by 1 to 2, black pictures by 1,000
_OPEN_FILE = re.compile(r"/proc/\d+/(task/\d+/)?fd/\d+")  # where /dev/stdout and /dev/fd/3 lead to


def write_atomically(path: str | Path, write: Callable[[Path], object]) -> Path:
    """Write a file so that a reader finds the old content or the new, never a part.

    Links are followed, and what they lead to is replaced. A pipe, a device, and an open file of the shell's
    (``/dev/stdout``, ``>(...)``) cannot be replaced: the content, once it is whole, is written into them.

    Args:
        path: Where the file shall stand; missing folders are made.
        write: Called with a temporary path, mostly in the same folder; writes the whole content there.

    Returns:
        The path as it was given.
    """
    path = Path(path)
    target = replaced_file(path)
    if target is None:
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(folder, f"whole{path.suffix}")
            write(whole)
            with whole.open("rb") as content, _open_stream(path) as stream:
                shutil.copyfileobj(content, stream)
        return path
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        # mkstemp makes files private; give back what an ordinary open() would have given.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def replaced_file(path: str | Path) -> Path | None:
    """The file that writing to a path makes or replaces, behind all links; ``None`` where it is written into instead.

    Raises:
        OSError: The path cannot be followed: links in a circle, a file for a folder, no permission.
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return path.resolve()
    if _descriptor(path) is not None or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        return None
    return path.resolve()


def _descriptor(path: Path) -> Path | None:
    """The entry under ``/proc`` of an open file that a path leads to."""
    while path.is_symlink():  # the path exists, so links end
        path = path.parent.resolve() / path.name
        if _OPEN_FILE.fullmatch(str(path)):
            return path
        path = path.parent / path.readlink()
    return None


def _open_stream(path: Path) -> BinaryIO:
    entry = _descriptor(path)
    if entry is not None and entry.parent.parent.name == str(os.getpid()):
        # Opened by its name, a file behind a descriptor would be cut, and overwritten by what is printed next.
        return os.fdopen(os.dup(int(entry.name)), "wb")
    return path.open("wb")


def write_json(path: str | Path, value: object, *, allow_nan: bool = True) -> Path:
    """Write a value as indented JSON, atomically.

    Args:
        path: Where the file shall stand.
        value: Plain data.
        allow_nan: Whether ``nan`` and infinities may be among it, which are written as Python alone reads them.

    Raises:
        ValueError: One is, and may not be.
    """
    text = json.dumps(value, indent=2, allow_nan=allow_nan) + "\n"
    return write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def read_json(path: str | Path) -> Any:
    """Read a JSON file.

    Raises:
        DamagedFile: The file is no JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DamagedFile(f"wanted JSON in {path}, found a damaged or foreign file ({error}); write it anew") from error


DAMAGED_ARCHIVE = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    TypeError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    SyntaxError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What numpy and zipfile raise on damaged ``.npz`` files; array headers are parsed as Python literals."""


def user_path(name: str | Path) -> Path:
    """The path a user wrote, ``~`` for the home; it need not exist.

    Raises:
        InvalidArgument: It cannot be a path: too long, an unknown user's home, characters no path has.
    """
    try:
        path = Path(name).expanduser()
        path.is_file()  # asks the system, which knows what it allows
        os.fspath(path).encode("utf-8")
    except (OSError, RuntimeError, ValueError) as error:
        raise InvalidArgument(f"wanted a name or a path, got {str(name)[:80]!r}, which can be neither") from error
    return path


def check_unpacked_size(path: str | Path) -> None:
    """Refuse a ``.zip`` or ``.npz`` file whose members would fill the memory: a decompression bomb.

    Raises:
        DamagedFile: The members unpack to more than a gigabyte and to more than a hundred times the file's size.
        zipfile.BadZipFile: It is no such file.
    """
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    packed = Path(path).stat().st_size
    if unpacked > max(_UNPACKED, _EXPANSION * packed):
        raise DamagedFile(
            f"wanted a file of a plausible size in {path}, whose {packed:,} bytes unpack to {unpacked:,}; if you "
            "made it yourself, save it uncompressed"
        )


def save_tensors(
    path: str | Path, tensors: Mapping[str, "Tensor"], *, kind: str, version: int, about: Mapping[str, Any]
) -> Path:
    """Save named tensors as safetensors, atomically, with their kind, format version and JSON metadata in the header.

    Args:
        path: The file, by custom ``*.safetensors``.
        tensors: Name to tensor; stored contiguous, on the CPU.
        kind: What the tensors are, for example ``"arch2vec"``; :func:`load_tensors` refuses another kind.
        version: Version of this kind's format.
        about: Plain data a loader needs or a reader wants: sizes, operations, training figures.
    """
    from safetensors.torch import save_file

    header = {"kind": kind, "version": str(version), "about": json.dumps(dict(about))}
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    return write_atomically(path, lambda temporary: save_file(plain, temporary, metadata=header))


def load_tensors(path: str | Path, *, kind: str, version: int) -> tuple[dict[str, "Tensor"], dict[str, Any]]:
    """Load tensors saved by :func:`save_tensors`.

    Returns:
        The tensors by name, and the ``about`` metadata.

    Raises:
        DamagedFile: The file is missing, no safetensors, of another kind, or of another format version.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    if not path.is_file():
        raise DamagedFile(f"wanted {kind} weights at {path}, found no file; train them or name another file")
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - safe_open is no mapping
    except SafetensorError as error:
        raise DamagedFile(f"wanted {kind} weights in {path}, found a damaged or foreign file ({error})") from error
    if header.get("kind") != kind:
        raise DamagedFile(f"wanted {kind} weights in {path}, found kind {header.get('kind')!r}; name another file")
    if header.get("version") != str(version):
        raise DamagedFile(
            f"wanted {kind} weights of format version {version} in {path}, found {header.get('version')!r}; "
            "retrain them, or use the release of nas_plugins that wrote them"
        )
    try:
        about = json.loads(header.get("about", ""))
    except json.JSONDecodeError:
        about = None
    if not isinstance(about, dict):
        raise DamagedFile(f"wanted {kind} weights with metadata in {path}, found none that can be read; write it anew")
    return tensors, about
