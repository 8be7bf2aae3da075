"""Supernet weights in the format of Once-for-All's published files."""

import pickle
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from nas_plugins.spaces.errors import DamagedFile
from nas_plugins.spaces.mobilenetv3.skeleton import skeleton
from nas_plugins.spaces.mobilenetv3.supernet import Supernet

_WIDTHS = (1.0, 1.2, *(hundredths / 100 for hundredths in range(10, 401, 5)))
_FOREIGN = (
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    struct.error,
    EOFError,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    OverflowError,
    MemoryError,
)
"""What ``torch.load`` raises on damaged and foreign files: it reads them by small programs, which go astray anyhow."""

_BLOCK = re.compile(r"blocks\.([0-9]+)\.(?:mobile_inverted_conv|conv)\.(.+)")


def read_official(path: str | Path) -> Supernet:
    """A supernet from a published file, ``ofa_mbv3_d234_e346_k357_w1.0`` or ``_w1.2``, or one of that format.

    Nothing in the file is run: only tensors are read.

    Raises:
        DamagedFile: The file is no such checkpoint, is truncated, or holds more than tensors.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:  # torch would take the name, not the content, for what says the format
            content = torch.load(file, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise DamagedFile(
            f"wanted Once-for-All weights at {path}, found no file; `nas-plugins download` fetches them"
        ) from None
    except OSError as error:
        raise DamagedFile(
            f"wanted a file of Once-for-All weights at {path}, found what cannot be read ({error.strerror or error}); "
            "name another file"
        ) from error
    except _FOREIGN as error:
        raise DamagedFile(
            f"wanted Once-for-All weights in {path}, found a damaged or foreign file ({_reason(error)}); download it "
            "anew"
        ) from error
    state = content.get("state_dict", content) if isinstance(content, dict) else None
    if not isinstance(state, dict) or not all(isinstance(tensor, Tensor) for tensor in state.values()):
        raise DamagedFile(f"wanted a state dict of Once-for-All in {path}, found something else; name another file")
    try:
        return from_official(state)
    except DamagedFile as error:
        raise DamagedFile(f"{path}: {error}") from None


def from_official(state: Mapping[str, Tensor]) -> Supernet:
    """A supernet with the weights of a published state dict; its width and classes are seen from the shapes.

    Args:
        state: Names as in the published files (``blocks.1.mobile_inverted_conv.…``) or as the authors' code of today
            writes them (``blocks.1.conv.…``).

    Raises:
        DamagedFile: Entries are missing, unknown, of other shapes, or not :func:`sound`.
    """
    renamed = {_ours(name): tensor for name, tensor in sound(state).items()}
    try:
        classes, features = renamed["classifier.weight"].shape
        stem = len(renamed["first_conv.conv.weight"])
        expanded = len(renamed["final_expand_layer.conv.weight"])
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedFile(f"wanted the weights of a Once-for-All MobileNetV3, found no usable {error}") from None
    fitting = (
        width
        for width in _WIDTHS
        if (skeleton(width).stem, skeleton(width).expanded, skeleton(width).features) == (stem, expanded, features)
    )
    width = next(fitting, None)
    if width is None:
        raise DamagedFile(f"wanted sizes of some width multiplier, found {stem}, {expanded} and {features} channels")
    with torch.device("meta"):
        supernet = Supernet(classes, width=width)
    try:
        supernet.network.load_state_dict({name: tensor.clone() for name, tensor in renamed.items()}, assign=True)
    except RuntimeError as error:
        lines = " ".join(str(error).split())
        raise DamagedFile(f"wanted the weights of a Once-for-All MobileNetV3, found others ({lines[:300]})") from None
    return supernet.eval()


def sound(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state dict with all weights and statistics in 32 bits, in which networks compute, whatever they came in.

    Raises:
        DamagedFile: An entry is sparse or quantised, holds nan or infinity, or, where it is not a count of batches,
            integers.
    """
    whole: dict[str, Tensor] = {}
    for name, tensor in state.items():
        if tensor.layout is not torch.strided or tensor.is_quantized or tensor.is_meta:
            raise DamagedFile(f"wanted plain, dense weights, found {name} sparse, quantised or empty; convert it first")
        if tensor.is_floating_point():
            tensor = tensor.float()  # noqa: PLW2901 - the same entry, in 32 bits
            if not tensor.isfinite().all():
                raise DamagedFile(f"wanted weights that are numbers, found nan or infinity in {name}; write it anew")
        elif not name.endswith("num_batches_tracked"):
            raise DamagedFile(f"wanted weights of floating point, found {name} of {tensor.dtype}; convert it first")
        whole[name] = tensor
    return whole


def to_official(supernet: Supernet) -> dict[str, Tensor]:
    """The state dict under the names of the published files."""
    return {_theirs(name): tensor for name, tensor in supernet.network.state_dict().items()}


def _reason(error: BaseException) -> str:
    """What was wrong with a file, without torch's advice to open it in a way that runs what it holds."""
    if isinstance(error, pickle.UnpicklingError) or "weights_only" in str(error):
        return "it cannot be read as tensors alone"
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _ours(name: str) -> str:
    """Our name of an official entry."""
    match = _BLOCK.fullmatch(name)
    if not match:
        return name.replace("classifier.linear.", "classifier.")
    rest = re.sub(r"^(\w+)\.(conv|bn)\.\2\.", r"\1.\2.", match[2])
    rest = re.sub(r"depth_conv\.conv\.(7to5|5to3)_matrix", r"transform_\1", rest)
    return f"blocks.{match[1]}.{rest}"


def _theirs(name: str) -> str:
    """The official name of an entry of ours."""
    if not name.startswith("blocks."):
        return name.replace("classifier.", "classifier.linear.")
    _, number, rest = name.split(".", 2)
    if number != "0":  # elastic layers wrap a plain one
        rest = re.sub(r"^(\w+)\.(conv|bn)\.", r"\1.\2.\2.", rest)
        rest = re.sub(r"^transform_(\w+)", r"depth_conv.conv.\1_matrix", rest)
    return f"blocks.{number}.mobile_inverted_conv.{rest}"
