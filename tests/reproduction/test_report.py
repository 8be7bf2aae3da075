"""Figures, rows and tables: what is said of a spread, and what people and scripts read."""

import csv

import numpy as np
import pytest

from nas_plugins.evaluation import mean_interval
from nas_plugins.reproduction.report import Figure, Report, ResultTable, Row


def test_figure_of_runs_has_their_spread_and_students_interval():
    values = [93.0, 94.0, 95.5, 93.7]
    figure = Figure.of(values)

    assert figure.mean == pytest.approx(np.mean(values))
    assert figure.std == pytest.approx(np.std(values, ddof=1))
    assert figure.high - figure.mean == pytest.approx(mean_interval(values))
    assert figure.mean - figure.low == pytest.approx(mean_interval(values))
    assert figure.runs == 4


@pytest.mark.parametrize("values", [[94.3], [94.3, 94.3, 94.3]])
def test_runs_that_agree_claim_no_spread(values):
    figure = Figure.of(values)

    assert (figure.std, figure.low, figure.high) == (None, None, None)
    assert figure.text() == "94.30"


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (Figure(0.8051, 0.004, 0.78, 0.83, 3), "0.81 ± 0.00 [0.78, 0.83]"),
        (Figure.published(94.37, 0.03), "94.37 [± 0.03]"),
        (Figure.published(0.8085), "0.81"),
        (Figure(70.0, 1.5, 69.0, 71.0, 5), "70.00 ± 1.50 [± 1.00]"),
        (Figure(float("nan")), "nan"),
        (Figure.of([94.3, float("nan"), 94.1]), "nan"),
    ],
)
def test_figure_in_words(figure, text):
    assert figure.text(2) == text


TABLE = ResultTable(
    "Accuracy (%)",
    ("look-ups",),
    ("CIFAR-10", "CIFAR-100"),
    (
        Row("ours", {"CIFAR-10": Figure.of([93.0, 94.0]), "CIFAR-100": Figure(72.5)}, {"look-ups": "30"}),
        Row("theirs", {"CIFAR-10": Figure.published(94.37, 0.03)}, published=True),
    ),
)


def test_table_in_words_marks_what_is_published_and_what_is_missing():
    assert TABLE.headings == ("method", "look-ups", "CIFAR-10", "CIFAR-100")
    assert TABLE.cells() == [
        ["ours", "30", "93.50 ± 0.71 [± 6.35]", "72.50"],
        ["theirs, as published", "-", "94.37 [± 0.03]", "-"],
    ]


def test_report_is_saved_with_one_line_per_figure(tmp_path):
    report = Report("t", "Title", "Source", ("As it was done.",), (TABLE, TABLE))
    saved = report.save(tmp_path / "out")
    with saved[0].open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    assert [path.name for path in saved] == ["table.csv", "table2.csv"]
    assert len(rows) == 3
    assert [(row["method"], row["column"], row["published"]) for row in rows] == [
        ("ours", "CIFAR-10", "False"),
        ("ours", "CIFAR-100", "False"),
        ("theirs", "CIFAR-10", "True"),
    ]
    assert float(rows[0]["mean"]) == 93.5
    assert report.to_json()["tables"][0]["rows"][1]["figures"]["CIFAR-10"]["mean"] == 94.37


def test_table_is_drawn_without_the_rows_that_are_not_to_be_shown(tmp_path):
    path = TABLE.draw(tmp_path / "t.svg", title="Title", subtitle="accuracy (%)", shown=lambda row: row.published)
    words = path.read_text(encoding="utf-8")

    # The table's second column has no published figure: it has nothing to show and is left out.
    assert "theirs, published" in words
    assert ">ours<" not in words


def test_table_is_drawn_without_the_columns_that_have_no_number(tmp_path):
    """A column of nan alone is left out; the other one, with a nan beside a number, is drawn."""
    nan = float("nan")
    rows = (Row("ours", {"error": Figure(1.5), "order": Figure(nan)}), Row("theirs", {"error": Figure(nan)}))
    table = ResultTable("Errors", (), ("error", "order"), rows)
    words = table.draw(tmp_path / "t.svg", title="Title", subtitle="").read_text(encoding="utf-8")

    assert table.cells() == [["ours", "1.50", "nan"], ["theirs", "nan", "-"]]
    assert ">error<" in words
    assert ">order<" not in words
