"""``nas-plugins fit-forecast``: learn what short trainings reach from recorded ones."""

from pathlib import Path
from typing import Annotated

import typer

from nas_plugins.cli.output import JsonOption, check_writable, save_json, show, stderr
from nas_plugins.strategies.metad2a.metad2a import WEIGHTS


def fit_forecast(
    datasets: Annotated[list[str], typer.Argument(help="Images of every dataset on record: folders or .npz files.")],
    records: Annotated[
        Path | None, typer.Option(help="Trainings that 'collect' recorded.  [default: those that ship]")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Forecast to write.  [default: beside the weights, where propose finds it]")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Fit the forecast of short trainings that propose shows, leaving each dataset out once for its intervals."""
    check_writable(json)

    from nas_plugins.evaluation.contextual_data import comparable_records, read_contextual_data
    from nas_plugins.strategies.metad2a.accuracy_forecast import AccuracyForecast
    from nas_plugins.strategies.metad2a.metad2a import RECORDS
    from nas_plugins.strategies.metad2a.training_records import TrainingRecords

    path = output or AccuracyForecast.path_beside(WEIGHTS / "nasbench201.safetensors")
    check_writable(path)
    protocol, trainings = comparable_records(TrainingRecords.load(records or RECORDS / "nasbench201.parquet"))
    with stderr.status("describing datasets") as status:
        data = read_contextual_data(trainings, datasets)
        forecast = AccuracyForecast.fit(
            data,
            [training.dataset for training in trainings],
            protocol,
            on_dataset=lambda name: status.update(f"leaving out {name}"),
        )
    forecast.save(path)
    save_json(json, {"forecast": str(path), "trainings": len(trainings), "factor": forecast.factor})
    show(f"{len(trainings):,} trainings; intervals reach {forecast.factor:.2f} standard deviations to each side.")
    show(f"Forecast: {path}")
