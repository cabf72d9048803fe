"""Rows that have only some of a table's columns."""

import numpy as np
import pytest

from sim.model.stages import LOGON_ROW, cut_short
from sim.record import LOGONS, TableBuilder
from sim.record.columns import Schema, number, text

NUMBERS = Schema("numbers", (number("a", "a"), number("b", "b"), number("c", "c")))
WORDS = Schema("words", (number("a", "a"), text("word", "a word"), number("c", "c")))


def test_cells_are_told_by_name_and_what_is_not_told_is_0() -> None:
    """Rows (c, a) of a table a, b, c; a chunk of whole columns between them."""
    builder = TableBuilder(NUMBERS, ("c", "a"))
    builder.append((3, 1))
    builder.append((30, 10))
    assert len(builder) == 2
    builder.extend(a=[100], b=[200], c=[300])
    builder.append((3000, 1000))
    assert len(builder) == 4

    table = builder.drain()
    assert {name: table[name].tolist() for name in NUMBERS.names} == {
        "a": [1, 10, 100, 1000],
        "b": [0, 0, 200, 0],
        "c": [3, 30, 300, 3000],
    }
    assert all(table[column.name].dtype == column.dtype for column in NUMBERS.columns)
    assert len(builder) == len(builder.drain()) == 0


def test_the_same_with_text() -> None:
    builder = TableBuilder(WORDS, ("word", "a"))
    builder.append(("one", 1))
    builder.append(("two", 2))

    table = builder.drain()
    assert table["word"].tolist() == ["one", "two"]
    assert (table["a"].tolist(), table["c"].tolist()) == ([1, 2], [0, 0])


def test_a_row_of_logons_has_each_column_once() -> None:
    assert sorted(LOGON_ROW) == sorted(LOGONS.names)


@pytest.mark.parametrize("stages", [8, 16])
def test_what_an_attempt_did_not_come_to_is_cut_off_its_last_stages(stages: int) -> None:
    """Each stage of 10 s, in the order of the columns of `logons`: 35 s are three and a half."""
    names = LOGON_ROW[9 : 9 + stages]
    passed = dict(zip(names, cut_short([10] * stages, 35), strict=True))

    in_order = [passed[name] for name in LOGONS.names if name in passed]
    assert in_order == [10, 10, 10, 5, *np.zeros(stages - 4, dtype=int).tolist()]
