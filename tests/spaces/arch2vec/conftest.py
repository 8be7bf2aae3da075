"""The weights that ship, read once."""

import pytest
import torch

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.arch2vec import Arch2Vec
from nas_plugins.spaces.graph import stack

SPACE = NASBench201()


@pytest.fixture(scope="session")
def shipped():
    return Arch2Vec.pretrained("nasbench201")


@pytest.fixture(scope="session")
def tensors():
    return tuple(map(torch.from_numpy, stack(map(SPACE.to_graph, SPACE), SPACE.operations)))


@pytest.fixture(scope="session")
def split(shipped):
    order = torch.randperm(len(SPACE), generator=torch.Generator().manual_seed(shipped.settings.seed))
    return order.tensor_split([round(shipped.settings.held_out * len(SPACE))])
