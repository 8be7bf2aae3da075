"""Searchers are built as Ray's are, load nothing heavy, and refuse what cannot be searched for."""

import inspect
import subprocess
import sys
from typing import Any

import pytest
from ray.tune.search import Searcher

from nas_plugins.spaces.errors import InvalidArgument
from tests.tune.catalogue import CATALOGUE, Entry


def test_constructor_follows_rays_order(entry: Entry) -> None:
    """space, metric, mode, points_to_evaluate are positional; seed and evaluated_rewards are keywords; all optional."""
    parameters = inspect.signature(entry.cls).parameters

    assert list(parameters)[:4] == ["space", "metric", "mode", "points_to_evaluate"]
    assert list(parameters)[-2:] == ["seed", "evaluated_rewards"]
    assert all(parameter.default is not inspect.Parameter.empty for parameter in parameters.values())
    assert isinstance(entry.cls(), Searcher)


@pytest.mark.parametrize("method", ["suggest", "on_trial_result", "on_trial_complete", "add_evaluated_point"])
def test_methods_carry_rays_parameter_names(entry: Entry, method: str) -> None:
    """Ray passes arguments by keyword, so names and defaults must be its own."""
    ours, rays = (inspect.signature(getattr(cls, method)).parameters for cls in (entry.cls, Searcher))

    assert list(ours) == list(rays)
    assert [parameter.default for parameter in ours.values()] == [parameter.default for parameter in rays.values()]


def test_set_search_properties_takes_what_the_host_adds(entry: Entry) -> None:
    """Ray adds keywords to this call from time to time."""
    assert entry.cls().set_search_properties("accuracy", "max", {"a": 1}, num_samples=4, stop=None, some_day="x")


def test_construction_loads_nothing_heavy() -> None:
    """Importing and constructing every searcher, and setting its properties, leaves torch alone."""
    names = ", ".join(sorted({entry.cls.__name__ for entry in CATALOGUE}))
    program = (
        f"import sys; from nas_plugins.tune import {names}\n"
        f"for cls in ({names},):\n"
        "    cls(seed=1).set_search_properties('accuracy', 'max', {'dataset': 'digits'})\n"
        "print('torch' in sys.modules, 'sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(("metric", "mode"), [(["a", "b"], ["min", "max"]), ("accuracy", "maximum"), (3, "max")])
def test_unusable_objectives_are_refused(entry: Entry, metric: Any, mode: Any) -> None:
    """Several objectives, a mode Ray does not know, a metric that is no name: one clear line, also from the host."""
    if entry.several and isinstance(metric, list):
        pytest.skip("takes several objectives")
    with pytest.raises(InvalidArgument, match="wanted"):
        entry.cls(metric=metric, mode=mode)
    with pytest.raises(InvalidArgument, match="wanted"):
        entry.cls().set_search_properties(metric, mode, {})


def test_unknown_space_is_refused(entry: Entry) -> None:
    """A space nobody knows fails at once, naming those that exist."""
    with pytest.raises(InvalidArgument, match="nasbench201"):
        entry.cls("nasbench2001")
