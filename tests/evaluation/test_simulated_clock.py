"""Parallel workers on a simulated clock: exact order of events, the same histories everywhere, no double work."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas_plugins.evaluation import Benchmark, SimulatedWorkers, load_benchmark, simulate, simulate_many
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import AskLater, InvalidArgument, SearchExhausted, UnansweredQuery
from nas_plugins.strategies import LocalSearch, RandomSearch, RegularizedEvolution, Strategy

SPACE = NASBench201()


class Script(Strategy[Any]):
    """Asks for a list of indices; ``None`` in it waits for one more result. Writes down what happens."""

    def __init__(self, indices: list[int | None]) -> None:
        self.rest = list(indices)
        self.events: list[str] = []
        self.wait = 0

    def ask(self) -> Any:
        if not self.rest:
            raise SearchExhausted("done")
        if self.rest[0] is None:
            raise AskLater("wait")
        self.events.append(f"ask {self.rest[0]}")
        return SPACE[self.rest.pop(0)]  # type: ignore[arg-type]  # None was handled above

    def tell(self, architecture: Any, score: float) -> None:
        self.events.append(f"tell {SPACE.index(architecture)}")
        if self.rest and self.rest[0] is None:
            self.rest.pop(0)

    def state_dict(self) -> dict[str, Any]:
        raise NotImplementedError

    def load_state_dict(self, state: dict[str, Any]) -> None:
        raise NotImplementedError


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Benchmark[Any]]:
    """Makes a table from seconds: cell ``i`` takes ``seconds[i]`` and scores ``i``."""

    def make(seconds: list[float] | None = None, rows: int = 10) -> Benchmark[Any]:
        lines = ["architecture,score" + (",seconds" if seconds else "")]
        for i in range(len(seconds) if seconds else rows):
            lines.append(f"{SPACE[i]},{i}" + (f",{seconds[i]}" if seconds else ""))
        (tmp_path / "t.csv").write_text("\n".join(lines))
        return load_benchmark(tmp_path / "t.csv", space="nasbench201")

    return make


@pytest.fixture(scope="module")
def cifar10() -> Benchmark[Any]:
    return load_benchmark("nasbench201/cifar10")


def test_events_come_in_the_order_of_the_clock(table: Callable[..., Benchmark[Any]]) -> None:
    """Two workers, worked out by hand: 0 from 0 to 5, 1 from 0 to 2, 2 from 2 to 3, 3 from 3 to 4, 4 from 4 to 10."""
    script = Script([0, 1, 2, 3, 4])
    run = simulate(script, table([5, 2, 1, 1, 6]), queries=9, workers=2)

    assert script.events == [
        "ask 0", "ask 1", "tell 1", "ask 2", "tell 2", "ask 3", "tell 3", "ask 4", "tell 0", "tell 4",
    ]  # fmt: skip
    assert run.architectures == tuple(SPACE[i] for i in range(5))
    assert run.starts == (0, 0, 2, 3, 4)
    assert run.ends == (5, 2, 3, 4, 10)
    assert run.completions() == [(2, 1), (3, 2), (4, 3), (5, 3), (10, 4)]


def test_ties_go_to_the_one_asked_first(table: Callable[..., Benchmark[Any]]) -> None:
    """Three equal trainings are told in the order they were asked for."""
    script = Script([2, 0, 1])
    simulate(script, table([3, 3, 3]), queries=3, workers=3)

    assert script.events[3:] == ["tell 2", "tell 0", "tell 1"]


def test_who_waits_is_asked_again_after_each_result(table: Callable[..., Benchmark[Any]]) -> None:
    """AskLater leaves workers idle until the next result; one that waits for nothing ends the run."""
    waiting = Script([0, 1, None, 2])
    run = simulate(waiting, table([4, 2, 1]), queries=9, workers=3)
    stuck = simulate(Script([None, 0]), table([4, 2, 1]), queries=9, workers=3)

    assert waiting.events == ["ask 0", "ask 1", "tell 1", "ask 2", "tell 2", "tell 0"]
    assert run.starts == (0, 0, 2)
    assert stuck.architectures == ()


def test_what_is_asked_twice_while_it_runs_is_one_query(table: Callable[..., Benchmark[Any]]) -> None:
    """The second worker waits for the first one's training; both are told, one query is counted."""
    script = Script([0, 0, 1, 0])
    run = simulate(script, table([4, 2]), queries=9, workers=2)

    assert script.events == ["ask 0", "ask 0", "tell 0", "ask 1", "tell 0", "ask 0", "tell 0", "tell 1"]
    assert (run.architectures, run.starts, run.ends) == ((SPACE[0], SPACE[1]), (0, 4), (4, 6))


def test_each_worker_ends_at_the_deadline(table: Callable[..., Benchmark[Any]]) -> None:
    """A training that does not fit is not started and its worker goes home; the other goes on as long as things fit."""
    script = Script([0, 1, 2, 3, 4])
    run = simulate(script, table([6, 4, 7, 3, 3]), seconds=10, workers=2)

    assert run.architectures == (SPACE[0], SPACE[1], SPACE[3])  # 2 does not fit at 4, 3 starts at 6, 4 would end at 12
    assert run.ends == (6, 4, 9)


def test_no_seconds_on_record_means_equally_long(table: Callable[..., Benchmark[Any]]) -> None:
    """Rounds of four, and no made-up times in the run."""
    script = Script([0, 1, 2, 3, 4, 5])
    run = simulate(script, table(), queries=6, workers=4)

    assert script.events[4:8] == ["tell 0", "ask 4", "tell 1", "ask 5"]
    assert run.ends == (None,) * 6
    assert run.completions() == []


def test_one_worker_starts_a_training_when_the_last_has_ended(cifar10: Benchmark[Any]) -> None:
    """The clock of one worker is the sum of the recorded seconds."""
    run = simulate(RandomSearch(SPACE, seed=0), cifar10, queries=20)

    assert run.ends == pytest.approx(np.cumsum(run.seconds))
    assert run.starts == pytest.approx([0, *run.ends[:-1]])


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_a_cluster_of_workers(seconds: list[int], count: int, seed: int) -> None:
    """Never more tasks than workers, completions in time order and exactly at their ends, ties in order of starting."""
    rng = np.random.default_rng(seed)
    workers: SimulatedWorkers[int] = SimulatedWorkers(count)
    ends: dict[int, float] = {}
    completed: list[tuple[float, int]] = []
    waiting = list(enumerate(seconds))
    while waiting or workers.running:
        if waiting and workers.free and (not workers.running or rng.random() < 0.7):
            task, takes = waiting.pop(0)
            ends[task] = workers.start(task, takes)
            assert ends[task] == workers.now + takes
        else:
            task = workers.complete()
            completed.append((workers.now, task))
        assert workers.running + workers.free == count
    assert completed == sorted(completed, key=lambda event: event[0])
    assert all(ends[task] == at for at, task in completed)
    assert sorted(task for _, task in completed) == list(range(len(seconds)))


def test_workers_refuse_nonsense() -> None:
    """No workers, negative or endless tasks, a task too many, a completion of nothing."""
    for count in (0, -1):
        with pytest.raises(InvalidArgument, match="worker"):
            SimulatedWorkers(count)
    workers: SimulatedWorkers[str] = SimulatedWorkers(1)
    for takes in (-1.0, float("nan"), float("inf")):
        with pytest.raises(InvalidArgument, match="seconds"):
            workers.start("task", takes)
    with pytest.raises(InvalidArgument, match="nothing runs"):
        workers.complete()
    workers.start("task", 1)
    for more in (lambda: workers.start("task", 1), workers.retire):
        with pytest.raises(InvalidArgument, match="busy"):
            more()


def test_seconds_of_some_trainings_only(cifar10: Benchmark[Any]) -> None:
    """Parallel workers need all of them; a single worker does not."""

    class Gaps(Script):
        pass

    class Partial:
        def __getattr__(self, name: str) -> Any:
            return getattr(cifar10, name)

        def seconds(self, cell: Any) -> float | None:
            return None if SPACE.index(cell) == 7 else cifar10.seconds(cell)

    table: Any = Partial()
    assert simulate(Gaps([3, 7]), table, queries=5).ends == (None, None)
    with pytest.raises(UnansweredQuery, match="training seconds"):
        simulate(Gaps([3, 7]), table, queries=5, workers=2)


@pytest.mark.parametrize("strategy", [RandomSearch, LocalSearch, RegularizedEvolution])
def test_histories_do_not_depend_on_processes(strategy: Any, cifar10: Benchmark[Any]) -> None:
    """Sixteen workers, in this process and in two others: equal runs, times included."""

    def make(seed: int) -> Strategy[Any]:
        made: Strategy[Any] = strategy(SPACE, seed=seed)
        return made

    one = simulate_many(make, cifar10, 3, 5, queries=60, workers=16, processes=1)
    two = simulate_many(make, cifar10, 3, 5, queries=60, workers=16, processes=2)

    assert one == two
    assert json.dumps(one.to_json(), allow_nan=False) == json.dumps(two.to_json(), allow_nan=False)
    assert one.to_json()["workers"] == 16
    assert all(len(set(run.architectures)) == len(run.ends) == 60 for run in one.runs)


def test_more_workers_take_less_time_and_no_other_queries(cifar10: Benchmark[Any]) -> None:
    """Random search does not listen: the same cells, sixteen times as fast but for the last ones."""
    runs = [simulate(RandomSearch(SPACE, seed=1), cifar10, queries=160, workers=workers) for workers in (1, 16)]
    last = [max(end for end in run.ends if end is not None) for run in runs]

    assert runs[0].architectures == runs[1].architectures
    assert 12 < last[0] / last[1] <= 16
