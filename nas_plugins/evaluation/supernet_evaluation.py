"""What a subnet of a MobileNetV3 supernet scores on a dataset, in seconds and without training a network."""

import statistics
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nas_plugins.evaluation.supernet_settings import SupernetSettings
from nas_plugins.evaluation.training import training_device
from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.errors import InvalidArgument, InvalidDataset
from nas_plugins.spaces.mobilenetv3 import Subnet
from nas_plugins.spaces.mobilenetv3.augmentation import normalised

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset
    from nas_plugins.spaces.mobilenetv3.network import SubnetNetwork
    from nas_plugins.spaces.mobilenetv3.supernet import Supernet


class SupernetEvaluation:
    """Evaluates subnets of one supernet on one dataset; weights and images are prepared once.

    Every subnet is cut out, its statistics of normalisation are measured on training images, and it is scored on
    held-out images that neither the calibration nor the head has seen. The same subnet scores the same again.

    Args:
        supernet: The weights; moved to the device and to evaluation mode, otherwise left as they are.
        dataset: Labelled images.
        settings: How to evaluate.

    Raises:
        InvalidArgument: The settings ask for a device that is not there, or for classes that the supernet lacks.
        InvalidDataset: There are too few training images, or nothing can be held out.
    """

    def __init__(self, supernet: "Supernet", dataset: "ImageDataset", settings: SupernetSettings | None = None) -> None:
        self.settings = SupernetSettings() if settings is None else settings
        self.device = training_device(self.settings.device)
        self.supernet = supernet.to(self.device).eval()
        self._num_classes, self._rows = dataset.num_classes, self._classifier_rows(dataset)
        self.image_size = self.settings.image_size or self.supernet.image_size
        train, test = dataset.resized(self.image_size).train_test(seed=self.settings.split_seed)
        if len(train) < 2:
            raise InvalidDataset(f"wanted at least two training images in {dataset.name}, got {len(train)}")
        if self._rows is None and len(np.unique(train.labels)) < 2:
            raise InvalidDataset(f"wanted training images of two classes in {dataset.name}, got those of one")
        self._train, self._train_labels = torch.from_numpy(train.images.copy()), train.labels
        self._test, self._test_labels = torch.from_numpy(test.images.copy()), test.labels
        rng = np.random.default_rng(self.settings.seed)
        count = min(self.settings.calibration_images, len(train))
        self._calibration = torch.from_numpy(rng.permutation(len(train))[:count])

    def evaluate(self, subnet: Subnet) -> dict[str, float]:
        """Cut a subnet out, calibrate it and score it.

        Returns:
            ``accuracy`` (percent of the held-out images), ``multiply_adds`` (of one image at this resolution) and
            ``parameters`` with the dataset's classes, ``latency_ms`` (median over passes of ``latency_batch`` images on
            this device, the classifier included; absent where none is measured), ``seconds`` (wall-clock of the whole).
        """
        start = time.perf_counter()
        network = self._network(subnet)
        accuracy = self._accuracy(network)
        shape = (3, self.image_size, self.image_size)
        cost = MobileNetV3().cost(subnet, self._num_classes, image_shape=shape, width=self.supernet.width)
        result: dict[str, float] = {
            "accuracy": accuracy,
            "multiply_adds": cost.multiply_adds,
            "parameters": cost.parameters,
        }
        if self.settings.latency_passes:
            result["latency_ms"] = self._latency(network)
        return result | {"seconds": time.perf_counter() - start}

    def accuracy(self, subnet: Subnet) -> float:
        """The accuracy of :meth:`evaluate` alone."""
        return self._accuracy(self._network(subnet))

    def _network(self, subnet: Subnet) -> "SubnetNetwork":
        return self.supernet.subnet_network(subnet, self._calibration_batches()).fused()

    def _accuracy(self, network: "SubnetNetwork") -> float:
        predicted = self._fitted(network) if self._rows is None else self._own(network)
        return 100 * float(np.mean(predicted == self._test_labels))

    def _classifier_rows(self, dataset: "ImageDataset") -> Tensor | None:
        """The supernet's classes that the dataset's are, or ``None`` for a head that is fitted."""
        if self.settings.head == "fitted":
            return None
        known = self.supernet.num_classes
        rows = tuple(range(known)) if self.settings.classes is None else self.settings.classes
        if len(rows) != dataset.num_classes or max(rows, default=0) >= known:
            raise InvalidArgument(
                f"wanted one class of the supernet, 0 to {known - 1}, for each of the {dataset.num_classes} classes of "
                f"{dataset.name}, got {len(rows)}; give classes=[...], or head='fitted' for a classifier of their own"
            )
        return torch.tensor(rows, device=self.device)

    def _own(self, network: "SubnetNetwork") -> NDArray[np.int64]:
        """Predictions of the supernet's classifier among the dataset's classes."""
        with torch.no_grad():
            logits = [network(images)[:, self._rows] for images in self._batches(self._test)]
        return torch.cat(logits).argmax(1).cpu().numpy()

    def _fitted(self, network: "SubnetNetwork") -> NDArray[np.int64]:
        """Predictions of a linear classifier fitted to the features of the training images."""
        from sklearn.linear_model import RidgeClassifierCV
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        with torch.no_grad():
            train, test = (
                torch.cat([network.features(images) for images in self._batches(part)]).double().cpu().numpy()
                for part in (self._train, self._test)
            )
        # Strengths from next to none to one at which a thousand standardised features hardly say anything.
        head = make_pipeline(StandardScaler(), RidgeClassifierCV(alphas=np.logspace(-1, 5, 7)))
        return head.fit(train, self._train_labels).predict(test)

    def _calibration_batches(self) -> Iterator[Tensor]:
        # Parts of nearly equal size, so that none is of a single image.
        parts = -(-len(self._calibration) // self.settings.batch_size)
        for chosen in self._calibration.tensor_split(parts):
            if len(chosen) > 1:
                yield normalised(self._train[chosen].to(self.device))

    def _batches(self, images: Tensor) -> Iterator[Tensor]:
        return (normalised(part.to(self.device)) for part in images.split(self.settings.batch_size))

    @torch.no_grad()
    def _latency(self, network: "SubnetNetwork") -> float:
        """Median milliseconds of a pass."""
        images = torch.zeros(self.settings.latency_batch, 3, self.image_size, self.image_size, device=self.device)
        passes = self.settings.latency_passes
        taken = []
        for _ in range(passes + -(-passes // 4)):
            start = time.perf_counter()
            network(images)
            if self.device.type == "cuda":
                torch.cuda.synchronize(self.device)
            taken.append(1000 * (time.perf_counter() - start))
        return statistics.median(taken[-passes:])
