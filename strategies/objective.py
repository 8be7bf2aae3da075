"""One of several things to optimise: a number by name, and which way is better."""

from dataclasses import dataclass

from nas_plugins.spaces.errors import InvalidArgument


@dataclass(frozen=True)
class Objective:
    """A number that a search makes large or small.

    Args:
        name: As results and tables call it.
        mode: ``"max"`` or ``"min"``.

    Raises:
        InvalidArgument: Another mode.
    """

    name: str
    mode: str = "max"

    def __post_init__(self) -> None:
        if self.mode not in ("max", "min"):
            raise InvalidArgument(f"wanted mode 'max' or 'min' for {self.name}, got {self.mode!r}")

    @property
    def sign(self) -> int:
        """1 where more is better, -1 where less is."""
        return 1 if self.mode == "max" else -1
