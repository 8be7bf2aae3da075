"""What searchers suggest: architectures of the space, and values for whatever else is searched over."""

import json

import pytest
from ray import tune
from ray.tune.search.optuna import OptunaSearch

from nas_plugins.spaces.errors import InvalidArgument
from tests.tune.catalogue import Entry
from tests.tune.searcher_laws.without_ray import ITSELF, SPACE, run, suggest


def test_suggestions_are_canonical_strings_of_the_space(entry: Entry) -> None:
    """A suggestion is the architecture's canonical string, at most with the expected score, and plain JSON."""
    for configuration in run(entry.build(seed=0), range(8)):
        assert set(configuration) <= ITSELF
        assert str(SPACE.parse(configuration["architecture"])) == configuration["architecture"]
        assert json.loads(json.dumps(configuration)) == configuration


def test_same_seed_same_suggestions(entry: Entry) -> None:
    """The seed decides the suggestions."""
    first, again, other = (run(entry.build(seed=seed), range(8)) for seed in (3, 3, 4))

    assert first == again
    assert first != other


def test_constants_are_left_to_the_host(entry: Entry) -> None:
    """Constants of param_space are neither changed nor repeated in the suggestion: Ray merges it into them."""
    searcher = entry.build(seed=0)
    param_space = {"list": [1, 2, 3], "num": 4, "nested": {"x": None}}
    searcher.set_search_properties("accuracy", "max", param_space)

    assert set(suggest(searcher, "1")) <= ITSELF
    assert param_space == {"list": [1, 2, 3], "num": 4, "nested": {"x": None}}


def test_other_domains_are_drawn_within_their_bounds(entry: Entry) -> None:
    """Domains beside the architecture are resolved, nested or in lists, in their types and bounds, by the seed."""
    param_space = {
        "lr": tune.loguniform(1e-4, 1e-1),
        "nested": {"wd": tune.uniform(0, 1), "constant": 7},
        "layers": [tune.randint(1, 4), "fixed"],
        "activation": tune.choice(["relu", "tanh"]),
        "twice": tune.sample_from(lambda spec: 2 * spec.config.lr),
    }
    drawn = []
    for _ in range(2):
        searcher = entry.build(seed=5)
        assert searcher.set_search_properties("accuracy", "max", param_space)
        drawn.append([suggest(searcher, str(number)) for number in range(20)])

    assert drawn[0] == drawn[1]
    for configuration in drawn[0]:
        assert 1e-4 <= configuration["lr"] <= 1e-1
        assert set(configuration["nested"]) == {"wd"}
        assert 0 <= configuration["nested"]["wd"] <= 1
        assert configuration["layers"][0] in (1, 2, 3)
        assert configuration["layers"][1] == "fixed"
        assert configuration["activation"] in ("relu", "tanh")
        assert configuration["twice"] == 2 * configuration["lr"]
    # Each of the two options is missed by all 20 draws with probability 2 * 2^-20; the seed is fixed besides.
    assert {configuration["activation"] for configuration in drawn[0]} == {"relu", "tanh"}


def test_a_dataset_that_is_searched_over_is_drawn_or_refused(entry: Entry) -> None:
    """Who looks at images proposes for one dataset, and says so in one line, whatever else stands in its place."""
    for dataset in (tune.choice(["digits"]), 3, ["digits"]):
        searcher = entry.cls(seed=0)
        searcher.set_search_properties("accuracy", "max", {"dataset": dataset})
        if entry.looks_at_images:
            with pytest.raises(InvalidArgument, match="wanted one dataset") as caught:
                searcher.suggest("1")
            assert "\n" not in str(caught.value)
        else:
            assert suggest(searcher, "1").get("dataset", "digits") == "digits"


def test_domains_do_not_change_the_architectures(entry: Entry) -> None:
    """The search over architectures is the same with and without other domains."""
    plain, beside = entry.build(seed=6), entry.build(seed=6)
    beside.set_search_properties("accuracy", "max", {"lr": tune.uniform(0, 1)})

    assert [c["architecture"] for c in run(plain, range(5))] == [c["architecture"] for c in run(beside, range(5))]


def test_grid_search_is_refused_as_rays_searchers_do(entry: Entry) -> None:
    """A grid in param_space raises ValueError in the words of Ray's own searchers."""
    with pytest.raises(ValueError, match="Grid search parameters cannot be automatically converted"):
        OptunaSearch().set_search_properties("accuracy", "max", {"lr": tune.grid_search([1, 2])})
    with pytest.raises(ValueError, match="Grid search parameters cannot be automatically converted"):
        entry.cls().set_search_properties("accuracy", "max", {"lr": tune.grid_search([1, 2])})


@pytest.mark.parametrize("name", ["architecture", "edge_0_1", "z"])
def test_architectures_searched_by_param_space_are_declined(entry: Entry, name: str) -> None:
    """False, from which Ray makes its own error, when param_space searches what this searcher searches."""
    space = {"0": tune.uniform(0, 1)} if name == "z" else tune.choice(["a", "b"])

    assert entry.cls().set_search_properties("accuracy", "max", {name: space}) is False
