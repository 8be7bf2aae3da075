"""How to search: strategies that propose architectures and learn from their scores; they know spaces and no host.

The contract is :class:`Strategy`. ``RandomSearch`` is the simplest one, ``MetaD2A`` proposes from images.
"""

from nas_plugins.strategies.random_search import RandomSearch
from nas_plugins.strategies.strategy import Strategy

__all__ = ["RandomSearch", "Strategy"]
