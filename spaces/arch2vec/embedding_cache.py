"""Embeddings of large spaces, kept on disk: half a minute of encoding the first time, a moment the next."""

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from nas_plugins.spaces.errors import DamagedFile
from nas_plugins.spaces.files import load_tensors, save_tensors
from nas_plugins.spaces.space import FiniteSearchSpace

_KIND, _VERSION = "arch2vec embeddings", 1
_LARGE = 100_000  # architectures; fewer are embedded in seconds


def cached_embeddings(
    space: FiniteSearchSpace[Any], model: nn.Module, compute: Callable[[], NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Embeddings of a space from the file of an earlier process, or computed and written there.

    The file's name carries a digest of the weights, so other weights never find it. A folder that cannot be written,
    or a damaged file, costs the time to compute, no more.

    Args:
        space: The space; one of fewer than 100,000 architectures is computed at once.
        model: The autoencoder.
        compute: Gives the embeddings, ``(len(space), dimensions)``.
    """
    if len(space) < _LARGE:
        return compute()
    path = cache_folder() / f"arch2vec-{space.name}-{_digest(space, model)}.safetensors"
    if path.is_file():
        try:
            tensors, _ = load_tensors(path, kind=_KIND, version=_VERSION)
            if tensors["embeddings"].shape[0] == len(space):
                return tensors["embeddings"].numpy()
        except (DamagedFile, KeyError, OSError):
            pass
    embeddings = compute()
    with contextlib.suppress(OSError):
        save_tensors(
            path,
            {"embeddings": torch.from_numpy(embeddings)},
            kind=_KIND,
            version=_VERSION,
            about={"space": space.name},
        )
    return embeddings


def cache_folder() -> Path:
    """Where caches stand: ``$NAS_PLUGINS_CACHE``, else ``nas_plugins`` in the user's folder of caches."""
    chosen = os.environ.get("NAS_PLUGINS_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nas_plugins"


def _digest(space: FiniteSearchSpace[Any], model: nn.Module) -> str:
    digest = hashlib.sha256(repr(space).encode())  # parts of one space differ in what they print
    for name, value in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
