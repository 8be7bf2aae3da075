"""What a recorded score is the score of."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Seed = int | Literal["mean"]
"""One training run, or the mean over the recorded ones."""


@dataclass(frozen=True)
class Setting:
    """The conditions of a recorded score.

    Args:
        dataset: Name of the dataset, for example ``"cifar10"``.
        split: Part of the dataset the score was measured on, ``"validation"`` or ``"test"``.
        epochs: Length of the training, with its whole learning-rate schedule; ``None`` where it is not known.
        seed: One training run, or ``"mean"`` over the recorded ones.
    """

    dataset: str
    split: str = "validation"
    epochs: int | None = None
    seed: Seed = "mean"

    def __str__(self) -> str:
        epochs = "" if self.epochs is None else f" after {self.epochs} epochs"
        seed = "mean over seeds" if self.seed == "mean" else f"seed {self.seed}"
        return f"{self.split} accuracy on {self.dataset}{epochs}, {seed}"


def summarize(settings: Iterable[Setting]) -> str:
    """The datasets, splits, epochs and seeds that occur, for messages."""
    settings = list(settings)
    seeds = sorted({setting.seed for setting in settings if setting.seed != "mean"}, key=int)
    parts: dict[str, list[Any]] = {
        "dataset": sorted({setting.dataset for setting in settings}),
        "split": sorted({setting.split for setting in settings}, reverse=True),
        "epochs": sorted({setting.epochs for setting in settings if setting.epochs is not None}),
        "seed": [*seeds, *({"mean"} & {setting.seed for setting in settings})],
    }
    return ", ".join(f"{name} {' or '.join(map(str, values))}" for name, values in parts.items() if values)
