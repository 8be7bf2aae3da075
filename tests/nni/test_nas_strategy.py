"""NNI's NAS machinery explores NAS-Bench-201 with our strategies, model for model the cells we propose."""

from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from typing import Any

import nni
import pytest
from nni.mutable import Categorical, LabeledMutable, Mutable, label_scope
from nni.nas.execution.sequential import SequentialExecutionEngine
from nni.nas.space import ExecutableModelSpace, ModelStatus

from nas_plugins.evaluation import load_benchmark
from nas_plugins.nni.nas_strategy import NasStrategy
from nas_plugins.nni.nasbench201_samples import NasBench201Samples
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArgument, InvalidState
from nas_plugins.strategies import LocalSearch

LIGHTNING = find_spec("pytorch_lightning") is not None
SPACE = NASBench201()
TABLE = load_benchmark("nasbench201/cifar10")
PRIMITIVES = ["none", "skip_connect", "conv_1x1", "conv_3x3", "avg_pool_3x3"]  # in nni.nas.hub.pytorch.nasbench201
EDGES = ["0_1", "0_2", "1_2", "0_3", "1_3", "2_3"]


class Cells(ExecutableModelSpace):
    """The decisions of NNI's NasBench201 and one of an evaluator, without networks; a model looks its accuracy up."""

    def __init__(self, labels: Iterable[str] = EDGES, values: Iterable[str] = PRIMITIVES) -> None:
        super().__init__()
        self.evaluator = None
        self.sample = None
        with label_scope("cell"):
            self.decisions = [Categorical(list(values), label=label) for label in labels]
        self.decisions.append(Categorical([0.1, 0.2], label="learning_rate"))

    def leaf_mutables(self, is_leaf: Callable[[Mutable], bool]) -> Iterator[LabeledMutable]:
        yield from self.decisions

    def check_contains(self, sample: Any) -> Any:
        return next(filter(None, (decision.check_contains(sample) for decision in self.decisions)), None)

    def freeze(self, sample: Any) -> "Cells":
        self.validate(sample)
        model = Cells()
        model.sample, model.status = sample, ModelStatus.Frozen
        return model

    def execute(self) -> None:
        cell = NasBench201Samples(self.simplify()).to_cell(self.sample)
        if SPACE.index(cell) % 4 == 0:
            raise RuntimeError("this model fails")
        self.metrics.final = TABLE.score(cell)


def explore(strategy: NasStrategy, models: int) -> list[Any]:
    engine = SequentialExecutionEngine(max_model_count=models, continue_on_failure=True)
    strategy(Cells(), engine)
    return list(engine.list_models())


def test_samples_and_cells_are_the_same() -> None:
    """Every 97th cell there and back; edges and operations keep their places."""
    samples = NasBench201Samples(Cells().simplify())
    for index in range(0, len(SPACE), 97):
        assert samples.to_cell(samples.to_sample(SPACE[index])) == SPACE[index]
    cell = SPACE.parse("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|none~2|")
    assert samples.to_sample(cell) == {
        "cell/0_1": "conv_3x3",
        "cell/0_2": "none",
        "cell/1_2": "skip_connect",
        "cell/0_3": "avg_pool_3x3",
        "cell/1_3": "conv_1x1",
        "cell/2_3": "none",
    }


@pytest.mark.parametrize(
    ("labels", "values"), [(EDGES[:5], PRIMITIVES), ([*EDGES[:5], "3_4"], PRIMITIVES), (EDGES, PRIMITIVES[:4])]
)
def test_other_model_spaces_are_refused(labels: list[str], values: list[str]) -> None:
    """A missing edge, another one, or fewer operations: in one line."""
    with pytest.raises(InvalidArgument, match=r"NasBench201.*got the decisions"):
        NasStrategy("random").initialize(Cells(labels, values), SequentialExecutionEngine())


def test_models_are_what_the_strategy_proposes_by_itself() -> None:
    """Local search inside NNI goes the very way of local search told the same scores; failed models are nan."""
    models = explore(NasStrategy("local_search", seed=3), 15)
    samples = NasBench201Samples(Cells().simplify())
    alone = LocalSearch(SPACE, seed=3)
    for model in models:
        cell = alone.ask()
        assert samples.to_cell(model.sample) == cell
        assert model.sample["learning_rate"] in (0.1, 0.2)
        alone.tell(cell, float("nan") if model.metric is None else model.metric)
    assert len(models) == 15
    assert {model.status for model in models} == {ModelStatus.Trained, ModelStatus.Failed}


def test_an_exhausted_strategy_ends_the_exploration() -> None:
    from nas_plugins.spaces.errors import SearchExhausted

    class Three(LocalSearch[Any]):
        def ask(self) -> Any:
            if len(self._observations) == 3:
                raise SearchExhausted("three are enough")
            return super().ask()

    assert len(explore(NasStrategy(lambda space, seed: Three(space, seed=seed), seed=0), 10)) == 3


def test_state_continues() -> None:
    """Ten models, a state, five more: the fifteen of one exploration."""
    whole = [model.sample for model in explore(NasStrategy("local_search", seed=5), 15)]
    first = NasStrategy("local_search", seed=5)
    samples = [model.sample for model in explore(first, 10)]
    second = NasStrategy("local_search")
    engine = SequentialExecutionEngine(max_model_count=5, continue_on_failure=True)
    second.initialize(Cells(), engine)
    with pytest.raises(InvalidState):
        second.load_state_dict({"strategy": "other"})
    second.load_state_dict(first.state_dict())
    second.run()
    samples += [model.sample for model in engine.list_models()]

    def cells(samples: list[Any]) -> list[Any]:
        return [{label: value for label, value in sample.items() if label != "learning_rate"} for sample in samples]

    assert cells(samples) == cells(whole)


@pytest.mark.skipif(not LIGHTNING, reason="NNI's model spaces need pytorch-lightning")
def test_nnis_own_model_space_is_explored() -> None:
    """``NasExperiment(NasBench201(), evaluator, strategy)`` runs, sequentially, with a table for an evaluator."""
    from nni.nas.evaluator import FunctionalEvaluator
    from nni.nas.experiment import NasExperiment
    from nni.nas.experiment.config import SequentialEngineConfig
    from nni.nas.hub.pytorch import NasBench201

    def evaluate(model: Any) -> None:
        nni.report_final_result(1.0)

    experiment = NasExperiment(NasBench201(), FunctionalEvaluator(evaluate), NasStrategy("local_search", seed=0))
    experiment.config.execution_engine = SequentialEngineConfig()
    experiment.config.max_trial_number = 4
    experiment.run()
    assert len(list(experiment.strategy.list_models(sort=False))) == 4
