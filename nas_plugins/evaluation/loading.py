"""Find a benchmark by name or path."""

from pathlib import Path
from typing import Any

from nas_plugins.evaluation.benchmark import Benchmark
from nas_plugins.evaluation.converted_table import ConvertedTable
from nas_plugins.evaluation.csv_table import CSVTable
from nas_plugins.evaluation.nasbench201_table import DATASETS, load_nasbench201_table
from nas_plugins.evaluation.setting import Seed, Setting
from nas_plugins.spaces import SPACES, SearchSpace, get_space
from nas_plugins.spaces.errors import InvalidArgument, InvalidTable
from nas_plugins.spaces.files import user_path

TABLES = tuple(f"nasbench201/{dataset}" for dataset in DATASETS)
"""Names of the tables that need no file."""


def load_benchmark(
    name_or_path: str | Path,
    *,
    space: str | SearchSpace[Any] | None = None,
    split: str = "validation",
    epochs: int | None = None,
    seed: Seed = "mean",
) -> Benchmark[Any]:
    """Load a table of recorded trainings.

    - ``"nasbench201/cifar10"``, ``"nasbench201/cifar100"``, ``"nasbench201/imagenet16-120"``: validation accuracy after
      200 epochs, no file needed (:func:`nas_plugins.evaluation.nasbench201_table.load_nasbench201_table`).
    - ``"FILE.npz/cifar10"``: one dataset of a file that :func:`nas_plugins.evaluation.convert.convert` wrote, with
      validation and test accuracy after 12 and 200 epochs. ``"FILE.npz"`` alone where it holds a single dataset.
    - ``"FILE.csv"`` with ``space``: anyone's own scores (:class:`nas_plugins.evaluation.csv_table.CSVTable`).

    Args:
        name_or_path: One of the above.
        space: Name of the search space; needed for CSV files, otherwise only checked.
        split: ``"validation"`` or ``"test"``.
        epochs: Length of the recorded trainings; ``None`` takes the longest on record.
        seed: One training run, or ``"mean"`` over those on record.

    Raises:
        InvalidTable: Nothing of that name or path, or no table there.
        InvalidArgument: The space is missing for a CSV file, or is not the table's; or a name that cannot be a path.
        UnansweredQuery: The split, epochs or seed is not on record.
    """
    name = str(name_or_path)
    benchmark = _open(name, space, split, epochs, seed)
    if space is not None and get_space(space).name != benchmark.space.name:
        raise InvalidArgument(
            f"wanted the space of {name}, which is {benchmark.space.name}, got {get_space(space).name}; leave it out"
        )
    return benchmark


def _open(
    name: str, space: str | SearchSpace[Any] | None, split: str, epochs: int | None, seed: Seed
) -> Benchmark[Any]:
    if name in TABLES:
        return load_nasbench201_table(name.partition("/")[2], split=split, epochs=epochs, seed=seed)
    path = user_path(name)
    if path.is_file() and path.suffix.lower() == ".csv":
        if space is None:
            raise InvalidArgument(
                f"wanted the search space of {name}, got none; name one of {', '.join(SPACES)} (space=..., on the "
                "command line --space)"
            )
        return CSVTable(path, get_space(space), Setting(path.stem, split, epochs, seed))
    if path.is_file():
        table = ConvertedTable.load(path)
        if len(table.datasets) != 1:
            raise InvalidArgument(
                f"wanted one dataset of {name}, which holds {', '.join(table.datasets) or 'none'}; name it as in "
                f"{name}/{table.datasets[0] if table.datasets else 'DATASET'}"
            )
        return table.benchmark(table.datasets[0], name=path.stem, split=split, epochs=epochs, seed=seed)
    if path.parent.is_file():
        table = ConvertedTable.load(path.parent)
        return table.benchmark(path.name, name=f"{path.parent.stem}/{path.name}", split=split, epochs=epochs, seed=seed)
    raise InvalidTable(
        f"wanted one of the tables {', '.join(TABLES)}, a .csv file or a converted .npz file, found nothing at "
        f"{name!r}; check the name"
    )
