"""Ticks of a logarithmic axis, labelled in plain letters."""

import math
from typing import Any

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def plain_ticks(axis: Any, low: float, high: float) -> None:
    """Numbers as people write them; on less than two decades, more of them than powers of ten alone.

    Matplotlib's own labels of such an axis are formulas, which the look of our pictures leaves unread.

    Args:
        axis: A logarithmic ``axes.xaxis`` or ``axes.yaxis``.
        low: Its lower limit, above 0.
        high: Its upper limit.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    subs = (1.0,) if high / low > 100 else (1.0, 2.0, 5.0) if high / low > 4 else (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)
    axis.set_major_locator(LogLocator(subs=subs))
    axis.set_major_formatter(FuncFormatter(lambda value, _: _number(value)))
    axis.set_minor_formatter(NullFormatter())


def _number(value: float) -> str:
    """``0.05``, ``200``, ``10⁶``, ``5·10⁶``."""
    if value <= 0 or 1e-3 <= value < 1e5:
        return f"{value:g}"
    power = math.floor(math.log10(value) + 1e-9)
    factor = f"{value / 10.0**power:.3g}"
    return f"{'' if factor == '1' else f'{factor}·'}10{str(power).translate(_RAISED)}"
