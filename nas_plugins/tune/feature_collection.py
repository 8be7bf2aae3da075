"""Collect output features: networks trained as Ray Tune trials, each leaving what it makes of the same images."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ray import tune
from ray.tune.result import DONE

from nas_plugins.evaluation.feature_settings import FeatureSettings
from nas_plugins.spaces.errors import DamagedFile, InvalidArgument
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.tune.interrupts import Interrupts
from nas_plugins.tune.resources import concurrency, limit_threads, ray_running, trial_resources

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset
    from nas_plugins.spaces.arch2vec.output_features import OutputFeatures

OnNetwork = Callable[[int, int], object]
"""Called with the numbers of networks that are done, and of trainings that failed."""

_KIND, _VERSION = "response", 1


class FeatureTrial(tune.Trainable):
    """Trains the architecture ``config["architecture"]`` from scratch in one step and writes its response to a file."""

    def setup(
        self,
        config: dict[str, Any],
        space: SearchSpace[Any],
        dataset: "ImageDataset",
        settings: FeatureSettings,
        folder: Path,
    ) -> None:
        """Part the images; the arguments travel once through Ray's object store."""
        from nas_plugins.evaluation.training import TrainingImages, training_device

        limit_threads(self)
        self._space, self._settings, self._folder = space, settings, folder
        training = settings.training()
        self._images = TrainingImages.from_dataset(dataset, training, training_device(training.device))
        self._architecture = str(config["architecture"])

    def step(self) -> dict[str, Any]:
        """Train to the end and write the response to the images shown."""
        from nas_plugins.evaluation.classifier_inputs import classifier_inputs
        from nas_plugins.evaluation.training import Training
        from nas_plugins.spaces.arch2vec.output_features import sorted_response
        from nas_plugins.spaces.files import save_tensors

        training = Training(self._space.parse(self._architecture), self._space, self._images, self._settings.training())
        accuracy = training.finish()
        shown = _shown(len(self._images.test_labels), self._settings)
        labels = self._images.test_labels[shown].cpu()
        features, last = classifier_inputs(training, self._images.test_images[shown])
        response = sorted_response(features, last.weight.detach().cpu(), last.bias.detach().cpu(), labels)
        about = {"architecture": self._architecture, "accuracy": accuracy, "settings": asdict(self._settings)}
        path = _response_file(self._folder, self._architecture)
        save_tensors(path, {"response": response}, kind=_KIND, version=_VERSION, about=about)
        return {"accuracy": accuracy, DONE: True}

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Take the next architecture in the same process, with the images that are there."""
        self._architecture = str(new_config["architecture"])
        return True

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Nothing to keep: an unfinished training starts anew."""

    def load_checkpoint(self, checkpoint: Any) -> None:
        """Nothing to restore."""


def collect_features(
    space: SearchSpace[Any],
    dataset: "ImageDataset",
    settings: FeatureSettings,
    folder: str | Path,
    *,
    cpus_per_trial: float = 1,
    gpus_per_trial: float = 0,
    address: str | None = None,
    on_network: OnNetwork = lambda *_: None,
) -> "OutputFeatures":
    """Train networks of a space on a dataset, and gather what they make of held-out images.

    Each network's response is a file in a folder, so that a run that was ended goes on where it was; on a cluster the
    folder must be one that all machines share.

    Args:
        space: What the networks are drawn from.
        dataset: What they are trained on.
        settings: Which and how.
        folder: Of the responses, and of Ray's files; responses of other settings in it are replaced.
        cpus_per_trial: CPU cores of a training.
        gpus_per_trial: GPUs of a training; fractions share one.
        address: Ray cluster; ``None`` uses the running Ray, or starts one on this machine.
        on_network: Called at the start and after each training.

    Raises:
        InvalidArgument: More resources than there are, or fewer than two trainings came to an end.
        InvalidDataset: The images cannot be trained on.
        KeyboardInterrupt: The run was interrupted; the next one goes on.
    """
    import torch

    from nas_plugins.evaluation.training import TrainingImages
    from nas_plugins.spaces.arch2vec.output_features import OutputFeatures, gather_responses

    resources = trial_resources(cpus_per_trial, gpus_per_trial)
    folder = Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    images = TrainingImages.from_dataset(dataset, settings.training(), torch.device("cpu"))
    chosen = settings.architectures(space)
    missing = [text for text in chosen if _read(folder, text, settings) is None]
    on_network(len(chosen) - len(missing), 0)
    if missing:
        with ray_running(address), Interrupts() as interrupts:
            trial: Any = tune.with_parameters(
                FeatureTrial, space=space, dataset=dataset, settings=settings, folder=folder
            )
            tune.run(
                tune.with_resources(trial, resources),
                config={"architecture": tune.grid_search(missing)},
                max_concurrent_trials=concurrency(resources),
                reuse_actors=True,
                storage_path=str(folder / "ray"),
                trial_dirname_creator=lambda trial: f"trial-{trial.trial_id}",
                callbacks=[interrupts, _Counter(len(chosen) - len(missing), on_network)],
                verbose=0,
                raise_on_failed_trial=False,
            )
            if interrupts.noted:
                raise KeyboardInterrupt("networks that were trained are kept; the same command goes on")
    found = {text: response for text in chosen if (response := _read(folder, text, settings)) is not None}
    if len(found) < 2:
        raise InvalidArgument(f"wanted at least two trained networks, got {len(found)} of {len(chosen)}; see {folder}")
    shown = _shown(len(images.test_labels), settings)
    return OutputFeatures(
        space=space.name,
        dataset=dataset.name,
        architectures=tuple(found),
        images=images.test_images[shown],
        labels=images.test_labels[shown],
        features=gather_responses([response for response, _ in found.values()]),
        about={
            "settings": asdict(settings),
            "training_images": len(images.train_labels),
            "accuracies": [accuracy for _, accuracy in found.values()],
        },
    )


def _shown(held_out: int, settings: FeatureSettings) -> Any:
    """Positions of the held-out images that every network is shown."""
    import torch

    order = torch.randperm(held_out, generator=torch.Generator().manual_seed(settings.seed))
    return order[: settings.images]


def _response_file(folder: Path, architecture: str) -> Path:
    from hashlib import sha256

    return folder / f"{sha256(architecture.encode()).hexdigest()[:16]}.safetensors"


def _read(folder: Path, architecture: str, settings: FeatureSettings) -> tuple[Any, float] | None:
    """Response and accuracy of a network trained with the settings; those of a training that diverged count as none."""
    import torch

    from nas_plugins.spaces.files import load_tensors

    path = _response_file(folder, architecture)
    try:
        tensors, about = load_tensors(path, kind=_KIND, version=_VERSION)
    except DamagedFile:  # absent too
        return None
    asked = asdict(settings) | {"networks": None}
    if (about["architecture"], about["settings"] | {"networks": None}) != (architecture, asked):
        return None
    response = tensors["response"]
    return (response, float(about["accuracy"])) if bool(torch.isfinite(response).all()) else None


class _Counter(tune.Callback):
    """Tells how many networks are done."""

    def __init__(self, done: int, on_network: OnNetwork) -> None:
        self._done, self._failed, self._on_network = done, 0, on_network

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """One more."""
        self._done += 1
        self._on_network(self._done, self._failed)

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A training that failed; the next run tries it again."""
        self._failed += 1
        self._on_network(self._done, self._failed)
