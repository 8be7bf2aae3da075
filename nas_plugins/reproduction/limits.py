"""Which whole numbers a reproduction can be asked for, refused in one line before anything is computed."""

from dataclasses import dataclass

from nas_plugins.spaces.errors import InvalidArgument

MOST = 1_000_000
"""The end of a range that nothing else ends: lists of so many fit into memory, and no figure needs more."""

SPACE_CELLS = 15_625
"""Cells of NAS-Bench-201."""

SEEDS = 2**32
"""Seeds that scikit-learn knows; larger ones start over."""


@dataclass(frozen=True)
class Limits:
    """The range of an option.

    Args:
        least: The smallest number that makes sense.
        most: The largest.
        what: What is counted, and why it ends there, for the message.
    """

    least: int
    most: int
    what: str

    def check(self, flag: str, value: object) -> None:
        """Refuse what is no whole number of the range.

        Args:
            flag: The option as the command line has it.
            value: What was given.

        Raises:
            InvalidArgument: The number is out of range.
        """
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value <= self.most:
            raise InvalidArgument(
                f"wanted {flag} from {self.least:,} to {self.most:,} ({self.what}), got {value}; give a number of that "
                "range, or leave it out for the default"
            )


COMMON = {
    "runs": Limits(1, MOST, "repetitions"),
    "candidates": Limits(30, SPACE_CELLS, f"distinct cells; thirty are looked up, and the space has {SPACE_CELLS:,}"),
    "samples": Limits(1, MOST, "draws"),
    "size": Limits(100, MOST, "graphs"),
    "epochs": Limits(1, MOST, "passes of a training"),
    "processes": Limits(1, MOST, "parallel processes"),
    "seed": Limits(0, 2**63 - 1, "what random number generators take"),
}
"""The ranges of options that a reproduction says nothing else about."""

LABELLED = Limits(1, SPACE_CELLS - 1, f"labelled cells of {SPACE_CELLS:,}, of which one must be left to predict")
"""How many cells of NAS-Bench-201 may be labelled."""
