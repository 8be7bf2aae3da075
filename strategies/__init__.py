"""How to search: strategies that propose architectures and learn from their scores; they know spaces and no host.

The contract is :class:`Strategy`. :class:`RandomSearch` is the simplest one, :class:`MetaD2A` proposes from images;
:func:`get_strategy` builds one by name.
"""

from nas_plugins.strategies.metad2a import MetaD2A
from nas_plugins.strategies.random_search import RandomSearch
from nas_plugins.strategies.registry import STRATEGIES, get_strategy
from nas_plugins.strategies.strategy import Strategy

__all__ = ["STRATEGIES", "MetaD2A", "RandomSearch", "Strategy", "get_strategy"]
