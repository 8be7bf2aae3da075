"""Bayesian optimisation as arch2vec published it, by name."""

from nas_plugins.nni.named_tuner import NamedTuner


class Arch2VecBOTuner(NamedTuner):
    """DNGO in a latent space, in rounds of proposals, as published: :class:`nas_plugins.strategies.LatentRounds`.

    It needs a space whose latent space ships with the package. The arguments are those of :class:`NamedTuner`.

    References:
        Yan et al., Does Unsupervised Architecture Representation Learning Help Neural Architecture Search?, NeurIPS
        2020 (section 3.3.2).
    """

    STRATEGY = "arch2vec_bo"
