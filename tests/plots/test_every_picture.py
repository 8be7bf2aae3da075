"""Every picture: files that open, texts that are there, clear refusals, and no trace in Matplotlib's settings."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nas_plugins.plots import (
    RegretCurve,
    draw_architectures,
    draw_regret,
    draw_training,
)
from nas_plugins.spaces.errors import InvalidArgument
from tests.plots.drawings import CELLS, DRAWINGS, SPACE, pixels, texts


@pytest.mark.parametrize("name", DRAWINGS)
def test_png_is_a_picture_of_sensible_size(name: str, tmp_path: Path) -> None:
    path = DRAWINGS[name](tmp_path / "new folder" / "picture.png")
    assert path == tmp_path / "new folder" / "picture.png"
    width, height, colors = pixels(path)
    assert 600 <= width <= 4000
    assert 400 <= height <= 4000
    assert colors > 20
    assert [file.name for file in path.parent.iterdir()] == ["picture.png"], "temporary files were left behind"


@pytest.mark.parametrize("name", DRAWINGS)
def test_settings_of_matplotlib_are_untouched_and_without_influence(name: str, tmp_path: Path) -> None:
    """A user's own style survives a drawing and does not enter it; equal data give equal files, without a date."""
    import matplotlib as mpl

    plain = DRAWINGS[name](tmp_path / "plain.svg").read_bytes()
    with mpl.rc_context({"axes.facecolor": "red", "font.size": 30, "lines.linewidth": 9, "svg.fonttype": "path"}):
        before = dict(mpl.rcParams)
        assert DRAWINGS[name](tmp_path / "styled.svg").read_bytes() == plain
        assert dict(mpl.rcParams) == before


def test_settings_survive_a_refusal(tmp_path: Path) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    with pytest.raises(InvalidArgument):
        draw_architectures(SPACE, CELLS, tmp_path / "file.png" / "is-no-folder.txt")
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidArgument, match="name a file you may write"):
        draw_architectures(SPACE, CELLS, tmp_path / "file" / "x.svg")
    assert dict(mpl.rcParams) == before


def test_importing_is_light() -> None:
    """Neither Matplotlib nor networkx, scipy or torch load before a picture is drawn; drawing never loads pyplot."""
    program = (
        "import json, sys, tempfile, pathlib; import nas_plugins.plots as plots;"
        "early = [m for m in ('matplotlib', 'networkx', 'scipy', 'torch', 'ray') if m in sys.modules];"
        "plots.draw_training({'a': [1.0]}, pathlib.Path(tempfile.mkdtemp()) / 'x.svg', title='t');"
        "print(json.dumps([early, 'matplotlib.pyplot' in sys.modules]))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(result.stdout) == [[], False]


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_picture_needs_formulas(name: str, tmp_path: Path) -> None:
    """Neither ticks nor words are formulas, which are left unread."""
    assert "$" not in texts(DRAWINGS[name](tmp_path / "picture.svg"))


@pytest.mark.parametrize("name", ["shoes in $ and €", "$x_", "$\\frac$", "a_b^c"])
def test_a_name_is_no_formula(name: str, tmp_path: Path) -> None:
    """Dollars and backslashes of a folder's name are drawn as they are, also on logarithmic axes."""
    history = {name: [300.0, 1.0, 2e-6]}
    path = draw_training(history, tmp_path / "t.svg", title=name)
    assert texts(path).splitlines().count(name) == 2
    assert {"10⁻⁴", "0.01", "100"} <= set(texts(path).splitlines())
    curves = {name: [RegretCurve(name, np.geomspace(1, 2e6, 5), np.geomspace(20, 3, 5))]}
    words = texts(draw_regret(curves, tmp_path / "r.svg", title=name, regret_name="regret (%)"))
    assert name in words
    assert "$" not in words.replace(name, "")
    assert "10⁶" in words
    assert pixels(draw_training(history, tmp_path / "t.png", title=name))[0] > 0


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize("file", ["picture.pdf", "picture", "picture.png.txt"])
def test_other_formats_refused_before_any_work(name: str, file: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"ends in \.png or \.svg"):
        DRAWINGS[name](tmp_path / file)
    assert not list(tmp_path.iterdir())


def test_folder_as_path_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(InvalidArgument, match="got the folder"):
        draw_training({"a": [1.0]}, tmp_path / "a.png", title="t")


def test_upper_case_ending_accepted(tmp_path: Path) -> None:
    assert pixels(draw_training({"a": [1.0, 0.5]}, tmp_path / "A.PNG", title="t"))[0] > 0
