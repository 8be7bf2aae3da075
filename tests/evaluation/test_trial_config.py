"""A trial's configuration names its architecture in one of three forms."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nas_plugins.evaluation.trial_config import architecture_from_config
from nas_plugins.spaces import NASBench201, arch2vec
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument

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
        if z is None:
            raise InvalidArgument("wanted 16 finite numbers, got None")
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


def test_latent_form(latents: type[FakeLatents]) -> None:
    """Coordinates go to the space's pretrained latent space as they came."""
    z = {str(index): index / 10 for index in range(16)}

    assert architecture_from_config({"z": z, "lr": 0.1}, SPACE) == CELL
    assert latents.asked == [z]


def test_latent_form_with_the_trained_weights() -> None:
    """The embedding of a cell, named or in sequence, leads back to a cell with the same embedding."""
    if not (Path(arch2vec.__file__).parent / "weights" / "nasbench201.safetensors").is_file():
        pytest.skip("needs the trained weights of arch2vec")
    latents = arch2vec.Arch2Vec.pretrained("nasbench201")
    point = latents.embeddings[SPACE.index(CELL)]
    named = {str(index): float(value) for index, value in enumerate(point)}
    for z in (point, point.tolist(), named):
        found = architecture_from_config({"z": z}, SPACE)
        np.testing.assert_array_equal(latents.embeddings[SPACE.index(found)], point)
    with pytest.raises(InvalidArchitecture, match="wanted"):
        architecture_from_config({"z": [0.0]}, SPACE)


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
        {"z": None},
    ],
    ids=str,
)
def test_unusable_configurations(latents: type[FakeLatents], config: dict[str, Any]) -> None:
    """Nothing there, half there or wrong: InvalidArchitecture that says what was wanted."""
    del latents  # in place of the weights
    with pytest.raises(InvalidArchitecture, match="wanted"):
        architecture_from_config(config, SPACE)
