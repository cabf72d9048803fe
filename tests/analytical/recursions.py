"""The simplest correct programs for what the engines do, written from the definitions alone.

Each is a plain loop over one user, one queue or one row of hosts, in integers of a millisecond, and
shares no code and no idea with `sim`. A test first shows that an engine equals one of these, event
by event; that the recursion is right is then a question of reading twenty lines.
"""

from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

Span = tuple[int, int]
"""Begin and end [ms], half-open."""
HOUR = 3_600_000


class Visit(NamedTuple):
    """One session on a desktop that stops by itself."""

    arrival: int
    connected: int
    ended: int
    resumed: bool
    """Whether the desktop was found stopped."""


def autostop(
    visits: Iterable[tuple[int, int]], timeout: int, *, boot: int = 0, by_gap: bool, begin: int = 0
) -> tuple[list[Visit], list[Span]]:
    """Sessions and powered-on spans of one desktop that is stopped at `begin`.

    A visit is a length of work and either the gap after the one before or an arrival. The desktop
    is on from the login that finds it off until `timeout` after the last disconnection; a login at
    exactly that instant finds it off. A desktop that was off works `boot` after the login.
    """
    sessions: list[Visit] = []
    spans: list[Span] = []
    on_since, off_at, left = None, begin, begin
    for when, length in visits:
        arrival = left + when if by_gap else max(when, left)
        resumed = on_since is None or arrival >= off_at
        if resumed:
            if on_since is not None:
                spans.append((on_since, off_at))
            on_since = arrival
        connected = arrival + boot * resumed
        left = connected + length
        off_at = left + timeout
        sessions.append(Visit(arrival, connected, left, resumed))
    if on_since is not None:
        spans.append((on_since, off_at))
    return sessions, spans


def within(spans: Iterable[Span], end: int) -> list[Span]:
    """What has been seen of spans when the run ends: nothing later, and the open one cut."""
    return [(on, min(off, end)) for on, off in spans if on < end]


def union(spans: Iterable[Span]) -> list[Span]:
    """The union of spans sorted by begin; two that only touch stay two."""
    joined: list[Span] = []
    for on, off in spans:
        if joined and on < joined[-1][1]:
            joined[-1] = joined[-1][0], max(off, joined[-1][1])
        else:
            joined.append((on, off))
    return joined


def running_time(spans: Iterable[Span], end: int) -> int:
    """Time on inside [0, end) [ms]."""
    return sum(max(0, min(off, end) - max(on, 0)) for on, off in spans)


def run_hours(spans: Iterable[Span], end: int) -> int:
    """Hours of the runs, counted from each start, that begin inside [0, end), in full."""
    return sum(0 <= at < end for on, off in spans for at in range(on, off, HOUR))


def clock_hours(spans: Iterable[Span], end: int) -> int:
    """Distinct hours of the clock inside [0, end) in which the desktop was on."""
    touched = {hour for on, off in spans for hour in range(on // HOUR, -(-off // HOUR))}
    return sum(0 <= hour * HOUR < end for hour in touched)


def lindley(arrivals: Iterable[int], services: Iterable[int]) -> Iterator[int]:
    """Waits in front of one server, first come first served: W' = max(0, W + S - A').

    Source: D. V. Lindley, "The theory of queues with a single server", 1952.
    """
    wait = service_before = 0
    before: int | None = None
    for at, service in zip(arrivals, services, strict=True):
        if before is not None:
            wait = max(0, wait + service_before - (at - before))
        before, service_before = at, service
        yield wait


def kiefer_wolfowitz(
    arrivals: Iterable[int], services: Iterable[int], servers: int
) -> Iterator[int]:
    """Waits in front of parallel servers: the workloads in order, the least of which is the wait.

    Source: J. Kiefer and J. Wolfowitz, "On the theory of queues with many servers", 1955.
    """
    workloads, before = [0] * servers, 0
    for at, service in zip(arrivals, services, strict=True):
        workloads = [max(0, work - (at - before)) for work in workloads]
        wait, before = workloads.pop(0), at
        insort(workloads, wait + service)
        yield wait


def first_fit(items: Sequence[Sequence[int]], capacity: Sequence[int]) -> list[int]:
    """Bin of each item: the first with room in every dimension, opened when there is none."""
    bins: list[list[int]] = []
    chosen = []
    for item in items:
        number = 0
        while number < len(bins) and not _fits(item, bins[number], capacity):
            number += 1
        if number == len(bins):
            bins.append([0] * len(capacity))
        bins[number] = [u + i for u, i in zip(bins[number], item, strict=True)]
        chosen.append(number)
    return chosen


def _fits(item: Sequence[int], used: Sequence[int], capacity: Sequence[int]) -> bool:
    return all(u + i <= c for u, i, c in zip(used, item, capacity, strict=True))
