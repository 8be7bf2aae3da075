"""Known datasets where MetaD2A's generator sees them, so that a new one can be placed among them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from nas_plugins.spaces.errors import DamagedFile, InvalidArgument
from nas_plugins.spaces.files import load_tensors, save_tensors
from nas_plugins.strategies.image_features.extractors import get_extractor
from nas_plugins.strategies.metad2a.model import MetaD2AModel

_KIND, _VERSION = "dataset_map", 1


@dataclass(frozen=True)
class DatasetMap:
    """Vectors of views of known datasets, from the generator of one model.

    Args:
        vectors: Name of a dataset to the vectors ``(views, dimension)`` of its views; at least two datasets.
        fingerprint: Of the model that computed them; vectors of other models lie in another space.
    """

    vectors: Mapping[str, NDArray[np.float32]]
    fingerprint: str

    def __post_init__(self) -> None:
        if len(self.vectors) < 2:
            raise InvalidArgument(f"wanted at least two datasets for a map, got {list(self.vectors)}; name more")

    @classmethod
    def from_datasets(
        cls, model: MetaD2AModel, datasets: Mapping[str, Sequence[NDArray[np.uint8]]], *, seed: int = 0
    ) -> "DatasetMap":
        """Place datasets.

        Args:
            model: Whose generator looks at them.
            datasets: Name of a dataset to its images ``(images, height, width, 3)``, one array per class.
            seed: Of the draws of views.
        """
        return cls(
            {name: cls.place(model, images, seed=seed) for name, images in datasets.items()}, model.fingerprint()
        )

    @staticmethod
    def place(
        model: MetaD2AModel, images_by_class: Sequence[NDArray[np.uint8]], *, seed: int = 0
    ) -> NDArray[np.float32]:
        """Vectors ``(views, dimension)`` of views of one dataset; what other datasets there are changes nothing."""
        extract = get_extractor(model.about.get("extractor", "distilled"))
        return model.dataset_vectors(model.views(images_by_class, extract, np.random.default_rng(seed)))

    @staticmethod
    def path_beside(weights: str | Path) -> Path:
        """Where the map of a weights file stands: ``name-map.safetensors`` beside ``name.safetensors``."""
        weights = Path(weights)
        return weights.with_name(f"{weights.stem}-map{weights.suffix}")

    @classmethod
    def beside(cls, weights: str | Path, model: MetaD2AModel) -> "DatasetMap":
        """The map that stands beside a weights file.

        Raises:
            DamagedFile: There is none, or it was computed with other weights than ``model`` has.
        """
        path = cls.path_beside(weights)
        if not path.is_file():
            raise DamagedFile(
                f"wanted a map of known datasets at {path}, found no file; nas-plugins map-datasets writes it"
            )
        found = cls.load(path)
        if found.fingerprint != model.fingerprint():
            raise DamagedFile(
                f"wanted a map of known datasets made with the weights in {weights}, {path} was made with others; "
                "nas-plugins map-datasets writes it anew"
            )
        return found

    def save(self, path: str | Path) -> Path:
        """Write the vectors as safetensors."""
        tensors = {name: torch.from_numpy(np.ascontiguousarray(rows)) for name, rows in self.vectors.items()}
        about = {"fingerprint": self.fingerprint, "datasets": list(self.vectors)}
        return save_tensors(path, tensors, kind=_KIND, version=_VERSION, about=about)

    @classmethod
    def load(cls, path: str | Path) -> "DatasetMap":
        """Read vectors that :meth:`save` wrote.

        Raises:
            DamagedFile: No such file, or not a map.
        """
        tensors, about = load_tensors(path, kind=_KIND, version=_VERSION)
        try:
            return cls({name: tensors[name].numpy() for name in about["datasets"]}, str(about["fingerprint"]))
        except (InvalidArgument, KeyError, TypeError) as error:
            raise DamagedFile(
                f"wanted a map of datasets in {path}, found contents that do not fit ({error})"
            ) from error

    def standardised(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Vectors in units of the known datasets' standard deviations, dimension by dimension.

        A generator whose divergence is weighted down uses some of its dimensions at a small scale; all say something.
        """
        known = np.concatenate(list(self.vectors.values())).astype(np.float64)
        spread: NDArray[np.float64] = (vectors - known.mean(0)) / np.maximum(known.std(0), 1e-12)
        return spread

    def distances(self, vectors: NDArray[np.float32]) -> dict[str, float]:
        """Distance of a dataset to each known one, nearest first.

        Args:
            vectors: Vectors ``(views, dimension)`` of the dataset.

        Returns:
            Name to the Euclidean distance of the mean vectors, standardised and per dimension (root mean square).
        """
        here = self.standardised(vectors).mean(0)
        found = {
            name: float(np.sqrt(np.mean((self.standardised(rows).mean(0) - here) ** 2)))
            for name, rows in self.vectors.items()
        }
        return dict(sorted(found.items(), key=lambda item: item[1]))

    def isolation(self) -> float:
        """Largest distance of a known dataset to the known one nearest to it: further away is unlike all of them."""
        nearest = [
            min(distance for other, distance in self.distances(rows).items() if other != name)
            for name, rows in self.vectors.items()
        ]
        return max(nearest)
