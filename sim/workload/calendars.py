"""The local days of a population, laid over the millisecond axis.

People live by the clock on the wall: a shift at 09:00 starts at 09:00 all year, which is one hour
earlier in UTC in summer. This is the only place that knows local time; everything it returns is in
milliseconds from the scenario's start, and one conversion serves all users of a population.

Twice a year a local time is missing or comes twice. A time that the clock skips is meant as if the
clock had not been changed yet: 02:30 in the skipped hour happens at what is then called 03:30. Of a time that
comes twice the first one is meant. (Both are what `zoneinfo` gives with `fold=0`, PEP 495.)
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sim.scenario.schema import Scenario
from sim.scenario.workload import CountryHolidays, Population
from sim.units import DAY, HOUR, Calendar, Millis

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_STEP = timedelta(minutes=15)
"""Clocks are changed at whole quarters of an hour (time zone database, all rules since 1980)."""


@dataclass(frozen=True)
class LocalDay:
    """One date in one time zone; 23, 24 or 25 hours long."""

    date: date
    zone: ZoneInfo
    calendar: Calendar

    @property
    def number(self) -> int:
        """Days from the beginning of year 1: the `day` of the random streams."""
        return self.date.toordinal()

    @property
    def begin(self) -> Millis:
        """The instant of local midnight [ms]."""
        return self.at(0)

    @property
    def end(self) -> Millis:
        """The instant of the following local midnight [ms]."""
        return LocalDay(self.date + timedelta(days=1), self.zone, self.calendar).begin

    def at(self, time_of_day: Millis) -> Millis:
        """The instant at which local clocks show this time [ms since midnight] on this day."""
        clock = (datetime.min + timedelta(milliseconds=time_of_day)).time()
        return self.calendar.millis(datetime.combine(self.date, clock, self.zone).astimezone(UTC))

    def clock_hours(self) -> list[tuple[Millis, Millis, int]]:
        """The day cut where the hour on local clocks changes: `(begin, end, hour)` in order.

        The hour that a change of the clock skips is missing, one that it repeats lasts two hours.
        """
        begin, end = self.begin, self.end
        if end - begin == DAY:
            return [(begin + hour * HOUR, begin + (hour + 1) * HOUR, hour) for hour in range(24)]
        spans: list[tuple[Millis, Millis, int]] = []
        at = begin
        while at < end:
            following = min(at + _STEP // timedelta(milliseconds=1), end)
            hour = self.calendar.instant(at).astimezone(self.zone).hour
            if spans and spans[-1][2] == hour:
                spans[-1] = (spans[-1][0], following, hour)
            else:
                spans.append((at, following, hour))
            at = following
        return spans


def local_days(
    calendar: Calendar, time_zone: str, begin: Millis, end: Millis, *, margin: int = 0
) -> list[LocalDay]:
    """The dates on which `[begin, end)` falls in a time zone, and `margin` more on both sides."""
    zone = ZoneInfo(time_zone)
    first = calendar.instant(begin).astimezone(zone).date() - timedelta(days=margin)
    last = calendar.instant(end - 1).astimezone(zone).date() + timedelta(days=margin)
    count = (last - first).days + 1
    return [LocalDay(first + timedelta(days=n), zone, calendar) for n in range(count)]


class WorkCalendar:
    """Which dates a population works on."""

    def __init__(self, population: Population, years: range) -> None:
        self._work_days = {WEEKDAYS.index(day) for day in population.work_days}
        self._holidays = holidays_of(population, years)

    def is_open(self, day: date) -> bool:
        """Whether a date is no holiday, whatever the weekday."""
        return day not in self._holidays

    def is_work_day(self, day: date) -> bool:
        """Whether a shift is worked on this date."""
        return day.weekday() in self._work_days and day not in self._holidays


def work_calendar(scenario: Scenario, population: Population) -> WorkCalendar:
    """The work days of a population, for all years that the scenario touches."""
    first = scenario.calendar.instant(scenario.begin).year
    last = scenario.calendar.instant(scenario.end).year
    return WorkCalendar(population, range(first - 1, last + 2))


def holidays_of(population: Population, years: range) -> frozenset[date]:
    """The dates on which a population does not work, whatever the weekday.

    Raises:
        ValueError: when a country is named that the `holidays` library does not know, or the library
            is not installed (extra `calendars`).
    """
    if not isinstance(population.holidays, CountryHolidays):
        return frozenset(population.holidays)
    try:
        import holidays
    except ModuleNotFoundError:
        raise ValueError(
            "holidays of a country need the extra 'calendars': pip install 'desksim[calendars]'"
        ) from None
    country, subdivision = population.holidays.country, population.holidays.subdivision
    try:
        found = holidays.country_holidays(country, subdiv=subdivision, years=years)
    except NotImplementedError as unknown:
        raise ValueError(f"no holidays are known: {unknown}") from None
    return frozenset(found)
