"""REINFORCE by name, on the choices of any space."""

from nas_plugins.nni.named_tuner import NamedTuner


class DiscreteREINFORCETuner(NamedTuner):
    """A policy over the decisions of a space, :class:`nas_plugins.strategies.DiscreteREINFORCE`.

    The arguments are those of :class:`NamedTuner`.

    References:
        Williams, Simple statistical gradient-following algorithms for connectionist reinforcement learning, Machine
        Learning 8, 1992.
    """

    STRATEGY = "reinforce_discrete"
