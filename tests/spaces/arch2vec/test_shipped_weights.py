"""What the weights that ship must do."""

import numpy as np
import pytest
import torch

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.arch2vec.metrics import (
    decode_graphs,
    encode_means,
    generation_metrics,
    reconstruction_accuracy,
    sample_prior,
)
from tests.spaces.arch2vec.cells import sample_cells

SPACE = NASBench201()


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
