"""The laws of set encoders; a new one joins ``SET_ENCODERS`` and inherits them all."""

import subprocess
import sys
from dataclasses import replace
from importlib.abc import Loader
from importlib.util import spec_from_loader

import numpy as np
import pytest
import torch

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies.metad2a import MetaD2AModel, MetaTrainingSettings
from nas_plugins.strategies.metad2a.generator import Generator
from nas_plugins.strategies.metad2a.predictor import Predictor
from nas_plugins.strategies.metad2a.set_encoders import SET_ENCODERS, attention_blocks, build_set_encoder

SPACE = NASBench201()
LOOKING = [name for name in SET_ENCODERS if name != "graph_only"]
SEEING_CLASSES = ["hierarchical", "counted_hierarchical", "statistics_pooling"]
COUNTING = ["counted_hierarchical", "statistics_pooling"]


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(7)


def encoder(name):
    """A set encoder as it is used: 12 features in, vectors of 16, no gradients."""
    return build_set_encoder(name, 12, 16).eval().requires_grad_(False)


@pytest.mark.parametrize("name", SET_ENCODERS)
def test_order_of_images_and_of_classes_is_not_seen(name):
    """A dataset is a set of sets: permuting either level leaves its vector unchanged."""
    features = torch.randn(2, 5, 6, 12)
    encode = encoder(name)

    torch.testing.assert_close(encode(features[:, :, torch.randperm(6)]), encode(features), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(encode(features[:, torch.randperm(5)]), encode(features), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", SET_ENCODERS)
@pytest.mark.parametrize(("batch", "classes", "images"), [(3, 2, 1), (3, 20, 8), (1, 3, 40), (1, 1, 1)])
def test_any_numbers_of_datasets_classes_and_images(name, batch, classes, images):
    """The shape holds for batches of one, too, and the numbers are finite where a set has a single element."""
    vectors = encoder(name)(torch.randn(batch, classes, images, 12))

    assert vectors.shape == (batch, 16)
    assert vectors.isfinite().all()


@pytest.mark.parametrize("name", SET_ENCODERS)
def test_a_dataset_is_encoded_alike_alone_and_in_a_batch(name):
    features = torch.randn(4, 3, 5, 12)
    encode = encoder(name)
    alone = torch.cat([encode(row.unsqueeze(0)) for row in features])

    torch.testing.assert_close(encode(features), alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", SET_ENCODERS)
def test_shared_classes_give_the_same_vectors(name):
    """Encoding datasets by the classes they share is a way to save work, not another encoder."""
    classes, members = torch.randn(7, 5, 12), torch.tensor([[0, 1, 2], [2, 6, 0]])
    encode = encoder(name)

    torch.testing.assert_close(encode.encode_shared(classes, members), encode(classes[members]), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", LOOKING)
def test_other_images_give_another_vector_and_gradients_reach_every_weight(name):
    encode = build_set_encoder(name, 12, 16)
    vectors = encode(torch.randn(2, 3, 5, 12))
    (vectors * torch.randn_like(vectors)).sum().backward()

    assert not torch.allclose(vectors[0], vectors[1], atol=1e-3)
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in encode.parameters())


@pytest.mark.parametrize("name", SET_ENCODERS)
def test_grouping_of_images_is_seen_by_the_hierarchies_alone(name):
    """The same images in other classes are another dataset to encoders that know of classes."""
    features = torch.randn(1, 4, 4, 12)
    encode = encoder(name)
    same = torch.allclose(encode(features), encode(features.transpose(1, 2)), rtol=1e-3, atol=1e-4)

    assert same == (name not in SEEING_CLASSES)


@pytest.mark.parametrize("name", SET_ENCODERS)
def test_the_number_of_classes_is_seen_by_those_that_count(name):
    """Twice the same classes are the same dataset to an average."""
    features = torch.randn(1, 4, 5, 12)
    encode = encoder(name)
    same = torch.allclose(encode(features.repeat(1, 2, 1, 1)), encode(features), rtol=1e-3, atol=1e-4)

    assert same == (name not in COUNTING)


def test_appearance_is_not_told_by_the_number_of_classes():
    """Twice the same classes look the same; what they look like is what the vector has beside their number."""
    features = torch.randn(1, 4, 5, 12)
    encode = encoder("counted_hierarchical")
    looks = encode.appearance(features)

    torch.testing.assert_close(encode.appearance(features.repeat(1, 2, 1, 1)), looks, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(encode(features) - looks, np.log(4) * encode.count.weight.T)


@pytest.mark.parametrize("name", [name for name in SET_ENCODERS if name != "counted_hierarchical"])
def test_what_is_not_told_the_number_of_classes_has_nothing_to_leave_out(name):
    features = torch.randn(2, 4, 5, 12)
    encode = encoder(name)

    assert torch.equal(encode.appearance(features), encode(features))


def test_graph_only_looks_at_nothing():
    encode = encoder("graph_only")

    assert torch.equal(encode(torch.randn(2, 3, 5, 12)), torch.zeros(2, 16))


def test_unknown_name_is_one_clear_line():
    with pytest.raises(InvalidArgument, match="wanted a set encoder out of hierarchical"):
        build_set_encoder("sets", 12, 16)
    with pytest.raises(InvalidArgument, match="wanted a set encoder out of hierarchical"):
        MetaTrainingSettings(set_encoder="sets")


@pytest.mark.parametrize("name", SET_ENCODERS)
@pytest.mark.parametrize("head", ["additive", "joint"])
def test_weights_remember_their_set_encoder_and_head(name, head, tmp_path):
    """A saved model is rebuilt with the parts it was trained with, and predicts for a dataset."""
    generator = Generator(12, SPACE.operations, 8, dimension=8, set_encoder=name)
    sizes = {"features": 12, "nodes": 8, "dimension": 8, "hidden": 16}
    predictor = Predictor(12, len(SPACE.operations), 8, dimension=8, hidden=16, set_encoder=name, head=head)
    about = {
        "sizes": sizes,
        "set_encoder": name,
        "head": head,
        "view": {"classes": 20, "images": 6},
        "accuracy_mean": 70.0,
        "accuracy_std": 5.0,
    }
    MetaD2AModel(SPACE, generator, [predictor], about).save(tmp_path / "w.safetensors")
    loaded = MetaD2AModel.load(tmp_path / "w.safetensors", SPACE)

    assert type(loaded.predictors[0].set_encoder) is SET_ENCODERS[name]
    assert (loaded.predictors[0].ease is None) == (head == "joint")
    cells = [SPACE[0], SPACE[15_000]]
    predictions = loaded.predict(torch.randn(2, 3, 5, 12), cells)
    assert len(set(predictions)) == 2
    assert all(np.isfinite(predictions))


def test_paper_preset_is_table_6():
    """Lee et al., MetaD2A, ICLR 2021, Table 6, and what the official code says beyond it."""
    paper = MetaTrainingSettings.preset("paper")

    assert (paper.learning_rate, paper.batch_size, paper.predictor_epochs, paper.generator_epochs) == (
        1e-4,
        32,
        400,
        400,
    )
    assert (paper.dimension, paper.hidden, paper.image_count, paper.kl_weight) == (56, 512, 20, 0.005)
    assert (paper.head, paper.schedule, paper.members, paper.ranking_weight) == ("joint", "constant", 1, 0)
    assert MetaTrainingSettings.preset("default") == MetaTrainingSettings()
    with pytest.raises(InvalidArgument, match="wanted a preset out of default, paper"):
        MetaTrainingSettings.preset("published")


@pytest.mark.parametrize(("changes", "says"), [({"schedule": "cosine"}, "schedule"), ({"elite": -1}, "elite")])
def test_settings_out_of_range_are_refused(changes, says):
    with pytest.raises(InvalidArgument, match=says):
        replace(MetaTrainingSettings(), **changes)


def test_attention_blocks_are_pygs_and_come_without_it() -> None:
    """Neither PyG nor torch's compiler is imported; what imports PyG later, or unpickles, meets the same classes."""
    program = """
import pickle, sys
from nas_plugins.strategies.metad2a.set_encoders.set_pool import SetPool
early = [name for name in ("torch_geometric", "torch._dynamo") if name in sys.modules]
pool = pickle.dumps(SetPool(8, 8, heads=2))
from torch_geometric.nn.aggr.utils import SetAttentionBlock
from torch_geometric.nn import SetTransformerAggregation
print(early, type(pickle.loads(pool).attend[0]) is SetAttentionBlock)
print(type(SetTransformerAggregation(8).encoders[0]) is SetAttentionBlock)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[] True", "True"]


def test_attention_blocks_of_another_version_are_imported_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file cannot be run by itself, PyG is imported as ever."""
    monkeypatch.delitem(sys.modules, "torch_geometric.nn.aggr.utils")
    monkeypatch.delitem(sys.modules, "torch_geometric", raising=False)
    monkeypatch.setattr(
        attention_blocks, "spec_from_file_location", lambda name, path: spec_from_loader(name, _Broken())
    )
    imported = []
    monkeypatch.setattr(attention_blocks, "import_module", lambda name: imported.append(name) or torch)

    assert attention_blocks._load() is torch
    assert imported == ["torch_geometric.nn.aggr.utils"]
    assert "torch_geometric.nn.aggr.utils" not in sys.modules


class _Broken(Loader):
    """A module that needs what is not there."""

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        raise ImportError("no neighbour")
