"""Training records: one file, whole or absent, each training once."""

from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import DamagedFile
from nas_plugins.strategies.metad2a.training_records import TrainingRecord, TrainingRecords

RECORD = TrainingRecord(
    space="nasbench201",
    architecture=str(NASBench201()[7]),
    dataset="digits",
    classes=("3", "7"),
    images=40,
    task_seed=1,
    style="grey",
    train_images=38,
    test_images=12,
    protocol="passes=100",
    seed=0,
    accuracy=75.0,
    seconds=1.5,
)


def test_what_is_saved_is_read(tmp_path: Path) -> None:
    """Every field comes back as it was."""
    records = TrainingRecords([RECORD, replace(RECORD, seed=1)])
    records.save(tmp_path / "records.parquet")
    assert list(TrainingRecords.load(tmp_path / "records.parquet")) == list(records)


def test_a_training_is_recorded_once() -> None:
    """The key leaves results out, so that a second result of the same training is no second record."""
    records = TrainingRecords([RECORD])
    assert not records.add(replace(RECORD, accuracy=80.0, seconds=9.0))
    assert [record.accuracy for record in records] == [75.0]
    assert records.add(replace(RECORD, style="plain"))


@pytest.mark.parametrize("content", [b"", b"PAR1 no table PAR1", b"a,b\n1,2\n"], ids=["empty", "truncated", "foreign"])
def test_a_damaged_file_is_refused_and_stays(tmp_path: Path, content: bytes) -> None:
    """The error is of our family, and nothing is overwritten."""
    path = tmp_path / "records.parquet"
    path.write_bytes(content)
    with pytest.raises(DamagedFile, match="training records"):
        TrainingRecords.load(path)
    assert path.read_bytes() == content


def test_another_table_is_refused(tmp_path: Path) -> None:
    """A Parquet file without our header is foreign."""
    import pandas as pd

    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(DamagedFile, match="foreign"):
        TrainingRecords.load(tmp_path / "other.parquet")


def test_the_records_that_ship_are_of_the_space_and_of_source_datasets() -> None:
    """Every cell parses, every accuracy is a percentage, and no meta-test dataset was trained on."""
    path = resources.files("nas_plugins.strategies.metad2a") / "records" / "nasbench201.parquet"
    records = list(TrainingRecords.load(str(path)))
    space = NASBench201()
    assert len(records) > 1000
    assert all(str(space.parse(record.architecture)) == record.architecture for record in records)
    assert all(0 <= record.accuracy <= 100 and record.test_images > 0 for record in records)
    assert not {record.dataset for record in records} & {"cifar10", "cifar100", "mnist", "oxford_pets_3breeds"}
