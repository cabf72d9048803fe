"""Whoever is killed, at whatever moment: nothing is lost, nothing done twice, nothing torn.

A process does chores of 20 ms in two workers and keeps each result. It is killed outright, or its
workers are, at moments drawn at random; then somebody does what is missing.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sim.api.sweep_folder import SweepFolder
from sim.study.task_store import TaskStore
from tests.chores import begun
from tests.keeping import NUMBER, chores, go_on
from tests.small_office import write_office

QUICK, LONG = 20, 500
"""Moments at which somebody is killed."""


_PARENT = """
import sys
from pathlib import Path
from tests.keeping import go_on
go_on(Path(sys.argv[1]))
"""


def parent(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _PARENT, str(folder)])


def pids(folder: Path) -> list[int]:
    """Workers that have begun something."""
    diary = folder / "diary"
    lines = diary.read_text(encoding="utf-8").splitlines() if diary.exists() else []
    return list(dict.fromkeys(int(line.split()[1]) for line in lines))


def wait_for_work(folder: Path, process: subprocess.Popen[bytes], before: int = 0) -> None:
    """Until more chores are begun than before, or there is nothing to do."""
    diary = folder / "diary"
    while process.poll() is None:
        if diary.exists() and len(begun(diary)) > before:
            return
        time.sleep(0.002)


def kept(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (folder / "kept" / "tasks").glob("*.json")}


def complete(folder: Path) -> None:
    """All is there, whole, and nothing else."""
    found = dict(TaskStore(folder / "kept").results(task.key for task in chores(folder)))
    assert found == {f"t{n:02}": {"text": f"t{n:02} is done"} for n in range(NUMBER)}
    assert {path.suffix for path in (folder / "kept" / "tasks").glob("[!.]*")} == {".json"}
    assert not list((folder / "kept").glob("failed/*"))


def kill_parents(folder: Path, moments: int, seed: int) -> None:
    """Parents killed one after another, each going on with what the one before has left."""
    generator = np.random.default_rng(seed)
    killed, number = 0, 0
    while killed < moments:
        number += 1
        shelf = folder / str(number)
        shelf.mkdir()
        process = parent(shelf)
        while killed < moments:
            before, diary = kept(shelf), shelf / "diary"
            wait_for_work(shelf, process, len(begun(diary)) if diary.exists() else 0)
            time.sleep(0.2 * generator.random())
            process.kill()
            killed += process.wait() == -signal.SIGKILL
            after = kept(shelf)
            assert before.items() <= after.items(), "nothing that was kept is lost or changed"
            whole = dict(TaskStore(shelf / "kept").results(f"t{n:02}" for n in range(NUMBER)))
            assert {f"{name}.json" for name in whole} == after.keys(), "nothing is torn"
            if len(after) == NUMBER:
                break
            process = parent(shelf)
        process.kill()
        process.wait()
        go_on(shelf)
        complete(shelf)
        # Two workers, so two chores at most are begun anew for each parent that was killed.
        assert len(begun(shelf / "diary")) <= NUMBER + 2 * (killed + 1)


def kill_workers(folder: Path, moments: int, seed: int) -> None:
    """Workers killed while the parent goes on, and nobody needs to come back."""
    generator = np.random.default_rng(seed)
    killed, number = 0, 0
    while killed < moments:
        number += 1
        shelf = folder / str(number)
        shelf.mkdir()
        process = parent(shelf)
        wait_for_work(shelf, process)
        hit = 0
        while process.poll() is None and hit < 3:
            time.sleep(0.08 * generator.random())
            hit += stop(pids(shelf)[-1])
        assert process.wait() == 0
        killed += hit
        complete(shelf)
        # A chore is begun once, and once more for each worker that was killed while it did it.
        names = begun(shelf / "diary")
        assert len(set(names)) == NUMBER
        assert len(names) <= NUMBER + hit


def stop(pid: int) -> int:
    """Kill a process, if it is there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1


@pytest.mark.slow
def test_parents_killed_at_random_moments(tmp_path: Path) -> None:
    kill_parents(tmp_path, QUICK, seed=1)


@pytest.mark.slow
def test_workers_killed_at_random_moments(tmp_path: Path) -> None:
    kill_workers(tmp_path, QUICK, seed=2)


@pytest.mark.endurance
@pytest.mark.slow
def test_parents_killed_at_five_hundred_moments(tmp_path: Path) -> None:
    kill_parents(tmp_path, LONG, seed=3)


@pytest.mark.endurance
@pytest.mark.slow
def test_workers_killed_at_five_hundred_moments(tmp_path: Path) -> None:
    kill_workers(tmp_path, LONG, seed=4)


# --- the command itself


SWEEP = """\
version: 1
name: study
scenario: office.yaml
fixed: {horizon: 14 d, populations.part-time.users: 300, directory.servers: 20}
axes:
  fleets.part-time.autostop_timeout: [1 h, 2 h, 3 h]
replications: 4
"""


def command(folder: Path) -> subprocess.Popen[str]:
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from sim.cli import main; main()"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, "sweep", "study.yaml", "-o", "out", "-q"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130), (signal.SIGTERM, 130)]
)
def test_a_sweep_that_is_ended_goes_on_to_the_same_bytes(
    tmp_path: Path, how: signal.Signals, code: int
) -> None:
    for name in ("whole", "ended"):
        (tmp_path / name).mkdir()
        write_office(tmp_path / name)
        (tmp_path / name / "study.yaml").write_text(SWEEP, encoding="utf-8")
    whole = command(tmp_path / "whole")
    assert (whole.communicate()[1], whole.returncode) == ("", 0)
    shelf = tmp_path / "ended"
    with command(shelf) as process:
        while not list((shelf / "out" / "tasks").glob("*.json")):
            assert process.poll() is None
            time.sleep(0.005)
        process.send_signal(how)
        out, err = process.communicate(timeout=60)

    assert (process.returncode, out) == (code, "")
    done = SweepFolder(shelf / "out").done
    assert 0 < done < 12
    if code == 130:
        assert err == (
            f"interrupted; {done} of 12 runs are kept in out, and the same command goes on from "
            "there\n"
        )
    again = command(shelf)
    assert (again.communicate()[1], again.returncode) == ("", 0)
    one, other = (
        {path.relative_to(root): path.read_bytes() for path in root.rglob("[!.]*.*")}
        for root in (tmp_path / "whole" / "out", shelf / "out")
    )
    assert one == other
