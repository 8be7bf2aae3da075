"""A meta-trained MetaD2A: from the images of a dataset to ranked architectures, without training any."""

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nas_plugins.spaces.budget import Budget
from nas_plugins.spaces.cost import Cost
from nas_plugins.spaces.errors import DamagedFile, InvalidArgument
from nas_plugins.spaces.files import load_tensors, save_tensors
from nas_plugins.spaces.graph import stack
from nas_plugins.spaces.space import FiniteSearchSpace, SearchSpace
from nas_plugins.strategies.image_features.extractors import Extract
from nas_plugins.strategies.metad2a.architecture_prior import ArchitecturePrior
from nas_plugins.strategies.metad2a.ascent import ascend
from nas_plugins.strategies.metad2a.candidates import CostOf, Draw, add_neighbors, draw_candidates
from nas_plugins.strategies.metad2a.generator import Generator
from nas_plugins.strategies.metad2a.predictor import Predictor
from nas_plugins.strategies.metad2a.ranking_score import RankingScore
from nas_plugins.strategies.metad2a.side_by_side import one_thread, side_by_side
from nas_plugins.strategies.metad2a.views import draw_views

A = TypeVar("A", bound=Hashable)

_VERSION = 1
_PRIOR_SHARE = 0.75  # in the order of architectures, of weights that do not say how much their prior has
_VIEWS = 10  # the official code averages ten draws of the target's images (predictor.py, meta-test)


@dataclass(frozen=True)
class Proposal(Generic[A]):
    """An architecture, the accuracy predicted for it, and what it costs.

    Args:
        architecture: A member of the search space.
        predicted_accuracy: Percent, as the meta-training tasks measure it (20 classes, their training protocol), drawn
            towards the prior's order where the model has one: good for ranking architectures on one dataset, no promise
            of the number that training on it will show.
        cost: Parameters and multiply-adds of its network, at the size the strategy was asked to reckon with.
    """

    architecture: A
    predicted_accuracy: float
    cost: Cost


class MetaD2AModel:
    """Generator and predictors of one search space, with everything needed to apply or save them.

    Args:
        space: The search space.
        generator: Proposes candidates for a dataset.
        predictors: Their mean prediction ranks the candidates.
        about: Plain data: ``accuracy_mean`` and ``accuracy_std`` of the records (percent), ``view`` with the numbers of
            classes and images a view had in meta-training, and whatever a reader of the file should know.
        prior: What is known of architectures before a dataset's own are, and joins the predictors in ranking; needs
            ``about["prior_spread"]``, the percent that a prior's unit is worth.

    References:
        Lee et al., Rapid Neural Architecture Search by Learning to Generate Graphs from Datasets, ICLR 2021.
    """

    def __init__(
        self,
        space: SearchSpace[Any],
        generator: Generator,
        predictors: Sequence[Predictor],
        about: Mapping[str, Any],
        prior: ArchitecturePrior | None = None,
    ) -> None:
        self.space = space
        self.prior = prior
        self.generator = generator.eval()
        self.predictors = [predictor.eval() for predictor in predictors]
        self.about = dict(about)

    def views(self, images: Sequence[NDArray[np.uint8]], extract: Extract, rng: np.random.Generator) -> Tensor:
        """Draw views of a dataset, like those of meta-training.

        Args:
            images: Images ``(images, height, width, 3)`` of each class.
            extract: The image features the weights were trained on.
            rng: Source of the draws.

        Returns:
            ``(views, classes, images, feature_dimension)``.
        """

        def extract_side_by_side(shown: NDArray[np.uint8]) -> NDArray[np.float32]:
            return np.concatenate(
                side_by_side(extract, np.array_split(shown, min(len(shown), torch.get_num_threads())))
            )

        view = self.about["view"]
        return draw_views(
            images, extract_side_by_side, rng, count=_VIEWS, class_count=view["classes"], image_count=view["images"]
        )

    @torch.no_grad()
    def propose(
        self,
        views: Tensor | None,
        rng: np.random.Generator,
        *,
        cost: CostOf,
        budget: Budget | None = None,
        candidates: int = 500,
        top: int = 30,
        draw: Draw | None = None,
    ) -> list[Proposal[Any]]:
        """Generate candidates for a dataset and rank them; no architecture is trained or looked up.

        Args:
            views: Views of the dataset from :meth:`views`; ``None`` proposes for the average meta-training task.
            rng: Source of every draw.
            cost: What an architecture costs at the size it will be trained.
            budget: What it may cost; every proposal is within it.
            candidates: Distinct architectures to generate, fewer if the generator repeats itself; neighbours of the
                best of them, or in spaces too large to enumerate several generations of descendants, are ranked beside
                them.
            top: Proposals to return, at most one of those known to compute the same function.
            draw: Draws uniformly within the budget, where the space can; for :func:`draw_candidates`.

        Returns:
            At most ``top`` proposals, highest prediction first.

        Raises:
            InvalidArgument: No architecture is within the budget.
        """
        if candidates < 1 or top < 1:
            raise InvalidArgument(f"wanted candidates and top of at least 1, got {candidates} and {top}")
        budget = budget or Budget()
        with one_thread():
            drawn = draw_candidates(
                self.space, self.generator, views, candidates, rng, cost=cost, budget=budget, draw=draw
            )
        if isinstance(self.space, FiniteSearchSpace):
            score = self._ranking_score(views)
            if score.prior is not None:
                drawn = add_neighbors(self.space, drawn, score.prior, cost=cost, budget=budget)
            predicted = self.predict(views, drawn)
            ranks = score(predicted, drawn)
        else:
            drawn, predicted, ranks = self.ascend(
                views, drawn, rng, allows=lambda architecture: budget.allows(cost(architecture))
            )
        # Half of the proposals are the best by prior and predictors together, the rest the best by the predictors
        # alone: where one of the two errs, the other's are there.
        by_both, by_predictors = _order(ranks, drawn), _order(predicted, drawn)
        proposals: dict[str, Proposal[Any]] = {}  # by canonical form
        for order, wanted in ((by_both, -(-top // 2)), (by_predictors, top)):
            for index in order:
                if len(proposals) == wanted:
                    break
                form = self.space.canonical_form(drawn[index])
                proposals.setdefault(form, Proposal(drawn[index], ranks[index], cost(drawn[index])))
        return sorted(
            proposals.values(), key=lambda proposal: (-proposal.predicted_accuracy, str(proposal.architecture))
        )

    @torch.no_grad()
    def dataset_vectors(self, views: Tensor | None) -> NDArray[np.float32]:
        """Where views of a dataset lie among other datasets: the generator's latent means ``(views, dimension)``.

        These are the {z} of Figure 4 in Lee et al., 2021. The predictors' own dataset vectors tell how hard a dataset
        is, and put fashion items nearest to photographs; the generator's tell kinds of pictures apart, and the number
        of classes, where it is known to it, is left out.
        """
        encoder = self.generator.set_encoder
        with one_thread():
            seen = encoder.dataset_vectors(None) if views is None else encoder.appearance(views)
            mean, _ = self.generator.gaussian(seen)
        return mean.numpy()

    def fingerprint(self) -> str:
        """A hexadecimal digest of the generator and its image features, the same before and after saving."""
        digest = hashlib.sha256(str(self.about.get("extractor", "distilled")).encode())
        for name, tensor in sorted(self.generator.state_dict().items()):
            digest.update(name.encode() + tensor.half().numpy().tobytes())
        return digest.hexdigest()

    @torch.no_grad()
    def ascend(
        self, views: Tensor | None, drawn: Sequence[Any], rng: np.random.Generator, *, allows: Callable[[Any], bool]
    ) -> tuple[list[Any], list[float], list[float]]:
        """Candidates and their descendants, what the predictors say of them, and what they are ranked by.

        What architectures are ranked by means the same in all calls with the same views.

        Args:
            views: As for :meth:`propose`.
            drawn: Where to start.
            rng: Source of every draw.
            allows: Which descendants may be.
        """
        own: dict[Any, float] = {}
        score = self._centred_score(views)

        def rank(architectures: Sequence[Any]) -> list[float]:
            predicted = self.predict(views, architectures)
            own.update(zip(architectures, predicted, strict=True))
            return score(predicted, architectures)

        found, ranks = ascend(self.space, drawn, rank, rng, allows=allows)
        return found, [own[architecture] for architecture in found], ranks

    @torch.no_grad()
    def ranks(self, views: Tensor | None, architectures: Sequence[Any]) -> list[float]:
        """What architectures are ranked by: in spaces too large to enumerate :attr:`Proposal.predicted_accuracy`.

        In others the numbers differ and the order does not: proposals are reckoned from what is middling among the
        candidates for the dataset, these from what is middling in the space.
        """
        return self._centred_score(views)(self.predict(views, architectures), architectures)

    def place(self, views: Tensor | None) -> tuple[float, ...]:
        """Where the pictures lie among the kinds the prior tells apart; empty where it tells none, or sees none."""
        if self.prior is None or views is None:
            return ()
        return self.prior.place(views.double().mean((0, 1, 2)).numpy())

    def _ranking_score(self, views: Tensor | None) -> RankingScore:
        """What architectures are ranked by for the pictures seen, before it is centred."""
        prior = None if self.prior is None else self.prior.at(self.place(views))
        return RankingScore(
            prior,
            spread=0.0 if prior is None else self.about["prior_spread"],
            share=self.about.get("settings", {}).get("prior_share", _PRIOR_SHARE),
        )

    def _centred_score(self, views: Tensor | None) -> RankingScore:
        return self._ranking_score(views).centred(self.space, partial(self.predict, views))

    def predict(self, views: Tensor | None, architectures: Sequence[Any]) -> list[float]:
        """Mean over views and members of the predicted accuracy, in percent."""
        one_hot, adjacency = map(
            torch.from_numpy,
            stack(map(self.space.to_graph, architectures), self.space.operations, nodes=self.about["sizes"]["nodes"]),
        )

        def score(predictor: Predictor) -> Tensor:
            vectors = predictor.set_encoder.dataset_vectors(views)
            graphs = predictor.graph_encoder(one_hot, adjacency)
            return torch.stack([predictor.score(vector.expand(len(graphs), -1), graphs) for vector in vectors]).mean(0)

        standardised = torch.stack(side_by_side(score, self.predictors)).mean(0)
        return (standardised * self.about["accuracy_std"] + self.about["accuracy_mean"]).tolist()

    # --- files ------------------------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> None:
        """Write the weights as safetensors, stored in half precision."""
        tensors: dict[str, Tensor] = {}
        for name, model in self._modules():
            tensors |= {f"{name}.{key}": value.half() for key, value in model.state_dict().items()}
        if self.prior is not None:
            tensors |= {f"prior.{key}": torch.from_numpy(value).float() for key, value in self.prior.arrays().items()}
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
        # Weights that do not say so were trained when there was one set encoder and one head.
        set_encoder = about.get("set_encoder", "hierarchical")
        generator = Generator(
            sizes["features"],
            space.operations,
            sizes["nodes"],
            dimension=sizes["dimension"],
            set_encoder=set_encoder,
            edges=about.get("edges"),
        )
        predictors = [
            Predictor(
                sizes["features"],
                len(space.operations),
                sizes["nodes"],
                dimension=sizes["dimension"],
                hidden=sizes["hidden"],
                set_encoder=set_encoder,
                head=about.get("head", "additive"),
            )
            for _ in range(about["predictors"])
        ]
        parts = {key.removeprefix("prior."): value for key, value in tensors.items() if key.startswith("prior.")}
        arrays = {key: value.double().numpy() for key, value in parts.items()}
        prior = ArchitecturePrior.from_arrays(space, arrays) if arrays else None
        model = cls(space, generator, predictors, about, prior)
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


def _order(scores: Sequence[float], architectures: Sequence[Any]) -> list[int]:
    """Positions from the highest score to the lowest, equal ones by their text."""
    return sorted(range(len(scores)), key=lambda index: (-scores[index], str(architectures[index])))
