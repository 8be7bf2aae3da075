"""REINFORCE by name, in a latent space."""

from nas_plugins.tune.named_searcher import NamedSearcher


class REINFORCESearcher(NamedSearcher):
    """:class:`nas_plugins.tune.StrategySearcher` with a policy that walks through a latent space.

    The strategy is :class:`nas_plugins.strategies.REINFORCE`; it needs a space whose latent space ships with the
    package. :class:`DiscreteREINFORCESearcher` searches any space.

    The arguments are those of :class:`NamedSearcher`.

    References:
        Yan et al., Does Unsupervised Architecture Representation Learning Help Neural Architecture Search?, NeurIPS
        2020 (section 3.3.1).
    """

    STRATEGY = "reinforce"
