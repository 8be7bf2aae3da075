"""Views of a dataset from its images: the same views as from all features, without computing features in vain."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nas_plugins.strategies.metad2a.side_by_side import one_thread, side_by_side
from nas_plugins.strategies.metad2a.views import draw_view, draw_views


def means(images):
    """Two features: the mean and the first value of an image."""
    flat = images.reshape(len(images), -1).astype(np.float32)
    return np.stack([flat.mean(1), flat[:, 0]], axis=1)


@settings(max_examples=50, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=7),
    class_count=st.integers(1, 9),
    image_count=st.integers(1, 5),
    seed=st.integers(0, 99),
)
def test_views_are_those_drawn_from_all_features(sizes, class_count, image_count, seed):
    """Drawing first and extracting what was drawn equals extracting everything and drawing."""
    rng = np.random.default_rng(seed)
    images = [rng.integers(0, 256, (size, 4, 4, 3), np.uint8) for size in sizes]
    counts = {"class_count": class_count, "image_count": image_count}
    first, second = np.random.default_rng(seed), np.random.default_rng(seed)
    views = draw_views(images, means, first, count=4, **counts)
    features = [means(group) for group in images]

    assert torch.equal(views, torch.stack([draw_view(features, second, **counts) for _ in range(4)]))


def test_features_are_computed_once_and_only_for_images_shown():
    """Two views of one image of two classes each: at most four images reach the extractor, none twice."""
    images = [
        np.full((50, 4, 4, 3), level, np.uint8) + np.arange(50, dtype=np.uint8)[:, None, None, None]
        for level in (0, 60)
    ]
    seen = []

    def extract(batch):
        seen.extend(batch[:, 0, 0, 0].tolist())
        return means(batch)

    draw_views(images, extract, np.random.default_rng(0), count=2, class_count=2, image_count=1)

    assert 2 <= len(seen) <= 4
    assert len(set(seen)) == len(seen)


@pytest.fixture
def two_threads():
    """Torch has two threads, whatever the machine and the environment say."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_one_thread_gives_the_threads_back(two_threads):
    """Also after an error."""

    def fail() -> None:
        with one_thread() as threads:
            assert (threads, torch.get_num_threads()) == (2, 1)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert torch.get_num_threads() == 2


def test_side_by_side_is_a_loop_without_gradients(two_threads):
    """Results in order; each call computes in one thread of torch."""
    weight = torch.ones(1, requires_grad=True)
    results = side_by_side(lambda k: (k * weight, torch.get_num_threads()), range(20))

    assert [result.item() for result, _ in results] == list(range(20))
    assert not any(result.requires_grad for result, _ in results)
    assert {threads for _, threads in results} == {1}
    assert torch.get_num_threads() == 2


def test_side_by_side_passes_errors_on(two_threads):
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda k: 1 / k, [1, 0])
