"""MetaD2A's networks: what they must not depend on, and that they can learn."""

import itertools

import numpy as np
import pytest
import torch
from torch.nn import functional

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.graph import Graph, stack
from nas_plugins.strategies.metad2a.generator import Generator
from nas_plugins.strategies.metad2a.graph_decoder import GraphDecoder
from nas_plugins.strategies.metad2a.graph_encoder import GraphEncoder
from nas_plugins.strategies.metad2a.predictor import Predictor

SPACE = NASBench201()
SEED = 7


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(SEED)


def encoded(cells):
    """One-hot operations and adjacency of cells, as torch tensors."""
    return tuple(map(torch.from_numpy, stack(map(SPACE.to_graph, cells), SPACE.operations)))


def sampled(count):
    """Distinct cells."""
    rng = np.random.default_rng(SEED)
    return list({SPACE.sample(rng): None for _ in range(count)})


def test_graph_encoder_sees_operations_and_edges():
    """Changing one operation, or one edge, changes the vector."""
    encoder = GraphEncoder(len(SPACE.operations), 8, hidden=16, dimension=8)
    cells = sampled(2)
    one_hot, adjacency = encoded(cells)
    vectors = encoder(one_hot, adjacency)
    cut = adjacency.clone()
    cut[:, 0, 4] = 0

    assert not torch.allclose(vectors[0], vectors[1], atol=1e-4)
    assert not torch.allclose(encoder(one_hot, cut), vectors, atol=1e-4)


def test_decoder_likelihoods_are_probabilities_of_graphs():
    """Summed over all graphs of a tiny vocabulary, the likelihoods of one latent vector give one."""
    decoder = GraphDecoder(("input", "a", "output"), 3, latent=4, hidden=8)
    latent = torch.randn(1, 4)
    total = 0.0
    for middle in ("input", "a", "output"):
        for last in ("input", "a", "output"):
            for bits in range(8):
                edges = [pair for bit, pair in enumerate([(0, 1), (0, 2), (1, 2)]) if bits >> bit & 1]
                graph = Graph(("input", middle, last), tuple(edges))
                one_hot, adjacency = map(torch.from_numpy, stack([graph], decoder.operations))
                total += decoder.log_likelihood(latent, one_hot, adjacency).exp().item()

    assert total == pytest.approx(1, abs=1e-4)


def test_decoder_learns_the_data_flow_and_samples_members():
    """After a short training on cells nearly every sampled graph is a cell, edges included, and they vary."""
    decoder = GraphDecoder(SPACE.operations, 8, latent=8, hidden=32)
    optimiser = torch.optim.Adam(decoder.parameters(), lr=5e-3)
    one_hot, adjacency = encoded(sampled(64))
    for _ in range(120):
        loss = -decoder.log_likelihood(torch.randn(len(one_hot), 8), one_hot, adjacency).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    graphs = decoder.sample(torch.randn(50, 8), torch.Generator().manual_seed(SEED))
    members = [graph for graph in graphs if graph.edges == SPACE.to_graph(SPACE[0]).edges]

    assert len(members) >= 45
    assert len({graph.operations for graph in members}) > 10


def test_a_decoder_of_chains_decides_on_operations_alone():
    """Given the edges that all graphs share, chains of all sizes have probabilities that add up to one."""
    labels = ("input", "a", "output")
    decoder = GraphDecoder(labels, 4, latent=4, hidden=8, edges=[[0, 1], [1, 2], [2, 3]])
    latent, going_on = torch.randn(1, 4), ("input", "a")
    chains = [("output",), *itertools.product(going_on, ("output",)), *itertools.product(going_on, going_on, labels)]
    total = 0.0
    for chain in chains:
        graph = Graph(("input", *chain), tuple((node, node + 1) for node in range(len(chain))))
        arrays = map(torch.from_numpy, stack([graph], labels, nodes=4))
        total += decoder.log_likelihood(latent, *arrays).exp().item()
    graphs = decoder.sample(torch.randn(40, 4), torch.Generator().manual_seed(SEED))

    assert total == pytest.approx(1, abs=1e-4)
    assert {len(graph.operations) for graph in graphs} == {2, 3, 4}
    assert all(graph.edges == tuple((n, n + 1) for n in range(len(graph.operations) - 1)) for graph in graphs)
    with pytest.raises(InvalidArgument, match="source < target"):
        GraphDecoder(labels, 3, edges=[[1, 1]])


def test_decoder_at_temperature_zero_is_a_function_of_the_latent():
    decoder = GraphDecoder(SPACE.operations, 8, latent=8, hidden=16)
    latents = torch.randn(5, 8)
    first = decoder.sample(latents, torch.Generator().manual_seed(1), temperature=0)

    assert first == decoder.sample(latents, torch.Generator().manual_seed(2), temperature=0)


def test_every_sampled_graph_is_connected_from_input_to_output():
    """Loose ends are joined: no node but the first lacks a predecessor, none but the last a successor."""
    decoder = GraphDecoder(SPACE.operations, 8, latent=8, hidden=16)
    for graph in decoder.sample(torch.randn(30, 8), torch.Generator().manual_seed(SEED)):
        size = len(graph.operations)
        assert {target for _, target in graph.edges} == set(range(1, size))
        assert {source for source, _ in graph.edges} == set(range(size - 1))


def test_generator_samples_repeat_with_the_generator_of_draws():
    model = Generator(12, SPACE.operations, 8, dimension=8).eval()
    views = torch.randn(2, 3, 4, 12)
    draws = [model.sample(views, 9, torch.Generator().manual_seed(3)) for _ in range(2)]

    assert draws[0] == draws[1]
    assert len(draws[0]) == 9


def test_predictor_learns_what_depends_on_dataset_and_graph_together():
    """A target whose sign depends on both can be fitted far better than from either alone."""
    model = Predictor(6, len(SPACE.operations), 8, dimension=16, hidden=32)
    cells = sampled(80)[:64]
    one_hot, adjacency = encoded(cells)
    pooled = torch.tensor([float(cell.operations.count("avg_pool_3x3")) for cell in cells])
    signs = torch.tensor([1.0, -1.0]).repeat(len(cells) // 2)
    features = signs[:, None, None, None] * torch.ones(len(cells), 2, 3, 6) + 0.1 * torch.randn(len(cells), 2, 3, 6)
    target = signs * (pooled - pooled.mean())
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(150):
        loss = functional.mse_loss(model(model.set_encoder(features), one_hot, adjacency), target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    assert loss.item() < 0.2 * target.var().item()


def test_joint_head_sees_dataset_and_graph_through_one_layer_alone():
    """The paper's predictor has no terms of dataset or graph alone, and both still move the prediction."""
    model = Predictor(6, len(SPACE.operations), 8, dimension=16, hidden=32, head="joint").eval()
    one_hot, adjacency = encoded(sampled(2))
    datasets = torch.randn(2, 16)
    scores = [model(vector.expand(2, -1), one_hot, adjacency) for vector in datasets]

    assert model.ease is None
    assert model.quality is None
    assert scores[0][0] != scores[0][1]
    assert not torch.allclose(scores[0], scores[1])


def test_unknown_head_is_one_clear_line():
    with pytest.raises(InvalidArgument, match="wanted a head out of additive, joint"):
        Predictor(6, len(SPACE.operations), 8, head="both")


def test_draws_from_the_prior_repeat_and_need_no_images():
    model = Generator(12, SPACE.operations, 8, dimension=8).eval()
    draws = [model.sample_prior(9, torch.Generator().manual_seed(seed)) for seed in (3, 3, 4)]

    assert draws[0] == draws[1]
    assert draws[0] != draws[2]
    assert len(draws[0]) == 9
