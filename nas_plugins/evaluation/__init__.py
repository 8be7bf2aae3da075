"""Performance estimation: what an architecture scores, from a table, and searches simulated on a table.

>>> from nas_plugins.evaluation import load_benchmark
>>> benchmark = load_benchmark("nasbench201/cifar10")
>>> print(benchmark.setting)
validation accuracy on cifar10 after 200 epochs, mean over seeds
>>> cell, score = benchmark.optimum()
>>> print(f"{cell} {score:.2f} %")
|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2| 91.61 %
"""

from nas_plugins.evaluation.benchmark import Benchmark
from nas_plugins.evaluation.curve_point import CurvePoint
from nas_plugins.evaluation.intervals import mean_interval
from nas_plugins.evaluation.loading import TABLES, load_benchmark
from nas_plugins.evaluation.run import Run
from nas_plugins.evaluation.setting import Setting
from nas_plugins.evaluation.simulated_workers import SimulatedWorkers
from nas_plugins.evaluation.simulation import simulate, simulate_many
from nas_plugins.evaluation.simulation_plan import Simulation

__all__ = [
    "TABLES",
    "Benchmark",
    "CurvePoint",
    "Run",
    "Setting",
    "SimulatedWorkers",
    "Simulation",
    "load_benchmark",
    "mean_interval",
    "simulate",
    "simulate_many",
]
