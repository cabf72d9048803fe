"""What the people of each fleet and pool met, side by side.

Persistent desktops and pools fail people in different ways: one makes them wait for a start, the
other turns them away. The same measures for both, over the people of each, let one be held against
the other. What a fleet costs stands beside it in the summary, over the same people and months.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.record import LOGONS, NEVER, Cause, Outcome, SessionOutcome, Table
from sim.scenario import Scenario
from sim.study import measures
from sim.study.losses import Loss
from sim.study.measures import Columns, Delivered, Facts, Ratio, Times
from sim.study.work import Work
from sim.units import Millis

_SERVED = measures.STAGES[measures.STAGES.index("desktop_wait") + 1 :]
"""Stages of an attempt that has been given a desktop."""


@dataclass(frozen=True)
class FleetMeasures:
    """What the people of one fleet, or pool, met in the window."""

    fleet: str
    pooled: bool
    users: int
    """All that belonged to it at any time of the run."""
    user_months: int
    """Pairs of a user and a month of the measured time in which they belonged to it."""
    wait: Times
    """From a user's first attempt to being connected, refusals and retries included."""
    in_line: Times
    """Until a desktop was ready or, in a pool, in line for one; of attempts that connected."""
    logon_success: Ratio
    delivered: Delivered
    losses: list[Loss]
    """Planned time that was not delivered, by what took it and why."""
    refused: Ratio
    """Attempts refused, of those that came to an end."""
    refused_people: Ratio
    """People refused at least once, of those who tried."""
    abandoned: Ratio
    """Sessions given up before they started, of those intended of which that is known."""
    gave_up: Ratio
    """People who gave up at least once, of those who tried."""
    refused_causes: dict[str, int]
    turned_away: NDArray[np.int64]
    """Instants at which an attempt found no pool capacity, or left the line [ms], ascending."""
    refused_at: NDArray[np.int64]
    """Those of them at which the provider would have counted an insufficient-capacity error."""


def by_fleet(scenario: Scenario, users: Table, work: Work, facts: Facts) -> list[FleetMeasures]:
    """A row for each fleet, then for each pool, in the order of the file.

    Args:
        scenario: whose fleets they are.
        users: table USERS.
        work: the sessions with their account.
        facts: where `logons` are.
    """
    names = ("user", "arrival", "done", "desktop_wait", *_SERVED, "outcome", "cause")
    logons = facts.columns(LOGONS, *names)
    code = fleet_codes(scenario, users)
    of_session, of_logon = code[work.sessions["user"]], code[logons["user"]]
    found = []
    for number, name in enumerate(scenario.served_by):
        here = of_session == number
        found.append(
            FleetMeasures(
                fleet=name,
                pooled=name in scenario.pools,
                users=int((code == number).sum()),
                user_months=user_months(scenario, users, code == number),
                **of_sessions(_rows(work.sessions, here), scenario.end),
                delivered=Delivered.of(work.minutes, here),
                losses=work.losses(here),
                **of_logons(_rows(logons, of_logon == number), scenario.end),
            )
        )
    return found


def fleet_codes(scenario: Scenario, users: Table) -> NDArray[np.int16]:
    """For each user, by code, the place of their fleet or pool in `scenario.served_by`."""
    numbers = {name: number for number, name in enumerate(scenario.served_by)}
    return np.array([numbers.get(name, -1) for name in users["fleet"]], dtype=np.int16)


def user_months(scenario: Scenario, users: Table, mine: NDArray[np.bool_]) -> int:
    """Pairs of one of these users and a month of the measured time in which they were there."""
    joins, leaves = users["joins"][mine], users["leaves"][mine]
    count = 0
    for month in scenario.calendar.months(0, scenario.end):
        begin, end = max(0, month.start), min(scenario.end, month.end)
        here = ((joins == NEVER) | (joins < end)) & ((leaves == NEVER) | (leaves > begin))
        count += int(here.sum())
    return count


def of_sessions(sessions: Columns, end: Millis) -> dict[str, Any]:
    """Measures of the intended sessions of one fleet."""
    here = measures.inside(sessions["arrival"], end)
    given_up = here & (sessions["outcome"] == SessionOutcome.ABANDONED)
    success = measures.logon_success(sessions, end)
    tried = _people(sessions["user"][here])
    return {
        "wait": measures.waiting_times(sessions, end),
        "logon_success": success,
        "abandoned": Ratio(int(given_up.sum()), success.whole),
        "gave_up": Ratio(_people(sessions["user"][given_up]), tried),
    }


def of_logons(logons: Columns, end: Millis) -> dict[str, Any]:
    """Measures of the attempts of one fleet."""
    here = measures.inside(logons["arrival"], end)
    outcome, cause = logons["outcome"], logons["cause"]
    refused = here & (outcome == Outcome.REFUSED)
    known = here & (outcome != Outcome.OPEN)
    tried = _people(logons["user"][here])
    done = logons["done"]
    no_capacity = (outcome == Outcome.REFUSED) & (cause == Cause.NO_POOL_CAPACITY)
    abandoned = outcome == Outcome.ABANDONED
    in_line = abandoned & ((cause == Cause.PATIENCE) | (cause == Cause.DEPARTURE) & _waits(logons))
    connected = here & (outcome == Outcome.CONNECTED)
    return {
        "in_line": Times.of(logons["desktop_wait"][connected]),
        "refused": Ratio(int(refused.sum()), int(known.sum())),
        "refused_people": Ratio(_people(logons["user"][refused]), tried),
        "refused_causes": measures.causes(logons, end, Outcome.REFUSED),
        "turned_away": np.sort(done[no_capacity | in_line]),
        "refused_at": np.sort(done[no_capacity]),
    }


def _waits(logons: Columns) -> NDArray[np.bool_]:
    """Whether an attempt ended while it waited: later stages have no time."""
    waits = logons["desktop_wait"] > 0
    for stage in _SERVED:
        waits &= logons[stage] == 0
    return waits


def _people(users: NDArray[Any]) -> int:
    return len(np.unique(users))


def _rows(columns: Columns, rows: NDArray[np.bool_]) -> Columns:
    return columns if rows.all() else {name: array[rows] for name, array in columns.items()}
