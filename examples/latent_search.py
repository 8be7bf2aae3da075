"""arch2vec makes NAS-Bench-201 continuous: any optimiser of numbers searches its sixteen coordinates.

Each trial's point means the cell whose embedding is nearest; its accuracy is looked up in the table of CIFAR-10.
Optuna and HyperOpt know nothing of architectures; the third is Bayesian optimisation of ours with BoTorch, which looks
at the same coordinates: python latent_search.py [optuna | hyperopt | botorch]
"""

import sys

from ray import tune

from nas_plugins.spaces.arch2vec import Arch2Vec
from nas_plugins.tune import table_trial

latent_space = Arch2Vec.pretrained("nasbench201")
name = sys.argv[1] if len(sys.argv) > 1 else "optuna"

if name == "optuna":
    from ray.tune.search.optuna import OptunaSearch

    searcher, param_space = OptunaSearch(seed=0), latent_space.param_space()
elif name == "hyperopt":
    from ray.tune.search.hyperopt import HyperOptSearch

    searcher, param_space = HyperOptSearch(random_state_seed=0), latent_space.param_space()
else:
    from nas_plugins.strategies import BayesianOptimization
    from nas_plugins.strategies.inputs import LatentInput
    from nas_plugins.tune import StrategySearcher

    searcher = StrategySearcher(
        strategy=lambda space, seed: BayesianOptimization(space, inputs=LatentInput(latent_space), seed=seed), seed=0
    )
    param_space = {}

tuner = tune.Tuner(
    table_trial("nasbench201/cifar10"),
    param_space=param_space,
    tune_config=tune.TuneConfig(search_alg=searcher, metric="accuracy", mode="max", num_samples=40, reuse_actors=True),
    run_config=tune.RunConfig(verbose=0),
)
best = tuner.fit().get_best_result()

print(f"Best of 40 look-ups by {name}: {best.config.get('architecture') or latent_space.nearest(best.config['z'])}")
print(f"Validation accuracy: {best.metrics['accuracy']:.2f} % (the best of all 15,625 cells has 91.61 %)")
