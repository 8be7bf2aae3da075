"""Optuna: a sampler over any search strategy, for studies that exist already.

>>> import optuna
>>> from nas_plugins.optuna import StrategySampler, suggest_architecture
>>> optuna.logging.set_verbosity(optuna.logging.WARNING)
>>> study = optuna.create_study(direction="maximize", sampler=StrategySampler("local_search", seed=0))
>>> study.optimize(lambda trial: str(suggest_architecture(trial)).count("conv_3x3"), n_trials=5)
>>> len({str(trial.params) for trial in study.trials})
5
"""

from nas_plugins.spaces.errors import MissingDependency

try:
    import optuna as _optuna  # noqa: F401 - only to say in one line that it is missing
except ImportError as error:
    raise MissingDependency("wanted Optuna, which is not installed; pip install 'nas_plugins[optuna]'") from error

from nas_plugins.optuna.strategy_sampler import StrategySampler
from nas_plugins.optuna.suggestion import suggest_architecture

__all__ = ["StrategySampler", "suggest_architecture"]
