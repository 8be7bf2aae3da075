"""The page about strategies of one's own: its code runs as it stands, and its strategy keeps the contract."""

import json
import re
from pathlib import Path
from typing import Any

from nas_plugins.spaces import NASBench201
from nas_plugins.tune import StrategySearcher

PAGE = Path(__file__).parents[1] / "docs" / "own_strategy.md"


def test_the_page_runs_and_its_strategy_keeps_the_contract(capsys) -> None:
    """Every block in turn; then sixteen workers without a repetition, and a state that goes through JSON."""
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), names)
    space = NASBench201()
    strategy = names["HillClimbing"](space, 3)

    assert float(capsys.readouterr().out) > 90
    assert all(len(set(run.architectures)) == 60 for run in names["simulation"].runs)
    assert isinstance(names["searcher"], StrategySearcher)
    assert names["searcher"].suggest("1")["architecture"]
    for _ in range(5):
        strategy.tell(cell := strategy.ask(), float(space.index(cell)))
    resumed = names["HillClimbing"](space)
    resumed.load_state_dict(json.loads(json.dumps(strategy.state_dict())))
    assert [resumed.ask() for _ in range(3)] == [strategy.ask() for _ in range(3)]
