"""REINFORCE by name, on discrete choices."""

from nas_plugins.tune.named_searcher import NamedSearcher


class DiscreteREINFORCESearcher(NamedSearcher):
    """:class:`nas_plugins.tune.StrategySearcher` with a policy over the choices of a space.

    The strategy is :class:`nas_plugins.strategies.DiscreteREINFORCE`.

    The arguments are those of :class:`NamedSearcher`.

    References:
        Williams, Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning, 1992.
    """

    STRATEGY = "reinforce_discrete"
