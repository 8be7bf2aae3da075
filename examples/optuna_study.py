"""An Optuna study with a sampler of ours: local search over cells, other parameters by Optuna as before."""

import optuna

from nas_plugins.evaluation import load_benchmark
from nas_plugins.optuna import StrategySampler, suggest_architecture

table = load_benchmark("nasbench201/cifar10")


def objective(trial: optuna.Trial) -> float:
    """The accuracy of a trial; a real one would train ``space.network(cell, num_classes=10)``."""
    cell = suggest_architecture(trial, "nasbench201")
    trial.suggest_float("learning_rate", 1e-3, 1e-1, log=True)  # any other parameter, as in every study
    return table.score(cell)


optuna.logging.set_verbosity(optuna.logging.WARNING)
study = optuna.create_study(direction="maximize", sampler=StrategySampler("local_search", seed=0))
study.optimize(objective, n_trials=60)

print(f"Best of 60 look-ups: {study.best_params}")
print(f"Validation accuracy: {study.best_value:.2f} % (the best of all 15,625 cells has 91.61 %)")
