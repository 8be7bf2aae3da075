"""Known datasets on a map: where each lies depends on it alone, and maps of other weights are refused."""

import numpy as np
import pytest

from nas_plugins.spaces import MobileNetV3, NASBench201
from nas_plugins.spaces.errors import DamagedFile, InvalidArgument, InvalidState
from nas_plugins.strategies import MetaD2A
from nas_plugins.strategies.metad2a import DatasetMap, MetaD2AModel
from nas_plugins.strategies.metad2a.metad2a import WEIGHTS

SPACE = NASBench201()
SHIPPED = WEIGHTS / "nasbench201.safetensors"


@pytest.fixture(scope="module")
def model():
    return MetaD2AModel.load(SHIPPED, SPACE)


def noise(level, classes=3):
    """Pictures of noise around a level."""
    rng = np.random.default_rng(level)
    return [rng.integers(level - 40, level + 40, (8, 12, 12, 3)).astype(np.uint8) for _ in range(classes)]


def stripes(classes=3):
    """Pictures of stripes."""
    pictures = [np.zeros((8, 12, 12, 3), np.uint8) for _ in range(classes)]
    for width, group in enumerate(pictures, start=1):
        group[:, :, :: 2 * width] = 255
    return pictures


@pytest.fixture(scope="module")
def known(model):
    return DatasetMap.from_datasets(model, {"dark": noise(60), "light": noise(190), "stripes": stripes()})


def test_a_dataset_lies_nearest_to_itself_and_to_its_like(model, known):
    """Other noise of the same level is nearer to it than to stripes."""
    assert next(iter(known.distances(known.vectors["dark"]).items())) == ("dark", 0.0)
    nearest = list(known.distances(DatasetMap.place(model, noise(65))))
    assert nearest[0] == "dark"
    assert nearest[-1] == "stripes"


def test_where_a_dataset_lies_depends_on_it_alone(model, known):
    alone = DatasetMap.from_datasets(model, {"stripes": stripes(), "light": noise(190)})

    np.testing.assert_array_equal(alone.vectors["stripes"], known.vectors["stripes"])


def test_a_saved_map_is_the_same_map(known, tmp_path):
    loaded = DatasetMap.load(known.save(tmp_path / "map.safetensors"))

    assert list(loaded.vectors) == list(known.vectors)
    assert loaded.fingerprint == known.fingerprint
    for name, rows in known.vectors.items():
        np.testing.assert_array_equal(loaded.vectors[name], rows)


def test_a_map_of_other_weights_is_refused(model, known, tmp_path):
    """The fingerprint survives saving weights, and changes with any of the generator's numbers."""
    weights = tmp_path / "weights.safetensors"
    model.save(weights)
    known.save(DatasetMap.path_beside(weights))
    assert DatasetMap.beside(weights, MetaD2AModel.load(weights, SPACE)).vectors.keys() == known.vectors.keys()

    other = MetaD2AModel.load(weights, SPACE)
    next(other.generator.mean.parameters()).data[0, 0] += 1
    with pytest.raises(DamagedFile, match="made with others"):
        DatasetMap.beside(weights, other)


def test_a_missing_map_says_which_command_writes_it(model, tmp_path):
    with pytest.raises(DamagedFile, match="map-datasets"):
        DatasetMap.beside(tmp_path / "weights.safetensors", model)


@pytest.mark.parametrize("space", [SPACE, MobileNetV3()], ids=lambda space: space.name)
def test_the_map_that_ships_belongs_to_the_weights_that_ship(space):
    """None of its datasets is meta-test."""
    weights = WEIGHTS / f"{space.name}.safetensors"
    names = " ".join(DatasetMap.beside(weights, MetaD2AModel.load(weights, space)).vectors).lower()

    assert "tiny imagenet" in names
    assert not any(word in names for word in ("cifar", "pets", " mnist"))


def test_one_dataset_is_no_map():
    with pytest.raises(InvalidArgument, match="at least two"):
        DatasetMap({"alone": np.zeros((2, 3), np.float32)}, "")


def test_a_strategy_knows_the_vectors_of_the_views_it_looked_at():
    """One per view; a restored strategy has no images, and says so."""
    strategy = MetaD2A(SPACE, noise(60), candidates=10, top=2, seed=0)
    assert strategy.dataset_vectors.shape == (10, 56)

    restored = MetaD2A(SPACE, None)
    restored.load_state_dict(strategy.state_dict())
    with pytest.raises(InvalidState, match="without its images"):
        _ = restored.dataset_vectors
