"""The model: its size, and what it sees of a graph."""

import pytest
import torch

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.arch2vec import Arch2Vec, GraphAutoencoder
from nas_plugins.spaces.cost import count_parameters
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.graph import stack
from tests.spaces.arch2vec.cells import sample_cells

SPACE = NASBench201()


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


def test_a_model_of_another_vocabulary_is_refused():
    with pytest.raises(InvalidArgument, match="7 operations"):
        Arch2Vec(SPACE, GraphAutoencoder(5))
