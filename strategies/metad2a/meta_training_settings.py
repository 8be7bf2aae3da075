"""How MetaD2A is meta-trained: one frozen value."""

from dataclasses import dataclass
from typing import ClassVar

from nas_plugins.spaces.errors import InvalidArgument

_SCHEDULES = ("one_cycle", "constant")
_EDGES = ("decided", "shared")


@dataclass(frozen=True)
class MetaTrainingSettings:
    """How the models are meta-trained; the defaults are ours, ``MetaTrainingSettings.preset("paper")`` the published.

    Args:
        generator_epochs: Passes over the tasks' best architectures.
        best: Records of each task, from the best on, that teach the generator; the paper has one.
        edges: ``"decided"``: the generator decides on each edge, as published; ``"shared"``: it takes those that all
            graphs share as given, as chains of several lengths do.
        predictor_epochs: Passes over the records.
        members: Predictors in the ensemble.
        batch_size: Records per step; 32 in the paper's Table 6.
        learning_rate: Peak of Adam's one-cycle schedule. The paper has a constant 1e-4 over 400 epochs (Table 6); the
            schedule reaches the same loss in a tenth of them.
        schedule: ``"one_cycle"``, or ``"constant"`` keeps the learning rate.
        weight_decay: Decoupled weight decay.
        dimension: Size of dataset, graph and latent vectors; 56 in Table 6.
        hidden: Size of the predictor's node states; 512 in Table 6.
        dropout: Of the predictor's graph vector.
        interaction_dropout: Of the predictor's interaction of dataset and graph.
        kl_weight: Weight of the generator's divergence; 0.005 in Table 6.
        class_count: Classes in a view.
        image_count: Images of each class in a view; 20 in Table 6, where classes have a thousand images.
        ranking_weight: Weight of the rankings' correlation loss beside the squared error on records; 0 leaves the
            rankings out.
        ranking_batch: Architectures drawn from a ranking per step.
        elite: Architectures of a ranking that count as good enough to teach the generator; the paper draws from the
            5,000 best on ImageNet16-120 (section 4.1.1). 0 leaves the rankings out.
        set_encoder: What makes a vector of a dataset, a name of
            :data:`nas_plugins.strategies.metad2a.set_encoders.SET_ENCODERS`.
        head: How the predictor joins dataset and graph, a name of
            :data:`nas_plugins.strategies.metad2a.predictor.HEADS`.
        prior: Whether proposals are ranked with the help of an :class:`ArchitecturePrior` fitted to the source tables.
        prior_share: Share of the prior in the ranking; the predictors have the rest.
        held_out: Share of the tasks whose records are never trained on.
        seed: Seed of everything.

    Raises:
        InvalidArgument: A value outside its range.
    """

    PRESETS: ClassVar[tuple[str, ...]] = ("default", "paper")

    generator_epochs: int = 20
    best: int = 1
    edges: str = "decided"
    predictor_epochs: int = 20
    members: int = 4
    batch_size: int = 128
    learning_rate: float = 2e-3
    schedule: str = "one_cycle"
    weight_decay: float = 1e-4
    dimension: int = 56
    hidden: int = 128
    dropout: float = 0.1
    interaction_dropout: float = 0.5
    kl_weight: float = 0.005
    class_count: int = 20
    image_count: int = 6
    ranking_weight: float = 1.0
    ranking_batch: int = 96
    elite: int = 1000
    set_encoder: str = "hierarchical"
    head: str = "additive"
    prior: bool = True
    prior_share: float = 0.75
    held_out: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        counts = ("generator_epochs", "best", "predictor_epochs", "members", "batch_size", "class_count", "image_count")
        for name in counts:
            if getattr(self, name) < 1:
                raise InvalidArgument(f"wanted {name} of at least 1, got {getattr(self, name)}")
        if not 0 <= self.prior_share <= 1:
            raise InvalidArgument(f"wanted prior_share from 0 to 1, got {self.prior_share}")
        if not 0 <= self.held_out < 1:
            raise InvalidArgument(f"wanted held_out from 0 to below 1, got {self.held_out}")
        for name in ("ranking_weight", "elite"):
            if getattr(self, name) < 0:
                raise InvalidArgument(f"wanted {name} of at least 0, got {getattr(self, name)}")
        if self.schedule not in _SCHEDULES:
            raise InvalidArgument(f"wanted a schedule out of {', '.join(_SCHEDULES)}, got {self.schedule!r}")
        if self.edges not in _EDGES:
            raise InvalidArgument(f"wanted edges out of {', '.join(_EDGES)}, got {self.edges!r}")
        # Names are checked where they mean something; those modules need torch.
        from nas_plugins.strategies.metad2a.predictor import check_head
        from nas_plugins.strategies.metad2a.set_encoders import check_set_encoder

        check_set_encoder(self.set_encoder)
        check_head(self.head)

    @classmethod
    def preset(cls, name: str, space: str = "nasbench201") -> "MetaTrainingSettings":
        """Named settings: ``"default"``, or ``"paper"`` for what was published, as far as the data allow.

        ``"paper"`` follows Table 6 and the official code: a constant learning rate of 1e-4 over 400 epochs in batches
        of 32, one predictor with the joint head and 512 hidden units, its loss the squared error on records alone;
        20 images per class; the generator taught by each task's best record alone.

        Four things stay ours: images are drawn from the few per class there are, with repeats, where the authors had
        a thousand of each; graphs carry NAS-Bench-201's true data flow instead of a chain through all nodes; the split
        is by task; and the last weights are kept, where the code keeps those that do best on the validation records.

        Args:
            name: One of :attr:`PRESETS`.
            space: Name of the space to train on. In MobileNetV3, whose records are few and whose graphs are chains of
                20 layers, the default teaches the generator eight records of each task, and operations alone; records
                under other protocols are for the prior; and the set encoder is told the number of classes, which
                differs between tasks there.

        Raises:
            InvalidArgument: No preset has that name.
        """
        if name == "default" and space == "mobilenetv3":
            return cls(
                generator_epochs=500, best=8, edges="shared", ranking_weight=0.0, set_encoder="counted_hierarchical"
            )
        if name == "default":
            return cls()
        if name == "paper":
            return cls(
                generator_epochs=400,
                predictor_epochs=400,
                members=1,
                batch_size=32,
                learning_rate=1e-4,
                schedule="constant",
                weight_decay=0.0,
                dimension=56,
                hidden=512,
                dropout=0.0,
                interaction_dropout=0.0,
                kl_weight=0.005,
                class_count=20,
                image_count=20,
                ranking_weight=0.0,
                elite=0,
                prior=False,
                set_encoder="hierarchical",
                head="joint",
            )
        raise InvalidArgument(f"wanted a preset out of {', '.join(cls.PRESETS)}, got {name!r}")
