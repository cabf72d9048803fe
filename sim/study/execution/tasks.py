"""Tasks, what becomes of them, and the simplest way to do them: one after another."""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

MOST_DEATHS = 3
"""Workers that a task may take along before it is set aside."""

Work = Callable[[Any], Any]
"""What is done to each task's argument; a function of a module, so that others can import it."""


@dataclass(frozen=True)
class Task:
    """Something to be done."""

    key: str
    """Names it, and decides the shard it belongs to."""
    argument: Any
    """What the work is given; it can be pickled, and so can the result."""


class Done(NamedTuple):
    """A task with its result."""

    key: str
    result: Any


class Failed(NamedTuple):
    """A task that raised, or that took `MOST_DEATHS` workers along."""

    key: str
    message: str


Outcome = Done | Failed


class Executor(Protocol):
    """Somewhere to do tasks."""

    def outcomes(self, work: Work, tasks: Iterable[Task]) -> Generator[Outcome, None, None]:
        """Do each task, and yield what became of it as soon as that is known."""
        ...


class Serial:
    """One after another in this process, which a task may take along."""

    def outcomes(self, work: Work, tasks: Iterable[Task]) -> Generator[Outcome, None, None]:
        """Do each task, in order."""
        for task in tasks:
            yield outcome(task, *attempted(work, task.argument))


def attempted(work: Work, argument: Any) -> tuple[Any, str | None]:
    """The result of a task, or why it failed.

    Raises:
        MemoryError: as another worker may have more.
    """
    try:
        return work(argument), None
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 # one task that fails leaves the others be
        return None, f"{type(error).__name__}: {error}"


def outcome(task: Task, result: Any, failure: str | None) -> Outcome:
    """What became of a task that was attempted."""
    return Done(task.key, result) if failure is None else Failed(task.key, failure)


def set_aside(task: Task, workers: str) -> Failed:
    """What becomes of a task that took too many workers along."""
    return Failed(task.key, f"set aside: {workers} ended while they did it")


def share_of(tasks: Iterable[Task], shard: int, shards: int) -> list[Task]:
    """The tasks of shard 1, 2, ... of so many: by the order of their keys, and of nothing else."""
    return sorted(tasks, key=lambda task: task.key)[shard - 1 :: shards]
