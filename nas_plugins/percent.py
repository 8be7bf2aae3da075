"""How a percentage is written wherever people read one."""

import math


def percent(value: float | None, digits: int = 2) -> str:
    """A percentage for people; a dash where there is none.

    >>> percent(93.456), percent(None)
    ('93.46 %', '-')
    """
    return "-" if value is None or math.isnan(value) else f"{value:.{digits}f} %"
