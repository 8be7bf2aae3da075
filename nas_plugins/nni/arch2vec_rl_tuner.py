"""REINFORCE as arch2vec published it, by name."""

from nas_plugins.nni.named_tuner import NamedTuner


class Arch2VecRLTuner(NamedTuner):
    """A policy in a latent space with the published settings; :class:`REINFORCETuner` has those that search well.

    The strategy is :class:`nas_plugins.strategies.REINFORCE` with the preset ``paper``; it needs a space whose latent
    space ships with the package. The arguments are those of :class:`NamedTuner`.

    References:
        Yan et al., Does Unsupervised Architecture Representation Learning Help Neural Architecture Search?, NeurIPS
        2020 (section 3.3.1).
    """

    STRATEGY = "arch2vec_rl"
