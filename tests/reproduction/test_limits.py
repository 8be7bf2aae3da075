"""Ranges of the options of every reproduction: what is out of them is refused before anything is computed."""

from dataclasses import replace

import pytest

from nas_plugins.reproduction.limits import COMMON, SPACE_CELLS
from nas_plugins.reproduction.options import Options
from nas_plugins.reproduction.registry import REPRODUCTIONS
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArgument

NUMBERS = [
    (name, option)
    for name, reproduction in REPRODUCTIONS.items()
    for option in COMMON
    if option in reproduction.uses or option == "seed"
]


def not_reached(options: Options):
    pytest.fail(f"computed with {options}")


@pytest.mark.parametrize("value", [-1, 10**20, 2.5, True])
@pytest.mark.parametrize(("name", "option"), NUMBERS)
def test_no_reproduction_computes_with_a_number_out_of_range(tmp_path, name, option, value):
    """Every numeric option of every table and figure: one line that names the option, the range and what came."""
    reproduction = replace(REPRODUCTIONS[name], compute=not_reached)
    says = rf"wanted --{option} from [\d,]+ to [\d,]+ \(.*\), got {value}; "

    with pytest.raises(InvalidArgument, match=says) as caught:
        reproduction.run(Options(tmp_path, **{option: value}))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "option"), [pair for pair in NUMBERS if pair[1] != "seed"])
def test_nothing_is_not_taken_for_the_default(tmp_path, name, option):
    """Zero is refused, not replaced by the default; both ends of the range and no number at all are computed with."""
    computed = []
    reproduction = replace(REPRODUCTIONS[name], compute=computed.append)
    limits = {**COMMON, **reproduction.limits}[option]

    with pytest.raises(InvalidArgument, match="got 0"):
        reproduction.run(Options(tmp_path, **{option: 0}))
    for value in (limits.least, limits.most, None):
        reproduction.run(Options(tmp_path, **{option: value}))
    assert [getattr(options, option) for options in computed] == [limits.least, limits.most, None]


def test_ranges_end_where_the_space_does():
    assert len(NASBench201()) == SPACE_CELLS


def test_results_are_not_asked_for_in_a_file(tmp_path):
    """An output that is a file is told before anything is computed."""
    (tmp_path / "file").touch()

    with pytest.raises(InvalidArgument, match="is a file; give --output FOLDER"):
        replace(REPRODUCTIONS["arch2vec-figure2"], compute=not_reached).run(Options(tmp_path / "file"))
