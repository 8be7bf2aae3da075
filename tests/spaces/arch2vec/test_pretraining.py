"""The laws of pretraining arch2vec."""

import dataclasses

import pytest
import torch

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.arch2vec import Pretraining, pretrain
from nas_plugins.spaces.errors import InvalidArgument


class TinySpace(NASBench201):
    """The first 625 cells, so that training takes a moment."""

    def __len__(self):
        return 625


TINY = Pretraining(epochs=2, batch_size=64)
FEW = {"prior_samples": 200}


def test_training_is_reproducible_and_leaves_the_caller_alone():
    """The same seed gives the same weights and metrics, another seed others; torch's global generator does not move."""
    torch.manual_seed(7)
    before = torch.get_rng_state()

    first, first_metrics = pretrain(TinySpace(), TINY, **FEW)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(8)
    again, again_metrics = pretrain(TinySpace(), TINY, **FEW)
    other, _ = pretrain(TinySpace(), dataclasses.replace(TINY, seed=1), **FEW)

    assert first_metrics == again_metrics
    weights = first.state_dict()
    assert all(torch.equal(value, weights[name]) for name, value in again.state_dict().items())
    assert not all(torch.equal(value, weights[name]) for name, value in other.state_dict().items())


def test_training_learns_and_reports_every_epoch():
    """One report an epoch, in order, and cross entropies fall; the model comes back in evaluation mode."""
    reports = []

    model, metrics = pretrain(TinySpace(), dataclasses.replace(TINY, epochs=12), on_epoch=reports.append, **FEW)

    assert [(report.number, report.of) for report in reports] == [(number, 12) for number in range(1, 13)]
    assert reports[-1].operations < 0.7 * reports[0].operations
    assert reports[-1].adjacency < 0.7 * reports[0].adjacency
    assert not model.training
    assert metrics["held_out"] == 62
    assert metrics["training"] == 563


def test_the_paper_preset_stops_training_noise_after_one_epoch():
    """From the second epoch on, batch normalisation stands still, as in the published code."""
    settings = dataclasses.replace(Pretraining.preset("paper"), epochs=1)

    one, _ = pretrain(TinySpace(), settings, **FEW)
    three, _ = pretrain(TinySpace(), dataclasses.replace(settings, epochs=3), **FEW)

    moving = [name for name in one.state_dict() if "running" in name]
    assert moving
    assert all(torch.equal(one.state_dict()[name], three.state_dict()[name]) for name in moving)
    assert not torch.equal(one.operation.weight, three.operation.weight)


@pytest.mark.parametrize(
    "values",
    [
        {"epochs": 0},
        {"batch_size": 1},
        {"learning_rate": 0.0},
        {"learning_rate": float("nan")},
        {"kl_weight": -1.0},
        {"kl_warmup": 1.5},
        {"held_out": 0.0},
        {"held_out": 1.0},
        {"seed": -1},
        {"dropout": 1.0},
        {"objective": "other"},
        {"train_mode": "never"},
    ],
    ids=str,
)
def test_settings_out_of_range_are_refused(values):
    """The message names the setting."""
    with pytest.raises(InvalidArgument, match=next(iter(values))):
        pretrain(TinySpace(), Pretraining(**values))


def test_unknown_presets_are_refused():
    with pytest.raises(InvalidArgument, match="default, fast, paper"):
        Pretraining.preset("best")


def test_too_small_a_space_is_refused():
    with pytest.raises(InvalidArgument, match="batch"):
        pretrain(TinySpace(), Pretraining(batch_size=1000))
