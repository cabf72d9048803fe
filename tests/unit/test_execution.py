"""Executors: every task comes to an end, whatever happens to the workers."""

import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sim.study.execution import (
    Cluster,
    ClusterError,
    Done,
    Executor,
    Failed,
    Outcome,
    Processes,
    Serial,
    Task,
    share_of,
)
from tests.chores import begun, do
from tests.dask_cluster import dask_cluster

EXECUTORS: dict[str, Executor] = {"serial": Serial(), "processes": Processes(2)}


def tasks(number: int, **more: Any) -> list[Task]:
    return [Task(f"t{n}", {"name": f"t{n}", **more}) for n in range(number)]


def done(executor: Executor, given: list[Task]) -> dict[str, Outcome]:
    found = list(executor.outcomes(do, given))
    assert len({outcome.key for outcome in found}) == len(found), "each comes to one end"
    return {outcome.key: outcome for outcome in found}


@pytest.mark.parametrize("name", EXECUTORS)
def test_each_task_gives_its_result(name: str) -> None:
    found = done(EXECUTORS[name], tasks(5))

    assert found == {f"t{n}": Done(f"t{n}", f"t{n} is done") for n in range(5)}


@pytest.mark.parametrize("name", EXECUTORS)
def test_no_tasks_are_done_at_once(name: str) -> None:
    assert done(EXECUTORS[name], []) == {}


@pytest.mark.parametrize("name", EXECUTORS)
def test_a_task_that_raises_fails_alone(name: str) -> None:
    wrong = Task("wrong", {"name": "wrong", "then": "raise"})
    found = done(EXECUTORS[name], [*tasks(2), wrong])

    assert found["wrong"] == Failed("wrong", "ValueError: wrong went wrong")
    assert [found[f"t{n}"] for n in range(2)] == [Done(f"t{n}", f"t{n} is done") for n in range(2)]


def test_the_task_of_a_killed_worker_is_done_by_another(tmp_path: Path) -> None:
    diary, scar = tmp_path / "diary", tmp_path / "scar"
    hurt = {"name": "hurt", "then": "die once", "scar": str(scar), "diary": str(diary)}
    found = done(Processes(2), [Task("hurt", hurt), *tasks(4, diary=str(diary))])

    assert found["hurt"] == Done("hurt", "hurt is done")
    assert sorted(begun(diary)) == ["hurt", "hurt", "t0", "t1", "t2", "t3"]


@pytest.mark.parametrize(
    ("then", "how"), [("die", "killed by SIGKILL"), ("exhaust memory", "out of memory")]
)
def test_a_task_that_takes_three_workers_along_is_set_aside(
    tmp_path: Path, then: str, how: str
) -> None:
    diary = tmp_path / "diary"
    deadly = Task("deadly", {"name": "deadly", "then": then, "diary": str(diary)})
    found = done(Processes(1), [deadly, *tasks(3)])

    message = f"set aside: 3 workers ({how}) ended while they did it"
    assert found.pop("deadly") == Failed("deadly", message)
    assert begun(diary) == ["deadly"] * 3
    assert len(found) == 3
    assert all(isinstance(outcome, Done) for outcome in found.values())


def test_two_workers_work_at_the_same_time(tmp_path: Path) -> None:
    """Both begin before either ends: each waits until it sees two lines in the diary."""
    diary = tmp_path / "diary"
    given = tasks(2, diary=str(diary), seconds=0.5)
    found = done(Processes(2), given)

    assert len(found) == 2
    pids = {line.split()[1] for line in diary.read_text().splitlines()}
    assert len(pids) == 2


def test_whoever_stops_listening_stops_the_work(tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    given = tasks(50, diary=str(diary), seconds=0.05)
    with closing(Processes(2).outcomes(do, given)) as outcomes:
        next(outcomes)
    time.sleep(0.3)
    pids = {int(line.split()[1]) for line in diary.read_text().splitlines()}

    assert not any(alive(pid) for pid in pids)
    assert len(begun(diary)) < 50


PARENT = """
import sys
from sim.study.execution import Processes, Task
from tests.chores import do
given = [Task(f"t{n}", {"name": f"t{n}", "seconds": 0.1, "diary": sys.argv[1]}) for n in range(99)]
for outcome in Processes(2).outcomes(do, given):
    print(outcome.key, flush=True)
"""


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(diary)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    assert parent.stdout.readline().startswith("t")
    parent.kill()
    parent.communicate()
    pids = {int(line.split()[1]) for line in diary.read_text().splitlines()}

    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(alive(pid) for pid in pids)
    assert len(begun(diary)) < 99


@pytest.mark.slow
def test_dask_does_tasks_and_tells_what_fails() -> None:
    chores = [{"name": "good"}, {"name": "wrong", "then": "raise"}, {"name": "bad", "then": "die"}]
    given = [Task(chore["name"], chore) for chore in chores]
    with dask_cluster() as (address, _), closing(Cluster(address)) as cluster:
        found = done(cluster, given)

    assert found == {
        "good": Done("good", "good is done"),
        "wrong": Failed("wrong", "ValueError: wrong went wrong"),
        "bad": Failed("bad", "set aside: workers of the cluster ended while they did it"),
    }


@pytest.mark.slow
def test_no_task_fails_because_the_cluster_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.study.execution.cluster._PATIENCE", "3s")
    found: list[Outcome] = []
    with dask_cluster() as (address, process), closing(Cluster(address)) as cluster:
        given = [Task("quick", {"name": "quick"}), Task("long", {"name": "long", "seconds": 600})]
        outcomes = cluster.outcomes(do, given)
        found.append(next(outcomes))
        process.terminate()
        with pytest.raises(ClusterError, match="lost the Dask scheduler"):
            found += outcomes

    assert found == [Done("quick", "quick is done")]


def test_a_cluster_that_is_not_there_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sim.study.execution.cluster._PATIENCE", "200ms")
    with pytest.raises(ClusterError, match=r"found no Dask scheduler at 'dask://127.0.0.1:1'"):
        Cluster("dask://127.0.0.1:1")


def alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has asked how it ended does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_shards_share_out_the_tasks_by_key() -> None:
    given = tasks(10)
    shards = [share_of(reversed(given), number, 3) for number in (1, 2, 3)]

    assert [task.key for task in shards[0]] == ["t0", "t3", "t6", "t9"]
    assert [task.key for task in shards[1]] == ["t1", "t4", "t7"]
    assert sorted(t.key for shard in shards for t in shard) == [task.key for task in given]
