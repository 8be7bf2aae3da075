"""Under the wrappers that Ray puts around searchers."""

from ray.tune.search import ConcurrencyLimiter, Repeater, Searcher

from tests.tune.catalogue import Entry
from tests.tune.searcher_laws.without_ray import SPACE, recording, suggest


def test_concurrency_limiter(entry: Entry) -> None:
    """Two at a time, a third only after a completion; the limiter's own state and ours restore together."""
    limiter = ConcurrencyLimiter(entry.build(metric="accuracy", mode="max", seed=0), max_concurrent=2)
    suggest(limiter, "1")
    suggest(limiter, "2")
    assert limiter.suggest("3") is None
    limiter.on_trial_complete("1", {"accuracy": 1.0})
    third = suggest(limiter, "3")
    assert limiter.suggest("4") is None

    again = ConcurrencyLimiter(entry.build(metric="accuracy", mode="max", seed=0), max_concurrent=9)
    again.searcher.set_state(limiter.searcher.get_state())
    again.set_state(limiter.get_state())
    assert again.suggest("4") is None
    again.on_trial_complete("2", {"accuracy": 1.0})
    limiter.on_trial_complete("2", {"accuracy": 1.0})
    fourth = suggest(again, "4")
    assert fourth == suggest(limiter, "4")
    assert fourth != third


def test_batch_limiter() -> None:
    """In batches the strategy is told when the whole batch is done; an exhausted batch still ends."""
    searcher, built = recording(metric="accuracy", mode="max", limit=3)
    limiter = ConcurrencyLimiter(searcher, max_concurrent=2, batch=True)
    suggest(limiter, "1")
    suggest(limiter, "2")
    limiter.on_trial_complete("1", {"accuracy": 1.0})
    assert built[0].told == []
    assert limiter.suggest("3") is None
    limiter.on_trial_complete("2", {"accuracy": 2.0})
    assert len(built[0].told) == 2
    suggest(limiter, "3")
    assert limiter.suggest("4") == Searcher.FINISHED
    limiter.on_trial_complete("3", {"accuracy": 3.0})

    assert len(built[0].told) == 3


def test_set_max_concurrency_is_left_to_the_limiter(entry: Entry) -> None:
    """The searcher claims no limit of its own, so that the limiter's holds."""
    assert entry.cls().set_max_concurrency(4) is False


def test_repeater() -> None:
    """Each architecture runs three times, numbered, and the strategy is told the mean once."""
    searcher, built = recording(metric="accuracy", mode="max")
    repeater = Repeater(searcher, repeat=3)
    configurations = [suggest(repeater, str(number)) for number in range(6)]
    for number in range(6):
        repeater.on_trial_complete(str(number), {"accuracy": float(number)})

    assert [c["architecture"] for c in configurations] == [str(SPACE[0])] * 3 + [str(SPACE[1])] * 3
    assert [c["__trial_index__"] for c in configurations] == [0, 1, 2] * 2
    assert built[0].told == [(SPACE[0], 1.0), (SPACE[1], 4.0)]
