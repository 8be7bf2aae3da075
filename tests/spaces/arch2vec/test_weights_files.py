"""arch2vec's weights as files, and what comes with importing the room."""

import subprocess
import sys

import numpy as np
import pytest

from nas_plugins.spaces.arch2vec import Arch2Vec
from nas_plugins.spaces.errors import DamagedFile, InvalidArgument
from nas_plugins.spaces.files import load_tensors, save_tensors
from tests.spaces.arch2vec.cells import sample_cells


def test_importing_the_rooms_is_light():
    """Neither spaces nor arch2vec imports torch or ray before a name that needs them is used."""
    code = (
        "import sys, nas_plugins.spaces, nas_plugins.spaces.arch2vec;"
        "assert not {'torch', 'ray', 'torch_geometric'} & set(sys.modules), 'heavy import';"
        "assert 'Arch2Vec' in nas_plugins.spaces.__all__"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


def test_saving_and_loading_is_exact(shipped, tmp_path):
    """The same embeddings, settings and metrics come back from the file; the name of a file may be a string."""
    path = shipped.save(tmp_path / "mine.safetensors")

    loaded = Arch2Vec.pretrained(str(path))
    cells = sample_cells(5)
    assert np.array_equal(loaded.embed(cells), shipped.embed(cells))
    assert loaded.settings == shipped.settings
    assert loaded.metrics == shipped.metrics
    assert loaded.space.name == "nasbench201"


def test_package_weights_are_read_once(shipped):
    assert Arch2Vec.pretrained() is shipped


@pytest.mark.parametrize("source", ["nasbench999", "no/such/folder", ""])
def test_unknown_weights_are_refused(source):
    """The message lists the spaces with weights and the command that makes others."""
    with pytest.raises(InvalidArgument, match=r"nasbench201.*pretrain"):
        Arch2Vec.pretrained(source)


def test_damaged_weights_are_refused(shipped, tmp_path):
    """Missing, truncated, of another kind, of an unknown space, of other sizes, or with a tensor missing."""
    good = shipped.save(tmp_path / "good.safetensors")
    tensors, about = load_tensors(good, kind="arch2vec", version=1)

    def damaged(name, **changes):
        values = {"tensors": tensors, "kind": "arch2vec", "version": 1, "about": about} | changes
        return save_tensors(tmp_path / f"{name}.safetensors", values.pop("tensors"), **values)

    truncated = tmp_path / "truncated.safetensors"
    truncated.write_bytes(good.read_bytes()[:5000])
    files = [
        tmp_path / "missing.safetensors",
        truncated,
        damaged("kind", kind="other"),
        damaged("version", version=2),
        damaged("space", about=about | {"space": "nasbench999"}),
        damaged("operations", about=about | {"operations": ["a"] * 7}),
        damaged("sizes", about=about | {"sizes": about["sizes"] | {"hidden": 3}}),
        damaged("settings", about=about | {"settings": {"surprise": 1}}),
        damaged("empty", about={}),
        damaged("tensor", tensors={name: value for name, value in tensors.items() if name != "mean.bias"}),
    ]
    for path in files:
        with pytest.raises(DamagedFile, match=path.name):
            Arch2Vec.pretrained(path)
