"""Learning a latent space from graphs alone: settings, the training loop, the figures at its end."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from nas_plugins.spaces.arch2vec.metrics import (
    encode_means,
    generation_metrics,
    reconstruction_accuracy,
    sample_prior,
)
from nas_plugins.spaces.arch2vec.model import GraphAutoencoder, Reconstruction
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.graph import stack
from nas_plugins.spaces.space import FiniteSearchSpace


@dataclass(frozen=True)
class Pretraining:
    """Settings of :func:`pretrain`; the defaults are ours, ``Pretraining.preset("paper")`` is the published code.

    Args:
        epochs: Passes over the training graphs.
        batch_size: Graphs per step.
        learning_rate: Of Adam at the start.
        schedule: ``"cosine"`` lets the learning rate fall to zero over the run, ``"constant"`` keeps it.
        objective: ``"evidence_lower_bound"`` is equation 5 per graph: cross entropies are summed over nodes and pairs
            of nodes, the divergence over nodes and dimensions. ``"published"`` is what the code computes: means over
            nodes, operations and all ``N * N`` entries, and a divergence divided once more by ``batch_size * N``.
        operation_likelihood: ``"categorical"`` is the softmax of equation 4; ``"bernoulli"`` is the code's sigmoid on
            each operation by itself.
        adjacency_weight: Weight of the edges' cross entropy in the objective.
        kl_weight: Weight of the Kullback-Leibler divergence; 1 is equation 5.
        kl_warmup: Fraction of the run over which the divergence's weight rises from 0 to ``kl_weight``, so that the
            operations are learned before the divergence can press them onto the prior.
        prior_weight: Weight of a term that is ours: latents drawn from the prior, as :func:`metrics.sample_prior` draws
            them, shall decode to the operations and edges of the training graphs as often as these have them, at each
            node and pair of nodes. It is the divergence between the two frequencies, summed over nodes and pairs. The
            evidence lower bound says nothing of latents between those of training graphs; 0 leaves it at that, as the
            paper does.
        dropout: Of the decoder's input.
        gradient_clip: Largest norm of the gradient.
        train_mode: ``"always"`` trains with sampling, dropout and batch statistics in every epoch. ``"first_epoch"``
            is the code's: it calls ``eval()`` after the first epoch and never ``train()`` again, so that from then on
            there is no noise and the normalisation stands still.
        reshuffle: Draw new batches every epoch; the code draws them once.
        held_out: Fraction of the architectures kept for the test, drawn at random; 0.1 in the paper.
        seed: Of the split, the initial weights, the batches and the noise.

    Raises:
        InvalidArgument: A value outside its range.
    """

    epochs: int = 20
    batch_size: int = 128
    learning_rate: float = 2e-3
    schedule: Literal["cosine", "constant"] = "cosine"
    objective: Literal["evidence_lower_bound", "published"] = "evidence_lower_bound"
    operation_likelihood: Literal["categorical", "bernoulli"] = "categorical"
    adjacency_weight: float = 1.0
    kl_weight: float = 0.03
    kl_warmup: float = 0.5
    prior_weight: float = 3.0
    dropout: float = 0.0
    gradient_clip: float = 5.0
    train_mode: Literal["always", "first_epoch"] = "always"
    reshuffle: bool = True
    held_out: float = 0.1
    seed: int = 0

    PRESETS: ClassVar[tuple[str, ...]] = ("default", "paper")

    def __post_init__(self) -> None:
        for name, value, least in (("epochs", self.epochs, 1), ("batch_size", self.batch_size, 2)):
            if value < least:
                raise InvalidArgument(f"wanted {name} of at least {least}, got {value}")
        for name, number in (("learning_rate", self.learning_rate), ("gradient_clip", self.gradient_clip)):
            if not number > 0:
                raise InvalidArgument(f"wanted {name} above 0, got {number}")
        for name, number in (
            ("kl_weight", self.kl_weight),
            ("adjacency_weight", self.adjacency_weight),
            ("prior_weight", self.prior_weight),
        ):
            if not number >= 0:
                raise InvalidArgument(f"wanted {name} of at least 0, got {number}")
        if not 0 <= self.kl_warmup <= 1:
            raise InvalidArgument(f"wanted kl_warmup between 0 and 1, got {self.kl_warmup}")
        if not 0 < self.held_out < 1:
            raise InvalidArgument(f"wanted held_out between 0 and 1, got {self.held_out}")
        if not 0 <= self.seed < 2**63:
            raise InvalidArgument(f"wanted a seed from 0 to 2**63 - 1, got {self.seed}")
        for name, choice, options in (
            ("schedule", self.schedule, ("cosine", "constant")),
            ("objective", self.objective, ("evidence_lower_bound", "published")),
            ("operation_likelihood", self.operation_likelihood, ("categorical", "bernoulli")),
            ("train_mode", self.train_mode, ("always", "first_epoch")),
        ):
            if choice not in options:
                raise InvalidArgument(f"wanted {name} out of {', '.join(options)}, got {choice!r}")

    @classmethod
    def preset(cls, name: str) -> "Pretraining":
        """Named settings: ``"default"``, or ``"paper"`` for what the published code of NAS-Bench-201 runs.

        Two things of that code are not followed in ``"paper"``: it predicts the logarithm of the deviation where the
        model here predicts that of the variance, and it holds out the last tenth of an order its authors shuffled, here
        a random tenth.

        Raises:
            InvalidArgument: No preset has that name.
        """
        if name == "default":
            return cls()
        if name == "paper":
            return cls(
                epochs=10,
                batch_size=32,
                learning_rate=1e-3,
                schedule="constant",
                objective="published",
                operation_likelihood="bernoulli",
                adjacency_weight=1.0,
                kl_weight=1.0,
                kl_warmup=0.0,
                prior_weight=0.0,
                dropout=0.3,
                gradient_clip=5.0,
                train_mode="first_epoch",
                reshuffle=False,
                seed=3,
            )
        raise InvalidArgument(f"wanted a preset out of {', '.join(cls.PRESETS)}, got {name!r}")


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
) -> tuple[GraphAutoencoder, dict[str, Any]]:
    """Train an autoencoder on all architectures of a space but the held-out ones, and measure it.

    The same settings give the same weights on the same machine and device; the caller's random state is left alone.

    Args:
        space: The space; its graphs must have equally many nodes.
        settings: How to train; ``None`` takes the defaults.
        on_epoch: Called after each epoch, for a progress bar or a log.
        device: Torch device to train on.
        prior_samples: Draws from the prior that are decoded to measure it; 10,000 in the paper (appendix B).

    Returns:
        The model, in evaluation mode on the CPU, and its metrics: ``reconstruction_accuracy`` of the held-out
        architectures, ``training_reconstruction_accuracy``, those of :func:`metrics.generation_metrics` over the
        samples of the prior, and the numbers of graphs behind them.
    """
    settings = settings or Pretraining()
    operations, adjacency = (
        torch.from_numpy(array).to(device) for array in stack(map(space.to_graph, space), space.operations)
    )
    order = torch.randperm(len(space), generator=torch.Generator().manual_seed(settings.seed))
    held_out, training = order.tensor_split([max(1, round(settings.held_out * len(space)))])
    if len(training) < settings.batch_size:
        raise InvalidArgument(f"wanted at least one batch of {settings.batch_size} graphs, got {len(training)}")

    cuda = [torch.device(device)] if torch.device(device).type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        torch.manual_seed(settings.seed)
        model = GraphAutoencoder(len(space.operations), dropout=settings.dropout).to(device)
        _train(model, operations[training], adjacency[training], settings, on_epoch)
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
    on_epoch: Callable[[Epoch], object] | None,
) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=settings.learning_rate)
    count, batch_size = len(operations), settings.batch_size
    # A last batch smaller than the others is left out, as batch normalisation would see too few graphs; reshuffling
    # leaves out others each time.
    steps = count // batch_size
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: (
            0.5 * (1 + math.cos(math.pi * step / (steps * settings.epochs))) if settings.schedule == "cosine" else 1.0
        ),
    )
    frequencies = operations.mean(0), adjacency.mean(0)
    warmup = settings.kl_warmup * steps * settings.epochs
    order, step = torch.randperm(count), 0
    for number in range(1, settings.epochs + 1):
        model.train(settings.train_mode == "always" or number == 1)
        if settings.reshuffle and number > 1:
            order = torch.randperm(count)
        totals = torch.zeros(4, device=operations.device)
        for batch in order[: steps * batch_size].split(batch_size):
            output = model(operations[batch], adjacency[batch])
            terms = _terms(output, operations[batch], adjacency[batch], settings)
            kl_weight = settings.kl_weight * min(1.0, step / warmup if warmup else 1.0)
            loss = _objective(terms, settings, kl_weight, nodes=operations.shape[1], vocabulary=operations.shape[2])
            if settings.prior_weight:
                loss = loss + settings.prior_weight * _prior_mismatch(model, output.mean, frequencies)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), settings.gradient_clip)
            optimizer.step()
            schedule.step()
            step += 1
            totals += torch.stack([loss.detach(), *(term.detach() for term in terms)])
        if on_epoch is not None:
            on_epoch(Epoch(number, settings.epochs, *(totals / steps).tolist()))


def _terms(
    output: Reconstruction, operations: Tensor, adjacency: Tensor, settings: Pretraining
) -> tuple[Tensor, Tensor, Tensor]:
    """Cross entropy of operations and of edges, and divergence, each summed within a graph and averaged over graphs."""
    graphs, nodes, _ = operations.shape
    if settings.operation_likelihood == "categorical":
        labels = functional.cross_entropy(
            output.operations.flatten(0, 1), operations.argmax(-1).flatten(), reduction="sum"
        )
    else:
        labels = functional.binary_cross_entropy_with_logits(output.operations, operations, reduction="sum")
    above = torch.triu_indices(nodes, nodes, offset=1, device=adjacency.device)
    edges = functional.binary_cross_entropy_with_logits(
        output.adjacency[:, above[0], above[1]], adjacency[:, above[0], above[1]], reduction="sum"
    )
    divergence = -0.5 * (1 + output.log_variance - output.mean.square() - output.log_variance.exp()).sum()
    return labels / graphs, edges / graphs, divergence / graphs


def _objective(
    terms: tuple[Tensor, Tensor, Tensor], settings: Pretraining, kl_weight: float, *, nodes: int, vocabulary: int
) -> Tensor:
    labels, edges, divergence = terms
    if settings.objective == "published":
        labels = labels / (nodes * vocabulary)
        edges = edges / nodes**2
        divergence = divergence / (nodes * settings.batch_size * nodes)
    return labels + settings.adjacency_weight * edges + kl_weight * divergence


def _prior_mismatch(model: GraphAutoencoder, means: Tensor, frequencies: tuple[Tensor, Tensor]) -> Tensor:
    """Divergence of the decoded prior's operations and edges from the training graphs' frequencies of them."""
    labels, edges = frequencies
    operation_logits, edge_logits = model.decode(means.mean(0) + means.std(0) * torch.randn_like(means))
    tiny = torch.finfo(means.dtype).tiny
    drawn = operation_logits.softmax(-1).mean(0)
    mismatch = (labels * (labels.clamp(min=tiny).log() - drawn.clamp(min=tiny).log())).sum()
    above = torch.triu_indices(edges.shape[0], edges.shape[1], offset=1, device=edges.device)
    wanted, found = edges[above[0], above[1]], edge_logits.sigmoid().mean(0)[above[0], above[1]]
    entropy = functional.binary_cross_entropy(wanted, wanted, reduction="sum")
    return mismatch + functional.binary_cross_entropy(found, wanted, reduction="sum") - entropy
