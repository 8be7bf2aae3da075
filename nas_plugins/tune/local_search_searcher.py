"""Local search by name: the baseline that embarrasses papers."""

from nas_plugins.tune.named_searcher import NamedSearcher


class LocalSearchSearcher(NamedSearcher):
    """:class:`nas_plugins.tune.StrategySearcher` with :class:`nas_plugins.strategies.LocalSearch`.

    It moves to the first better neighbour, and starts anew from each local optimum.

    The arguments are those of :class:`NamedSearcher`.

    References:
        White, Nolen and Savani, Exploring the Loss Landscape in Neural Architecture Search, UAI 2021.
    """

    STRATEGY = "local_search"
