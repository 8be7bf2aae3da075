"""The latent space of a pre-trained autoencoder: embed architectures, find the nearest, decode."""

import dataclasses
from collections.abc import Collection, Hashable, Iterable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch.nn import functional

from nas_plugins.spaces import get_space
from nas_plugins.spaces.arch2vec.embedding_cache import cached_embeddings
from nas_plugins.spaces.arch2vec.metrics import decode_graphs, decoded_graph, encode_means
from nas_plugins.spaces.arch2vec.model import GraphAutoencoder
from nas_plugins.spaces.arch2vec.settings import Pretraining
from nas_plugins.spaces.errors import DamagedFile, InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.files import load_tensors, save_tensors
from nas_plugins.spaces.graph import Graph, stack
from nas_plugins.spaces.space import FiniteSearchSpace

A = TypeVar("A", bound=Hashable)


class SuggestsFloats(Protocol):
    """What is asked of Optuna's trials."""

    def suggest_float(self, name: str, low: float, high: float) -> float:
        """A value of that name between two bounds."""
        ...


_KIND, _VERSION = "arch2vec", 1
_WEIGHTS = Path(__file__).parent / "weights"
_ROUNDING = 1e-5  # of the largest term of a single-precision distance; sixteen products round to less
_MARGIN = 0.05  # of a dimension's range, added to its bounds on both sides


class Arch2Vec(Generic[A]):
    """A search space as a set of points: each architecture is a vector, each vector means its nearest architecture.

    Embeddings are the sum over nodes of the posterior mean (Yan et al., 2020, section 3.1.2; the published code takes
    the mean instead, which for graphs of equally many nodes is the same up to scale). They exist per graph; node
    latents, which :meth:`encode` gives and :meth:`decode` takes, exist per node and are what the autoencoder generates
    from.

    Args:
        space: The space the model was trained on.
        model: Its autoencoder.
        settings: How it was trained, for the saved file.
        metrics: The figures :func:`pretrain` gave, for the saved file.

    References:
        Yan, Zheng, Ao, Zeng and Zhang, Does Unsupervised Architecture Representation Learning Help Neural Architecture
        Search?, NeurIPS 2020.
    """

    def __init__(
        self,
        space: FiniteSearchSpace[A],
        model: GraphAutoencoder,
        *,
        settings: Pretraining | None = None,
        metrics: Mapping[str, Any] | None = None,
    ) -> None:
        if model.sizes["operations"] != len(space.operations):
            raise InvalidArgument(
                f"wanted a model of the {len(space.operations)} operations of {space.name}, "
                f"got one of {model.sizes['operations']}; train one on this space"
            )
        self.space = space
        self.model = model.cpu().eval()
        self.settings = settings
        self.metrics = dict(metrics or {})

    @staticmethod
    def pretrained(source: str | Path = "nasbench201") -> "Arch2Vec[Any]":
        """The latent space whose weights come with the package, or one from a file.

        Args:
            source: Name of a space, or path of a file that :meth:`save` wrote. Package weights are read once per
                process.

        Raises:
            InvalidArgument: Neither a name of a space with weights nor a file.
            DamagedFile: The file is damaged, foreign, or of another format version.
        """
        if source in shipped():
            return _shipped(str(source))
        path = Path(source)
        if path.suffix == ".safetensors" or path.is_file():
            return _load(path)
        raise InvalidArgument(
            f"wanted a space with pre-trained weights ({', '.join(shipped())}) or a .safetensors file, "
            f"got {str(source)!r}; `nas-plugins pretrain` makes one"
        )

    def save(self, path: str | Path) -> Path:
        """Write weights, sizes, settings and metrics to one safetensors file, atomically."""
        about = {
            "space": self.space.name,
            "drawn": dict(self.space.settings),
            "operations": list(self.space.operations),
            "sizes": self.model.sizes,
            "settings": None if self.settings is None else dataclasses.asdict(self.settings),
            "metrics": self.metrics,
        }
        return save_tensors(path, self.model.state_dict(), kind=_KIND, version=_VERSION, about=about)

    @property
    def dimensions(self) -> int:
        """Number of coordinates of an embedding; 16 in the paper."""
        return self.model.sizes["latent"]

    @property
    def nodes(self) -> int:
        """Nodes of the largest graph."""
        nodes: int | None = self.model.nodes
        return len(self.space.to_graph(self.space[0]).operations) if nodes is None else nodes

    def encode(self, architectures: Iterable[A]) -> NDArray[np.float32]:
        """Node latents ``(n, nodes, dimensions)``: the posterior mean of every node."""
        nodes = self.model.nodes if self.model.end is not None else None  # padded where graphs vary in size
        batch = stack(map(self.space.to_graph, architectures), self.space.operations, nodes=nodes)
        if not len(batch[0]):
            raise InvalidArgument("wanted at least one architecture to encode, got none")
        return encode_means(self.model, *map(torch.from_numpy, batch)).numpy()

    def embed(self, architectures: Iterable[A]) -> NDArray[np.float32]:
        """Embeddings ``(n, dimensions)``: node latents summed over the nodes."""
        return self.encode(architectures).sum(axis=1)

    @cached_property
    def embeddings(self) -> NDArray[np.float32]:
        """Embeddings ``(len(space), dimensions)`` in the order of the space's enumeration; computed once, read-only.

        Those of large spaces are kept on disk for the next process (:mod:`embedding_cache`).
        """

        def compute() -> NDArray[np.float32]:
            operations, adjacency = map(torch.from_numpy, self.space.graph_arrays())
            missing = (self.model.nodes or 0) - operations.shape[1]
            if missing > 0 and self.model.end is not None:  # a part of the space without its largest graphs
                operations = functional.pad(operations, (0, 0, 0, missing))
                adjacency = functional.pad(adjacency, (0, missing, 0, missing))
            return encode_means(self.model, operations, adjacency).numpy().sum(axis=1)

        embeddings = cached_embeddings(self.space, self.model, compute)
        embeddings.setflags(write=False)
        return embeddings

    @cached_property
    def _squares(self) -> NDArray[np.float32]:
        return np.square(self.embeddings).sum(axis=1)

    def nearest(self, z: ArrayLike | Mapping[str, float], *, exclude: Collection[A] = ()) -> A:
        """The architecture whose embedding is nearest in Euclidean distance; of equally near ones, the first.

        Args:
            z: A point, ``(dimensions,)``, or a mapping of its coordinates: ``{"0": ..., "1": ...}`` as
                :meth:`param_space` samples them, or ``{"z0": ..., "z1": ...}`` as :meth:`suggest` does.
            exclude: Architectures not to return.

        Raises:
            InvalidArgument: The point has another shape, holds no finite numbers, or everything is excluded.
        """
        point = self._point(z)
        excluded = [self.space.index(architecture) for architecture in {*exclude}]
        if len(excluded) == len(self.space):
            raise InvalidArgument(f"wanted an architecture that is not excluded, got all {len(excluded)} excluded")
        # One product over all embeddings in single precision, then the distances of those it cannot tell apart.
        scores = self._squares - 2 * (self.embeddings @ point.astype(np.float32))
        scores[excluded] = np.inf
        doubt = _ROUNDING * (float(np.abs(scores[np.isfinite(scores)]).max(initial=0)) + float(np.square(point).sum()))
        close = np.flatnonzero(scores <= scores.min() + doubt)
        distances = np.square(self.embeddings[close] - point).sum(axis=1)
        return self.space[int(close[distances.argmin()])]

    def decode(self, node_latents: ArrayLike) -> list[Graph]:
        """The most likely graph of each set of node latents ``(n, nodes, dimensions)``.

        Not every graph is a member of the space; ``space.from_graph`` tells.
        """
        latents = np.asarray(node_latents, dtype=np.float32)
        if latents.ndim != 3 or latents.shape[-1] != self.dimensions:
            raise InvalidArgument(f"wanted node latents (n, nodes, {self.dimensions}), got shape {latents.shape}")
        operations, edges = decode_graphs(self.model, torch.from_numpy(latents))
        return [decoded_graph(self.space, *row) for row in zip(operations, edges, strict=True)]

    def bounds(self) -> NDArray[np.float64]:
        """Lowest and highest coordinate of each dimension ``(dimensions, 2)``, with 5 % of its range beyond them."""
        low, high = self.embeddings.min(axis=0).astype(float), self.embeddings.max(axis=0).astype(float)
        margin = _MARGIN * (high - low)
        return np.stack([low - margin, high + margin], axis=1)

    def param_space(self) -> dict[str, dict[str, Any]]:
        """The search space for Ray Tune: ``{"z": {"0": tune.uniform(low, high), ...}}`` within :meth:`bounds`.

        Any searcher of Ray can search it; a trial turns ``config["z"]`` into an architecture with :meth:`nearest`.
        """
        # The one arrow from this room upwards: people look for this method here, and only nas_plugins.tune imports ray.
        from nas_plugins.tune.latent import latent_param_space

        return latent_param_space(self.bounds())

    def suggest(self, trial: SuggestsFloats) -> dict[str, float]:
        """A point for Optuna: coordinates ``z0``, ``z1``, ... that a trial suggests within :meth:`bounds`.

        ``latent_space.nearest(latent_space.suggest(trial))`` is an architecture of the space, whatever is suggested.

        Args:
            trial: An ``optuna.Trial``.
        """
        return {
            f"z{index}": trial.suggest_float(f"z{index}", float(low), float(high))
            for index, (low, high) in enumerate(self.bounds())
        }

    def nni_search_space(self) -> dict[str, dict[str, Any]]:
        """The search space for NNI: ``{"z0": {"_type": "uniform", "_value": [low, high]}, ...}``, plain data.

        A trial of this package turns such coordinates into an architecture, as :meth:`nearest` does.
        """
        return {
            f"z{index}": {"_type": "uniform", "_value": [float(low), float(high)]}
            for index, (low, high) in enumerate(self.bounds())
        }

    def _point(self, z: ArrayLike | Mapping[str, float]) -> NDArray[np.float64]:
        wanted = [str(dimension) for dimension in range(self.dimensions)]
        if isinstance(z, Mapping):
            by_name = {str(key).removeprefix("z"): value for key, value in z.items()}
            if by_name.keys() != set(wanted) or len(by_name) != len(z):
                raise InvalidArgument(f"wanted coordinates '0' to '{wanted[-1]}', got {sorted(map(str, z))}")
            z = [by_name[name] for name in wanted]
        try:
            point = np.asarray(z, dtype=float)
        except (TypeError, ValueError) as error:
            raise InvalidArgument(f"wanted {self.dimensions} numbers, got {z!r}") from error
        if point.shape != (self.dimensions,) or not np.isfinite(point).all():
            raise InvalidArgument(f"wanted {self.dimensions} finite numbers, got {z!r}")
        return point


def shipped() -> list[str]:
    """Names of the spaces whose weights come with the package."""
    return sorted(file.stem for file in _WEIGHTS.glob("*.safetensors"))


@cache
def _shipped(name: str) -> Arch2Vec[Any]:
    return _load(_WEIGHTS / f"{name}.safetensors")


def _load(path: Path) -> Arch2Vec[Any]:
    tensors, about = load_tensors(path, kind=_KIND, version=_VERSION)
    try:
        space = get_space(about["space"]).finite(**about.get("drawn", {}))
        if list(space.operations) != about["operations"]:
            raise InvalidArchitecture(f"its operations {about['operations']} are not those of {space.name}")
        model = GraphAutoencoder(**about["sizes"])
        model.load_state_dict(
            {
                name: tensor.to(torch.get_default_dtype()) if tensor.is_floating_point() else tensor
                for name, tensor in tensors.items()
            }
        )
        settings = None if about["settings"] is None else Pretraining(**about["settings"])
        return Arch2Vec(space, model, settings=settings, metrics=about["metrics"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise DamagedFile(f"wanted {_KIND} weights in {path}, found contents that do not fit ({error})") from error
