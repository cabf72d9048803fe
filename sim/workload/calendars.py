"""The local days of a population, laid over the millisecond axis.

People live by the clock on the wall: a shift at 09:00 starts at 09:00 all year, one hour earlier
in UTC in summer. This is the only place that knows local time. What it returns is in milliseconds
from the scenario's start, and one conversion serves all users of a population.

Twice a year a local time is missing or comes twice. A time that the clock skips is meant as if the
clock had not been changed yet: 02:30 in the skipped hour happens when clocks show 03:30. Of a time
that comes twice the first one is meant. (Both are what PEP 495 says for `fold=0`.)
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sim.scenario.schema import Scenario
from sim.scenario.workload import CountryHolidays, Population
from sim.units import DAY, HOUR, MINUTE, Calendar, Millis
from sim.workload.problems import setting_error

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_GRAIN = 15 * MINUTE
"""Clocks change at whole quarters of an hour. Source: IANA time zone database, rules since 1980."""


@dataclass(frozen=True)
class LocalDay:
    """One date in one time zone: 23, 24 or 25 hours, as a rule."""

    date: date
    zone: ZoneInfo
    calendar: Calendar

    @property
    def number(self) -> int:
        """Days since the beginning of year 1: the `day` of the random streams."""
        return self.date.toordinal()

    @property
    def begin(self) -> Millis:
        """The instant of local midnight [ms]."""
        return self.at(0)

    @property
    def end(self) -> Millis:
        """The instant of the next local midnight [ms]."""
        return LocalDay(self.date + timedelta(days=1), self.zone, self.calendar).begin

    def at(self, time_of_day: Millis) -> Millis:
        """The instant [ms] at which clocks show `time_of_day` [ms after midnight]."""
        minutes, millis = divmod(time_of_day, MINUTE)
        second, millis = divmod(millis, 1_000)
        clock = time(minutes // 60, minutes % 60, second, millis * 1_000)
        return self.calendar.millis(datetime.combine(self.date, clock, self.zone).astimezone(UTC))

    def clock_hours(self) -> list[tuple[Millis, Millis, int]]:
        """The day cut where the hour on the clock changes: `(begin, end, hour)` in order [ms].

        An hour that the clock skips is missing; one that it repeats lasts two hours.
        """
        begin, end = self.begin, self.end
        grain = HOUR if end - begin == DAY else _GRAIN
        spans: list[tuple[Millis, Millis, int]] = []
        for at in range(begin, end, grain):
            hour = self.calendar.instant(at).astimezone(self.zone).hour
            since = spans.pop()[0] if spans and spans[-1][2] == hour else at
            spans.append((since, min(at + grain, end), hour))
        return spans


def local_days(
    calendar: Calendar, zone: ZoneInfo, begin: Millis, end: Millis, *, margin: int = 0
) -> list[LocalDay]:
    """The dates on which `[begin, end)` falls in a time zone, and `margin` more on both sides."""
    first = calendar.instant(begin).astimezone(zone).date() - timedelta(days=margin)
    last = calendar.instant(end - 1).astimezone(zone).date() + timedelta(days=margin)
    count = (last - first).days + 1
    return [LocalDay(first + timedelta(days=n), zone, calendar) for n in range(count)]


@dataclass(frozen=True)
class WorkCalendar:
    """The days of one population: where it lives, and on which dates it works."""

    scenario: Scenario
    zone: ZoneInfo
    work_days: frozenset[int]
    """Weekdays on which a shift is worked; Monday is 0."""
    holidays: frozenset[date]

    @classmethod
    def of(cls, scenario: Scenario, name: str) -> "WorkCalendar":
        """The calendar of a population.

        Raises:
            ScenarioError: for a time zone or a country that nobody knows, or when the library
                for the holidays of countries is not installed.
        """
        population = scenario.populations[name]
        return cls(
            scenario,
            ZoneInfo(population.time_zone),
            frozenset(WEEKDAYS.index(day) for day in population.work_days),
            _holidays(scenario, name, population),
        )

    def days(self, *, margin: int = 0) -> list[LocalDay]:
        """The dates of the run, and `margin` more on both sides."""
        begin, end = self.scenario.begin, self.scenario.end
        return local_days(self.scenario.calendar, self.zone, begin, end, margin=margin)

    def is_work_day(self, day: date) -> bool:
        """Whether a shift is worked on this date."""
        return day.weekday() in self.work_days and day not in self.holidays


def _holidays(scenario: Scenario, name: str, population: Population) -> frozenset[date]:
    """The dates on which nobody works, whatever the weekday."""
    if not isinstance(population.holidays, CountryHolidays):
        return frozenset(population.holidays)
    path = ("populations", name, "holidays")
    try:
        import holidays
    except ModuleNotFoundError:
        raise setting_error(
            "holidays of a country need the extra 'calendars': pip install 'desksim[calendars]'",
            *path,
        ) from None
    first = scenario.calendar.instant(scenario.begin).year - 1
    last = scenario.calendar.instant(scenario.end).year + 1
    country, part = population.holidays.country, population.holidays.subdivision
    try:
        found = holidays.country_holidays(country, subdiv=part, years=range(first, last + 1))
    except NotImplementedError as unknown:
        raise setting_error(
            f"expected a country whose holidays are known: {unknown}", *path
        ) from None
    return frozenset(found)
