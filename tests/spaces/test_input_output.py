"""Input-output information: responses of networks can be compared, and the autoencoder learns from them."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.arch2vec import Pretraining, pretrain
from nas_plugins.spaces.arch2vec.labelled_pairs import LabelledPairs
from nas_plugins.spaces.arch2vec.output_features import OutputFeatures, gather_responses, sorted_response
from nas_plugins.spaces.arch2vec.semi_supervision import SemiSupervision
from nas_plugins.spaces.errors import DamagedFile, InvalidArgument, InvalidState

FEW = {"prior_samples": 50}


class TinySpace(NASBench201):
    """The first 625 cells, so that training takes a moment."""

    def __len__(self):
        return 625


def make_features(networks=40, images=20, seed=0):
    """Output features that count a network's convolutions, plus a little of the image."""
    rng = np.random.default_rng(seed)
    space = TinySpace()
    cells = [space[int(index)] for index in rng.choice(len(space), networks, replace=False)]
    pixels = torch.from_numpy(rng.integers(0, 256, (images, 8, 8, 3), dtype=np.uint8))
    convolutions = torch.tensor([sum("conv" in name for name in cell.operations) for cell in cells]).float()
    brightness = pixels.float().mean((1, 2, 3)) / 255
    first = convolutions[:, None] + brightness[None]
    return OutputFeatures(
        "nasbench201",
        "made",
        tuple(map(str, cells)),
        pixels,
        torch.zeros(images, dtype=torch.int64),
        torch.stack([first, -2 * first], dim=-1),
        {"settings": {}},
    )


@given(seed=st.integers(min_value=0, max_value=2**32 - 1), scale=st.floats(0.1, 10), shift=st.floats(-5, 5))
def test_responses_forget_order_and_scale_of_the_features(seed, scale, shift):
    """A network with its features permuted, scaled and shifted has the same response; rows add up to logits."""
    generator = torch.Generator().manual_seed(seed)
    features, weight = torch.randn(7, 5, generator=generator), torch.randn(3, 5, generator=generator)
    bias, labels = torch.randn(3, generator=generator), torch.randint(3, (7,), generator=generator)
    order = torch.randperm(5, generator=generator)

    response = sorted_response(features, weight, bias, labels)
    other = sorted_response(scale * features[:, order] + shift, weight[:, order], bias, labels)

    torch.testing.assert_close(other, response, atol=1e-3, rtol=1e-3)
    normalised = (features - features.mean()) / features.std()
    logits = normalised @ weight.T + bias
    torch.testing.assert_close(response.sum(1), logits[torch.arange(7), labels], atol=1e-4, rtol=1e-4)


def test_features_come_back_from_their_file(tmp_path):
    """What is saved is what is loaded; a damaged file is told from one."""
    features = make_features()
    loaded = OutputFeatures.load(features.save(tmp_path / "features.safetensors"))

    assert loaded.identity() == features.identity() != make_features(seed=1).identity()
    assert loaded.about == features.about
    (tmp_path / "other.safetensors").write_bytes(b"no tensors")
    with pytest.raises(DamagedFile):
        OutputFeatures.load(tmp_path / "other.safetensors")


def test_features_that_do_not_fit_are_refused():
    """Other numbers of networks, repeated networks, responses of two shapes, a foreign space, too few networks."""
    features = make_features()
    with pytest.raises(InvalidArgument, match="39 networks"):
        dataclasses.replace(features, architectures=features.architectures[1:])
    with pytest.raises(InvalidArgument, match="once"):
        dataclasses.replace(features, architectures=features.architectures[:1] * 40)
    with pytest.raises(InvalidArgument, match="one shape"):
        gather_responses([torch.zeros(2, 3), torch.zeros(2, 4)])
    with pytest.raises(InvalidArgument, match="darts"):
        pretrain(TinySpace(), Pretraining(epochs=1), features=dataclasses.replace(features, space="darts"))
    with pytest.raises(InvalidArgument, match="at least two networks"):
        pretrain(TinySpace(), Pretraining(epochs=1), features=make_features(networks=2))
    for bad in ({"labelled_batches": 0}, {"weight": -1.0}, {"held_out": 1.0}, {"batch_size": 1}):
        with pytest.raises(InvalidArgument):
            SemiSupervision(**bad)


def test_the_training_never_sees_what_is_held_out():
    """Networks that the autoencoder holds out, and a tenth of networks and images, are in no training pair."""
    features, space = make_features(), TinySpace()
    held_out = torch.tensor([space.index(space.parse(text)) for text in features.architectures[:10]])
    pairs = LabelledPairs(features, space, held_out, SemiSupervision())
    graphs = torch.from_numpy(space.graph_arrays()[0])
    unseen_graphs = {tuple(row) for row in graphs[held_out].flatten(1).long().tolist()}

    drawn = pairs.draw(2000)
    assert not unseen_graphs & {tuple(row) for row in drawn[0].flatten(1).long().tolist()}
    unseen = torch.cat([batch[2] for batch in pairs.batches("seen", "unseen")]).flatten(1)
    assert not {tuple(row) for row in unseen.tolist()} & {tuple(row) for row in drawn[2].flatten(1).tolist()}


def test_the_model_learns_the_features():
    """Features that the graph decides are predicted far better than by their mean, on unseen images and networks."""
    settings = Pretraining(epochs=6, batch_size=64, learning_rate=5e-3)
    supervision = SemiSupervision(labelled_batches=16, unlabelled_batches=2)
    _, learned = pretrain(TinySpace(), settings, features=make_features(), supervision=supervision, **FEW)

    for part in ("images", "networks"):
        assert learned[f"output_error_unseen_{part}"] < 0.6 * learned[f"output_baseline_unseen_{part}"]


def test_an_interrupted_training_with_features_goes_on(tmp_path):
    """Stopped after an epoch and run again, it ends with the same weights; other features are another run."""
    settings, features = Pretraining(epochs=2, batch_size=128), make_features()
    supervision = SemiSupervision(labelled_batches=2, unlabelled_batches=2)
    path = tmp_path / "run.checkpoint"

    def stop(epoch):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pretrain(
            TinySpace(), settings, features=features, supervision=supervision, checkpoint=path, on_epoch=stop, **FEW
        )
    with pytest.raises(InvalidState):
        pretrain(TinySpace(), settings, checkpoint=path, **FEW)
    resumed, _ = pretrain(TinySpace(), settings, features=features, supervision=supervision, checkpoint=path, **FEW)
    whole, _ = pretrain(TinySpace(), settings, features=features, supervision=supervision, **FEW)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name
