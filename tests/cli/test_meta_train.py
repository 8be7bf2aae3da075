"""`nas-plugins meta-train` on the published source database, as somebody would who retrains the weights."""

import json

import pytest

from nas_plugins.cli import main
from nas_plugins.spaces import NASBench201
from nas_plugins.strategies import MetaD2A


@pytest.mark.slow
def test_meta_training_writes_weights_that_propose(shared_data, tmp_path, monkeypatch):
    """A short training: figures on held-out tasks, and weights that rank cells for a dataset when they are named."""
    monkeypatch.chdir(tmp_path)
    images = [
        str(shared_data / "images" / f"{name}.npz")
        for name in ("tiny_imagenet_part0", "tiny_imagenet_part1", "imagenet_extra_32", "imagenet_sample_1000x1")
    ]
    options = ["--generator-epochs", "8", "--predictor-epochs", "4", "--members", "1"]
    files = ["--output", "w.safetensors", "--json", "m.json"]
    with pytest.raises(SystemExit) as caught:
        main(["meta-train", str(shared_data / "metad2a"), *images, *options, *files])
    metrics = json.loads((tmp_path / "m.json").read_text())["metrics"]
    with pytest.warns(UserWarning, match="no images"):
        proposals = MetaD2A(NASBench201(), None, seed=0, weights=tmp_path / "w.safetensors").proposals

    assert caught.value.code == 0
    assert metrics["held_out_tasks"] == 303
    assert metrics["pearson"] > 0.3
    assert len(proposals) == 30
    assert (tmp_path / "w.png").is_file()
