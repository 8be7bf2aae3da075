"""Learning a latent space from graphs alone: the training loop, and the figures at its end."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nas_plugins.spaces.arch2vec.checkpoint import Checkpoint
from nas_plugins.spaces.arch2vec.metrics import (
    encode_means,
    generation_metrics,
    reconstruction_accuracy,
    sample_prior,
)
from nas_plugins.spaces.arch2vec.model import GraphAutoencoder
from nas_plugins.spaces.arch2vec.objective import (
    corrupted_reconstruction,
    objective,
    prior_mismatch,
    reconstruction_terms,
)
from nas_plugins.spaces.arch2vec.settings import Pretraining
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import FiniteSearchSpace


@dataclass(frozen=True)
class Epoch:
    """How an epoch went: means over its training graphs, in nats per graph.

    Args:
        number: 1 for the first.
        of: Epochs of the run.
        loss: The objective that was minimised.
        operations: Cross entropy of the operations, summed over nodes.
        adjacency: Cross entropy of the edges, summed over pairs of nodes.
        divergence: Kullback-Leibler divergence from the prior, summed over nodes and dimensions.
    """

    number: int
    of: int
    loss: float
    operations: float
    adjacency: float
    divergence: float


def pretrain(
    space: FiniteSearchSpace[Any],
    settings: Pretraining | None = None,
    *,
    on_epoch: Callable[[Epoch], object] | None = None,
    device: str = "cpu",
    prior_samples: int = 10_000,
    checkpoint: str | Path | None = None,
) -> tuple[GraphAutoencoder, dict[str, Any]]:
    """Train an autoencoder on all architectures of a space but the held-out ones, and measure it.

    The same settings give the same weights on the same machine and device; the caller's random state is left alone.

    Args:
        space: The space.
        settings: How to train; ``None`` takes the defaults.
        on_epoch: Called after each epoch, for a progress bar or a log.
        device: Torch device to train on.
        prior_samples: Draws from the prior that are decoded to measure it; 10,000 in the paper (appendix B).
        checkpoint: File that the state is written to after each epoch, and that an interrupted run goes on from: it
            ends with the weights it would have had.

    Returns:
        The model, in evaluation mode on the CPU, and its metrics: ``reconstruction_accuracy`` of the held-out
        architectures, ``training_reconstruction_accuracy``, those of :func:`metrics.generation_metrics` over the
        samples of the prior, and the numbers of graphs behind them.

    Raises:
        InvalidArgument: The space is smaller than a batch.
        InvalidState: The checkpoint is of another run.
    """
    settings = settings or Pretraining.preset("default", space.name)
    operations, adjacency = (torch.from_numpy(array).to(device) for array in space.graph_arrays())
    order = torch.randperm(len(space), generator=torch.Generator().manual_seed(settings.seed))
    held_out, training = order.tensor_split([max(1, round(settings.held_out * len(space)))])
    if len(training) < settings.batch_size:
        raise InvalidArgument(f"wanted at least one batch of {settings.batch_size} graphs, got {len(training)}")

    cuda = [torch.device(device)] if torch.device(device).type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        torch.manual_seed(settings.seed)
        model = GraphAutoencoder(
            len(space.operations),
            dropout=settings.dropout,
            encoder=settings.encoder,
            decoder=settings.decoder,
            nodes=operations.shape[1],
            positions=settings.positions,
            variational=settings.variational,
            variable_size=not bool(operations.any(-1).all()),
        ).to(device)
        saved = None if checkpoint is None else Checkpoint(Path(checkpoint), space.name, settings)
        _train(model, operations[training], adjacency[training], settings, on_epoch=on_epoch, checkpoint=saved)
    model.eval()

    means = encode_means(model, operations, adjacency)
    prior = sample_prior(means[training], prior_samples, torch.Generator().manual_seed(settings.seed))
    known = [space[int(index)] for index in training]
    metrics: dict[str, Any] = {
        "reconstruction_accuracy": reconstruction_accuracy(
            model, operations[held_out], adjacency[held_out], means[held_out]
        ),
        "training_reconstruction_accuracy": reconstruction_accuracy(
            model, operations[training], adjacency[training], means[training]
        ),
        **generation_metrics(space, model, prior, known, operations[training]),
        "held_out": len(held_out),
        "training": len(training),
        "prior_samples": prior_samples,
    }
    return model.cpu(), metrics


def _train(
    model: GraphAutoencoder,
    operations: Tensor,
    adjacency: Tensor,
    settings: Pretraining,
    *,
    on_epoch: Callable[[Epoch], object] | None,
    checkpoint: Checkpoint | None,
) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=settings.learning_rate, fused=True)
    count, batch_size = len(operations), settings.batch_size
    # A last batch smaller than the others is left out, as batch normalisation would see too few graphs; reshuffling
    # leaves out others each time.
    steps = count // batch_size
    frequencies = operations.float().mean(0), adjacency.float().mean(0)
    warmup = settings.kl_warmup * steps * settings.epochs
    order, done = torch.randperm(count), 0
    if checkpoint is not None:
        order, done = checkpoint.restore(model, optimizer, order)
    step = done * steps
    for number in range(done + 1, settings.epochs + 1):
        model.train(settings.train_mode == "always" or number == 1)
        if settings.reshuffle and number > 1:
            order = torch.randperm(count)
        totals = torch.zeros(4, device=operations.device)
        for batch in order[: steps * batch_size].split(batch_size):
            labels, edges = operations[batch].float(), adjacency[batch].float()
            output = model(labels, edges)
            terms = reconstruction_terms(output, labels, edges, settings)
            kl_weight = settings.kl_weight * min(1.0, step / warmup if warmup else 1.0)
            loss = objective(terms, settings, kl_weight, nodes=labels.shape[1], vocabulary=labels.shape[2])
            if settings.prior_weight:
                loss = loss + settings.prior_weight * prior_mismatch(model, output.mean, frequencies)
            if settings.corruption_weight:
                loss = loss + settings.corruption_weight * corrupted_reconstruction(
                    model, output.mean, labels, edges, settings
                )
            for group in optimizer.param_groups:
                group["lr"] = settings.learning_rate * _remaining(step / (steps * settings.epochs), settings)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), settings.gradient_clip)
            optimizer.step()
            step += 1
            totals += torch.stack([loss.detach(), *(term.detach() for term in terms)])
        if checkpoint is not None:
            checkpoint.save(model, optimizer, order, number)
        if on_epoch is not None:
            on_epoch(Epoch(number, settings.epochs, *(totals / steps).tolist()))


def _remaining(progress: float, settings: Pretraining) -> float:
    """The part of the learning rate that the schedule leaves."""
    return 0.5 * (1 + math.cos(math.pi * progress)) if settings.schedule == "cosine" else 1.0
