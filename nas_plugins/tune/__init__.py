"""Ray Tune: searchers that propose architectures, and trials that evaluate them.

Searchers go into ``search_alg``: :class:`MetaD2ASearcher` proposes for the images of a dataset, and another strategy
may go on from there (``then="bayesian"``); :class:`BayesianSearcher`, :class:`DNGOSearcher`,
:class:`LocalSearchSearcher`, :class:`RegularizedEvolutionSearcher`, :class:`REINFORCESearcher` and
:class:`DiscreteREINFORCESearcher` learn from scores, :class:`RandomSearcher` draws
uniformly, :class:`StrategySearcher` runs any strategy. Trials are what Tune runs: :class:`TrainingTrial` trains the
network and reports every epoch, :class:`TableTrial` looks the accuracy up; :func:`training_trial` and
:func:`table_trial` fix their settings.

:func:`search` does the main job in one call, :func:`report_search` shows what came out.

The two sides are independent: our searchers drive any trainable that reads ``config["architecture"]``
(:func:`architecture_from_config`), and any other searcher of Ray drives our trials through the flat choices of the
space (:func:`choices_param_space`) or latent coordinates (:meth:`nas_plugins.spaces.arch2vec.Arch2Vec.param_space`).
"""

from nas_plugins.evaluation.trial_config import architecture_from_config
from nas_plugins.tune.bayesian_searcher import BayesianSearcher
from nas_plugins.tune.choices import choices_param_space
from nas_plugins.tune.discrete_reinforce_searcher import DiscreteREINFORCESearcher
from nas_plugins.tune.dngo_searcher import DNGOSearcher
from nas_plugins.tune.local_search_searcher import LocalSearchSearcher
from nas_plugins.tune.metad2a_searcher import MetaD2ASearcher
from nas_plugins.tune.outcome import SearchOutcome, TrialOutcome
from nas_plugins.tune.random_searcher import RandomSearcher
from nas_plugins.tune.regularized_evolution_searcher import RegularizedEvolutionSearcher
from nas_plugins.tune.reinforce_searcher import REINFORCESearcher
from nas_plugins.tune.report import report_search
from nas_plugins.tune.search import search
from nas_plugins.tune.strategy_searcher import StrategySearcher
from nas_plugins.tune.trainables import TableTrial, TrainingTrial, table_trial, training_trial

__all__ = [
    "BayesianSearcher",
    "DNGOSearcher",
    "DiscreteREINFORCESearcher",
    "LocalSearchSearcher",
    "MetaD2ASearcher",
    "REINFORCESearcher",
    "RandomSearcher",
    "RegularizedEvolutionSearcher",
    "SearchOutcome",
    "StrategySearcher",
    "TableTrial",
    "TrainingTrial",
    "TrialOutcome",
    "architecture_from_config",
    "choices_param_space",
    "report_search",
    "search",
    "table_trial",
    "training_trial",
]
