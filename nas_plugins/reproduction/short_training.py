"""Short trainings of many cells in parallel processes, each remembered, so that a run that was stopped goes on."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.files import read_json, write_json

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset
    from nas_plugins.evaluation.training import TrainingSettings


@dataclass(frozen=True)
class Job:
    """One training.

    Args:
        dataset: Name of the dataset.
        architecture: Canonical text of the cell.
        seed: Of weights, order and augmentation.
    """

    dataset: str
    architecture: str
    seed: int


def train_all(
    jobs: Sequence[Job],
    datasets: "Mapping[str, ImageDataset]",
    settings: "TrainingSettings",
    cache: Path,
    *,
    processes: int | None = None,
    progress: Callable[[int, int], object] = lambda *_: None,
) -> dict[Job, float]:
    """Train every job that is not on record yet.

    Args:
        jobs: What to train; repeats cost nothing.
        datasets: Images by the jobs' names of datasets.
        settings: How to train; the seed is the job's.
        cache: JSON file of finished trainings, which those of this call join one by one. A record counts only for the
            same cell, dataset, number of images, settings and seed.
        processes: Parallel processes of one thread each; one per core where ``None``.
        progress: Called with the trainings finished and wanted.

    Returns:
        The accuracy (percent of the held-out images; nan for a training that diverged) of every job.
    """
    from joblib import Parallel, delayed, parallel_config

    wanted = list(dict.fromkeys(jobs))
    records: list[dict[str, Any]] = read_json(cache) if cache.is_file() else []
    known = {_key(record): record["accuracy"] for record in records}
    identities = {job: _identity(job, datasets[job.dataset], settings) for job in wanted}
    accuracies = {job: known[_key(identity)] for job, identity in identities.items() if _key(identity) in known}
    missing = [job for job in wanted if job not in accuracies]
    progress(len(accuracies), len(wanted))
    tasks = (delayed(_train)(job, datasets[job.dataset], replace(settings, seed=job.seed)) for job in missing)
    with parallel_config(
        "loky", n_jobs=-1 if processes is None else min(processes, len(missing) or 1), inner_max_num_threads=1
    ):
        for job, accuracy, seconds in Parallel(return_as="generator_unordered")(tasks):
            accuracies[job] = accuracy
            records.append(identities[job] | {"accuracy": accuracy, "seconds": seconds})
            write_json(cache, records)
            progress(len(accuracies), len(wanted))
    return {job: float("nan") if accuracies[job] is None else accuracies[job] for job in wanted}


def _identity(job: Job, dataset: "ImageDataset", settings: "TrainingSettings") -> dict[str, Any]:
    about = asdict(job) | {"images": len(dataset), "settings": asdict(settings)}
    del about["settings"]["seed"]
    return about


def _key(record: dict[str, Any]) -> str:
    return repr([record[name] for name in ("dataset", "images", "architecture", "seed", "settings")])


def _train(job: Job, dataset: "ImageDataset", settings: "TrainingSettings") -> tuple[Job, float | None, float]:
    """The job with its accuracy, ``None`` where the loss was no number any more, and the seconds it took."""
    import torch

    from nas_plugins.evaluation.training import Training

    torch.set_num_threads(1)
    space = NASBench201()
    training = Training(space.parse(job.architecture), space, dataset, settings)
    start = time.perf_counter()
    accuracy = training.finish()
    return job, None if training.diverged else accuracy, time.perf_counter() - start
