"""Scripts that begin studies: refused in one sentence where each worker would begin it anew."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from sim.study.execution import Processes, Task

ROOT = Path(__file__).resolve().parents[2]
OFFICE = ROOT / "scenarios" / "remote-office.yaml"
ONE_DAY = '{"horizon": "1 d", "operations": []}'

CALLS = {
    "replicate": "sim.replicate(office, replications=3)",
    "compare": "sim.compare(office, office, names=['a', 'b'], replications=2)",
    "forecast": f"sim.forecast({str(OFFICE)!r}, months=3, replications=2)",
    "swings": "sim.run(office, swings=True)",
    "sweep": f"sim.sweep({str(OFFICE)!r}, {{'seed': [1, 2]}}, out='swept')",
}


def ran(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """A script, run in a session of its own, of which nothing is left."""
    (folder / "script.py").write_text(script, encoding="utf-8")
    started = subprocess.Popen(
        [sys.executable, "script.py"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    out, err = started.communicate(timeout=90)
    end = time.monotonic() + 10
    while left(started.pid):
        assert time.monotonic() < end, f"processes go on: {left(started.pid)}"
        time.sleep(0.05)
    return subprocess.CompletedProcess(started.args, started.returncode, out, err)


def left(group: int) -> list[str]:
    """Processes of a group that have not ended; those of which nobody has read the end have."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            state, _, pgrp, *_ = file.read_text().rpartition(")")[2].split()
            if int(pgrp) == group and state not in "ZX":
                found.append(file.parent.name)
    return found


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_script_that_would_begin_anew_in_each_worker_is_refused(
    call: str, tmp_path: Path
) -> None:
    office = f"office = sim.load({str(OFFICE)!r}).with_(**{ONE_DAY})"
    done = ran(tmp_path, f"import sim\n\n{office}\n{call}\n")

    assert done.returncode == 1
    *_, last = done.stderr.strip().splitlines()
    assert "script.py:4: runs are done in processes that read the script too" in last
    assert "put 'if __name__ == \"__main__\":' above this line" in last
    assert done.stderr.count("Traceback") == 1  # the script's own, and none of a worker
    assert not done.stdout


def test_with_the_line_it_runs(tmp_path: Path) -> None:
    guarded = f"""
import sim
if __name__ == "__main__":
    office = sim.load({str(OFFICE)!r}).with_(**{ONE_DAY})
    print(len(sim.replicate(office, replications=3).runs))
"""
    done = ran(tmp_path, guarded)

    assert (done.returncode, done.stdout, done.stderr) == (0, "3\n", "")


def test_somebody_elses_worker_is_told_too(tmp_path: Path) -> None:
    script = f"""
import multiprocessing
import sim
if __name__ == "__mp_main__":
    try:
        sim.forecast({str(OFFICE)!r}, months=1)
    except RuntimeError as error:
        print(error)
if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=print)
    process.start()
    process.join()
"""
    assert "runs are done in processes" in ran(tmp_path, script).stdout


def test_here_nobody_is_refused() -> None:
    assert [done.key for done in Processes(1).outcomes(len, [Task("a", "abc")])] == ["a"]
