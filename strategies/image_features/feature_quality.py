"""How well image features tell classes and datasets apart, measured on images and classes not trained on."""

from collections.abc import Callable

import numpy as np


def standardized(features: np.ndarray, reference: np.ndarray | None = None) -> np.ndarray:
    """Features with mean 0 and standard deviation 1 over the reference (themselves by default), as float32."""
    reference = features if reference is None else reference
    mean, spread = reference.mean(0, dtype=np.float64), reference.std(0, dtype=np.float64)
    return ((features - mean) / np.maximum(spread, 1e-6)).astype(np.float32)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1."""
    scaled: np.ndarray = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return scaled


def prototype_accuracy(
    features: np.ndarray, classes: np.ndarray, test_features: np.ndarray, test_classes: np.ndarray
) -> float:
    """Share of test images whose class has the mean feature (of the other images) nearest by cosine."""
    names = np.unique(classes)
    prototypes = unit(np.stack([features[classes == name].mean(0) for name in names]))
    nearest = names[(unit(test_features) @ prototypes.T).argmax(1)]
    return float((nearest == test_classes).mean())


def linear_accuracy(
    features: np.ndarray, classes: np.ndarray, test_features: np.ndarray, test_classes: np.ndarray
) -> float:
    """Share of test images that a ridge regression onto the classes (penalty: one per image) classifies rightly."""
    names, labels = np.unique(classes, return_inverse=True)
    X = np.concatenate([features, np.ones((len(features), 1), np.float32)], 1).astype(np.float64)
    targets = np.eye(len(names))[labels]
    weights = np.linalg.solve(X.T @ X + len(X) * np.eye(X.shape[1]), X.T @ targets)
    test = np.concatenate([test_features, np.ones((len(test_features), 1), np.float32)], 1)
    return float((names[(test @ weights).argmax(1)] == test_classes).mean())


def class_retrieval(
    features: np.ndarray, classes: np.ndarray, *, size: int, rng: np.random.Generator, repeats: int = 20
) -> tuple[float, int]:
    """How often the mean features of two disjoint small sets of the same class find each other.

    Args:
        features: One row per image.
        classes: One name per image; those with fewer than ``2 * size`` images stay out.
        size: Images per set.
        rng: Draws the sets.
        repeats: Drawings to average over.

    Returns:
        The share of first sets whose nearest second set, by cosine, is of their class (nan without classes); and the
        number of classes.
    """
    members = [np.flatnonzero(classes == name) for name in np.unique(classes)]
    members = [positions for positions in members if len(positions) >= 2 * size]
    if not members:
        return float("nan"), 0
    hits = [
        _matches([rng.permutation(positions)[: 2 * size] for positions in members], features) for _ in range(repeats)
    ]
    return float(np.mean(hits)), len(members)


def dataset_retrieval(
    features: np.ndarray,
    classes: np.ndarray,
    dataset_of: Callable[[str], str],
    *,
    size: int,
    rng: np.random.Generator,
    repeats: int = 20,
) -> tuple[float, int]:
    """As :func:`class_retrieval` for datasets: the two sets of images of a dataset come from different classes of it.

    Args:
        features: One row per image.
        classes: One name per image.
        dataset_of: Class name to dataset name.
        size: Images per set.
        rng: Draws the classes and the images.
        repeats: Drawings to average over.

    Returns:
        The share of first sets whose nearest second set is of their dataset; and the number of datasets.
    """
    datasets = np.array([dataset_of(name) for name in classes])
    names = np.unique(datasets)
    hits = []
    for _ in range(repeats):
        drawn = []
        for name in names:
            own = rng.permutation(np.unique(classes[datasets == name]))
            halves = [np.flatnonzero(np.isin(classes, half)) for half in np.array_split(own, 2)]
            drawn.append(np.concatenate([rng.choice(half, size, replace=len(half) < size) for half in halves]))
        hits.append(_matches(drawn, features))
    return float(np.mean(hits)), len(names)


def _matches(drawn: list[np.ndarray], features: np.ndarray) -> float:
    halves = [np.array_split(positions, 2) for positions in drawn]
    first = unit(np.stack([features[half].mean(0) for half, _ in halves]))
    second = unit(np.stack([features[half].mean(0) for _, half in halves]))
    return float(((first @ second.T).argmax(1) == np.arange(len(drawn))).mean())
