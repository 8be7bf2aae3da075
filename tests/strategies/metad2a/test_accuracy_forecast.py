"""Forecasts of short trainings: intervals cover what they claim, files round-trip, bad input is refused."""

from pathlib import Path

import numpy as np
import pytest

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import DamagedFile, InvalidArgument
from nas_plugins.spaces.files import save_tensors
from nas_plugins.strategies import MetaD2A
from nas_plugins.strategies.metad2a.accuracy_forecast import AccuracyForecast, conformal_factor, one_hot
from nas_plugins.strategies.metad2a.contextual_process import ContextualData
from nas_plugins.strategies.metad2a.dataset_descriptor import DESCRIPTORS
from nas_plugins.strategies.metad2a.metad2a import WEIGHTS

SPACE = NASBench201()
TASKS, CELLS, DATASETS = 15, 6, 5


def planted() -> tuple[ContextualData, list[str]]:
    """A dataset's difficulty is half in its descriptors and half its own, so that a process alone is too sure."""
    rng = np.random.default_rng(0)
    task = np.repeat(np.arange(TASKS), CELLS)
    dataset = task % DATASETS
    descriptors = rng.normal(size=(TASKS, len(DESCRIPTORS)))
    own = rng.normal(0, 0.7, DATASETS)
    operations = one_hot([SPACE.sample(rng) for _ in task])
    logits = 0.8 * descriptors[task, 0] + own[dataset] + 0.2 * operations[:, :, 3].sum(1)
    share = rng.binomial(1000, 1 / (1 + np.exp(-logits))) / 1000
    data = ContextualData(descriptors[task], operations, task, 100 * share, np.full(len(task), 1000))
    return data, [f"dataset {number}" for number in dataset]


@pytest.fixture(scope="module")
def forecast() -> AccuracyForecast:
    return AccuracyForecast.fit(*planted(), "planted")


def test_intervals_contain_the_forecast_and_widen_for_small_test_sets(forecast: AccuracyForecast) -> None:
    rng = np.random.default_rng(1)
    cells = [SPACE.sample(rng) for _ in range(20)]
    many = forecast(forecast.data.descriptors[0], cells, test_images=10_000)
    few = forecast(forecast.data.descriptors[0], cells, test_images=20)
    for wide, narrow in zip(few, many, strict=True):
        assert 0 <= wide.low < narrow.low < narrow.accuracy < narrow.high < wide.high <= 100
        assert wide.accuracy == narrow.accuracy


def test_a_loaded_forecast_is_the_saved_one(forecast: AccuracyForecast, tmp_path: Path) -> None:
    loaded = AccuracyForecast.load(forecast.save(tmp_path / "x.safetensors"))
    cells = [SPACE[index] for index in (0, 5000, 15_000)]
    assert loaded.protocol == "planted"
    assert loaded.factor == forecast.factor
    for ours, theirs in zip(
        loaded(forecast.data.descriptors[3], cells), forecast(forecast.data.descriptors[3], cells), strict=True
    ):
        assert ours.accuracy == pytest.approx(theirs.accuracy, abs=1e-6)
        assert ours.low == pytest.approx(theirs.low, abs=1e-6)


def test_the_factor_weighs_datasets_not_trainings() -> None:
    """One dataset of a thousand exact trainings does not hide three of ten with errors of two deviations."""
    exact, wrong = np.zeros(1000), np.full(10, 2.0)
    assert conformal_factor([exact, wrong, wrong, wrong], 0.5) == 2.0
    assert conformal_factor([exact, exact, exact, wrong], 0.5) == 0.0


def test_the_factor_covers_its_level() -> None:
    """Of normal errors the 90 % quantile is 1.645; 4,000 draws miss it by 0.1 less than once in 10,000 runs."""
    rng = np.random.default_rng(2)
    assert conformal_factor([rng.normal(size=1000) for _ in range(4)], 0.9) == pytest.approx(1.645, abs=0.1)


def test_bad_input_is_refused(forecast: AccuracyForecast, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="two datasets"):
        conformal_factor([np.zeros(3)])
    with pytest.raises(InvalidArgument, match="cells of NAS-Bench-201"):
        forecast(forecast.data.descriptors[0], ["cell"])
    with pytest.raises(InvalidArgument, match="image to test on"):
        forecast(forecast.data.descriptors[0], [SPACE[0]], test_images=0)
    with pytest.raises(InvalidArgument, match="no images"):
        MetaD2A(SPACE).forecast([SPACE[0]])
    foreign = save_tensors(tmp_path / "f.safetensors", {}, kind="accuracy_forecast", version=1, about={})
    with pytest.raises(DamagedFile, match="do not fit"):
        AccuracyForecast.load(foreign)


def test_the_shipped_forecast_tells_easy_pictures_from_hard_ones() -> None:
    """Ten plain colours against pure noise with random labels: far from everything on record, and still in order."""
    rng = np.random.default_rng(3)
    hues = rng.integers(0, 256, (10, 1, 1, 1, 3))
    easy = [np.clip(hue + rng.normal(0, 5, (60, 32, 32, 3)), 0, 255).astype(np.uint8) for hue in hues]
    noise = [rng.integers(0, 256, (60, 32, 32, 3), dtype=np.uint8) for _ in range(10)]
    cell = SPACE[11_667]
    (sure,) = MetaD2A(SPACE, easy).forecast([cell])
    (unsure,) = MetaD2A(SPACE, noise).forecast([cell])
    assert sure.accuracy > unsure.accuracy + 10
    assert AccuracyForecast.load(AccuracyForecast.path_beside(WEIGHTS / "nasbench201.safetensors")).factor > 1
