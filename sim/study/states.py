"""How a fleet or pool spends its time and its money: by the condition its desktops are in.

Money follows the hours. An hour that is billed is paid for whatever the desktop was in during it;
what is left of a started hour, or of an increment, after the desktop has stopped is paid for and
not used. Fees for a month are paid whatever the state, and so belong to none. Each line of the
invoice is divided in proportion to time and to the cent, so that all parts together are the bill of
the fleet.

What is shared by all fleets, such as a directory, is on nobody's bill here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from sim.metering import items
from sim.metering.billed import BilledHours, billed_desktops
from sim.metering.pools import billed_running
from sim.pricing import InvoiceLine
from sim.record import (
    DESKTOP_TERMS,
    DESKTOPS,
    INSTANCES,
    RUNS,
    USER_SESSIONS,
    RunKind,
    Table,
)
from sim.scenario import Scenario
from sim.study.conditions import Change, Condition, Ints, Spans, Spells, of_desktops, of_pool
from sim.study.measures import Facts
from sim.units import Millis, Money


@dataclass(frozen=True)
class States:
    """What the desktops of a fleet, or the instances of a pool, were in over the measured time."""

    place: str
    """Fleet or pool."""
    pooled: bool
    number: int
    """Desktops or instances that were ever there."""
    time: Mapping[Condition, Millis]
    """Time in each condition that occurs [desktop-ms]."""
    entered: Mapping[Condition, int]
    """How often it was entered, from another one or by coming to be."""
    changes: Mapping[Change, int]
    """How often each change was made; from None those that came to be, to None those that ended."""
    cost: Mapping[Condition, Money]
    """What was paid for hours in it."""
    unused: Money
    """What was paid for the rest of started hours and increments, after the end."""
    fees: Mapping[str, Money]
    """What was paid whatever the state, by charge."""

    @property
    def bill(self) -> Money:
        """All of it."""
        return sum([*self.cost.values(), self.unused, *self.fees.values()], Money(0))


def states(scenario: Scenario, place: str, facts: Facts, lines: Iterable[InvoiceLine]) -> States:
    """Of one fleet or pool.

    Args:
        scenario: what was run.
        place: name of the fleet or pool.
        facts: the tables.
        lines: the invoice, of all fleets or of this one.
    """
    spells = spells_of(scenario, place, facts, 0, scenario.end)
    mine = [line for line in lines if line.fleet == place]
    cost, unused, fees = divided(mine, hours_by_condition(scenario, place, facts, spells))
    time = spells.time()
    changes = spells.changes() | spells.edges(0, scenario.end)
    entered: dict[Condition, int] = {}
    for (_, after), count in changes.items():
        if after is not None:
            entered[after] = entered.get(after, 0) + count
    return States(
        place=place,
        pooled=place in scenario.pools,
        number=len(np.unique(spells.subject)),
        time={code: int(time[code]) for code in Condition if time[code]},
        entered=entered,
        changes=changes,
        cost=cost,
        unused=unused,
        fees=fees,
    )


def spells_of(scenario: Scenario, place: str, facts: Facts, begin: Millis, end: Millis) -> Spells:
    """Spells of the desktops of a fleet, or of the instances of a pool, inside `[begin, end)`."""
    if place in scenario.pools:
        number = list(scenario.pools).index(place)
        stops = scenario.pools[place].running_mode == "AutoStop"
        return of_pool(facts, number, begin, end, stops=stops)
    desktops = facts.columns(DESKTOPS, "desktop", "fleet")
    return of_desktops(facts, desktops["desktop"][desktops["fleet"] == place], begin, end)


# --- money

Line = tuple[str, str, str]
"""Month, charge and item."""


@dataclass
class Hours:
    """For what the time of one line of the bill was paid [ms]."""

    by_condition: Ints
    """Shape (conditions,)."""
    unused: Millis = 0

    def add(self, by_condition: Ints, paid: Millis) -> None:
        """Take in stretches of time, and how long was paid for them."""
        self.by_condition = self.by_condition + by_condition
        self.unused += paid - int(by_condition.sum())

    @property
    def paid(self) -> Millis:
        """All of it."""
        return int(self.by_condition.sum()) + self.unused


def hours_by_condition(
    scenario: Scenario, place: str, facts: Facts, spells: Spells
) -> dict[Line, Hours]:
    """What went on in the time that each line of a fleet's or pool's bill was paid for."""
    found: dict[Line, Hours] = {}
    for billed, lived in _billed(scenario, place, facts, spells):
        spent = lived.time_in(Spans(billed.subject, billed.begin, billed.used))
        paid = billed.end - billed.begin
        for month in np.unique(billed.month).tolist():
            here = billed.month == month
            nothing = Hours(np.zeros(len(Condition), dtype=np.int64))
            line = found.setdefault((month, billed.charge, billed.item), nothing)
            line.add(spent[here].sum(axis=0), int(paid[here].sum()))
    return found


def _billed(
    scenario: Scenario, place: str, facts: Facts, spells: Spells
) -> Iterator[tuple[BilledHours, Spells]]:
    """Stretches that were billed, and the spells that they can have been billed for."""
    if place in scenario.pools:
        tables = (Table(schema, facts.columns(schema)) for schema in (INSTANCES, USER_SESSIONS))
        for billed in billed_running(scenario, place, *tables):
            yield billed, spells
        return
    tables = (Table(schema, facts.columns(schema)) for schema in (DESKTOPS, DESKTOP_TERMS, RUNS))
    runs = facts.columns(RUNS)
    standby = runs["kind"] == RunKind.STANDBY
    on = {
        there: spells.within(
            Spans.of(*(runs[name][standby == there] for name in ("desktop", "begin", "end")))
        )
        for there in np.unique(standby).tolist()
    }
    for billed in billed_desktops(scenario, place, *tables):
        yield billed, on[billed.charge == items.STANDBY_HOURS]


def divided(
    lines: Iterable[InvoiceLine], hours: Mapping[Line, Hours]
) -> tuple[dict[Condition, Money], Money, dict[str, Money]]:
    """Lines of a bill by condition, what was not used, and fees by charge; to the cent.

    Of a line whose cents do not divide, the largest remainders are rounded up.
    """
    owed = np.zeros(len(Condition) + 1, dtype=np.int64)
    fees: dict[str, Money] = {}
    for line in lines:
        spent = hours.get((line.month, line.charge, line.item))
        if line.charge == items.POOL_STOPPED:
            owed[Condition.STOPPED] += line.amount_cents
        elif spent is None or not spent.paid:
            fees[line.charge] = fees.get(line.charge, Money(0)) + line.amount
        else:
            owed += apportioned(line.amount_cents, [*spent.by_condition.tolist(), spent.unused])
    money = [Money(amount).scaleb(-2) for amount in owed.tolist()]
    cost = {code: money[code] for code in Condition if owed[code]}
    return cost, money[-1], fees


def apportioned(amount: int, weights: list[int]) -> Ints:
    """An amount in whole parts in proportion to weights, by largest remainders."""
    whole = sum(weights)
    parts = [divmod(amount * weight, whole) for weight in weights]
    left = amount - sum(part for part, _ in parts)
    ranked = sorted(range(len(weights)), key=lambda place: (-parts[place][1], place))
    up = set(ranked[:left])
    return np.array([part + (place in up) for place, (part, _) in enumerate(parts)])
