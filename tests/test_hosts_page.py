"""The page about hosts: its programs run as they stand there. The experiment of NNI is in ``tests/nni``."""

import re
from pathlib import Path

import pytest

from nas_plugins.spaces import NASBench201
from tests.programs import run_program

PAGE = Path(__file__).parents[1] / "docs" / "hosts.md"

# One of them starts a Ray of its own; no third one beside it and that of the group "ray".
pytestmark = pytest.mark.xdist_group("examples")


def test_a_loop_optuna_and_ray_run_as_they_stand(tmp_path: Path) -> None:
    """The three programs, one after another in one process; Optuna's and Ray's print the cell they found."""
    page = PAGE.read_text(encoding="utf-8")
    programs = re.findall(r"```python\n(.*?)```", page[: page.index("## NNI 3.0")], re.DOTALL)
    program = tmp_path / "programs.py"
    program.write_text("\n".join(programs), encoding="utf-8")
    printed = run_program(program, tmp_path)
    found = [line for line in printed.splitlines() if re.fullmatch(r"\|\S+\|", line)]

    assert len(programs) == 3
    assert len(found) == 2
    assert all(NASBench201().contains(NASBench201().parse(cell)) for cell in found)
