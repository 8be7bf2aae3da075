"""What the source database says of architectures before a dataset's own are known: a ridge on their decisions."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.inputs import Input, JoinedInput, OneHotInput, PairsInput
from nas_plugins.strategies.metad2a.dataset_axes import DatasetAxes
from nas_plugins.strategies.metad2a.source_database import SourceDatabase
from nas_plugins.strategies.unit_means_input import UnitMeansInput

_RANKING_RIDGE = 1.0
_RECORDS_RIDGE = 3.0
_RECORDS_WEIGHT = 0.5
_MEANS_WEIGHT = 0.5  # a step of two in a mean kernel size counts as much as another option
_AXES_WEIGHT = 0.3  # of what is right for one kind of pictures alone, in variance, beside what is right for all
_PAIRS_WEIGHT = 2.0  # of pairs beside class identities: the ridge shrinks what is worth this much a fourth as much


class ArchitecturePrior:
    """Scores architectures linearly in their decisions or pairs of decisions, learned from source tables alone.

    Networks learn the same from the same tables, but spend their capacity on the many poor architectures; a ridge on
    ranks orders the best ones better. Scores have a standard deviation of about one among the better eighth.

    Learned from many tasks, it also knows how the order changes from one kind of pictures to another: coefficients
    grow linearly along the axes in which the tasks' pictures differ.

    Args:
        space: The search space.
        coefficients: One per column of :class:`nas_plugins.strategies.inputs.PairsInput`, or of the fewer columns that
            records alone are told by.
        axes: Where a dataset lies among the source tasks.
        slopes: ``(axes, columns)``, what a step along each axis adds to the coefficients.

    Raises:
        InvalidArgument: Another number of coefficients, or of slopes.
    """

    def __init__(
        self,
        space: SearchSpace[Any],
        coefficients: NDArray[np.float64],
        axes: DatasetAxes | None = None,
        slopes: NDArray[np.float64] | None = None,
    ) -> None:
        self.space = space
        self.coefficients = coefficients
        self.axes, self.slopes = axes, slopes
        wanted = None if axes is None else (len(axes.directions), len(coefficients))
        if wanted != (None if slopes is None else slopes.shape):
            raise InvalidArgument(
                f"wanted slopes {wanted} of a prior, got {None if slopes is None else slopes.shape}; meta-train anew"
            )
        inputs: dict[int, Input[Any]] = {sum(own.widths()): own for own in (PairsInput(space), _few_columns(space))}
        if len(coefficients) not in inputs:
            raise InvalidArgument(
                f"wanted {' or '.join(map(str, inputs))} coefficients of a prior over {space.name}, got "
                f"{len(coefficients)}; meta-train anew with this version"
            )
        self._rows = inputs[len(coefficients)]

    @classmethod
    def fit(cls, space: SearchSpace[Any], database: SourceDatabase) -> "ArchitecturePrior":
        """Fit to the rankings' ranks and, with half the weight, to the records.

        A record's accuracy is explained by its task's classes and its architecture together; records more than a
        standard deviation below the mean are left out, since the order of the good is what matters.

        Raises:
            InvalidArgument: The database has no ranking.
        """
        from scipy.stats import rankdata
        from sklearn.linear_model import Ridge

        if not database.rankings:
            raise InvalidArgument("wanted a source database with a ranking to fit a prior to, got none")

        def pairs(texts: Sequence[str]) -> NDArray[np.float64]:
            return PairsInput(space)([space.parse(text) for text in texts])

        total: NDArray[np.float64] | float = 0.0
        for ranking in database.rankings:
            rows = pairs(ranking.architectures)
            own = Ridge(alpha=_RANKING_RIDGE).fit(rows, rankdata(ranking.accuracies) / len(rows)).coef_
            scores = rows @ own
            total = total + own / (scores[better(scores)].std() or 1.0) / len(database.rankings)
        least = database.record_accuracy.mean() - database.record_accuracy.std()
        good = database.only_records(database.record_accuracy > least)
        if len(good.record_accuracy):
            classes = good.class_identities()
            both = np.concatenate([classes, _PAIRS_WEIGHT * pairs(good.record_architecture)], axis=1)
            fitted = Ridge(alpha=_RECORDS_RIDGE).fit(both, good.record_accuracy)
            own = _PAIRS_WEIGHT * fitted.coef_[classes.shape[1] :]
            rows = pairs(database.rankings[0].architectures)
            total = total + _RECORDS_WEIGHT * own / ((rows @ own)[better(rows @ total)].std() or 1.0)
        return cls(space, np.asarray(total))

    @classmethod
    def fit_to_records(cls, space: SearchSpace[Any], database: SourceDatabase) -> "ArchitecturePrior":
        """Fit to many tasks: by how many of its task's standard deviations an architecture is better or worse.

        A task is what has records, or a ranking. No pairs: records are few beside a large space's pairs. They are told
        by a column per option, in the MobileNetV3 space with
        :class:`nas_plugins.strategies.unit_means_input.UnitMeansInput` beside. The same columns times where a task's
        pictures lie along each of :class:`DatasetAxes` tell what is right for its kind of pictures alone. The strength
        of the ridge is chosen by leaving tasks out.

        Raises:
            InvalidArgument: There are fewer than two tasks with two records that differ.
        """
        from sklearn.linear_model import RidgeCV
        from sklearn.model_selection import GroupKFold

        few = _few_columns(space)
        features = database.comparable_features()
        axes = None if features is None else DatasetAxes.fit(features)
        rows, outcomes, groups = [], [], []
        for number, (texts, accuracies) in enumerate(database.comparable()):
            spread = accuracies.std()
            if spread > 0:
                own = few([space.parse(text) for text in texts])
                own = own - own.mean(0)
                if axes is not None and features is not None:
                    steps = _AXES_WEIGHT**0.5 * axes(features[number])
                    own = np.concatenate([own, *(step * own for step in steps)], axis=1)
                rows.append(own)
                outcomes.append((accuracies - accuracies.mean()) / spread)
                groups.append(np.full(len(own), number))
        if len(groups) < 2:
            raise InvalidArgument(f"wanted two tasks of two records or more, got {len(groups)}; collect more")
        centred, group = np.concatenate(rows), np.concatenate(groups)
        folds = GroupKFold(min(10, len(groups))).split(centred, groups=group)
        ridge = RidgeCV(alphas=np.logspace(0, 4, 13), fit_intercept=False, cv=list(folds))
        ridge.fit(centred, np.concatenate(outcomes))
        scores = centred @ ridge.coef_
        coefficients, *more = np.split(
            ridge.coef_ / (scores[better(scores)].std() or 1.0), 1 if axes is None else 1 + len(axes.directions)
        )
        return cls(space, coefficients, axes, _AXES_WEIGHT**0.5 * np.stack(more) if more else None)

    def place(self, features: NDArray[np.floating]) -> tuple[float, ...]:
        """Where a dataset lies along the axes; empty where one order is known for all.

        Args:
            features: Mean image features ``(feature_dimension,)`` of the dataset.

        Raises:
            InvalidArgument: Features of another dimension than the source tasks'.
        """
        return () if self.axes is None else tuple(self.axes(features).tolist())

    def at(self, place: Sequence[float]) -> "ArchitecturePrior":
        """The prior for pictures of one kind, told by :meth:`place`; this one, good for all, where it is empty.

        Raises:
            InvalidArgument: A place along other axes.
        """
        if not len(place):
            return self
        if self.slopes is None or len(place) != len(self.slopes):
            known = 0 if self.slopes is None else len(self.slopes)
            raise InvalidArgument(f"wanted a place along {known} axes, got {len(place)} numbers")
        return ArchitecturePrior(self.space, self.coefficients + np.asarray(place) @ self.slopes)

    def for_dataset(self, features: NDArray[np.floating] | None) -> "ArchitecturePrior":
        """The prior for a dataset by its mean image features; this one where nothing is known of it (``None``).

        Raises:
            InvalidArgument: As :meth:`place`.
        """
        return self if features is None else self.at(self.place(features))

    def score(self, architectures: Sequence[Any]) -> NDArray[np.float64]:
        """Scores ``(architectures,)``, higher for better."""
        scores: NDArray[np.float64] = self._rows(architectures) @ self.coefficients
        return scores

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """What it is made of, by name."""
        own = {"coefficients": self.coefficients}
        return own if self.axes is None or self.slopes is None else own | self.axes.arrays() | {"slopes": self.slopes}

    @classmethod
    def from_arrays(cls, space: SearchSpace[Any], arrays: Mapping[str, NDArray[np.float64]]) -> "ArchitecturePrior":
        """The prior that :meth:`arrays` told; coefficients may have any shape, their order is that of the columns.

        Raises:
            KeyError: Something is missing.
            InvalidArgument: Shapes that do not fit each other.
        """
        axes = DatasetAxes.from_arrays(arrays) if "slopes" in arrays else None
        return cls(space, arrays["coefficients"].flatten(), axes, arrays.get("slopes"))


def _few_columns(space: SearchSpace[Any]) -> Input[Any]:
    options = OneHotInput(space)
    return JoinedInput(options, UnitMeansInput(weight=_MEANS_WEIGHT)) if space.name == "mobilenetv3" else options


def better(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Positions of the better eighth of scores, two at least, best first."""
    return np.argsort(-scores, kind="stable")[: max(2, round(len(scores) / 8))]
