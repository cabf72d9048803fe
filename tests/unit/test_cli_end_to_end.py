"""`desksim` from the outside: processes, signals, exit codes, and the files that they leave.

Exit codes: 0 done, 1 something failed, 2 something in the files or words is wrong, 130 interrupted.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.commands import desksim, start
from tests.shipped import HASH_SEED, ROOT, shipped, simulate
from tests.small_office import TEXT, write_office

RESULT = Path("reports", "small-office")
FILES = {"summary.json", "charges.csv", "invoice.csv", "resolved.yaml", "report.html"}

CROWD = ("--set", "populations.part-time.users=4000", "--set", "directory.servers=99")
"""Enough people that a signal meets the model at work."""

WHILE_SIMULATING = "facts/.sessions.*.part"
WHILE_WRITING = "summary.json"
"""What the temporary folder holds at two moments of a run."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a small scenario in it: `office.yaml`."""
    write_office(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What running the scenario prints, and the folder in which it was run."""
    folder = tmp_path_factory.mktemp("written")
    write_office(folder)
    done = desksim("run", "office.yaml", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout, folder


@pytest.fixture
def older(written: tuple[str, Path], folder: Path) -> Path:
    """A folder in which the scenario has been run before."""
    shutil.copytree(written[1] / "reports", folder / "reports")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, byte for byte."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def visible(folder: Path) -> list[str]:
    """What a listing of the folder shows."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


# --- mistakes in a scenario file


BASE = """\
version: 1
region: us-east-1
start: 2026-09-01
horizon: {months: 1}
prices: {book: us-east-1.csv}
fleets:
  desks:
    bundle: standard
    running_mode: AutoStop
    autostop_timeout: 90 min
"""

SIX_MISTAKES = """\
extends: base.yaml
name: office
fleets:
  desks:
    aplications: [office-2021-pro]
populations:
  sales:
    users: five
    fleet: desk
    time_zone: Europe/Londn
    shift: {start: "09:00"}
    session_length: 8 h
"""


def test_six_mistakes_are_six_problems_each_with_its_place(tmp_path: Path) -> None:
    """In the file, in the file that it extends and on the command line; all told at once."""
    (tmp_path / "us-east-1.csv").symlink_to(ROOT / "scenarios" / "prices" / "us-east-1.csv")
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    (tmp_path / "office.yaml").write_text(SIX_MISTAKES, encoding="utf-8")

    done = desksim("validate", "office.yaml", "--set", "warm_up=3", folder=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    *problems, count = done.stderr.splitlines()
    assert count == "6 problems"
    expected = [
        r"office\.yaml:5:5: fleets\.desks\.aplications: unknown key; did you mean 'applications'\?",
        r"office\.yaml:8:12: populations\.sales\.users: expected a whole number, got 'five'",
        r"office\.yaml:9:12: populations\.sales\.fleet: unknown fleet 'desk'; did you mean .*",
        r"office\.yaml:10:16: populations\.sales\.time_zone: unknown time zone 'Europe/Londn'; .*",
        r"base\.yaml:10:23: fleets\.desks\.autostop_timeout: expected whole hours .*'90 min'",
        r"--set\[0\]:1:9: warm_up: expected .*, got 3",
    ]
    assert len(problems) == len(expected)
    for pattern in expected:
        assert any(re.fullmatch(pattern, problem) for problem in problems), pattern


def test_a_missing_price_is_told_with_what_is_known_and_how_to_supply_it(folder: Path) -> None:
    """Nobody has published what an own licence costs in us-east-1."""
    write_office(folder, TEXT.replace("bundle: standard", "bundle: standard\n    license: byol"))

    done = desksim("validate", "office.yaml", folder=folder)

    assert (done.returncode, done.stdout) == (2, "")
    assert re.search(
        r"(?m)^office\.yaml:\d+:13: fleets\.staff\.bundle: no price for "
        r"personal/alwayson-month/standard/windows/byol/80-50 in book us-east-1 .*; nearest known: "
        r"personal/.*; supply one under prices\.add with a source$",
        done.stderr,
    )


def test_a_right_file_beside_a_wrong_one_is_told_to_be_right(folder: Path) -> None:
    (folder / "wrong.yaml").write_text("version: 1\n", encoding="utf-8")

    done = desksim("validate", "office.yaml", "wrong.yaml", folder=folder)

    assert done.returncode == 2
    assert done.stdout.splitlines() == [
        "office.yaml: ok, <Scenario small-office: 8 users, 2026-09-01 to 2026-09-15>"
    ]
    assert re.search(r"(?m)^wrong\.yaml:1:1: name: required", done.stderr)


# --- the same bytes


@pytest.mark.parametrize("name", ["byol-hosts", "contractors"])
def test_the_same_seed_gives_the_same_bytes_in_another_process(
    name: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Parquet and figures included, though Python's sets are ordered otherwise there.

    The first of the two shares hosts and a directory, the second shares nothing.
    """
    assert HASH_SEED != "4294967295"

    once = shipped(name, tmp_path_factory)
    again = simulate(name, tmp_path, PYTHONHASHSEED="4294967295")

    assert again.screen == once.screen
    first, second = contents(once.folder), contents(again.folder)
    assert len(first) == len(FILES) + 10
    assert first.keys() == second.keys()
    assert [file for file in first if first[file] != second[file]] == []


def test_another_seed_gives_other_people(written: tuple[str, Path], folder: Path) -> None:
    """Or the test above would compare nothing with nothing."""
    done = desksim("run", "office.yaml", "--quiet", "--set", "seed=8", folder=folder)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    seven, eight = contents(written[1] / RESULT), contents(folder / RESULT)
    assert seven.keys() == eight.keys()
    differing = {file for file in seven if seven[file] != eight[file]}
    assert {"summary.json", "charges.csv", "facts/plan.parquet", "facts/logons.parquet"} < differing
    assert "facts/users.parquet" not in differing


def test_a_plan_that_is_written_and_replayed_gives_the_same_bytes(
    written: tuple[str, Path], folder: Path
) -> None:
    planned = desksim("plan", "office.yaml", "--format", "parquet", folder=folder)
    plan = ("--plan", "plan.parquet", "--users", "users.parquet")
    replayed = desksim("run", "office.yaml", "--quiet", *plan, folder=folder)

    assert (planned.returncode, planned.stderr) == (0, "")
    assert (replayed.returncode, replayed.stderr) == (0, "")
    first, second = contents(written[1] / RESULT), contents(folder / RESULT)
    same = [file for file in first if file.startswith("facts/")] + ["charges.csv", "invoice.csv"]
    assert len(same) == 12
    assert [file for file in same if first[file] != second[file]] == []


def test_without_facts_all_the_rest_is_the_same(written: tuple[str, Path], folder: Path) -> None:
    done = desksim("run", "office.yaml", "--facts", "none", folder=folder)

    assert (done.returncode, done.stderr) == (0, "")
    screen, full = written
    assert done.stdout == screen
    kept = {f: b for f, b in contents(full / RESULT).items() if not f.startswith("facts/")}
    assert kept.keys() == FILES
    assert contents(folder / RESULT) == kept


# --- interrupted, killed


def run_until(moment: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a run, and return when its temporary folder holds what is looked for."""
    process = start("run", "office.yaml", "--quiet", *arguments, folder=folder)
    deadline = time.monotonic() + 120
    while not list((folder / "reports").glob(f".small-office.*.part/{moment}")):
        assert process.poll() is None, "the run was over before it could be disturbed"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return process


@pytest.mark.parametrize("moment", [WHILE_SIMULATING, WHILE_WRITING])
def test_ctrl_c_ends_a_run_with_130_and_leaves_nothing(moment: str, folder: Path) -> None:
    with run_until(moment, folder, *CROWD) as process:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert out == ""
    assert err.strip() == "interrupted; nothing was written"
    assert list((folder / "reports").iterdir()) == []


@pytest.mark.parametrize("moment", [WHILE_SIMULATING, WHILE_WRITING])
def test_sigterm_ends_a_run_with_143_and_leaves_nothing(moment: str, folder: Path) -> None:
    with run_until(moment, folder, *CROWD) as process:
        process.terminate()
        out, err = process.communicate(timeout=60)

    assert process.returncode == 143
    assert out == ""
    assert err.strip() == "terminated; nothing was written"
    assert list((folder / "reports").iterdir()) == []


def test_a_second_sigterm_does_not_break_off_the_clean_up(folder: Path) -> None:
    with run_until(WHILE_SIMULATING, folder, *CROWD) as process:
        for _ in range(5):
            process.terminate()
            time.sleep(0.002)
        process.communicate(timeout=60)

    assert process.returncode in (143, -signal.SIGTERM)  # the last may come after all is done
    assert list((folder / "reports").iterdir()) == []


def test_an_older_result_survives_sigterm(older: Path) -> None:
    before = contents(older / RESULT)
    with run_until(WHILE_WRITING, older, "--set", "seed=8") as process:
        process.terminate()
        process.communicate(timeout=60)

    assert process.returncode == 143
    assert contents(older / RESULT) == before
    assert [path.name for path in (older / "reports").iterdir()] == ["small-office"]


def test_a_killed_run_leaves_no_result_and_the_next_one_works(folder: Path) -> None:
    """What it leaves is hidden and called unfinished; nothing takes it for a result."""
    with run_until(WHILE_SIMULATING, folder, *CROWD) as process:
        process.kill()
        process.communicate(timeout=60)

    assert process.returncode == -signal.SIGKILL
    assert visible(folder / "reports") == []

    done = desksim("run", "office.yaml", folder=folder)

    assert (done.returncode, done.stderr) == (0, "")
    assert visible(folder / "reports") == ["small-office"]
    assert {path.name for path in (folder / RESULT).iterdir()} == FILES | {"facts"}
    (leftover,) = (folder / "reports").glob(".*")
    assert re.fullmatch(r"\.small-office\.[0-9a-f]{8}\.part", leftover.name)


def test_an_older_result_survives_a_killed_run_and_is_replaced_by_the_next(older: Path) -> None:
    before = contents(older / RESULT)
    with run_until(WHILE_WRITING, older, "--set", "seed=8") as process:
        process.kill()
        process.communicate(timeout=60)
    assert contents(older / RESULT) == before

    done = desksim("run", "office.yaml", "--quiet", "--set", "seed=8", folder=older)

    assert done.returncode == 0
    after = contents(older / RESULT)
    assert after.keys() == before.keys()
    assert after["summary.json"] != before["summary.json"]


# --- where nothing can be written


def test_a_place_where_no_folder_can_be_is_a_sentence_and_1(folder: Path) -> None:
    (folder / "file").touch()

    done = desksim("run", "office.yaml", "-o", "file/below", folder=folder)

    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"cannot write file/below: (Not a directory|File exists)\n", done.stderr)


def test_a_folder_with_somebodys_notes_is_left_alone(older: Path) -> None:
    """Even if there is a result in it as well."""
    (older / RESULT / "notes.txt").write_text("mine", encoding="utf-8")
    before = contents(older)

    done = desksim("run", "office.yaml", "--set", "seed=8", folder=older)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"cannot write {RESULT}: it holds files that no run has written; choose another folder\n"
    )
    assert contents(older) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_a_sentence_and_1(folder: Path) -> None:
    (folder / "reports").mkdir(mode=0o500)

    done = desksim("run", "office.yaml", folder=folder)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"cannot write {RESULT}: Permission denied\n"
