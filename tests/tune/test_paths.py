"""Relative paths in a configuration belong to the person who started the search."""

from pathlib import Path

import pytest

from nas_plugins.tune.paths import from_the_start


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("pictures", Path("/start/pictures")),
        ("./digits", Path("/start/digits")),
        ("digits", "digits"),
        ("/elsewhere/pictures", Path("/elsewhere/pictures")),
    ],
)
def test_relative_paths_start_where_the_search_did(given, meant, monkeypatch):
    monkeypatch.setenv("TUNE_ORIG_WORKING_DIR", "/start")

    assert from_the_start(given, ("digits",)) == meant


def test_outside_of_a_trial_nothing_changes(monkeypatch):
    monkeypatch.delenv("TUNE_ORIG_WORKING_DIR", raising=False)

    assert from_the_start("pictures", ()) == "pictures"
