"""How MetaD2A is meta-trained: one frozen value."""

from dataclasses import dataclass

from nas_plugins.spaces.errors import InvalidArgument


@dataclass(frozen=True)
class MetaTrainingSettings:
    """How the models are meta-trained.

    Args:
        generator_epochs: Passes over the tasks' best architectures.
        predictor_epochs: Passes over the records.
        members: Predictors in the ensemble.
        batch_size: Records per step; 32 in the paper's Table 6.
        learning_rate: Peak of Adam's one-cycle schedule. The paper has a constant 1e-4 over 400 epochs (Table 6); the
            schedule reaches the same loss in a tenth of them.
        weight_decay: Decoupled weight decay.
        dimension: Size of dataset, graph and latent vectors; 56 in Table 6.
        hidden: Size of the predictor's node states; 512 in Table 6.
        dropout: Of the predictor's graph vector.
        interaction_dropout: Of the predictor's interaction of dataset and graph.
        kl_weight: Weight of the generator's divergence; 0.005 in Table 6.
        class_count: Classes in a view.
        image_count: Images of each class in a view; 20 in Table 6, where classes have a thousand images.
        ranking_weight: Weight of the rankings' correlation loss beside the squared error on records.
        ranking_batch: Architectures drawn from a ranking per step.
        elite: Architectures of a ranking that count as good enough to teach the generator; the paper draws from the
            5,000 best on ImageNet16-120 (section 4.1.1).
        held_out: Share of the tasks whose records are never trained on.
        seed: Seed of everything.
    """

    generator_epochs: int = 20
    predictor_epochs: int = 20
    members: int = 4
    batch_size: int = 128
    learning_rate: float = 2e-3
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
    held_out: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("generator_epochs", "predictor_epochs", "members", "batch_size", "class_count", "image_count"):
            if getattr(self, name) < 1:
                raise InvalidArgument(f"wanted {name} of at least 1, got {getattr(self, name)}")
        if not 0 <= self.held_out < 1:
            raise InvalidArgument(f"wanted held_out from 0 to below 1, got {self.held_out}")
