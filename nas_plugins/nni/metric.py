"""What a trial reports to NNI at its end, and how a tuner reads it."""

import math
from typing import Any

from nas_plugins.evaluation.trial_config import ARCHITECTURE

DEFAULT = "default"
"""The entry of a dictionary of metrics that NNI optimises and draws."""

ERROR = "error"
"""The entry that says why a trial failed; its ``default`` is then ``None``."""


def final_result(architecture: object, value: float, **others: Any) -> dict[str, Any]:
    """A final result that says which architecture it is the result of.

    With several trials at once NNI shows, exports and imports results beside the parameters of other trials; the echo
    is what a tuner can trust.

    Args:
        architecture: What was evaluated; its canonical string is reported.
        value: Its metric. What is not finite is reported as ``None``, because NNI's files cannot hold it.
        **others: Further plain values to show.
    """
    return {DEFAULT: value if math.isfinite(value) else None, ARCHITECTURE: str(architecture), **others}


def failure(architecture: object, error: BaseException) -> dict[str, Any]:
    """A final result that says that the evaluation of an architecture failed, and why."""
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:500]
    return {DEFAULT: None, ARCHITECTURE: str(architecture), ERROR: reason}


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
