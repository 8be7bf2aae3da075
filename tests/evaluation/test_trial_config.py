"""A trial's configuration names its architecture in one of three forms."""

from typing import Any

import numpy as np
import pytest

from nas_plugins.evaluation.trial_config import architecture_from_config
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArchitecture

SPACE = NASBench201()
CELL = SPACE[4321]
OTHER = SPACE[1234]


class FakeLatents:
    """Stands for a pretrained latent space; writes down what it was asked."""

    asked: list[Any]

    @classmethod
    def pretrained(cls, name: str) -> "FakeLatents":
        assert name == "nasbench201"
        return cls()

    def nearest(self, z: Any) -> Any:
        FakeLatents.asked.append(z)
        return CELL


@pytest.fixture
def latents(monkeypatch: pytest.MonkeyPatch) -> type[FakeLatents]:
    """Replaces the pretrained latent space, whose weights this file does not need."""
    FakeLatents.asked = []
    monkeypatch.setattr("nas_plugins.spaces.arch2vec.Arch2Vec", FakeLatents, raising=False)
    return FakeLatents


def test_string_form() -> None:
    """The canonical string, among entries of other people."""
    assert architecture_from_config({"architecture": str(CELL), "lr": 0.1}, SPACE) == CELL


def test_choices_form() -> None:
    """The flat choices at the top level, among entries of other people."""
    assert architecture_from_config(SPACE.to_choices(CELL) | {"lr": 0.1}, SPACE) == CELL


@pytest.mark.parametrize("form", [dict, list, tuple, np.asarray])
def test_latent_form(latents: type[FakeLatents], form: Any) -> None:
    """Sixteen coordinates, named as tuners name them in any order, or in sequence, reach the decoder in order."""
    z = [index / 10 for index in range(16)]
    given = {str(index): z[index] for index in reversed(range(16))} if form is dict else form(z)

    assert architecture_from_config({"z": given}, SPACE) == CELL
    np.testing.assert_array_equal(latents.asked[0], z)


def test_the_string_holds_over_choices_and_choices_over_latents() -> None:
    """Where several forms are present the first of string, choices, latents holds."""
    both = SPACE.to_choices(OTHER) | {"z": [0.0] * 16}

    assert architecture_from_config(both | {"architecture": str(CELL)}, SPACE) == CELL
    assert architecture_from_config(both, SPACE) == OTHER


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"lr": 0.1},
        {"architecture": "no cell"},
        {"architecture": None},
        {"architecture": CELL},
        {"edge_0_1": "none"},
        SPACE.to_choices(CELL) | {"edge_0_1": "nor_conv_9x9"},
        {"z": 3.0},
        {"z": "0123"},
        {"z": {}},
        {"z": {"0": 1.0, "2": 1.0}},
        {"z": ["a"] * 16},
        {"z": [[0.0] * 16]},
        {"z": [float("nan")] * 16},
        {"z": None},
    ],
    ids=str,
)
def test_unusable_configurations(latents: type[FakeLatents], config: dict[str, Any]) -> None:
    """Nothing there, half there or wrong: InvalidArchitecture that says what was wanted."""
    with pytest.raises(InvalidArchitecture, match="wanted"):
        architecture_from_config(config, SPACE)
    assert latents.asked == []
