"""Set encoders: from the images of a dataset to one vector. ``hierarchical`` is MetaD2A's own, the others its rivals.

They are the rows of the paper's Table 5, where ``graph_only`` leaves the images out, and ``counted_hierarchical``,
which is ours and for tasks of different numbers of classes.
"""

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies.metad2a.set_encoders.counted_hierarchical import CountedHierarchicalSetEncoder
from nas_plugins.strategies.metad2a.set_encoders.deep_set import DeepSetEncoder
from nas_plugins.strategies.metad2a.set_encoders.graph_only import GraphOnly
from nas_plugins.strategies.metad2a.set_encoders.hierarchical import HierarchicalSetEncoder
from nas_plugins.strategies.metad2a.set_encoders.set_encoder import SetEncoder
from nas_plugins.strategies.metad2a.set_encoders.set_transformer import SetTransformerEncoder
from nas_plugins.strategies.metad2a.set_encoders.statistics_pooling import StatisticsPoolingEncoder

__all__ = [
    "SET_ENCODERS",
    "CountedHierarchicalSetEncoder",
    "DeepSetEncoder",
    "GraphOnly",
    "HierarchicalSetEncoder",
    "SetEncoder",
    "SetTransformerEncoder",
    "StatisticsPoolingEncoder",
    "build_set_encoder",
    "check_set_encoder",
]

SET_ENCODERS: dict[str, type[SetEncoder]] = {
    "hierarchical": HierarchicalSetEncoder,
    "counted_hierarchical": CountedHierarchicalSetEncoder,
    "deep_set": DeepSetEncoder,
    "set_transformer": SetTransformerEncoder,
    "statistics_pooling": StatisticsPoolingEncoder,
    "graph_only": GraphOnly,
}
"""Every set encoder by the name that settings and weights' files use."""


def build_set_encoder(name: str, feature_dimension: int, dimension: int) -> SetEncoder:
    """A fresh set encoder.

    Args:
        name: A key of :data:`SET_ENCODERS`.
        feature_dimension: Size of an image's feature vector.
        dimension: Size of dataset vectors.

    Raises:
        InvalidArgument: No set encoder has that name.
    """
    check_set_encoder(name)
    return SET_ENCODERS[name](feature_dimension, dimension)


def check_set_encoder(name: str) -> None:
    """Raise :class:`InvalidArgument` where no set encoder has that name."""
    if name not in SET_ENCODERS:
        raise InvalidArgument(f"wanted a set encoder out of {', '.join(SET_ENCODERS)}, got {name!r}")
