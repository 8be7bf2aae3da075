"""Figure 3 of MetaD2A does what its protocol says: one count of multiply-adds, one split, images at their size."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nas_plugins.datasets import ImageDataset
from nas_plugins.reproduction import metad2a_figure3
from nas_plugins.reproduction.metad2a_figure3 import REPRODUCTION
from nas_plugins.reproduction.options import Options
from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST
from nas_plugins.strategies import MetaD2A


@pytest.fixture
def pets(tmp_path, monkeypatch) -> Path:
    """A folder of class folders with pictures of noise, and the figure on it alone, under one bound."""
    rng = np.random.default_rng(0)
    for number in range(16):
        folder = tmp_path / "images" / "oxford_pets_3breeds" / f"breed{number % 2}"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8)).save(folder / f"{number}.png")
    monkeypatch.setattr(metad2a_figure3, "DATASETS", ("oxford_pets_3breeds",))
    monkeypatch.setattr(metad2a_figure3, "BOUNDS", (200e6,))
    monkeypatch.setattr(metad2a_figure3, "_GENERATED", 20)
    return tmp_path / "images"


def test_metad2a_is_bounded_by_the_multiply_adds_that_the_table_counts(tmp_path, monkeypatch):
    """Networks of two classes are counted with a thousand, as those of all methods are."""
    counted = []

    class Counting(MetaD2A):
        @property
        def proposals(self):
            counted.append(self.cost(LARGEST).multiply_adds)
            return ()

    monkeypatch.setattr(metad2a_figure3, "MetaD2A", Counting)
    metad2a_figure3._proposals([np.zeros((2, 8, 8, 3), np.uint8)] * 2, 200e6, Options(tmp_path))

    assert counted == [MobileNetV3().cost(LARGEST, 1000).multiply_adds]
    assert counted[0] == pytest.approx(1e6 * metad2a_figure3._macs(LARGEST))
    assert counted[0] > MobileNetV3().cost(LARGEST, 2).multiply_adds


def test_one_split_of_images_in_the_size_of_evaluation(pets, tmp_path, monkeypatch):
    """Evaluation, MetaD2A's pictures and trainings hold out the same images, those of the seed, read at 48 pixels."""
    seen = []
    real = ImageDataset.train_test

    def train_test(self, seed=0, test_fraction=0.2):
        seen.append((seed, self.image_size))
        return real(self, seed, test_fraction)

    monkeypatch.setattr(ImageDataset, "train_test", train_test)
    report = REPRODUCTION.run(Options(tmp_path / "o", images=(pets,), samples=1, epochs=1, seed=3))

    assert len(seen) >= 3
    assert set(seen) == {(3, (48, 48))}
    assert any("1,000 classes" in sentence for sentence in report.protocol)


def test_the_best_of_several_is_chosen_by_other_images_than_those_reported():
    """As evaluated on training images held out; MetaD2A's first proposal and the mean of random networks need none."""
    space, rng = MobileNetV3(), np.random.default_rng(0)
    drawn, proposals = ([space.sample(rng) for _ in range(3)] for _ in range(2))
    reported = dict(zip([*drawn, *proposals], [50.0, 60.0, 10.0, 30.0, 20.0, 70.0], strict=True))
    guided = dict(zip([*drawn, *proposals], [1.0, 2.0, 3.0, 4.0, 6.0, 5.0], strict=True))
    measured = metad2a_figure3._measure(proposals, drawn, None, reported.__getitem__, guided.__getitem__)

    assert measured["best random network"] == (drawn[2], 10.0)
    assert measured["MetaD2A, best of 5"] == (proposals[1], 20.0)
    assert measured["MetaD2A, top 1"] == (proposals[0], 30.0)
    assert measured["one random network (mean)"][1] == 40.0
