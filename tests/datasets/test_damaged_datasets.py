"""Datasets with anything in them are refused in one line, or read; nothing hangs, runs or fills memory."""

import io
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from nas_plugins.datasets import ImageDataset, load_dataset
from nas_plugins.datasets.picture import read_picture
from nas_plugins.spaces.errors import InvalidDataset, NasPluginsError
from tests.damage import damaged

RELAXED = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
FORMATS = ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"]


def loads_or_refuses(path: str | Path) -> None:
    """A dataset, or a refusal in one line."""
    try:
        assert isinstance(load_dataset(path), ImageDataset)
    except NasPluginsError as error:
        assert "\n" not in str(error)  # noqa: PT017 - being refused is one of two good ends


def npz(**arrays: Any) -> bytes:
    """An archive of arrays."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


GOOD = npz(images=np.arange(6 * 4 * 4 * 3, dtype=np.uint8).reshape(6, 4, 4, 3), labels=np.arange(6) % 2)


@RELAXED
@given(st.data())
def test_damaged_archives(tmp_path: Path, data: st.DataObject) -> None:
    """Bytes of a good archive changed at random."""
    (tmp_path / "mine.npz").write_bytes(damaged(GOOD, data))
    loads_or_refuses(tmp_path / "mine.npz")


SHAPES = st.sampled_from([(), (0,), (6,), (6, 4), (6, 4, 4), (6, 4, 4, 3), (6, 3, 4, 4), (6, 0, 4, 3), (6, 4, 4, 3, 1)])
TYPES = st.sampled_from(["u1", "i8", "f8", "?", "U3", "c8", "M8[s]", "u8"])


@RELAXED
@given(SHAPES, TYPES, SHAPES, TYPES, SHAPES, TYPES, st.sampled_from(["class_names", "split", "other"]))
def test_archives_of_anything(  # noqa: PLR0917 - hypothesis draws them by position
    tmp_path: Path,
    shape: tuple[int, ...],
    dtype: str,
    labels_shape: tuple[int, ...],
    labels_dtype: str,
    third_shape: tuple[int, ...],
    third_dtype: str,
    third: str,
) -> None:
    """The right names with other shapes and types."""
    arrays = {"images": np.ones(shape, dtype), "labels": np.ones(labels_shape, labels_dtype)}
    (tmp_path / "mine.npz").write_bytes(npz(**arrays, **{third: np.ones(third_shape, third_dtype)}))
    loads_or_refuses(tmp_path / "mine.npz")


class _Exploit:
    """What a pickle can do."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("form", ["object array", "pickle in a member", "bare pickle"])
def test_nothing_in_a_file_is_run(tmp_path: Path, form: str) -> None:
    """Pickles in every place one could hide."""
    proof, path = tmp_path / "ran", tmp_path / "mine.npz"
    if form == "object array":
        np.savez(path, images=np.array([_Exploit(proof)], dtype=object), labels=np.arange(1))
    elif form == "bare pickle":
        path.write_bytes(pickle.dumps(_Exploit(proof)))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            for name in ("images.npy", "labels.npy"):
                archive.writestr(name, pickle.dumps(_Exploit(proof)))
    with pytest.raises(InvalidDataset):
        load_dataset(path)
    assert not proof.exists()


def test_an_archive_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    """One megabyte that is more than a gigabyte of black pictures: refused by its size, unopened."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": (17 * 2**26 // 3072, 32, 32, 3)}
    )
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("images.npy", "w", force_zip64=True) as member:
            member.write(header.getvalue())
            for _ in range(17):
                member.write(bytes(2**26))
        archive.writestr("labels.npy", b"")
    with pytest.raises(InvalidDataset, match="unpack"):
        load_dataset(tmp_path / "bomb.npz")


def test_a_header_that_promises_too_much_is_refused(tmp_path: Path) -> None:
    """A shape of petabytes with nothing behind it."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (2**40, 32, 32, 3)})
    with zipfile.ZipFile(tmp_path / "mine.npz", "w") as archive:
        archive.writestr("images.npy", header.getvalue())
        archive.writestr("labels.npy", header.getvalue())
    with pytest.raises(InvalidDataset):
        load_dataset(tmp_path / "mine.npz")


@pytest.mark.parametrize("name", FORMATS)
@RELAXED
@given(data=st.data())
def test_damaged_pictures(name: str, data: st.DataObject, tmp_path: Path) -> None:
    """Bytes of a good picture changed at random: a picture of the right size, or an exception of Pillow's."""
    buffer = io.BytesIO()
    Image.fromarray(np.arange(10 * 9 * 3, dtype=np.uint8).reshape(10, 9, 3)).save(buffer, name)
    path = tmp_path / f"picture.{name.lower()}"
    path.write_bytes(damaged(buffer.getvalue(), data))
    try:
        picture = read_picture(path, 8)
    except Exception as error:
        assert not isinstance(error, MemoryError | RecursionError)  # noqa: PT017 - one of two good ends
    else:
        assert (picture.shape, picture.dtype) == ((8, 8, 3), np.uint8)


def folder_with(tmp_path: Path) -> Path:
    """Two classes with a picture each, and room for a third file."""
    for name in ("a", "b"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        Image.new("RGB", (4, 4)).save(tmp_path / "pictures" / name / "good.png")
    return tmp_path / "pictures"


def test_pipes_and_devices_are_no_pictures(tmp_path: Path) -> None:
    """A named pipe would let a reader wait for ever; a device never ends."""
    folder = folder_with(tmp_path)
    os.mkfifo(folder / "a" / "pipe.png")
    (folder / "b" / "zeros.png").symlink_to("/dev/zero")
    with pytest.warns(UserWarning, match="2 of 4 pictures could not be read"):
        assert len(load_dataset(folder).images) == 2


def test_links_in_circles_end(tmp_path: Path) -> None:
    """Links to parents, to themselves and to nowhere."""
    folder = folder_with(tmp_path)
    (folder / "a" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "b" / "self.png").symlink_to(folder / "b" / "self.png")
    (folder / "nowhere").symlink_to(tmp_path / "absent", target_is_directory=True)
    with pytest.warns(UserWarning, match="1 of 3 pictures could not be read"):
        assert len(load_dataset(folder).images) == 2


@RELAXED
@given(st.text(max_size=20) | st.sampled_from(["\0", "a\0b.npz", "x" * 5000, "~nobody-here", "", "digits\n"]))
def test_any_name_of_a_dataset(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    """Names that are no dataset, no path, or cannot be either."""
    if name not in {".", "..", "/", "~"}:
        loads_or_refuses(name)
