"""When the provider maintains desktops: drawn with the workload, so that policies face the same days.

AutoStop desktops are started once a month, on one day of the two weeks from the third Monday, between
00:00 and 05:00 in the Region's time zone. Which day and minute is not published: here each desktop has
its own, all equally likely. The two weeks may reach into the next month; the start still is that of the
month of its third Monday. AlwaysOn desktops have a window each Sunday from 00:00 in their own time zone.

Source: AWS WorkSpaces Administration Guide, "WorkSpace maintenance".
"""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sim.record import NEVER, Table
from sim.scenario.schema import Scenario
from sim.units import HOUR, Month
from sim.workload.calendars import LocalDay, local_days
from sim.workload.people import user_numbers
from sim.workload.regions import region_time_zone
from sim.workload.streams import Stream

WINDOW_DAYS = 14
WINDOW_END = 5 * HOUR
_MONDAY, _SUNDAY = 0, 6


def autostop_maintenance(scenario: Scenario, users: Table, replication: int = 0) -> NDArray[np.int64]:
    """The maintenance start of each user's desktop in each month; shape (users, months).

    The months are the UTC calendar months that meet the run. NEVER where the start is not
    inside the run, or all of it when AutoStop maintenance is switched off.
    """
    months = scenario.calendar.months(scenario.begin, scenario.end)
    starts = np.full((len(users), len(months)), NEVER, dtype=np.int64)
    if not scenario.maintenance.autostop:
        return starts
    numbers = user_numbers(users)
    for fleet, population in dict.fromkeys(zip(users["fleet"], users["population"], strict=True)):
        members = np.flatnonzero((users["fleet"] == fleet) & (users["population"] == population))
        region = scenario.fleets[fleet].region or scenario.region
        zone = ZoneInfo(region_time_zone(scenario, region))
        stream = Stream(scenario.seed, replication, f"maintenance/{population}")
        for column, month in enumerate(months):
            windows = _windows(scenario, zone, month)
            key = windows[0].date.replace(day=1).toordinal()
            day = (stream.at(numbers[members], day=key) * WINDOW_DAYS).astype(np.int64)
            begin = np.array([window.begin for window in windows])[day]
            length = np.array([window.at(WINDOW_END) for window in windows])[day] - begin
            chance = stream.at(numbers[members], day=key, ordinal=1)
            starts[members, column] = begin + np.floor(chance * length).astype(np.int64)
    outside = (starts < scenario.begin) | (starts >= scenario.end)
    starts[outside] = NEVER
    return starts


def _windows(scenario: Scenario, zone: ZoneInfo, month: Month) -> list[LocalDay]:
    """The local days of the month's maintenance window."""
    first = date.fromisoformat(f"{month.name}-01")
    third_monday = first + timedelta(days=(_MONDAY - first.weekday()) % 7 + 14)
    days = (third_monday + timedelta(days=n) for n in range(WINDOW_DAYS))
    return [LocalDay(day, zone, scenario.calendar) for day in days]


def alwayson_windows(scenario: Scenario, time_zone: str) -> NDArray[np.int64]:
    """The instants inside the run [ms] at which a Sunday begins in a time zone."""
    days = local_days(scenario.calendar, time_zone, scenario.begin, scenario.end)
    begins = [day.begin for day in days if day.date.weekday() == _SUNDAY]
    inside = [begin for begin in begins if scenario.begin <= begin < scenario.end]
    return np.array(inside, dtype=np.int64)
