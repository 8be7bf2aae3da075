"""NNI's search space as a tuner of architectures sees it: the architecture's own entries, and others beside it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from nni.algorithms.hpo.random_tuner import suggest
from nni.common.hpo_utils import deformat_parameters, format_search_space
from nni.common.hpo_utils.validation import common_search_space_types

from nas_plugins.evaluation.trial_config import ARCHITECTURE, LATENT
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace


class Domains:
    """The entries of a search space file.

    The flat choices of the architecture's space may stand in it, so that NNI's pages show a column for each, and other
    tuners of NNI can search the same file. Every other entry is drawn at random.

    Args:
        search_space: What the search space file holds; ``None`` and ``{}`` hold nothing.
        space: The space of the architectures.

    Raises:
        InvalidArgument: No search space of NNI, latent coordinates, or choices that are not those of the space.
    """

    def __init__(self, search_space: Any, space: SearchSpace[Any]) -> None:
        entries = {} if search_space is None else search_space
        _check_form(entries)
        if ARCHITECTURE in entries or LATENT in entries:
            raise InvalidArgument(
                f"wanted a search space without {ARCHITECTURE!r} and {LATENT!r}: architectures are this tuner's to "
                "choose; leave them out"
            )
        choices = space.choices()
        self.has_choices = any(name in entries for name in choices)
        if self.has_choices:
            _check_choices(entries, choices, space.name)
        others = {name: entry for name, entry in entries.items() if name not in choices}
        try:
            self._space = format_search_space(others)
            self.draw(np.random.default_rng(0))
        # NNI asserts what it expects of an entry.
        except (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError, AssertionError) as error:
            raise InvalidArgument(
                f"wanted entries of a search space that can be drawn, got {others!r}: {error or type(error).__name__}"
            ) from error

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """A value for each entry beside the architecture."""
        drawn: dict[str, Any] = deformat_parameters(suggest(rng, self._space), self._space)
        return drawn


def _check_form(entries: Any) -> None:
    if not isinstance(entries, dict):
        raise InvalidArgument(f"wanted a search space of NNI, a mapping of names to entries, got {entries!r}")
    for name, entry in entries.items():
        formed = isinstance(entry, dict) and isinstance(entry.get("_value"), list) and entry["_value"]
        if not formed or entry.get("_type") not in common_search_space_types:
            raise InvalidArgument(
                f"wanted {name!r} in the search space with a list '_value' that is not empty and a '_type' out of "
                f"{', '.join(common_search_space_types)}, got {entry!r}"
            )


def _check_choices(entries: Mapping[str, Any], choices: Mapping[str, tuple[str, ...]], name: str) -> None:
    for choice, options in choices.items():
        entry = entries.get(choice)
        if entry is None or entry["_type"] != "choice" or set(entry["_value"]) != set(options):
            raise InvalidArgument(
                f"wanted all choices of {name} in the search space or none, {choice!r} as a choice out of "
                f"{', '.join(options)}, got {entry!r}; the file that `nas-plugins nni-init` writes has them"
            )
