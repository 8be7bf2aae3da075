"""From points of the latent space to cells and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArgument
from tests.spaces.arch2vec.cells import sample_cells

SPACE = NASBench201()
seeds = st.integers(min_value=0, max_value=2**32 - 1)


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


def test_nothing_to_encode_is_refused(shipped):
    with pytest.raises(InvalidArgument, match="at least one"):
        shipped.embed([])
