"""NNI 3.0: tuners that propose architectures, and trials that evaluate them.

Tuners go into an experiment's ``tuner``: by class (``className: nas_plugins.nni.BayesianTuner``, ``codeDirectory: .``),
or by name (``name: NasPluginsBayesian``) once ``nnictl algo register --meta`` has read :data:`ALGORITHMS`. Trials are
what ``trialCommand`` runs: :func:`training_trial`, :func:`table_trial`, :func:`supernet_trial`, or code of one's own
within :class:`Trial`.
``nas-plugins nni-init FOLDER`` writes a whole experiment; :func:`run_experiment` runs one from Python.
"""

from nas_plugins.spaces.errors import MissingDependency

try:
    import nni as _nni  # noqa: F401 - only to say in one line that it is missing
except ImportError as error:
    raise MissingDependency("wanted NNI 3.0, which is not installed; pip install 'nas_plugins[nni]'") from error

from nas_plugins.nni.arch2vec_bo_tuner import Arch2VecBOTuner
from nas_plugins.nni.arch2vec_rl_tuner import Arch2VecRLTuner
from nas_plugins.nni.bayesian_tuner import BayesianTuner
from nas_plugins.nni.discrete_reinforce_tuner import DiscreteREINFORCETuner
from nas_plugins.nni.dngo_tuner import DNGOTuner
from nas_plugins.nni.experiment import (
    LOOPBACK,
    ExperimentFailed,
    TrialRecord,
    best_trial,
    kept_to_loopback,
    run_experiment,
)
from nas_plugins.nni.local_search_tuner import LocalSearchTuner
from nas_plugins.nni.metad2a_tuner import MetaD2ATuner
from nas_plugins.nni.metric import final_result
from nas_plugins.nni.project import ALGORITHMS, write_project
from nas_plugins.nni.random_tuner import RandomTuner
from nas_plugins.nni.regularized_evolution_tuner import RegularizedEvolutionTuner
from nas_plugins.nni.reinforce_tuner import REINFORCETuner
from nas_plugins.nni.strategy_tuner import StrategyTuner
from nas_plugins.nni.trial import Trial, supernet_trial, table_trial, training_trial

__all__ = [
    "ALGORITHMS",
    "LOOPBACK",
    "Arch2VecBOTuner",
    "Arch2VecRLTuner",
    "BayesianTuner",
    "DNGOTuner",
    "DiscreteREINFORCETuner",
    "ExperimentFailed",
    "LocalSearchTuner",
    "MetaD2ATuner",
    "REINFORCETuner",
    "RandomTuner",
    "RegularizedEvolutionTuner",
    "StrategyTuner",
    "Trial",
    "TrialRecord",
    "best_trial",
    "final_result",
    "kept_to_loopback",
    "run_experiment",
    "supernet_trial",
    "table_trial",
    "training_trial",
    "write_project",
]
