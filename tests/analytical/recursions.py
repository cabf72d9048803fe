"""The simplest correct programs for what the engines do, written from the definitions alone.

Each is a plain loop over one user, one queue or one row of hosts, in integers of a millisecond, and
shares no code and no idea with `sim`. A test first shows that an engine equals one of these, event
by event; that the recursion is right is then a question of reading twenty lines.
"""

from bisect import insort
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush, heapreplace
from itertools import repeat
from typing import NamedTuple

Span = tuple[int, int]
"""Begin and end [ms], half-open."""
HOUR = 3_600_000
NEVER = 2**60


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


# -- pools


def loss(
    arrivals: Iterable[int], services: Iterable[int], capacity: Callable[[int], int]
) -> Iterator[bool]:
    """Who is blocked where nobody waits: one who finds as many in service as the capacity then.

    A capacity that shrinks below the number in service turns nobody out. Who leaves at an instant
    has left for those who come at it.
    """
    departures: list[int] = []
    for at, service in zip(arrivals, services, strict=True):
        while departures and departures[0] <= at:
            heappop(departures)
        blocked = len(departures) >= capacity(at)
        if not blocked:
            heappush(departures, at + service)
        yield blocked


def returning(
    gaps: Sequence[Sequence[int]], services: Sequence[Sequence[int]], servers: int
) -> Iterator[tuple[int, int, bool]]:
    """Who comes when, and whether blocked: people who come again a gap after service or refusal.

    Yields (person, instant, blocked) in order of time, at one instant in order of person.
    """
    coming = [(gap[0], person) for person, gap in enumerate(gaps)]
    heapify(coming)
    visits, departures = [0] * len(gaps), list[int]()
    while coming:
        at, person = heappop(coming)
        while departures and departures[0] <= at:
            heappop(departures)
        blocked = len(departures) >= servers
        over = at if blocked else at + services[person][visits[person]]
        if not blocked:
            heappush(departures, over)
        visits[person] += 1
        if visits[person] < len(gaps[person]):
            heappush(coming, (over + gaps[person][visits[person]], person))
        yield person, at, blocked


SERVED, REFUSED, ABANDONED = range(3)


def line(
    arrivals: Iterable[int],
    services: Iterable[int],
    servers: int,
    *,
    patience: Iterable[int] | None = None,
    room: int | None = None,
) -> Iterator[tuple[int, int]]:
    """Waits and fates in a line, first come first served, of people who may give up.

    Whoever finds `room` people in line is refused. A server that becomes free at the very instant
    at which somebody's patience ends is theirs. As nobody who gives up takes a server, the wait
    of each is known at once from those before.
    """
    free = [0] * servers
    leaving: list[int] = []
    for at, service, patient in zip(arrivals, services, patience or repeat(NEVER), strict=False):
        while leaving and leaving[0] <= at:
            heappop(leaving)
        wait = max(0, free[0] - at)
        if wait and room is not None and len(leaving) >= room:
            yield 0, REFUSED
            continue
        if wait:
            heappush(leaving, at + min(wait, patient))
        if wait > patient or (wait and not patient):
            yield patient, ABANDONED
        else:
            heapreplace(free, at + wait + service)
            yield wait, SERVED


def set_up(
    arrivals: Sequence[int],
    services: Sequence[int],
    boots: Iterator[int],
    *,
    least: int,
    most: int,
    spare: int,
) -> Iterator[int]:
    """Waits where n people make n + spare servers wanted, within [least, most], at every event.

    Each that is missing boots for a time of its own. What is too much goes at once: of those that
    boot the one begun last, then idle ones. At one instant departures come before boots that are
    done, and those before arrivals.
    """
    on, busy, booting = max(least, min(spare, most)), list[int](), list[int]()
    queue: deque[tuple[int, int]] = deque()

    def adapt(at: int) -> None:
        nonlocal on
        wanted = max(least, min(len(busy) + len(queue) + spare, most))
        while on + len(booting) > wanted and booting:
            booting.pop()
        on -= min(max(on - wanted, 0), on - len(busy))
        booting.extend(at + next(boots) for _ in range(wanted - on - len(booting)))

    def serve(at: int) -> Iterator[int]:
        while queue and len(busy) < on:
            came, service = queue.popleft()
            heappush(busy, at + service)
            yield at - came

    for at, service in zip([*arrivals, NEVER], [*services, 0], strict=True):
        while (busy and busy[0] <= at) or (booting and min(booting) <= at):
            done = min(booting, default=NEVER)
            if busy and busy[0] <= done:
                now = heappop(busy)
                adapt(now)
            else:
                now = done
                booting.remove(done)
                on += 1
            yield from serve(now)
        if at < NEVER:
            queue.append((at, service))
            yield from serve(at)
            adapt(at)
