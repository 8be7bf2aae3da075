"""How often do the 90 % intervals of forecast accuracies hold, on kinds of pictures that nothing was learned from?

    python benchmarks/forecast_coverage.py IMAGES... [--records FILE]
    python benchmarks/forecast_coverage.py --trained cifar10.npz mnist.npz ... [--tasks 4]

First form: IMAGES are the datasets of the records. Each dataset is left out with all its tasks, the process is fitted
to the others; the factor that widens its intervals is the quantile of the errors on those others, each with itself left
out. (One dataset is left out per fit, so the judged one is among the eleven behind each of the factor's errors.)

Second form: the shipped forecast against real trainings under its protocol, on datasets that are on no record: tasks
are drawn as `collect` draws them; MetaD2A's first proposal and a random cell are trained on each.
"""

import argparse
from importlib import resources
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from nas_plugins.datasets import load_dataset
from nas_plugins.evaluation.collection_plan import CollectionPlan
from nas_plugins.evaluation.collection_settings import CollectionSettings
from nas_plugins.evaluation.contextual_data import comparable_records, read_contextual_data
from nas_plugins.evaluation.training import Training
from nas_plugins.spaces import NASBench201
from nas_plugins.strategies import MetaD2A
from nas_plugins.strategies.metad2a.accuracy_forecast import conformal_factor, held_out_errors
from nas_plugins.strategies.metad2a.training_records import TrainingRecords


def main() -> None:
    """Print one of the two tables."""
    shipped = resources.files("nas_plugins.strategies.metad2a") / "records" / "nasbench201.parquet"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", nargs="*")
    parser.add_argument("--records", type=Path, default=Path(str(shipped)))
    parser.add_argument("--trained", nargs="+", default=[])
    parser.add_argument("--tasks", type=int, default=4)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    Console().print(
        trained(arguments.trained, arguments.tasks)
        if arguments.trained
        else left_out(arguments.records, arguments.images)
    )


def left_out(path: Path, images: list[str]) -> Table:
    """Coverage on every dataset of the records, with the process and the factor of the others."""
    protocol, records = comparable_records(TrainingRecords.load(path))
    data = read_contextual_data(records, images)
    datasets = [record.dataset for record in records]
    errors = {name: held_out_errors(data, datasets, name) for name in sorted(set(datasets))}
    table = Table("left out", "trainings", "factor of the others", "within 90 %", title=protocol)
    covered = []
    for name, own in errors.items():
        factor = conformal_factor([other for key, other in errors.items() if key != name])
        covered.append(float(np.mean(np.abs(own) <= factor)))
        table.add_row(name, str(len(own)), f"{factor:.2f}", f"{100 * covered[-1]:.0f} %")
    table.add_row("mean over datasets", str(len(records)), "", f"{100 * np.mean(covered):.1f} %")
    return table


def trained(images: list[str], tasks: int) -> Table:
    """Forecasts beside real trainings under the protocol of the records."""
    space = NASBench201()
    settings = CollectionSettings(images=2400, least_epochs=6, image_size=16, architectures=1, styles=(), seed=7)
    table = Table("task", "classes", "cell", "forecast", "90 % interval", "trained", "inside")
    inside = []
    for path in images:
        dataset = load_dataset(path)
        for planned in islice(CollectionPlan(space, [dataset], settings), tasks):
            drawn = planned.task.draw(dataset)
            train, test = drawn.train_test()
            strategy = MetaD2A(space, train.images_by_class(), seed=0)
            cells = [strategy.ask(), space.parse(planned.architecture)]
            forecasts = strategy.forecast(cells, test_images=len(test))
            for kind, cell, forecast in zip(("proposed", "random"), cells, forecasts, strict=True):
                accuracy = Training(cell, space, drawn, settings.training(len(train))).finish()
                inside.append(forecast.low <= accuracy <= forecast.high)
                table.add_row(
                    dataset.name,
                    str(len(planned.task.classes)),
                    kind,
                    f"{forecast.accuracy:.1f}",
                    f"{forecast.low:.1f} to {forecast.high:.1f}",
                    f"{accuracy:.1f}",
                    "yes" if inside[-1] else "no",
                )
    table.add_row("all", "", "", "", "", "", f"{100 * np.mean(inside):.0f} %")
    return table


if __name__ == "__main__":
    main()
