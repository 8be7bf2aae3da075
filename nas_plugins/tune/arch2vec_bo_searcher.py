"""Bayesian optimisation as arch2vec published it, by name."""

from nas_plugins.tune.named_searcher import NamedSearcher


class Arch2VecBOSearcher(NamedSearcher):
    """DNGO in a latent space, in rounds of proposals, as published: :class:`nas_plugins.strategies.LatentRounds`.

    It needs a space whose latent space ships with the package. The arguments are those of :class:`NamedSearcher`.

    References:
        Yan et al., Does Unsupervised Architecture Representation Learning Help Neural Architecture Search?, NeurIPS
        2020 (section 3.3.2).
    """

    STRATEGY = "arch2vec_bo"
