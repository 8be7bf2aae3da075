"""A trial of Ray Tune that lives a recorded training through, on a simulated clock."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ray import tune
from ray.tune.result import DONE, TIME_THIS_ITER_S

from nas_plugins.evaluation.trial_config import architecture_from_config
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.files import read_json, write_json
from nas_plugins.tune.open_table import OpenTable
from nas_plugins.tune.trial_entries import check_entries

if TYPE_CHECKING:
    from nas_plugins.evaluation import Benchmark

_CHECKPOINT = "position.json"


class SimulatedTrial(tune.Trainable):
    """Reports a recorded learning curve point by point, with the seconds the training took and none of its own.

    The configuration holds the architecture (:func:`architecture_from_config` says in which forms) and ``table``, as in
    :class:`nas_plugins.tune.TableTrial`. Each step reports ``accuracy``, ``epoch`` (where the table says) and
    ``seconds`` since the start of the training; Ray's own ``time_this_iter_s`` and ``time_total_s`` are these recorded
    seconds too. So schedulers with ``time_attr="time_total_s"`` or ``"epoch"``, ``stop={"time_total_s": ...}`` and
    :class:`nas_plugins.tune.SimulatedBudget` act as they would have on the real trainings. Ray still looks at trials in
    the order in which look-ups end; :func:`nas_plugins.evaluation.simulate` has the exact order of parallel trainings.
    """

    def setup(self, config: dict[str, Any], table: "str | Benchmark[Any] | None" = None) -> None:
        """Open the table.

        Args:
            config: As the class says; its ``table`` overrides the other.
            table: What :func:`simulated_trial` was given.
        """
        self._open = OpenTable(table)
        self._config = config
        self._position = 0

    def step(self) -> dict[str, Any]:
        """Report the next point of the curve.

        Raises:
            InvalidArgument: No table, an unknown entry, or a table without training seconds.
            InvalidArchitecture: No architecture.
            UnansweredQuery: It is not on record.
        """
        benchmark = self._open.of(self._config)
        check_entries(self._config, benchmark.space, also=("table", "dataset"))
        curve = benchmark.curve(architecture_from_config(self._config, benchmark.space))
        seconds = [point.seconds for point in curve]
        point, now = curve[self._position], seconds[self._position]
        before = seconds[self._position - 1] if self._position else 0.0
        if now is None or before is None:
            raise InvalidArgument(
                f"wanted training seconds for the simulated clock, {benchmark.name} lacks some; use TableTrial instead"
            )
        self._position += 1
        result = {
            "accuracy": point.score,
            "seconds": now,
            TIME_THIS_ITER_S: max(now - before, 0.0),
            DONE: self._position == len(curve),
        }
        return result if point.epochs is None else result | {"epoch": point.epochs}

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Write how many points have been reported."""
        write_json(Path(checkpoint_dir) / _CHECKPOINT, {"position": self._position})

    def load_checkpoint(self, checkpoint: Any) -> None:
        """Go on with the next point."""
        self._position = int(read_json(Path(checkpoint) / _CHECKPOINT)["position"])

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Start another training in the same process, with the table that is open."""
        self._config = new_config
        self._position = 0
        return True


def simulated_trial(table: "str | Benchmark[Any]" = "nasbench201/cifar10") -> type[tune.Trainable]:
    """A :class:`SimulatedTrial` with its table fixed.

    Args:
        table: Name of a built-in table, path of a converted one, or a :class:`nas_plugins.evaluation.Benchmark`.

    Returns:
        A trainable class for ``tune.Tuner`` and ``tune.run``.
    """
    trial: type[tune.Trainable] = tune.with_parameters(SimulatedTrial, table=table)
    return trial
