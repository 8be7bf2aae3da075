"""Local search by name: the baseline that embarrasses papers."""

from nas_plugins.nni.named_tuner import NamedTuner


class LocalSearchTuner(NamedTuner):
    """It moves to the first better neighbour: :class:`nas_plugins.strategies.LocalSearch`.

    The arguments are those of :class:`NamedTuner`.

    References:
        White, Nolen and Savani, Exploring the Loss Landscape in Neural Architecture Search, UAI 2021.
    """

    STRATEGY = "local_search"
