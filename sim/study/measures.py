"""Waiting, availability and use, measured over the window `[0, end)`.

Never one number called availability: a user who could not log on, one who had to try twice and one
who lost an hour of work have met three different failures, and a mean of them is none.

What belongs to the window:
- a logon attempt, and an intended session, by the instant of its arrival;
- time (delivered, planned, connected, running) by the part of it inside the window, so a session
  that began in the warm-up counts only from 0;
- a session or attempt still logging on at the end counts in neither the numerator nor the
  denominator of a success: nobody knows what would have become of it.

Percentiles are by nearest rank: the p-th percentile of n values is the smallest one that at least
p % of them do not exceed, the value of rank ceil(p n / 100). It always is a time that somebody
really waited, and it needs no rule for what lies between two of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.record import NEVER, Cause, DesktopState, Outcome, Schema, SessionOutcome
from sim.record.codes import Code
from sim.study.concurrency import Steps, balance, concurrency
from sim.study.interruptions import NO_GAPS, Gaps
from sim.units import Millis

Columns = Mapping[str, NDArray[Any]]
"""Columns of a fact table by name; only those that a function names are read."""


class Facts(Protocol):
    """Where the fact tables are."""

    def columns(self, schema: Schema, *names: str) -> Mapping[str, NDArray[Any]]:
        """Some columns of a table."""
        ...


STAGES = (
    "network_check",
    "trusted_device",
    "ip_access",
    "directory_wait",
    "directory_service",
    "directory_link",
    "mfa_wait",
    "mfa",
    "broker_wait",
    "broker",
    "desktop_wait",
    "start_wait",
    "start",
    "profile",
    "streaming",
    "os_logon",
)
"""Stages of a logon in the order in which a user meets them."""

AUTHENTICATION = STAGES[: STAGES.index("broker_wait")]
"""Stages up to the end of authentication: an attempt that fails in them reaches no broker."""

OPTIONAL_STAGES = {
    "network_check",
    "trusted_device",
    "ip_access",
    "directory_link",
    "mfa_wait",
    "mfa",
    "broker_wait",
    "broker",
    "start_wait",
    "profile",
}
"""Stages that are there only if a scenario asks for them: not shown where they took nobody time."""

PERCENTILES = (50, 95, 99)

ALL = slice(None)
"""All rows."""

POWERED_ON = (DesktopState.STARTING, DesktopState.AVAILABLE, DesktopState.MAINTENANCE)
"""States in which a desktop runs: from the start command to the stop, and under maintenance."""


@dataclass(frozen=True)
class Times:
    """How a waiting time is spread."""

    count: int
    """Number of values."""
    mean: float | None
    """Mean [ms]; None without values. Means of stages add up to the mean of the total."""
    percentiles: Mapping[int, int | None]
    """Nearest-rank percentiles [ms] by percent. Those of stages do not add up."""
    took: int
    """Number of values above zero: for how many there was anything to wait for."""

    @classmethod
    def of(cls, values: NDArray[Any]) -> "Times":
        """Of waiting times [ms]."""
        ranked = {p: nearest_rank(values, p) for p in PERCENTILES}
        mean = float(values.mean(dtype=np.float64)) if len(values) else None
        return cls(len(values), mean, ranked, int((values > 0).sum()))


@dataclass(frozen=True)
class Ratio:
    """A part of a whole, with both."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """Part over whole; None when there is no whole."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True)
class Delivered:
    """What became of the connected time that was planned, inside the window [ms]."""

    planned: Millis
    delivered: Millis
    waited: Millis
    """From arrival to connection, of sessions that connected. Beside the account for sessions that
    end after work, whose end it postpones; inside it for those with a fixed departure."""

    @classmethod
    def of(cls, minutes: "Minutes", rows: NDArray[Any] | slice = ALL) -> "Delivered":
        """Of some sessions together."""
        columns = (minutes.planned, minutes.delivered, minutes.waited)
        return cls(*(int(column[rows].sum()) for column in columns))

    @property
    def ratio(self) -> Ratio:
        """`delivered_minutes`: delivered over planned."""
        return Ratio(self.delivered, self.planned)


def nearest_rank(values: NDArray[Any], percent: int) -> int | None:
    """The smallest value that at least `percent` % of the values do not exceed; None of none."""
    if not len(values):
        return None
    place = rank_of(percent, len(values))
    return int(np.partition(values, place)[place])


def rank_of(percent: int, count: int) -> int:
    """Place of the nearest-rank percentile in ascending order, from 0."""
    return max(1, -(-percent * count // 100)) - 1


def inside(at: NDArray[np.int64], end: Millis) -> NDArray[np.bool_]:
    """Which instants lie in the window."""
    return (at >= 0) & (at < end)


# --- waiting


def logon_totals(logons: Columns, end: Millis) -> NDArray[np.int64]:
    """Logon time of each attempt of the window that connected, from its arrival [ms]."""
    rows = connected(logons, end)
    return np.asarray(logons["done"][rows] - logons["arrival"][rows])


def logon_times(logons: Columns, end: Millis) -> dict[str, Times]:
    """Logon times of the attempts that connected: `total`, then each stage, zeros included.

    Reads `arrival`, `done`, `outcome` and the stages.
    """
    rows = connected(logons, end)
    total = {"total": Times.of(logon_totals(logons, end))}
    return total | {stage: Times.of(logons[stage][rows]) for stage in STAGES}


def waiting_times(sessions: Columns, end: Millis) -> Times:
    """From a user's first attempt to being connected, refusals and retries included [ms].

    Reads `arrival` and `connected`; of sessions of the window that started.
    """
    rows = inside(sessions["arrival"], end) & (sessions["connected"] != NEVER)
    return Times.of(sessions["connected"][rows] - sessions["arrival"][rows])


def connected(logons: Columns, end: Millis) -> NDArray[np.bool_]:
    """Which attempts of the window connected. Reads `arrival`, `outcome`."""
    return np.asarray(
        inside(logons["arrival"], end) & (logons["outcome"] == Outcome.CONNECTED), dtype=np.bool_
    )


# --- availability


def attempt_success(logons: Columns, end: Millis) -> Ratio:
    """Attempts that connected, of those that came to an end. Reads `arrival`, `outcome`."""
    known = inside(logons["arrival"], end) & (logons["outcome"] != Outcome.OPEN)
    connected = known & (logons["outcome"] == Outcome.CONNECTED)
    return Ratio(int(connected.sum()), int(known.sum()))


def logon_success(sessions: Columns, end: Millis) -> Ratio:
    """Intended sessions that started. Reads `arrival`, `connected`, `outcome`.

    A session that is connected at the end has started; one that is still logging on is not counted.
    """
    started = sessions["connected"] != NEVER
    known = inside(sessions["arrival"], end) & (
        started | (sessions["outcome"] != SessionOutcome.OPEN)
    )
    return Ratio(int((known & started).sum()), int(known.sum()))


@dataclass(frozen=True)
class Minutes:
    """What became of the connected time of each session, inside the window [ms]; arrays.

    `planned = delivered + interrupted + unfinished`, and for sessions with a fixed departure also
    `+ waited`.
    """

    planned: NDArray[np.int64]
    delivered: NDArray[np.int64]
    waited: NDArray[np.int64]
    """From arrival to connection, of sessions that connected."""
    interrupted: NDArray[np.int64]
    """Lost in gaps: all of them with a fixed departure; after work, whose end a gap postpones, what
    it pushed beyond the end of the window."""
    unfinished: NDArray[np.int64]
    """Lost for another reason: not started, or cut."""

    def take(self, rows: NDArray[Any] | slice) -> "Minutes":
        """Those of some sessions."""
        return Minutes(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def minutes(
    sessions: Columns, end: Millis, fixed_departure: NDArray[np.bool_], gaps: Gaps = NO_GAPS
) -> Minutes:
    """Connected working time, planned and delivered, session by session.

    Planned is the intended length from connecting on; with a fixed departure from arriving on; and
    for a session that never started also from arriving on, as though it had started at once. What
    a gap before the window postponed is planned inside it. What is planned beyond the end of the
    window is not counted: a session cut by it loses nothing.

    Args:
        sessions: columns `arrival`, `connected`, `ended`, `planned` and `outcome`.
        end: end of the window.
        fixed_departure: for each session whether it ends at a fixed time.
        gaps: the sessions' gaps.
    """
    started = sessions["connected"] != NEVER
    counted = started | (sessions["outcome"] != SessionOutcome.OPEN)
    arrival, connected = sessions["arrival"], sessions["connected"]
    ended = np.where(sessions["ended"] == NEVER, end, sessions["ended"])
    after_work = started & ~fixed_departure
    origin = np.where(after_work, connected, arrival)
    number = len(arrival)
    before = gaps.time(int(gaps.begin.min(initial=0)), 0, number)
    away = gaps.time(0, end, number)
    until = origin + sessions["planned"] + np.where(after_work, before, 0)
    planned = _time_inside(origin, until, end, counted)
    received = _time_inside(connected, ended, end, started) - away
    waited = _time_inside(arrival, connected, end, started)
    lost = planned - received - np.where(fixed_departure, waited, 0)
    beyond = np.where(fixed_departure, away, np.clip(until + away - end, 0, away))
    in_gaps = np.minimum(lost, beyond)
    return Minutes(planned, received, waited, in_gaps, lost - in_gaps)


def _time_inside(
    begin: NDArray[np.int64], upto: NDArray[np.int64], end: Millis, rows: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Time of each span inside the window, 0 where a mask is false."""
    clipped = np.clip(upto, 0, end) - np.clip(begin, 0, end)
    return np.where(rows, np.maximum(clipped, 0), 0)


def causes(rows: Columns, end: Millis, outcome: Outcome | SessionOutcome) -> dict[str, int]:
    """How many attempts (or sessions) of the window had that outcome, by cause, most first.

    Reads `arrival`, `outcome`, `cause`.
    """
    chosen = inside(rows["arrival"], end) & (rows["outcome"] == outcome)
    return most_first(counted(rows["cause"][chosen], Cause))


def counted(values: NDArray[Any], codes: type[Code]) -> dict[str, int]:
    """How often each code is there, by its label and in order; those that are not are left out."""
    counts = np.bincount(values, minlength=len(codes))
    return {code.label: int(counts[code]) for code in codes if counts[code]}


def most_first(numbers: Mapping[str, int]) -> dict[str, int]:
    """The same numbers, largest first; of equal ones the first stays first."""
    return dict(sorted(numbers.items(), key=lambda entry: -entry[1]))


# --- use


def connected_users(sessions: Columns, end: Millis, gaps: Gaps = NO_GAPS) -> Steps:
    """Users connected and working at each instant. Reads `connected`, `ended`."""
    connected, ended = sessions["connected"], sessions["ended"]
    ended = np.where(ended == NEVER, end, ended)
    real = (connected != NEVER) & (connected < ended)
    comes = np.concatenate([connected[real], gaps.end])
    goes = np.concatenate([ended[real], gaps.begin])
    return balance(comes, goes, end)


def running_desktops(states: Columns, end: Millis) -> Steps:
    """Desktops powered on at each instant. Reads `begin`, `end`, `state`."""
    on = np.isin(states["state"], POWERED_ON)
    return concurrency(states["begin"][on], states["end"][on], end)


def running_instances(instances: Columns, always_on: NDArray[np.bool_], end: Millis) -> Steps:
    """Instances of all pools powered on at each instant.

    One of an AlwaysOn pool is on from available to terminated; one of an AutoStop pool waits
    stopped until it is first used.

    Args:
        instances: columns `pool`, `available`, `used` and `terminated`.
        always_on: for each pool, by its number, whether it is AlwaysOn.
        end: end of the window.
    """
    up = np.where(always_on[instances["pool"]], instances["available"], instances["used"])
    was_up = up != NEVER
    down = instances["terminated"][was_up]
    return concurrency(up[was_up], np.where(down == NEVER, end, down), end)


def host_load(load: Columns, hosts: range, resource: str, end: Millis) -> Steps:
    """How much of a resource all hosts of a group hold together at each instant.

    Args:
        load: columns `host`, `at` and the resource.
        hosts: numbers of the hosts of the group.
        resource: `desktops`, `vcpu` or `memory_gb`.
        end: end of the window.
    """
    rows = (load["host"] >= hosts.start) & (load["host"] < hosts.stop)
    host, at, amount = load["host"][rows], load["at"][rows], load[resource][rows]
    order = np.lexsort((at, host))
    host, at, amount = host[order], at[order], amount[order].astype(np.int64)
    first = np.append(True, host[1:] != host[:-1])[: len(host)]
    before = np.where(first, 0, np.roll(amount, 1))
    return Steps.of(at, amount - before, end)
