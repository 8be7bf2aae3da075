"""What Ray Tune runs: trials that train a network or look its accuracy up, both reporting ``accuracy`` in percent."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ray import tune
from ray.tune.result import DONE

from nas_plugins.evaluation.trial_config import architecture_from_config
from nas_plugins.evaluation.tuned_network import check_tuned, tuned_network
from nas_plugins.spaces import get_space
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.tune.open_table import OpenTable
from nas_plugins.tune.paths import from_the_start
from nas_plugins.tune.resources import limit_threads
from nas_plugins.tune.trial_entries import REPETITION, check_entries

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset
    from nas_plugins.evaluation import Benchmark
    from nas_plugins.evaluation.training import Training, TrainingImages, TrainingSettings
    from nas_plugins.spaces.mobilenetv3.supernet import Supernet

_CHECKPOINT = "training.safetensors"


class TrainingTrial(tune.Trainable):
    """Trains the architecture of the configuration, one epoch per step, and ends after the last epoch.

    The configuration holds the architecture (:func:`architecture_from_config` says in which forms), ``dataset`` (name
    or path), if wanted ``space``, and any field of :class:`nas_plugins.evaluation.training.TrainingSettings`, as in
    ``{"dataset": "digits", "epochs": 3}``. With ``supernet`` (a file of weights, or ``"mobilenetv3"`` for those that
    ship) training goes on from the weights of the subnet, at the supernet's resolution unless ``image_size`` says
    another. Reports ``epoch``, ``train_loss``, ``accuracy`` (percent of held-out images,
    nan once the loss is) and ``seconds``. Schedulers may stop, pause and resume it; ``reuse_actors=True`` keeps the
    images on the device from one trial to the next. It uses the CPUs and the GPU its resources grant
    (``tune.with_resources(TrainingTrial, {"cpu": 1, "gpu": 0.25})``). Repetitions by Ray's ``Repeater`` take one seed
    each.
    """

    def setup(
        self,
        config: dict[str, Any],
        dataset: "str | ImageDataset | None" = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        """Load the images and build the network.

        Args:
            config: As the class says; its entries override the other two.
            dataset: What :func:`training_trial` was given.
            settings: Likewise.

        Raises:
            InvalidArgument: No dataset, or an entry that is no setting.
            InvalidArchitecture: No architecture.
            InvalidDataset: The images cannot be trained on.
        """
        self._dataset = dataset
        self._defaults = dict(settings or {})
        self._images: tuple[object, TrainingImages] | None = None
        self._supernet: tuple[object, Supernet] | None = None
        limit_threads(self)
        self._training = self._build(config)

    def step(self) -> dict[str, Any]:
        """Train and measure one epoch."""
        result: dict[str, Any] = self._training.epoch()
        return result | {DONE: self._training.finished}

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Write weights, momentum and generator as safetensors."""
        self._training.save(Path(checkpoint_dir) / _CHECKPOINT)

    def load_checkpoint(self, checkpoint: Any) -> None:
        """Continue from a checkpoint, exactly."""
        self._training.load(Path(checkpoint) / _CHECKPOINT)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Start another configuration in the same process, with the images that are there."""
        self._training = self._build(new_config)
        return True

    def _build(self, config: Mapping[str, Any]) -> "Training":
        from nas_plugins.evaluation.training import Training, TrainingSettings

        config = self._defaults | dict(config)
        space = get_space(config.get("space", "nasbench201"))
        names = TrainingSettings.names()
        check_entries(config, space, also=("dataset", "supernet", *names))
        settings = TrainingSettings.from_config(_with_own_seed(config))
        architecture = architecture_from_config(config, space)
        dataset = config.get("dataset", self._dataset)
        if config.get("supernet") is None:
            return Training(architecture, space, self._load_images(dataset, settings), settings)
        if space.name != "mobilenetv3":
            raise InvalidArgument(f"wanted the space mobilenetv3 beside a supernet, got {space.name}")
        check_tuned(settings)
        supernet = self._load_supernet(config["supernet"])
        settings = replace(settings, image_size=settings.image_size or supernet.image_size)
        images = self._load_images(dataset, settings)
        network = tuned_network(supernet, architecture, images.num_classes, seed=settings.seed)
        return Training(architecture, space, images, settings, network)

    def _load_supernet(self, weights: Any) -> "Supernet":
        from nas_plugins.spaces.mobilenetv3.checkpoint import find_supernet

        if self._supernet is None or self._supernet[0] != weights:
            self._supernet = weights, find_supernet(from_the_start(weights, ("mobilenetv3",)))
        return self._supernet[1]

    def _load_images(self, dataset: Any, settings: "TrainingSettings") -> "TrainingImages":
        if dataset is None:
            raise InvalidArgument(
                "wanted a dataset to train on, got none; add 'dataset' to param_space or use training_trial(dataset)"
            )
        key = (dataset, settings.split_seed, settings.image_size, settings.device)
        if self._images is None or self._images[0] != key:
            from nas_plugins.datasets import BUILT_IN, load_dataset
            from nas_plugins.evaluation.training import TrainingImages, training_device

            if isinstance(dataset, str | Path):
                dataset = load_dataset(from_the_start(dataset, BUILT_IN), folder_size=settings.image_size)
            images = TrainingImages.from_dataset(dataset, settings, training_device(settings.device))
            self._images = (key, images)
        return self._images[1]


class TableTrial(tune.Trainable):
    """Looks the architecture of the configuration up in a table of recorded trainings: one step, then it ends.

    The configuration holds the architecture (:func:`architecture_from_config` says in which forms) and ``table``, for
    example ``"nasbench201/cifar10"``. Reports ``accuracy`` in percent and ``seconds``, what the recorded training took
    where that is on record.
    """

    def setup(self, config: dict[str, Any], table: "str | Benchmark[Any] | None" = None) -> None:
        """Open the table.

        Args:
            config: As the class says; its ``table`` overrides the other.
            table: What :func:`table_trial` was given.
        """
        self._open = OpenTable(table)
        self._config = config

    def step(self) -> dict[str, Any]:
        """Report the table's record."""
        benchmark = self._open.of(self._config)
        check_entries(self._config, benchmark.space, also=("table", "dataset"))
        architecture = architecture_from_config(self._config, benchmark.space)
        result: dict[str, Any] = {"accuracy": benchmark.score(architecture), DONE: True}
        seconds = benchmark.seconds(architecture)
        return result if seconds is None else result | {"seconds": seconds}

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Nothing to keep: a look-up can be repeated."""

    def load_checkpoint(self, checkpoint: Any) -> None:
        """Nothing to restore."""

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Look another configuration up in the same process, with the table that is open."""
        self._config = new_config
        return True


def training_trial(dataset: "str | ImageDataset", **settings: Any) -> type[tune.Trainable]:
    """A :class:`TrainingTrial` with its dataset and settings fixed, which keeps configurations and folder names short.

    Args:
        dataset: Name or path of a dataset, or the dataset itself, which travels once through Ray's object store.
            Pictures of a folder are read in the size they are trained at, at 32x32 where no ``image_size`` is set.
        **settings: ``space``, ``supernet``, and fields of :class:`nas_plugins.evaluation.training.TrainingSettings`.

    Returns:
        A trainable class for ``tune.Tuner`` and ``tune.run``.

    Raises:
        InvalidArgument: A setting that does not exist, or outside its range.
    """
    from nas_plugins.evaluation.training import TrainingSettings

    names = TrainingSettings.names()
    unknown = [name for name in settings if name not in ("space", "supernet", *names)]
    if unknown:
        raise InvalidArgument(f"wanted settings out of space, supernet, {', '.join(names)}, got {', '.join(unknown)}")
    # What cannot be trained shall fail here, not in every trial.
    trained = TrainingSettings.from_config(settings)
    trained.check_space(get_space(settings.get("space", "nasbench201")))
    if settings.get("supernet") is not None:
        check_tuned(trained)
    trial: type[tune.Trainable] = tune.with_parameters(TrainingTrial, dataset=dataset, settings=settings)
    return trial


def table_trial(table: "str | Benchmark[Any]" = "nasbench201/cifar10") -> type[tune.Trainable]:
    """A :class:`TableTrial` with its table fixed.

    Args:
        table: Name of a built-in table, or a :class:`nas_plugins.evaluation.Benchmark`.

    Returns:
        A trainable class for ``tune.Tuner`` and ``tune.run``.
    """
    trial: type[tune.Trainable] = tune.with_parameters(TableTrial, table=table)
    return trial


def _with_own_seed(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration, with the seed moved on by the number of the repetition."""
    config = dict(config)
    if REPETITION in config:
        config["seed"] = config.get("seed", 0) + config[REPETITION]
    return config
