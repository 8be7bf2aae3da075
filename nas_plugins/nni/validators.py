"""What NNI asks before it starts a registered tuner: whether its ``classArgs`` can be."""

import inspect
from abc import ABC
from typing import Any, ClassVar

from nni import ClassArgsValidator

from nas_plugins.nni.arch2vec_bo_tuner import Arch2VecBOTuner
from nas_plugins.nni.arch2vec_rl_tuner import Arch2VecRLTuner
from nas_plugins.nni.bayesian_tuner import BayesianTuner
from nas_plugins.nni.discrete_reinforce_tuner import DiscreteREINFORCETuner
from nas_plugins.nni.dngo_tuner import DNGOTuner
from nas_plugins.nni.local_search_tuner import LocalSearchTuner
from nas_plugins.nni.metad2a_tuner import MetaD2ATuner
from nas_plugins.nni.random_tuner import RandomTuner
from nas_plugins.nni.regularized_evolution_tuner import RegularizedEvolutionTuner
from nas_plugins.nni.reinforce_tuner import REINFORCETuner
from nas_plugins.nni.strategy_tuner import StrategyTuner
from nas_plugins.spaces.errors import InvalidArgument


class TunerArgsValidator(ClassArgsValidator, ABC):
    """Builds the tuner, which is light and checks its arguments; a subclass names it."""

    TUNER: ClassVar[type[StrategyTuner]]

    def validate_class_args(self, **kwargs: Any) -> None:
        """Check the ``classArgs`` of an experiment.

        Raises:
            InvalidArgument: An argument that does not exist, or a value the tuner refuses; the message says which.
        """
        known = list(inspect.signature(self.TUNER).parameters)
        unknown = [name for name in kwargs if name not in known]
        if unknown:
            raise InvalidArgument(
                f"wanted classArgs of {self.TUNER.__name__} out of {', '.join(known)}, got {', '.join(unknown)}"
            )
        try:
            self.TUNER(**kwargs)
        except (TypeError, AttributeError) as error:
            raise InvalidArgument(f"wanted other values in the classArgs of {self.TUNER.__name__}: {error}") from error


class StrategyArgsValidator(TunerArgsValidator):
    """Of :class:`StrategyTuner`."""

    TUNER = StrategyTuner


class RandomArgsValidator(TunerArgsValidator):
    """Of :class:`RandomTuner`."""

    TUNER = RandomTuner


class LocalSearchArgsValidator(TunerArgsValidator):
    """Of :class:`LocalSearchTuner`."""

    TUNER = LocalSearchTuner


class RegularizedEvolutionArgsValidator(TunerArgsValidator):
    """Of :class:`RegularizedEvolutionTuner`."""

    TUNER = RegularizedEvolutionTuner


class BayesianArgsValidator(TunerArgsValidator):
    """Of :class:`BayesianTuner`."""

    TUNER = BayesianTuner


class DNGOArgsValidator(TunerArgsValidator):
    """Of :class:`DNGOTuner`."""

    TUNER = DNGOTuner


class MetaD2AArgsValidator(TunerArgsValidator):
    """Of :class:`MetaD2ATuner`."""

    TUNER = MetaD2ATuner


class REINFORCEArgsValidator(TunerArgsValidator):
    """Of :class:`REINFORCETuner`."""

    TUNER = REINFORCETuner


class DiscreteREINFORCEArgsValidator(TunerArgsValidator):
    """Of :class:`DiscreteREINFORCETuner`."""

    TUNER = DiscreteREINFORCETuner


class Arch2VecRLArgsValidator(TunerArgsValidator):
    """Of :class:`Arch2VecRLTuner`."""

    TUNER = Arch2VecRLTuner


class Arch2VecBOArgsValidator(TunerArgsValidator):
    """Of :class:`Arch2VecBOTuner`."""

    TUNER = Arch2VecBOTuner
