"""`desksim compare`: the answer in sentences, wrong command lines, and folders that stay whole."""

import json
from collections.abc import Generator, Iterable
from decimal import Decimal
from pathlib import Path

import pytest

from sim.cli.commands import desksim
from sim.cli.errors import told
from sim.study import execution
from sim.study.execution import Failed, Outcome, Serial, Task
from sim.study.execution.tasks import Work
from tests.commands import desksim as process
from tests.small_office import TEXT, write_office

Capture = pytest.CaptureFixture[str]
TEXT_OF_A_DAY = TEXT.replace("horizon: 14 d\nwarm_up: 1 d", "horizon: 1 d")


class Unlucky:
    """Where every run fails."""

    def outcomes(self, _: Work, tasks: Iterable[Task]) -> Generator[Outcome, None, None]:
        for task in tasks:
            yield Failed(task.key, "no memory was left")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with the office of a day, and one in which desktops stay on for longer."""
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(execution, "Processes", lambda _: Serial())
    monkeypatch.chdir(tmp_path)
    write_office(tmp_path, TEXT_OF_A_DAY)
    (tmp_path / "later.yaml").write_text("extends: office.yaml\nname: later\nseed: 8\n")
    return tmp_path


def compare(*words: str) -> int:
    return told(desksim, ["compare", *words])


def test_the_answer_comes_first_and_nothing_else_is_said(capsys: Capture) -> None:
    """The same people, whatever the seed of the second file says."""
    assert compare("office.yaml", "later.yaml", "-n", "2") == 0
    out, err = capsys.readouterr()
    assert err == ""  # no progress where nobody watches
    lines = out.splitlines()
    assert lines[0] == "later against small-office: the same."
    assert "later less small-office" in lines
    assert lines[-1] == "2 runs of each with the same people, 95 % intervals"
    assert max(map(len, lines)) <= 100


def test_with_adds_scenarios_and_set_changes_all(capsys: Capture) -> None:
    setting = "populations.staff.users=5"
    assert compare("office.yaml", "--with", setting, "--with", "services.gateway.quantity=2",
                   "-s", "horizon=2 d", "-n", "1", "--json") == 0  # fmt: skip
    document = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in document["scenarios"]] == [
        "small-office", setting, "services.gateway.quantity=2",
    ]  # fmt: skip
    (gateway,) = [
        row
        for row in document["differences"]
        if (row["scenario"], row["measure"], row["fleet"])
        == ("services.gateway.quantity=2", "cost", "")
    ]
    assert gateway["difference"] == 2.16  # 48 h of one more at 0.045


def test_a_bridge_is_shown_and_is_in_the_document(capsys: Capture) -> None:
    words = ["office.yaml", "--with", "services.gateway.quantity=2", "-n", "1", "--bridge"]
    assert compare(*words) == 0
    shown = capsys.readouterr().out
    assert "Cost of a run, one factor after another" in shown
    assert "services.gateway.quantity: 1 → 2" in shown
    assert compare(*words, "--json") == 0
    rows = json.loads(capsys.readouterr().out)["bridge"]
    assert [(row["part"], Decimal(row["amount"])) for row in rows] == [("price", Decimal("1.08"))]


def test_a_bridge_between_the_same_has_no_part(capsys: Capture) -> None:
    assert compare("office.yaml", "later.yaml", "-n", "1", "--bridge") == 0
    assert "Both scenarios say the same." in capsys.readouterr().out


def test_everything_goes_to_a_folder(capsys: Capture, elsewhere: Path) -> None:
    words = ["office.yaml", "later.yaml", "-n", "1", "--bridge", "-o", "found"]
    assert compare(*words) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "Written to found: comparison.json has everything."
    )
    assert sorted(path.name for path in (elsewhere / "found").iterdir()) == [
        "bridge.csv", "bridge.svg", "comparison.json", "differences.csv", "differences.svg",
    ]  # fmt: skip
    assert compare(*words) == 0  # which replaces it


def test_what_goes_to_a_folder_is_also_what_is_printed(capsys: Capture, elsewhere: Path) -> None:
    assert compare("office.yaml", "later.yaml", "-n", "1", "--json", "-o", "found") == 0
    assert capsys.readouterr().out == (elsewhere / "found" / "comparison.json").read_text()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["office.yaml"], "expected another scenario: a second FILE, or --with KEY=VALUE"),
        (["office.yaml"] * 3 + ["--bridge"], "--bridge is between two scenarios, got 3"),
        (["office.yaml", "later.yaml", "-n", "0"], "0 is not in the range x>=1"),
        ([], "Missing argument 'FILES...'"),
    ],
)
def test_wrong_command_lines_are_refused(capsys: Capture, words: list[str], sentence: str) -> None:
    assert compare(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err


def test_all_that_is_wrong_is_told_at_once(capsys: Capture) -> None:
    """A file that is not there, a setting of all of them, and one of a scenario of its own."""
    assert (
        compare("office.yaml", "none.yaml", "-s", "sed=1", "--with", "fleets.staff.bundel=x") == 2
    )
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "--set[0]:1:1: sed: unknown key; did you mean 'seed'?",
        "none.yaml:1:1: expected a scenario file, found none at 'none.yaml'",
        "--with[0]:1:14: fleets.staff.bundel: unknown key; did you mean 'bundle'?",
        "3 problems",
    ]


def test_what_is_wrong_with_a_recorded_plan_is_told_before_anything_runs(
    capsys: Capture, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "Processes", lambda _: Unlucky())
    (elsewhere / "plan.csv").write_text("user,arrival,connected_s,ending\nann,noon,60,logoff\n")
    replay = "replay={sessions: plan.csv, fleet: staff}"
    assert compare("office.yaml", "-s", "populations=null", "--with", replay) == 2
    assert "plan.csv:2:1: arrival: expected an instant" in capsys.readouterr().err


def test_other_times_are_refused_in_a_sentence(capsys: Capture, elsewhere: Path) -> None:
    (elsewhere / "longer.yaml").write_text("extends: office.yaml\nname: longer\nhorizon: 2 d\n")
    assert compare("office.yaml", "longer.yaml") == 2
    assert capsys.readouterr().err == (
        "expected scenarios of the same time: small-office is of 2026-09-01 to 2026-09-02, longer "
        "of 2026-09-01 to 2026-09-03\n"
    )


def test_a_run_that_fails_leaves_no_folder(
    capsys: Capture, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "Processes", lambda _: Unlucky())
    before = sorted(elsewhere.iterdir())
    assert compare("office.yaml", "later.yaml", "-n", "2", "-o", "found") == 1
    assert capsys.readouterr().err == ("small-office: replication 0 failed: no memory was left\n")
    assert sorted(elsewhere.iterdir()) == before


def test_an_older_result_stays_when_a_run_fails(
    capsys: Capture, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert compare("office.yaml", "later.yaml", "-n", "1", "-o", "found") == 0
    before = {path.name: path.read_bytes() for path in (elsewhere / "found").iterdir()}
    monkeypatch.setattr(execution, "Processes", lambda _: Unlucky())
    assert compare("office.yaml", "later.yaml", "-n", "1", "-o", "found") == 1
    assert {path.name: path.read_bytes() for path in (elsewhere / "found").iterdir()} == before
    assert "failed" in capsys.readouterr().err


def test_a_foreign_folder_is_refused(capsys: Capture, elsewhere: Path) -> None:
    (elsewhere / "mine").mkdir()
    (elsewhere / "mine" / "thesis.txt").write_text("precious")
    assert compare("office.yaml", "later.yaml", "-o", "mine") == 2
    assert "holds files that no run has written" in capsys.readouterr().err


def test_it_runs_in_processes_as_a_user_starts_it(elsewhere: Path) -> None:
    """Two workers give what one gives."""
    words = ("compare", "office.yaml", "--with", "populations.staff.users=5", "-n", "2", "--json")
    one, two = (process(*words, "--workers", workers, folder=elsewhere) for workers in ("1", "2"))
    assert (one.returncode, one.stderr) == (0, "")
    assert json.loads(one.stdout)["replications"] == 2
    assert one.stdout == two.stdout
