"""Learning a latent space from graphs alone: the training loop, and the figures at its end."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nas_plugins.spaces.arch2vec.checkpoint import Checkpoint
from nas_plugins.spaces.arch2vec.direct_gradient import DirectGradient
from nas_plugins.spaces.arch2vec.graph_objective import GraphObjective
from nas_plugins.spaces.arch2vec.labelled_objective import LabelledObjective
from nas_plugins.spaces.arch2vec.labelled_pairs import LabelledPairs
from nas_plugins.spaces.arch2vec.measurement import measure_model
from nas_plugins.spaces.arch2vec.model import GraphAutoencoder
from nas_plugins.spaces.arch2vec.output_features import OutputFeatures
from nas_plugins.spaces.arch2vec.semi_supervision import SemiSupervision
from nas_plugins.spaces.arch2vec.settings import Pretraining
from nas_plugins.spaces.arch2vec.split import held_out_split
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.graph import shared_edges
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
    features: OutputFeatures | None = None,
    supervision: SemiSupervision | None = None,
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
        features: What trained networks of the space make of images, as a second target (input-output information);
            labelled batches then come between the others, and means over an epoch are of the others.
        supervision: How labelled batches come between the others; ``None`` takes the defaults.

    Returns:
        The model, in evaluation mode on the CPU, and its metrics: those of :func:`measurement.measure_model`, and with
        output features those of :meth:`LabelledPairs.measure`.

    Raises:
        InvalidArgument: The space is smaller than a batch, or the output features are of another space.
        InvalidState: The checkpoint is of another run.
    """
    settings = settings or Pretraining.preset("default", space.name)
    operations, adjacency = (torch.from_numpy(array).to(device) for array in space.graph_arrays())
    held_out, training = held_out_split(len(space), settings)
    if len(training) < settings.batch_size:
        raise InvalidArgument(f"wanted at least one batch of {settings.batch_size} graphs, got {len(training)}")
    supervision = supervision or SemiSupervision()
    pairs = None if features is None else LabelledPairs(features, space, held_out, supervision, device)

    cuda = [torch.device(device)] if torch.device(device).type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        torch.manual_seed(settings.seed)
        model = GraphAutoencoder(
            len(space.operations),
            hidden=settings.hidden,
            layers=settings.layers,
            dropout=settings.dropout,
            encoder=settings.encoder,
            decoder=settings.decoder,
            nodes=operations.shape[1],
            positions=settings.positions,
            variational=settings.variational,
            variable_size=not bool(operations.any(-1).all()),
            edges=shared_edges(*space.graph_arrays()) if settings.decoder == "autoregressive" else None,
            decoder_hidden=settings.decoder_hidden,
        ).to(device)
        labelled = None if pairs is None else LabelledObjective(pairs, supervision, latent=model.sizes["latent"])
        about = None if features is None else {"features": features.identity(), **asdict(supervision)}
        saved = None if checkpoint is None else Checkpoint(Path(checkpoint), space.name, settings, about)
        _train(
            model,
            operations[training],
            adjacency[training],
            settings,
            labelled=labelled,
            on_epoch=on_epoch,
            checkpoint=saved,
        )
    model.eval()
    metrics = measure_model(space, model, settings, prior_samples=prior_samples)
    if labelled is not None:
        metrics |= labelled.measure(model)
    return model.cpu(), metrics


def _train(
    model: GraphAutoencoder,
    operations: Tensor,
    adjacency: Tensor,
    settings: Pretraining,
    *,
    labelled: LabelledObjective | None,
    on_epoch: Callable[[Epoch], object] | None,
    checkpoint: Checkpoint | None,
) -> None:
    trained: nn.Module = model if labelled is None else nn.ModuleList([model, labelled.output_model])
    count, batch_size = len(operations), settings.batch_size
    # A last batch smaller than the others is left out, as batch normalisation would see too few graphs; reshuffling
    # leaves out others each time.
    steps = count // batch_size
    block = steps if labelled is None else labelled.settings.unlabelled_batches
    frequencies = operations.float().mean(0), adjacency.float().mean(0)
    objective = GraphObjective(model, settings, frequencies)
    direct = (
        DirectGradient(model, settings, frequencies) if labelled is None and DirectGradient.supports(settings) else None
    )
    parameters = list(trained.parameters()) if direct is None else [direct.flat]
    optimizer = torch.optim.Adam(parameters, lr=settings.learning_rate, fused=True)
    warmup = settings.kl_warmup * steps * settings.epochs
    order, done = torch.randperm(count), 0
    if checkpoint is not None:
        order, done = checkpoint.restore(trained, optimizer, order)
    step = done * steps

    def kl_weight() -> float:
        return settings.kl_weight * min(1.0, step / warmup if warmup else 1.0)

    def descend() -> None:
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * _remaining(step / (steps * settings.epochs), settings)
        if direct is None:
            nn.utils.clip_grad_norm_(parameters, settings.gradient_clip)
        else:
            direct.clip(settings.gradient_clip)
        optimizer.step()

    def differentiate(loss: Tensor) -> None:
        optimizer.zero_grad()
        loss.backward()

    for number in range(done + 1, settings.epochs + 1):
        trained.train(settings.train_mode == "always" or number == 1)
        if settings.reshuffle and number > 1:
            order = torch.randperm(count)
        totals = torch.zeros(4, dtype=torch.float64)
        shuffled = order[: steps * batch_size].to(operations.device)
        batches = list(zip(operations[shuffled].split(batch_size), adjacency[shuffled].split(batch_size), strict=True))
        for start in range(0, steps, block):
            unlabelled = batches[start : start + block]
            if labelled is not None:
                for _ in range(labelled.settings.labelled_before(len(unlabelled))):
                    differentiate(labelled(objective, kl_weight()))
                    descend()
            for batch in unlabelled:
                graphs = batch[0].float(), batch[1].float()
                if direct is not None:
                    totals += torch.tensor(direct(*graphs, kl_weight()))
                else:
                    loss, terms, _ = objective(*graphs, kl_weight())
                    differentiate(loss)
                    totals += torch.stack([loss, *terms]).detach().cpu()
                descend()
                step += 1
        if checkpoint is not None:
            checkpoint.save(trained, optimizer, order, number)
        if on_epoch is not None:
            on_epoch(Epoch(number, settings.epochs, *(totals / steps).tolist()))
    if direct is not None:
        direct.release()


def _remaining(progress: float, settings: Pretraining) -> float:
    """The part of the learning rate that the schedule leaves."""
    return 0.5 * (1 + math.cos(math.pi * progress)) if settings.schedule == "cosine" else 1.0
