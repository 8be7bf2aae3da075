"""What a finished search shows: a table, pictures, and on the last lines the best architecture and where things are."""

import math
from pathlib import Path

from rich.console import Console
from rich.table import Table

from nas_plugins.percent import percent
from nas_plugins.plots import draw_architectures, draw_predicted_against_measured
from nas_plugins.tune.outcome import SearchOutcome, TrialOutcome


def report_search(outcome: SearchOutcome, folder: str | Path, console: Console | None = None) -> list[Path]:
    """Print the trials, best first, and draw them.

    Args:
        outcome: The finished search.
        folder: Where the pictures go: ``architectures.png``, and ``predicted-measured.png`` if there are predictions.
        console: Where to print; standard output by default.

    Returns:
        The pictures.

    Raises:
        InvalidArgument: Every trial failed.
    """
    console = console or Console()
    folder = Path(folder)
    best = outcome.best
    ranked = sorted(outcome.trials, key=lambda trial: math.inf if math.isnan(trial.score) else -trial.score)
    table = Table()
    for name in ("rank", "measured", "predicted", "seconds", *(["M MACs"] if outcome.scale else [])):
        table.add_column(name, justify="right")
    table.add_column("architecture", overflow="fold")
    for rank, trial in enumerate(ranked, start=1):
        cost = outcome.multiply_adds(trial)
        table.add_row(
            *(str(rank), percent(trial.score), percent(trial.predicted), f"{trial.seconds:.1f}"),
            *([] if cost is None else [f"{cost / 1e6:.1f}"]),
            trial.architecture,
        )
    console.print(f"{len(ranked)} trials on {outcome.dataset}", style="bold", markup=False, highlight=False)
    console.print(table)
    if outcome.scale:
        console.print("M MACs: millions of multiply-adds per image, as bounds count them.", highlight=False)

    shown = ranked[:10]
    pictures = [
        draw_architectures(
            outcome.space,
            [outcome.space.parse(trial.architecture) for trial in shown],
            folder / "architectures.png",
            captions=[_caption(rank, trial, outcome) for rank, trial in enumerate(shown, start=1)],
            title=f"Best of {len(ranked)} trials on {outcome.dataset}",
        )
    ]
    pairs = [(t.predicted, t.score) for t in ranked if t.predicted is not None and not math.isnan(t.score)]
    if len(pairs) > 1:
        pictures.append(
            draw_predicted_against_measured(
                [predicted for predicted, _ in pairs],
                [measured for _, measured in pairs],
                folder / "predicted-measured.png",
                title=f"{outcome.dataset}: predicted before training, measured after",
            )
        )
    lines = [
        f"Best architecture: {best.architecture}",
        f"Measured accuracy: {percent(best.score)} of the held-out images of {outcome.dataset}",
        *(f"Picture: {picture}" for picture in pictures),
    ]
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return pictures


def _caption(rank: int, trial: TrialOutcome, outcome: SearchOutcome) -> str:
    lines = [f"{rank}. measured {percent(trial.score)}"]
    if trial.predicted is not None:
        lines.append(f"predicted {percent(trial.predicted)}")
    cost = outcome.multiply_adds(trial)
    if cost is not None:
        lines.append(f"{cost / 1e6:.0f} M multiply-adds")
    return "\n".join(lines)
