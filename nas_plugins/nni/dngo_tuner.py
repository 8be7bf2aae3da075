"""DNGO by name: Bayesian optimisation with a network's features."""

from nas_plugins.nni.named_tuner import NamedTuner


class DNGOTuner(NamedTuner):
    """Expected improvement over the model :class:`nas_plugins.strategies.dngo.DNGO`.

    The arguments are those of :class:`NamedTuner`.

    References:
        Snoek et al., Scalable Bayesian Optimization Using Deep Neural Networks, ICML 2015.
    """

    STRATEGY = "dngo"
