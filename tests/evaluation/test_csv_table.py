"""Anyone's own CSV file is a table, or one line says which of its lines is wrong."""

import math
from pathlib import Path

import pytest

from nas_plugins.evaluation import Benchmark, load_benchmark
from nas_plugins.spaces import ListedSpace, NASBench201
from nas_plugins.spaces.errors import InvalidArgument, InvalidTable, UnansweredQuery
from nas_plugins.strategies import get_strategy

SPACE = NASBench201()


def write(path: Path, *lines: str, header: str = "architecture,score") -> Path:
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return path


def load(path: Path, **options: object) -> Benchmark:
    return load_benchmark(path, space="nasbench201", **options)


def test_rows_become_scores_and_seconds(tmp_path: Path) -> None:
    """Columns in any order, others passed over, blank lines too; values are given back exactly."""
    path = tmp_path / "mine.csv"
    write(path, f"61.5,first,{SPACE[3]},12", "", f"70.25,,{SPACE[5]},0.5", header="score,note,architecture,seconds")
    benchmark = load(path)
    assert benchmark.name == "mine"
    assert str(benchmark.setting) == "validation accuracy on mine, mean over seeds"
    assert (benchmark.description, benchmark.score_name) == ("scores of mine.csv", "score")
    assert list(benchmark.architectures()) == [SPACE[3], SPACE[5]]
    assert [benchmark.score(cell) for cell in benchmark.architectures()] == [61.5, 70.25]
    assert [benchmark.seconds(cell) for cell in benchmark.architectures()] == [12, 0.5]
    assert benchmark.optimum() == (SPACE[5], 70.25)
    assert benchmark.parameters(SPACE[3]) is None


def test_files_from_spreadsheets(tmp_path: Path) -> None:
    """A byte-order mark, carriage returns and quotes change nothing."""
    text = f'architecture,score\r\n"{SPACE[3]}","61.5"\r\n'
    (tmp_path / "mine.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load(tmp_path / "mine.csv").score(SPACE[3]) == 61.5


def test_a_failed_training_is_on_record_as_nan(tmp_path: Path) -> None:
    """It is an answer, and it is never the optimum."""
    benchmark = load(write(tmp_path / "mine.csv", f"{SPACE[3]},nan", f"{SPACE[4]},-2"))
    assert math.isnan(benchmark.score(SPACE[3]))
    assert benchmark.optimum() == (SPACE[4], -2)


@pytest.mark.parametrize("strategy", ["bayesian", "local_search", "metad2a"])
def test_a_table_of_some_cells_is_searched_among_these(tmp_path: Path, strategy: str) -> None:
    """Every proposal has a row: no strategy asks for a cell of which nothing is known."""
    cells = [SPACE[index] for index in range(7, 15_625, 487)]
    benchmark = load(write(tmp_path / "mine.csv", *(f"{cell},{index}" for index, cell in enumerate(cells))))
    assert benchmark.space == ListedSpace(SPACE, cells)
    proposals = get_strategy(strategy, benchmark.space, seed=0)
    asked = []
    for _ in range(20):
        asked.append(proposals.ask())
        proposals.tell(asked[-1], benchmark.score(asked[-1]))
    assert len(set(asked)) == 20


def test_a_table_of_all_cells_is_of_the_whole_space(tmp_path: Path) -> None:
    assert load(write(tmp_path / "all.csv", *(f"{cell},1" for cell in SPACE))).space == SPACE


def test_what_the_file_does_not_say_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.csv", f"{SPACE[3]},1")
    for question in ({"split": "test"}, {"epochs": 200}, {"seed": 0}):
        with pytest.raises(UnansweredQuery, match="one score per architecture"):
            load(path, **question)
    benchmark = load(path)
    with pytest.raises(UnansweredQuery, match="no record"):
        benchmark.score(SPACE[4])
    assert benchmark.seconds(SPACE[3]) is None


@pytest.mark.parametrize(
    ("lines", "header", "said"),
    [
        ([f"{SPACE[3]},high"], "architecture,score", "line 2, got 'high'"),
        ([f"{SPACE[3]},1", f"{SPACE[4]},"], "architecture,score", "line 3, got ''"),
        ([f"{SPACE[3]},inf"], "architecture,score", "line 2, got 'inf'"),
        ([f"{SPACE[3]},1", "", "|none~0|,2"], "architecture,score", "line 4: .*3 groups"),
        ([f"{SPACE[3]},1", f"{SPACE[4]},2", f"{SPACE[3]},1"], "architecture,score", "line 4, first at line 2"),
        ([f"{SPACE[3]},1,5"], "architecture,score", "another number at .*line 2"),
        ([f"{SPACE[3]}"], "architecture,score", "another number at .*line 2"),
        ([f"{SPACE[3]},1,-5"], "architecture,score,seconds", "seconds of at least 0 .*line 2"),
        ([f"{SPACE[3]},1,nan"], "architecture,score,seconds", "seconds of at least 0 .*line 2"),
        ([f"{SPACE[3]},1"], "cell,accuracy", "architecture and score missing"),
        ([f"{SPACE[3]};1"], "architecture;score", "separated by commas"),
        ([f"{SPACE[3]},1,2"], "architecture,score,score", "different column names"),
        ([], "architecture,score", "found none among 0"),
        ([f"{SPACE[3]},nan"], "architecture,score", "found none among 1"),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, lines: list[str], header: str, said: str) -> None:
    """Every message carries the file, and the line where there is one."""
    path = write(tmp_path / "mine.csv", *lines, header=header)
    with pytest.raises(InvalidTable, match=said) as error:
        load(path)
    assert "\n" not in str(error.value)
    assert "mine.csv" in str(error.value)


def test_files_that_are_no_text(tmp_path: Path) -> None:
    for content in (b"", b"\xff\xfe\x00", b'architecture,score\n"open,1\n'):
        (tmp_path / "mine.csv").write_bytes(content)
        with pytest.raises(InvalidTable, match=r"mine\.csv"):
            load(tmp_path / "mine.csv")


def test_the_space_must_be_named_and_known(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.csv", f"{SPACE[3]},1")
    with pytest.raises(InvalidArgument, match="--space"):
        load_benchmark(path)
    with pytest.raises(InvalidArgument, match="nasbench201"):
        load_benchmark(path, space="unknown")


@pytest.mark.parametrize("name", ["nasbench201", "nasbench201/mnist", "missing.csv", "missing.npz/cifar10"])
def test_unknown_names(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidTable, match="nasbench201/imagenet16-120") as error:
        load_benchmark(name, space="nasbench201")
    assert "\n" not in str(error.value)
