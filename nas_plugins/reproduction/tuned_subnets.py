"""What networks that were chosen in a supernet are worth once they are trained on from its weights."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from nas_plugins.evaluation.training import Training, TrainingImages, TrainingSettings, training_device
from nas_plugins.evaluation.tuned_network import tuned_network
from nas_plugins.reproduction.report import Figure, ResultTable, Row
from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.mobilenetv3 import Subnet

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset
    from nas_plugins.spaces.mobilenetv3.supernet import Supernet

_SPACE = MobileNetV3()


class TunedSubnets:
    """Trains subnets on one dataset from the weights of a supernet, at its resolution.

    Args:
        supernet: The weights.
        dataset: Labelled images, a part of them held out.
        epochs: Passes of each training; everything else as in a trial (:class:`TrainingSettings`).
        seed: Of the split; a run's classifier, order and augmentation are drawn from ``seed`` plus its number.
    """

    def __init__(self, supernet: "Supernet", dataset: "ImageDataset", *, epochs: int, seed: int) -> None:
        self.supernet = supernet
        self.dataset = dataset
        self.epochs = epochs
        self.seed = seed
        self._known: dict[tuple[Subnet, int], float] = {}

    def accuracy(self, subnet: Subnet, run: int) -> float:
        """Percent of the held-out images after training, the same for the same subnet and run."""
        if (subnet, run) not in self._known:
            settings = TrainingSettings(
                epochs=self.epochs, seed=self.seed + run, split_seed=self.seed, image_size=self.supernet.image_size
            )
            images = TrainingImages.from_dataset(self.dataset, settings, training_device(settings.device))
            network = tuned_network(self.supernet, subnet, images.num_classes, seed=settings.seed)
            self._known[subnet, run] = Training(subnet, _SPACE, images, settings, network).finish()
        return self._known[subnet, run]

    def table(
        self,
        title: str,
        chosen: Mapping[str, Mapping[str, Sequence[Subnet]]],
        *,
        on_step: Callable[[int, int], object] = lambda *_: None,
    ) -> ResultTable:
        """Accuracies of the networks that methods chose.

        Args:
            title: Of the table.
            chosen: By method and column the network of each run.
            on_step: Called with the number of trainings done and of all.
        """
        columns = tuple(dict.fromkeys(column for own in chosen.values() for column in own))
        total = sum(len(subnets) for own in chosen.values() for subnets in own.values())
        rows, done = [], 0
        for method, own in chosen.items():
            figures = {}
            for column, subnets in own.items():
                values = []
                for run, subnet in enumerate(subnets):
                    values.append(self.accuracy(subnet, run))
                    done += 1
                    on_step(done, total)
                figures[column] = Figure.of(values)
            rows.append(Row(method, figures))
        return ResultTable(title, (), columns, tuple(rows))
