"""The textbook twin: the rules of `docs/model.md` as any SimPy tutorial would write them.

A process for each user, a timer process (with interrupts) for each AutoStop timeout, a process for
each user's maintenance, joiner, leaver, operation and connection that outlives its user, and a
`Resource` for the directory; for a pool, a process for each instance that is provisioned or
started, for each user session's timeout and limit, and a monitor that looks, decides and records
every minute. Nothing is computed ahead and nothing in bulk, so each rule can be
read off the code in the order of `docs/model.md`, and every fact is what a process found when the
clock was there.

It is the reference as well as the rival of `sim.model`: from the same plan both must write the same
facts to the millisecond, and the benchmarks say what the difference in speed is. It shares with
`sim.model` the tables and the named random streams, and no code.
"""

from simpy import Environment

from benchmarks.textbook.facts import Store
from benchmarks.textbook.world import World
from sim.scenario.schema import Scenario
from sim.workload import Workload

__all__ = ["simulate_textbook"]


def simulate_textbook(
    scenario: Scenario,
    workload: Workload,
    store: Store,
    replication: int = 0,
    *,
    env: Environment | None = None,
) -> None:
    """Simulate one replication and add its tables of facts to the store.

    The workload has the tables `users` and `plan`. An environment of the caller's can count events;
    its clock must show `scenario.begin`.
    """
    env = env or Environment(initial_time=scenario.begin)
    world = World(env, scenario, workload, store, replication)
    env.run(until=scenario.end)
    world.finish()
