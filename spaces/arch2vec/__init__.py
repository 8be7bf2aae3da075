"""arch2vec (Yan et al., 2020): a continuous space of architectures, learned without a single accuracy.

``Arch2Vec`` is the space: embed, nearest, decode. ``pretrain`` with ``Pretraining`` settings learns one;
``GraphAutoencoder`` is the model and ``metrics`` judges it. All of it needs torch, so the names load on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nas_plugins.spaces.arch2vec.arch2vec import Arch2Vec
    from nas_plugins.spaces.arch2vec.model import GraphAutoencoder
    from nas_plugins.spaces.arch2vec.pretraining import Epoch, pretrain
    from nas_plugins.spaces.arch2vec.settings import Pretraining

__all__ = ["Arch2Vec", "Epoch", "GraphAutoencoder", "Pretraining", "pretrain"]

_MODULES = {
    "Arch2Vec": "arch2vec",
    "Epoch": "pretraining",
    "GraphAutoencoder": "model",
    "Pretraining": "settings",
    "pretrain": "pretraining",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
