"""From a trial of Optuna to its architecture, whichever sampler chose it."""

from typing import Any

import optuna

from nas_plugins.spaces import get_space
from nas_plugins.spaces.space import SearchSpace


def suggest_architecture(trial: optuna.trial.BaseTrial, space: str | SearchSpace[Any] = "nasbench201") -> Any:
    """The architecture of a trial: one categorical suggestion for each choice of the space.

    Args:
        trial: Inside an objective, or from ``study.ask()``.
        space: Search space, or its name.

    Returns:
        A member of the space; ``space.network(architecture, num_classes)`` is its torch network.
    """
    search_space = get_space(space)
    return search_space.from_choices(
        {name: trial.suggest_categorical(name, options) for name, options in search_space.choices().items()}
    )
