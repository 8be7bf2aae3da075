"""How to learn a latent space: every switch, and named sets of them."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from nas_plugins.spaces.errors import InvalidArgument


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
        corruption_weight: Weight of a term that is ours, for the autoregressive decoder: it shall also make the graph
            out of latents that were moved towards a draw from the prior, by any part of the way. From exact latents
            every decision can be taken without the ones before it; only where latents are unsure does the decoder learn
            what makes the decisions fit together. 0 leaves it out.
        dropout: Of the decoder's input.
        gradient_clip: Largest norm of the gradient.
        train_mode: ``"always"`` trains with sampling, dropout and batch statistics in every epoch. ``"first_epoch"``
            is the code's: it calls ``eval()`` after the first epoch and never ``train()`` again, so that from then on
            there is no noise and the normalisation stands still.
        reshuffle: Draw new batches every epoch; the code draws them once.
        encoder: ``"gin"`` as in the paper, or ``"gcn"`` for the baselines GAE and VGAE.
        decoder: ``"inner_product"`` as in the paper, or ``"autoregressive"``
            (:class:`nas_plugins.spaces.arch2vec.autoregressive.AutoregressiveDecoder`).
        positions: Tell the encoder the position of each node.
        hidden: Width of the graph layers.
        layers: Number of them; four, the paper's fifth being the heads.
        decoder_hidden: Width of the autoregressive decoder's layers.
        variational: Draw latents from the posterior and weigh its divergence from the prior; without, the model is a
            plain autoencoder.
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
    corruption_weight: float = 0.0
    dropout: float = 0.0
    gradient_clip: float = 5.0
    train_mode: Literal["always", "first_epoch"] = "always"
    reshuffle: bool = True
    encoder: Literal["gin", "gcn"] = "gin"
    decoder: Literal["inner_product", "autoregressive"] = "inner_product"
    positions: bool = False
    hidden: int = 128
    layers: int = 4
    decoder_hidden: int = 512
    variational: bool = True
    held_out: float = 0.1
    seed: int = 0

    PRESETS: ClassVar[tuple[str, ...]] = ("default", "fast", "paper", "gae", "vgae", "without_kl")

    def __post_init__(self) -> None:
        for name, value, least in (
            ("epochs", self.epochs, 1),
            ("batch_size", self.batch_size, 2),
            ("hidden", self.hidden, 1),
            ("layers", self.layers, 1),
            ("decoder_hidden", self.decoder_hidden, 1),
        ):
            if value < least:
                raise InvalidArgument(f"wanted {name} of at least {least}, got {value}")
        for name, number in (("learning_rate", self.learning_rate), ("gradient_clip", self.gradient_clip)):
            if not number > 0:
                raise InvalidArgument(f"wanted {name} above 0, got {number}")
        for name, number in (
            ("kl_weight", self.kl_weight),
            ("adjacency_weight", self.adjacency_weight),
            ("prior_weight", self.prior_weight),
            ("corruption_weight", self.corruption_weight),
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
            ("encoder", self.encoder, ("gin", "gcn")),
            ("decoder", self.decoder, ("inner_product", "autoregressive")),
        ):
            if choice not in options:
                raise InvalidArgument(f"wanted {name} out of {', '.join(options)}, got {choice!r}")
        if self.decoder == "autoregressive" and self.prior_weight:
            raise InvalidArgument(
                f"wanted prior_weight 0 with an autoregressive decoder, got {self.prior_weight}; the graphs it decodes "
                "the prior to have no frequencies that could be differentiated"
            )

    @classmethod
    def preset(cls, name: str, space: str = "nasbench201") -> "Pretraining":
        """Named settings.

        - ``"default"``: ours. On NAS-Bench-201, whose graphs all have the same edges, the decoder is the paper's; on
          other spaces it is autoregressive, and but on MobileNetV3 the encoder knows the positions of the nodes.
        - ``"fast"``: ours, for graphs that all have the same edges, as those of NAS-Bench-201 have. Positions stand in
          for three of the four graph layers, half as wide: a second or two give better figures than the published
          ones. The default's embedding says more of accuracy (``docs/arch2vec.md``).
        - ``"paper"``: what the published code runs. Two things of it are not followed: it predicts the logarithm of the
          deviation where the model here predicts that of the variance, and it holds out the last tenth of an order,
          here a random tenth.
        - ``"gae"``, ``"vgae"``, ``"without_kl"``: the baselines of Table 1, trained as ``"paper"`` is: graph
          convolutions without and with a posterior, and the paper's encoder without one.

        Args:
            name: One of :attr:`PRESETS`.
            space: Name of the space to train on; numbers of epochs and published seeds go by it.

        Raises:
            InvalidArgument: No preset has that name, or the space has none of that name.
        """
        if name not in cls.PRESETS:
            raise InvalidArgument(f"wanted a preset out of {', '.join(cls.PRESETS)}, got {name!r}")
        if name == "fast":
            if space != "nasbench201":
                raise InvalidArgument(f"wanted the preset fast for nasbench201, whose graphs share edges, got {space}")
            return replace(cls(), **_FAST)
        if name == "default":
            return cls() if space == "nasbench201" else replace(cls(), **(_MANY_SHAPES | _OF_SPACES.get(space, {})))
        epochs, seed = _PUBLISHED_RUNS.get(space, (10, 0))
        paper = cls(
            epochs=epochs,
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
            seed=seed,
        )
        return replace(
            paper, encoder="gcn" if name in ("gae", "vgae") else "gin", variational=name in ("paper", "vgae")
        )


_FAST: dict[str, Any] = {
    "epochs": 3,
    "batch_size": 32,
    "learning_rate": 1e-2,
    "prior_weight": 1.0,
    "positions": True,
    "hidden": 64,
    "layers": 1,
}

_MANY_SHAPES: dict[str, Any] = {
    "epochs": 8,
    "batch_size": 512,
    "kl_weight": 0.2,
    "prior_weight": 0.0,
    "corruption_weight": 1.0,
    "decoder": "autoregressive",
    "positions": True,
}

# Chains whose labels tell where they stand: one graph layer without positions gives the smoother embedding, and narrow
# layers do. Smaller batches of a part of 50,000 networks make as many steps as other spaces take.
_OF_SPACES: dict[str, dict[str, Any]] = {
    "mobilenetv3": {
        "epochs": 40,
        "batch_size": 128,
        "positions": False,
        "hidden": 64,
        "layers": 1,
        "decoder_hidden": 192,
    }
}

_PUBLISHED_RUNS = {"nasbench101": (8, 1), "nasbench201": (10, 3)}
"""Epochs and seed of the published scripts; the one for DARTS runs 10 epochs and never sets its seed."""
