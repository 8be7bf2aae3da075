"""Learned neural architecture search inside the tuners people already use.

Three rooms, arrows one way: :mod:`nas_plugins.spaces` (what can be searched) <- :mod:`nas_plugins.strategies` (how to
search) <- this package (the doors: datasets, evaluation, Ray Tune, the command line).
"""

from pathlib import Path

__version__ = "0.1.0"

# In a checkout the folders `spaces/` and `strategies/` stand beside this one. With the checkout itself on sys.path (the
# current folder, or a Ray worker's working_dir) Python would find this file but not them, so the checkout joins the
# package's search path. An installed package has no pyproject.toml beside it and skips this.
_checkout = Path(__file__).resolve().parent.parent
if (_checkout / "pyproject.toml").is_file() and (_checkout / "spaces").is_dir():
    __path__.append(str(_checkout))
