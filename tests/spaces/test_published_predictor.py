"""Once-for-All's accuracy predictor: features in its order, a file of its format, and nothing else."""

from collections import OrderedDict

import pytest
import torch

from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.errors import DamagedFile, InvalidArgument
from nas_plugins.spaces.mobilenetv3.published_predictor import PublishedPredictor
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, SMALLEST

SPACE = MobileNetV3()
_SHAPES = ((400, 128), (400,), (400, 400), (400,), (400, 400), (400,), (1, 400), (1,))
_NAMES = ("0.weight", "0.bias", "3.weight", "3.bias", "6.weight", "6.bias", "9.weight", "9.bias")


def write(path, **changed) -> None:
    """A file of the published format whose one path through the layers passes the sum of weighted features."""
    state = OrderedDict((name, torch.zeros(shape)) for name, shape in zip(_NAMES, _SHAPES, strict=True))
    state["0.weight"][0] = torch.arange(128.0)
    for name in ("3.weight", "6.weight", "9.weight"):
        state[name][0, 0] = 1.0
    state.update({name.replace("_", "."): value for name, value in changed.items()})
    torch.save(state, path, _use_new_zipfile_serialization=False)


def test_features_stand_in_the_published_order(tmp_path) -> None:
    write(tmp_path / "p.pth")
    predictor = PublishedPredictor.load(tmp_path / "p.pth")
    # Layer l: kernel at 3 l + (0, 1, 2), expansion at 60 + 3 l + (0, 1, 2); 224 pixels at 127, 160 at 123.
    layers = range(20)
    whole = sum(3 * layer + 2 for layer in layers) + sum(60 + 3 * layer + 2 for layer in layers)
    first_two = [4 * unit + place for unit in range(5) for place in range(2)]
    least = sum(3 * layer for layer in first_two) + sum(60 + 3 * layer for layer in first_two)
    assert predictor([LARGEST, SMALLEST]).tolist() == [100.0 * (whole + 127), 100.0 * (least + 127)]
    assert predictor([LARGEST], 160).tolist() == [100.0 * (whole + 123)]


def test_other_sizes_and_files_are_refused(tmp_path) -> None:
    write(tmp_path / "p.pth")
    with pytest.raises(InvalidArgument, match="image size out of 112"):
        PublishedPredictor.load(tmp_path / "p.pth")([LARGEST], 100)
    write(tmp_path / "q.pth", **{"0_weight": torch.zeros(400, 64)})
    for damaged in ("q.pth", "missing.pth"):
        with pytest.raises(DamagedFile, match="accuracy predictor"):
            PublishedPredictor.load(tmp_path / damaged)
    with pytest.raises(DamagedFile, match=r"got the folder .*; name the file in it"):
        PublishedPredictor.load(tmp_path)
    (tmp_path / "cut.pth").write_bytes((tmp_path / "p.pth").read_bytes()[:5000])
    with pytest.raises(DamagedFile):
        PublishedPredictor.load(tmp_path / "cut.pth")


def test_the_published_file_orders_networks_as_their_sizes_say(shared_data) -> None:
    predictor = PublishedPredictor.load(shared_data / "supernet" / "ofa_mbv3_accuracy_predictor.pth")
    middle = SPACE.parse("|".join(["k5e4,k5e4,k5e4"] * 5))
    smallest, between, largest = predictor([SMALLEST, middle, LARGEST])
    assert 70 < smallest < between < largest < 90
    assert predictor([LARGEST], 160)[0] < largest
