"""A search space small enough to exhaust."""

from collections.abc import Iterator, Mapping
from typing import Any

from nas_plugins.spaces.errors import InvalidArchitecture
from nas_plugins.spaces.graph import Graph
from nas_plugins.spaces.space import FiniteSearchSpace

OPTIONS = ("a", "b", "c")


class TinySpace(FiniteSearchSpace[str]):
    """The nine words of two letters out of a, b and c; a word is its own canonical text."""

    name = "tiny"
    operations = ("input", *OPTIONS, "output")

    def __len__(self) -> int:
        return len(OPTIONS) ** 2

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < len(self):
            raise IndexError(index)
        return OPTIONS[index // 3] + OPTIONS[index % 3]

    def index(self, architecture: str) -> int:
        return 3 * OPTIONS.index(architecture[0]) + OPTIONS.index(architecture[1])

    def contains(self, architecture: object) -> bool:
        return isinstance(architecture, str) and len(architecture) == 2 and set(architecture) <= set(OPTIONS)

    def neighbors(self, architecture: str) -> Iterator[str]:
        return (word for word in self if sum(x != y for x, y in zip(word, architecture, strict=True)) == 1)

    def parse(self, text: str) -> str:
        if not self.contains(text):
            raise InvalidArchitecture(f"wanted two letters out of a, b and c, got {text!r}")
        return text

    def to_graph(self, architecture: str) -> Graph:
        return Graph(("input", *architecture, "output"), ((0, 1), (1, 2), (2, 3)))

    def from_graph(self, graph: Graph) -> str:
        return self.parse("".join(graph.operations[1:-1]))

    def choices(self) -> dict[str, tuple[str, ...]]:
        return {"first": OPTIONS, "second": OPTIONS}

    def to_choices(self, architecture: str) -> dict[str, str]:
        return {"first": architecture[0], "second": architecture[1]}

    def from_choices(self, choices: Mapping[str, Any]) -> str:
        return self.parse(choices["first"] + choices["second"])

    def canonical_form(self, architecture: str) -> str:
        return architecture

    def network(self, architecture: str, num_classes: int, **scale: Any) -> Any:
        raise NotImplementedError("words are not trained")
