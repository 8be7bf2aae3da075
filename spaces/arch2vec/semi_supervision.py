"""How labelled batches come between the unlabelled ones: one frozen value."""

from dataclasses import dataclass

from nas_plugins.spaces.errors import InvalidArgument


@dataclass(frozen=True)
class SemiSupervision:
    """Settings of pre-training with output features; the schedule and the loss are the paper's.

    Args:
        labelled_batches: Batches of pairs of network and image before each block of unlabelled batches; a shorter last
            block of an epoch has as many fewer.
        unlabelled_batches: Batches of graphs in a block.
        batch_size: Pairs per labelled batch; 32 in the paper, where unlabelled batches are as large.
        weight: Weight of the absolute error of the features. 0 trains on the same batches without learning from the
            features, which tells what the features do from what more steps on the same networks do.
        width: Of the vectors that networks and images become, and of the layer between these and the features. The
            paper gives no widths of its layers.
        held_out: Fraction of the networks, and of the images, kept for the test.
        seed: Of the held-out parts.

    Raises:
        InvalidArgument: A value outside its range.

    References:
        Graph Embedding for Neural Architecture Search with Input-Output Information, section 3.3: 300 labelled batches
        and 200 unlabelled ones by turns, the sum of arch2vec's loss and the L1 loss of the output features.
    """

    labelled_batches: int = 300
    unlabelled_batches: int = 200
    batch_size: int = 32
    weight: float = 1.0
    width: int = 64
    held_out: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("labelled_batches", "unlabelled_batches", "width"):
            if getattr(self, name) < 1:
                raise InvalidArgument(f"wanted {name} of at least 1, got {getattr(self, name)}")
        if self.batch_size < 2:
            raise InvalidArgument(f"wanted batch_size of at least 2, got {self.batch_size}")
        if not self.weight >= 0:
            raise InvalidArgument(f"wanted a weight of at least 0, got {self.weight}")
        if not 0 < self.held_out < 1:
            raise InvalidArgument(f"wanted held_out between 0 and 1, got {self.held_out}")

    def labelled_before(self, unlabelled: int) -> int:
        """Labelled batches before a block of so many unlabelled ones."""
        return round(self.labelled_batches * unlabelled / self.unlabelled_batches)
