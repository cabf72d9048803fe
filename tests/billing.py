"""Stories about a bill, told in a few words: a fleet, what happens to its desktops, what is billed.

An `Office` is a scenario with the facts of a run, written down instead of simulated: desktops with
their terms and the spans in which they were on, instances of pools and who had them when. Instants
are `09-16 10:30`, UTC, in the year in which the scenario starts, or milliseconds. Prices are those
of the shipped book of the Region, or of another shipped one.
"""

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from sim.metering import meter
from sim.pricing import PriceBook, price, read_price_book, shipped_books
from sim.record import (
    DESKTOP_TERMS,
    DESKTOPS,
    INSTANCES,
    NEVER,
    OPERATIONS,
    RUNS,
    USAGE,
    USER_SESSIONS,
    USERS,
    Actor,
    Cause,
    OperationKind,
    RunKind,
    RunningMode,
    Table,
)
from sim.scenario.schema import Scenario
from sim.units import DAY, HOUR

When = str | int
_MODES = {"AlwaysOn": RunningMode.ALWAYS_ON, "AutoStop": RunningMode.AUTO_STOP}


@cache
def shipped(book: str) -> PriceBook:
    return read_price_book(shipped_books()[book])


class Terms(NamedTuple):
    begin: int
    end: int
    bundle: str
    root_gb: int
    user_gb: int
    mode: str


class Desktop:
    """One desktop of an office: its terms so far, and when it was on."""

    def __init__(self, office: "Office", fleet: str, user: int, created: int | None) -> None:
        spec = office.scenario.fleets[fleet]
        self.office, self.fleet, self.user = office, fleet, user
        self.created, self.deleted = created, False
        begin = office.scenario.begin if created is None else created
        self.terms = [
            Terms(
                begin,
                office.scenario.end,
                spec.bundle,
                spec.root_volume,
                spec.user_volume,
                spec.running_mode,
            )
        ]
        self.runs: list[tuple[int, int, RunKind]] = []

    def on(self, begin: When, end: When) -> None:
        self.runs.append((self.office.at(begin), self.office.at(end), RunKind.LOGON))

    def maintained(self, begin: When, end: When) -> None:
        self.runs.append((self.office.at(begin), self.office.at(end), RunKind.MAINTENANCE))

    def at_standby(self, begin: When, end: When) -> None:
        self.runs.append((self.office.at(begin), self.office.at(end), RunKind.STANDBY))

    def operated(self, at: When, kind: OperationKind, *, accepted: bool = True) -> None:
        self.office.done.append(Done(self.office.at(at), self, kind, accepted))

    def change(self, at: When, **terms: Any) -> None:
        instant = self.office.at(at)
        last = self.terms.pop()
        self.terms += [last._replace(end=instant), last._replace(begin=instant, **terms)]

    def switch(self, at: When, mode: str) -> None:
        self.change(at, mode=mode)

    def resize(self, at: When, root_gb: int, user_gb: int) -> None:
        self.change(at, root_gb=root_gb, user_gb=user_gb)

    def change_compute(self, at: When, bundle: str) -> None:
        self.change(at, bundle=bundle)

    def delete(self, at: When) -> None:
        self.terms[-1] = self.terms[-1]._replace(end=self.office.at(at))
        self.deleted = True

    def migrate(self, at: When, bundle: str | None = None) -> "Desktop":
        self.delete(at)
        new = self.office.desktop(self.fleet, created=at, user=self.user)
        mine = self.terms[-1]
        new.terms[0] = mine._replace(
            begin=self.office.at(at), end=self.office.scenario.end, bundle=bundle or mine.bundle
        )
        return new


class Done(NamedTuple):
    """What was done to a desktop, or refused."""

    at: int
    desktop: Desktop
    kind: OperationKind
    accepted: bool


class Held(NamedTuple):
    """A user's session on an instance; its end is NEVER when it is open."""

    user: int
    begin: int
    end: int


class Instance:
    """One instance of a pool: its life, and who had it when."""

    def __init__(self, office: "Office", pool: str, requested: int, available: int) -> None:
        self.office, self.pool = office, pool
        self.requested, self.available, self.terminated = requested, available, NEVER
        self.sessions: list[Held] = []

    def held(self, begin: When, end: When = NEVER, user: int | None = None) -> "Instance":
        """Given to somebody, by default a new user, until the end, disconnected times included."""
        member = self.office.user(self.pool) if user is None else user
        self.sessions.append(Held(member, self.office.at(begin), self.office.at(end)))
        return self

    def gone(self, at: When) -> "Instance":
        self.terminated = self.office.at(at)
        return self


class Office:
    """A scenario, with one fleet `office` unless told otherwise, and the facts of its run."""

    def __init__(
        self,
        *,
        start: str = "2026-09-01",
        horizon: Any = None,
        region: str = "us-east-1",
        book: str = "",
        fleets: dict[str, Any] | None = None,
        pools: dict[str, Any] | None = None,
        billing: dict[str, Any] | None = None,
        **fleet_or_scenario: Any,
    ) -> None:
        whole = {
            key: fleet_or_scenario.pop(key)
            for key in ("services", "directory", "warm_up", "operations")
            if key in fleet_or_scenario
        }
        fleet = {"bundle": "value", "running_mode": "AutoStop", **fleet_or_scenario}
        self.scenario = Scenario.model_validate(
            {
                "version": 1,
                "name": "story",
                "region": region,
                "start": start,
                "horizon": horizon or {"months": 1},
                "prices": {"book": f"{book or region}.csv"},
                "fleets": fleets or ({} if pools else {"office": fleet}),
                "pools": pools or {},
                "billing": billing or {},
                **whole,
            }
        )
        self.book = book or region
        self.desktops: list[Desktop] = []
        self.instances: list[Instance] = []
        self.users: list[tuple[str, int, int]] = []
        self.done: list[Done] = []

    def __repr__(self) -> str:
        lives = [(d.user, d.created, d.deleted, d.terms, d.runs) for d in self.desktops]
        return f"<Office from {self.scenario.start}, {self.scenario.billing}: {lives}>"

    def at(self, when: When) -> int:
        """`09-16 10:30`, or with a year before it, as a millisecond."""
        if isinstance(when, int):
            return when
        year = f"{self.scenario.start.year}-" if when.count("-") == 1 else ""
        instant = datetime.fromisoformat(year + when).replace(tzinfo=UTC)
        return self.scenario.calendar.millis(instant)

    def desktop(
        self, fleet: str = "office", *, created: When | None = None, user: int | None = None
    ) -> Desktop:
        """A desktop that was there before the run, or is created in it; by default a new user's."""
        if user is None:
            user = self.user(fleet)
        born = None if created is None else self.at(created)
        self.desktops.append(Desktop(self, fleet, user, born))
        return self.desktops[-1]

    def instance(
        self,
        pool: str = "lab",
        *,
        requested: When | None = None,
        available: When | None = None,
    ) -> Instance:
        """An instance that was there from the beginning, or is requested and available in it.

        Told only one of the two, it was available at once; `available=NEVER` is for one that never
        was.
        """
        first = self.scenario.begin if available is None else available
        asked = self.at(first if requested is None else requested)
        ready = asked if available is None else self.at(available)
        self.instances.append(Instance(self, pool, asked, ready))
        return self.instances[-1]

    def user(self, fleet: str = "office", joins: When = NEVER, leaves: When = NEVER) -> int:
        self.users.append((fleet, self.at(joins), self.at(leaves)))
        return len(self.users) - 1

    def tables(self) -> dict[str, Table]:
        """The tables that the meter reads, as a run would have recorded them."""
        names = [f"{fleet}-{number:05d}" for number, (fleet, _, _) in enumerate(self.users)]
        fleets = [fleet for fleet, _, _ in self.users]
        users = Table.of(
            USERS,
            user=np.arange(len(self.users)),
            name=column(names),
            population=column(fleets),
            fleet=column(fleets),
            cost_center=column(fleets),
            time_zone=column(["UTC"] * len(fleets)),
            joins=[joins for _, joins, _ in self.users],
            leaves=[leaves for _, _, leaves in self.users],
        )
        desktops = Table.of(
            DESKTOPS,
            desktop=np.arange(len(self.desktops)),
            name=column([f"ws-{names[d.user]}" for d in self.desktops]),
            user=[d.user for d in self.desktops],
            fleet=column([d.fleet for d in self.desktops]),
            zone=column(["a"] * len(self.desktops)),
            created=[
                self.scenario.begin - 30 * DAY if d.created is None else d.created
                for d in self.desktops
            ],
            deleted=[d.terms[-1].end if d.deleted else NEVER for d in self.desktops],
        )
        rows = [
            (
                number,
                terms,
                place == 0 and d.created is not None,
                terms is d.terms[-1] and d.deleted,
            )
            for number, d in enumerate(self.desktops)
            for place, terms in enumerate(d.terms)
        ]
        terms = Table.of(
            DESKTOP_TERMS,
            desktop=[number for number, *_ in rows],
            begin=[terms.begin for _, terms, *_ in rows],
            end=[terms.end for _, terms, *_ in rows],
            bundle=column([terms.bundle for _, terms, *_ in rows]),
            root_gb=[terms.root_gb for _, terms, *_ in rows],
            user_gb=[terms.user_gb for _, terms, *_ in rows],
            running_mode=[_MODES[terms.mode] for _, terms, *_ in rows],
            created=[created for *_, created, _ in rows],
            deleted=[deleted for *_, deleted in rows],
        )
        spans = [(number, *run) for number, d in enumerate(self.desktops) for run in d.runs]
        runs = Table.of(
            RUNS,
            desktop=[desktop for desktop, *_ in spans],
            begin=[begin for _, begin, _, _ in spans],
            end=[end for _, _, end, _ in spans],
            kind=[kind for *_, kind in spans],
        )
        return {
            "users": users,
            "desktops": desktops,
            "desktop_terms": terms,
            "runs": runs,
            "operations": self.operations_table(),
            **self.pool_tables(),
        }

    def operations_table(self) -> Table:
        return Table.of(
            OPERATIONS,
            at=[done.at for done in self.done],
            desktop=[self.desktops.index(done.desktop) for done in self.done],
            user=[done.desktop.user for done in self.done],
            operation=[done.kind for done in self.done],
            to=column([""] * len(self.done)),
            accepted=[done.accepted for done in self.done],
            cause=[Cause.NONE if done.accepted else Cause.WRONG_STATE for done in self.done],
            done=[done.at if done.accepted else NEVER for done in self.done],
            by=[Actor.ADMINISTRATOR] * len(self.done),
        )

    def pool_tables(self) -> dict[str, Table]:
        sessions = [(number, s) for number, i in enumerate(self.instances) for s in i.sessions]
        names = list(self.scenario.pools)
        pools = [names.index(instance.pool) for instance in self.instances]
        instances = Table.of(
            INSTANCES,
            instance=np.arange(len(self.instances)),
            pool=pools,
            zone=[0] * len(pools),
            host=[-1] * len(pools),
            requested=[i.requested for i in self.instances],
            available=[i.available for i in self.instances],
            used=[min((s.begin for s in i.sessions), default=NEVER) for i in self.instances],
            terminated=[i.terminated for i in self.instances],
            cause=[Cause.NONE] * len(pools),
        )
        user_sessions = Table.of(
            USER_SESSIONS,
            instance=[number for number, _ in sessions],
            pool=[pools[number] for number, _ in sessions],
            user=[s.user for _, s in sessions],
            session=np.arange(len(sessions)),
            begin=[s.begin for _, s in sessions],
            connected=[s.begin for _, s in sessions],
            end=[s.end for _, s in sessions],
            cause=[Cause.NONE] * len(sessions),
        )
        return {"instances": instances, "user_sessions": user_sessions}

    def usage(self) -> Table:
        return meter(self.scenario, **self.tables())

    def charges(self) -> Table:
        return price(self.usage(), shipped(self.book))

    def bill(self, desktop: Desktop | None = None, *, user: int | None = None) -> list[str]:
        """`2026-09 autostop-hours 9 x 0.22 = 1.98`, of a desktop, a user or everything.

        User -1 is nobody.
        """
        charges = self.charges()
        wanted = None if desktop is None else self.desktops.index(desktop)
        return [
            f"{charges['month'][row]} {charges['charge'][row]} "
            f"{plain(charges['quantity_e10'][row])} x {charges['unit_price'][row]} "
            f"= {shortest(charges['amount'][row])}"
            for row in range(len(charges))
            if wanted in (None, charges["desktop"][row]) and user in (None, charges["user"][row])
        ]

    def quantities(self, charge: str) -> list[Decimal]:
        """Quantities of one charge, month by month and desktop by desktop."""
        usage = self.usage()
        return [
            Decimal(int(e10)).scaleb(-10)
            for name, e10 in zip(usage["charge"], usage["quantity_e10"], strict=True)
            if name == charge
        ]


def column(values: list[Any]) -> "np.ndarray[Any, Any]":
    made = np.empty(len(values), object)
    made[:] = values
    return made


def plain(quantity_e10: int) -> str:
    return shortest(Decimal(int(quantity_e10)).scaleb(-10))


def shortest(value: Decimal) -> str:
    return f"{value.normalize():f}"


def rows(usage: Table) -> set[tuple[Any, ...]]:
    """The rows of a table USAGE, whatever their order."""
    return set(zip(*(usage[name].tolist() for name in USAGE.names), strict=True))


__all__ = [
    "DAY",
    "HOUR",
    "Desktop",
    "Instance",
    "Office",
    "column",
    "plain",
    "rows",
    "shipped",
    "shortest",
]
