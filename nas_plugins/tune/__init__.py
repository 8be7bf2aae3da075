"""Ray Tune: searchers that propose architectures, and trials that evaluate them.

Searchers go into ``search_alg``: :class:`DefaultSearcher` is the one we recommend; :class:`MetaD2ASearcher` proposes
for the images of a dataset, and another strategy may go on from there (``then="bayesian"``); :class:`BayesianSearcher`,
:class:`DNGOSearcher`, :class:`LocalSearchSearcher`, :class:`RegularizedEvolutionSearcher`, :class:`REINFORCESearcher`
and :class:`DiscreteREINFORCESearcher` learn from scores, :class:`Arch2VecRLSearcher` and :class:`Arch2VecBOSearcher` as
arch2vec was published, :class:`ParetoSearcher` from several metrics, :class:`RandomSearcher` draws uniformly,
:class:`StrategySearcher` runs any strategy. Trials are what Tune runs: :class:`TrainingTrial` trains the
network and reports every epoch, :class:`TableTrial` looks the accuracy up, :class:`SupernetTrial` evaluates a part of a
supernet, :class:`SimulatedTrial` lives a recorded training through on a simulated clock (:class:`SimulatedBudget` ends
an experiment by it); :func:`training_trial`, :func:`table_trial`, :func:`evaluate_supernet` and :func:`simulated_trial`
fix their settings.

:func:`search` does the main job in one call, :func:`report_search` shows what came out.

The two sides are independent: our searchers drive any trainable that reads ``config["architecture"]``
(:func:`architecture_from_config`), and any other searcher of Ray drives our trials through the flat choices of the
space (:func:`choices_param_space`) or latent coordinates (:meth:`nas_plugins.spaces.arch2vec.Arch2Vec.param_space`).

:func:`simulate_on_cluster` spreads simulated searches on a table over a cluster. :func:`restore` goes on with
an experiment whose driver was killed at any moment, :func:`whole_files` keeps its files whole.
"""

from nas_plugins.evaluation.trial_config import architecture_from_config
from nas_plugins.tune.arch2vec_bo_searcher import Arch2VecBOSearcher
from nas_plugins.tune.arch2vec_rl_searcher import Arch2VecRLSearcher
from nas_plugins.tune.bayesian_searcher import BayesianSearcher
from nas_plugins.tune.choices import choices_param_space
from nas_plugins.tune.cluster_simulation import simulate_on_cluster
from nas_plugins.tune.default_searcher import DefaultSearcher
from nas_plugins.tune.discrete_reinforce_searcher import DiscreteREINFORCESearcher
from nas_plugins.tune.dngo_searcher import DNGOSearcher
from nas_plugins.tune.local_search_searcher import LocalSearchSearcher
from nas_plugins.tune.metad2a_searcher import MetaD2ASearcher
from nas_plugins.tune.outcome import SearchOutcome, TrialOutcome
from nas_plugins.tune.pareto_searcher import ParetoSearcher
from nas_plugins.tune.previous_results import previous_results
from nas_plugins.tune.random_searcher import RandomSearcher
from nas_plugins.tune.regularized_evolution_searcher import RegularizedEvolutionSearcher
from nas_plugins.tune.reinforce_searcher import REINFORCESearcher
from nas_plugins.tune.report import report_search
from nas_plugins.tune.restoring import restore
from nas_plugins.tune.search import search
from nas_plugins.tune.simulated_budget import SimulatedBudget
from nas_plugins.tune.simulated_trial import SimulatedTrial, simulated_trial
from nas_plugins.tune.strategy_searcher import StrategySearcher
from nas_plugins.tune.supernet_trial import SupernetTrial, evaluate_supernet
from nas_plugins.tune.trainables import TableTrial, TrainingTrial, table_trial, training_trial
from nas_plugins.tune.whole_files import whole_files

__all__ = [
    "Arch2VecBOSearcher",
    "Arch2VecRLSearcher",
    "BayesianSearcher",
    "DNGOSearcher",
    "DefaultSearcher",
    "DiscreteREINFORCESearcher",
    "LocalSearchSearcher",
    "MetaD2ASearcher",
    "ParetoSearcher",
    "REINFORCESearcher",
    "RandomSearcher",
    "RegularizedEvolutionSearcher",
    "SearchOutcome",
    "SimulatedBudget",
    "SimulatedTrial",
    "StrategySearcher",
    "SupernetTrial",
    "TableTrial",
    "TrainingTrial",
    "TrialOutcome",
    "architecture_from_config",
    "choices_param_space",
    "evaluate_supernet",
    "previous_results",
    "report_search",
    "restore",
    "search",
    "simulate_on_cluster",
    "simulated_trial",
    "table_trial",
    "training_trial",
    "whole_files",
]
