"""How to search: strategies that propose architectures and learn from their scores; they know spaces and no host.

The contract is :class:`Strategy`. :class:`RandomSearch`, :class:`LocalSearch` and :class:`RegularizedEvolution` need no
model, :class:`BayesianOptimization` has one (a Gaussian process, or DNGO's network), :class:`REINFORCE` and
:class:`DiscreteREINFORCE` train a policy, :class:`MetaD2A` proposes from images, :class:`ParetoSearch` looks for
trade-offs between several numbers, and :class:`WarmStart` lets one go
first and another go on; :func:`get_strategy` builds one by name.
"""

from nas_plugins.strategies.bayesian import BayesianOptimization
from nas_plugins.strategies.latent_rounds import LatentRounds
from nas_plugins.strategies.local_search import LocalSearch
from nas_plugins.strategies.metad2a import MetaD2A
from nas_plugins.strategies.multi_objective import MultiObjectiveStrategy
from nas_plugins.strategies.objective import Objective
from nas_plugins.strategies.pareto_front import ParetoFront
from nas_plugins.strategies.pareto_search import ParetoSearch
from nas_plugins.strategies.random_search import RandomSearch
from nas_plugins.strategies.registry import STRATEGIES, get_strategy
from nas_plugins.strategies.regularized_evolution import RegularizedEvolution
from nas_plugins.strategies.reinforce import REINFORCE
from nas_plugins.strategies.reinforce_discrete import DiscreteREINFORCE, DiscreteReinforceSettings
from nas_plugins.strategies.reinforce_settings import ReinforceSettings
from nas_plugins.strategies.strategy import Strategy
from nas_plugins.strategies.surrogate import DNGOSurrogate, GaussianProcessSurrogate, Surrogate
from nas_plugins.strategies.warm_start import WarmStart

__all__ = [
    "REINFORCE",
    "STRATEGIES",
    "BayesianOptimization",
    "DNGOSurrogate",
    "DiscreteREINFORCE",
    "DiscreteReinforceSettings",
    "GaussianProcessSurrogate",
    "LatentRounds",
    "LocalSearch",
    "MetaD2A",
    "MultiObjectiveStrategy",
    "Objective",
    "ParetoFront",
    "ParetoSearch",
    "RandomSearch",
    "RegularizedEvolution",
    "ReinforceSettings",
    "Strategy",
    "Surrogate",
    "WarmStart",
    "get_strategy",
]
