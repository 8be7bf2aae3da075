"""DNGO by name: Bayesian optimisation with a network's features."""

from nas_plugins.tune.named_searcher import NamedSearcher


class DNGOSearcher(NamedSearcher):
    """:class:`nas_plugins.tune.StrategySearcher` with a network's features and expected improvement.

    The strategy is :class:`nas_plugins.strategies.BayesianOptimization` over the model
    :class:`nas_plugins.strategies.dngo.DNGO`.

    The arguments are those of :class:`NamedSearcher`.

    References:
        Snoek et al., Scalable Bayesian Optimization Using Deep Neural Networks, ICML 2015.
    """

    STRATEGY = "dngo"
