"""When the service sees somebody connected to a desktop, from sessions and what cut into them.

A session is one row of facts, but an outage may cut it into several connections, and its user may
come back to another desktop. A connection lasts as long as the desktop sees it: a client that lost
its network, or that nobody closed, is connected until it is given up. The AutoStop timeout, which
begins then, has it the same way.

- **UserConnected** of a desktop is 1 if anybody was connected to it at any time of the slot. A
  stopped desktop has no connection state (UNKNOWN), so it gives no sample.
- **InSessionLatency**: each connection gives the round-trip time of its client, once in each slot
  in which the client answered.
- **ConnectionDuration**: each DCV connection that is open just before a slot ends gives the time
  for which it has been.
- **SessionDisconnect** has a sample for each connection that ended.

Source: AWS WorkSpaces Administration Guide 2023, footnote 3 of the metrics; API reference,
WorkspaceConnectionStatus: the state is unknown if the WorkSpace is stopped; Amazon DCV
Administrator Guide, "DCV server connections": a connection's duration is the time that it has been
open.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.record import INTERRUPTIONS, NEVER, SESSIONS, Ending
from sim.study.cloudwatch.periods import Periods
from sim.study.cloudwatch.scope import Recorded, Scope
from sim.study.cloudwatch.tallies import Ages, Events, Spans, Tally, Touched
from sim.study.concurrency import Instants
from sim.study.interruptions import rows_of
from sim.study.measures import Columns
from sim.units import SECOND, Millis
from sim.workload import Protocols


@dataclass(frozen=True)
class Connections:
    """Spans `[begin, end)` in which a desktop had a user connected."""

    desktop: NDArray[Any]
    begin: Instants
    end: Instants
    silent: Instants
    """Instant from which the client no longer answered, at most the end: a lost network is noticed
    only later."""
    closed: NDArray[np.bool_]
    """Whether it ended in the run; else it was open when the run was over."""
    round_trip: NDArray[Any]
    """Between client and desktop [ms]."""
    dcv: NDArray[np.bool_]
    """Whether it streams by DCV."""

    def take(self, rows: NDArray[np.bool_]) -> "Connections":
        """Some of them."""
        return Connections(*(getattr(self, field.name)[rows] for field in fields(self)))


SESSION_COLUMNS = (
    "session",
    "user",
    "desktop",
    "connected",
    "ended",
    "disconnected",
    "ending",
    "client",
    "rtt",
)
CUT_COLUMNS = ("session", "desktop", "at", "back")


def connections(sessions: Columns, cuts: Columns, protocols: Protocols, end: Millis) -> Connections:
    """The connections of some sessions.

    Args:
        sessions: the columns `SESSION_COLUMNS` of `sessions`.
        cuts: the columns `CUT_COLUMNS` of all `interruptions`.
        protocols: those of users and clients.
        end: end of the run.
    """
    began = sessions["connected"] != NEVER
    rows = {name: sessions[name][began] for name in SESSION_COLUMNS}
    closed = rows["disconnected"] != NEVER
    upto = np.where(closed, rows["disconnected"], end)
    lost = (rows["ending"] == Ending.NETWORK_LOSS) & (rows["ended"] != NEVER)
    whole = Connections(
        rows["desktop"],
        rows["connected"],
        upto,
        np.where(lost, np.minimum(rows["ended"], upto), upto),
        closed,
        rows["rtt"],
        protocols.by_row(rows["user"], rows["client"]) == "dcv",
    )
    mine = np.isin(cuts["session"], rows["session"])
    if not mine.any():
        return whole
    return _cut(whole, rows["session"], {name: cuts[name][mine] for name in CUT_COLUMNS})


def _cut(whole: Connections, session: NDArray[Any], cuts: Columns) -> Connections:
    """Connections of the sessions that were cut: each cut ends one, and a return begins another.

    Ends and beginnings of a session are matched in order of time. Who did not come back is given a
    beginning at the end of the session, so that they match, and that connection is left out.
    """
    owner = rows_of(session, cuts["session"])
    of = np.concatenate([np.arange(len(session)), owner])
    back = np.where(cuts["back"] == NEVER, whole.end[owner], cuts["back"])
    begin = np.concatenate([whole.begin, back])
    end = np.concatenate([whole.end, cuts["at"]])
    real = np.concatenate([np.ones(len(session), dtype=np.bool_), cuts["back"] != NEVER])
    cut = np.arange(len(of)) >= len(session)
    by_begin, by_end = np.lexsort((~real, begin, of)), np.lexsort((~cut, end, of))
    begin, end, of, cut = begin[by_begin], end[by_end], of[by_end], cut[by_end]
    found = Connections(
        np.concatenate([whole.desktop, cuts["desktop"]])[by_end],
        begin,
        end,
        np.where(cut, end, np.maximum(begin, whole.silent[of])),
        cut | whole.closed[of],
        whole.round_trip[of],
        whole.dcv[of],
    )
    return found.take(real[by_begin])


@dataclass(frozen=True)
class Connected:
    """What connections tell."""

    touched: NDArray[np.int64]
    """Desktops to which anybody was connected at any time of each slot."""
    latency: Tally
    duration: Tally
    gone: NDArray[np.int64]
    """Connections that ended in each slot."""


def connected(
    facts: Recorded,
    periods: Periods,
    scope: Scope,
    protocols: Protocols,
    *,
    desktops: int,
    end: Millis,
) -> Connected:
    """Read `sessions` once; `desktops` is how many there are in the run, `end` its end."""
    cuts = facts.columns(INTERRUPTIONS, *CUT_COLUMNS)
    touched, latency = Touched(periods, desktops), Spans(periods)
    duration, gone = Ages(periods), Events(periods)
    for batch in facts.batches(SESSIONS, *SESSION_COLUMNS, where=scope.by_user):
        found = connections(batch, cuts, protocols, end)
        rows, begin, upto = scope.spans(found.desktop, found.begin, found.end)
        touched.add(found.desktop[rows], begin, upto)
        dcv, since = found.dcv[rows], found.begin[rows]
        duration.add(begin[dcv], upto[dcv], since[dcv])
        rows, begin, upto = scope.spans(found.desktop, found.begin, found.silent)
        latency.add(begin, upto, found.round_trip[rows])
        # By its last instant: a desktop that is deleted under its user was there until then.
        last = np.maximum(found.begin, found.end - 1)
        ended = found.closed & scope.holds(found.desktop, last)
        gone.add(found.end[ended])
    lasted = duration.tally().scaled(SECOND)
    return Connected(touched.numbers(), latency.tally(), lasted, gone.number)
