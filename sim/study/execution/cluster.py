"""A Dask cluster, which somebody else has started.

Its workers have desksim installed and see the same files under the same paths. Each should have
one thread: a run keeps a core busy, and threads would take turns on it. Dask gives the task of a
worker that dies to another one, and reports a task that takes several of them along.
"""

from asyncio import CancelledError
from collections.abc import Generator, Iterable
from importlib import import_module
from itertools import islice
from typing import Any

from sim.study.execution.tasks import Outcome, Task, Work, attempted, outcome, set_aside

SCHEME = "dask://"
_PATIENCE = "10s"
"""How long a scheduler may take to answer."""
_AHEAD = 1_000
"""Tasks that the scheduler holds at once; it keeps their arguments in memory."""


class ClusterError(OSError):
    """There is no such cluster, or no Dask."""


class Cluster:
    """A Dask cluster, by the address of its scheduler.

    Raises:
        ClusterError: when Dask is not installed, or nobody answers there.
    """

    def __init__(self, address: str) -> None:
        try:
            self._dask: Any = import_module("distributed")
        except ImportError:
            message = "running on Dask needs the extra 'cluster': pip install 'desksim[cluster]'"
            raise ClusterError(message) from None
        try:
            self._client = self._dask.Client(
                address.replace(SCHEME, "tcp://", 1), timeout=_PATIENCE
            )
        except (OSError, ValueError) as error:
            raise ClusterError(f"found no Dask scheduler at '{address}': {error}") from None

    def outcomes(self, work: Work, tasks: Iterable[Task]) -> Generator[Outcome, None, None]:
        """Do each task on some worker of the cluster.

        Dask suspects every task that a dead worker had, also those that were still waiting. Who is
        suspected is tried again at the end, alone.

        Raises:
            ClusterError: when the scheduler is gone; no task has failed then.
        """
        coming, suspects = iter(tasks), list[Task]()
        given = {self._given(work, task): task for task in islice(coming, _AHEAD)}
        finished = self._dask.as_completed(list(given))
        try:
            for future in finished:
                task = given.pop(future)
                for another in islice(coming, 1):
                    following = self._given(work, another)
                    given[following] = another
                    finished.add(following)
                answer = self._answer(future)
                if answer is None:
                    suspects.append(task)
                else:
                    yield outcome(task, *answer)
            for task in suspects:
                alone = self._given(work, task)
                given[alone] = task
                answer = self._answer(alone)
                if answer is None:
                    yield set_aside(task, "workers of the cluster")
                else:
                    yield outcome(task, *answer)
        finally:
            self._client.cancel(list(given), force=True)

    def close(self) -> None:
        """Leave the cluster, which goes on."""
        self._client.close()

    def _given(self, work: Work, task: Task) -> Any:
        return self._client.submit(attempted, work, task.argument, pure=False)

    def _answer(self, future: Any) -> tuple[Any, str | None] | None:
        """Result and failure of a task; None when Dask suspects it of the end of workers.

        A finished one can be suspected too: its result goes with the worker that has it, and it is
        done again before it is handed over.
        """
        try:
            answer: tuple[Any, str | None] = future.result()
        except self._dask.KilledWorker:
            return None
        except (Exception, CancelledError) as error:  # noqa: BLE001 # whatever Dask meets
            if future.status in ("cancelled", "lost"):
                message = "lost the Dask scheduler; the same command goes on from here"
                raise ClusterError(message) from None
            return None, f"{type(error).__name__}: {error}"
        return answer
