"""MetaD2A as a strategy: architectures for these images, proposed before anything is trained."""

import math
import warnings
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.budget import Budget
from nas_plugins.spaces.constrained_space import constrain
from nas_plugins.spaces.cost import Cost
from nas_plugins.spaces.cost_bound import network_bounds
from nas_plugins.spaces.errors import InvalidArgument, InvalidState, SearchExhausted
from nas_plugins.spaces.space import FiniteSearchSpace, SearchSpace
from nas_plugins.strategies.strategy import BOUNDS, Strategy, check_state, space_state

if TYPE_CHECKING:
    from torch import Tensor

    from nas_plugins.spaces.cost_measure import CostMeasure
    from nas_plugins.strategies.metad2a.accuracy_forecast import AccuracyForecast, Forecast
    from nas_plugins.strategies.metad2a.dataset_map import DatasetMap
    from nas_plugins.strategies.metad2a.model import MetaD2AModel, Proposal
    from nas_plugins.strategies.pareto_front import ParetoFront

A = TypeVar("A", bound=Hashable)

WEIGHTS = Path(__file__).parent / "weights"
RECORDS = Path(__file__).parent / "records"

# Views draw from so many classes, and so many images in all, spread over the classes.
_CLASSES = 200
_IMAGES = 2000
_IMAGES_PER_CLASS = 40

_WORTH_FOLLOWING = 0.55  # of pairs within a held-out task in the right order; a half is chance


class MetaD2A(Strategy[A]):
    """Proposes the architectures MetaD2A ranks highest for a dataset, best first, then is exhausted.

    The models load and rank on the first :meth:`ask` or on :attr:`proposals`; constructing is instant. Scores told are
    not learned from: every proposal is made with zero look-ups on the target.

    Args:
        space: The search space; weights ship for ``nasbench201`` and ``mobilenetv3``.
        images_by_class: One ``(images, height, width, 3)`` uint8 array per class of the target; ``None`` proposes for
            the average meta-training task, with a warning.
        candidates: Distinct architectures to generate and rank; 500 in the paper (section 4.1.1).
        top: Proposals kept; 30 in the paper.
        max_params: Most trainable parameters of a proposal's network; no bound without.
        max_macs: Most multiply-adds of one forward pass on one image; no bound without.
        scale: Size of the networks whose cost is counted, as in ``space.cost``: ``image_shape``, and the space's own
            sizes; the space's full size on images of 32x32 pixels without. The number of classes is that of the images,
            or 10 where there are none.
        seed: Seed of the draws of images and candidates; ``None`` takes fresh entropy.
        weights: Other weights than the shipped ones.

    Raises:
        InvalidArgument: Numbers out of range. When ranking: no architecture is within the bounds, or fewer than two
            classes.

    References:
        Lee et al., Rapid Neural Architecture Search by Learning to Generate Graphs from Datasets, ICLR 2021.
    """

    _VERSION = 1

    def __init__(
        self,
        space: SearchSpace[A],
        images_by_class: Sequence[NDArray[np.uint8]] | None = None,
        *,
        candidates: int = 500,
        top: int = 30,
        max_params: float | None = None,
        max_macs: float | None = None,
        scale: Mapping[str, Any] | None = None,
        seed: int | None = None,
        weights: str | Path | None = None,
    ) -> None:
        if top < 1 or candidates < top:
            raise InvalidArgument(f"wanted 1 <= top <= candidates, got top {top} and candidates {candidates}")
        self.space = space
        self.candidates = candidates
        self.top = top
        self.budget = Budget(max_params, max_macs)
        self._given_scale = dict(scale or {})
        self._scale = {"num_classes": 10 if images_by_class is None else len(images_by_class)} | self._given_scale
        self._images_by_class = images_by_class
        self._rng = np.random.default_rng(seed)
        self._weights = Path(weights) if weights is not None else WEIGHTS / f"{space.name}.safetensors"
        self._proposals: tuple[Proposal[A], ...] | None = None
        self._dataset_vectors: NDArray[np.float32] | None = None
        self._place: tuple[float, ...] = ()  # among kinds of pictures, known once the proposals are
        self._seen: dict[A, None] = {}

    @property
    def has_weights(self) -> bool:
        """Whether there are weights to propose with; none ship for some spaces."""
        return self._weights.is_file()

    @property
    def pairs_in_order(self) -> float:
        """The share of pairs of a held-out task that the weights rank in the right order, 0.5 by chance.

        Weights of earlier versions know it of their predictors alone. It is nan where no tasks were held out.

        Raises:
            DamagedFile: There are no weights.
        """
        metrics = _load(self._weights, self.space).about["metrics"]
        return float(metrics.get("pairs_ranked", metrics.get("pairs_within_task", math.nan)))

    @property
    def orders_architectures(self) -> bool:
        """Whether there are weights whose order of architectures is worth trials of its own.

        At least 55 % of held-out pairs must be in order; weights that say nothing of them are believed.
        """
        return self.has_weights and not self.pairs_in_order < _WORTH_FOLLOWING

    @property
    def most_classes(self) -> int:
        """Classes that the weights look at, at most: of datasets with more, predictions are those of as many of them.

        Raises:
            DamagedFile: There are no weights.
        """
        return int(_load(self._weights, self.space).about["view"]["classes"])

    @property
    def proposals(self) -> "tuple[Proposal[A], ...]":
        """The ranked proposals, best first."""
        if self._proposals is None:
            self._proposals = tuple(self._rank())
        return self._proposals

    @property
    def dataset_vectors(self) -> NDArray[np.float32]:
        """Vectors ``(views, dimension)`` of the views of the dataset that the proposals came from.

        Raises:
            InvalidState: The proposals were loaded from a state, which has no images.
        """
        _ = self.proposals
        if self._dataset_vectors is None:
            raise InvalidState(
                "wanted vectors of a dataset, but this strategy was restored without its images; make a new one"
            )
        return self._dataset_vectors

    def front(self, measure: "CostMeasure[A] | None" = None, *, points: int = 8) -> "ParetoFront[A]":
        """The best trade-offs between predicted accuracy and a cost, see :func:`front.pareto_front`.

        They are looked for within the bounds of this strategy.

        Args:
            measure: The cost; multiply-adds at the size this strategy reckons with, without.
            points: Bounds below which is searched.

        Raises:
            InvalidArgument: Nothing is within the bounds, or fewer than two points.
        """
        from nas_plugins.spaces.cost_measure import NetworkCost
        from nas_plugins.strategies.metad2a.front import pareto_front

        model = _load(self._weights, self.space)
        views = self._views
        rng = np.random.default_rng(self._rng.integers(2**63))
        measure = NetworkCost(self.space, **self._scale) if measure is None else measure
        return pareto_front(model, self._within_budget(), views, rng, measure, points=points)

    def known_datasets(self) -> "DatasetMap":
        """Where known datasets lie, from the file beside the weights.

        Raises:
            DamagedFile: There is no such file, or it was computed with other weights.
        """
        from nas_plugins.strategies.metad2a.dataset_map import DatasetMap

        return DatasetMap.beside(self._weights, _load(self._weights, self.space))

    def accuracy_forecast(self) -> "AccuracyForecast":
        """What forecasts short trainings, from the file beside the weights.

        Raises:
            DamagedFile: There is no such file.
        """
        from nas_plugins.strategies.metad2a.accuracy_forecast import AccuracyForecast

        return AccuracyForecast.load(AccuracyForecast.path_beside(self._weights))

    def forecast(self, architectures: Sequence[A], *, test_images: int = 1000) -> "list[Forecast]":
        """What short trainings on this dataset are expected to reach, with 90 % intervals.

        Unlike the predicted accuracy that ranks proposals, this is a number to be measured: the protocol is
        ``accuracy_forecast().protocol``, and the intervals held for kinds of pictures that were left out.

        Args:
            architectures: Members of the space.
            test_images: Images the accuracy will be measured on.

        Raises:
            DamagedFile: There is no forecast beside the weights.
            InvalidArgument: This strategy has no images, or no images are tested on.
        """
        if self._images_by_class is None:
            raise InvalidArgument("wanted a dataset to forecast for, got no images; give MetaD2A images_by_class")
        from nas_plugins.strategies.image_features.extractors import get_extractor

        forecast = self.accuracy_forecast()
        # A generator of its own: a forecast changes no later proposal.
        descriptor = forecast.describe(self._images_by_class, get_extractor("distilled"), np.random.default_rng(0))
        return forecast(descriptor, architectures, test_images=test_images)

    def ask(self) -> A:
        """The best proposal that was neither asked for nor told before."""
        for proposal in self.proposals:
            if proposal.architecture not in self._seen:
                self._seen[proposal.architecture] = None
                return proposal.architecture
        raise SearchExhausted(f"all {len(self.proposals)} proposals for this dataset were made; raise `top` for more")

    def tell(self, architecture: A, score: float) -> None:
        """Remember that the architecture is known."""
        del score  # zero-shot: nothing is learned from the target
        self._seen[architecture] = None

    def prior_scores(self, architectures: Sequence[A]) -> NDArray[np.float64] | None:
        """How good architectures are expected to be for pictures of this kind, from the source tables.

        These steer a model that goes on after the proposals. A restored search has them too, without its images.
        """
        prior = _load(self._weights, self.space).prior
        if prior is None:
            return None
        known = 0 if prior.axes is None else len(prior.axes.directions)
        # A state may be of other weights, whose kinds these do not know.
        return (prior.at(self._place) if len(self._place) == known else prior).score(architectures)

    def cost(self, architecture: A) -> Cost:
        """What the network of an architecture costs at the size this strategy reckons with."""
        return self.space.cost(architecture, **self._scale)

    def prediction(self, architecture: A) -> float | None:
        """The predicted accuracy of a proposal in percent, on the scale of the meta-training tasks."""
        return next((p.predicted_accuracy for p in self.proposals if p.architecture == architecture), None)

    def state_dict(self) -> dict[str, Any]:
        """The proposals with their predictions, and what was asked; images and weights are not needed to go on."""
        return {
            "strategy": "metad2a",
            "version": self._VERSION,
            **self._space_state(),
            "proposals": [
                [str(p.architecture), p.predicted_accuracy, p.cost.parameters, p.cost.multiply_adds]
                for p in self.proposals
            ],
            "seen": [str(architecture) for architecture in self._seen],
            "place": list(self._place),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a saved state; nothing is ranked anew."""
        from nas_plugins.strategies.metad2a.model import Proposal

        check_state(state, strategy="metad2a", version=self._VERSION, **self._space_state())
        try:
            proposals = tuple(
                Proposal(self.space.parse(text), float(value), Cost(int(parameters), int(multiply_adds)))
                for text, value, parameters, multiply_adds in state["proposals"]
            )
            seen = {self.space.parse(text): None for text in state["seen"]}
            place = tuple(map(float, state.get("place", ())))  # states of before know none
            if not all(map(math.isfinite, place)):
                raise ValueError(f"'place' is {place}")
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InvalidState(
                f"wanted a metad2a state with 'proposals' and 'seen', got a damaged one: {error}"
            ) from error
        self._proposals, self._seen, self._place = proposals, seen, place

    def _space_state(self) -> dict[str, Any]:
        """Name and bounds of the space, those of this strategy's own included.

        The number of classes counts among the latter where it was said: a restored search has no images to count them.
        """
        state = space_state(self.space)
        return state | {BOUNDS: state[BOUNDS] + self.budget.plain(**self._given_scale)}

    def _rank(self) -> "list[Proposal[A]]":
        model = _load(self._weights, self.space)
        views = self._views
        self._dataset_vectors = model.dataset_vectors(views)
        self._place = model.place(views)
        return model.propose(
            views,
            self._rng,
            cost=self.cost,
            budget=self.budget,
            candidates=self.candidates,
            top=self.top,
            draw=self._drawn_within(),
        )

    def _drawn_within(self) -> Callable[[np.random.Generator], A] | None:
        """What draws uniformly within the budget in a space too large to look through."""
        if isinstance(self.space, FiniteSearchSpace) or not self.budget.bounds_something:
            return None
        return self._within_budget().sample

    def _within_budget(self) -> SearchSpace[A]:
        """The part of the space that is searched."""
        budget = self.budget
        bounds = network_bounds(self.space, budget.max_multiply_adds, budget.max_parameters, **self._scale)
        return constrain(self.space, bounds)

    @cached_property
    def _views(self) -> "Tensor | None":
        """What the model is shown of the dataset, the same pictures for all that is predicted of it.

        Other pictures of a dataset move all its predictions together, by up to a point.
        """
        if self._images_by_class is None:
            warnings.warn(
                "MetaD2A was given no images and proposes for the average meta-training task; "
                "give it a dataset to get architectures for that dataset",
                stacklevel=2,
            )
            return None
        from nas_plugins.strategies.image_features.extractors import get_extractor

        classes = list(self._images_by_class)
        if len(classes) < 2:
            raise InvalidArgument(f"wanted images of at least two classes, got {len(classes)}")
        chosen = self._rng.permutation(len(classes))[:_CLASSES]
        per_class = min(_IMAGES_PER_CLASS, max(1, _IMAGES // len(chosen)))
        images = [classes[index][self._rng.permutation(len(classes[index]))[:per_class]] for index in chosen]
        model = _load(self._weights, self.space)
        # Weights know the features they were trained on; those that do not say so were trained on the ones that ship.
        return model.views(images, get_extractor(model.about.get("extractor", "distilled")), self._rng)


def _load(weights: Path, space: SearchSpace[Any]) -> "MetaD2AModel":
    # Weights that ship do not change while a process runs; weights somebody trains may.
    return _load_once(weights, space) if weights.parent == WEIGHTS else _load_now(weights, space)


def _load_now(weights: Path, space: SearchSpace[Any]) -> "MetaD2AModel":
    from nas_plugins.strategies.metad2a.model import MetaD2AModel

    return MetaD2AModel.load(weights, space)


_load_once = cache(_load_now)
