"""Sweeps of a small office: each run is done once, wherever, and the same bytes come out."""

import json
import re
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

import sim
from sim.api.errors import ResultError
from sim.api.sweep_answer import answer, short
from sim.api.sweep_folder import SweepFolder
from sim.api.sweep_plan import OtherVersionError, SweepPlan, measured, plan_sweep
from sim.api.sweeping import Standing, missing_of, plan_again, run_sweep
from sim.cli.commands import desksim
from sim.cli.errors import told
from sim.scenario import ScenarioError
from sim.study.execution import Cluster, Executor, Failed, Outcome, Processes, Serial, Task
from tests.commands import DESKSIM
from tests.dask_cluster import dask_cluster
from tests.small_office import write_office

TIMEOUT, USERS = "fleets.part-time.autostop_timeout", "populations.part-time.users"

SWEEP = f"""\
version: 1
name: study
scenario: office.yaml
fixed: {{horizon: 3 d}}
axes:
  {TIMEOUT}: [1 h, 3 h]
replications: 2
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_office(tmp_path)
    write(SWEEP)
    return tmp_path


def write(text: str) -> Path:
    file = Path("study.yaml")
    file.write_text(text, encoding="utf-8")
    return file


def planned(text: str = SWEEP) -> SweepPlan:
    return plan_sweep(write(text))


class Counting:
    """Does tasks here, and remembers which; those that are to fail, fail."""

    def __init__(self, *failing: str, upto: int | None = None) -> None:
        self.keys: list[str] = []
        self.failing = failing
        self.upto = upto

    def outcomes(self, work: Any, tasks: Iterable[Task]) -> Generator[Outcome, None, None]:
        for task in tasks:
            if len(self.keys) == self.upto:
                raise KeyboardInterrupt
            self.keys.append(task.key)
            if task.key in self.failing:
                yield Failed(task.key, "ValueError: it went wrong")
            else:
                yield from Serial().outcomes(work, [task])


def files(folder: Path) -> dict[str, bytes]:
    """Everything in the folder of a sweep."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.fixture
def serial(folder: Path) -> dict[str, bytes]:
    run_sweep(planned(), "serial", executor=Serial())
    return files(folder / "serial")


# --- the same, wherever it is done


def test_a_sweep_leaves_one_file_for_each_run_and_one_table(serial: dict[str, bytes]) -> None:
    document = json.loads(serial["sweep.json"])
    keys = [key for point in document["points"] for key in point["tasks"]]

    assert len(set(keys)) == 4
    assert set(serial) == {
        "sweep.json", "results.csv", "results.parquet", *(f"tasks/{key}.json" for key in keys),
    }  # fmt: skip


@pytest.mark.parametrize("workers", [1, 2])
def test_processes_leave_the_same_bytes(serial: dict[str, bytes], workers: int) -> None:
    run_sweep(planned(), "processes", executor=Processes(workers))

    assert files(Path("processes")) == serial


def test_shards_leave_the_same_bytes_in_one_folder(serial: dict[str, bytes]) -> None:
    for shard in (3, 1, 2):
        run_sweep(planned(), "shards", executor=Serial(), shard=(shard, 3))
    assert not Path("shards/results.csv").exists()

    SweepFolder("shards").collect([])
    assert files(Path("shards")) == serial


def test_shards_leave_the_same_bytes_in_folders_of_their_own(serial: dict[str, bytes]) -> None:
    for shard in (1, 2, 3):
        run_sweep(planned(), f"shard-{shard}", executor=Serial(), shard=(shard, 3))

    SweepFolder("shard-1").collect(["shard-2", "shard-3"])
    assert files(Path("shard-1")) == serial


@pytest.mark.slow
def test_a_dask_cluster_leaves_the_same_bytes(serial: dict[str, bytes]) -> None:
    with dask_cluster() as (address, _), closing(Cluster(address)) as cluster:
        run_sweep(planned(), "dask", executor=cluster)

    assert files(Path("dask")) == serial


# --- only what is missing


def test_the_same_sweep_again_does_nothing(folder: Path) -> None:
    first, second = Counting(), Counting()
    run_sweep(planned(), "out", executor=first)
    before = files(Path("out"))
    run_sweep(planned(), "out", executor=second)

    assert (len(first.keys), second.keys) == (4, [])
    assert files(Path("out")) == before


def test_an_interrupted_sweep_goes_on_where_it_was(serial: dict[str, bytes]) -> None:
    first, second = Counting(upto=3), Counting()
    with pytest.raises(KeyboardInterrupt):
        run_sweep(planned(), "out", executor=first)
    assert SweepFolder("out").done == 3
    assert missing_of(planned(), Path("out")) == [
        task.key for task in planned().tasks() if task.key not in first.keys
    ]

    run_sweep(planned(), "out", executor=second)
    assert sorted(first.keys + second.keys) == sorted(task.key for task in planned().tasks())
    assert files(Path("out")) == serial


def test_a_larger_sweep_does_what_is_new(folder: Path) -> None:
    """2 points of 2 runs, then 3 points of 3: 9 - 4 runs are new."""
    executor = Counting()
    run_sweep(planned(), "out", executor=Serial())
    larger = SWEEP.replace("[1 h, 3 h]", "[1 h, 2 h, 3 h]").replace(
        "replications: 2", "replications: 3"
    )
    run_sweep(planned(larger), "out", executor=executor)

    assert len(executor.keys) == 5
    assert SweepFolder("out").done == 9


def test_a_result_is_not_that_of_other_settings_files_or_seeds(folder: Path) -> None:
    """Everything that a result depends on moves the key of its task."""
    book = Path("prices.csv")
    original = Path(json_setting(folder, "book"))
    shutil.copy(original, book)
    text = SWEEP.replace("{horizon: 3 d}", "{horizon: 3 d, prices.book: prices.csv}")
    keys = {task.key for task in planned(text).tasks()}
    assert len(keys) == 4
    with book.open("a", encoding="utf-8") as stream:
        stream.write(
            original.read_text(encoding="utf-8").splitlines()[1].replace("/", "/x-", 1) + "\n"
        )
    assert not keys & {task.key for task in planned(text).tasks()}
    assert not keys & {task.key for task in planned(text.replace("3 d", "2 d")).tasks()}


def json_setting(folder: Path, word: str) -> str:
    found = re.search(rf"{word}: (\S+)", (folder / "office.yaml").read_text(encoding="utf-8"))
    assert found
    return found[1]


def test_points_of_one_scenario_share_their_runs(folder: Path) -> None:
    """60 min is 1 h; both are rows of the table."""
    found = run_sweep(planned(SWEEP.replace("3 h", "60 min")), "out", executor=Serial())

    assert len(found.keys) == 2
    sizes = found.table.groupby("point").size()
    assert len(sizes) == 2
    assert sizes.iloc[0] == sizes.iloc[1]


def test_a_damaged_result_is_done_again(serial: dict[str, bytes]) -> None:
    name = next(name for name in serial if name.startswith("tasks/"))
    Path("serial", name).write_text('{"measures": {', encoding="utf-8")
    executor = Counting()
    run_sweep(planned(), "serial", executor=executor)

    assert [f"tasks/{key}.json" for key in executor.keys] == [name]
    assert files(Path("serial")) == serial


# --- what fails


def test_what_fails_is_named_and_the_rest_finishes(serial: dict[str, bytes]) -> None:
    plan = planned()
    failing = plan.points[1].key(0)
    seen: list[Standing] = []
    found = run_sweep(
        plan,
        "out",
        executor=Counting(failing),
        progress=lambda one: seen.append(Standing(**vars(one))),
    )

    name = f"{plan.points[1].point.id} replication 0"
    assert found.failed == {name: "ValueError: it went wrong"}
    assert found.done == 3
    assert set(found.table.point) == {plan.points[0].point.id, plan.points[1].point.id}
    assert seen[0] == Standing(4, 0)
    assert seen[-1] == Standing(4, 0, done=3, failed=1)

    again, retried = Counting(), Counting()
    assert run_sweep(plan, "out", executor=again).failed.keys() == {name}
    assert again.keys == [], "what failed fails again, until somebody asks"
    assert run_sweep(plan, "out", executor=retried, again=True).failed == {}
    assert retried.keys == [failing]
    assert {k: v for k, v in files(Path("out")).items() if "failed" not in k} == serial


def test_a_worker_with_another_version_says_so(folder: Path) -> None:
    packed, replication, _ = planned().tasks()[0].argument
    with pytest.raises(OtherVersionError, match=r"expected desksim 0\.0\.9 here, found "):
        measured((packed, replication, "0.0.9"))


def test_a_file_that_changes_before_its_run_fails_it(folder: Path) -> None:
    """A recorded plan is read when it is run: the result would not be that of the key."""
    assert told(desksim, ["plan", "office.yaml", "-o", "people", "-s", "horizon=3 d"]) == 0
    replayed = "{horizon: 3 d, replay: {sessions: people/plan.csv, users: people/users.csv}}"
    plan = planned(SWEEP.replace("{horizon: 3 d}", replayed))
    text = Path("people/plan.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    Path("people/plan.csv").write_text("".join(text[:-1]), encoding="utf-8")
    found = run_sweep(plan, "out", executor=Serial())

    assert len(found.failed) == 4
    assert all("changed since it was loaded" in message for message in found.failed.values())


def test_a_retry_of_files_that_have_changed_is_refused(folder: Path) -> None:
    found = run_sweep(planned(), "out", executor=Serial())
    assert [task.key for task in plan_again(found).tasks()] == found.keys
    planned(SWEEP.replace("3 h", "4 h"))
    with pytest.raises(ResultError, match=r"study\.yaml has changed since; run the sweep again"):
        plan_again(found)


# --- what is wrong is told before anything runs


def test_problems_of_all_points_are_told_at_once(folder: Path) -> None:
    """Where a value is wrong by itself, and at which points values do not go together."""
    text = f"""\
version: 1
name: study
scenario: office.yaml
axes:
  {TIMEOUT}: [1 h, 90 min]
  {USERS}: [5, -1]
  fleets.staff.running_mode: [AutoStop, Sometimes]
targets:
  wait_p95: {{at_most: 1}}
  cost[nobody]: {{at_most: 1}}
  cost[staff]: {{at_most: 1}}
"""
    with pytest.raises(ScenarioError) as refused:
        planned(text)
    found = [str(problem) for problem in refused.value.problems]

    for line in (
        f"5:44: {TIMEOUT}: expected whole hours from 1 h to 48 h, got '90 min' (at point ",
        f"6:36: {USERS}: expected at least 0, got -1 (at point ",
        "7:41: fleets.staff.running_mode: expected 'AlwaysOn' or 'AutoStop', got 'Sometimes' (at ",
        "9:13: targets.wait_p95: unknown measure 'wait_p95'; did you mean 'wait_p95_s'?",
        "10:17: targets.cost[nobody]: unknown fleet or pool 'nobody'; known: part-time, staff",
    ):
        assert len([one for one in found if one.startswith(f"study.yaml:{line}")]) == 1, found
    assert all("and at 3 others)" in line for line in found if "(at point" in line), found


def test_a_problem_of_every_point_is_told_once_and_without_them(folder: Path) -> None:
    with pytest.raises(ScenarioError) as refused:
        planned(SWEEP.replace("{horizon: 3 d}", "{horizont: 3 d}"))

    (problem,) = refused.value.problems
    assert str(problem) == "study.yaml:4:9: horizont: unknown key; did you mean 'horizon'?"


# --- the table and the answer


def test_the_table_has_a_row_for_each_measure_of_each_run(serial: dict[str, bytes]) -> None:
    found = SweepFolder("serial")
    table = pd.read_parquet("serial/results.parquet")

    assert list(table.columns) == [
        "point", TIMEOUT, "replication", "measure", "numerator", "denominator", "value",
    ]  # fmt: skip
    assert table.equals(found.table)
    assert list(table.drop_duplicates("point")[TIMEOUT]) == ["1 h", "3 h"]
    assert (table.groupby("point").replication.unique().map(list) == [[0, 1], [0, 1]]).all()
    assert (table.numerator / table.denominator - table.value).abs().max() < 1e-9
    costs = table[table.measure == "cost"].groupby(TIMEOUT).value.mean()
    assert costs["1 h"] < costs["3 h"], "longer timeouts cost more"


def test_the_answer_names_the_cheapest_point_with_its_interval(serial: dict[str, bytes]) -> None:
    said = answer(SweepFolder("serial"))

    (sentence,) = said.sentences
    number = r"[\d.,]+"
    assert re.fullmatch(
        rf"The cheapest of 2 points has autostop_timeout 1 h: {number} USD "
        rf"\(95 %: {number} to {number}\)\.",
        sentence,
    ), sentence
    assert said.settings == ("autostop_timeout",)
    assert [row.settings for row in said.rows] == [("1 h",), ("3 h",)]
    assert said.met


def test_the_cheapest_point_is_one_that_keeps_to_the_targets(folder: Path) -> None:
    """A third user waits at the directory for 2 s more: cheap points are those of few users."""
    text = SWEEP + "targets:\n  connected_peak: {at_least: 8}\n"
    text = text.replace(f"{TIMEOUT}: [1 h, 3 h]", f"{USERS}: [1, 9]")
    said = answer(run_sweep(planned(text), "out", executor=Serial()))

    assert said.sentences[0].startswith(
        "The cheapest of 2 points with peak of connected users at least 8 has users 9: "
    )
    assert [(row.settings, row.missed) for row in said.rows] == [
        (("1",), (False, True)),
        (("9",), (False, False)),
    ]
    assert said.met


def test_settings_are_told_apart_by_as_few_words_as_it_takes() -> None:
    assert short(["fleets.a.timeout", "fleets.b.timeout", "seed", "directory.servers"]) == [
        "a.timeout", "b.timeout", "seed", "servers",
    ]  # fmt: skip


# --- the command line


class Ended(NamedTuple):
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


Call = Callable[..., Ended]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """`desksim sweep`, in this process."""
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def called(*words: str) -> Ended:
        code = told(desksim, ["sweep", *words])
        return Ended(code, *capsys.readouterr())

    return called


def test_the_command_prints_the_answer_first_and_is_quiet_beside_it(
    serial: dict[str, bytes],
    call: Call,
) -> None:
    done = call("study.yaml", "-o", "out", "--workers", "1")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("The cheapest of 2 points has autostop_timeout 1 h: ")
    assert done.stdout.endswith("Written to out: results.parquet and results.csv have every run.\n")
    assert files(Path("out")) == serial


def test_a_quick_sweep_varies_a_scenario(folder: Path, call: Call) -> None:
    done = call(
        "run", "office.yaml", "-P", TIMEOUT, "1 h", "2 h", "-P", "seed", "1", "-s", "horizon=2 d",
        "--executor", "serial",
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    assert "The cheapest of 2 points has autostop_timeout 1 h, seed 1: " in done.stdout
    assert "That is one run of each point; --replications 10 would say" in done.stdout
    table = pd.read_csv("reports/small-office-sweep/results.csv")
    assert sorted(set(table[TIMEOUT])) == ["1 h", "2 h"]


def test_a_rehearsal_shows_points_and_time_and_writes_nothing(folder: Path, call: Call) -> None:
    done = call("study.yaml", "--dry-run", "--workers", "1")

    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "2 points of 2 replications: 4 runs."
    assert [line.split()[1:] for line in lines[3:5]] == [["1", "h"], ["3", "h"]]
    assert re.fullmatch(r"One run takes [\d.]+ s here: about \d+ s on 1 core\.", lines[-1])
    assert not Path("reports").exists()


def test_shards_and_status_and_collect(serial: dict[str, bytes], call: Call) -> None:
    first = call("study.yaml", "-o", "out", "--shard", "1/2", "--executor", "serial")
    assert (first.returncode, first.stdout) == (
        0,
        "study: 2 of 4 runs done, 0 failed, 2 missing.\n",
    )
    status = call("status", "out")
    assert (status.returncode, status.stdout) == (0, first.stdout)
    call("study.yaml", "-o", "out", "--shard", "2/2", "--executor", "serial")
    collected = call("collect", "out")

    assert collected.returncode == 0
    assert collected.stdout.startswith("The cheapest of 2 points has autostop_timeout 1 h: ")
    assert files(Path("out")) == serial


def test_a_missed_target_is_3(folder: Path, call: Call) -> None:
    write(SWEEP + "targets:\n  cost: {at_most: 1}\n")
    done = call("study.yaml", "--executor", "serial")

    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.startswith(
        "None of 2 points keeps to cost at most 1 USD.\nThe cheapest of 2 "
    )


def test_a_run_that_fails_is_1_and_a_retry_makes_it_good(folder: Path, call: Call) -> None:
    plan = planned()
    run_sweep(plan, "out", executor=Counting(plan.points[0].key(1)))
    done = call("status", "out")

    assert done.returncode == 1
    assert done.stdout == "study: 3 of 4 runs done, 1 failed, 0 missing.\n"
    name = f"{plan.points[0].point.id} replication 1"
    assert done.stderr == (
        f"{name} failed: ValueError: it went wrong\n"
        "1 failed; `desksim sweep retry out` tries them anew\n"
    )
    assert call("study.yaml", "-o", "out", "-q").returncode == 1
    assert call("retry", "out", "--executor", "serial", "-q").returncode == 0
    assert call("status", "out").returncode == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["study.yaml", "--shard", "3/2"], "expected a shard such as 3/16, got '3/2'"),
        (["office.yaml", "-P", "seed"], "expected a setting and its values, got 'seed'"),
        (["office.yaml", "-P"], "expected a setting and its values, got ''"),
        (["study.yaml", "--executor", "moon"], "expected processes, serial or dask://HOST:PORT"),
        (["office.yaml", "-P", "sed", "1"], "-P[0]:1:1: sed: unknown key; did you mean 'seed'?"),
        (["nothing.yaml"], "expected a sweep or scenario file, found none at 'nothing.yaml'"),
        (["status", "."], "expected the folder of a sweep, with its sweep.json, got '.'"),
        (["study.yaml", "-o", "."], "cannot write .: it holds files that no sweep has written"),
    ],
)
def test_a_wrong_command_is_2(folder: Path, words: list[str], message: str, call: Call) -> None:
    done = call(*words)

    assert done.returncode == 2
    assert message in done.stderr
    assert done.stdout == ""


def test_a_full_disk_is_one_sentence_and_what_was_kept_stays(folder: Path) -> None:
    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))

    done = subprocess.run(
        [*DESKSIM, "sweep", "study.yaml", "-o", "out", "--executor", "serial"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limited,
    )

    assert done.returncode == 1
    assert re.fullmatch(r"cannot write out/\S+: File too large\n", done.stderr)
    assert not list(Path("out").rglob("*.part"))
    run_sweep(planned(), "out", executor=Serial())
    assert SweepFolder("out").done == 4


def test_a_folder_that_cannot_be_is_one_sentence(folder: Path, call: Call) -> None:
    done = call("study.yaml", "-o", "office.yaml/out", "--executor", "serial")

    assert done.returncode == 1
    assert done.stderr == "cannot write office.yaml/out/sweep.json: Not a directory\n"


def test_an_executor_is_whatever_yields_outcomes() -> None:
    executors: list[Executor] = [Counting(), Serial(), Processes(1)]

    assert all(hasattr(executor, "outcomes") for executor in executors)


# --- in Python


def test_a_sweep_in_python_leaves_the_same_bytes_and_shows_its_answer(
    serial: dict[str, bytes], folder: Path
) -> None:
    """With the settings of the file as values of Python; and a card for the notebook."""
    told: list[float] = []
    office = Path("office.yaml")
    found = sim.sweep(
        office,
        {TIMEOUT: ["1 h", "3 h"]},
        overrides=["horizon=3 d"],
        replications=2,
        out="python",
        executor=Serial(),
        progress=lambda _what, share: told.append(share),
    )
    assert found.table.equals(SweepFolder("python").table)
    kept = pd.read_csv(folder / "serial" / "results.csv")
    assert found.table["value"].tolist() == kept["value"].tolist()
    assert told[-1] == 1
    assert "2 points, 4 of 4 runs" in repr(found)
    card = found._repr_html_()
    assert answer(found).sentences[0] in unescape(card)
    assert card.count("<tr>") == 3
    assert " USD<br>" in card  # an estimate, and its interval below it


def test_by_default_results_go_where_those_of_the_command_go(folder: Path) -> None:
    found = sim.sweep(write(SWEEP), executor=Serial())
    assert found.folder == Path("reports/study")
