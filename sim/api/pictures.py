"""Pictures of what a run went through: states of desktops, a week of a fleet, an hour of logons.

Each comes as a table too, and all of them from a run in memory or from a folder that was written
long ago.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from sim.api.errors import ResultError
from sim.api.picture import Picture
from sim.api.recorded import unknown
from sim.pricing import InvoiceLine
from sim.record import DESKTOP_STATES, OUTAGES, SCALING, DesktopState, Table
from sim.report.wording import count
from sim.scenario import Scenario
from sim.study.conditions import Condition
from sim.study.fleet_week import FleetWeek, fleet_week, week_zone
from sim.study.measures import Facts
from sim.study.outage_times import outages_of
from sim.study.pools import main_time_zone
from sim.study.replay import AFTER, PLACES, RETRY, Replay, replay
from sim.study.states import States, states
from sim.study.storm import worst_hour
from sim.units import HOUR, MINUTE, Millis

if TYPE_CHECKING:
    import pandas as pd

    from sim.api.results import Run
    from sim.report.figures import Event, ReplayHour, StateDiagram, WeekMap

UPKEEP = {
    DesktopState.MAINTENANCE: "under maintenance",
    DesktopState.UPDATING: "being updated",
    DesktopState.REBOOTING: "being rebooted",
    DesktopState.REBUILDING: "being rebuilt",
    DesktopState.RESTORING: "being restored",
}
"""States in which nobody gets on a desktop, and which are marked in an hour."""
MOST_CHANGES = 3
"""Changes of pools' targets that are marked in an hour, the largest ones."""

SETTINGS = (
    *("version", "name", "region", "start", "horizon", "warm_up", "zones", "host_groups"),
    *("fleets", "pools", "billing"),
)
"""Settings of a written scenario that pictures need; none of them names a file."""


@dataclass(frozen=True)
class Pictured:
    """What pictures of one run are made from."""

    scenario: Scenario
    users: Table
    facts: Facts
    lines: Sequence[InvoiceLine]
    """The invoice."""
    currency: str
    replication: int
    _known: dict[str, States] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, run: "Run") -> "Pictured":
        """Of a run in memory.

        Raises:
            LookupError: when it kept no facts.
        """
        if run.facts is None:
            raise LookupError("this run kept no facts, so there is nothing to draw")
        spec = run.scenario.spec
        return cls(
            spec, run.names.users, run.facts, run.lines, run.prices.currency, run.replication
        )

    # --- states

    def states(self, place: str) -> States:
        """The states of a fleet or pool.

        Raises:
            ResultError: when there is none of that name.
        """
        self._check(place)
        if place not in self._known:
            self._known[place] = states(self.scenario, place, self.facts, self.lines)
        return self._known[place]

    def diagram(self, place: str) -> "StateDiagram":
        """The same for a figure."""
        from sim.report.figures import State, StateDiagram
        from sim.report.figures.states import GONE

        found = self.states(place)
        whole = sum(found.time.values())
        return StateDiagram(
            pooled=found.pooled,
            states=[
                State(code.label, time / whole, found.cost.get(code, Decimal(0)))
                for code, time in found.time.items()
            ],
            changes={
                (_label(before) or GONE, _label(after) or GONE): number
                for (before, after), number in found.changes.items()
            },
            unused=found.unused,
            fees=found.fees,
            currency=self.currency,
        )

    def state_picture(self, place: str) -> Picture:
        """The diagram of a fleet or pool."""
        from sim.report.figures import describe_states, height_of_states, state_diagram

        shown = self.diagram(place)
        things = "Instances of the pool" if shown.pooled else "Desktops of the fleet"
        return Picture(
            f"{things} {place}: time and money by state",
            describe_states(shown),
            height_of_states(shown),
            lambda ax: state_diagram(shown, ax),
        )

    # --- a week

    def week(self, place: str, day: date | None = None) -> "WeekMap":
        """The week of a fleet or pool that holds a day, or an instant, for a figure.

        Raises:
            ResultError: when there is no fleet or pool of that name, or nothing of that week.
        """
        from sim.report.figures import WeekMap

        self._check(place)
        if isinstance(day, datetime):
            day = day.astimezone(week_zone(self.users, place)).date()
        try:
            found = fleet_week(self.scenario, self.users, place, self.facts, day)
        except ValueError as error:
            raise ResultError(str(error)) from None
        whole = max(1, int(found.time.sum()))
        return WeekMap(
            cells=found.cells,
            names=[*Condition.labels(), "refused"],
            days=found.days,
            first_day=found.first_day,
            time_zone=found.time_zone,
            each=found.each,
            number=found.number,
            groups=found.groups,
            time={code.label: found.time[code] / whole for code in Condition if found.time[code]},
            turned_away=found.turned_away,
            pooled=found.pooled,
            begins=self._local(0, found) if found.begin < 0 else None,
            ends=self._local(self.scenario.end, found) if found.end > self.scenario.end else None,
        )

    def _local(self, at: Millis, week: FleetWeek) -> datetime:
        return self.scenario.calendar.instant(at).astimezone(ZoneInfo(week.time_zone))

    def week_picture(self, place: str, day: date | None = None) -> Picture:
        """The map of a week."""
        from sim.report.figures import describe_week, height_of_week, week_map

        shown = self.week(place, day)
        last = shown.first_day + timedelta(days=6)
        kind = "pool" if shown.pooled else "fleet"
        return Picture(
            f"A week of the {kind} {place}: {shown.first_day} to {last}",
            describe_week(shown),
            height_of_week(shown),
            lambda ax: week_map(shown, ax),
        )

    # --- an hour

    def replay(self, begin: datetime | None = None) -> Replay | None:
        """The hour from an instant on, by default the worst; None where nobody ever came.

        Raises:
            ResultError: when the hour does not lie in the measured time.
        """
        end, calendar = self.scenario.end, self.scenario.calendar
        at = self._worst if begin is None else calendar.millis(begin)
        if at is None:
            return None
        if not 0 <= at <= end - HOUR:
            first, last = (calendar.isoformat(m) for m in (0, max(0, end - HOUR)))
            told = calendar.isoformat(at)
            raise ResultError(f"expected an hour that begins from {first} to {last}, got {told}")
        return replay(self.facts, at, end)

    @cached_property
    def _worst(self) -> Millis | None:
        return worst_hour(self.facts, self.scenario.end)

    def hour(self, found: Replay) -> "ReplayHour":
        """An hour for a figure."""
        from sim.report.figures import ReplayHour

        events = sorted(self._events(found.begin), key=lambda event: event.begin)
        return ReplayHour(people=found.people, most=found.flows.most, events=events)

    def replay_picture(self, begin: datetime | None = None) -> Picture | None:
        """The replay of an hour; None where nobody ever came."""
        from sim.report.figures import describe_replay_hour, replay_hour

        found = self.replay(begin)
        if found is None:
            return None
        shown = self.hour(found)
        zone = main_time_zone(self.users["time_zone"])
        local = self.scenario.calendar.instant(found.begin).astimezone(ZoneInfo(zone))
        words: dict[str, Any] = {
            "date": local.date().isoformat(),
            "begin": local.hour * 60 + local.minute,
            "time_zone": zone,
        }
        which = "The worst hour" if begin is None else "An hour of logons"
        return Picture(
            f"{which}, minute by minute: where people are on their way",
            describe_replay_hour(shown, **words),
            3.6,
            lambda ax: replay_hour(shown, ax, **words),
        )

    def _events(self, begin: Millis) -> Iterator["Event"]:
        """What was lost, maintained and changed in an hour."""
        from sim.api.service_page import named
        from sim.report.figures import Event

        def event(first: Millis, last: Millis, name: str) -> Event:
            return Event((first - begin) / MINUTE, (last - begin) / MINUTE, name)

        for one in outages_of(self.facts.columns(OUTAGES)):
            if one.begin < begin + HOUR and one.end > begin:
                lost = named(one.kind.label, one.target, one.hosts)
                yield event(one.begin, one.end, f"{lost} lost")
        table = self.facts.columns(DESKTOP_STATES)
        meanwhile = (table["begin"] < begin + HOUR) & (table["end"] > begin)
        for state, what in UPKEEP.items():
            cared = meanwhile & (table["state"] == state)
            if cared.any():
                desktops = len(np.unique(table["desktop"][cared]))
                first, last = int(table["begin"][cared].min()), int(table["end"][cared].max())
                many = "" if desktops == 1 else "s"
                yield event(first, last, f"{count(desktops)} desktop{many} {what}")
        scaled = self.facts.columns(SCALING, "pool", "at", "before", "after")
        here = np.flatnonzero((scaled["at"] >= begin) & (scaled["at"] < begin + HOUR))
        ranked = here[np.argsort(-abs(scaled["after"] - scaled["before"])[here], kind="stable")]
        pools = list(self.scenario.pools)
        for row in ranked[:MOST_CHANGES].tolist():
            pool, at, before, after = (int(scaled[n][row]) for n in scaled)
            yield event(at, at, f"{pools[pool]}: {count(before)} to {count(after)} sessions")

    # --- tables

    def states_frame(self) -> "pd.DataFrame":
        """One row for each state of a fleet or pool, and for what is paid for none."""
        import pandas as pd

        rows = [row for place in self.scenario.served_by for row in self._rows(place)]
        columns = ("fleet", "paid_for", "name", "time_h", "share_of_time", "entered", "amount")
        frame = pd.DataFrame(rows, columns=[*columns, "share_of_bill"])
        frame.insert(0, "replication", np.full(len(frame), self.replication, dtype=np.int32))
        return frame.assign(currency=self.currency)

    def _rows(self, place: str) -> Iterator[tuple[Any, ...]]:
        found = self.states(place)
        whole, bill = sum(found.time.values()), found.bill

        def paid(amount: Decimal) -> tuple[Decimal, float | None]:
            return amount, float(amount / bill) if bill else None

        for code, time in found.time.items():
            entered, amount = found.entered.get(code, 0), found.cost.get(code, Decimal("0.00"))
            spent = (time / HOUR, time / whole, entered)
            yield place, "state", code.label, *spent, *paid(amount)
        if found.unused:
            yield place, "rest", "rest-of-started-hours", None, None, None, *paid(found.unused)
        for charge, amount in found.fees.items():
            yield place, "fee", charge, None, None, None, *paid(amount)

    def changes_frame(self) -> "pd.DataFrame":
        """One row for each change from one state to another."""
        import pandas as pd

        rows = [
            (place, _label(before), _label(after), number)
            for place in self.scenario.served_by
            for (before, after), number in self.states(place).changes.items()
        ]
        frame = pd.DataFrame(rows, columns=["fleet", "before", "after", "number"])
        frame.insert(0, "replication", np.full(len(frame), self.replication, dtype=np.int32))
        return frame

    def replay_frame(self, begin: datetime | None = None) -> "pd.DataFrame":
        """One row per minute of an hour; none where nobody ever came."""
        import pandas as pd

        found = self.replay(begin)
        places = (*PLACES, RETRY, *AFTER)
        flows = {"arriving": "arriving", "connected": "got_in", "gave_up": "gave_up"}
        flows["started"] = "started"
        nothing = np.empty(0, dtype=np.int64)
        minutes = len(found.came) if found else 0
        origin = found.begin if found else 0
        at = [self.scenario.calendar.instant(origin + minute * MINUTE) for minute in range(minutes)]
        columns: dict[str, Any] = {
            "replication": np.full(minutes, self.replication, dtype=np.int32),
            "minute_begins": pd.DatetimeIndex(at, tz="UTC"),
            "came_people": found.came if found else nothing,
        }
        for place in places:
            columns[f"{place}_people"] = found.people[place] if found else nothing
        for name, shown in flows.items():
            columns[f"{shown}_per_min"] = getattr(found.flows, name) if found else nothing
        return pd.DataFrame(columns)

    def _check(self, place: str) -> None:
        if place not in self.scenario.served_by:
            raise unknown("fleet or pool", place, list(self.scenario.served_by))


def _label(condition: Condition | None) -> str:
    return "" if condition is None else condition.label


def stored_pictures(folder: Path) -> Pictured:
    """What a result folder holds.

    Raises:
        ResultError: when it is no result of a run, or one without facts.
    """
    from sim.api.folder import INVOICE
    from sim.api.stored import bill, settings, stored

    recorded = stored(folder)
    written = settings(folder)
    kept = {name: written[name] for name in SETTINGS if name in written}
    # What changes a pool's capacity may be a function of the user's own, in a file of theirs.
    pools = {name: {**pool, "scaling": []} for name, pool in kept.get("pools", {}).items()}
    somewhere = {"book": str(folder / INVOICE)}
    scenario = Scenario.model_validate(
        {**kept, "pools": pools, "populations": {}, "prices": somewhere}
    )
    frame = bill(folder, INVOICE)
    names = ("month", "fleet", "charge", "item", "unit")
    rows = zip(*(frame[name].tolist() for name in (*names, *_DECIMAL, "currency")), strict=True)
    lines = [_line(dict(zip((*names, *_DECIMAL, "currency"), row, strict=True))) for row in rows]
    return Pictured(
        scenario,
        recorded.names.users,
        recorded.facts,
        lines,
        lines[0].currency if lines else "USD",
        recorded.replication,
    )


_DECIMAL = ("unit_price", "quantity", "amount", "unrounded")


def _line(row: dict[str, Any]) -> InvoiceLine:
    """A line of `invoice.csv`."""
    exact = {name: Decimal(row[name]) for name in _DECIMAL}
    return InvoiceLine(
        month=row["month"],
        fleet=row["fleet"] or "",
        charge=row["charge"],
        item=row["item"],
        unit_price=exact["unit_price"],
        quantity=exact["quantity"],
        unit=row["unit"],
        amount_cents=int(exact["amount"].scaleb(2)),
        unrounded=exact["unrounded"],
        currency=row["currency"],
    )
