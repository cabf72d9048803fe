"""Processes of this machine, each with one task at a time.

`concurrent.futures` breaks as a whole when a worker dies, and does not say whose task it was. Here
each worker has a pipe of its own: it closes when the worker dies, and the task that it had is
known. The task goes to a new worker; one that takes three of them along is set aside.

Workers write nothing, so they can be killed at any moment. When the parent is killed they find
their pipe closed, and end.
"""

import inspect
import multiprocessing
import os
import signal
from collections import Counter, deque
from collections.abc import Generator, Iterable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from typing import Any

from sim.study.execution.tasks import (
    MOST_DEATHS,
    Outcome,
    Task,
    Work,
    attempted,
    outcome,
    set_aside,
)

_OUT_OF_MEMORY = 71
"""Exit code of a worker that found no memory; its task may fit where less is going on."""
_UNGUARDED = 72
"""Exit code of a worker that was about to begin the study again that it is to work for."""
_NAME = "desksim-worker"
_LAST_SECONDS = 10.0
"""For a worker to be gone whose pipe is closed [s]."""


class UnguardedScriptError(RuntimeError):
    """A script would begin its study anew in each process that works for it."""

    def __init__(self) -> None:
        super().__init__(
            f"{_line_of_script()}runs are done in processes that read the script too, and each "
            "would begin this anew; put 'if __name__ == \"__main__\":' above this line, and indent "
            "it and what follows"
        )


def refuse_to_begin_again() -> None:
    """End a worker that reads its script and comes upon the study that it works for.

    Raises:
        UnguardedScriptError: in a process that is nobody's worker here, but reads its script too.
    """
    process = multiprocessing.current_process()
    # Set by multiprocessing while a new process reads the script of its parent.
    if not getattr(process, "_inheriting", False):
        return
    if process.name == _NAME:
        os._exit(_UNGUARDED)
    raise UnguardedScriptError


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Processes:
    """So many processes of this machine, by default one for each core."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or cores()

    def outcomes(self, work: Work, tasks: Iterable[Task]) -> Generator[Outcome, None, None]:
        """Do each task in some process, at most `MOST_DEATHS` times."""
        refuse_to_begin_again()
        context = _context(work)
        waiting, deaths = deque(tasks), Counter[str]()
        crew: dict[Any, _Worker] = {}
        try:
            while waiting or crew:
                while waiting and len(crew) < self.workers:
                    worker = _Worker(context, work, waiting.popleft())
                    crew[worker.connection] = worker
                for connection in wait(list(crew)):
                    worker = crew[connection]
                    task, answer = worker.task, worker.answer()
                    if answer is None:
                        del crew[connection]
                        how = worker.ended()
                        deaths[task.key] += 1
                        if deaths[task.key] == MOST_DEATHS:
                            yield set_aside(task, f"{MOST_DEATHS} workers ({how})")
                        else:
                            waiting.append(task)
                        continue
                    if waiting:  # before anything else, so that nobody waits
                        worker.give(waiting.popleft())
                    else:
                        crew.pop(connection).dismiss()
                    yield outcome(task, *answer)
        finally:
            for worker in crew.values():
                worker.dismiss()


class _Worker:
    """A process, and the task that it has."""

    def __init__(self, context: BaseContext, work: Work, task: Task) -> None:
        self.connection, theirs = context.Pipe()
        # A daemon goes with its parent, should that be interrupted right here.
        self._process = context.Process(  # type: ignore[attr-defined] # every context has it
            target=_serve, args=(theirs, work), name=_NAME, daemon=True
        )
        self._process.start()
        theirs.close()
        self.give(task)

    def give(self, task: Task) -> None:
        """Hand over a task; that a worker is dead is noticed when it is listened to."""
        self.task = task
        with suppress(OSError):
            self.connection.send(task.argument)

    def answer(self) -> tuple[Any, str | None] | None:
        """Result and failure of the task, or None from a worker that died."""
        try:
            answer: tuple[Any, str | None] = self.connection.recv()
        except (EOFError, OSError):
            return None
        return answer

    def ended(self) -> str:
        """How a worker ended that no longer answers."""
        self._process.join(_LAST_SECONDS)
        self.dismiss()
        code = self._process.exitcode
        if code == _UNGUARDED:
            raise UnguardedScriptError
        if code == _OUT_OF_MEMORY:
            return "out of memory"
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def dismiss(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.join()
        self.connection.close()


def _line_of_script() -> str:
    """Where the script is at, as `script.py:12: `, or nothing outside of scripts."""
    frame, found = inspect.currentframe(), ""
    while frame:
        if frame.f_globals.get("__name__") == "__main__":
            found = f"{frame.f_code.co_filename}:{frame.f_lineno}: "
        frame = frame.f_back
    return found


def _context(work: Work) -> BaseContext:
    """Fresh processes; where there are fork servers, forked from one that has imported the work."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([work.__module__])
    return context


def _serve(connection: Connection, work: Work) -> None:
    """Do one task after another until nobody listens any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, who decides
    try:
        while True:
            connection.send(attempted(work, connection.recv()))
    except (EOFError, OSError):
        return
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)
