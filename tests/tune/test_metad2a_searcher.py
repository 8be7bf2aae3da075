"""MetaD2A under its Ray name: what it has beyond the laws of all searchers."""

import json
from pathlib import Path

import pytest

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidState
from nas_plugins.tune import MetaD2ASearcher

SPACE = NASBench201()
TRAINED = {"C": 16, "N": 1, "image_shape": (3, 8, 8)}


def test_suggestions_keep_to_bounds_at_the_size_that_is_trained(tmp_path: Path) -> None:
    """Also those of a searcher restored before it suggested anything."""
    first = MetaD2ASearcher(dataset="digits", max_params=150e3, max_macs=2e6, scale=TRAINED, top=3, seed=0)
    first.save(str(tmp_path / "searcher"))
    restored = MetaD2ASearcher()
    restored.restore(str(tmp_path / "searcher"))
    for searcher in (first, restored):
        for trial in range(3):
            config = searcher.suggest(str(trial))
            assert isinstance(config, dict)
            cost = SPACE.cost(SPACE.parse(config["architecture"]), 10, C=16, N=1, image_shape=(3, 8, 8))
            assert cost.parameters <= 150e3
            assert cost.multiply_adds <= 2e6


def test_the_saved_bounds_are_plain_json(tmp_path: Path) -> None:
    path = tmp_path / "searcher"
    MetaD2ASearcher(max_params=150e3, scale=TRAINED).save(str(path))

    assert "150000.0" in json.dumps(json.loads(path.read_text()))


def test_its_own_bounds_come_with_the_state_and_against_others_it_is_refused(tmp_path: Path) -> None:
    """Given none, a restored searcher keeps the saved bounds; given others, it refuses them and stays as it was."""
    first = MetaD2ASearcher(dataset="digits", max_params=150e3, scale=TRAINED, top=3, seed=0)
    first.suggest("0")
    first.save(str(tmp_path / "state"))
    blank, same, other = MetaD2ASearcher(), MetaD2ASearcher(max_params=150e3), MetaD2ASearcher(max_params=200e3)
    for searcher in (blank, same):
        searcher.restore(str(tmp_path / "state"))
        assert searcher.get_state()["options"]["max_params"] == 150e3
        assert searcher.suggest("1")
    with pytest.raises(InvalidState, match=r"at most 200,000 parameters, got one with at most 150,000"):
        other.restore(str(tmp_path / "state"))

    assert other.get_state() == MetaD2ASearcher(max_params=200e3).get_state()
