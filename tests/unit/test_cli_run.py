"""`desksim run`: the answer on one screen, the result in a folder, everything else on stderr."""

import io
import json
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.table import Table

from sim.cli.commands import desksim
from sim.cli.errors import explain, told
from sim.cli.screen import bill
from sim.pricing import MissingPriceError, PriceBook, PriceBookError
from sim.scenario import Problem, ScenarioError
from tests.commands import start
from tests.small_office import TEXT, with_pools, write_office

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run in an empty folder that holds the office, as someone would who tries it."""
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    write_office(tmp_path)
    return tmp_path


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "sim", *words]


def call(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, as a shell calls it."""
    return subprocess.run(command(*words), capture_output=True, text=True, check=False, **more)


# --- the answer


def test_the_answer_fills_one_screen_of_eighty_columns(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert told(desksim, ["run", "office.yaml"]) == 0

    out, err = capsys.readouterr()
    assert err == ""
    *screen, last = out.rstrip("\n").splitlines()
    assert max(map(len, screen)) <= 80
    assert all(line == line.rstrip() for line in screen)
    for words in (
        "small-office\nus-east-1, 2026-09-01 to 2026-09-15 UTC, 8 users, 8 desktops\n",
        "Eight people in two fleets for two weeks.",
        "per desktop",
        "per connected hour",
        "staff",
        "shared",
        "Logon time [s]",
        "p50",
        "p95",
        "p99",
        "operating system",
        "logon_success",
        "attempt_success",
        "delivered_minutes",
        "users connected",
        "desktops running",
        "Rests on these defaults",
        "billing.rounding",
        "and on what it states",
        "directory.service_time",
        "one run, no interval",
    ):
        assert words in out, words
    assert last.startswith("Written to reports/small-office")


def test_the_screen_says_what_the_summary_says(capsys: Capture) -> None:
    told(desksim, ["run", "office.yaml"])
    out = capsys.readouterr().out
    document = json.loads(Path("reports/small-office/summary.json").read_text(encoding="utf-8"))

    total, logons = document["cost"]["total"], document["logons"]
    assert re.search(rf"(?m)^total +{re.escape(total)}$", out)
    times = [f"{logons['total'][name]:.1f}" for name in ("mean_s", "p50_s", "p95_s", "p99_s")]
    assert re.search(
        rf"(?m)^total +{' +'.join(map(re.escape, times))} +{logons['connected']}$", out
    )
    assert document["scenario"]["hash"][:12] in out


def test_json_is_one_document_and_the_one_that_is_written(capsys: Capture) -> None:
    assert told(desksim, ["run", "office.yaml", "--json"]) == 0

    out, err = capsys.readouterr()
    document = json.loads(out)
    assert document["schema"] == "desksim/run/1"
    assert err == ""
    written = Path("reports/small-office/summary.json").read_text(encoding="utf-8")
    assert json.loads(written) == document


def test_quiet_says_nothing_and_writes_everything(capsys: Capture) -> None:
    assert told(desksim, ["run", "office.yaml", "--quiet", "-o", "there"]) == 0

    assert capsys.readouterr() == ("", "")
    assert Path("there/report.html").exists()
    assert not Path("reports").exists()


def test_settings_and_replications_are_taken(capsys: Capture) -> None:
    words = ["run", "office.yaml", "--json", "--facts", "none"]
    documents = []
    for more in ([], ["--set", "seed=8"], ["--replication", "1"], ["-s", "seed=8", "-s", "seed=7"]):
        assert told(desksim, [*words, *more]) == 0
        documents.append(json.loads(capsys.readouterr().out))

    plain, seeded, replicated, twice = documents
    assert seeded["provenance"]["seed"] == 8
    assert replicated["provenance"]["replication"] == 1
    assert len({json.dumps(d["logons"]) for d in (plain, seeded, replicated)}) == 3
    assert twice == plain
    assert not Path("reports/small-office/facts").exists()


def test_many_fleets_are_listed_below_each_other(capsys: Capture, tmp_path: Path) -> None:
    """More than four fleets do not fit beside each other."""
    fleets = "".join(f"  extra-{i}: {{bundle: value, running_mode: AlwaysOn}}\n" for i in range(4))
    people = "".join(
        f"  extra-{i}: {{users: 1, fleet: extra-{i}, shift: {{start: 9:00}}, session_length: 4 h}}"
        "\n"
        for i in range(4)
    )
    text = TEXT.replace("populations:\n", f"{fleets}populations:\n{people}")
    write_office(tmp_path, text)

    assert told(desksim, ["run", "office.yaml", "--facts", "none"]) == 0
    out = capsys.readouterr().out
    # A Value desktop is 25 USD a month: 25 x 14/30 = 11.67.
    for fleet in range(4):
        assert re.search(rf"(?m)^extra-{fleet} +11\.67 +11\.67 +11\.67$", out)


def test_pools_are_answered_for_on_the_same_screen(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    write_office(tmp_path, with_pools())

    assert told(desksim, ["run", "office.yaml"]) == 0

    out = capsys.readouterr().out
    document = json.loads(Path("reports/small-office/summary.json").read_text(encoding="utf-8"))
    *screen, _ = out.rstrip("\n").splitlines()
    assert max(map(len, screen)) <= 80
    assert re.search(r"(?m)^Side by side +staff +part-time +lab +agents$", out)
    users = " +".join(str(row["users"]) for row in document["fleets"])
    assert re.search(rf"(?m)^users +{users}$", out)
    costs = " +".join(re.escape(row["cost"]) for row in document["fleets"])
    assert re.search(rf"(?m)^cost \[USD\] +{costs}$", out)
    lab, agents = document["pools"]
    assert re.search(r"(?m)^Pools +lab +agents$", out)
    assert lab["refused_attempts"]["value"] == 0
    refused = 100 * agents["refused_attempts"]["value"]
    assert re.search(rf"(?m)^logons refused +0 % +{refused:.1f} %$", out)
    line = lab["in_line"]["p95_s"]
    assert re.search(rf"(?m)^in line p95 \[s\] +{line:,.1f}$", out)
    peak, mean = agents["capacity"]["actual"]["peak"], agents["capacity"]["actual"]["mean"]
    assert re.search(rf"(?m)^actual, mean / peak +.* / 2 +{mean:.1f} / {peak}$", out)
    # 6 + 4 + 3 + 5 users share the cost of everything.
    each = float(document["cost"]["total"]) / 18
    assert re.search(rf"(?m)^per user +{each:.2f}$", out)
    assert "pools.*.network_loss_detection" in out
    assert "desktop: in line" in out
    assert "desktop: not ready" not in out


def test_a_bill_of_pools_alone_has_nothing_per_desktop(capsys: Capture, tmp_path: Path) -> None:
    write_office(tmp_path, with_pools())
    alone = [
        word
        for name in (
            "fleets.staff",
            "fleets.part-time",
            "populations.staff",
            "populations.part-time",
        )
        for word in ("-s", f"{name}=null")
    ]

    assert told(desksim, ["run", "office.yaml", "--facts", "none", *alone]) == 0

    out = capsys.readouterr().out
    assert "10 users, 2 pools" in out
    assert re.search(r"(?m)^Bill \[USD\] +agents +lab +shared +total$", out)
    assert "per desktop" not in out


def test_what_a_function_of_ones_own_does_wrong_is_told_with_its_place(
    capsys: Capture, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text("def decide(seen):\n    return -1\n", encoding="utf-8")
    text = with_pools().replace("{target_tracking: 75 %}", "{policy: mine:decide}")
    line = text.splitlines().index("      - {policy: mine:decide}") + 1
    write_office(tmp_path, text)

    assert told(desksim, ["run", "office.yaml", "--facts", "none"]) == 2

    assert capsys.readouterr().err == (
        f"office.yaml:{line}:18: pools.agents.scaling.0.policy: expected a whole number of user "
        "sessions, 0 or more, or None from mine.py:decide at 2026-08-31T00:01:00Z, got -1\n"
        "1 problem\n"
    )


def test_nor_has_a_bill_of_many_pools() -> None:
    spent = {"month": "2026-09", "amount": "10.00", "desktops": 0, "per_desktop": None}
    cost = {
        "currency": "USD",
        "total": "50.00",
        "whole_months": True,
        "per_desktop_month": None,
        "by_month": [{"month": "2026-09", "amount": "50.00"}],
        "by_fleet_and_month": [{"fleet": f"pool-{i}", **spent} for i in range(5)],
    }
    table = bill(cost)
    assert isinstance(table, Table)
    assert [column.header for column in table.columns] == ["Bill [USD]", "2026-09", "total"]
    assert table.row_count == 6


def test_a_stage_that_no_logon_had_is_not_shown(capsys: Capture, tmp_path: Path) -> None:
    """Only people of pools fetch a home folder, and only where it takes time."""
    folder = "    logon: {home_folder: 3 s}\n    bundle: power\n    running_mode: AlwaysOn"
    texts = (
        TEXT,
        with_pools(),
        with_pools().replace("    bundle: power\n    running_mode: AlwaysOn", folder),
    )
    shown = []
    for text in texts:
        write_office(tmp_path, text)
        assert told(desksim, ["run", "office.yaml", "--facts", "none"]) == 0
        shown.append("home folder, settings" in capsys.readouterr().out)

    assert shown == [False, False, True]


def test_settings_of_several_fleets_that_say_the_same_are_told_once(capsys: Capture) -> None:
    told(desksim, ["run", "office.yaml", "--facts", "none"])
    out = capsys.readouterr().out

    assert out.count("logon.streaming") == 1
    assert re.search(r"(?m)^fleets\.\*\.logon\.streaming +5 s$", out)
    assert "fleets.part-time.logon.resume" in out


# --- wrong files and wrong words


def test_everything_wrong_with_the_file_is_told_with_its_place(
    capsys: Capture, tmp_path: Path
) -> None:
    text = TEXT.replace("bundle: value", "bundel: value").replace("timeout: 1 h", "timeout: 90 min")
    write_office(tmp_path, text)

    assert told(desksim, ["run", "office.yaml"]) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert re.search(r"office\.yaml:\d+:\d+: fleets\.part-time\.bundel: unknown key; did you", err)
    assert re.search(
        r"office\.yaml:\d+:\d+: fleets\.part-time\.autostop_timeout: expected whole", err
    )
    assert "Traceback" not in err
    assert not Path("reports").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run"], "Missing argument 'FILE'"),
        (["run", "nowhere.yaml"], "nowhere.yaml:1:1: expected a scenario file, found none"),
        (["run", "office.yaml", "--set", "fleets.stuff.bundle=power"], "--set[0]:1:"),
        (["run", "office.yaml", "--facts", "some"], "'some' is not one of 'full', 'none'"),
        (["run", "office.yaml", "--replication", "-1"], "-1 is not in the range"),
        (["run", "office.yaml", "--users", "u.csv"], "--users goes with --plan"),
        (["run", "office.yaml", "--plan", "p.csv"], "p.csv"),
        (["run", "office.yaml", "--jason"], "No such option '--jason'"),
        (["rum", "office.yaml"], "Did you mean 'run'?"),
        (["run", "office.yaml", "-o", "office.yaml"], "office.yaml: it is a file, not a folder"),
        (["run", "office.yaml", "-o", "."], "it holds files that no run has written"),
    ],
)
def test_what_the_user_got_wrong_is_a_sentence_and_2(
    capsys: Capture, words: list[str], sentence: str
) -> None:
    assert told(desksim, words) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 3


# --- what is nobody's fault, and ours


def test_an_error_of_ours_is_short_and_1_and_long_when_asked(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("sim.api.running.simulate", broken)

    assert told(desksim, ["run", "office.yaml"]) == 1
    short = capsys.readouterr().err
    assert "an error of desksim's own: ZeroDivisionError: division by zero" in short
    assert "Traceback" not in short
    assert not list(Path("reports").iterdir())

    for words in (["--debug", "run", "office.yaml"], ["run", "office.yaml", "--debug"]):
        assert told(desksim, words) == 1
        assert "in broken" in capsys.readouterr().err


def test_sigterm_is_heeded_only_while_a_command_runs(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who calls the command line from their own program gets their own handler back."""
    own = signal.getsignal(signal.SIGTERM)

    def ended(*_: Any, **__: Any) -> None:
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr("sim.api.running.simulate", ended)

    assert told(desksim, ["run", "office.yaml"]) == 143
    assert capsys.readouterr().err == "terminated; nothing was written\n"
    assert not list(Path("reports").iterdir())
    assert signal.getsignal(signal.SIGTERM) == own


def mixed_up(*_: Any, **__: Any) -> None:
    """NumPy's C code raises with no frame of its own: the last one is ours."""
    np.add(np.arange(3), np.arange(4))


def refusing(*_: Any, **__: Any) -> None:
    raise ValueError("expected three")


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [(mixed_up, "could not be broadcast together"), (refusing, "expected three")],
)
def test_a_value_error_is_a_mistake_of_ours(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, mistake: Any, sentence: str
) -> None:
    """Raised in a module of ours or below it, it says nothing about the user's file."""
    monkeypatch.setitem(mistake.__globals__, "__name__", "sim.model.walk")
    monkeypatch.setattr("sim.api.running.simulate", mistake)

    assert told(desksim, ["run", "office.yaml"]) == 1

    err = capsys.readouterr().err
    assert "an error of desksim's own: ValueError" in err
    assert sentence in err
    assert "desksim --debug" in err


@pytest.mark.parametrize(
    "error",
    [
        ScenarioError([Problem("office.yaml", 1, 1, "seed", "expected a number")]),
        PriceBookError(["mine.csv:2: unit: expected a unit such as hour, got ''"]),
        MissingPriceError("nat/hour", PriceBook("mine", ())),
    ],
)
def test_the_errors_made_for_the_users_mistakes_are_2(capsys: Capture, error: Exception) -> None:
    assert explain(error) == 2

    assert capsys.readouterr().err == f"{error}\n"


def test_a_folder_that_cannot_be_written_is_a_sentence_and_1(capsys: Capture) -> None:
    Path("file").touch()

    assert told(desksim, ["run", "office.yaml", "-o", "file/below"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"cannot write file/below: (Not a directory|File exists)\n", err)


def test_a_full_disk_is_a_sentence_and_1_and_leaves_nothing(elsewhere: Path) -> None:
    """The limit on the size of a file stands in for the end of the disk."""

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = call("run", "office.yaml", preexec_fn=limited)

    assert done.returncode == 1
    assert done.stdout == ""
    assert re.fullmatch(r"cannot write reports/small-office/\S+: File too large\n", done.stderr)
    assert list((elsewhere / "reports").iterdir()) == []


def test_ctrl_c_is_130_and_leaves_nothing_half_written(elsewhere: Path) -> None:
    """An older result stays; the newer one is interrupted while its facts are being written."""
    assert told(desksim, ["run", "office.yaml", "-q"]) == 0
    before = (elsewhere / "reports/small-office/summary.json").read_bytes()
    more = ["--set", "populations.part-time.users=4000", "--set", "directory.servers=99"]
    with start("run", "office.yaml", *more, folder=elsewhere) as process:
        deadline = time.monotonic() + 60
        while not list((elsewhere / "reports").glob(".small-office.*.part")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert out == ""
    assert "interrupted; nothing was written" in err
    assert "Traceback" not in err
    assert [path.name for path in (elsewhere / "reports").iterdir()] == ["small-office"]
    assert (elsewhere / "reports/small-office/summary.json").read_bytes() == before


# --- the terminal


def test_a_process_answers_as_the_function_does() -> None:
    done = call("show", "nowhere.yaml")

    assert (done.returncode, done.stdout) == (2, "")
    assert "expected a scenario file, found none" in done.stderr


COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7]m")


@pytest.mark.parametrize("words", [["show", "office.yaml"], ["show", "nowhere.yaml"]])
def test_colour_is_for_terminals_and_those_who_want_it(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """Bold and dim are no colours; red is one, and says what is wrong."""
    told(desksim, words)
    assert "\x1b[" not in "".join(capsys.readouterr())

    monkeypatch.setenv("FORCE_COLOR", "1")
    told(desksim, words)
    out, err = capsys.readouterr()
    assert "\x1b[1m" in out or COLOUR.search(err)

    monkeypatch.setenv("NO_COLOR", "1")
    told(desksim, words)
    assert not COLOUR.search("".join(capsys.readouterr()))


class Terminal(io.StringIO):
    """Standard error of somebody who watches."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("words", "moves"), [([], True), (["--no-progress"], False), (["--quiet"], False)]
)
def test_progress_moves_on_a_terminal_only_and_on_stderr(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, words: list[str], moves: bool
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", Terminal())

    assert told(desksim, ["run", "office.yaml", "--json", *words]) == 0

    assert isinstance(sys.stderr, Terminal)
    assert ("%" in sys.stderr.getvalue()) is moves
    assert json.loads(capsys.readouterr().out)["schema"] == "desksim/run/1"


def test_one_run_of_the_many_that_a_scenario_asks_for_says_so(capsys: Capture) -> None:
    """Nothing is averaged here, and nobody may believe that it was."""
    words = ["run", "office.yaml", "-s", "replications=5", "--replication", "3"]
    assert told(desksim, words) == 0

    said = "one run of the 5 that the scenario asks for, no interval"
    out = " ".join(capsys.readouterr().out.split())
    assert re.search(rf"{said}: seed \d+, replication 3, prices", out)
    document = json.loads(Path("reports/small-office/summary.json").read_text(encoding="utf-8"))
    assert (document["basis"], document["provenance"]["replication"]) == (said, 3)


# --- swings


def test_swings_follow_the_answer_and_are_written(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    words = ["run", "office.yaml", "--swings", "-s", "horizon=2 d", "--workers", "1"]
    assert told(desksim, [*words, "--facts", "none"]) == 0

    out, err = capsys.readouterr()
    assert err == ""
    *screen, _ = out.rstrip("\n").splitlines()
    [head] = [line for line in screen if line.startswith("By itself")]
    assert " ".join(head.split()) == "By itself from cheap to dear cost P95 wait delivered"
    assert max(map(len, screen)) <= 80
    assert re.search(r"^\d+ move nothing, \d+ not varied$", out, re.MULTILINE)
    written = Path("reports/small-office/swings.csv").read_text(encoding="utf-8")
    assert written.startswith("measure,setting,now,low,low_at,high,high_at,difference")
