"""Regularized evolution by name."""

from nas_plugins.tune.named_searcher import NamedSearcher


class RegularizedEvolutionSearcher(NamedSearcher):
    """:class:`nas_plugins.tune.StrategySearcher` with :class:`nas_plugins.strategies.RegularizedEvolution`.

    Its population has 30 members, its tournaments 10.

    The arguments are those of :class:`NamedSearcher`.

    References:
        Real, Aggarwal, Huang and Le, Regularized Evolution for Image Classifier Architecture Search, AAAI 2019.
    """

    STRATEGY = "regularized_evolution"
