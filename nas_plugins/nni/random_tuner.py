"""Random search by name: the baseline of every other tuner."""

from nas_plugins.nni.named_tuner import NamedTuner


class RandomTuner(NamedTuner):
    """Draws are uniform, each architecture once: :class:`nas_plugins.strategies.RandomSearch`.

    The arguments are those of :class:`NamedTuner`.
    """

    STRATEGY = "random"
