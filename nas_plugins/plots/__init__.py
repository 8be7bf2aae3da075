"""Pictures: architectures as graphs, predictions against measurements, searches as curves, methods side by side.

Every function takes data and a path that ends in ``.png`` or ``.svg``, writes the file atomically and returns its path.
All pictures share one look (:mod:`nas_plugins.plots.look`); Matplotlib is imported when the first one is drawn, and its
settings are afterwards what they were before.
"""

from nas_plugins.plots.accuracy_cost import draw_accuracy_over_cost
from nas_plugins.plots.architectures import draw_architectures
from nas_plugins.plots.comparison import ComparisonRow, draw_comparison
from nas_plugins.plots.dataset_map import draw_dataset_map
from nas_plugins.plots.distributions import draw_distributions
from nas_plugins.plots.latent_space import draw_distance_against_edits, draw_latent_maps
from nas_plugins.plots.prediction import draw_predicted_against_measured
from nas_plugins.plots.predictions import draw_predictions
from nas_plugins.plots.regret import RegretCurve, draw_regret
from nas_plugins.plots.search import draw_search
from nas_plugins.plots.training import draw_training

__all__ = [
    "ComparisonRow",
    "RegretCurve",
    "draw_accuracy_over_cost",
    "draw_architectures",
    "draw_comparison",
    "draw_dataset_map",
    "draw_distance_against_edits",
    "draw_distributions",
    "draw_latent_maps",
    "draw_predicted_against_measured",
    "draw_predictions",
    "draw_regret",
    "draw_search",
    "draw_training",
]
