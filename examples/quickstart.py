"""The main job in one file: MetaD2A proposes NAS-Bench-201 cells for handwritten digits, Ray Tune trains them.

`make run` runs it. `python examples/quickstart.py PATH` does the same for your own pictures; PATH is a folder with one
folder per class, or an .npz file with `images` and `labels`.
"""

import sys

from ray import tune

from nas_plugins.spaces import NASBench201
from nas_plugins.tune import MetaD2ASearcher, SearchOutcome, TrainingTrial, report_search

dataset = sys.argv[1] if len(sys.argv) > 1 else "digits"

# The searcher reads the dataset off the configuration, looks at its images, and proposes the best cells it can think
# of; TrainingTrial trains each of them from scratch and reports its accuracy on held-out images after every epoch.
analysis = tune.run(
    TrainingTrial,
    config={"dataset": dataset, "epochs": 8},
    metric="accuracy",
    mode="max",
    num_samples=8,
    search_alg=MetaD2ASearcher(),
    reuse_actors=True,
    verbose=1,
)

report_search(SearchOutcome.from_analysis(analysis, NASBench201(), dataset), "results/quickstart")
