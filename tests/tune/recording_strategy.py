"""A strategy that writes down what it is told, to see through a searcher."""

from typing import Any

from nas_plugins.spaces.errors import AskLater, SearchExhausted
from nas_plugins.spaces.space import FiniteSearchSpace
from nas_plugins.strategies.strategy import Strategy, check_state


class RecordingStrategy(Strategy[Any]):
    """Proposes the space in order, ``limit`` architectures in all, ``pending`` of them at a time."""

    def __init__(self, space: FiniteSearchSpace[Any], *, limit: int = 1000, pending: int = 1000) -> None:
        self.space = space
        self.limit = limit
        self.pending = pending
        self.asked: list[Any] = []
        self.told: list[tuple[Any, float]] = []

    def ask(self) -> Any:
        if len(self.asked) >= self.limit:
            raise SearchExhausted("all asked")
        if len(self.asked) - len(self.told) >= self.pending:
            raise AskLater("wait")
        self.asked.append(self.space[len(self.asked)])
        return self.asked[-1]

    def tell(self, architecture: Any, score: float) -> None:
        self.told.append((architecture, score))

    def state_dict(self) -> dict[str, Any]:
        return {
            "strategy": "recording",
            "version": 1,
            "space": self.space.name,
            "asked": [str(architecture) for architecture in self.asked],
            "told": [[str(architecture), score] for architecture, score in self.told],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        check_state(state, strategy="recording", version=1, space=self.space.name)
        self.asked = [self.space.parse(text) for text in state["asked"]]
        self.told = [(self.space.parse(text), score) for text, score in state["told"]]
