"""What ships: the lists in pyproject.toml match the folders, and the wheel holds one package, whole."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import nas_plugins

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ROOMS = ("nas_plugins", "spaces", "strategies")

pytestmark = pytest.mark.xdist_group("wheel")  # built once, not once per worker


def folders() -> dict[str, str]:
    """Import name to folder of everything that is a package."""
    found = {}
    for room in ROOMS:
        for init in (ROOT / room).rglob("__init__.py"):
            folder = init.parent.relative_to(ROOT)
            parts = folder.parts if room == "nas_plugins" else ("nas_plugins", *folder.parts)
            found[".".join(parts)] = folder.as_posix()
    return found


def test_both_lists_equal_the_folders() -> None:
    """A folder missing in one of them would be missing in what people install."""
    tables = PROJECT["tool"]["setuptools"]
    assert sorted(tables["packages"]) == sorted(folders())
    assert tables["package-dir"] == folders()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built the way a release is: tree -> source archive -> wheel."""
    tree, out = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("out")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    for room in ROOMS:
        shutil.copytree(ROOT / room, tree / room, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(tree)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=out)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = out.glob("*.whl")
    return zipfile.ZipFile(built)


def test_the_wheel_has_one_top_level_package(wheel: zipfile.ZipFile) -> None:
    """A second one, named `spaces`, would overwrite other people's."""
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"nas_plugins", f"nas_plugins-{nas_plugins.__version__}.dist-info"}


def test_the_wheel_holds_every_source_and_data_file(wheel: zipfile.ZipFile) -> None:
    """Modules, weights and records with their cards, and the marker of typed packages; nothing else."""
    wanted = set()
    for package, folder in folders().items():
        inside = package.replace(".", "/")
        wanted |= {f"{inside}/{path.name}" for path in (ROOT / folder).glob("*.py")}
        for data in ("weights", "records"):
            wanted |= {f"{inside}/{data}/{path.name}" for path in (ROOT / folder / data).glob("*.*")}
    wanted.add("nas_plugins/py.typed")
    wanted |= {f"nas_plugins/nni/{name}" for name in ("algorithms.yml", "loopback.cjs", "project_readme.md")}
    shipped = {name for name in wheel.namelist() if name.startswith("nas_plugins/") and not name.endswith("/")}
    assert shipped == wanted


@pytest.mark.parametrize("folder", ["spaces/arch2vec/weights", "strategies/metad2a/weights"])
def test_weights_ship_with_a_card(folder: str) -> None:
    """Each file of tensors has its card beside it: trained on what, how, by which command, with which figures."""
    tensors = list((ROOT / folder).glob("*.safetensors"))
    assert tensors
    for path in tensors:
        assert len(path.with_suffix(".md").read_text(encoding="utf-8").split()) > 50, f"no card tells of {path.name}"


def test_the_version_is_the_same_everywhere(wheel: zipfile.ZipFile) -> None:
    """In the package, the project file and the wheel's metadata."""
    version = PROJECT["project"]["version"]
    assert nas_plugins.__version__ == version
    metadata = wheel.read(f"nas_plugins-{version}.dist-info/METADATA").decode()
    assert f"\nVersion: {version}\n" in metadata


def test_constraints_pin_every_direct_dependency() -> None:
    """Each requirement, the development extra's included, has one exact version that satisfies it."""
    pins = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, version = line.partition("==")
            assert version, f"no exact version: {line}"
            assert canonicalize_name(name) not in pins, f"pinned twice: {line}"
            pins[canonicalize_name(name)] = version
    extras = PROJECT["project"]["optional-dependencies"]
    lines = PROJECT["project"]["dependencies"] + extras["dev"] + extras["benchmarks"] + extras["nni"]
    for requirement in map(Requirement, lines):
        name = canonicalize_name(requirement.name)
        if name != "nas-plugins":
            assert requirement.specifier.contains(pins[name]), f"{requirement} is not met by {pins[name]}"


def test_the_development_extra_brings_the_others_that_tests_need() -> None:
    (own,) = [Requirement(line) for line in PROJECT["project"]["optional-dependencies"]["dev"] if "[" in line]
    assert canonicalize_name(own.name) == "nas-plugins"
    assert own.extras == {"benchmarks", "nni", "optuna"}
