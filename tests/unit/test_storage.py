"""Tables come back from disk the same, whole or not at all, and equal rows are equal bytes."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.record import (
    DESKTOP_TERMS,
    DESKTOPS,
    HOST_LOAD,
    LOGONS,
    NEVER,
    OPERATIONS,
    PLAN,
    RUNS,
    SESSIONS,
    USAGE,
    USERS,
    Column,
    RunKind,
    RunningMode,
    Schema,
    Table,
)
from sim.storage import (
    FactStore,
    column_name,
    read_table,
    replace_file,
    replace_folder,
    table_to_frame,
    write_table,
    write_text,
)
from sim.storage.columns import NOTHING

SCHEMAS = [
    USERS,
    PLAN,
    DESKTOPS,
    DESKTOP_TERMS,
    LOGONS,
    SESSIONS,
    RUNS,
    HOST_LOAD,
    OPERATIONS,
    USAGE,
]


def some_rows(schema: Schema, count: int, seed: int = 0) -> Table:
    """Rows with every kind of value, NEVER among them."""
    random = np.random.default_rng(seed)

    def values(column: Column) -> Any:
        if column.codes is not None:
            return random.integers(0, len(column.codes.labels()), count)
        if column.dtype == object:
            return [f"word-{i % 7}, äöü" for i in range(count)]
        if column.dtype == np.bool_:
            return random.integers(0, 2, count)
        numbers = random.integers(-1000, 1000, count)
        if column.dtype == np.int64:
            return np.where(random.integers(0, 3, count) == 0, NEVER, numbers * 10**10)
        return numbers

    return Table.of(schema, **{column.name: values(column) for column in schema.columns})


def equal(a: Table, b: Table) -> bool:
    same = [np.array_equal(a[n], b[n]) and a[n].dtype == b[n].dtype for n in a.schema.names]
    return a.schema == b.schema and all(same)


def assert_same(a: pd.DataFrame, b: pd.DataFrame) -> None:
    """Equal but for the order of categories, which Parquet does not keep."""

    def plain(frame: pd.DataFrame) -> pd.DataFrame:
        words = [name for name, kind in frame.dtypes.items() if kind == "category"]
        return frame.astype(dict.fromkeys(words, "str"))

    pd.testing.assert_frame_equal(plain(a), plain(b))


def leftovers(folder: Path) -> list[str]:
    return [file.name for file in folder.rglob("*") if file.name.startswith(".")]


def runs(*spans: tuple[int, int, int]) -> Table:
    desktop, begin, end = zip(*spans, strict=True)
    kind = [RunKind.LOGON] * len(spans)
    return Table.of(RUNS, desktop=desktop, begin=begin, end=end, kind=kind)


# --- names and values as they are shown


def test_the_smallest_integer_means_the_same_here_and_in_the_record() -> None:
    assert NOTHING == NEVER


def test_milliseconds_carry_their_unit_and_other_columns_their_own_name() -> None:
    named = {column.name: column_name(column) for column in LOGONS.columns}

    assert named["arrival"] == "arrival_ms"
    assert named["start"] == "start_ms"
    own = {"session", "attempt", "user", "desktop", "start_kind", "outcome", "cause"}
    assert {name for name, outside in named.items() if name == outside} == own
    assert all(outside in (name, f"{name}_ms") for name, outside in named.items())
    assert column_name(HOST_LOAD.column("memory_gb")) == "memory_gb"
    assert column_name(HOST_LOAD.column("at")) == "at_ms"


def test_a_frame_shows_words_and_gaps() -> None:
    terms = Table.of(
        DESKTOP_TERMS,
        desktop=[0, 0],
        begin=[0, 500],
        end=[500, NEVER],
        bundle=["power", "value"],
        root_gb=[80, 80],
        user_gb=[10, 50],
        running_mode=[RunningMode.ALWAYS_ON, RunningMode.AUTO_STOP],
        created=[True, False],
        deleted=[False, False],
    )

    frame = table_to_frame(terms, replication=3)

    assert list(frame.columns[:4]) == ["replication", "desktop", "begin_ms", "end_ms"]
    assert list(frame.replication) == [3, 3]
    assert list(frame.running_mode) == ["AlwaysOn", "AutoStop"]
    assert frame.end_ms.isna().tolist() == [False, True]
    assert frame.begin_ms.sum() == 500
    assert frame.created.tolist() == [True, False]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda s: s.name)
def test_types_of_a_frame_do_not_depend_on_its_values(schema: Schema) -> None:
    full, none = table_to_frame(some_rows(schema, 20), 0), table_to_frame(Table.empty(schema), 0)

    assert full.dtypes.to_dict() == none.dtypes.to_dict()


# --- one table in one file


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda s: s.name)
@pytest.mark.parametrize("count", [0, 50])
def test_a_parquet_file_holds_the_frame_that_was_written(
    tmp_path: Path, schema: Schema, count: int
) -> None:
    frame = table_to_frame(some_rows(schema, count), replication=1)
    write_table(tmp_path / "t.parquet", frame)

    assert_same(read_table(tmp_path / "t.parquet"), frame)


def test_a_table_may_be_written_without_making_a_frame_first(tmp_path: Path) -> None:
    table = some_rows(SESSIONS, 10)
    write_table(tmp_path / "t.parquet", table)

    assert_same(read_table(tmp_path / "t.parquet"), table_to_frame(table))


def test_csv_has_one_line_per_row_and_nothing_for_nothing(tmp_path: Path) -> None:
    write_table(tmp_path / "runs.csv", runs((0, -5, 10), (1, 0, NEVER)))

    text = (tmp_path / "runs.csv").read_text(encoding="utf-8")
    assert text == "desktop,begin_ms,end_ms,kind\n0,-5,10,logon\n1,0,,logon\n"


def test_csv_keeps_exact_decimals_and_words_that_look_like_nothing(tmp_path: Path) -> None:
    frame = pd.DataFrame({"amount": [Decimal("0.1000000000")], "user": ["NA"]})
    write_table(tmp_path / "t.csv", frame)

    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == "amount,user\n0.1000000000,NA\n"
    assert read_table(tmp_path / "t.csv").user.tolist() == ["NA"]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_the_same_rows_are_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    for name in ("a", "b"):
        write_table(tmp_path / (name + suffix), some_rows(LOGONS, 1000))

    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


@pytest.mark.parametrize("call", [lambda p: write_table(p, some_rows(RUNS, 1)), read_table])
def test_another_suffix_is_refused(tmp_path: Path, call: Any) -> None:
    with pytest.raises(ValueError, match=r"ends in \.csv or \.parquet, got 't\.xls'"):
        call(tmp_path / "t.xls")


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_file_that_is_something_else_is_refused_by_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    path.write_bytes(b"\xff\xfe\x00" if suffix == ".csv" else b"a,b\n1,2\n")

    with pytest.raises(ValueError, match=rf"t\{suffix}: expected a (CSV|PARQUET) file"):
        read_table(path)


# --- whole or not at all


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "answer.txt"
    write_text(path, "old")

    def half() -> None:
        with replace_file(path) as temporary:
            temporary.write_text("half", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()

    assert path.read_text(encoding="utf-8") == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["answer.txt"]


def test_missing_folders_are_made(tmp_path: Path) -> None:
    write_text(tmp_path / "a" / "b" / "c.txt", "text")

    assert (tmp_path / "a" / "b" / "c.txt").read_text(encoding="utf-8") == "text"


def test_a_refusal_of_the_system_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(OSError, match=r"cannot write .*t\.csv: File exists") as raised:
        write_table(tmp_path / "file" / "t.csv", some_rows(RUNS, 1))

    assert len(str(raised.value).splitlines()) == 1
    assert "[Errno" not in str(raised.value)


DISK_OF_64_KB = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from sim.record import RUNS, Table
from sim.storage import FactStore, write_table

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
numbers = np.random.default_rng(0).integers(0, 2**30, 100_000)
table = Table.of(RUNS, desktop=numbers, begin=numbers, end=numbers, kind=numbers * 0)
folder = Path(sys.argv[1])
def stream():
    with FactStore[Table](folder, spill_rows=1000) as store:
        for first in range(0, 100_000, 1000):
            store.add(table.take(np.arange(first, first + 1000)))
for write in (
    lambda: write_table(folder / "t.csv", table),
    lambda: write_table(folder / "t.parquet", table),
    stream,
):
    try:
        write()
    except OSError as error:
        print(error)
"""


def test_a_full_disk_is_told_in_a_sentence_and_leaves_no_half_file(tmp_path: Path) -> None:
    """The limit on the size of a file stands in for the end of the disk."""
    done = subprocess.run(
        [sys.executable, "-c", DISK_OF_64_KB, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    sentences = done.stdout.splitlines()
    assert len(sentences) == 3
    for sentence, file in zip(sentences, ("t.csv", "t.parquet", "runs.parquet"), strict=True):
        assert sentence == f"cannot write {tmp_path / file}: File too large"
    assert list(tmp_path.iterdir()) == []


# --- a folder takes the place of another


def is_ours(folder: Path) -> bool:
    return (folder / "mark").exists()


def fill(path: Path, name: str) -> None:
    with replace_folder(path, is_ours) as folder:
        (folder / "mark").touch()
        (folder / "facts").mkdir()
        write_text(folder / "facts" / name, name)


def test_a_folder_appears_whole_and_replaces_an_older_one_of_ours(tmp_path: Path) -> None:
    result = tmp_path / "reports" / "office"
    fill(result, "first")
    fill(result, "second")

    assert sorted(p.name for p in result.rglob("*")) == ["facts", "mark", "second"]
    assert [p.name for p in result.parent.iterdir()] == ["office"]


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    fill(tmp_path / "empty", "file")

    assert (tmp_path / "empty" / "facts" / "file").exists()


def test_a_foreign_folder_or_file_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter-1").touch()
    (tmp_path / "letter").touch()

    for name, reason in (("thesis", "it holds files that no run"), ("letter", "it is a file")):
        with (
            pytest.raises(FileExistsError, match=f"cannot write .*{name}: {reason}"),
            replace_folder(tmp_path / name, is_ours),
        ):
            pytest.fail("the work began")
    assert (tmp_path / "thesis" / "chapter-1").exists()


def test_a_failure_half_way_leaves_the_old_folder(tmp_path: Path) -> None:
    fill(tmp_path / "office", "first")

    def half() -> None:
        with replace_folder(tmp_path / "office", is_ours) as folder:
            (folder / "mark").touch()
            raise RuntimeError("the model broke")

    with pytest.raises(RuntimeError, match="the model broke"):
        half()

    assert (tmp_path / "office" / "facts" / "first").exists()
    assert leftovers(tmp_path) == []


def test_a_failed_rename_puts_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "office", "first")
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if target.name == "office" and not (self / "facts" / "first").exists():
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OSError, match=r"cannot write .*office: Permission denied"):
        fill(tmp_path / "office", "second")

    assert (tmp_path / "office" / "facts" / "first").exists()
    assert leftovers(tmp_path) == []


# --- the facts of a run


@pytest.mark.parametrize("on_disk", [False, True])
@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda s: s.name)
def test_chunks_come_back_as_one_table(tmp_path: Path, schema: Schema, on_disk: bool) -> None:
    table = some_rows(schema, 1000)
    store = FactStore[Table](tmp_path if on_disk else None, spill_rows=64)
    for first in range(0, 1000, 10):
        store.add(table.take(np.arange(first, first + 10)))

    assert equal(store.table(schema), table)


@pytest.mark.parametrize("on_disk", [False, True])
def test_some_columns_are_read_without_the_others(tmp_path: Path, on_disk: bool) -> None:
    store = FactStore[Table](tmp_path if on_disk else None)
    store.add(runs((7, 0, 10), (8, 5, NEVER)))

    columns = store.columns(RUNS, "end", "desktop")

    assert set(columns) == {"end", "desktop"}
    assert columns["desktop"].tolist() == [7, 8]
    assert columns["end"].tolist() == [10, NEVER]


@pytest.mark.parametrize("on_disk", [False, True])
def test_no_rows_are_an_answer_and_an_unknown_column_is_not(tmp_path: Path, on_disk: bool) -> None:
    store = FactStore[Table](tmp_path if on_disk else None)
    store.add(Table.empty(RUNS))

    assert len(store.table(RUNS)) == 0
    assert len(store.table(HOST_LOAD)) == 0
    with pytest.raises(KeyError, match="runs has no column color"):
        store.columns(RUNS, "color")


def test_a_store_that_was_read_takes_no_more(tmp_path: Path) -> None:
    store = FactStore[Table](tmp_path)
    store.add(runs((0, 0, 1)))
    store.close()

    with pytest.raises(ValueError, match="the store is closed, runs came too late"):
        store.add(runs((0, 0, 1)))


def test_an_empty_store_knows_no_table() -> None:
    with pytest.raises(LookupError, match="nothing was added"):
        FactStore[Table]().table(RUNS)


def test_the_file_depends_on_the_rows_and_not_on_the_chunks(tmp_path: Path) -> None:
    table = some_rows(LOGONS, 1000)
    for name, chunk in (("a", 1000), ("b", 7)):
        with FactStore[Table](tmp_path / name, spill_rows=300) as store:
            for first in range(0, 1000, chunk):
                store.add(table.take(np.arange(first, min(first + chunk, 1000))))

    a, b = (tmp_path / name / "logons.parquet" for name in ("a", "b"))
    assert a.read_bytes() == b.read_bytes()
    # 1000 rows = 300 + 300 + 300 + 100
    assert read_table(a).shape == (1000, 1 + len(LOGONS.columns))


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    store = FactStore[Table](tmp_path, spill_rows=1)
    store.add(runs((0, 0, 1)))
    assert not (tmp_path / "runs.parquet").exists()
    store.close()
    assert [file.name for file in tmp_path.iterdir()] == ["runs.parquet"]


def test_a_run_that_fails_leaves_no_facts(tmp_path: Path) -> None:
    def fail() -> None:
        with FactStore[Table](tmp_path, spill_rows=1) as store:
            store.add(runs((0, 0, 1)))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_facts_on_disk_are_read_by_anybody(tmp_path: Path) -> None:
    """What the store wrote is an ordinary table with words, units and the replication."""
    store = FactStore[Table](tmp_path, replication=4)
    store.add(runs((7, 0, 10), (8, 5, NEVER)))
    store.close()

    frame = read_table(tmp_path / "runs.parquet")

    assert_same(frame, table_to_frame(store.table(RUNS), replication=4))


def test_a_moved_store_reads_from_where_it_is_now(tmp_path: Path) -> None:
    store = FactStore[Table](tmp_path / "here")
    store.add(runs((7, 0, 10)))
    store.close()
    (tmp_path / "here").rename(tmp_path / "there")
    store.moved(tmp_path / "there")

    assert store.table(RUNS)["end"].tolist() == [10]


def test_a_store_does_not_take_the_files_of_another_for_its_own(tmp_path: Path) -> None:
    """A newer result may take the place of an older one that somebody still holds."""
    stores = []
    for end in (10, 20):
        store = FactStore[Table](tmp_path / "new")
        store.add(runs((7, 0, end)))
        store.close()
        if (tmp_path / "result").exists():
            (tmp_path / "result").rename(tmp_path / "old")
        (tmp_path / "new").rename(tmp_path / "result")
        store.moved(tmp_path / "result")
        stores.append(store)

    assert stores[1].table(RUNS)["end"].tolist() == [20]
    with pytest.raises(LookupError, match="another result has taken the place of these facts"):
        stores[0].table(RUNS)


PEAK = """
import resource, sys
import numpy as np
from sim.record import RUNS, Table
from sim.storage import FactStore

chunk = np.random.default_rng(0).integers(0, 2**30, 50_000)
with FactStore[Table](sys.argv[1], spill_rows=50_000) as store:
    for _ in range(int(sys.argv[2])):
        store.add(Table.of(RUNS, desktop=chunk, begin=chunk, end=chunk, kind=chunk * 0))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_run(tmp_path: Path) -> None:
    """3 million rows are 63 MB of arrays; streamed, they cost what 0.3 million cost."""

    def peak(chunks: int) -> int:
        command = [sys.executable, "-c", PEAK, str(tmp_path / str(chunks)), str(chunks)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return int(done.stdout) * 1024

    assert peak(60) - peak(6) < 20_000_000
    assert (tmp_path / "60" / "runs.parquet").stat().st_size > 6_000_000
