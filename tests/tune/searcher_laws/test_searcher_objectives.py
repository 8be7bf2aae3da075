"""Which metric is searched for, and which way."""

import math

import pytest

from tests.tune.catalogue import Entry
from tests.tune.searcher_laws.without_ray import SPACE, recording, suggest


@pytest.mark.parametrize(("mode", "sign"), [("max", 1), ("min", -1)])
@pytest.mark.parametrize("from_host", [True, False])
def test_mode_turns_the_metric_into_a_score(mode: str, sign: int, from_host: bool) -> None:
    """Strategies maximise: the metric is negated under "min", whoever named metric and mode."""
    searcher, built = recording(**({} if from_host else {"metric": "loss", "mode": mode}))
    if from_host:
        searcher.set_search_properties("loss", mode, {})
    suggest(searcher, "1")
    searcher.on_trial_complete(trial_id="1", result={"loss": 3.0, "accuracy": 9.0}, error=False)

    assert built[0].told == [(SPACE[0], sign * 3.0)]


@pytest.mark.parametrize("mode", ["min", "max"])
def test_mode_alone_means_the_anonymous_metric(entry: Entry, mode: str) -> None:
    """Mode without metric stands for Ray's "_metric", as in Ray's searchers."""
    from_host = entry.cls()
    from_host.set_search_properties(None, mode, {})

    assert (entry.cls(mode=mode).metric, from_host.metric) == ("_metric", "_metric")
    assert (from_host.mode, from_host.set_search_properties("loss", None, {}), from_host.metric) == (mode, True, "loss")


def test_nobody_named_a_metric(caplog: pytest.LogCaptureFixture) -> None:
    """Without set_search_properties (an empty param_space): "_metric", else "accuracy", else nan, and one warning."""
    searcher, built = recording()
    for number, result in enumerate(
        [{"_metric": 1.0, "accuracy": 5.0}, {"accuracy": 2.0}, {"loss": 3.0}, {"loss": 4.0}]
    ):
        suggest(searcher, str(number))
        searcher.on_trial_complete(trial_id=str(number), result=result, error=False)
    scores = [score for _, score in built[0].told]

    assert scores[:2] == [1.0, 2.0]
    assert all(math.isnan(score) for score in scores[2:])
    assert [record.message for record in caplog.records if "told no metric" in record.message] == [
        "StrategySearcher was told no metric (Ray passes it on only together with a param_space) and maximises "
        "'_metric'; pass metric and mode to the searcher itself"
    ]


@pytest.mark.parametrize(("mode", "sign", "verb"), [("max", 1, "maximises"), ("min", -1, "minimises")])
@pytest.mark.parametrize("from_host", [True, False])
def test_a_mode_without_a_metric_still_finds_accuracy(
    mode: str, sign: int, verb: str, from_host: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Ray's anonymous metric stands for none: "accuracy" is read where trials do not report it, with one warning."""
    searcher, built = recording(**({} if from_host else {"mode": mode}))
    if from_host:
        searcher.set_search_properties(None, mode, {"a": 1})
    for number in range(2):
        suggest(searcher, str(number))
        searcher.on_trial_complete(str(number), {"accuracy": 3.0})
    suggest(searcher, "2")
    searcher.on_trial_complete("2", {"accuracy": 3.0, "_metric": 4.0})

    assert [score for _, score in built[0].told] == [sign * 3.0, sign * 3.0, sign * 4.0]
    assert [f"and {verb} 'accuracy'" in record.message for record in caplog.records] == [True]


def test_a_named_metric_that_trials_do_not_report_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    """A misspelt metric would search in vain without a word; a failed trial, which reports nothing, says nothing."""
    searcher, _ = recording(metric="acuracy", mode="max")
    for number in range(4):
        suggest(searcher, str(number))
        searcher.on_trial_complete(str(number), {"accuracy": 3.0}, error=number == 0)
        assert len(caplog.records) == min(number, 1)

    assert "StrategySearcher found no 'acuracy' in the result of a trial" in caplog.text
