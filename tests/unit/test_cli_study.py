"""`desksim run` with several runs: what is asked for, what is shown, what is left behind."""

import json
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

import sim
from sim.api.errors import StudyError
from sim.cli.commands import desksim
from sim.cli.errors import explain, told
from tests.commands import start
from tests.small_office import TEXT, write_office

Capture = pytest.CaptureFixture[str]
SHORT = TEXT.replace("horizon: 14 d", "horizon: 2 d").replace("warm_up: 1 d\n", "")
OUT = Path("reports/small-office")
FILES = {"study.json", "observations.csv", "estimates.csv"}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run in an empty folder that holds the office."""
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    write_office(tmp_path, SHORT)
    return tmp_path


def run(*words: str) -> int:
    return told(desksim, ["run", "office.yaml", *words])


# --- the answer


def test_the_first_line_is_the_answer_with_its_interval(capsys: Capture) -> None:
    assert run("-n", "3") == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert max(map(len, out.splitlines()[:-1])) <= 100
    name, _, answer, *_ = out.splitlines()
    assert name == "small-office"
    assert re.match(r"small-office: [\d.]+ USD \(95 %: [\d.]+ to [\d.]+\) from 2026-09-01 ", answer)
    for words in (
        r"All together +estimate +95 % interval +runs",
        r"staff +estimate",
        r"P95 +[\d.]+ +P95 needs 72 runs +95 % of runs",
        "3 runs, 95 % intervals; .* seed 7, scenario",
    ):
        assert re.search(words, out), words
    assert out.splitlines()[-1].startswith(f"Written to {OUT}: report.html")
    assert {path.name for path in OUT.iterdir()} >= FILES


def test_json_is_the_document_that_is_written(capsys: Capture) -> None:
    assert run("-n", "2", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document == json.loads((OUT / "study.json").read_text())
    assert document["schema"] == "desksim/study/1"
    assert document["provenance"]["replications"] == 2


def test_quiet_says_nothing(capsys: Capture) -> None:
    assert run("-n", "2", "-q") == 0
    assert capsys.readouterr() == ("", "")
    assert {path.name for path in OUT.iterdir()} >= FILES


def test_more_workers_change_nothing(elsewhere: Path) -> None:
    for workers in ("1", "2"):
        assert run("-n", "3", "-q", "--workers", workers, "-o", workers) == 0
    for name in FILES:
        assert Path("1", name).read_bytes() == Path("2", name).read_bytes()


def test_the_scenario_says_how_many(elsewhere: Path, capsys: Capture) -> None:
    assert run("--set", "replications=2", "--json") == 0
    assert json.loads(capsys.readouterr().out)["provenance"]["replications"] == 2
    assert run("--set", "replications=2", "-n", "1", "--json") == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "desksim/run/1"
    assert run("--set", "replications=2", "--replication", "1", "--json") == 0
    assert json.loads(capsys.readouterr().out)["provenance"]["replication"] == 1


def test_until_says_what_ended_it(capsys: Capture) -> None:
    few = ("--least", "2", "--most", "3")
    assert run("--until", "0.001%", *few, "--measure", "wait_mean_s", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    rule = "the most runs allowed do not give mean wait to 0.001 %"
    assert document["basis"] == f"3 runs, 95 % intervals ({rule})"
    assert f"{rule[0].upper()}{rule[1:]}." in document["answer"]


# --- what is refused


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-n", "3", "--until", "2%"], "--replications or --until, not both"),
        (["--until", "0.02"], "expected a share such as '85 %', got '0.02'"),
        (["--until", "0%"], "expected more than 0 % and less than 100 %, got '0%'"),
        (["--until", "200%"], "expected a share from 0 % to 100 %, got '200%'"),
        (["-n", "0"], "0 is not in the range x>=1"),
        (
            ["--until", "2%", "--measure", "wait_p59_s"],
            "there is no measure 'wait_p59_s'; did you mean 'wait_p99_s'?",
        ),
        (
            ["--until", "2%", "--measure", "cost[stuff]"],
            "there is no fleet or pool 'stuff' for 'cost[stuff]'; did you mean 'staff'?",
        ),
        (["--until", "2%", "--most", "10"], "--most 10 is less than --least 20"),
        (["--measure", "cost"], "--measure goes with --until"),
        (["-n", "4", "--least", "3"], "--least goes with --until"),
        (["--most", "3"], "--most goes with --until"),
        (["--replication", "1", "-n", "2"], "--replication is one run"),
        (["--workers", "0"], "0 is not in the range x>=1"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_run(
    words: list[str], message: str, capsys: Capture
) -> None:
    assert run(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert not Path("reports").exists()


def test_help_names_every_option(capsys: Capture) -> None:
    assert run("--help") == 0
    out = capsys.readouterr().out
    for option in ("--replications", "--until", "--measure", "--least", "--most", "--workers"):
        assert option in out


def test_a_run_that_failed_is_a_sentence_and_not_our_mistake(capsys: Capture) -> None:
    assert explain(StudyError("replication 3 failed: ValueError: no such thing")) == 1
    assert capsys.readouterr().err == "replication 3 failed: ValueError: no such thing\n"


# --- what is left behind


def test_a_study_and_a_run_take_each_others_place(elsewhere: Path) -> None:
    for words, is_study in ((["-n", "2"], True), ([], False), (["--set", "replications=2"], True)):
        assert run(*words, "-q") == 0
        assert ({path.name for path in OUT.iterdir()} >= FILES) is is_study


def test_all_runs_in_full_each_have_a_folder_that_can_be_asked(capsys: Capture) -> None:
    assert run("-n", "3", "--facts", "all", "-q") == 0
    others = sorted(path.name for path in OUT.glob("replication-*"))
    assert others == ["replication-0001", "replication-0002"]
    assert told(desksim, ["explain", str(OUT / others[1]), "--user", "staff-00000"]) == 0
    assert "staff-00000" in capsys.readouterr().out


def test_somebody_elses_folder_is_refused_at_once(capsys: Capture) -> None:
    OUT.mkdir(parents=True)
    (OUT / "notes.txt").write_text("mine")
    assert run("-n", "2") == 2
    assert [path.name for path in OUT.iterdir()] == ["notes.txt"]


def children(parent: int) -> list[int]:
    """Processes of a parent, and theirs."""
    listed = subprocess.run(
        ["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
    own = [pid for pid, of in pairs if of == parent]
    return own + [pid for child in own for pid in children(child)]


def alive(pid: int) -> bool:
    """Whether a process is there and has not merely not been collected yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_half_way_it_leaves_the_older_result_and_no_worker(
    elsewhere: Path, sent: signal.Signals, code: int
) -> None:
    assert run("-q") == 0
    before = (OUT / "summary.json").read_bytes()
    with start("run", "office.yaml", "-n", "5000", "--workers", "2", folder=elsewhere) as process:
        deadline = time.monotonic() + 60
        while len(workers := children(process.pid)) < 3:  # the fork server and two of its own
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(sent)
        out, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert out == ""
    assert "nothing was written" in err
    assert "Traceback" not in err
    assert [path.name for path in Path("reports").iterdir()] == ["small-office"]
    assert (OUT / "summary.json").read_bytes() == before
    assert not (OUT / "study.json").exists()
    deadline = time.monotonic() + 20
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(alive, workers))


def test_the_library_and_the_command_agree(elsewhere: Path) -> None:
    assert run("-n", "2", "-q") == 0
    found = sim.replicate("office.yaml", 2)
    assert json.loads((OUT / "study.json").read_text()) == found.summary
