"""Collect a source database: planned trainings as Ray Tune trials, every result saved as it arrives."""

import itertools
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ray import tune
from ray.tune.result import DONE

from nas_plugins.evaluation.collection_plan import CollectionPlan, PlannedTraining
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies.metad2a.training_records import TrainingRecord, TrainingRecords
from nas_plugins.tune.interrupts import Interrupts
from nas_plugins.tune.resources import concurrency, limit_threads, ray_running, trial_resources

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset

OnRecord = Callable[[int, int], object]
"""Called with the numbers of wanted trainings that are on record, and of trainings that failed."""

_CHUNK = 2000  # trainings handed to Ray at once


class CollectionTrial(tune.Trainable):
    """Measures one planned architecture on its task; ``config["training"]`` is its position in the chunk."""

    def setup(
        self,
        config: dict[str, Any],
        planned: list[PlannedTraining],
        datasets: "Mapping[str, ImageDataset]",
        plan: CollectionPlan,
    ) -> None:
        """Remember what to train; the arguments travel once through Ray's object store."""
        limit_threads(self)
        self._planned, self._datasets, self._plan = planned, datasets, plan
        self._position = int(config["training"])

    def step(self) -> dict[str, Any]:
        """Measure, and report the record's figures."""
        planned = self._planned[self._position]
        start = time.perf_counter()
        images = planned.task.draw(self._datasets[planned.task.dataset])
        train, test = images.train_test()
        return {
            "accuracy": self._plan.measure.accuracy(self._plan.space, planned.architecture, images),
            "seconds": time.perf_counter() - start,
            "train_images": len(train),
            "test_images": len(test),
            DONE: True,
        }

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Take the next training in the same process."""
        self._position = int(new_config["training"])
        return True

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Nothing to keep: an unfinished training starts anew."""

    def load_checkpoint(self, checkpoint: Any) -> None:
        """Nothing to restore."""


def collect(
    plan: CollectionPlan,
    path: str | Path,
    *,
    trainings: int,
    seconds: float | None = None,
    cpus_per_trial: float = 1,
    gpus_per_trial: float = 0,
    address: str | None = None,
    storage: str | Path | None = None,
    on_record: OnRecord = lambda *_: None,
) -> TrainingRecords:
    """Train the first planned architectures that are not on record yet, and append their records to a file.

    Every record is in the file before the next result is looked at, and the file is replaced as a whole: a run killed
    at any moment loses the trainings in progress and nothing else, and the next one goes on. Two runs on one file at a
    time are refused.

    Args:
        plan: What to train.
        path: The Parquet file of the records; made where there is none.
        trainings: The first so many trainings of the plan are wanted on record.
        seconds: End after so many; trainings in progress are lost. ``None`` sets no limit.
        cpus_per_trial: CPU cores of a training.
        gpus_per_trial: GPUs of a training; fractions share one.
        address: Ray cluster; ``None`` uses the running Ray, or starts one on this machine.
        storage: Folder for Ray's files; Ray's own default where ``None``.
        on_record: Called at the start and after each training.

    Returns:
        All records of the file.

    Raises:
        InvalidArgument: A number out of range, more resources than there are, or another run holds the file.
        DamagedFile: The file is there and holds something else.
        KeyboardInterrupt: The run was interrupted; the next one goes on.
    """
    resources = trial_resources(cpus_per_trial, gpus_per_trial)
    if trainings < 1 or (seconds is not None and seconds <= 0):
        raise InvalidArgument(f"wanted at least 1 training and a time above 0, got {trainings} and {seconds}")
    from filelock import FileLock, Timeout

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path.with_name(path.name + ".lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise InvalidArgument(
            f"wanted {path} for this run alone, another one holds it; wait, or name another"
        ) from error
    try:
        records = TrainingRecords.load(path) if path.exists() else TrainingRecords()
        # A dict: in small spaces a plan may name a training twice.
        planned = {_key(item, plan): item for item in itertools.islice(plan, trainings)}
        wanted = [item for key, item in planned.items() if key not in records]
        on_record(trainings - len(wanted), 0)
        if not wanted:
            return records
        with ray_running(address), Interrupts() as interrupts:
            writer = _Writer(plan, records, path, trainings - len(wanted), on_record)
            deadline = None if seconds is None else time.monotonic() + seconds
            for start in range(0, len(wanted), _CHUNK):
                chunk = wanted[start : start + _CHUNK]
                writer.chunk = chunk
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    break
                trial: Any = tune.with_parameters(CollectionTrial, planned=chunk, datasets=plan.datasets, plan=plan)
                tune.run(
                    tune.with_resources(trial, resources),
                    config={"training": tune.grid_search(list(range(len(chunk))))},
                    max_concurrent_trials=concurrency(resources),
                    reuse_actors=True,
                    time_budget_s=left,
                    storage_path=None if storage is None else str(Path(storage).resolve()),
                    trial_dirname_creator=lambda trial: f"trial-{trial.trial_id}",
                    callbacks=[interrupts, writer],
                    verbose=0,
                    raise_on_failed_trial=False,
                )
                if interrupts.noted:
                    done = f"{writer.recorded} of {trainings} trainings are on record"
                    raise KeyboardInterrupt(f"{done}; the same command goes on")
        return records
    finally:
        lock.release()


def _record(item: PlannedTraining, plan: CollectionPlan, result: Mapping[str, Any]) -> TrainingRecord:
    return TrainingRecord(
        space=plan.space.name,
        architecture=item.architecture,
        dataset=item.task.dataset,
        classes=item.task.classes,
        images=item.task.images,
        task_seed=item.task.seed,
        style=item.task.style,
        protocol=plan.measure.protocol,
        seed=plan.settings.seed,
        train_images=int(result.get("train_images", 0)),
        test_images=int(result.get("test_images", 0)),
        accuracy=float(result.get("accuracy", "nan")),
        seconds=float(result.get("seconds", "nan")),
    )


def _key(item: PlannedTraining, plan: CollectionPlan) -> tuple[Any, ...]:
    return _record(item, plan, {}).key


class _Writer(tune.Callback):
    """Appends the record of every finished training to the file."""

    def __init__(
        self, plan: CollectionPlan, records: TrainingRecords, path: Path, done: int, on_record: OnRecord
    ) -> None:
        self.chunk: list[PlannedTraining] = []
        self.recorded = done
        self._plan, self._records, self._path, self._on_record = plan, records, path, on_record
        self._failed = 0

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Save the record. A trial that Ray stopped for the time limit has no result and leaves none."""
        result = trial.last_result or {}
        if "train_images" not in result:
            return
        self._records.add(_record(self.chunk[int(trial.config["training"])], self._plan, result))
        self._records.save(self._path)
        self.recorded += 1
        self._on_record(self.recorded, self._failed)

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Count a training that failed; the next run tries it again."""
        self._failed += 1
        self._on_record(self.recorded, self._failed)
