"""The trials, driven by hand; no Ray process is started."""

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ray.tune import Trainable

from nas_plugins.datasets import load_dataset
from nas_plugins.evaluation import load_benchmark
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument, InvalidDataset
from nas_plugins.tune import TableTrial, TrainingTrial, choices_param_space, table_trial, training_trial
from tests.stripes import SIZE, stripes_folder
from tests.tune.catalogue import noise_dataset

SPACE = NASBench201()
CELL = SPACE.parse("|nor_conv_1x1~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_1x1~2|")
QUICK = {"epochs": 3, "channels": 2, "device": "cpu", "precision": "float32"}
TABLE = "nasbench201/cifar10"


def finish(trial: Trainable) -> list[dict[str, Any]]:
    """Step until the trial says that it is done; what it reported, without times."""
    reports = []
    for _ in range(10):
        report = trial.step()
        report.pop("seconds", None)
        reports.append(report)
        if report["done"]:
            return reports
    raise AssertionError("the trial never ended")


def trained(**config: Any) -> Trainable:
    """A trial on the noise dataset."""
    return training_trial(noise_dataset(), **QUICK)({"architecture": str(CELL), **config})


def test_a_training_trial_reports_every_epoch_and_ends() -> None:
    """One report per epoch with accuracy in percent, done with the last."""
    reports = finish(trained())

    assert [report["epoch"] for report in reports] == [1, 2, 3]
    assert [report["done"] for report in reports] == [False, False, True]
    assert all(0 <= report["accuracy"] <= 100 for report in reports)


def test_the_class_itself_is_a_trainable() -> None:
    """TrainingTrial runs bare, with everything in the configuration."""
    report = TrainingTrial({"dataset": "digits", "architecture": str(CELL), "epochs": 1, "channels": 2}).train()

    assert report["done"]
    assert report["training_iteration"] == 1


def test_pictures_of_a_folder_are_trained_on_in_all_their_detail(tmp_path: Path) -> None:
    """As the dataset read at the size of the training, and not as one read at 32 and enlarged."""
    folder, config = stripes_folder(tmp_path / "stripes"), {"architecture": str(CELL)}
    settings = {**QUICK, "epochs": 1, "image_size": SIZE}
    reports = finish(training_trial(str(folder), **settings)(config))

    assert reports == finish(training_trial(load_dataset(folder, SIZE), **settings)(config))
    assert reports != finish(training_trial(load_dataset(folder), **settings)(config))


def test_the_configuration_overrides_the_fixed_settings() -> None:
    """What a searcher varies wins over what the script fixed."""
    assert len(finish(trained(epochs=1))) == 1


@pytest.mark.parametrize("form", ["architecture", "choices"])
def test_both_forms_train_the_same_network(form: str) -> None:
    """The flat choices mean the same as the string."""
    config = {"architecture": str(CELL)} if form == "architecture" else SPACE.to_choices(CELL)

    assert finish(training_trial(noise_dataset(), **QUICK)(config)) == finish(trained())


def test_checkpoints_resume_exactly(tmp_path: Path) -> None:
    """After a checkpoint a fresh trial goes on as the first one would have; the checkpoint is one safetensors file."""
    whole = finish(trained())
    first, second = trained(), trained()
    first.step()
    first.save_checkpoint(str(tmp_path))
    second.load_checkpoint(str(tmp_path))

    assert finish(second) == whole[1:]
    assert [path.name for path in tmp_path.iterdir()] == ["training.safetensors"]


def test_a_reused_actor_trains_as_a_fresh_one() -> None:
    """reset_config forgets the trial before."""
    reused = trained(architecture=str(SPACE[5000]))
    reused.step()

    assert reused.reset_config({"architecture": str(CELL)})
    assert finish(reused) == finish(trained())


def test_repetitions_take_a_seed_each() -> None:
    """Ray's Repeater numbers its repetitions; each trains from other weights."""
    reports = [finish(trained(__trial_index__=index)) for index in (0, 1)]

    assert reports[0] == finish(trained())
    assert reports[0] != reports[1]


def test_a_diverged_training_ends_as_nan() -> None:
    """The trial reports nan and is done, instead of burning its epochs."""
    reports = finish(trained(learning_rate=1e30, weight_decay=1e10, batch_size=8))

    assert len(reports) == 1
    assert math.isnan(reports[0]["accuracy"])


def test_wrong_configurations_fail_with_one_clear_line() -> None:
    """No architecture, no dataset, an unknown one, a misspelt or impossible setting."""
    with pytest.raises(InvalidArchitecture, match="wanted"):
        training_trial(noise_dataset(), **QUICK)({})
    with pytest.raises(InvalidArgument, match="dataset"):
        TrainingTrial({"architecture": str(CELL)})
    with pytest.raises(InvalidDataset, match="wanted"):
        TrainingTrial({"architecture": str(CELL), "dataset": "no such dataset"})
    with pytest.raises(InvalidArgument, match="learning_rat"):
        trained(learning_rat=0.1)
    with pytest.raises(InvalidArgument, match="epochs"):
        trained(epochs=0)
    with pytest.raises(InvalidArgument, match="epoch"):
        training_trial("digits", epoch=3)
    with pytest.raises(InvalidArgument, match="epochs"):
        training_trial("digits", epochs=0)
    with pytest.raises(InvalidArgument, match="wanted N of 1"):
        training_trial("digits", space="mobilenetv3", cells=2)
    with pytest.raises(InvalidArgument, match=r"wanted no channels beside a supernet.*, got 32"):
        training_trial("digits", space="mobilenetv3", supernet="mobilenetv3", channels=32)


def test_a_table_trial_reports_the_record() -> None:
    """Accuracy and seconds are the table's, and the trial ends."""
    benchmark = load_benchmark(TABLE)
    for trial in (
        TableTrial({"table": TABLE, "architecture": str(CELL)}),
        table_trial(TABLE)(SPACE.to_choices(CELL)),
        table_trial(benchmark)({"architecture": str(CELL)}),
    ):
        assert trial.step() == {
            "accuracy": benchmark.score(CELL),
            "seconds": benchmark.seconds(CELL),
            "done": True,
        }


def test_a_reused_table_trial_answers_for_the_new_architecture() -> None:
    """reset_config changes the question."""
    trial = TableTrial({"table": TABLE, "architecture": str(CELL)})
    trial.step()
    trial.reset_config({"table": "nasbench201/cifar100", "architecture": str(SPACE[77])})

    assert trial.step()["accuracy"] == load_benchmark("nasbench201/cifar100").score(SPACE[77])


def test_wrong_table_configurations() -> None:
    """No table, no architecture, a misspelt entry: one clear line each."""
    with pytest.raises(InvalidArgument, match="table"):
        TableTrial({"architecture": str(CELL)}).step()
    with pytest.raises(InvalidArchitecture, match="wanted"):
        TableTrial({"table": TABLE}).step()
    with pytest.raises(InvalidArgument, match="epochs"):
        TableTrial({"table": TABLE, "architecture": str(CELL), "epochs": 3}).step()


def test_table_trials_leave_torch_alone() -> None:
    """Looking an architecture up imports no torch: thousands of such trials start fast."""
    program = (
        "import sys; from nas_plugins.tune import TableTrial\n"
        f"print(TableTrial({{'table': {TABLE!r}, 'architecture': {str(CELL)!r}}}).step()['accuracy'] > 0,"
        " 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["True", "False"]


def test_choices_as_rays_domains() -> None:
    """One categorical domain per decision of the space, with its options."""
    domains = choices_param_space("nasbench201")

    assert {name: tuple(domain.categories) for name, domain in domains.items()} == SPACE.choices()
