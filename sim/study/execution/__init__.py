"""Where work is done: here, in processes of this machine, or on a Dask cluster.

An executor is given a function and tasks, and yields what became of each task as it is known, in
any order. It knows nothing of what is worked on and keeps nothing: whoever asked writes down what
they get, and asks next time for what is missing only. Closing the iterator stops everything.
"""

from sim.study.execution.cluster import Cluster, ClusterError
from sim.study.execution.processes import (
    Processes,
    UnguardedScriptError,
    cores,
    refuse_to_begin_again,
)
from sim.study.execution.tasks import Done, Executor, Failed, Outcome, Serial, Task, share_of

__all__ = [
    "Cluster",
    "ClusterError",
    "Done",
    "Executor",
    "Failed",
    "Outcome",
    "Processes",
    "Serial",
    "Task",
    "UnguardedScriptError",
    "cores",
    "refuse_to_begin_again",
    "share_of",
]
