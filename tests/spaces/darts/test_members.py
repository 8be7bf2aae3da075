"""DARTS: drawing cells, their neighbours, and the genotypes they are written as."""

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from scipy.stats import chisquare

from nas_plugins.spaces.darts import Cell, Genotype
from nas_plugins.spaces.errors import InvalidArchitecture
from tests.spaces.darts.genotypes import ARCH2VEC_BO, CONCAT, DARTS_V2, SPACE, drawn, seeds


def test_sampling_is_uniform():
    """Chi-squared tests of each decision and of each pair of them.

    The decisions number all cells, so uniform and independent decisions are a uniform cell. False-alarm rate: at most
    1 in 1,000 by the union bound, and the seed is fixed.
    """
    rng = np.random.default_rng(20190501)
    chosen = [SPACE.to_choices(SPACE.sample(rng)) for _ in range(6000)]
    decisions = SPACE.choices()
    p_values = []
    for names in [(name,) for name in decisions] + list(itertools.combinations(decisions, 2)):
        cells = list(itertools.product(*(decisions[name] for name in names)))
        counts = Counter(tuple(choice[name] for name in names) for choice in chosen)
        p_values.append(chisquare([counts[cell] for cell in cells]).pvalue)

    assert min(p_values) > 0.001 / len(p_values)


@given(seed=seeds)
def test_68_neighbours(seed):
    """56 change an operation, 12 move an input; each changes one decision or one source."""
    cell = drawn(seed)
    neighbours = list(SPACE.neighbors(cell))
    moved = [other for other in neighbours if [s for _, s in other.edges] != [s for _, s in cell.edges]]
    choices = SPACE.to_choices(cell)
    differences = [choices.items() - SPACE.to_choices(other).items() for other in neighbours if other not in moved]

    assert (len(neighbours), len(moved)) == (68, 12)
    assert {len(difference) for difference in differences} == {1}
    assert all(sorted(name for name, _ in other.edges) == sorted(name for name, _ in cell.edges) for other in moved)


def test_the_order_of_a_nodes_edges_means_nothing():
    """Two orders make one cell, one text and one hash."""
    cell = Genotype.parse(ARCH2VEC_BO).normal
    swapped = Cell(tuple(edge for first, second in cell.pairs() for edge in (second, first)))

    assert swapped == cell
    assert str(swapped) == str(cell)
    assert hash(swapped) == hash(cell)


@given(first=seeds, second=seeds)
def test_genotypes_read_back_what_they_print(first, second):
    """The official text round trips, and is what Python itself would read."""
    genotype = Genotype(drawn(first), drawn(second))
    fields = {}
    exec(f"fields.update({str(genotype)[len('Genotype(') : -1]})", {"fields": fields})  # text of ours

    assert Genotype.parse(str(genotype)) == genotype
    assert fields["normal"] == list(genotype.normal.edges)
    assert fields["reduce_concat"] == [2, 3, 4, 5]


def test_genotypes_are_read_in_every_official_spelling():
    """A range for the list, tuples, fields in any order, line breaks."""
    genotype = Genotype.parse(DARTS_V2)

    assert Genotype.parse(DARTS_V2.replace(CONCAT, "range(2, 6)")) == genotype
    assert Genotype.parse(DARTS_V2.replace("[", "(").replace("]", ")")) == genotype
    assert Genotype.parse("\n" + DARTS_V2.replace(", ", ",\n  ")) == genotype
    assert SPACE.parse(ARCH2VEC_BO) == Genotype.parse(ARCH2VEC_BO).reduce


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        ("Genotype", "wanted Genotype"),
        ("Genotype()", "the fields"),
        ("Genotype(1, 2)", "wanted Genotype"),
        ("Genotype(" * 400, "wanted Genotype"),
        ("Genotype(\0)", "wanted Genotype"),
        (DARTS_V2.replace("Genotype", "print"), "wanted Genotype"),
        (DARTS_V2.replace("('skip_connect', 2)", "open('x')", 1), "plain lists"),
        (DARTS_V2.replace(CONCAT, "range(10**9)", 1), "plain lists"),
        (DARTS_V2.replace(CONCAT, "[3, 4, 5]", 1), "normal_concat"),
        (DARTS_V2.replace(CONCAT, "5", 1), "normal_concat"),
        (DARTS_V2.replace("sep_conv_3x3", "sep_conv_7x7", 1), "sep_conv_7x7"),
        (DARTS_V2.replace("('dil_conv_3x3', 2)", "('dil_conv_3x3', 5)"), "nodes 0 to 4"),
        (DARTS_V2.replace("('dil_conv_3x3', 2)", "('dil_conv_3x3', 0)"), "two different"),
        (DARTS_V2.replace("('dil_conv_3x3', 2)", "('dil_conv_3x3', True)"), "True"),
        (DARTS_V2.replace("('dil_conv_3x3', 2)", "('dil_conv_3x3',)"), "pairs"),
        (DARTS_V2.replace(", ('dil_conv_3x3', 2)", ""), "8 pairs"),
        (DARTS_V2 + " " * 5000, "at most"),
    ],
)
def test_a_bad_genotype_is_told_what_is_wrong_with_it(bad, complaint):
    with pytest.raises(InvalidArchitecture, match=complaint):
        Genotype.parse(bad)


def test_a_genotype_is_never_run(tmp_path):
    """A text that would write a file when evaluated is refused, and no file appears."""
    file = tmp_path / "run"
    with pytest.raises(InvalidArchitecture):
        Genotype.parse(DARTS_V2.replace("('skip_connect', 2)", f"__import__('os').mkdir({str(file)!r})", 1))
    assert not file.exists()


def test_a_pair_of_cells_is_no_member():
    """The space holds one cell for both roles, and says so."""
    with pytest.raises(InvalidArchitecture, match="one cell for both roles"):
        SPACE.parse(DARTS_V2)
