"""The images that a searcher looks at: those it was given, else those that its trials train on."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategy_factory import training_images_by_class

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset


def trial_images_by_class(
    dataset: "str | Path | ImageDataset | None", param_space: Mapping[str, Any]
) -> list[Any] | None:
    """Training images, one array per class.

    Args:
        dataset: The searcher's own, by name, path or itself.
        param_space: Constants and domains of the trials, with ``"dataset"`` or without.

    Returns:
        The arrays; ``None`` where there is no dataset.

    Raises:
        InvalidArgument: Not one dataset: one that is searched over, or something else.
        InvalidDataset: Nothing usable there.
    """
    if dataset is None:
        dataset = param_space.get("dataset")
    if not (dataset is None or isinstance(dataset, str | Path) or hasattr(dataset, "train_test")):
        raise InvalidArgument(
            "wanted one dataset to propose for, by name, path or itself, got "
            f"{type(dataset).__name__} as the 'dataset' of param_space; pass dataset= to the searcher"
        )
    return training_images_by_class(dataset)
