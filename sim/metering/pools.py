"""What pools owe: running and stopped hours of their instances, fees for their users, storage.

A pool's instance is paid for whether somebody has it or not; the running mode says at which rate.
An AlwaysOn instance owes the running rate from the moment it can serve to its end, in started
increments, like a machine that is rented. An AutoStop instance owes it while it is *held*, that is
while at least one user session is on it, disconnected ones included, and a small rate for the rest
of its life. Whatever a session costs in this way is that user's; what a pool spends on being ready
is nobody's, and goes to the cost center of the pool.

Everything is counted in whole milliseconds by pool, payer and month, and rounded once at the end.
What comes to nothing has no row.

Left out: what the time costs, which is for `sim.pricing`; image builders and the time in which the
provider updates an instance, which are not modelled.

Source: WorkSpaces Administration Guide, "Running modes for WorkSpaces Pools"; AppStream 2.0
Developer Guide and End User Computing Lens, EUCCOST05-BP04 (increments); `docs/billing.md` says
which rule is an assumption.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from sim.metering import items
from sim.metering.billed import BilledHours
from sim.metering.held import held_spans
from sim.metering.hours import Spans, Steps, billed_steps, billed_time, from_begin
from sim.metering.months import E10, BilledMonths, Ints, e10
from sim.record import NEVER, USAGE, Table
from sim.scenario.pools import Pool
from sim.scenario.schema import Scenario
from sim.units import HOUR, SECOND, Millis

_INCREMENTS: dict[str, Millis] = {"hour": HOUR, "second": SECOND}
_NOBODY = -1


def pool_usage(
    scenario: Scenario,
    months: BilledMonths,
    users: Table,
    instances: Table,
    user_sessions: Table,
) -> Table:
    """Table USAGE of the pools, in the order of the file.

    Of each pool first what nobody in particular used, then user by user; of each of them month by
    month, charges in the order in which a bill lists them.
    """
    tables = [Table.empty(USAGE)]
    for number, (name, pool) in enumerate(scenario.pools.items()):
        members = users.take(users["fleet"] == name)
        life = _lives(pool, instances.take(instances["pool"] == number), scenario.end)
        sessions = user_sessions.take(user_sessions["pool"] == number)
        held = _held(pool, sessions, scenario.end)
        lines = [
            *_hours(pool, months, life, held),
            _user_fees(pool, months, sessions),
            _storage(pool, months, members),
        ]
        tables.append(_usage(name, months, lines))
    return Table.concatenate(tables)


@dataclass(frozen=True)
class _Times:
    """Spans of time of a pool's instances, each with whoever pays for it."""

    instance: Ints
    user: Ints
    """Code into `users`, or -1."""
    begin: Ints
    end: Ints

    def steps(self, length: Millis, least: Millis = 0) -> Steps:
        """Steps of each span from its own beginning; the owner is the user, and 0 is nobody."""
        return from_begin(self.user + 1, self.begin, self.end, length, least)


@dataclass(frozen=True)
class _Lines:
    """Quantities of one charge and item."""

    charge: str
    item: str
    user: Ints
    month: Ints
    quantity_e10: Ints


def _lives(pool: Pool, instances: Table, end: Millis) -> _Times:
    """The billed life of each instance: from when it can serve, or was requested, to its end."""
    born = instances["requested" if pool.billing.provisioning else "available"]
    gone = np.where(instances["terminated"] == NEVER, end, instances["terminated"])
    there = born != NEVER
    number = instances["instance"][there].astype(np.int64)
    return _Times(number, np.full(len(number), _NOBODY), born[there], gone[there])


def _held(pool: Pool, sessions: Table, end: Millis) -> _Times:
    """Spans in which an instance has at least one user session.

    Where an instance serves one user session in all, the span is that user's.
    """
    rows, begin, close = held_spans(*(sessions[name] for name in ("instance", "begin", "end")))
    user = np.full(len(rows), _NOBODY)
    if pool.sessions_per_instance == 1 and pool.after_session == "replace":
        user = sessions["user"][rows].astype(np.int64)
    number = sessions["instance"][rows].astype(np.int64)
    return _Times(number, user, begin, np.where(close == NEVER, end, close))


def _hours(pool: Pool, months: BilledMonths, life: _Times, held: _Times) -> Iterator[_Lines]:
    _, steps = _running(pool, life, held)
    owners = np.unique(steps.owner)
    time = billed_time(steps, _monthly(owners, months))
    yield _timed(items.POOL_RUNNING, items.pool_running(pool), owners - 1, months, time)
    if pool.running_mode == "AutoStop":
        rest = _exactly(life, months) - _exactly(held, months)
        assert (rest >= 0).all(), "user sessions outside the life of their instance"
        nobody = np.array([_NOBODY])
        yield _timed(items.POOL_STOPPED, items.POOL_STOPPED_HOUR, nobody, months, rest)


def _running(pool: Pool, life: _Times, held: _Times) -> tuple[_Times, Steps]:
    """What is billed at the running rate, and its steps."""
    running = life if pool.running_mode == "AlwaysOn" else held
    return running, running.steps(_INCREMENTS[pool.billing.increment], pool.billing.minimum)


def billed_running(
    scenario: Scenario, name: str, instances: Table, user_sessions: Table
) -> Iterator[BilledHours]:
    """The stretches of time for which a pool owes the running rate, instance by instance."""
    pool, months = scenario.pools[name], BilledMonths.of(scenario)
    number = list(scenario.pools).index(name)
    life = _lives(pool, instances.take(instances["pool"] == number), scenario.end)
    held = _held(pool, user_sessions.take(user_sessions["pool"] == number), scenario.end)
    running, steps = _running(pool, life, held)
    spans = _monthly(np.unique(steps.owner), months)
    for rows, span, first, after in billed_steps(steps, spans):
        yield BilledHours.of(
            items.POOL_RUNNING,
            items.pool_running(pool),
            running.instance[rows],
            month=np.array(months.names, object)[span % len(months)],
            begin=steps.begin[rows] + first * steps.length,
            end=steps.begin[rows] + after * steps.length,
            until=running.end[rows],
        )


def _monthly(owners: Ints, months: BilledMonths) -> Spans:
    """A span for each owner and, within an owner, each month."""
    count = len(owners)
    return Spans(
        np.repeat(owners, len(months)),
        np.tile(months.opens, count),
        np.tile(months.closes, count),
    )


def _exactly(times: _Times, months: BilledMonths) -> Ints:
    """Time in each month [ms], whoever has it."""
    steps = from_begin(np.zeros_like(times.begin), times.begin, times.end, 1)
    return billed_time(steps, _monthly(np.zeros(1, np.int64), months))


def _timed(charge: str, item: str, users: Ints, months: BilledMonths, time: Ints) -> _Lines:
    """Hours from time [ms] by user and, within a user, month."""
    due = np.flatnonzero(time)
    user, month = np.divmod(due, len(months))
    return _Lines(charge, item, users[user], month, e10(time[due], HOUR))


def _user_fees(pool: Pool, months: BilledMonths, sessions: Table) -> _Lines:
    """One for each user and month in which one of the user's sessions begins, never a part."""
    begin = sessions["begin"]
    owing = (begin >= 0) & (begin < months.closes[-1]) & items.owes_user_fee(pool)
    month = np.searchsorted(months.closes, begin[owing], "right")
    pairs = np.unique(sessions["user"][owing].astype(np.int64) * len(months) + month)
    user, month = np.divmod(pairs, len(months))
    return _Lines(items.POOL_USER, items.pool_user(pool), user, month, np.full_like(pairs, E10))


def _storage(pool: Pool, months: BilledMonths, members: Table) -> _Lines:
    """GB-months of what the members keep, each from joining to leaving, in started parts."""
    joins, leaves = members["joins"], members["leaves"]
    quantities = []
    for month, (opens, closes) in enumerate(zip(months.opens, months.closes, strict=True)):
        # `NEVER`, for those who do not join or leave, lies before all time.
        begin = np.clip(joins, opens, closes)
        end = np.clip(np.where(leaves == NEVER, closes, leaves), opens, closes)
        index = np.full(len(members), month)
        parts = np.where(begin < end, months.begun(index, end) - months.over(index, begin), 0)
        kept = Fraction(int(parts.sum()), int(months.whole[month])) * _gigabytes(pool)
        quantities.append(round(kept * E10))
    quantity = np.array(quantities, np.int64)
    due = np.flatnonzero(quantity)
    item = pool.storage.item if pool.storage else ""
    return _Lines(items.POOL_STORAGE, item, np.full_like(due, _NOBODY), due, quantity[due])


def _gigabytes(pool: Pool) -> Fraction:
    """What one member keeps [GB]."""
    return Fraction(pool.storage.per_user if pool.storage else 0, 1024)


def _usage(fleet: str, months: BilledMonths, lines: list[_Lines]) -> Table:
    """The rows of a pool by user, month and charge."""
    size = [len(line.user) for line in lines]
    charge = np.repeat([items.POOL_CHARGES.index(line.charge) for line in lines], size)
    user = np.concatenate([line.user for line in lines])
    month = np.concatenate([line.month for line in lines])
    order = np.lexsort((charge, month, user))
    count = len(order)
    return Table.of(
        USAGE,
        desktop=np.full(count, -1),
        user=user[order],
        fleet=np.full(count, fleet, object),
        month=np.array(months.names, object)[month[order]],
        charge=np.array(items.POOL_CHARGES, object)[charge[order]],
        item=np.repeat(np.array([line.item for line in lines], object), size)[order],
        quantity_e10=np.concatenate([line.quantity_e10 for line in lines])[order],
    )
