"""At which size networks are counted does not depend on what a file is called."""

from pathlib import Path

import numpy as np
import pytest

from nas_plugins.evaluation import load_benchmark
from nas_plugins.evaluation.converted_table import ConvertedTable
from nas_plugins.evaluation.network_scale import network_scale
from nas_plugins.evaluation.trade_offs import TradeOffs
from nas_plugins.spaces import MobileNetV3, NASBench201
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, SMALLEST


@pytest.mark.parametrize("name", ["cifar100", "imagenet16-120", "mine"])
def test_a_table_of_subnets_is_counted_at_224_pixels(tmp_path: Path, name: str) -> None:
    """As the page on MobileNetV3 promises, under any file name."""
    path = tmp_path / f"{name}.csv"
    path.write_text(f'architecture,score\n"{SMALLEST}",70\n"{LARGEST}",80\n')
    table = load_benchmark(path, space="mobilenetv3")
    space = MobileNetV3()
    counted = space.cost(LARGEST, 10, image_shape=(3, 224, 224)).multiply_adds
    assert space.cost(LARGEST, **network_scale(table)).multiply_adds == counted
    assert TradeOffs(table).reference["multiply_adds"] == counted


def test_a_csv_table_of_cells_is_counted_alike_under_any_name(tmp_path: Path) -> None:
    for name in ("imagenet16-120", "mine"):
        (tmp_path / f"{name}.csv").write_text(f"architecture,score\n{NASBench201()[7]},70\n")
        assert network_scale(load_benchmark(tmp_path / f"{name}.csv", space="nasbench201")) == {"num_classes": 10}


def test_built_in_and_converted_tables_are_counted_at_the_size_of_their_dataset(tmp_path: Path) -> None:
    scale = {"num_classes": 120, "image_shape": (3, 16, 16)}
    assert network_scale(load_benchmark("nasbench201/imagenet16-120")) == scale
    columns = {("score", "imagenet16-120", "validation", "200", "777"): np.full(15_625, 40, np.float32)}
    ConvertedTable("nasbench201", "official", columns).save(tmp_path / "mine.npz")
    assert network_scale(load_benchmark(tmp_path / "mine.npz" / "imagenet16-120")) == scale
