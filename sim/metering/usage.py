"""From the facts of a run to what is billed: one row per payer, month, charge and item.

Each kind of desktop (fleet, bundle, volumes) names its items once; what is owed is added up in
whole numbers, hours or days of the month for fees and milliseconds for running time, and becomes
quantities with ten decimals only at the end. What comes to nothing has no row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.metering import items
from sim.metering.hours import billable_steps, billed_time
from sim.metering.keys import key_requests
from sim.metering.months import BilledMonths, Ints, e10
from sim.metering.persistent import (
    Pieces,
    cut_at_months,
    fees_due,
    hourly_spans,
    measured_spans,
)
from sim.metering.pools import pool_usage
from sim.metering.services import shared_usage
from sim.record import (
    DESKTOP_TERMS,
    DESKTOPS,
    INSTANCES,
    OPERATIONS,
    RUNS,
    USAGE,
    USER_SESSIONS,
    RunKind,
    Table,
)
from sim.scenario.desktops import Fleet
from sim.scenario.schema import Scenario
from sim.units import HOUR

METERED = (DESKTOPS, DESKTOP_TERMS, RUNS, INSTANCES, USER_SESSIONS, OPERATIONS)
"""Tables of a run that the meter reads beside its users, each under its own name."""


def meter(
    scenario: Scenario,
    users: Table,
    *,
    desktops: Table,
    desktop_terms: Table,
    runs: Table,
    instances: Table,
    user_sessions: Table,
    operations: Table,
) -> Table:
    """Meter a run over the measured time `[0, scenario.end)`.

    Args:
        scenario: billing rules, fleets, pools, directory, services, and the calendar.
        users: table USERS; counted where a service or storage is billed per user and month.
        desktops: table DESKTOPS.
        desktop_terms: table DESKTOP_TERMS, without gap or overlap in the life of a desktop.
        runs: table RUNS, in any order.
        instances: table INSTANCES, in any order.
        user_sessions: table USER_SESSIONS, in any order.
        operations: table OPERATIONS, in any order; counted where they ask for a key.

    Returns:
        Table USAGE: desktops in order, then months, then charges as a bill lists them, then items;
        then pools, as `pool_usage` has them; shared services last.
    """
    months = BilledMonths.of(scenario)
    pieces = cut_at_months(desktop_terms, months)
    owed = _owed(scenario, months, pieces, desktops, runs)
    lines = [
        line
        for kind, rows in _kinds(scenario, desktops, desktop_terms, pieces)
        for line in _lines(kind, rows, pieces, owed)
    ]
    requests = key_requests(
        scenario,
        months,
        desktops=desktops,
        desktop_terms=desktop_terms,
        runs=runs,
        operations=operations,
    )
    return Table.concatenate(
        [
            _usage(lines, months, desktops),
            pool_usage(scenario, months, users, instances, user_sessions),
            shared_usage(scenario, months, users, requests),
        ]
    )


@dataclass(frozen=True)
class _Owed:
    """What each piece owes: hours or days of its month, and time billed by the hour [ms]."""

    fees: Ints
    alwayson: Ints
    base: Ints
    running: Ints
    maintenance: Ints
    standby: Ints


def _owed(
    scenario: Scenario, months: BilledMonths, pieces: Pieces, desktops: Table, runs: Table
) -> _Owed:
    fees, alwayson = fees_due(pieces, months, scenario.billing, desktops)
    spans = hourly_spans(pieces, months)
    steps = billable_steps(
        runs, scenario.billing.rounding, -scenario.calendar.month_at(0).start % HOUR
    )
    return _Owed(
        fees=fees,
        alwayson=alwayson,
        base=np.where(pieces.owes_base, fees, 0),
        running=billed_time(steps[RunKind.LOGON], spans),
        maintenance=billed_time(steps[RunKind.MAINTENANCE], spans),
        standby=billed_time(steps[RunKind.STANDBY], measured_spans(pieces, months)),
    )


@dataclass(frozen=True)
class _Kind:
    """Desktops that are priced alike."""

    fleet: Fleet
    bundle: str
    root_gb: int
    user_gb: int


def _kinds(
    scenario: Scenario, desktops: Table, terms: Table, pieces: Pieces
) -> Iterator[tuple[_Kind, Ints]]:
    """Each kind of desktop, and the rows of its pieces."""
    fleets, fleet = np.unique(_by_desktop(desktops, "fleet")[terms["desktop"]], return_inverse=True)
    bundles, bundle = np.unique(terms["bundle"], return_inverse=True)
    columns = np.stack([fleet, bundle, terms["root_gb"], terms["user_gb"]], axis=1)
    kinds, kind = np.unique(columns, axis=0, return_inverse=True)
    kind_of_piece = kind.ravel()[pieces.term]
    for code, (f, b, root, user) in enumerate(kinds.tolist()):
        rows = np.flatnonzero(kind_of_piece == code)
        yield _Kind(scenario.fleets[fleets[f]], bundles[b], root, user), rows


@dataclass(frozen=True)
class _Lines:
    """Parts of one charge and item: hours or days of the month, or [ms] of running time."""

    charge: str
    item: str
    desktop: Ints
    month: Ints
    parts: Ints


def _lines(kind: _Kind, rows: Ints, pieces: Pieces, owed: _Owed) -> Iterator[_Lines]:
    def lines(charge: str, item: str, parts: Ints) -> _Lines:
        due = parts[rows] > 0
        billed = rows[due]
        return _Lines(charge, item, pieces.desktop[billed], pieces.month[billed], parts[billed])

    volumes = kind.bundle, kind.root_gb, kind.user_gb
    month = items.alwayson_month(kind.fleet, *volumes)
    hours = items.autostop_hours(kind.fleet, kind.bundle)
    yield lines(items.ALWAYSON_MONTH, month, owed.alwayson)
    yield lines(items.AUTOSTOP_BASE, items.autostop_base(*volumes), owed.base)
    yield lines(items.AUTOSTOP_HOURS, hours, owed.running)
    yield lines(items.MAINTENANCE_HOURS, hours, owed.maintenance)
    if kind.fleet.recovery.standby is not None:
        there = items.standby_month(kind.fleet, kind.bundle)
        yield lines(items.STANDBY_MONTH, there, owed.fees)
        used = items.standby_hours(kind.fleet, kind.bundle)
        yield lines(items.STANDBY_HOURS, used, owed.standby)
    for charge, (item, size) in items.extra_volumes(*volumes).items():
        yield lines(charge, item, owed.fees * size)
    for name in kind.fleet.applications:
        yield lines(items.APPLICATION, items.application(name), owed.fees)


def _by_desktop(desktops: Table, column: str) -> NDArray[Any]:
    """A column of DESKTOPS in the order of their codes."""
    found = np.empty(int(desktops["desktop"].max(initial=-1)) + 1, desktops[column].dtype)
    found[desktops["desktop"]] = desktops[column]
    return found


def _usage(lines: list[_Lines], months: BilledMonths, desktops: Table) -> Table:
    """Add up the parts of each desktop, month, charge and item, and make quantities of them."""
    if not any(len(line.parts) for line in lines):
        return Table.empty(USAGE)
    names = sorted({line.item for line in lines})
    charges = items.DESKTOP_CHARGES
    keys = np.concatenate(
        [
            ((line.desktop * len(months) + line.month) * len(charges) + charges.index(line.charge))
            * len(names)
            + names.index(line.item)
            for line in lines
        ]
    )
    parts = np.concatenate([line.parts for line in lines])
    order = np.argsort(keys, kind="stable")
    keys, first = np.unique(keys[order], return_index=True)
    total = np.add.reduceat(parts[order], first)

    rest, item = np.divmod(keys, len(names))
    rest, charge = np.divmod(rest, len(charges))
    desktop, month = np.divmod(rest, len(months))
    timed = np.isin(charge, [charges.index(name) for name in items.TIMED])
    # Each by itself: months of days and milliseconds of hours have no large divisor in common.
    quantity = e10(np.where(timed, total, 0), HOUR)
    quantity += e10(np.where(timed, 0, total), months.whole[month])
    return Table.of(
        USAGE,
        desktop=desktop,
        user=_by_desktop(desktops, "user")[desktop],
        fleet=_by_desktop(desktops, "fleet")[desktop],
        month=np.array(months.names, object)[month],
        charge=np.array(charges, object)[charge],
        item=np.array(names, object)[item],
        quantity_e10=quantity,
    )
