"""arch2vec: what the shipped weights must do, and the laws of training, saving and searching the latent space."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.arch2vec import Arch2Vec, GraphAutoencoder, Pretraining, pretrain
from nas_plugins.spaces.arch2vec.metrics import (
    decode_graphs,
    encode_means,
    generation_metrics,
    reconstruction_accuracy,
    sample_prior,
)
from nas_plugins.spaces.cost import count_parameters
from nas_plugins.spaces.errors import DamagedFile, InvalidArgument
from nas_plugins.spaces.files import load_tensors, save_tensors
from nas_plugins.spaces.graph import stack

SPACE = NASBench201()
seeds = st.integers(min_value=0, max_value=2**32 - 1)


class TinySpace(NASBench201):
    """The first 625 cells, so that training takes a moment."""

    def __len__(self):
        return 625


TINY = Pretraining(epochs=2, batch_size=64)
FEW = {"prior_samples": 200}


@pytest.fixture(scope="module")
def shipped():
    return Arch2Vec.pretrained("nasbench201")


@pytest.fixture(scope="module")
def tensors():
    return tuple(map(torch.from_numpy, stack(map(SPACE.to_graph, SPACE), SPACE.operations)))


@pytest.fixture(scope="module")
def split(shipped):
    order = torch.randperm(len(SPACE), generator=torch.Generator().manual_seed(shipped.settings.seed))
    return order.tensor_split([round(shipped.settings.held_out * len(SPACE))])


def sample_cells(count):
    rng = np.random.default_rng(0)
    return [SPACE.sample(rng) for _ in range(count)]


def test_importing_the_rooms_is_light():
    """Neither spaces nor arch2vec imports torch or ray before a name that needs them is used."""
    code = (
        "import sys, nas_plugins.spaces, nas_plugins.spaces.arch2vec;"
        "assert not {'torch', 'ray', 'torch_geometric'} & set(sys.modules), 'heavy import';"
        "assert 'Arch2Vec' in nas_plugins.spaces.__all__"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


def test_shipped_weights_reconstruct_the_cells_held_out(shipped, tensors, split):
    """At least 99.9 % of 1,562 cells the weights never saw come back exactly, operations and edges."""
    held_out, training = split
    means = encode_means(shipped.model, *tensors)

    assert len(held_out) == shipped.metrics["held_out"] == 1562
    accuracy = reconstruction_accuracy(shipped.model, *(array[held_out] for array in (*tensors, means)))
    assert accuracy >= 0.999
    assert accuracy == pytest.approx(shipped.metrics["reconstruction_accuracy"], abs=1 / 1562)
    assert reconstruction_accuracy(shipped.model, *(array[training] for array in (*tensors, means))) >= 0.999


def test_shipped_weights_generate_as_their_file_says(shipped, tensors, split):
    """Strict validity and uniqueness of 10,000 fresh draws agree with the recorded figures, and are high at once.

    False-alarm rate: below 1 in 10,000 for each. The difference of two proportions of 10,000 draws deviates by at
    most 0.0071, and 0.03 is 4.2 times that; uniqueness deviates less.
    """
    _, training = split
    means = encode_means(shipped.model, *tensors)[training]
    latents = sample_prior(means, 10_000, torch.Generator().manual_seed(12345))

    found = generation_metrics(SPACE, shipped.model, latents, {SPACE[int(i)] for i in training}, tensors[0][training])

    for name in ("strict_validity", "uniqueness", "published_validity"):
        assert found[name] == pytest.approx(shipped.metrics[name], abs=0.03)
    assert found["strict_validity"] >= 0.95
    assert found["uniqueness"] >= 0.72


def test_every_cell_is_nearest_to_its_own_embedding(shipped):
    """No two of the 15,625 embeddings are nearer than 0.01, a thousand times what rounding can move one.

    So the nearest cell to a cell's embedding is the cell, also when it was computed in another batch.
    """
    points = shipped.embeddings.astype(np.float64)
    squares = np.square(points).sum(axis=1)
    for start in range(0, len(points), 2500):
        block = slice(start, start + 2500)
        distances = squares[block, None] + squares[None, :] - 2 * points[block] @ points.T
        distances[np.arange(len(distances)), np.arange(start, start + len(distances))] = np.inf
        assert np.sqrt(distances.min()) > 0.01
    for cell in sample_cells(100):
        assert shipped.nearest(shipped.embed([cell])[0]) == cell


def test_embeddings_follow_the_enumeration(shipped):
    """Row k belongs to cell k, does not depend on what else is in the batch, and cannot be written to."""
    cells = sample_cells(20)

    rows = shipped.embeddings[[SPACE.index(cell) for cell in cells]]
    np.testing.assert_allclose(shipped.embed(cells), rows, atol=1e-5)
    np.testing.assert_allclose(shipped.encode(cells).sum(axis=1), rows, atol=1e-5)
    assert shipped.embeddings.shape == (15_625, 16)
    with pytest.raises(ValueError, match="read-only"):
        shipped.embeddings[0, 0] = 1


def test_cells_have_eight_nodes(shipped):
    """As many as the latents that an embedding is the sum of."""
    assert shipped.nodes == shipped.encode([shipped.space[0]]).shape[1] == 8


@given(seed=seeds)
def test_nearest_is_the_nearest(shipped, seed):
    """For any point, no cell's embedding is nearer than the one returned; excluding it gives the second nearest."""
    point = np.random.default_rng(seed).normal(size=16) * 3
    distances = np.linalg.norm(shipped.embeddings - point, axis=1)
    first, second = np.argsort(distances, kind="stable")[:2].tolist()

    nearest = shipped.nearest(point)
    assert distances[SPACE.index(nearest)] == pytest.approx(distances[first])
    assert distances[SPACE.index(shipped.nearest(point, exclude=[nearest]))] == pytest.approx(distances[second])


def test_a_point_may_be_named_coordinates(shipped):
    """The mapping that param_space samples means the same point, in any order of names."""
    point = shipped.embeddings[777] + 0.01
    named = {str(dimension): float(value) for dimension, value in enumerate(point)}

    assert shipped.nearest(named) == shipped.nearest(point) == shipped.nearest(dict(reversed(named.items())))


@pytest.mark.parametrize(
    "point",
    [
        np.zeros(15),
        np.zeros((1, 16)),
        [np.nan] * 16,
        [np.inf] * 16,
        "text",
        None,
        {"0": 1.0},
        ["a"] * 16,
        {str(i): 0 for i in range(17)},
    ],
    ids=str,
)
def test_what_is_no_point_is_refused(shipped, point):
    with pytest.raises(InvalidArgument, match="wanted"):
        shipped.nearest(point)


def test_excluding_everything_is_refused(shipped):
    with pytest.raises(InvalidArgument, match="excluded"):
        shipped.nearest(np.zeros(16), exclude=list(SPACE))


def test_decoding_inverts_encoding(shipped):
    """Node latents of a cell decode to its graph, which the space reads back as the cell."""
    cells = sample_cells(50)

    decoded = [SPACE.from_graph(graph) for graph in shipped.decode(shipped.encode(cells))]
    assert decoded == cells


@pytest.mark.parametrize("shape", [(16,), (8, 16), (2, 8, 15), (1, 2, 8, 16)])
def test_decoding_wants_node_latents(shipped, shape):
    with pytest.raises(InvalidArgument, match="node latents"):
        shipped.decode(np.zeros(shape))


def test_bounds_hold_every_embedding(shipped):
    """All embeddings lie strictly inside, and no side is further out than 5 % of the range."""
    low, high = shipped.bounds().T
    span = shipped.embeddings.max(axis=0) - shipped.embeddings.min(axis=0)

    assert (shipped.embeddings > low).all()
    assert (shipped.embeddings < high).all()
    np.testing.assert_allclose(high - low, 1.1 * span, rtol=1e-5)


def test_param_space_is_sixteen_uniform_coordinates(shipped):
    """Ray's domains have the bounds of the latent space, and what they sample is a point that has a nearest cell."""
    tune = pytest.importorskip("ray.tune")
    domains = shipped.param_space()["z"]

    assert list(domains) == [str(dimension) for dimension in range(16)]
    for domain, (low, high) in zip(domains.values(), shipped.bounds(), strict=True):
        assert isinstance(domain, tune.search.sample.Float)
        assert isinstance(domain.get_sampler(), type(tune.uniform(0, 1).get_sampler()))
        assert (domain.lower, domain.upper) == (low, high)
    assert SPACE.contains(shipped.nearest({name: domain.sample() for name, domain in domains.items()}))


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


@pytest.mark.parametrize(("operations", "parameters"), [(5, 122_617), (7, 122_907), (11, 123_487)])
def test_the_model_has_the_size_of_the_published_one(operations, parameters):
    """Parameters of the official models of NAS-Bench-101, NAS-Bench-201 and DARTS."""
    assert count_parameters(GraphAutoencoder(operations)) == parameters


def test_the_encoder_ignores_the_direction_and_sees_the_edges():
    """Latents are those of the undirected graph (Yan et al., 2020, section 3.1.2), and change with an edge."""
    torch.manual_seed(0)
    model = GraphAutoencoder(7).eval()
    operations, adjacency = map(torch.from_numpy, stack([SPACE.to_graph(SPACE[99])], SPACE.operations))
    changed = adjacency.clone()
    changed[0, 0, 7] = 1

    mean, _ = model.encode(operations, adjacency)
    torch.testing.assert_close(model.encode(operations, adjacency.transpose(1, 2))[0], mean)
    assert not torch.allclose(model.encode(operations, changed)[0], mean)


def test_renumbered_nodes_get_the_same_latents():
    """A graph isomorphism network: permuting the nodes permutes the latents (Xu et al., 2019)."""
    torch.manual_seed(0)
    model = GraphAutoencoder(7).eval()
    operations, adjacency = map(torch.from_numpy, stack([SPACE.to_graph(SPACE[9876])], SPACE.operations))
    order = torch.tensor([0, 4, 2, 1, 6, 3, 5, 7])

    mean, _ = model.encode(operations, adjacency)
    renumbered, _ = model.encode(operations[:, order], adjacency[:, order][:, :, order])
    torch.testing.assert_close(renumbered, mean[:, order])


def test_padding_changes_nothing():
    """Rows of zeros behind the nodes, masked out, leave the latents of the nodes as they are."""
    torch.manual_seed(0)
    model = GraphAutoencoder(7).eval()
    operations, adjacency = map(torch.from_numpy, stack([SPACE.to_graph(SPACE[9876])], SPACE.operations))
    mask = torch.tensor([[True] * 8 + [False] * 3])

    padded, _ = model.encode(
        torch.nn.functional.pad(operations, (0, 0, 0, 3)), torch.nn.functional.pad(adjacency, (0, 3, 0, 3)), mask
    )
    torch.testing.assert_close(padded[:, :8], model.encode(operations, adjacency)[0])


def test_dropout_and_noise_act_in_training_only():
    """In training mode two passes differ; in evaluation mode the latents are the means."""
    torch.manual_seed(0)
    model = GraphAutoencoder(7, dropout=0.5)
    batch = tuple(map(torch.from_numpy, stack(map(SPACE.to_graph, sample_cells(4)), SPACE.operations)))

    assert not torch.equal(model.train()(*batch).operations, model(*batch).operations)
    assert torch.equal(model.eval()(*batch).operations, model(*batch).operations)


def test_metrics_count_what_they_say(shipped, tensors):
    """On latents of known cells every figure is known: all valid, repeats not unique, trained ones not novel."""
    cells = [0, 1, 2, 3, 3, 3, 4, 5, 6, 7]
    latents = encode_means(shipped.model, *tensors)[cells]
    broken = torch.zeros(10, 8, 16)

    found = generation_metrics(
        SPACE, shipped.model, torch.cat([latents, broken]), {SPACE[i] for i in (0, 1)}, tensors[0]
    )

    assert found["strict_validity"] == 0.5
    assert found["uniqueness"] == 0.8
    assert found["novelty"] == 6 / 8
    damaged = tensors[1][cells].clone()
    damaged[0, 0, 7] = 1
    assert reconstruction_accuracy(shipped.model, tensors[0][cells], damaged, latents) == 0.9


def test_prior_samples_have_the_training_latents_moments(shipped, tensors):
    """Mean and deviation per node and dimension; within six standard errors, a false alarm below 1 in 1,000,000."""
    means = encode_means(shipped.model, *tensors)

    drawn = sample_prior(means, 10_000, torch.Generator().manual_seed(0))

    assert ((drawn.mean(0) - means.mean(0)).abs() <= 6 * means.std(0) / 100 + 1e-5).all()
    assert ((drawn.std(0) - means.std(0)).abs() <= 6 * means.std(0) / 141 + 1e-5).all()
    operations, edges = decode_graphs(shipped.model, drawn[:5])
    assert operations.shape == (5, 8)
    assert not np.tril(edges[0]).any()


def test_saving_and_loading_is_exact(shipped, tmp_path):
    """The same embeddings, settings and metrics come back from the file; the name of a file may be a string."""
    path = shipped.save(tmp_path / "mine.safetensors")

    loaded = Arch2Vec.pretrained(str(path))
    cells = sample_cells(5)
    assert np.array_equal(loaded.embed(cells), shipped.embed(cells))
    assert loaded.settings == shipped.settings
    assert loaded.metrics == shipped.metrics
    assert loaded.space.name == "nasbench201"


def test_package_weights_are_read_once(shipped):
    assert Arch2Vec.pretrained() is shipped


@pytest.mark.parametrize("source", ["nasbench999", "no/such/folder", ""])
def test_unknown_weights_are_refused(source):
    """The message lists the spaces with weights and the command that makes others."""
    with pytest.raises(InvalidArgument, match=r"nasbench201.*pretrain"):
        Arch2Vec.pretrained(source)


def test_damaged_weights_are_refused(shipped, tmp_path):
    """Missing, truncated, of another kind, of an unknown space, of other sizes, or with a tensor missing."""
    good = shipped.save(tmp_path / "good.safetensors")
    tensors, about = load_tensors(good, kind="arch2vec", version=1)

    def damaged(name, **changes):
        values = {"tensors": tensors, "kind": "arch2vec", "version": 1, "about": about} | changes
        return save_tensors(tmp_path / f"{name}.safetensors", values.pop("tensors"), **values)

    truncated = tmp_path / "truncated.safetensors"
    truncated.write_bytes(good.read_bytes()[:5000])
    files = [
        tmp_path / "missing.safetensors",
        truncated,
        damaged("kind", kind="other"),
        damaged("version", version=2),
        damaged("space", about=about | {"space": "nasbench999"}),
        damaged("operations", about=about | {"operations": ["a"] * 7}),
        damaged("sizes", about=about | {"sizes": about["sizes"] | {"hidden": 3}}),
        damaged("settings", about=about | {"settings": {"surprise": 1}}),
        damaged("empty", about={}),
        damaged("tensor", tensors={name: value for name, value in tensors.items() if name != "mean.bias"}),
    ]
    for path in files:
        with pytest.raises(DamagedFile, match=path.name):
            Arch2Vec.pretrained(path)


def test_a_model_of_another_vocabulary_is_refused():
    with pytest.raises(InvalidArgument, match="7 operations"):
        Arch2Vec(SPACE, GraphAutoencoder(5))


def test_nothing_to_encode_is_refused(shipped):
    with pytest.raises(InvalidArgument, match="at least one"):
        shipped.embed([])
