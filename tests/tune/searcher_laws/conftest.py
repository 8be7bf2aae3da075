"""The laws every searcher obeys that Ray Tune drives, over the catalogue of searchers; no Ray process is started.

They restate, for searchers that propose architectures, what Ray's own tests ask of third-party searchers: invalid
values, reports after completion, points evaluated elsewhere, save and restore, constants, grids, points to evaluate,
and the behaviour under Ray's wrappers.
"""

import pytest

from tests.tune.catalogue import CATALOGUE, Entry


@pytest.fixture(params=CATALOGUE, ids=lambda entry: entry.name)
def entry(request: pytest.FixtureRequest) -> Entry:
    """One searcher of the catalogue."""
    entry: Entry = request.param
    if entry.needs is not None and not entry.needs.is_file():
        pytest.skip(f"needs the trained weights {entry.needs.name}")
    return entry
