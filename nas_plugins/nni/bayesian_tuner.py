"""Bayesian optimisation by name, with a Gaussian process."""

from nas_plugins.nni.named_tuner import NamedTuner


class BayesianTuner(NamedTuner):
    """A Gaussian process and expected improvement: :class:`nas_plugins.strategies.BayesianOptimization`.

    The arguments are those of :class:`NamedTuner`.

    References:
        Balandat et al., BoTorch: A Framework for Efficient Monte-Carlo Bayesian Optimization, NeurIPS 2020.
    """

    STRATEGY = "bayesian"
