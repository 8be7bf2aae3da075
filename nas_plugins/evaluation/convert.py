"""The official NAS-Bench-101, NAS-Bench-201 and NATS-Bench files, converted once to one small columnar file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from nas_plugins.evaluation.converted_table import Columns, ConvertedTable, check_name
from nas_plugins.evaluation.nasbench101_records import convert_nasbench101
from nas_plugins.spaces.errors import InvalidTable, MissingDependency, UntrustedFile
from nas_plugins.spaces.nasbench201 import NASBench201

_SOURCES = {
    ("cifar10", "validation"): ("cifar10-valid", "x-valid"),
    ("cifar10", "test"): ("cifar10", "ori-test"),
    ("cifar100", "validation"): ("cifar100", "x-valid"),
    ("cifar100", "test"): ("cifar100", "x-test"),
    ("imagenet16-120", "validation"): ("ImageNet16-120", "x-valid"),
    ("imagenet16-120", "test"): ("ImageNet16-120", "x-test"),
}
"""Our dataset and split to the official training set and evaluation set (Dong and Yang, 2020, section 2.2 and Table 1).

On CIFAR-10 the validation accuracy is of networks trained on half of the training images, the test accuracy of networks
trained on all of them.
"""

_EPOCHS = ("12", "200")
_RELIABLE_SEED = 888  # other seeds record the parameters of another cell in places; nats_bench falls back on this one


def convert(source: str | Path, destination: str | Path, *, trust: bool = False) -> ConvertedTable:
    """Convert an official table to the file that :func:`nas_plugins.evaluation.load_benchmark` opens.

    ``nasbench_full.tfrecord`` and ``nasbench_only108.tfrecord`` of NAS-Bench-101 are read without TensorFlow
    (:func:`nas_plugins.evaluation.nasbench101_records.convert_nasbench101` says what is kept); what follows is of the
    others.

    Understood are ``NAS-Bench-201-v1_1-096897.pth`` and ``NAS-Bench-201-v1_0-e61699.pth`` (package ``nas-bench-201``),
    and the topology part of NATS-Bench, ``NATS-tss-v1_0-3ffb9-simple`` as a folder or
    ``NATS-tss-v1_0-3ffb9.pickle.pbz2`` (package ``nats-bench``). The two files are read into memory as a whole, which
    takes tens of gigabytes; the NATS folder is read one architecture at a time.

    Kept are accuracies in percent after the last of 12 and of 200 epochs, validation and test, per seed; training
    seconds without evaluation, averaged over seeds; parameters in millions and latency in seconds.

    Args:
        source: The official file or folder.
        destination: The file to write, ``*.npz``.
        trust: The official files but NAS-Bench-101's are pickles, and opening a pickle can run code that is hidden in
            it. Say ``True`` for a file from its authors.

    Returns:
        What was written.

    Raises:
        UntrustedFile: ``trust`` is not given.
        InvalidArgument: The destination does not end in ``.npz``.
        MissingDependency: The package that reads the file is not installed.
        InvalidTable: There is no such file, or it is none of the above.
    """
    source, destination = Path(source).expanduser(), check_name(destination)
    if not source.exists():
        raise InvalidTable(
            f"wanted an official NAS-Bench-101, NAS-Bench-201 or NATS-Bench file, found nothing at {source}; check the "
            "path"
        )
    if source.suffix == ".tfrecord":
        records = convert_nasbench101(source)
        records.save(destination)
        return records
    if not trust:
        raise UntrustedFile(
            f"wanted your word that {source.name} comes from its authors, because it is a pickle and opening it can "
            "run code; pass trust=True (on the command line --trust)"
        )
    space = NASBench201()
    columns: Columns = {}

    def put(row: int, value: Any, *name: str) -> None:
        if value is not None:
            column = columns.setdefault(name, np.full(len(space), np.nan, np.float32))
            column[row] = value

    seen = 0
    with _as_invalid_table(source):
        for text, results in _architectures(source):
            row = space.index(space.parse(text))
            seen += 1
            for epochs, result in results.items():
                _put_result(put, row, epochs, result)
    if not any(name[0] == "score" for name in columns):
        raise InvalidTable(f"wanted trainings of NAS-Bench-201 cells in {source}, found none in {seen} architectures")
    table = ConvertedTable(space.name, source.name, columns)
    table.save(destination)
    return table


def _put_result(put: Callable[..., None], row: int, epochs: str, result: Any) -> None:
    """One architecture's ``ArchResults``, of either package: they share their attributes."""
    for (dataset, split), (training_set, evaluation_set) in _SOURCES.items():
        runs = {seed: result.all_results[training_set, seed] for seed in result.dataset_seed.get(training_set, ())}
        seconds = []
        for seed, run in runs.items():
            # Straight from the record: the packages' own query also wants evaluation times, which v1_0 lacks in part.
            put(
                row,
                run.eval_acc1es.get(f"{evaluation_set}@{run.epochs - 1}"),
                "score",
                dataset,
                split,
                epochs,
                str(seed),
            )
            if run.train_times:
                seconds.append(sum(run.train_times.values()))
        if seconds:
            put(row, np.mean(seconds), "seconds", dataset, split, epochs)
        if runs:
            put(row, runs.get(_RELIABLE_SEED, next(iter(runs.values()))).params, "parameters", dataset)
            latencies = [run.get_latency() for run in runs.values() if run.get_latency() > 0]  # -1 where not measured
            put(row, np.mean(latencies) if latencies else None, "latency", dataset)


def _architectures(source: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Official string, and ``ArchResults`` by number of epochs, of every architecture trained."""
    if source.is_dir():
        return _from_nats_folder(source)
    if source.suffix == ".pbz2":
        return _from_nats_file(source)
    return _from_nasbench201_file(source)


def _from_nasbench201_file(source: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with _needing("nas-bench-201"):
        from nas_201_api import ArchResults
    import torch

    # The package's own constructor copies the whole content, and calls torch.load in a way that refuses numpy scalars.
    content = torch.load(source, map_location="cpu", weights_only=False)
    records = content["arch2infos"]
    for index in sorted(content["evaluated_indexes"]):
        record = records.pop(index)
        named = {epochs: record[kind] for epochs, kind in zip(_EPOCHS, ("less", "full"), strict=True) if kind in record}
        yield (
            content["meta_archs"][index],
            {epochs: ArchResults.create_from_state_dict(state) for epochs, state in named.items()},
        )


def _from_nats_file(source: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with _needing("nats-bench"):
        from nats_bench.api_utils import ArchResults, pickle_load

    content = pickle_load(source)
    for index in sorted(content["evaluated_indexes"]):
        record = content["arch2infos"].pop(index)
        yield (
            content["meta_archs"][index],
            {epochs: ArchResults.create_from_state_dict(record[epochs]) for epochs in _EPOCHS if epochs in record},
        )


def _from_nats_folder(source: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with _needing("nats-bench"):
        import nats_bench

    api = nats_bench.create(str(source), "topology", fast_mode=True, verbose=False)
    for index, text in enumerate(api.meta_archs):
        api.reload(str(source), index)
        record = api.arch2infos_dict.pop(index)  # one at a time: all of them fill the memory
        yield text, {epochs: record[epochs] for epochs in _EPOCHS if epochs in record}


@contextmanager
def _needing(package: str) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise MissingDependency(
            f"wanted the package {package} to read this file, it is not installed; "
            "pip install 'nas_plugins[benchmarks]'"
        ) from error


@contextmanager
def _as_invalid_table(source: Path) -> Iterator[None]:
    try:
        yield
    except (InvalidTable, MissingDependency):
        raise
    except Exception as error:  # a foreign pickle can fail in any way at all
        raise InvalidTable(
            f"wanted an official NAS-Bench-201 or NATS-Bench (topology) file at {source}, could not read it as one "
            f"({type(error).__name__}: {error})"
        ) from error
