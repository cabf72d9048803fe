"""The whole weeks of one run as observations, since weeks are alike where days are not.

A session belongs to the week in which it was meant to begin, counted from the start of the measured
time; a last part of a week is left out. The bill is not split: months have no whole weeks.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.record import Table
from sim.scenario import Scenario
from sim.study.fleets import fleet_codes, of_sessions
from sim.study.measures import Delivered, Facts
from sim.study.observations import Observation, keyed
from sim.study.run import fixed_departure
from sim.study.work import Work
from sim.units import HOUR, SECOND, WEEK


def whole_weeks(scenario: Scenario) -> int:
    """Of the measured time."""
    return scenario.end // WEEK


def by_week(scenario: Scenario, users: Table, facts: Facts) -> list[dict[str, Observation]]:
    """What each whole week says about waiting and delivered work, over all and by fleet or pool."""
    work = Work.of(facts, fixed_departure(scenario, users), scenario.end)
    week = work.sessions["arrival"] // WEEK
    fleet = fleet_codes(scenario, users)[work.sessions["user"]]
    scopes = dict(enumerate(scenario.served_by)) if len(scenario.served_by) > 1 else {}
    found = []
    for number in range(whole_weeks(scenario)):
        here = week == number
        rows = list(_observed(work, here, scenario.end, ""))
        for code, name in scopes.items():
            rows += _observed(work, here & (fleet == code), scenario.end, name)
        found.append({key: Observation(*parts) for key, parts in rows if parts[1]})
    return found


def _observed(
    work: Work, here: NDArray[np.bool_], end: int, scope: str
) -> Iterator[tuple[str, tuple[Decimal, Decimal]]]:
    sessions: dict[str, NDArray[Any]] = {
        name: column[here] for name, column in work.sessions.items()
    }
    met = of_sessions(sessions, end)
    waits, success = met["wait"], met["logon_success"]
    delivered = Delivered.of(work.minutes, here)
    if waits.mean is not None:
        whole = Decimal(round(waits.mean * waits.count)) / SECOND
        yield keyed("wait_mean_s", scope), (whole, Decimal(waits.count))
        for percent, value in waits.percentiles.items():
            yield keyed(f"wait_p{percent}_s", scope), (Decimal(value) / SECOND, Decimal(1))
    yield keyed("logon_success", scope), (Decimal(success.part), Decimal(success.whole))
    ratio = delivered.ratio
    yield keyed("delivered_minutes", scope), (Decimal(ratio.part), Decimal(ratio.whole))
    yield keyed("connected_hours", scope), (Decimal(delivered.delivered), Decimal(HOUR))
