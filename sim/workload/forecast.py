"""What is expected of the people of a pool: how many at once, in each quarter of an hour.

A forecaster has seen other weeks than the one that comes. So the expectation is made from other
*draws* of the same populations, `history` of them, which the run itself does not meet: they have a
seed of their own, derived from the scenario's seed, the replication and the word "forecast". Seeds
of scenarios have 31 bits and these 64 with the highest set, so no run of any scenario has one. Each
replication thus makes a forecast of its own; a longer history adds draws and changes none.

What people intend is counted, as planned: nobody waits, nobody is refused. In each draw a quarter's
number is the most at any instant of it. The mean over the draws is taken for the mean of a Poisson
number, and what is needed is its quantile. A recorded plan has no other draws: the record itself is
all that is known, and its history is 1.
"""

from collections.abc import Iterator
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from sim.record import NEVER
from sim.scenario.scaling import Predictive
from sim.scenario.schema import Scenario
from sim.units import MINUTE
from sim.workload.people import make_members
from sim.workload.plans import BLOCK, Workload
from sim.workload.sessions import intended_sessions
from sim.workload.streams import Numbers

QUARTER = 15 * MINUTE
"""Grain of the expectation [ms]."""

Spans = tuple[Numbers, Numbers]
"""Begin and end of sessions [ms]; arrays of one length."""


def expected_demand(
    scenario: Scenario,
    pool_name: str,
    policy: Predictive,
    workload: Workload,
    replication: int = 0,
) -> Numbers:
    """The user sessions needed in each quarter of an hour from the beginning of the run.

    `workload` is that of the run; only what it replays from a record is looked at.
    """
    mean = expected_concurrency(scenario, pool_name, policy.history, workload, replication)
    return poisson_quantile(mean, policy.quantile)


def expected_concurrency(
    scenario: Scenario, pool_name: str, history: int, workload: Workload, replication: int = 0
) -> NDArray[np.float64]:
    """The mean, over the draws, of the most users at once in each quarter of an hour."""
    record = _recorded(scenario, pool_name, workload)
    generated = _generated(scenario, pool_name)
    elsewhere = scenario.model_copy(update={"seed": forecast_seed(scenario.seed, replication)})
    draws = [
        busiest(_joined([record, *_drawn(elsewhere, generated, draw)]), scenario)
        for draw in range(history if generated else 1)
    ]
    return np.asarray(np.mean(draws, axis=0), dtype=np.float64)


def forecast_seed(seed: int, replication: int) -> int:
    """The seed of the draws that a forecast is made from: 64 bits, of which the highest is set."""
    digest = blake2b(f"forecast/{seed}/{replication}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") | 2**63


def poisson_quantile(mean: NDArray[np.float64], quantile: float) -> Numbers:
    """The least numbers that Poisson numbers of these means do not exceed with that chance."""
    from scipy.stats import poisson

    return np.asarray(poisson.ppf(quantile, mean), dtype=np.int64)


def busiest(sessions: Spans, scenario: Scenario) -> Numbers:
    """The most sessions at once at any instant of each quarter of an hour of the run.

    Sessions are half-open: one that ends at the instant at which another begins is not beside it.
    """
    begin, end = sessions
    first = scenario.begin
    count = -(-(scenario.end - first) // QUARTER)
    # The number at each instant at which it changes, and at the begin of each quarter.
    edges = first + QUARTER * np.arange(count, dtype=np.int64)
    at = np.concatenate([begin, end, edges])
    change = np.concatenate(
        [np.ones(len(begin), np.int64), -np.ones(len(end), np.int64), np.zeros(count, np.int64)]
    )
    order = np.argsort(at, kind="stable")
    at, level = at[order], np.cumsum(change[order])
    settled = np.append(at[1:] != at[:-1], True) & (at < first + count * QUARTER)
    at, level = at[settled], level[settled]
    return np.asarray(np.maximum.reduceat(level, np.searchsorted(at, edges)), dtype=np.int64)


def _generated(scenario: Scenario, pool_name: str) -> list[str]:
    """The populations of a pool whose sessions are drawn."""
    if scenario.replay is not None:
        return []
    return [
        name
        for name, people in scenario.populations.items()
        if people.fleet == pool_name and people.workload is None
    ]


def _drawn(scenario: Scenario, populations: list[str], draw: int) -> Iterator[Spans]:
    """The sessions that populations intend in one draw; nothing else of a plan is needed."""
    for name in populations:
        users = make_members(scenario, name, draw)
        for first in range(0, len(users), BLOCK):
            block = users.take(np.arange(first, min(first + BLOCK, len(users))))
            sessions = intended_sessions(scenario, draw, name, block)
            no_gap = np.zeros(len(sessions), dtype=np.int64)
            yield in_turn(sessions.user, sessions.arrival, no_gap, sessions.connected)


def _recorded(scenario: Scenario, pool_name: str, workload: Workload) -> Spans:
    """The sessions of a pool's users that are replayed."""
    users = workload.users
    drawn = np.isin(users["population"].astype(str), _generated(scenario, pool_name))
    theirs = (users["fleet"] == pool_name) & ~drawn
    plan = workload.plan.take(theirs[workload.plan["user"]])
    joins = users["joins"][plan["user"]]
    has_gap = plan["gap"] != NEVER
    there = np.where(joins == NEVER, scenario.begin, joins)
    earliest = np.where(has_gap, there, plan["arrival"])
    gap = np.where(has_gap, plan["gap"], 0)
    return in_turn(plan["user"], earliest, gap, plan["connected"])


def in_turn(user: NDArray[np.int32], earliest: Numbers, gap: Numbers, connected: Numbers) -> Spans:
    """Sessions one after another: each begins `gap` after `earliest` or its user's previous end.

    Rows are sorted by user and in the order of intent (rule M1, nobody being kept waiting).
    """
    if len(user) == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    new = np.append(True, user[1:] != user[:-1])
    number = np.cumsum(new) - 1
    takes = gap + connected
    total = np.cumsum(takes)
    before = total - takes
    before -= before[new][number]
    # A session ends at the latest of `earliest` over this and earlier rows of its user, each with
    # the time that is taken from there on: a running maximum, once that time is counted from the
    # user's first row. One maximum serves all users, since each lives on a stretch of the axis
    # beyond the one before.
    free = earliest - before
    reach = int(free.max()) - int(free.min()) + 1
    free = np.maximum.accumulate(free + number * reach) - number * reach
    end = free + before + takes
    return end - connected, end


def _joined(parts: list[Spans]) -> Spans:
    begin, end = (np.concatenate([part[side] for part in parts]) for side in (0, 1))
    return begin, end
