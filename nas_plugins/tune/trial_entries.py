"""Which entries of a trial's configuration somebody reads."""

from collections.abc import Mapping
from typing import Any

from nas_plugins.evaluation.trial_config import ARCHITECTURE, LATENT, PREDICTION
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace

REPETITION = "__trial_index__"
"""What Ray's Repeater adds to tell repetitions of a configuration apart."""


def check_entries(config: Mapping[str, Any], space: SearchSpace[Any], *, also: tuple[str, ...]) -> None:
    """Refuse entries nobody reads: a misspelt setting would silently train with the default.

    Args:
        config: The configuration of a trial.
        space: The space of its architecture, whose choices may be entries.
        also: What the trial reads beside the architecture.

    Raises:
        InvalidArgument: An unknown entry.
    """
    known = ("space", ARCHITECTURE, LATENT, PREDICTION, *space.choices(), *also)
    unknown = [name for name in config if name not in known and not name.startswith("__")]
    if unknown:
        raise InvalidArgument(
            f"wanted entries out of {', '.join(known)} in the configuration of a trial, got {', '.join(unknown)}"
        )
