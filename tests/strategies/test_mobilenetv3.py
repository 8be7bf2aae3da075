"""Every strategy by its name in the MobileNetV3 space, which cannot be enumerated: free, within bounds, on a table."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nas_plugins.evaluation import load_benchmark, simulate
from nas_plugins.evaluation.trial_config import architecture_from_config
from nas_plugins.spaces import CostBound, ListedSpace, MobileNetV3, NetworkCost, SearchSpace, constrain
from nas_plugins.spaces.arch2vec import Arch2Vec
from nas_plugins.spaces.arch2vec import arch2vec as arch2vec_module
from nas_plugins.spaces.errors import InvalidArchitecture, UnansweredQuery
from nas_plugins.strategies import Strategy, get_strategy
from nas_plugins.strategies.metad2a.metad2a import WEIGHTS
from nas_plugins.strategies.registry import STRATEGIES

SPACE = MobileNetV3()
BOUND = CostBound(NetworkCost(SPACE), 250e6)
IN_LATENT_SPACE = ("reinforce", "arch2vec_rl", "arch2vec_bo")
FILES = (
    Path(arch2vec_module.__file__).parent / "weights" / "mobilenetv3.safetensors",
    WEIGHTS / "mobilenetv3.safetensors",
)

pytestmark = [
    pytest.mark.filterwarnings("ignore:MetaD2A was given no images"),
    pytest.mark.skipif(
        not all(file.is_file() for file in FILES),
        reason="needs the trained weights",
    ),
]


def worth(network: Any) -> float:
    """A score in percent that grows with the layers."""
    return 50 + float(sum(network.depths)) + len(str(network)) / 100


def search(strategy: Strategy[Any], trials: int) -> list[Any]:
    proposals = []
    for _ in range(trials):
        proposals.append(strategy.ask())
        strategy.tell(proposals[-1], worth(proposals[-1]))
    return proposals


@pytest.mark.parametrize(
    ("name", "space"),
    [*((name, SPACE) for name in STRATEGIES), *((name, constrain(SPACE, [BOUND])) for name in IN_LATENT_SPACE)],
)
def test_every_strategy_works_out_of_the_box(name: str, space: SearchSpace[Any]) -> None:
    """Eighteen different networks, all of the space and within its bound; a restored strategy goes on with the same."""
    strategy = get_strategy(name, space, seed=0)
    proposals = search(strategy, 18)
    assert len(set(proposals)) == 18
    assert all(map(space.contains, proposals))

    restored = get_strategy(name, space, seed=1)
    restored.load_state_dict(json.loads(json.dumps(strategy.state_dict())))
    assert restored.ask() == strategy.ask()


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_table_is_searched_among_its_rows(name: str, table: Path) -> None:
    """Of sixty networks with a score, every strategy finds twenty different ones, whatever it would like to ask for."""
    benchmark = load_benchmark(table, space="mobilenetv3")
    run = simulate(get_strategy(name, benchmark.space, seed=0), benchmark, queries=20)

    assert len(run.scores) == 20
    assert len(set(run.architectures)) == 20


def test_any_point_of_the_latent_space_is_a_network() -> None:
    """What Ray, Optuna and NNI draw for the sixteen coordinates, and points far away, a trial takes for networks."""
    latent = Arch2Vec.pretrained("mobilenetv3")
    rng = np.random.default_rng(0)
    low, high = latent.bounds().T
    assert low.shape == (16,)
    for point in (*rng.uniform(low, high, size=(10, 16)), np.full(16, 1e6)):
        network = architecture_from_config({f"z{index}": float(value) for index, value in enumerate(point)}, SPACE)
        assert SPACE.contains(network)
        assert latent.space.contains(network)
    assert len(latent.nni_search_space()) == 16


def test_the_space_of_a_table_is_its_rows(table: Path) -> None:
    """A network without a row is refused: by the space as no member, by the table as one it has no record of."""
    benchmark = load_benchmark(table, space="mobilenetv3")
    assert isinstance(benchmark.space, ListedSpace)
    assert len(benchmark.space) == 60
    other = SPACE.sample(np.random.default_rng(99))
    with pytest.raises(InvalidArchitecture, match="one of the 60 architectures"):
        benchmark.space.parse(str(other))
    with pytest.raises(UnansweredQuery):
        benchmark.score(other)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty networks and their scores."""
    path = tmp_path_factory.mktemp("table") / "layers.csv"
    rows = [f'"{network}",{worth(network)}' for network in SPACE.finite(size=60, seed=3)]
    path.write_text("\n".join(["architecture,score", *rows]), encoding="utf-8")
    return path
