"""The laws every searcher obeys that Ray Tune drives, over the catalogue of searchers; no Ray process is started.

They restate, for searchers that propose architectures, what Ray's own tests ask of third-party searchers: invalid
values, reports after completion, points evaluated elsewhere, save and restore, constants, grids, points to evaluate,
and the behaviour under Ray's wrappers.
"""

from tests.catalogue_fixture import catalogue_fixture
from tests.tune.catalogue import CATALOGUE

entry = catalogue_fixture(CATALOGUE)
"""One searcher of the catalogue."""
