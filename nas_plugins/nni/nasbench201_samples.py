"""NNI's NAS-Bench-201 model space and ours: the same cells, written in two ways."""

from collections.abc import Mapping
from typing import Any

from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.nasbench201 import Cell, NASBench201

_OPERATIONS = {
    "none": "none",
    "skip_connect": "skip_connect",
    "conv_1x1": "nor_conv_1x1",
    "conv_3x3": "nor_conv_3x3",
    "avg_pool_3x3": "avg_pool_3x3",
}
"""NNI's names of the operations (``nni.nas.hub.pytorch.nasbench201``), and the benchmark's."""


class NasBench201Samples:
    """Translates between samples of ``nni.nas.hub.pytorch.NasBench201`` and cells.

    NNI labels the decision of an edge ``"<cell>/<from>_<to>"``; node 0 is the input in both.

    Args:
        mutables: The decisions of a model space by their labels, as its ``simplify()`` gives them.

    Raises:
        InvalidArgument: They are not those of NAS-Bench-201.
    """

    def __init__(self, mutables: Mapping[str, Any]) -> None:
        self.space = NASBench201()
        self._labels: dict[str, str] = {}  # our choice to NNI's label
        for choice in self.space.choices():
            edge = choice.removeprefix("edge_")
            labels = [label for label in mutables if label == edge or label.endswith(f"/{edge}")]
            if len(labels) != 1 or set(getattr(mutables[labels[0]], "values", ())) != set(_OPERATIONS):
                raise InvalidArgument(
                    f"wanted the model space nni.nas.hub.pytorch.NasBench201, with one decision '…/{edge}' out of "
                    f"{', '.join(_OPERATIONS)}, got the decisions {', '.join(mutables) or 'none'}"
                )
            self._labels[choice] = labels[0]

    @property
    def labels(self) -> frozenset[str]:
        """NNI's labels of the six edges."""
        return frozenset(self._labels.values())

    def to_sample(self, cell: Cell) -> dict[str, str]:
        """NNI's sample of a cell."""
        ours = {official: nni for nni, official in _OPERATIONS.items()}
        return {self._labels[choice]: ours[option] for choice, option in self.space.to_choices(cell).items()}

    def to_cell(self, sample: Mapping[str, Any]) -> Cell:
        """The cell of NNI's sample; other entries are passed over.

        Raises:
            InvalidArchitecture: A decision is missing or takes an unknown value.
        """
        try:
            return self.space.from_choices({c: _OPERATIONS[sample[label]] for c, label in self._labels.items()})
        except KeyError as error:
            raise InvalidArchitecture(f"wanted a sample of {', '.join(self._labels.values())}, got {sample}") from error
