"""A point of a recorded learning curve."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CurvePoint:
    """What is on record after so many epochs.

    Args:
        epochs: Epochs of training, ``None`` where the table does not say.
        score: The score; ``nan`` where the training failed.
        seconds: Training seconds from the start, ``None`` where they are not on record.
    """

    epochs: int | None
    score: float
    seconds: float | None
