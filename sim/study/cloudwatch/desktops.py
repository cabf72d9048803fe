"""The metrics of desktops: for one of them, for all, or for those of which something holds.

Each table of facts is read once, and only if one of the wanted metrics follows from it.
"""

from collections.abc import Collection

import numpy as np

from sim.study.cloudwatch.attempts import CONNECTING, attempts
from sim.study.cloudwatch.connections import connected
from sim.study.cloudwatch.periods import Periods
from sim.study.cloudwatch.scope import Recorded, Scope
from sim.study.cloudwatch.statuses import STATES, statuses
from sim.study.cloudwatch.tallies import Tally
from sim.units import Millis
from sim.workload import Protocols

_FROM_STATES = {*STATES, "UserConnected"}
_FROM_SESSIONS = {"UserConnected", "InSessionLatency", "ConnectionDuration", "SessionDisconnect"}
_FROM_LOGONS = {*CONNECTING, "SessionDisconnect"}


def desktop_metrics(
    facts: Recorded,
    periods: Periods,
    wanted: Collection[str],
    *,
    scope: Scope,
    protocols: Protocols,
    desktops: int,
    end: Millis,
) -> dict[str, Tally]:
    """Samples of the wanted metrics by slot.

    Args:
        facts: what was recorded.
        periods: the slots.
        wanted: names of metrics in the catalogue of desktops.
        scope: of which desktops.
        protocols: streaming protocols of users and clients.
        desktops: number of desktops in the run.
        end: end of the run.
    """
    names, found = set(wanted), dict[str, Tally]()
    nobody = np.zeros(periods.count, dtype=np.int64)
    running = left = nobody
    if names & _FROM_STATES:
        status = statuses(facts, periods, scope, desktops)
        found |= status.tallies
        running = status.running
    if names & _FROM_LOGONS:
        tried = attempts(facts, periods, scope, end)
        found |= tried.tallies
        left = tried.left
    if names & _FROM_SESSIONS:
        seen = connected(facts, periods, scope, protocols, desktops=desktops, end=end)
        gone = seen.gone + left
        found["InSessionLatency"] = seen.latency
        found["ConnectionDuration"] = seen.duration
        found["UserConnected"] = Tally.of_ones(seen.touched, running)
        found["SessionDisconnect"] = Tally.of_ones(gone, gone)
    return {name: found[name] for name in dict.fromkeys(wanted)}
