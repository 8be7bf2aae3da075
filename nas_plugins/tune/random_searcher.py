"""Random search by name, for the shortest call and as the baseline of every other searcher."""

from nas_plugins.tune.named_searcher import NamedSearcher


class RandomSearcher(NamedSearcher):
    """:class:`nas_plugins.tune.StrategySearcher` with :class:`nas_plugins.strategies.RandomSearch`.

    Draws are uniform, each architecture once.

    The arguments are those of :class:`NamedSearcher`.
    """

    STRATEGY = "random"
    _LEARNS = False
