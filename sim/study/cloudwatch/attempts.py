"""Attempts to connect, as the service sees them: from authentication on.

Somebody who gives up in the directory's line, or is turned away by a check before it, has made no
attempt. One who is authenticated is a sample of `ConnectionAttempt` then, and later, when
the attempt is decided, of `ConnectionSuccess` and of `ConnectionFailure`, 1 of the one and 0 of the
other. It succeeds with the streaming connection; the operating-system logon happens inside the
session, so it is not part of `SessionLaunchTime`, and whoever leaves during it has been connected.

Source: AWS WorkSpaces Administration Guide, "Monitor your WorkSpaces using CloudWatch metrics",
footnote 1: emitted after a user has authenticated and the client initiates a session connection.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.record import LOGONS, NEVER, Cause, Outcome
from sim.study.cloudwatch.periods import Periods
from sim.study.cloudwatch.scope import Recorded, Scope
from sim.study.cloudwatch.tallies import Events, Tally, Values
from sim.study.concurrency import Instants
from sim.study.measures import AUTHENTICATION, Columns
from sim.units import SECOND, Millis

CONNECTING = (
    "ConnectionAttempt",
    "ConnectionSuccess",
    "ConnectionFailure",
    "SessionLaunchTime",
)

_CAUSES = {
    "FIPS_REQUIRED",
    "NETWORK_CHECK",
    "UNTRUSTED_DEVICE",
    "CERTIFICATE_EXPIRED",
    "IP_NOT_ALLOWED",
    "MFA_FAILED",
    "MFA_OUTAGE",
}
_TURNED_AWAY = [cause for cause in Cause if cause.name in _CAUSES]
"""Causes of a refusal before that."""


@dataclass(frozen=True)
class _Attempts:
    """What matters of each attempt whose user was authenticated."""

    desktop: NDArray[Any]
    begin: Instants
    """End of authentication."""
    launched: NDArray[np.bool_]
    """Whether the streaming connection was made."""
    known: NDArray[np.bool_]
    """Whether that is known by the end of the run."""
    decided: Instants
    """When it was, or the attempt failed."""
    left: NDArray[np.bool_]
    """Whether it was launched and ended before the desktop was usable."""
    ended: Instants

    @classmethod
    def of(cls, logons: Columns, end: Millis) -> "_Attempts":
        outcome, os_logon = logons["outcome"], logons["os_logon"]
        stages = [logons[name].astype(np.int64) for name in AUTHENTICATION]
        begin = np.sum([logons["arrival"], *stages], axis=0)
        over = logons["done"] != NEVER
        ended = np.where(over, logons["done"], end)
        connected = outcome == Outcome.CONNECTED
        launched = connected | (os_logon > 0)
        # At the last instant of authentication a refusal is the broker's, unless its cause says
        # otherwise; a departure comes before the request (M2).
        at_the_broker = ~np.isin(logons["cause"], _TURNED_AWAY)
        passed = np.where(outcome == Outcome.REFUSED, at_the_broker, connected | (begin < ended))
        return cls(
            logons["desktop"],
            begin,
            launched,
            over | launched,
            ended - np.where(launched, os_logon, 0),
            launched & ~connected & over,
            ended,
        ).take(passed)

    def take(self, rows: NDArray[np.bool_]) -> "_Attempts":
        """Some of them."""
        return _Attempts(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True)
class Tried:
    """What attempts tell."""

    tallies: dict[str, Tally]
    """The metrics `CONNECTING`."""
    left: NDArray[np.int64]
    """How many in each slot were disconnected during the operating-system logon."""


def attempts(facts: Recorded, periods: Periods, scope: Scope, end: Millis) -> Tried:
    """Read `logons` once; `end` is the end of the run."""
    tried, won, lost, left = (Events(periods) for _ in range(4))
    launch = Values(periods)
    names = ("desktop", "arrival", *AUTHENTICATION, "os_logon", "done", "outcome", "cause")
    for batch in facts.batches(LOGONS, *names, where=scope.by_user):
        every = _Attempts.of(batch, end)
        found = every.take(scope.holds(every.desktop, every.begin))
        success, failure = found.launched, found.known & ~found.launched
        tried.add(found.begin)
        won.add(found.decided[success])
        lost.add(found.decided[failure])
        launch.add(found.decided[success], (found.decided - found.begin)[success])
        left.add(found.ended[found.left])
    both = won.number + lost.number
    tallies = (
        Tally.of_ones(tried.number, tried.number),
        Tally.of_ones(won.number, both),
        Tally.of_ones(lost.number, both),
        launch.tally().scaled(SECOND),
    )
    return Tried(dict(zip(CONNECTING, tallies, strict=True)), left.number)
