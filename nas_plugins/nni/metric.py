"""What a trial reports to NNI at its end, and how a tuner reads it."""

import json
import math
from collections.abc import Mapping
from typing import Any

from nas_plugins.evaluation.trial_config import ARCHITECTURE

DEFAULT = "default"
"""The entry of a dictionary of metrics that NNI optimises and draws."""

ERROR = "error"
"""The entry that says why a trial failed; its ``default`` is then ``None``."""


HYPERPARAMETERS = "hyperparameters"
"""The entry with what else than the architecture was proposed, as JSON text: NNI's page shows no nested values."""


def final_result(
    architecture: object, value: float, *, hyperparameters: Mapping[str, Any] | None = None, **others: Any
) -> dict[str, Any]:
    """A final result that says which architecture it is the result of.

    With several trials at once NNI shows, exports and imports results beside the parameters of other trials; the echo
    is what a tuner can trust.

    Args:
        architecture: What was evaluated; its canonical string is reported.
        value: Its metric. What is not finite is reported as ``None``, because NNI's files cannot hold it.
        hyperparameters: What else the trial was given, such as a learning rate.
        **others: Further plain values to show.
    """
    metric = value if math.isfinite(value) else None
    return {DEFAULT: metric, ARCHITECTURE: str(architecture), **_told(hyperparameters), **others}


def failure(
    architecture: object, error: BaseException, *, hyperparameters: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A final result that says that the evaluation of an architecture failed, and why."""
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:500]
    return {DEFAULT: None, ARCHITECTURE: str(architecture), ERROR: reason, **_told(hyperparameters)}


def read_value(result: Any, metric: str) -> float:
    """The metric of a final result, nan where it is missing or no number.

    Args:
        result: A number, or a dictionary of metrics.
        metric: The entry of a dictionary that counts.
    """
    value: Any = result.get(metric) if isinstance(result, dict) else result
    if isinstance(value, bool):
        return math.nan
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def read_hyperparameters(result: Any) -> dict[str, Any]:
    """What a final result says it was given beside the architecture; nothing where it does not say."""
    told = result.get(HYPERPARAMETERS) if isinstance(result, dict) else None
    try:
        read = json.loads(told) if isinstance(told, str) else {}
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _told(hyperparameters: Mapping[str, Any] | None) -> dict[str, str]:
    return {HYPERPARAMETERS: json.dumps(dict(hyperparameters))} if hyperparameters else {}
