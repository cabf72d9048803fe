"""When the provider maintains desktops: drawn beforehand, so that policies face the same days.

AutoStop desktops are started once a month, on one day of the two weeks from the third Monday,
between 00:00 and 05:00 in the Region's time zone. Which day and minute is not published: here each
desktop has its own, all equally likely. The two weeks may reach into the next month; the start
still is that of the month of its third Monday. AlwaysOn desktops have a window each Sunday from
00:00 in their own time zone.

Source: AWS WorkSpaces Administration Guide, "WorkSpace maintenance".
"""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sim.record import NEVER, Table
from sim.scenario.schema import Scenario
from sim.units import DAY, HOUR, Month
from sim.workload.calendars import LocalDay, local_days
from sim.workload.draws import Streams
from sim.workload.people import user_numbers
from sim.workload.regions import region_time_zone
from sim.workload.streams import Numbers, Stream

WINDOW_DAYS = 14
"""Days of the AutoStop window, from the third Monday."""
WINDOW_END = 5 * HOUR
"""Local time at which the AutoStop window of a day closes [ms]."""
_MONDAY, _SUNDAY = 0, 6


def autostop_maintenance(
    scenario: Scenario, users: Table, replication: int = 0
) -> NDArray[np.int64]:
    """The maintenance starts of each user's desktop [ms]; shape (users, months).

    The months are the UTC calendar months of the run and of the two weeks before it, since a start
    that belongs to the month before may fall inside. NEVER where the start drawn is not inside the
    run, and everywhere when AutoStop maintenance is switched off, and for users of a pool, who own
    no desktop.

    Raises:
        ScenarioError: for a Region whose time zone is not known.
    """
    begin, end = scenario.begin, scenario.end
    months = scenario.calendar.months(begin - WINDOW_DAYS * DAY, end)
    starts = np.full((len(users), len(months)), NEVER, dtype=np.int64)
    if scenario.maintenance.autostop:
        numbers = user_numbers(users)
        pairs = zip(users["fleet"], users["population"], strict=True)
        for fleet, population in dict.fromkeys(pairs):
            if fleet in scenario.pools:
                continue
            mine = np.flatnonzero((users["fleet"] == fleet) & (users["population"] == population))
            zone = region_time_zone(scenario, scenario.fleets[fleet].region or scenario.region)
            stream = Streams(scenario, replication, population)["maintenance"]
            for column, month in enumerate(months):
                days = window_days(scenario, zone, month)
                starts[mine, column] = _drawn(stream, numbers[mine], days)
    starts[(starts < begin) | (starts >= end)] = NEVER
    return starts


def window_days(scenario: Scenario, zone: ZoneInfo, month: Month) -> list[LocalDay]:
    """The days of a month's maintenance window, from its third Monday."""
    first = date.fromisoformat(f"{month.name}-01")
    third_monday = first + timedelta(days=14 + (_MONDAY - first.weekday()) % 7)
    days = (third_monday + timedelta(days=n) for n in range(WINDOW_DAYS))
    return [LocalDay(day, zone, scenario.calendar) for day in days]


def _drawn(stream: Stream, numbers: Numbers, days: list[LocalDay]) -> NDArray[np.int64]:
    month = days[0].date.replace(day=1).toordinal()
    day = (stream.at(numbers, day=month) * WINDOW_DAYS).astype(np.int64)
    begin = np.array([day.begin for day in days])[day]
    length = np.array([day.at(WINDOW_END) - day.begin for day in days])[day]
    chance = stream.at(numbers, day=month, ordinal=1)
    return np.asarray(begin + np.floor(chance * length), dtype=np.int64)


def alwayson_windows(scenario: Scenario, time_zone: str) -> NDArray[np.int64]:
    """The instants inside the run [ms] at which a Sunday begins in an IANA time zone."""
    begin, end = scenario.begin, scenario.end
    days = local_days(scenario.calendar, ZoneInfo(time_zone), begin, end)
    sundays = [day.begin for day in days if day.date.weekday() == _SUNDAY]
    return np.array([at for at in sundays if begin <= at < end], dtype=np.int64)
