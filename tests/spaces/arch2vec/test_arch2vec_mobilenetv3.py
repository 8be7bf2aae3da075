"""The weights of arch2vec that ship for MobileNetV3: what they were trained on, and that their figures hold."""

from pathlib import Path

import numpy as np
import pytest
import torch

from nas_plugins.spaces.arch2vec import Arch2Vec, Pretraining
from nas_plugins.spaces.arch2vec import arch2vec as arch2vec_module
from nas_plugins.spaces.arch2vec.metrics import (
    encode_means,
    generation_metrics,
    reconstruction_accuracy,
    sample_prior,
)
from nas_plugins.spaces.arch2vec.split import held_out_split
from nas_plugins.spaces.mobilenetv3 import MobileNetV3, SubnetSample

FILE = Path(arch2vec_module.__file__).parent / "weights" / "mobilenetv3.safetensors"

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="needs the trained weights of MobileNetV3")


@pytest.fixture(scope="module")
def shipped():
    return Arch2Vec.pretrained("mobilenetv3")


@pytest.fixture(scope="module")
def tensors(shipped):
    return tuple(map(torch.from_numpy, shipped.space.graph_arrays()))


def test_the_default_settings_made_them(shipped):
    """The part drawn by default, and the preset of the space; the file is small."""
    assert shipped.space == SubnetSample()
    assert shipped.settings == Pretraining.preset("default", "mobilenetv3")
    assert FILE.stat().st_size <= 4e6


def test_networks_held_out_come_back(shipped, tensors):
    """At least 99.5 % of the 5,000 networks that were not trained on, and as many as is recorded."""
    held_out, _ = held_out_split(len(shipped.space), shipped.settings)
    operations, adjacency = (array[held_out] for array in tensors)
    accuracy = reconstruction_accuracy(
        shipped.model, operations, adjacency, encode_means(shipped.model, operations, adjacency)
    )

    assert accuracy >= 0.995
    assert accuracy == pytest.approx(shipped.metrics["reconstruction_accuracy"], abs=0.001)


def test_draws_from_the_prior_are_networks(shipped, tensors):
    """As often as is recorded, above 95 %, and hardly ever the same twice.

    False-alarm rate: below 1 in 1,000, as 0.025 is more than three deviations of a share of 1,000.
    """
    _, training = held_out_split(len(shipped.space), shipped.settings)
    operations, adjacency = (array[training[:10_000]] for array in tensors)
    latents = sample_prior(
        encode_means(shipped.model, operations, adjacency), 1000, torch.Generator().manual_seed(12345)
    )
    found = generation_metrics(MobileNetV3(), shipped.model, latents, [], operations)

    assert shipped.metrics["strict_validity"] >= 0.95
    assert found["strict_validity"] == pytest.approx(shipped.metrics["strict_validity"], abs=0.025)
    assert found["uniqueness"] > 0.99


def test_networks_of_every_size_come_back_through_the_interface(shipped):
    """Also ones that were not drawn: the autoencoder knows the whole space, the part is where `nearest` looks."""
    rng = np.random.default_rng(1)
    networks = [MobileNetV3().sample(rng) for _ in range(20)]
    networks += [shipped.space[index] for index in (1, 3, 5)]

    decoded = [shipped.space.from_graph(graph) for graph in shipped.decode(shipped.encode(networks))]
    assert sum(a == b for a, b in zip(decoded, networks, strict=True)) >= len(networks) - 1
    assert [shipped.nearest(point) for point in shipped.embed(networks[20:])] == networks[20:]
