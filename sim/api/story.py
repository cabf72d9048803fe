"""What happened to one desktop, or to one user of a pool: the rows of all tables that tell of it.

A desktop's story is told by its states and by what its user did, a pool user's by the instances
they held. The rows are few, so they are plain rows here: words for codes, names for numbers, None
for what did not come. Times are milliseconds from the scenario's start, as in the facts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.api.errors import ResultError
from sim.api.recorded import Recorded
from sim.record import (
    DESKTOP_STATES,
    DESKTOP_TERMS,
    INSTANCES,
    INTERRUPTIONS,
    LOGONS,
    NEVER,
    OPERATIONS,
    RECOVERIES,
    RUNS,
    SESSIONS,
    USER_SESSIONS,
    Column,
    Schema,
)
from sim.storage import Where
from sim.units import Millis, Month

if TYPE_CHECKING:
    from sim.report.style import Picture

Row = Mapping[str, Any]

NOBODY = -1
"""Code of a desktop that was not there."""


@dataclass(frozen=True, repr=False)
class Story:
    """Rows about one subject in a stretch of time, each kind in order of time.

    A row is part of it if any of its time is; times are not cut off at the edges. In a notebook it
    shows its days as a picture.
    """

    recorded: Recorded
    user: int
    desktops: Sequence[int]
    """Codes; none for a user of a pool."""
    begin: Millis
    end: Millis

    @property
    def name(self) -> str:
        """Of the desktop; of the user where the story is theirs."""
        if len(self.desktops) == 1:
            return str(self.recorded.names.desktops["name"][self.desktops[0]])
        return self.user_name

    @property
    def user_name(self) -> str:
        """Of the desktop's owner, or of the user of a pool."""
        return str(self.recorded.names.users["name"][self.user])

    @property
    def fleet(self) -> str:
        """Fleet, or pool."""
        return str(self.recorded.names.users["fleet"][self.user])

    @property
    def pooled(self) -> bool:
        """Whether it is the story of a user of a pool."""
        return self.fleet in self.recorded.names.pools

    @property
    def months(self) -> list[Month]:
        """The UTC calendar months that it touches."""
        return self.recorded.calendar.months(self.begin, self.end)

    # --- all of it

    @cached_property
    def document(self) -> dict[str, Any]:
        """Everything as one JSON-able document, with what it adds up to; see `docs/results.md`."""
        from sim.api.explain import document

        return document(self)

    def figure(self) -> "Picture":
        """Its days below each other: states, sessions beneath, and what went wrong."""
        from sim.api.timeline import figure

        return figure(self)

    def __repr__(self) -> str:
        total = self.document["totals"]
        work = f"{total['connected_s'] / 3600:,.1f} h of work"
        cost = f"{total['currency'] or ''} {total['amount']}".strip()
        return f"<Story of {self.name}: {total['started_sessions']} sessions, {work}, {cost}>"

    def _repr_html_(self) -> str | None:
        from sim.api.timeline import drawing

        return drawing(self)

    # --- the desktop

    @cached_property
    def desktop_rows(self) -> list[Row]:
        """`name`, `zone`, `created`, `deleted` of each desktop."""
        table = self.recorded.names.desktops
        rows = np.isin(table["desktop"], self.desktops)
        return list(_told(table.schema, table.take(rows).columns))

    @cached_property
    def terms(self) -> list[Row]:
        """What held of the desktop: `begin`, `end`, `bundle`, volumes, `running_mode`."""
        return self._spans(self._of_desktops(DESKTOP_TERMS), "begin", "end")

    @cached_property
    def states(self) -> list[Row]:
        """`begin`, `end`, `state`."""
        return self._spans(self._of_desktops(DESKTOP_STATES), "begin", "end")

    @cached_property
    def runs(self) -> list[Row]:
        """Metered spans: `begin`, `end`, `kind`."""
        return self._spans(self._of_desktops(RUNS), "begin", "end")

    @cached_property
    def operations(self) -> list[Row]:
        """`at`, `operation`, `to`, `accepted`, `cause`, `done`."""
        rows = (row for row in self._of_user(OPERATIONS) if self._mine(row))
        return [row for row in rows if self.begin <= row["at"] < self.end]

    # --- the user

    @cached_property
    def logons(self) -> list[Row]:
        """Attempts: `arrival`, the stages, `done`, `outcome`, `cause`."""
        rows = (row for row in self._of_user(LOGONS) if self._mine(row))
        return self._spans(rows, "arrival", "done")

    @cached_property
    def sessions(self) -> list[Row]:
        """Intended sessions: `arrival`, `connected`, `ended`, `disconnected`, `cause`, ...

        `over` is when the desktop was rid of it, or its user gave up; `client` is its name.
        """
        clients = self.recorded.names.clients
        cut = {row["session"] for row in self.cuts if self._mine(row)}
        found: list[Row] = []
        for row in self._of_user(SESSIONS):
            if self._mine(row) or row["session"] in cut:
                gave_up = row["arrival"] + row["waited"]
                over = gave_up if row["outcome"] == "abandoned" else row["disconnected"]
                client = clients[row["client"]] if row["client"] < len(clients) else ""
                found.append({**row, "client": client, "over": over})
        return self._spans(found, "arrival", "over")

    @cached_property
    def cuts(self) -> list[Row]:
        """What outages cut off from the user in the whole run, whichever desktop they had."""
        return list(self._of_user(INTERRUPTIONS))

    @property
    def interruptions(self) -> list[Row]:
        """What outages cut off: `at`, `back`, `cause`."""
        rows = (row for row in self.cuts if self._mine(row))
        return sorted(
            (row for row in rows if self.begin <= row["at"] < self.end), key=lambda row: row["at"]
        )

    @cached_property
    def recoveries(self) -> list[Row]:
        """What took a desktop's place: `kind`, `lost` and `desktop` by name, `at`, `done`, ..."""
        names = self.recorded.names.desktops["name"]
        found: list[Row] = []
        for row in self._of_user(RECOVERIES):
            mine = {row["lost"], row["desktop"]} & set(self.desktops)
            if mine and self.begin <= row["at"] < self.end:
                both = {name: str(names[row[name]]) for name in ("lost", "desktop")}
                found.append({**row, **both})
        return found

    @cached_property
    def work(self) -> list[tuple[Millis, Millis]]:
        """When the user was connected to the desktop and at work, in order of time.

        An outage makes two spans of one session, and its user may come back to another desktop.
        """
        spans = []
        for row in self.sessions:
            first = row["connected"]
            last = self.recorded.end if row["ended"] is None else row["ended"]
            if first is None:
                continue
            cuts = [cut for cut in self.cuts if cut["session"] == row["session"]]
            for cut in sorted(cuts, key=lambda cut: cut["at"]):
                if self._mine(cut):
                    spans.append((first, cut["at"]))
                first = last if cut["back"] is None else cut["back"]
            if self._mine(row):
                spans.append((first, last))
        return sorted((first, last) for first, last in spans if first < last)

    @cached_property
    def instances(self) -> list[Row]:
        """Places held in a pool: `instance`, `begin`, `connected`, `end`, `cause`, and the zone."""
        if not self.pooled:
            return []
        zones = self.recorded.names.zones
        found: list[Row] = []
        for row in self._spans(self._of_user(USER_SESSIONS), "begin", "end"):
            (on,) = self._rows(INSTANCES, Where("instance", row["instance"]))
            zone = zones[on["zone"]] if on["zone"] < len(zones) else ""
            found.append({**row, "zone": zone, "available": on["available"]})
        return found

    # --- the bill

    @cached_property
    def charges(self) -> list[Row]:
        """`month`, `charge`, `quantity`, `unit`, `unit_price`, `amount`, of whole months."""
        frame = self.recorded.charges()
        names = [str(row["name"]) for row in self.desktop_rows]
        mine = frame["user"] == self.user_name if self.pooled else frame["resource"].isin(names)
        months = [month.name for month in self.months]
        columns = ("resource", "month", "charge", "quantity", "unit", "unit_price", "amount")
        rows = frame[mine & frame["month"].isin(months)]
        taken = (rows[name] for name in (*columns, "currency"))
        found: list[Row] = [
            dict(zip((*columns, "currency"), map(_text, row), strict=True))
            for row in zip(*taken, strict=True)
        ]
        return sorted(found, key=lambda row: (row["month"], row["resource"]))

    # --- reading

    def _mine(self, row: Row) -> bool:
        """Whether a row of the user is about the desktop, or about there being none."""
        return self.pooled or row["desktop"] in (*self.desktops, NOBODY)

    def _of_desktops(self, schema: Schema) -> Iterator[Row]:
        for desktop in self.desktops:
            yield from self._rows(schema, Where("desktop", desktop))

    def _of_user(self, schema: Schema) -> Iterator[Row]:
        return self._rows(schema, Where("user", self.user))

    def _rows(self, schema: Schema, where: Where) -> Iterator[Row]:
        for batch in self.recorded.facts.batches(schema, where=where):
            yield from _told(schema, batch)

    def _spans(self, rows: Iterable[Row], first: str, last: str) -> list[Row]:
        """Those of which any part is in the time, in order; without an end they last to the end."""

        def inside(row: Row) -> bool:
            begin, end = row[first], row[last]
            end = self.recorded.end if end is None else end
            return begin < self.end and (end > self.begin or begin >= self.begin)

        return sorted(filter(inside, rows), key=lambda row: row[first])


def story(
    recorded: Recorded,
    *,
    desktop: str | None = None,
    user: str | None = None,
    begin: datetime | None = None,
    end: datetime | None = None,
) -> Story:
    """The story of a desktop, named by itself or by its user, or of a user.

    Args:
        recorded: the run.
        desktop: name of the desktop, or of the one user that had it.
        user: name of a user, of a pool or with desktops of their own; in place of `desktop`.
        begin: from when on; the beginning of the measured time when absent. What was before it, in
            the warm-up, may be asked for.
        end: until when; the end of the run when absent.

    Raises:
        ResultError: when there is no such desktop, user or time, with the nearest names.
    """
    if (desktop is None) == (user is None):
        raise ResultError("expected a desktop or a user, got " + ("both" if user else "neither"))
    window = recorded.window(begin, end, earliest=recorded.begin)
    if desktop is not None:
        number = recorded.desktop(desktop)
        return Story(recorded, int(recorded.names.desktops["user"][number]), [number], *window)
    assert user is not None
    number = recorded.user(user)
    desktops = recorded.names.desktops
    own = desktops["desktop"][desktops["user"] == number].tolist()
    return Story(recorded, number, own, *window)


def _told(schema: Schema, columns: Mapping[str, Any]) -> Iterator[Row]:
    """Rows with words for codes, and None for what did not come."""
    plain = {c.name: _plain(c, columns[c.name]) for c in schema.columns}
    for values in zip(*plain.values(), strict=True):
        yield dict(zip(plain, values, strict=True))


def _plain(column: Column, values: Any) -> list[Any]:
    if column.codes is not None:
        labels = column.codes.labels()
        return [labels[code] for code in values.tolist()]
    return [None if value == NEVER else value for value in values.tolist()]


def _text(value: object) -> str:
    """An amount with all its digits; whatever else as it is."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)
