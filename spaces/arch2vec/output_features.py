"""What trained networks make of images: the second target of the autoencoder with input-output information."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nas_plugins.spaces.errors import DamagedFile, InvalidArgument
from nas_plugins.spaces.files import load_tensors, save_tensors

_KIND, _VERSION = "output features", 1
_TENSORS = ("images", "labels", "features")


@dataclass(frozen=True, eq=False)
class OutputFeatures:
    """Architectures, images, and the features before the last layer of each trained network on each image.

    Args:
        space: Name of the search space.
        dataset: Name of the dataset trained on.
        architectures: ``n`` architectures as strings, different ones.
        images: ``(m, height, width, 3)`` uint8, none of which any network was trained on.
        labels: ``(m,)`` class of each image.
        features: ``(n, m, f)`` what :func:`sorted_response` makes of each network's features.
        about: How the networks were trained, as plain data.

    Raises:
        InvalidArgument: The shapes do not fit together, or an architecture stands twice.

    References:
        Graph Embedding for Neural Architecture Search with Input-Output Information, section 3.2 ("IO-dataset").
    """

    space: str
    dataset: str
    architectures: tuple[str, ...]
    images: Tensor
    labels: Tensor
    features: Tensor
    about: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted = (len(self.architectures), len(self.labels))
        fits = self.images.ndim == 4 and self.images.shape[-1] == 3 and len(self.images) == len(self.labels)
        if not fits or self.features.ndim != 3 or tuple(self.features.shape[:2]) != wanted:
            raise InvalidArgument(
                f"wanted features (networks, images, features) of {wanted[0]} networks on {wanted[1]} RGB images, got "
                f"features {tuple(self.features.shape)} and images {tuple(self.images.shape)}"
            )
        if len(set(self.architectures)) < len(self.architectures):
            raise InvalidArgument("wanted every architecture once, got one twice")

    def identity(self) -> str:
        """A digest of the contents, the same for the same features."""
        digest = sha256("\n".join((self.space, self.dataset, *self.architectures)).encode())
        for name in _TENSORS:
            digest.update(getattr(self, name).contiguous().numpy().tobytes())
        return digest.hexdigest()[:16]

    def save(self, path: str | Path) -> Path:
        """Write everything to one safetensors file, atomically."""
        about = {
            "space": self.space,
            "dataset": self.dataset,
            "architectures": list(self.architectures),
            "about": self.about,
        }
        tensors = {name: getattr(self, name) for name in _TENSORS}
        return save_tensors(path, tensors, kind=_KIND, version=_VERSION, about=about)

    @classmethod
    def load(cls, path: str | Path) -> "OutputFeatures":
        """Read a file that :meth:`save` wrote.

        Raises:
            DamagedFile: The file is missing, damaged or foreign.
        """
        tensors, about = load_tensors(path, kind=_KIND, version=_VERSION)
        try:
            return cls(
                space=about["space"],
                dataset=about["dataset"],
                architectures=tuple(about["architectures"]),
                about=about["about"],
                **{name: tensors[name] for name in _TENSORS},
            )
        except (KeyError, TypeError, InvalidArgument) as error:
            raise DamagedFile(f"wanted {_KIND} in {path}, found contents that do not fit ({error})") from error


def sorted_response(features: Tensor, weight: Tensor, bias: Tensor, labels: Tensor) -> Tensor:
    """One network's features, made comparable with those of others, which have theirs in another order and scale.

    The features are normalised by one mean and one deviation over everything, a 1 is appended for the bias, and each
    is multiplied by the weight that the last layer gives it for the image's class; they stand in the order of these
    weights, lowest first.

    Args:
        features: ``(m, d)`` before the last layer.
        weight: ``(classes, d)`` of the last layer.
        bias: ``(classes,)`` of the last layer.
        labels: ``(m,)`` class of each image.

    Returns:
        ``(m, d + 1)``; the sum of a row is the logit of its class, up to the normalisation.

    References:
        Section 3.2 ("Preprocessing").
    """
    deviation = features.std().clamp(min=torch.finfo(features.dtype).eps)
    normalised = (features - features.mean()) / deviation
    extended = torch.cat([normalised, torch.ones_like(normalised[:, :1])], dim=1)
    importance = torch.cat([weight, bias[:, None]], dim=1)[labels]
    ascending = importance.argsort(dim=1, stable=True)
    return (extended * importance).gather(1, ascending)


def gather_responses(responses: Sequence[Tensor]) -> Tensor:
    """The responses of several networks on the same images as one tensor ``(n, m, f)``.

    Raises:
        InvalidArgument: There are none, or their shapes differ.
    """
    shapes = {tuple(response.shape) for response in responses}
    if len(shapes) != 1:
        raise InvalidArgument(f"wanted responses of one shape, got {sorted(shapes) or 'none at all'}")
    return torch.stack(list(responses))
