"""What tests of the command line share."""

from collections.abc import Iterator

import pytest
import ray


@pytest.fixture(scope="module")
def one_ray() -> Iterator[None]:
    """A Ray that the commands of a file's tests find running; on a busy machine each start takes ten seconds."""
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
    yield
    ray.shutdown()
