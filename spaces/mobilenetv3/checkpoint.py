"""Files of supernet weights: our own safetensors, or those of Once-for-All."""

from pathlib import Path
from typing import Any

import torch

from nas_plugins.spaces.errors import DamagedFile, InvalidState
from nas_plugins.spaces.files import load_tensors, save_tensors
from nas_plugins.spaces.mobilenetv3.attention import Attention
from nas_plugins.spaces.mobilenetv3.official_checkpoint import read_official, sound
from nas_plugins.spaces.mobilenetv3.supernet import Supernet

SHIPPED = Path(__file__).parent / "weights" / "supernet.safetensors"
"""The supernet that comes with the package; its card says how it was trained."""

_KIND, _VERSION = "mobilenetv3_supernet", 1
_TORCH = (b"PK", b"\x80")
"""What files of ``torch.save`` begin with: those of today are archives, those of before 1.6 pickles."""


def save_supernet(path: str | Path, supernet: Supernet, *, half: bool = False, **about: Any) -> Path:
    """Save the weights as safetensors.

    Args:
        path: The file, ``*.safetensors``.
        supernet: Its statistics of normalisation are saved too, but for whom they were calibrated is not.
        half: Whether weights are rounded to 16 bits, which halves the file; statistics keep 32.
        **about: Plain data for the reader: how it was trained, on what.
    """
    own = {
        "num_classes": supernet.num_classes,
        "width": supernet.width,
        "image_size": supernet.image_size,
        "class_names": list(supernet.class_names),
    }
    if supernet.attention is not None:
        own["attention"] = supernet.attention.plain()
    tensors = {name: value.contiguous() for name, value in supernet.network.state_dict().items()}
    if half:
        names = {name for name, _ in supernet.network.named_parameters()}
        tensors = {name: value.half() if name in names else value for name, value in tensors.items()}
    return save_tensors(path, tensors, kind=_KIND, version=_VERSION, about={**about, **own})


def load_supernet(path: str | Path) -> Supernet:
    """A supernet from a file of ours or of Once-for-All, in evaluation mode.

    The content says which of them a file is, whatever its name; where it is neither's, or there is no file, the error
    is about ours for ``*.safetensors`` and about Once-for-All's for any other name.

    Raises:
        DamagedFile: The file is missing, truncated, of another kind, or holds weights that are no numbers.
    """
    path = Path(path)
    if not _is_ours(path):
        return read_official(path)
    tensors, about = load_tensors(path, kind=_KIND, version=_VERSION)
    try:
        with torch.device("meta"):
            supernet = Supernet(about["num_classes"], width=about["width"])
        supernet.network.load_state_dict(sound(tensors), assign=True)
        supernet.image_size = int(about.get("image_size", supernet.image_size))
        supernet.class_names = tuple(about.get("class_names", ()))
        supernet.attention = Attention.from_plain(about["attention"]) if "attention" in about else None
    except DamagedFile as error:
        raise DamagedFile(f"{path}: {error}") from None
    except (InvalidState, KeyError, TypeError, ValueError, RuntimeError) as error:
        lines = " ".join(str(error).split())
        raise DamagedFile(f"wanted supernet weights in {path}, found others ({lines[:300]}); write it anew") from error
    return supernet.eval()


def find_supernet(weights: str | Path | None = None) -> Supernet:
    """The supernet of a file, or the one that ships for ``None`` and ``"mobilenetv3"``.

    Raises:
        DamagedFile: As :func:`load_supernet`.
    """
    return load_supernet(SHIPPED if weights is None or str(weights) == "mobilenetv3" else weights)


def _is_ours(path: Path) -> bool:
    """Whether a file is safetensors: the length of its header in eight bytes, then the header, JSON."""
    try:
        with path.open("rb") as file:
            start = file.read(9)
    except OSError:  # the reader of the format that the name suggests says what is wrong
        start = b""
    if start[8:] == b"{":
        return True
    return path.suffix == ".safetensors" and not start.startswith(_TORCH)
