"""Fixtures every room's tests share."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

# How long an example takes says what else the machine does: timings are no tests.
settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")

# Before torch is imported: test processes share the cores, and more threads than cores make each other wait.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; tests that need it skip where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"needs the data folder {folder}")
    return folder


@pytest.fixture(scope="module")
def one_cpu() -> Iterator[None]:
    """One small Ray for all tests of a file that ask for it; on a busy machine each start takes ten seconds.

    Trials run one after the other in one process: another would have to import torch and Ray too, for five seconds.
    """
    yield from _small_ray(1)


@pytest.fixture(scope="module")
def two_cpus() -> Iterator[None]:
    """The same for tests whose trials must run side by side."""
    yield from _small_ray(2)


def _small_ray(cpus: int) -> Iterator[None]:
    import ray

    ray.init(num_cpus=cpus, include_dashboard=False, log_to_driver=False, configure_logging=False)
    yield
    ray.shutdown()


@pytest.fixture
def short_ascent(monkeypatch: pytest.MonkeyPatch) -> None:
    """MetaD2A proposes after ranking a few networks of a large space: for tests of what proposals go through."""
    monkeypatch.setattr("nas_plugins.strategies.metad2a.ascent._ROUNDS", 1)
    monkeypatch.setattr("nas_plugins.strategies.metad2a.ascent._CHILDREN", 20)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of two class folders with twenty small pictures each, dark and light ones."""
    from PIL import Image

    rng = np.random.default_rng(0)
    for name, level in (("dark", 60), ("light", 190)):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for number in range(20):
            pixels = np.clip(rng.normal(level, 30, (8, 8, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pictures" / name / f"{number}.png")
    return tmp_path / "pictures"
