"""A tuner whose strategy notes what it is told, and trials for any tuner, without NNI."""

from typing import Any

from nas_plugins.nni import StrategyTuner, final_result
from nas_plugins.spaces import NASBench201
from tests.tune.recording_strategy import RecordingStrategy

SPACE = NASBench201()


def recording(**options: Any) -> tuple[StrategyTuner, list[RecordingStrategy]]:
    """A tuner, and the list in which its strategy will stand once it is built."""
    built: list[RecordingStrategy] = []
    limits = {name: options.pop(name) for name in ("limit", "pending") if name in options}

    def build(space: Any, seed: int | None) -> RecordingStrategy:
        del seed
        built.append(RecordingStrategy(space, **limits))
        return built[-1]

    return StrategyTuner(build, **options), built


def run(tuner: StrategyTuner, numbers: range) -> list[str]:
    """Run trials one after another; their architectures."""
    architectures = []
    for number in numbers:
        (parameters,) = tuner.generate_multiple_parameters([number])
        architectures.append(parameters["architecture"])
        score = SPACE.index(SPACE.parse(architectures[-1])) % 97
        tuner.receive_trial_result(number, parameters, final_result(architectures[-1], score))
        tuner.trial_end(number, True)
    return architectures
