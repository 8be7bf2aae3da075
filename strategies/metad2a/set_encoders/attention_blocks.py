"""PyG's set-attention blocks without the rest of PyG, whose import takes as long as proposing does."""

import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

_PACKAGE, _MODULE = "torch_geometric", "torch_geometric.nn.aggr.utils"


def _load() -> ModuleType:
    """The module of the blocks.

    It needs torch alone, but importing it by name runs its package first, and that imports data sets, loaders and
    torch's compiler: three seconds. It is known by its own name, so that networks are pickled as ever, and what
    imports PyG later meets the same classes. Where it cannot be had so, it is imported by name.
    """
    package = None if _PACKAGE in sys.modules else find_spec(_PACKAGE)
    if package is not None and package.origin is not None:
        path = Path(package.origin).parent.joinpath(*_MODULE.split(".")[1:]).with_suffix(".py")
        spec = spec_from_file_location(_MODULE, path)
        if spec is not None and spec.loader is not None:
            module = sys.modules[_MODULE] = module_from_spec(spec)
            try:
                spec.loader.exec_module(module)
            except (ImportError, OSError):  # another version keeps it elsewhere, or it needs its neighbours
                del sys.modules[_MODULE]
            else:
                return module
    return import_module(_MODULE)


_blocks = _load()
SetAttentionBlock = _blocks.SetAttentionBlock
PoolingByMultiheadAttention = _blocks.PoolingByMultiheadAttention
