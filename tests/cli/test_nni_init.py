"""`nas-plugins nni-init`: what is written runs as it is, and what nothing would read is refused."""

from pathlib import Path

import pytest
import yaml

from nas_plugins.cli import main


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Write the experiment `new`; gives exit code and standard error."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> tuple[int, str]:
        with pytest.raises(SystemExit) as caught:
            main(["nni-init", "new", *map(str, arguments)])
        return int(caught.value.code or 0), " ".join(capsys.readouterr().err.split())

    return call


@pytest.mark.parametrize(
    ("space", "strategy"),
    [("nasbench201", "metad2a"), ("mobilenetv3", "metad2a"), ("darts", "default"), ("nasbench101", "default")],
)
def test_the_strategy_is_one_that_the_space_has_weights_for(run, space, strategy):
    """MetaD2A ships for two spaces; elsewhere the experiment takes the strategy that does without."""
    assert run("--space", space) == (0, "")
    arguments = yaml.safe_load(Path("new/config.yml").read_text())["tuner"]["classArgs"]
    assert (arguments["strategy"], arguments["dataset"]) == (strategy, "digits")
    assert "epochs=3" in Path("new/trial/trial.py").read_text()


def test_an_explicit_number_of_epochs_is_trained(run):
    assert run("--strategy", "random", "--epochs", 3) == (0, "")
    assert "epochs=3" in Path("new/trial/trial.py").read_text()


TABLE = ("--table", "nasbench201/cifar10")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--space", "darts", "--strategy", "metad2a"), "no weights of that space ship; take default"),
        ((*TABLE, "--epochs", 5), "wanted no epochs beside the table nasbench201/cifar10, as nothing is trained"),
        (("--space", "mobilenetv3", "--supernet", "mobilenetv3", "--epochs", 7), "beside the supernet mobilenetv3"),
        ((*TABLE, "--strategy", "random", "--dataset", "nowhere"), "wanted no dataset beside the table"),
        (("--strategy", "nowhere"), "wanted a strategy out of"),
    ],
)
def test_what_cannot_run_and_what_nothing_reads_is_refused(run, options, message):
    """Exit code 2, and nothing is written."""
    code, err = run(*options)
    assert code == 2
    assert message in err
    assert not Path("new").exists()


def test_a_table_is_looked_up_without_pictures_and_epochs(run):
    assert run(*TABLE, "--strategy", "random") == (0, "")
    assert "table_trial('nasbench201/cifar10')" in Path("new/trial/trial.py").read_text()
