"""REINFORCE by name, in a latent space."""

from nas_plugins.nni.named_tuner import NamedTuner


class REINFORCETuner(NamedTuner):
    """A policy in a latent space that ships for the space, :class:`nas_plugins.strategies.REINFORCE`.

    The arguments are those of :class:`NamedTuner`.

    References:
        Yan et al., Does Unsupervised Architecture Representation Learning Help Neural Architecture Search?, NeurIPS
        2020 (section 3.3.1).
    """

    STRATEGY = "reinforce"
