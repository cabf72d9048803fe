"""What a run recorded, wherever it is: in memory, or in a folder that was written long ago.

Questions about a run that has been simulated (what did CloudWatch see, what happened to this
desktop) are put to this, so that a notebook and the command line get the same answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.api.errors import ResultError
from sim.api.frames import Names
from sim.study.cloudwatch import Recorded as Facts
from sim.units import Calendar, Millis
from sim.workload import Protocols

if TYPE_CHECKING:
    import pandas as pd

    from sim.api.results import Run

NEAREST = 3
"""Names suggested for one that is not known."""


@dataclass(frozen=True)
class Recorded:
    """The facts of one run, and what their numbers stand for."""

    scenario: str
    """Name of the scenario."""
    calendar: Calendar
    begin: Millis
    """Beginning of the run; before 0 when there is a warm-up."""
    end: Millis
    replication: int
    names: Names
    protocols: Protocols
    """Streaming protocols of users and clients."""
    facts: Facts
    charges: Callable[[], "pd.DataFrame"]
    """The bill, one row per desktop, pool or service, user, month and charge."""
    assumptions: Sequence[Mapping[str, Any]]
    """The settings on which the numbers rest, as in the summary."""

    @classmethod
    def of(cls, run: "Run") -> "Recorded":
        """What a run in memory holds.

        Raises:
            LookupError: when it kept no facts.
        """
        if run.facts is None:
            raise LookupError("this run kept no facts, so there is nothing to look up")
        spec = run.scenario.spec
        return cls(
            spec.name,
            spec.calendar,
            spec.begin,
            spec.end,
            run.replication,
            run.names,
            Protocols.of(spec, run.names.users, run.names.clients),
            run.facts,
            lambda: run.charges,
            run.assumption_rows,
        )

    def desktop(self, name: str) -> int:
        """Code of the desktop of that name, or of the one that a user of that name had.

        Raises:
            ResultError: when there is none, with the nearest names; or when the user had several.
        """
        desktops, users = self.names.desktops, self.names.users
        found = _codes(desktops["name"] == name)
        if not len(found) and name in users["name"]:
            found = self.desktops_of(self.user(name))
        if not len(found):
            raise unknown("desktop", name, [*desktops["name"], *users["name"]])
        if len(found) > 1:
            which = ", ".join(desktops["name"][found])
            raise ResultError(f"{name} has had several desktops; name one of {which}")
        return int(found[0])

    def desktops_of(self, user: int) -> NDArray[np.int64]:
        """Codes of the desktops that a user has had.

        Raises:
            ResultError: when there is none.
        """
        found = _codes(self.names.desktops["user"] == user)
        if not len(found):
            raise ResultError(self._without_desktop(user))
        return found

    def user(self, name: str) -> int:
        """Code of the user of that name.

        Raises:
            ResultError: when there is none, with the nearest names.
        """
        found = _codes(self.names.users["name"] == name)
        if not len(found):
            raise unknown("user", name, self.names.users["name"])
        return int(found[0])

    def pool(self, name: str) -> int:
        """Number of the pool of that name.

        Raises:
            ResultError: when there is none, with the nearest names.
        """
        if name not in self.names.pools:
            raise unknown("pool", name, self.names.pools)
        return list(self.names.pools).index(name)

    def millis(self, at: datetime | None, default: Millis) -> Millis:
        """An instant inside the run [ms from start].

        Raises:
            ResultError: when it lies outside of the run.
        """
        if at is None:
            return default
        found = self.calendar.millis(at)
        if not self.begin <= found <= self.end:
            first, last = (self.calendar.isoformat(m) for m in (self.begin, self.end))
            given = self.calendar.isoformat(found)
            raise ResultError(f"expected an instant from {first} to {last}, got {given}")
        return found

    def window(
        self, begin: datetime | None, end: datetime | None, *, earliest: Millis = 0
    ) -> tuple[Millis, Millis]:
        """A stretch of time [ms from start], by default the measured one.

        Raises:
            ResultError: when it is empty, or lies outside of what may be asked for.
        """
        first, last = self.millis(begin, 0), self.millis(end, self.end)
        if first < earliest:
            told = self.calendar.isoformat(first)
            start = self.calendar.isoformat(earliest)
            raise ResultError(f"nothing was measured before {start}, got {told}")
        if first >= last:
            told = f"{self.calendar.isoformat(first)} to {self.calendar.isoformat(last)}"
            raise ResultError(f"expected a beginning before the end, got {told}")
        return first, last

    def _without_desktop(self, user: int) -> str:
        name, fleet = (self.names.users[column][user] for column in ("name", "fleet"))
        pooled = f"is a user of the pool {fleet} and has no desktop"
        why = pooled if fleet in self.names.pools else "never had a desktop"
        return f"{name} {why}; `desksim explain --user` tells of them"


def unknown(what: str, name: str, known: Any) -> ResultError:
    """That there is no such thing, with the nearest names there are."""
    near = get_close_matches(name, [str(one) for one in known], n=NEAREST)
    if near:
        hint = f"; nearest: {', '.join(near)}"
    elif 0 < len(known) <= 2 * NEAREST:
        hint = f"; known: {', '.join(known)}"
    else:
        hint = ""
    return ResultError(f"unknown {what} '{name}'{hint}")


def _codes(rows: NDArray[Any]) -> NDArray[np.int64]:
    return np.flatnonzero(rows)
