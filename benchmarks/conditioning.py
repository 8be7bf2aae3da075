"""Does knowing the dataset help to order architectures on datasets of a kind never seen?

    python benchmarks/conditioning.py IMAGES... [--records FILE] [--processes 2]

One dataset after the other is held out with all its tasks and styles. A Gaussian process over dataset descriptors and
cells is fitted to the records of the others, and one that is blind to the dataset to the same records; both
order the cells of every held-out task. Reported are the rank correlations within tasks, averaged by dataset, their mean
difference over datasets with its 95 % interval, and how many accuracies fall within the 90 % intervals. IMAGES are the
datasets of the records. Ten minutes on two cores.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib import resources
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from scipy.stats import spearmanr

from nas_plugins.evaluation import mean_interval
from nas_plugins.evaluation.contextual_data import comparable_records, read_contextual_data
from nas_plugins.strategies.metad2a.contextual_process import ContextualData, ContextualProcess
from nas_plugins.strategies.metad2a.training_records import TrainingRecords

_NINETY = 1.645  # standard deviations each side of a normal 90 % interval


def main() -> None:
    """Hold out each dataset in turn and print the table."""
    shipped = resources.files("nas_plugins.strategies.metad2a") / "records" / "nasbench201.parquet"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", nargs="+")
    parser.add_argument("--records", type=Path, default=Path(str(shipped)))
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    commonest, records = comparable_records(TrainingRecords.load(arguments.records))
    data = read_contextual_data(records, arguments.images)
    datasets = np.array([record.dataset for record in records])
    table = Table("held out", "blind", "with the dataset", "difference", "within 90 %", title=commonest)
    differences = []
    with ProcessPoolExecutor(arguments.processes) as pool:
        names = sorted(set(datasets))
        for name, (blind, seen, covered) in zip(names, pool.map(partial(held_out, data, datasets), names), strict=True):
            differences.append(seen - blind)
            table.add_row(name, f"{blind:.2f}", f"{seen:.2f}", f"{seen - blind:+.2f}", f"{100 * covered:.0f} %")
    Console().print(table)
    print(f"mean difference {np.mean(differences):+.3f} ± {mean_interval(np.array(differences)):.3f} (95 % interval)")


def held_out(data: ContextualData, datasets: np.ndarray, name: str) -> tuple[float, float, float]:
    """Mean rank correlation within the tasks of one dataset, blind and not, and the latter's coverage."""
    torch.set_num_threads(1)
    figures = []
    covered: list[float] = []
    for contextual in (False, True):
        process = ContextualProcess(data.select(datasets != name), contextual=contextual)
        correlations = []
        for task in np.unique(data.task[datasets == name]):
            own = data.select(data.task == task)
            mean, deviation = process.predict(own.descriptors[0], own.operations)
            target, variance = own.logits()
            if len(np.unique(target)) > 1:
                correlations.append(float(spearmanr(mean, target)[0]))
            if contextual:
                covered += list(np.abs(mean - target) <= _NINETY * np.sqrt(deviation**2 + variance))
        figures.append(float(np.mean(correlations)))
    return figures[0], figures[1], float(np.mean(covered))


if __name__ == "__main__":
    main()
