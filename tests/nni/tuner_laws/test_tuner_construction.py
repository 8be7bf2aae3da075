"""Arguments, validators and registration of tuners."""

import inspect
import json
from typing import Any

import pytest
import yaml
from nni.tuner import Tuner

from nas_plugins.nni import ALGORITHMS, StrategyTuner, validators
from nas_plugins.spaces.errors import InvalidArgument
from tests.nni.catalogue import CATALOGUE, Entry


def test_every_tuner_constructs_without_arguments(entry: Entry) -> None:
    """It is a tuner of NNI, and every argument has a default that YAML can write."""
    assert isinstance(entry.cls(), Tuner)
    for parameter in inspect.signature(entry.cls).parameters.values():
        assert parameter.default is not inspect.Parameter.empty
        assert json.loads(json.dumps(parameter.default)) == parameter.default


@pytest.mark.parametrize(
    "arguments",
    [{"space": "nasbench2001"}, {"optimize_mode": "max"}, {"seed": -1}, {"seed": 1.5}, {"metric": 3}, {"sede": 1}],
    ids=str,
)
def test_wrong_class_args_are_refused(entry: Entry, arguments: dict[str, Any]) -> None:
    """By the validator NNI asks, in one line that says what was wanted."""
    validator = getattr(validators, f"{entry.builtin}ArgsValidator")()
    validator.validate_class_args(seed=3, optimize_mode="minimize")
    with pytest.raises(InvalidArgument, match="wanted") as error:
        validator.validate_class_args(**arguments)
    assert "\n" not in str(error.value)


def test_every_tuner_is_in_the_registration_file(entry: Entry) -> None:
    """Under a name NNI does not use, with class and validator that can be imported."""
    algorithms = {entry["builtinName"]: entry for entry in yaml.safe_load(ALGORITHMS.read_text())["algorithms"]}
    algorithm = algorithms[f"NasPlugins{entry.builtin}"]

    assert algorithm["algoType"] == "tuner"
    assert algorithm["className"] == f"nas_plugins.nni.{entry.cls.__name__}"
    assert algorithm["classArgsValidator"] == f"nas_plugins.nni.validators.{entry.builtin}ArgsValidator"
    assert {name.removeprefix("NasPlugins") for name in algorithms} == {entry.builtin for entry in CATALOGUE}


def test_a_dataset_is_refused_where_nobody_looks_at_it() -> None:
    with pytest.raises(InvalidArgument, match="looks at no images"):
        StrategyTuner("bayesian", dataset="digits")
    with pytest.raises(InvalidArgument, match="wanted a strategy out of"):
        StrategyTuner("annealing")
