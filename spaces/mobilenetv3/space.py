"""The MobileNetV3 search space of Once-for-All: sampling, neighbours, graph and choices views."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nas_plugins.spaces.cost import Cost
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.graph import Graph
from nas_plugins.spaces.mobilenetv3.cost import network_cost
from nas_plugins.spaces.mobilenetv3.skeleton import BASE_CHANNELS
from nas_plugins.spaces.mobilenetv3.subnet import (
    DEPTHS,
    EXPANSIONS,
    KERNELS,
    LAYERS,
    MOST,
    UNITS,
    Layer,
    Subnet,
    layer_label,
)
from nas_plugins.spaces.space import FiniteSearchSpace, SearchSpace

if TYPE_CHECKING:
    from nas_plugins.spaces.cost_bound import CostBound
    from nas_plugins.spaces.mobilenetv3.network import SubnetNetwork

INPUT, OUTPUT = "input", "output"


class MobileNetV3(SearchSpace[Subnet]):
    """Networks of five units of two to four inverted residual blocks, each with its kernel size and expansion ratio.

    There are (9^2 + 9^3 + 9^4)^5, about 2.2 * 10^19 (Cai et al., 2020, section 3.1). Width and input resolution are no
    part of an architecture but of the scale at which it is built or counted: the resolution changes nothing in the
    network, so that two architectures which differed in it would be one network, and the width belongs to the supernet
    that the weights are from. ``width`` goes to :meth:`network` and :meth:`cost`, the resolution is the
    ``image_shape`` of :meth:`cost`.

    The graph view is a chain: input, one node per block labelled with its unit and settings (``unit2_k5e4``), output.
    A block's shortcut lies within its node.

    References:
        Cai, Gan, Wang, Zhang and Han, Once-for-All: Train One Network and Specialize It for Efficient Deployment, ICLR
        2020.
    """

    name = "mobilenetv3"
    operations = (
        INPUT,
        *(f"unit{unit}_{layer_label(layer)}" for unit in range(1, UNITS + 1) for layer in LAYERS),
        OUTPUT,
    )
    end_operations = frozenset({INPUT, OUTPUT})
    identity_operations = frozenset[str]()  # every block computes

    COUNT = sum(len(LAYERS) ** depth for depth in DEPTHS) ** UNITS
    """21,758,655,492,572,485,851 networks, each counted once."""

    def sample(self, rng: np.random.Generator) -> Subnet:
        """Draw one network uniformly over all that are different.

        A unit is of depth d with a probability in proportion to the 9^d units of that depth, so most are of depth 4. To
        draw depths evenly, as progressive shrinking does, would prefer shallow networks a hundredfold.
        """
        units = []
        weights = [len(LAYERS) ** depth for depth in DEPTHS]
        for _ in range(UNITS):
            # One whole number below 9^2 + 9^3 + 9^4: exact, where probabilities as floats would be rounded.
            number = int(rng.integers(sum(weights)))
            for depth, weight in zip(DEPTHS, weights, strict=True):
                if number < weight:
                    units.append(tuple(LAYERS[number // len(LAYERS) ** place % len(LAYERS)] for place in range(depth)))
                    break
                number -= weight
        return Subnet(tuple(units))

    def sampler_within(self, bounds: "Sequence[CostBound[Subnet]]") -> Callable[[np.random.Generator], Subnet] | None:
        """Exact draws below bounds on costs that are sums over layers, see :class:`bounded_sampler.BoundedSampler`."""
        from nas_plugins.spaces.mobilenetv3.bounded_sampler import BoundedSampler

        additive = [bound for bound in bounds if bound.measure.additive]
        return BoundedSampler(additive) if additive else None

    def finite(self, **settings: Any) -> FiniteSearchSpace[Subnet]:
        """Networks of all sizes, drawn; ``settings`` as in :class:`subnet_sample.SubnetSample`."""
        from nas_plugins.spaces.mobilenetv3.subnet_sample import SubnetSample

        return SubnetSample(**settings)

    def contains(self, architecture: object) -> bool:
        """Tell whether an object is a :class:`Subnet`; every subnet that could be built is valid."""
        return isinstance(architecture, Subnet)

    def neighbors(self, architecture: Subnet) -> Iterator[Subnet]:
        """Networks with another kernel or expansion in one layer, or one layer more or less at the end of a unit."""
        for number, unit in enumerate(architecture.units):
            for other in _changed(unit):
                yield Subnet((*architecture.units[:number], other, *architecture.units[number + 1 :]))

    def parse(self, text: str) -> Subnet:
        """Read a network's canonical text, ``k3e6,k5e4|...``."""
        return Subnet.parse(text)

    def to_graph(self, architecture: Subnet) -> Graph:
        """A chain of the layers between input and output, 12 to 22 nodes."""
        labels = [
            f"unit{number}_{layer_label(layer)}"
            for number, unit in enumerate(architecture.units, start=1)
            for layer in unit
        ]
        return Graph((INPUT, *labels, OUTPUT), tuple((node, node + 1) for node in range(len(labels) + 1)))

    def from_graph(self, graph: Graph) -> Subnet:
        """The network of a chain whose labels go through the five units in their order.

        Raises:
            InvalidArchitecture: The graph is no chain, or its labels are of no network.
        """
        labels = graph.operations
        if graph.edges != tuple((node, node + 1) for node in range(len(labels) - 1)):
            raise InvalidArchitecture(f"wanted a chain of {len(labels)} nodes, got the edges {graph.edges}")
        if len(labels) < 2 or labels[0] != INPUT or labels[-1] != OUTPUT:
            raise InvalidArchitecture(f"wanted nodes from {INPUT!r} to {OUTPUT!r}, got {labels}")
        units: list[list[Layer]] = [[] for _ in range(UNITS)]
        last = 0
        for label in labels[1:-1]:
            if label not in _POSITIONS:
                raise InvalidArchitecture(f"wanted labels like unit1_k3e6 between the ends, got {label!r}")
            unit, layer = _POSITIONS[label]
            if unit < last:
                raise InvalidArchitecture(f"wanted units in their order, got {label!r} after unit {last + 1}")
            units[unit].append(layer)
            last = unit
        return Subnet(tuple(map(tuple, units)))

    def choices(self) -> dict[str, tuple[str, ...]]:
        """45 decisions: the depth of each unit, and kernel and expansion of each of its four layers.

        ``unit1_depth`` is out of 2, 3, 4, ``unit1_layer1_kernel`` out of 3, 5, 7, ``unit1_layer1_expansion`` out of 3,
        4, 6. Decisions on layers that the depth leaves out change nothing.
        """
        return dict(_DECISIONS)

    def to_choices(self, architecture: Subnet) -> dict[str, str]:
        """The decisions of a network; for layers it lacks, the first options."""
        chosen: dict[str, str] = {}
        for number, unit in enumerate(architecture.units, start=1):
            chosen[f"unit{number}_depth"] = str(len(unit))
            padded = (*unit, *[LAYERS[0]] * (MOST - len(unit)))
            for layer, (kernel, expansion) in enumerate(padded, start=1):
                chosen[f"unit{number}_layer{layer}_kernel"] = str(kernel)
                chosen[f"unit{number}_layer{layer}_expansion"] = str(expansion)
        return chosen

    def from_choices(self, choices: Mapping[str, Any]) -> Subnet:
        """The network that the decisions name: any set of them names one, many name the same."""
        wanted = self.choices()
        if choices.keys() != wanted.keys():
            raise InvalidArchitecture(f"wanted the decisions {list(wanted)}, got {list(choices)}")
        for name, options in wanted.items():
            if choices[name] not in options:
                raise InvalidArchitecture(f"wanted {name} out of {', '.join(options)}, got {choices[name]!r}")
        return Subnet(
            tuple(
                tuple(
                    (
                        int(choices[f"unit{unit}_layer{layer}_kernel"]),
                        int(choices[f"unit{unit}_layer{layer}_expansion"]),
                    )
                    for layer in range(1, int(choices[f"unit{unit}_depth"]) + 1)
                )
                for unit in range(1, UNITS + 1)
            )
        )

    def canonical_form(self, architecture: Subnet) -> str:
        """The text: no two networks of this space are known to compute the same function."""
        return str(architecture)

    def edit_distance(self, first: Subnet, second: Subnet) -> int:
        """Kernel sizes and expansion ratios in which two networks differ; a layer that one lacks counts two."""
        edits = 0
        for one, other in zip(first.units, second.units, strict=True):
            edits += 2 * abs(len(one) - len(other))
            edits += sum(a != b for layers in zip(one, other, strict=False) for a, b in zip(*layers, strict=True))
        return edits

    def network(self, architecture: Subnet, num_classes: int, **scale: Any) -> "SubnetNetwork":
        """The network; ``scale`` as in :class:`network.SubnetNetwork`.

        Besides, as trials give every space channels and cells, ``C`` is the width multiplier times 16, the channels of
        the stem, and ``N`` may be 1: units have the depth that the architecture says. Its blocks with a shortcut start
        as identities (:meth:`network.SubnetNetwork.zero_last_gamma`).
        """
        from nas_plugins.spaces.mobilenetv3.network import SubnetNetwork

        network = SubnetNetwork(architecture, num_classes, **_own(scale))
        network.zero_last_gamma()
        return network

    def cost(
        self, architecture: Subnet, num_classes: int, *, image_shape: Sequence[int] = (3, 224, 224), **scale: Any
    ) -> Cost:
        """What the network costs, by formula; ``scale`` as in :meth:`network`.

        Without an ``image_shape`` it is counted at 224 pixels, where the figures of this space are published.
        """
        own = _own(scale)
        own.pop("dropout", None)  # costs nothing
        shape = (own.pop("in_channels", image_shape[0]), *image_shape[1:])
        return network_cost(architecture, num_classes, image_shape=shape, **own)


_POSITIONS = {f"unit{unit + 1}_{layer_label(layer)}": (unit, layer) for unit in range(UNITS) for layer in LAYERS}


def _decisions() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The name of each decision and its options."""
    for unit in range(1, UNITS + 1):
        yield f"unit{unit}_depth", tuple(map(str, DEPTHS))
        for layer in range(1, MOST + 1):
            yield f"unit{unit}_layer{layer}_kernel", tuple(map(str, KERNELS))
            yield f"unit{unit}_layer{layer}_expansion", tuple(map(str, EXPANSIONS))


_DECISIONS = dict(_decisions())


def _changed(unit: tuple[Layer, ...]) -> Iterator[tuple[Layer, ...]]:
    """Units one edit away."""
    for place, (kernel, expansion) in enumerate(unit):
        others = [(other, expansion) for other in KERNELS if other != kernel]
        others += [(kernel, other) for other in EXPANSIONS if other != expansion]
        for layer in others:
            yield (*unit[:place], layer, *unit[place + 1 :])
    if len(unit) < MOST:
        for layer in LAYERS:
            yield (*unit, layer)
    if len(unit) > min(DEPTHS):
        yield unit[:-1]


def _own(scale: Mapping[str, Any]) -> dict[str, Any]:
    """The scale in this space's terms."""
    own = dict(scale)
    if own.pop("N", 1) != 1:
        raise InvalidArgument(f"wanted N of 1, as depth is part of a MobileNetV3 architecture, got {scale['N']}")
    if "C" in own:
        if "width" in own:
            raise InvalidArgument("wanted either the width or C, which is 16 times the width, got both")
        own["width"] = own.pop("C") / BASE_CHANNELS
    return own
