"""The rooms stay apart: arrows run one way, hosts stay behind their own doors, and light imports stay light."""

import ast
import doctest
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(path for room in ("spaces", "strategies", "nas_plugins") for path in (ROOT / room).rglob("*.py"))
MAX_LINES = 400

# (importing module, imported module): the one arrow against the stream, inside a function. arch2vec's `param_space()`
# hands out a search space of Ray Tune, which is built in the room that knows Ray.
EXEMPT = {("nas_plugins.spaces.arch2vec.arch2vec", "nas_plugins.tune.latent")}


def module_name(path: Path) -> str:
    """The import name of a source file; the folders at the top install inside `nas_plugins`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    return ".".join(parts if parts[0] == "nas_plugins" else ("nas_plugins", *parts))


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in the file; of `from a import b` also `a.b`, which may be one."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}, line {node.lineno}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def by_file(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=[str(path.relative_to(ROOT)) for path in paths])


def test_there_are_sources() -> None:
    """The laws below look at something in every room."""
    assert {path.relative_to(ROOT).parts[0] for path in SOURCES} == {"spaces", "strategies", "nas_plugins"}
    assert len(SOURCES) > 30


@by_file(SOURCES)
def test_imports_are_absolute_and_run_one_way(path: Path) -> None:
    """Spaces import only spaces, strategies only spaces and strategies; neither goes round by its top-level name."""
    room = path.relative_to(ROOT).parts[0]
    allowed = {
        "spaces": ("nas_plugins.spaces",),
        "strategies": ("nas_plugins.spaces", "nas_plugins.strategies"),
        "nas_plugins": ("nas_plugins",),
    }[room]
    for module in imports(path):
        assert not within(module, ("spaces", "strategies")), f"import {module} by its full name"
        if within(module, ("nas_plugins",)) and module != "nas_plugins":
            exempt = any(module_name(path) == importer and within(module, (imported,)) for importer, imported in EXEMPT)
            assert exempt or within(module, allowed), f"{path.relative_to(ROOT)} must not import {module}"


@by_file(SOURCES)
def test_hosts_are_imported_by_their_own_adapter_only(path: Path) -> None:
    """Ray under nas_plugins/tune, NNI under nas_plugins/nni, Optuna under nas_plugins/optuna."""
    for module in imports(path):
        for host, room in (("ray", "tune"), ("nni", "nni"), ("optuna", "optuna")):
            if within(module, (host,)):
                assert ROOT / "nas_plugins" / room in path.parents, f"{path.relative_to(ROOT)} must not import {module}"


def test_the_exemption_is_needed_and_lazy() -> None:
    """It is used, and only inside functions."""
    for importer, imported in EXEMPT:
        path = next(path for path in SOURCES if module_name(path) == importer)
        assert any(within(module, (imported,)) for module in imports(path))
        at_top = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
        assert not any(isinstance(node, ast.ImportFrom) and node.module == imported for node in at_top)


def test_light_imports_stay_light() -> None:
    """Spaces, strategies, tables, datasets and the command line bring neither torch nor a host nor plots along."""
    heavy = ("torch", "torch_geometric", "ray", "nni", "matplotlib", "sklearn", "pandas")
    program = (
        "import sys, nas_plugins.spaces, nas_plugins.strategies, nas_plugins.evaluation, nas_plugins.datasets, "
        "nas_plugins.cli.main;"
        f"print(*(name for name in {heavy} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == []


@by_file(SOURCES)
def test_files_stay_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@by_file([path for path in SOURCES if ">>> " in path.read_text(encoding="utf-8")])
def test_examples_in_docstrings_hold(path: Path) -> None:
    """Run by import name: by path, doctest would import a second copy of each class."""
    result = doctest.testmod(importlib.import_module(module_name(path)))
    assert result.attempted > 0
    assert result.failed == 0
