"""Chores done in two workers, each result kept; who comes later does what is missing."""

from pathlib import Path

from sim.study.execution import Processes, Task
from sim.study.task_store import TaskStore
from tests.chores import do

NUMBER, SECONDS = 40, 0.02
"""Chores, and how long each takes: about 0.4 s in two workers."""


def chores(folder: Path) -> list[Task]:
    """Chores that write in one diary."""
    diary = str(folder / "diary")
    names = [f"t{number:02}" for number in range(NUMBER)]
    return [Task(n, {"name": n, "seconds": SECONDS, "diary": diary, "json": True}) for n in names]


def go_on(folder: Path) -> None:
    """Do what is missing, and keep it."""
    store = TaskStore(folder / "kept")
    tasks = chores(folder)
    finished = {key for key, _ in store.results(task.key for task in tasks)}
    missing = [task for task in tasks if task.key not in finished]
    for outcome in Processes(2).outcomes(do, missing):
        store.keep(outcome)
