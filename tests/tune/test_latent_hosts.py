"""The latent space as a citizen of other tuners: whatever they draw, the decoded cell is a member of the space."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nas_plugins.evaluation.trial_config import architecture_from_config
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.arch2vec import Arch2Vec
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument

SPACE = NASBench201()
LATENT = Arch2Vec.pretrained("nasbench201")


@settings(deadline=None)  # the first point embeds the whole space
@given(point=st.lists(st.floats(-1e6, 1e6), min_size=16, max_size=16))
def test_any_point_means_a_member(point):
    """Far outside the bounds too, in all spellings, which mean the same cell."""
    cell = LATENT.nearest(point)

    assert SPACE.contains(cell)
    assert LATENT.nearest({str(index): value for index, value in enumerate(point)}) == cell
    assert LATENT.nearest({f"z{index}": value for index, value in enumerate(point)}) == cell
    assert architecture_from_config({f"z{index}": value for index, value in enumerate(point)}, SPACE) == cell


def test_coordinates_that_are_no_point_are_refused():
    """One missing, one twice in two spellings, and a number too many; a trial says it is about z."""
    point = {f"z{index}": 0.0 for index in range(16)}

    for bad in ({**point, "0": 0.0}, {**point, "z16": 0.0}, {k: v for k, v in point.items() if k != "z3"}):
        with pytest.raises(InvalidArgument, match="coordinates '0' to '15'"):
            LATENT.nearest(bad)
    with pytest.raises(InvalidArchitecture, match="in 'z'"):
        architecture_from_config({"z0": 1.0}, SPACE)


def test_optuna_suggests_members_within_the_bounds():
    """Two samplers of Optuna, told scores: every suggestion is within the bounds and means a member."""
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    low, high = LATENT.bounds().T
    for sampler in (optuna.samplers.RandomSampler(seed=0), optuna.samplers.TPESampler(seed=0, n_startup_trials=4)):
        study = optuna.create_study(direction="maximize", sampler=sampler)
        for number in range(12):
            trial = study.ask()
            point = LATENT.suggest(trial)
            values = np.array(list(point.values()))
            assert list(point) == [f"z{index}" for index in range(16)]
            assert ((values >= low) & (values <= high)).all()
            assert SPACE.contains(LATENT.nearest(point))
            study.tell(trial, float(number))


def test_nni_draws_members():
    """The search space is plain data that NNI's own random and TPE tuners take; a trial reads what they draw."""
    pytest.importorskip("nni")
    from nni.algorithms.hpo.random_tuner import RandomTuner
    from nni.algorithms.hpo.tpe_tuner import TpeTuner

    search_space = json.loads(json.dumps(LATENT.nni_search_space()))
    assert search_space == LATENT.nni_search_space()
    for tuner in (RandomTuner(seed=0), TpeTuner(seed=0)):
        tuner.update_search_space(search_space)
        for number in range(10):
            drawn = tuner.generate_parameters(number)
            assert SPACE.contains(architecture_from_config(drawn, SPACE))


def searchers():
    """Searchers of Ray that know numbers only, by the module each needs."""
    yield "optuna", "OptunaSearch", {"seed": 0}
    yield "hyperopt", "HyperOptSearch", {"random_state_seed": 0}


@pytest.mark.parametrize(("module", "name", "options"), searchers(), ids=str)
def test_searchers_of_ray_draw_members(module, name, options):
    """Driven as Ray drives them, told scores, without a cluster."""
    pytest.importorskip(module)
    searcher = getattr(pytest.importorskip(f"ray.tune.search.{module}"), name)(**options)
    assert searcher.set_search_properties("accuracy", "max", LATENT.param_space())
    for number in range(12):
        config = searcher.suggest(str(number))
        assert SPACE.contains(architecture_from_config(config, SPACE))
        searcher.on_trial_complete(str(number), {"accuracy": float(number), "done": True})
