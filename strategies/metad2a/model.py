"""A meta-trained MetaD2A: from the images of a dataset to ranked architectures, without training any."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nas_plugins.spaces.errors import DamagedFile, InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.files import load_tensors, save_tensors
from nas_plugins.spaces.graph import stack
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.metad2a.generator import Generator
from nas_plugins.strategies.metad2a.predictor import Predictor
from nas_plugins.strategies.metad2a.views import draw_view

A = TypeVar("A", bound=Hashable)

_VERSION = 1
_VIEWS = 10  # the official code averages ten draws of the target's images (predictor.py, meta-test)
_BATCH = 500  # graphs decoded together
_ROUNDS = 60  # batches decoded before fewer candidates than wanted are accepted


@dataclass(frozen=True)
class Proposal(Generic[A]):
    """An architecture and the accuracy predicted for it.

    Args:
        architecture: A member of the search space.
        predicted_accuracy: Percent, as the meta-training tasks measure it (20 classes, their training protocol): good
            for ranking architectures on one dataset, no promise of the number that training on it will show.
    """

    architecture: A
    predicted_accuracy: float


class MetaD2AModel:
    """Generator and predictors of one search space, with everything needed to apply or save them.

    Args:
        space: The search space.
        generator: Proposes candidates for a dataset.
        predictors: Their mean prediction ranks the candidates.
        about: Plain data: ``accuracy_mean`` and ``accuracy_std`` of the records (percent), ``view`` with the numbers of
            classes and images a view had in meta-training, and whatever a reader of the file should know.

    References:
        Lee et al., Rapid Neural Architecture Search by Learning to Generate Graphs from Datasets, ICLR 2021.
    """

    def __init__(
        self,
        space: SearchSpace[Any],
        generator: Generator,
        predictors: Sequence[Predictor],
        about: Mapping[str, Any],
    ) -> None:
        self.space = space
        self.generator = generator.eval()
        self.predictors = [predictor.eval() for predictor in predictors]
        self.about = dict(about)

    @torch.no_grad()
    def propose(
        self,
        features: Sequence[NDArray[np.float32]] | None,
        rng: np.random.Generator,
        *,
        candidates: int = 500,
        top: int = 30,
    ) -> list[Proposal[Any]]:
        """Generate candidates for a dataset and rank them; no architecture is trained or looked up.

        Args:
            features: Image features ``(images, feature_dimension)`` of each class; ``None`` proposes for the average
                meta-training task.
            rng: Source of every draw.
            candidates: Distinct architectures to generate. Fewer are ranked if the generator repeats itself.
            top: Proposals to return, at most one of those known to compute the same function.

        Returns:
            At most ``top`` proposals, highest prediction first.
        """
        if candidates < 1 or top < 1:
            raise InvalidArgument(f"wanted candidates and top of at least 1, got {candidates} and {top}")
        views = None if features is None else self._views(features, rng)
        generator = torch.Generator().manual_seed(int(rng.integers(2**63)))
        architectures = self._generate(views, candidates, generator)
        accuracies = self._predict(views, architectures)
        ranked = sorted(
            zip(accuracies, map(str, architectures), architectures, strict=True), key=lambda r: (-r[0], r[1])
        )
        seen: set[str] = set()
        proposals: list[Proposal[Any]] = []
        for accuracy, _, architecture in ranked:
            form = self.space.canonical_form(architecture)
            if form not in seen:
                seen.add(form)
                proposals.append(Proposal(architecture, accuracy))
        return proposals[:top]

    def _views(self, features: Sequence[NDArray[np.float32]], rng: np.random.Generator) -> Tensor:
        view = self.about["view"]
        return torch.stack(
            [draw_view(features, rng, class_count=view["classes"], image_count=view["images"]) for _ in range(_VIEWS)]
        )

    def _generate(self, views: Tensor | None, candidates: int, generator: torch.Generator) -> list[Any]:
        """Distinct valid architectures; draws get bolder when they bring few new ones."""
        found: dict[Any, None] = {}
        temperature = 1.0
        for _ in range(_ROUNDS):
            before = len(found)
            for graph in self.generator.sample(views, _BATCH, generator, temperature=temperature):
                try:
                    found.setdefault(self.space.from_graph(graph))
                except InvalidArchitecture:
                    continue
                if len(found) == candidates:
                    return list(found)
            if len(found) - before < _BATCH // 10:
                temperature *= 1.2
        return list(found)

    def _predict(self, views: Tensor | None, architectures: Sequence[Any]) -> list[float]:
        """Mean over views and members of the predicted accuracy, in percent."""
        one_hot, adjacency = map(
            torch.from_numpy, stack(map(self.space.to_graph, architectures), self.space.operations)
        )
        total = torch.zeros(len(architectures))
        for predictor in self.predictors:
            vectors = predictor.set_encoder.dataset_vectors(views)
            graphs = predictor.graph_encoder(one_hot, adjacency)
            total += torch.stack([predictor.score(vector.expand(len(graphs), -1), graphs) for vector in vectors]).mean(
                0
            )
        standardised = total / len(self.predictors)
        return (standardised * self.about["accuracy_std"] + self.about["accuracy_mean"]).tolist()

    # --- files ------------------------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> None:
        """Write the weights as safetensors, stored in half precision."""
        tensors: dict[str, Tensor] = {}
        for name, model in self._modules():
            tensors |= {f"{name}.{key}": value.half() for key, value in model.state_dict().items()}
        about = self.about | {"space": self.space.name, "predictors": len(self.predictors)}
        save_tensors(path, tensors, kind="metad2a", version=_VERSION, about=about)

    @classmethod
    def load(cls, path: str | Path, space: SearchSpace[Any]) -> "MetaD2AModel":
        """Read weights that :meth:`save` wrote.

        Raises:
            DamagedFile: No such file, or not MetaD2A weights.
            InvalidArgument: The weights are of another search space.
        """
        tensors, about = load_tensors(path, kind="metad2a", version=_VERSION)
        try:
            if about["space"] != space.name:
                raise InvalidArgument(
                    f"wanted weights for {space.name}, {path} is for {about['space']}; name another file"
                )
            return cls._from_tensors(tensors, about, space)
        except (KeyError, TypeError, RuntimeError) as error:
            raise DamagedFile(f"wanted metad2a weights in {path}, found contents that do not fit ({error})") from error

    @classmethod
    def _from_tensors(
        cls, tensors: Mapping[str, Tensor], about: Mapping[str, Any], space: SearchSpace[Any]
    ) -> "MetaD2AModel":
        sizes = about["sizes"]
        generator = Generator(sizes["features"], space.operations, sizes["nodes"], dimension=sizes["dimension"])
        predictors = [
            Predictor(
                sizes["features"],
                len(space.operations),
                sizes["nodes"],
                dimension=sizes["dimension"],
                hidden=sizes["hidden"],
            )
            for _ in range(about["predictors"])
        ]
        model = cls(space, generator, predictors, about)
        for name, module in model._modules():
            prefix = f"{name}."
            state = {
                key.removeprefix(prefix): value.float() for key, value in tensors.items() if key.startswith(prefix)
            }
            module.load_state_dict(state)
        return model

    def _modules(self) -> list[tuple[str, torch.nn.Module]]:
        predictors = [(f"predictor{index}", predictor) for index, predictor in enumerate(self.predictors)]
        return [("generator", self.generator), *predictors]
