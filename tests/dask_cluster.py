"""A Dask cluster on this machine, in a process of its own so that nothing of it is left behind."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

WORKERS = 2
ALLOWED_FAILURES = 0
"""Workers that a task may take along before it is given up, less one; each takes seconds to come
again."""

_CLUSTER = f"""
import sys
import dask
from distributed import LocalCluster

if __name__ == "__main__":
    dask.config.set({{"distributed.scheduler.allowed-failures": {ALLOWED_FAILURES}}})
    with LocalCluster(
        n_workers={WORKERS}, threads_per_worker=1, dashboard_address=":0", processes=True
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@contextmanager
def dask_cluster() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address and the process of a cluster whose workers have one thread each."""
    with subprocess.Popen(
        [sys.executable, "-c", _CLUSTER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        address = process.stdout.readline().strip()
        assert address.startswith("tcp://")
        try:
            yield address.replace("tcp://", "dask://"), process
        finally:
            process.stdin.close()
