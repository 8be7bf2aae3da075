"""MetaD2A (Lee et al., 2021): architectures for a dataset from its images, before anything is trained.

``MetaD2A`` is the strategy, ``MetaD2AModel`` the trained generator and predictors behind it (``set_encoders``,
``graph_decoder`` and ``graph_encoder`` are their parts); ``MetaTraining`` fits them to a ``SourceDatabase``. Images
come as the vectors of :mod:`nas_plugins.strategies.image_features`.
"""

from typing import TYPE_CHECKING, Any

from nas_plugins.strategies.metad2a.metad2a import MetaD2A

if TYPE_CHECKING:
    from nas_plugins.strategies.metad2a.accuracy_forecast import AccuracyForecast, Forecast
    from nas_plugins.strategies.metad2a.dataset_map import DatasetMap
    from nas_plugins.strategies.metad2a.meta_training import MetaTraining
    from nas_plugins.strategies.metad2a.meta_training_settings import MetaTrainingSettings
    from nas_plugins.strategies.metad2a.model import MetaD2AModel, Proposal
    from nas_plugins.strategies.metad2a.source_database import Ranking, SourceDatabase, SourceTables

__all__ = [
    "AccuracyForecast",
    "DatasetMap",
    "Forecast",
    "MetaD2A",
    "MetaD2AModel",
    "MetaTraining",
    "MetaTrainingSettings",
    "Proposal",
    "Ranking",
    "SourceDatabase",
    "SourceTables",
]

# Everything below needs torch, which takes a second to import and which a search over a table never uses.
_MODULES = {
    "AccuracyForecast": "accuracy_forecast",
    "DatasetMap": "dataset_map",
    "Forecast": "accuracy_forecast",
    "MetaD2AModel": "model",
    "MetaTraining": "meta_training",
    "MetaTrainingSettings": "meta_training_settings",
    "Proposal": "model",
    "Ranking": "source_database",
    "SourceDatabase": "source_database",
    "SourceTables": "source_database",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
