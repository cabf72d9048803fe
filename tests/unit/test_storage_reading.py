"""Facts are read back as they were written: whole, in pieces, or only somebody's."""

from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from numpy.typing import ArrayLike

from sim.record import NEVER, RUNS, SESSIONS, Table
from sim.storage import FactFiles, FactStore, UnreadableFactsError, Where
from sim.storage import reading as module

Facts = FactStore[Table] | FactFiles[Table]


def runs(desktop: ArrayLike, begin: ArrayLike) -> Table:
    count = len(np.asarray(desktop))
    end = np.full(count, NEVER)
    return Table.of(RUNS, desktop=desktop, begin=begin, end=end, kind=np.zeros(count))


def in_three_ways(folder: Path, *tables: Table, spill_rows: int = 2) -> list[Facts]:
    """The same rows in memory, in a store that has just written them, and read back later."""
    stores = [FactStore[Table](), FactStore[Table](folder, spill_rows=spill_rows)]
    for store in stores:
        for table in tables:
            store.add(table)
        store.close()
    return [*stores, FactFiles[Table](folder, Table)]


def pieces(facts: Facts, *names: str, where: Where | None = None) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {name: [] for name in names}
    for batch in facts.batches(RUNS, *names, where=where):
        assert set(batch) == set(names)
        for name in names:
            found[name] += batch[name].tolist()
    return found


def test_the_pieces_are_the_whole_in_its_order(tmp_path: Path) -> None:
    """Five rows in row groups of two: 2 + 2 + 1."""
    for facts in in_three_ways(tmp_path, runs([7, 8, 7], [0, 5, 9]), runs([9, 7], [11, 12])):
        expected = {"desktop": [7, 8, 7, 9, 7], "begin": [0, 5, 9, 11, 12]}
        assert pieces(facts, "desktop", "begin") == expected
        assert facts.columns(RUNS, "begin")["begin"].tolist() == expected["begin"]


def test_only_the_rows_with_a_number_are_given(tmp_path: Path) -> None:
    """Also if the column that chooses is not among those that are wanted."""
    for facts in in_three_ways(tmp_path, runs([7, 8, 7], [0, 5, 9]), runs([9, 7], [11, 12])):
        assert pieces(facts, "begin", where=Where("desktop", 7)) == {"begin": [0, 9, 12]}
        assert pieces(facts, "begin", where=Where("desktop", 3)) == {"begin": []}


def test_words_and_gaps_survive_the_choice(tmp_path: Path) -> None:
    for facts in in_three_ways(tmp_path, runs([7, 8, 7], [0, 5, 9])):
        (batch,) = [b for b in facts.batches(RUNS, where=Where("desktop", 8)) if len(b["begin"])]
        assert batch["end"].tolist() == [NEVER]
        assert batch["kind"].dtype == np.int8


def test_row_groups_without_the_number_are_not_decoded(tmp_path: Path) -> None:
    """Sorted by desktop, one in fifty row groups can hold a desktop: its bounds say so."""
    desktops = np.repeat(np.arange(100), 10)
    (*_, facts) = in_three_ways(tmp_path, runs(desktops, desktops * 3), spill_rows=20)
    decoded = []
    plain = module._group

    def watched(file: Any, group: int, columns: Any) -> Any:
        decoded.append(group)
        return plain(file, group, columns)

    with mock.patch.object(module, "_group", watched):
        assert pieces(facts, "begin", where=Where("desktop", 42)) == {"begin": [126] * 10}

    assert set(decoded) == {21}


def test_a_table_that_was_never_written_has_no_rows(tmp_path: Path) -> None:
    (*_, facts) = in_three_ways(tmp_path, runs([7], [0]))
    assert isinstance(facts, FactFiles)

    assert SESSIONS not in facts
    assert RUNS in facts
    assert facts.columns(SESSIONS, "connected")["connected"].tolist() == []
    assert list(facts.batches(SESSIONS)) == []
    assert len(facts.table(RUNS)) == 1


def test_an_unknown_column_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    for facts in in_three_ways(tmp_path, runs([7], [0])):
        with pytest.raises(KeyError, match="runs has no column color"):
            list(facts.batches(RUNS, "color"))


def test_a_damaged_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "runs.parquet").write_bytes(b"not a table")
    facts = FactFiles[Table](tmp_path, Table)

    for read in (lambda: facts.columns(RUNS), lambda: list(facts.batches(RUNS))):
        with pytest.raises(UnreadableFactsError, match=r"runs\.parquet: expected facts as Parquet"):
            read()


def test_a_file_of_another_version_is_told_by_the_column_it_lacks(tmp_path: Path) -> None:
    store = FactStore[Table](tmp_path)
    store.add(runs([7], [0]))
    store.close()
    (tmp_path / "runs.parquet").rename(tmp_path / "sessions.parquet")
    facts = FactFiles[Table](tmp_path, Table)

    for read in (
        lambda: facts.columns(SESSIONS, "rtt"),
        lambda: list(facts.batches(SESSIONS, "rtt")),
        lambda: list(facts.batches(SESSIONS, "rtt", where=Where("user", 1))),
    ):
        with pytest.raises(UnreadableFactsError, match="another version of desksim wrote it"):
            read()
