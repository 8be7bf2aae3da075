"""Bayesian optimisation by name, with a Gaussian process."""

from nas_plugins.tune.named_searcher import NamedSearcher


class BayesianSearcher(NamedSearcher):
    """:class:`nas_plugins.tune.StrategySearcher` with a Gaussian process and expected improvement.

    The strategy is :class:`nas_plugins.strategies.BayesianOptimization`.

    The arguments are those of :class:`NamedSearcher`.

    References:
        Balandat et al., BoTorch: A Framework for Efficient Monte-Carlo Bayesian Optimization, NeurIPS 2020.
    """

    STRATEGY = "bayesian"
