"""What tuners propose, and in which search spaces."""

import json
from typing import Any

import pytest

from nas_plugins.nni import RandomTuner
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArgument
from tests.nni.catalogue import Entry
from tests.nni.tuner_laws.trials import recording, run

SPACE = NASBench201()
ITSELF = {"architecture", "predicted_accuracy"}
CHOICES = {name: {"_type": "choice", "_value": list(options)} for name, options in SPACE.choices().items()}


def test_parameters_are_canonical_strings_of_the_space(entry: Entry) -> None:
    """Plain JSON: the architecture, at most with the score expected of it."""
    tuner = entry.build(seed=0)
    for parameters in tuner.generate_multiple_parameters(list(range(6))):
        assert set(parameters) <= ITSELF
        assert str(SPACE.parse(parameters["architecture"])) == parameters["architecture"]
        assert json.loads(json.dumps(parameters)) == parameters


def test_same_seed_same_parameters(entry: Entry) -> None:
    """The seed decides."""
    first, again, other = (run(entry.build(seed=seed), range(8)) for seed in (3, 3, 4))

    assert first == again
    assert first != other


def test_choices_in_the_search_space_are_filled_in(entry: Entry) -> None:
    """So that NNI's pages show a column per decision, and other tuners can search the same file."""
    tuner = entry.build(seed=0)
    tuner.update_search_space(CHOICES)
    (parameters,) = tuner.generate_multiple_parameters([0])

    assert set(parameters) <= ITSELF | set(CHOICES)
    assert str(SPACE.from_choices({name: parameters[name] for name in CHOICES})) == parameters["architecture"]


def test_other_entries_are_drawn_within_their_bounds(entry: Entry) -> None:
    """By a generator of the tuner's own: the architectures are the same with and without."""
    search_space = {
        "learning_rate": {"_type": "loguniform", "_value": [1e-4, 1e-1]},
        "epochs": {"_type": "randint", "_value": [2, 5]},
        "flip": {"_type": "choice", "_value": [True, False]},
    }
    beside, plain = entry.build(seed=5), entry.build(seed=5)
    beside.update_search_space(search_space)
    drawn = beside.generate_multiple_parameters(list(range(5)))

    for parameters in drawn:
        assert 1e-4 <= parameters["learning_rate"] <= 1e-1
        assert parameters["epochs"] in (2, 3, 4)
        assert parameters["flip"] in (True, False)
    architectures = [parameters["architecture"] for parameters in plain.generate_multiple_parameters(list(range(5)))]
    assert [parameters["architecture"] for parameters in drawn] == architectures


@pytest.mark.parametrize(
    "search_space",
    [
        [1],
        {"x": 3},
        {"x": {"_type": "choice"}},
        {"x": {"_type": "layer_choice", "_value": ["a"]}},
        {"architecture": {"_type": "choice", "_value": ["a"]}},
        {"z": {"_type": "uniform", "_value": [0, 1]}},
        {"edge_0_1": CHOICES["edge_0_1"]},
        CHOICES | {"edge_0_1": {"_type": "choice", "_value": ["none"]}},
    ],
    ids=str,
)
def test_search_spaces_that_cannot_be_searched_are_refused(search_space: Any) -> None:
    """Half an architecture, fewer operations than the space has, what NNI does not know: one clear line."""
    with pytest.raises(InvalidArgument, match="wanted"):
        RandomTuner().update_search_space(search_space)


def test_an_entry_without_values_is_refused_by_name() -> None:
    """NNI itself asserts, without a word."""
    tuner, _ = recording()
    with pytest.raises(InvalidArgument, match=r"'lr'.*not empty"):
        tuner.update_search_space({"lr": {"_type": "choice", "_value": []}})
