"""What is optimised: one metric, up or down, and what a trial reported of it."""

import math

from ray.tune.result import DEFAULT_METRIC

from nas_plugins.spaces.errors import InvalidArgument


def check_objective(metric: object, mode: object) -> None:
    """Raise :class:`InvalidArgument` unless there is one metric by name, or none, and a mode Ray knows, or none."""
    if metric is not None and not isinstance(metric, str):
        raise InvalidArgument(f"wanted the name of one metric, got {metric!r}; several objectives are not supported")
    if mode not in (None, "min", "max"):
        raise InvalidArgument(f"wanted mode 'min' or 'max', got {mode!r}")


def number_or_nan(value: object) -> float:
    """Whatever a trial reports as a number; ``nan`` for what is none."""
    try:
        return float(value)  # type: ignore[arg-type]  # that is the question
    except (TypeError, ValueError, OverflowError):
        return math.nan


def finite_or_none(value: object) -> float | None:
    """Whatever a trial reports as plain data: a finite number, or ``None``."""
    number = number_or_nan(value)
    return number if math.isfinite(number) else None


def name_or_none(metric: str | None) -> str | None:
    """The metric that somebody named: Ray's anonymous one, ``"_metric"``, stands for none."""
    return None if metric == DEFAULT_METRIC else metric
