"""A Dask cluster, which somebody else has started.

Its workers have desksim installed and see the same files under the same paths. Each should have
one thread: a run keeps a core busy, and threads would take turns on it. Dask gives the task of a
worker that dies to another one, and reports a task that takes several of them along.
"""

from collections.abc import Generator, Iterable
from importlib import import_module
from itertools import islice
from typing import Any

from sim.study.execution.tasks import Failed, Outcome, Task, Work, attempted, outcome, set_aside

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
                if isinstance(self._error(future), self._dask.KilledWorker):
                    suspects.append(task)
                else:
                    yield self._outcome(task, future)
            for task in suspects:
                alone = self._given(work, task)
                given[alone] = task
                yield self._outcome(task, alone)
        finally:
            self._client.cancel(list(given), force=True)

    def close(self) -> None:
        """Leave the cluster, which goes on."""
        self._client.close()

    def _given(self, work: Work, task: Task) -> Any:
        return self._client.submit(attempted, work, task.argument, pure=False)

    def _error(self, future: Any) -> BaseException | None:
        """What kept a task from an end, unless that was the end of the cluster."""
        error: BaseException | None = future.exception()
        if future.status in ("cancelled", "lost"):
            raise ClusterError("lost the Dask scheduler; the same command goes on from here")
        return error

    def _outcome(self, task: Task, future: Any) -> Outcome:
        error = self._error(future)
        if isinstance(error, self._dask.KilledWorker):
            return set_aside(task, "workers of the cluster")
        if error is not None:
            return Failed(task.key, f"{type(error).__name__}: {error}")
        return outcome(task, *future.result())
