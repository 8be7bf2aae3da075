"""What Ray Tune runs where networks are parts of a supernet: a trial takes seconds, and reports accuracy and costs."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ray import tune
from ray.tune.result import DONE

from nas_plugins.evaluation.trial_config import architecture_from_config
from nas_plugins.spaces import get_space
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.tune.paths import from_the_start
from nas_plugins.tune.resources import limit_threads
from nas_plugins.tune.trial_entries import check_entries

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset
    from nas_plugins.evaluation.supernet_evaluation import SupernetEvaluation
    from nas_plugins.spaces.mobilenetv3.supernet import Supernet


class SupernetTrial(tune.Trainable):
    """Evaluates the subnet of the configuration in a MobileNetV3 supernet: one step, then it ends.

    The configuration holds the architecture (:func:`architecture_from_config` says in which forms), ``supernet`` (a
    file of weights, or ``"mobilenetv3"`` for those that ship), ``dataset`` (name or path) and any field of
    :class:`nas_plugins.evaluation.supernet_settings.SupernetSettings`. Reports what
    :meth:`nas_plugins.evaluation.supernet_evaluation.SupernetEvaluation.evaluate` returns: ``accuracy`` in percent,
    ``multiply_adds``, ``parameters``, ``latency_ms`` and ``seconds``. With ``reuse_actors=True`` weights and images are
    loaded once per process and not once per trial. Several trials share a GPU by
    ``tune.with_resources(trial, {"cpu": 1, "gpu": 0.25})``.
    """

    def setup(
        self,
        config: dict[str, Any],
        supernet: "str | Path | Supernet | None" = None,
        dataset: "str | Path | ImageDataset | None" = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        """Load weights and images.

        Args:
            config: As the class says; its entries override the others.
            supernet: What :func:`evaluate_supernet` was given.
            dataset: Likewise.
            settings: Likewise.

        Raises:
            InvalidArgument: No supernet, no dataset, another space, or an entry that is no setting.
            InvalidArchitecture: No architecture.
            DamagedFile: The weights cannot be read.
            InvalidDataset: The images cannot be used.
        """
        self._supernet, self._dataset, self._defaults = supernet, dataset, dict(settings or {})
        self._loaded: tuple[object, Supernet] | None = None
        self._prepared: tuple[object, SupernetEvaluation] | None = None
        limit_threads(self)
        self.reset_config(config)

    def step(self) -> dict[str, Any]:
        """Evaluate the subnet."""
        return {**self._evaluation.evaluate(self._subnet), DONE: True}

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Nothing to keep: an evaluation can be repeated."""

    def load_checkpoint(self, checkpoint: Any) -> None:
        """Nothing to restore."""

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Evaluate another subnet in the same process, with the weights and images that are there."""
        from nas_plugins.evaluation.supernet_evaluation import SupernetEvaluation
        from nas_plugins.evaluation.supernet_settings import SupernetSettings

        config = self._defaults | dict(new_config)
        space = _space(config)
        check_entries(config, space, also=("dataset", "supernet", *SupernetSettings.names()))
        settings = SupernetSettings.from_config(config)
        self._subnet = architecture_from_config(config, space)
        dataset, weights = config.get("dataset", self._dataset), config.get("supernet", self._supernet)
        if dataset is None or weights is None:
            raise InvalidArgument(
                "wanted a supernet and a dataset, got one at most; use evaluate_supernet(supernet, dataset), or add "
                "'supernet' and 'dataset' to param_space"
            )
        key = (weights, dataset, settings)
        if self._prepared is None or self._prepared[0] != key:
            loaded = self._weights(weights)
            images = _images(dataset, settings.image_size or loaded.image_size)
            self._prepared = key, SupernetEvaluation(loaded, images, settings)
        return True

    @property
    def _evaluation(self) -> "SupernetEvaluation":
        if self._prepared is None:
            raise InvalidArgument("wanted a trial that was set up, got one that was not; let Ray call setup()")
        return self._prepared[1]

    def _weights(self, weights: Any) -> "Supernet":
        from nas_plugins.spaces.mobilenetv3.checkpoint import find_supernet

        if not isinstance(weights, str | Path):
            return weights
        if self._loaded is None or self._loaded[0] != weights:
            self._loaded = weights, find_supernet(from_the_start(weights, ("mobilenetv3",)))
        return self._loaded[1]


def evaluate_supernet(
    supernet: "str | Path | Supernet", dataset: "str | Path | ImageDataset", **settings: Any
) -> type[tune.Trainable]:
    """A :class:`SupernetTrial` with its supernet, dataset and settings fixed.

    Args:
        supernet: A file of weights, of ours or of Once-for-All, or ``"mobilenetv3"`` for those that ship, which each
            process reads once; or the supernet itself, which travels once through Ray's object store.
        dataset: Name or path of a dataset, or the dataset itself, which travels likewise. Pictures of a folder are read
            in the size they are evaluated at, 50,000 at 224 pixels take 7.5 GB in each process.
        **settings: Fields of :class:`nas_plugins.evaluation.supernet_settings.SupernetSettings`.

    Returns:
        A trainable class for ``tune.Tuner`` and ``tune.run``; run it with ``reuse_actors=True``.

    Raises:
        InvalidArgument: A setting that does not exist, or outside its range.
    """
    from nas_plugins.evaluation.supernet_settings import SupernetSettings

    unknown = [name for name in settings if name not in SupernetSettings.names()]
    if unknown:
        raise InvalidArgument(f"wanted settings out of {', '.join(SupernetSettings.names())}, got {', '.join(unknown)}")
    SupernetSettings.from_config(settings)  # a value out of range shall fail here, not in every trial
    trial: type[tune.Trainable] = tune.with_parameters(
        SupernetTrial, supernet=supernet, dataset=dataset, settings=settings
    )
    return trial


def _space(config: Mapping[str, Any]) -> Any:
    space = get_space(config.get("space", "mobilenetv3"))
    if space.name != "mobilenetv3":
        raise InvalidArgument(f"wanted the space mobilenetv3, whose networks a supernet holds, got {space.name!r}")
    return space


def _images(dataset: Any, image_size: int) -> "ImageDataset":
    """The dataset itself, or that of a name or path, pictures of a folder read in the size they are evaluated at."""
    from nas_plugins.datasets import BUILT_IN, load_dataset

    if not isinstance(dataset, str | Path):
        return dataset
    return load_dataset(from_the_start(dataset, BUILT_IN), folder_size=image_size)
