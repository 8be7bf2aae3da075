"""Regularized evolution by name."""

from nas_plugins.nni.named_tuner import NamedTuner


class RegularizedEvolutionTuner(NamedTuner):
    """Its population has 30 members, its tournaments 10: :class:`nas_plugins.strategies.RegularizedEvolution`.

    The arguments are those of :class:`NamedTuner`.

    References:
        Real, Aggarwal, Huang and Le, Regularized Evolution for Image Classifier Architecture Search, AAAI 2019.
    """

    STRATEGY = "regularized_evolution"
