"""Supernet weights on disk: files in the format of Once-for-All's, and our own."""

import re
import subprocess
import sys

import pytest
import torch

from nas_plugins.spaces.errors import DamagedFile
from nas_plugins.spaces.files import save_tensors
from nas_plugins.spaces.mobilenetv3.checkpoint import load_supernet, save_supernet
from nas_plugins.spaces.mobilenetv3.official_checkpoint import from_official, to_official
from nas_plugins.spaces.mobilenetv3.subnet import SMALLEST
from nas_plugins.spaces.mobilenetv3.supernet import Supernet

CLASSES = 1000


def official_shapes(width):
    """Names and shapes of the published file, put together from the description of its modules alone."""
    stem, units, expanded, features = {
        1.0: (16, (24, 40, 80, 112, 160), 960, 1280),
        1.2: (24, (32, 48, 96, 136, 192), 1152, 1536),
    }[width]
    shapes = {}

    def norm(name, channels):
        shapes.update({f"{name}.{entry}": (channels,) for entry in ("weight", "bias", "running_mean", "running_var")})
        shapes[f"{name}.num_batches_tracked"] = ()

    shapes["first_conv.conv.weight"] = (stem, 3, 3, 3)
    norm("first_conv.bn", stem)
    block = "blocks.0.mobile_inverted_conv"
    shapes[f"{block}.depth_conv.conv.weight"] = (stem, 1, 3, 3)
    norm(f"{block}.depth_conv.bn", stem)
    shapes[f"{block}.point_linear.conv.weight"] = (stem, stem, 1, 1)
    norm(f"{block}.point_linear.bn", stem)
    before = stem
    for unit, channels in enumerate(units):
        for layer in range(4):
            block, middle = f"blocks.{1 + 4 * unit + layer}.mobile_inverted_conv", 6 * before
            shapes[f"{block}.inverted_bottleneck.conv.conv.weight"] = (middle, before, 1, 1)
            norm(f"{block}.inverted_bottleneck.bn.bn", middle)
            shapes[f"{block}.depth_conv.conv.conv.weight"] = (middle, 1, 7, 7)
            shapes[f"{block}.depth_conv.conv.7to5_matrix"] = (25, 25)
            shapes[f"{block}.depth_conv.conv.5to3_matrix"] = (9, 9)
            norm(f"{block}.depth_conv.bn.bn", middle)
            if unit in (1, 3, 4):
                within = max(8, (middle // 4 + 4) // 8 * 8)
                shapes[f"{block}.depth_conv.se.fc.reduce.weight"] = (within, middle, 1, 1)
                shapes[f"{block}.depth_conv.se.fc.reduce.bias"] = (within,)
                shapes[f"{block}.depth_conv.se.fc.expand.weight"] = (middle, within, 1, 1)
                shapes[f"{block}.depth_conv.se.fc.expand.bias"] = (middle,)
            shapes[f"{block}.point_linear.conv.conv.weight"] = (channels, middle, 1, 1)
            norm(f"{block}.point_linear.bn.bn", channels)
            before = channels
    shapes["final_expand_layer.conv.weight"] = (expanded, before, 1, 1)
    norm("final_expand_layer.bn", expanded)
    shapes["feature_mix_layer.conv.weight"] = (features, expanded, 1, 1)
    shapes["classifier.linear.weight"] = (CLASSES, features)
    shapes["classifier.linear.bias"] = (CLASSES,)
    return shapes


def official_state(width=1.0):
    generator = torch.Generator().manual_seed(0)
    return {
        name: torch.rand(shape, generator=generator) if shape else torch.tensor(1)
        for name, shape in official_shapes(width).items()
    }


@pytest.fixture(scope="module")
def state():
    return official_state()


def test_the_format_has_the_published_size(state):
    """475 entries; 7,678,880 parameters at width 1, statistics aside."""
    trained = [name for name in state if "running" not in name and "tracked" not in name]

    assert len(state) == 475
    assert sum(state[name].numel() for name in trained) == 7_678_880


@pytest.mark.parametrize("wrapped", [True, False], ids=["state_dict within", "bare"])
def test_a_file_in_the_official_format_is_read(tmp_path, state, wrapped):
    """Every entry arrives, under its name, and the width and the classes are seen from the shapes."""
    path = tmp_path / "ofa_mbv3_d234_e346_k357_w1.0"
    torch.save({"state_dict": state} if wrapped else state, path)
    supernet = load_supernet(path)

    assert (supernet.width, supernet.num_classes, supernet.training) == (1.0, CLASSES, False)
    written = to_official(supernet)
    assert written.keys() == state.keys()
    assert all(torch.equal(written[name], tensor) for name, tensor in state.items())
    block = supernet.network.blocks[5]
    assert torch.equal(block.transform_7to5, state["blocks.5.mobile_inverted_conv.depth_conv.conv.7to5_matrix"])
    assert torch.equal(
        block.depth_conv.bn.running_var, state["blocks.5.mobile_inverted_conv.depth_conv.bn.bn.running_var"]
    )


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64], ids=str)
def test_weights_of_16_or_64_bits_become_those_of_32(tmp_path, kind):
    """Networks compute in 32 bits, whatever the file holds; a subnet runs."""
    wide = Supernet(3, width=0.1)
    converted = {
        name: tensor.to(kind) if tensor.is_floating_point() else tensor for name, tensor in to_official(wide).items()
    }
    torch.save(converted, tmp_path / "weights")
    supernet = load_supernet(tmp_path / "weights")

    for name, tensor in to_official(supernet).items():
        if tensor.is_floating_point():
            assert tensor.dtype == torch.float32
            assert torch.equal(tensor, converted[name].float())
    images = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert supernet.subnet_network(SMALLEST, [images])(images).shape == (4, 3)


@pytest.mark.parametrize("damage", ["nan", "infinity", "sparse", "integers"])
def test_weights_that_are_no_plain_numbers_are_refused(tmp_path, damage):
    """On loading and not in every trial; the message names the entry and the file."""
    bad = to_official(Supernet(3, width=0.1))
    name = "classifier.linear.weight"
    match damage:
        case "nan" | "infinity":
            bad[name] = torch.full_like(bad[name], float("nan" if damage == "nan" else "inf"))
        case "sparse":
            bad[name] = bad[name].to_sparse()
        case "integers":
            bad[name] = bad[name].long()
    torch.save(bad, tmp_path / "weights")
    with pytest.raises(DamagedFile, match=f"(?s)weights.*{re.escape(name)}"):
        load_supernet(tmp_path / "weights")


def test_our_own_files_hold_numbers_too(tmp_path):
    supernet = Supernet(3, width=0.1)
    supernet.network.classifier.bias.data[0] = float("nan")
    with pytest.raises(DamagedFile, match=r"a\.safetensors.*nan or infinity in classifier\.bias"):
        load_supernet(save_supernet(tmp_path / "a.safetensors", supernet))


def test_width_and_names_of_today_are_understood():
    """The file of width 1.2, and names as the authors' code of today writes them."""
    state = official_state(1.2)
    today = {name.replace(".mobile_inverted_conv.", ".conv."): tensor for name, tensor in state.items()}

    supernet = from_official(today)

    assert supernet.width == 1.2
    assert all(torch.equal(tensor, state[name]) for name, tensor in to_official(supernet).items())


def test_weights_are_copied(state):
    """Training a supernet changes nothing in the dictionary that it came from."""
    supernet = from_official(state)
    supernet.network.classifier.bias.data.zero_()

    assert state["classifier.linear.bias"].any()


@pytest.mark.parametrize("damage", ["missing", "unknown", "shape", "stem", "classifier"])
def test_other_weights_are_refused(state, damage):
    """An entry too few or too many, of another shape, sizes of no width, no classifier."""
    bad = dict(state)
    block = "blocks.3.mobile_inverted_conv.depth_conv"
    match damage:
        case "missing":
            del bad[f"{block}.conv.5to3_matrix"]
        case "unknown":
            bad[f"{block}.conv.3to1_matrix"] = torch.zeros(1)
        case "shape":
            bad[f"{block}.conv.conv.weight"] = torch.zeros(3)
        case "stem":
            bad["first_conv.conv.weight"] = torch.zeros(17, 3, 3, 3)
        case "classifier":
            del bad["classifier.linear.weight"]
    with pytest.raises(DamagedFile, match="wanted"):
        from_official(bad)


class Unpickled:
    """What may not be opened."""


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 truncated"], ids=repr)
def test_foreign_files_are_refused(tmp_path, content):
    path = tmp_path / "weights"
    path.write_bytes(content)
    with pytest.raises(DamagedFile, match=re.escape(str(path))):
        load_supernet(path)


@pytest.mark.parametrize("thing", [Unpickled(), [1, 2], {"state_dict": {"a": "text"}}], ids=["object", "list", "text"])
def test_files_of_other_things_are_refused(tmp_path, thing):
    """Objects are not opened at all; lists and texts are no weights."""
    torch.save(thing, tmp_path / "weights")
    with pytest.raises(DamagedFile):
        load_supernet(tmp_path / "weights")


def test_nobody_is_advised_to_run_what_a_file_holds(tmp_path):
    """Torch's own message says how to open foreign files unsafely."""
    torch.save(Unpickled(), tmp_path / "object")
    (tmp_path / "json").write_text('{"a": 1}')
    for name in ("object", "json"):
        with pytest.raises(DamagedFile, match="cannot be read as tensors alone") as caught:
            load_supernet(tmp_path / name)
        assert "weights_only" not in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["folder", "folder.safetensors"])
def test_a_folder_is_refused(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(DamagedFile, match=re.escape(name)):
        load_supernet(tmp_path / name)


def test_the_content_says_which_format_a_file_has(tmp_path):
    """Ours under a name of Torch's, and Once-for-All's, of today and of before, under a name of ours."""
    supernet = Supernet(3, width=0.1)
    ours = save_supernet(tmp_path / "ours.safetensors", supernet).rename(tmp_path / "ours.pth")
    assert load_supernet(ours).fingerprint() == load_supernet(ours.rename(tmp_path / "a.safetensors")).fingerprint()
    for today in (True, False):
        path = tmp_path / f"{today}.safetensors"
        torch.save(to_official(supernet), path, _use_new_zipfile_serialization=today)
        assert load_supernet(path).num_classes == 3


@pytest.mark.parametrize("name", ["absent", "absent.safetensors"])
def test_a_missing_file_is_refused(tmp_path, name):
    with pytest.raises(DamagedFile, match="no file"):
        load_supernet(tmp_path / name)


def test_our_own_file_is_the_supernet(tmp_path):
    """Saved and loaded, every tensor is the same; another kind of file, or tensors of another size, are refused."""
    supernet = Supernet(5, width=0.25)
    loaded = load_supernet(save_supernet(tmp_path / "a.safetensors", supernet, resolution=64))

    assert (loaded.width, loaded.num_classes) == (0.25, 5)
    assert all(
        torch.equal(a, b) for a, b in zip(loaded.state_dict().values(), supernet.state_dict().values(), strict=True)
    )
    about = {"num_classes": 5, "width": 0.5}
    for kind, tensors in (("arch2vec", {}), ("mobilenetv3_supernet", supernet.network.state_dict())):
        save_tensors(tmp_path / "b.safetensors", tensors, kind=kind, version=1, about=about)
        with pytest.raises(DamagedFile):
            load_supernet(tmp_path / "b.safetensors")


def test_reading_a_supernet_imports_no_compiler(tmp_path) -> None:
    """Importing torch's takes longer than all else that is done with a small supernet."""
    path = save_supernet(tmp_path / "tiny.safetensors", Supernet(3, width=0.1))
    program = """
import sys
from nas_plugins.spaces.mobilenetv3.checkpoint import load_supernet
from nas_plugins.spaces.mobilenetv3.subnet import SMALLEST
load_supernet(sys.argv[1]).extract(SMALLEST)
print("torch" in sys.modules, "torch._dynamo" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"
