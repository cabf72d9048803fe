"""Local days: daylight saving at both changes, holidays, and the provider's maintenance windows."""

import sys
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pytest

from sim.record import NEVER, USERS, Table
from sim.scenario import ScenarioError
from sim.scenario.schema import Scenario
from sim.units import DAY, HOUR, MINUTE, Calendar
from sim.workload import alwayson_windows, autostop_maintenance, make_users, region_time_zone
from sim.workload.calendars import LocalDay, WorkCalendar, local_days
from sim.workload.regions import TIME_ZONES
from tests.offices import FLEET, people, scenario

CALENDAR = Calendar(datetime(2026, 1, 1, tzinfo=UTC))


def local_day(zone: str, day: str) -> LocalDay:
    return LocalDay(date.fromisoformat(day), ZoneInfo(zone), CALENDAR)


def at(zone: str, day: str, clock: str) -> str:
    hours, minutes = map(int, clock.split(":"))
    return CALENDAR.isoformat(local_day(zone, day).at(hours * HOUR + minutes * MINUTE))


class TestDaylightSaving:
    # In 2026 London changes on 29 March and 25 October, New York on 8 March and 1 November.
    @pytest.mark.parametrize(
        ("zone", "day", "utc"),
        [
            ("Europe/London", "2026-03-28", "2026-03-28T09:00:00Z"),
            ("Europe/London", "2026-03-29", "2026-03-29T08:00:00Z"),
            ("Europe/London", "2026-10-24", "2026-10-24T08:00:00Z"),
            ("Europe/London", "2026-10-25", "2026-10-25T09:00:00Z"),
            ("America/New_York", "2026-03-07", "2026-03-07T14:00:00Z"),
            ("America/New_York", "2026-03-08", "2026-03-08T13:00:00Z"),
            ("Asia/Kolkata", "2026-03-08", "2026-03-08T03:30:00Z"),
        ],
    )
    def test_nine_o_clock_stays_nine_o_clock(self, zone: str, day: str, utc: str) -> None:
        assert at(zone, day, "09:00") == utc

    def test_a_time_that_the_clock_skips_is_meant_as_before_the_change(self) -> None:
        # 01:00 GMT becomes 02:00 BST. 01:30 GMT is 02:30 on the new clock.
        assert at("Europe/London", "2026-03-29", "00:59") == "2026-03-29T00:59:00Z"
        assert at("Europe/London", "2026-03-29", "01:30") == "2026-03-29T01:30:00Z"
        assert at("Europe/London", "2026-03-29", "02:30") == "2026-03-29T01:30:00Z"

    def test_of_a_time_that_comes_twice_the_first_is_meant(self) -> None:
        # 02:00 BST becomes 01:00 GMT. 01:30 BST is 00:30 UTC.
        assert at("Europe/London", "2026-10-25", "01:30") == "2026-10-25T00:30:00Z"
        assert at("Europe/London", "2026-10-25", "02:00") == "2026-10-25T02:00:00Z"

    @pytest.mark.parametrize(
        ("zone", "day", "hours"),
        [
            ("Europe/London", "2026-03-29", 23),
            ("Europe/London", "2026-10-25", 25),
            ("Europe/London", "2026-07-01", 24),
            ("Australia/Lord_Howe", "2026-04-05", 24.5),
            ("Australia/Lord_Howe", "2026-10-04", 23.5),
            ("Africa/Cairo", "2026-04-24", 23),  # clocks change at midnight: 00:00 does not exist
            ("Africa/Cairo", "2026-10-29", 25),
        ],
    )
    def test_days_last_as_long_as_they_do(self, zone: str, day: str, hours: float) -> None:
        today = local_day(zone, day)

        assert today.end - today.begin == hours * HOUR
        spans = today.clock_hours()
        assert spans[0][0] == today.begin
        assert spans[-1][1] == today.end
        assert all(first[1] == second[0] for first, second in pairwise(spans))

    def test_the_skipped_hour_is_missing_and_the_repeated_one_lasts_two(self) -> None:
        spring = local_day("Europe/London", "2026-03-29").clock_hours()
        autumn = local_day("Europe/London", "2026-10-25").clock_hours()

        assert [hour for _, _, hour in spring] == [0, *range(2, 24)]
        assert [hour for _, _, hour in autumn] == list(range(24))
        assert {hour: (end - begin) / HOUR for begin, end, hour in autumn}[1] == 2
        assert all(end - begin == HOUR for begin, end, _ in spring)

    @pytest.mark.parametrize("zone", ["Europe/London", "America/St_Johns", "Asia/Kathmandu"])
    def test_hours_on_the_clock_are_those_of_zoneinfo(self, zone: str) -> None:
        for number in range(365):
            today = local_day(zone, str(date(2026, 1, 1) + timedelta(days=number)))
            for begin, end, hour in today.clock_hours():
                for instant in (begin, end - 1):
                    clock = CALENDAR.instant(instant).astimezone(ZoneInfo(zone))
                    assert (clock.date(), clock.hour) == (today.date, hour)

    def test_clocks_change_at_whole_quarters_of_an_hour(self) -> None:
        # What `clock_hours` relies on, for every zone over two years.
        hours = [CALENDAR.start + timedelta(days=n) for n in range(0, 730, 5)]
        for name in sorted(available_timezones()):
            zone = ZoneInfo(name)
            offsets = {at.astimezone(zone).utcoffset() for at in hours}
            assert all(
                offset is not None and not offset % timedelta(minutes=15) for offset in offsets
            )


def test_local_days_cover_the_run_and_no_more() -> None:
    # 2026-01-01 00:00 to 24:00 UTC is 31 December 19:00 to 1 January 19:00 in New York.
    days = local_days(CALENDAR, ZoneInfo("America/New_York"), 0, DAY)

    assert [str(day.date) for day in days] == ["2025-12-31", "2026-01-01"]
    assert len(local_days(CALENDAR, ZoneInfo("UTC"), 0, DAY)) == 1
    assert len(local_days(CALENDAR, ZoneInfo("UTC"), 0, DAY, margin=1)) == 3


class TestHolidays:
    def calendar(self, holidays: object) -> WorkCalendar:
        spec = scenario({"office": people(holidays=holidays)}, start="2026-12-01", horizon="60 d")
        return WorkCalendar.of(spec, "office")

    def test_a_list(self) -> None:
        work = self.calendar(["2026-12-24"])

        assert not work.is_work_day(date(2026, 12, 24))
        assert work.is_work_day(date(2026, 12, 23))
        assert not work.is_work_day(date(2026, 12, 26))  # a Saturday

    def test_a_country_with_its_part_in_all_years_of_the_run(self) -> None:
        everywhere = self.calendar({"country": "DE"})
        bavaria = self.calendar({"country": "DE", "subdivision": "BY"})

        assert not everywhere.is_work_day(date(2026, 12, 25))
        assert not everywhere.is_work_day(date(2027, 1, 1))
        assert everywhere.is_work_day(date(2027, 1, 6))
        assert not bavaria.is_work_day(date(2027, 1, 6))  # Epiphany

    def test_an_unknown_country_is_refused(self) -> None:
        with pytest.raises(
            ScenarioError, match=r"populations\.office\.holidays: expected a country"
        ):
            self.calendar({"country": "XX"})

    def test_without_the_library_the_error_names_the_extra(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "holidays", None)

        with pytest.raises(ScenarioError, match=r"extra 'calendars': pip install 'desksim\[cal"):
            self.calendar({"country": "DE"})


class TestRegions:
    def test_every_zone_of_the_table_exists(self) -> None:
        assert set(TIME_ZONES.values()) <= available_timezones()

    def test_the_scenario_has_the_last_word_on_its_own_region(self) -> None:
        spec = scenario(maintenance={"region_time_zone": "Asia/Tokyo"})

        assert region_time_zone(spec, "us-east-1").key == "Asia/Tokyo"
        assert region_time_zone(spec, "eu-west-2").key == "Europe/London"

    def test_an_unknown_region_is_refused(self) -> None:
        with pytest.raises(ScenarioError, match=r"got 'us-east1'; did you mean 'us-east-1'\?"):
            region_time_zone(scenario(), "us-east1")


class TestMaintenance:
    def starts(
        self, spec: Scenario, replication: int = 0
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        return autostop_maintenance(spec, make_users(spec), replication)

    def month(self, **settings: object) -> Scenario:
        office = {"office": people(users=4_000)}
        return scenario(office, start="2026-09-01", horizon={"months": 1}, **settings)

    def test_starts_lie_in_the_window_in_region_time(self) -> None:
        # September 2026: third Monday is the 21st, the two weeks end on 4 October. New York is 4 h
        # behind UTC. August's two weeks from the 17th end before September.
        spec = self.month()
        august, september = self.starts(spec).T

        assert (august == NEVER).all()
        inside = september[september != NEVER]
        local = [
            spec.calendar.instant(int(at)).astimezone(ZoneInfo("America/New_York"))
            for at in inside.tolist()
        ]
        assert {at.day for at in local} == set(range(21, 31))
        assert {at.hour for at in local} == set(range(5))
        # 10 of the 14 days lie in September: 4,000 * 10 / 14 = 2857, standard deviation 28.6.
        assert abs(len(inside) - 4_000 * 10 / 14) < 4.5 * 28.6

    def test_a_window_that_reaches_into_the_next_month_is_met_there(self) -> None:
        spec = scenario({"office": people(users=4_000)}, start="2026-10-01", horizon={"months": 1})
        september, october = self.starts(spec).T

        # 1 to 4 October are 4 of the 14 days: 1143, standard deviation 28.6. The third Monday of
        # October is the 19th: 13 of 14 days are in October, standard deviation 16.3.
        assert abs((september != NEVER).sum() - 4_000 * 4 / 14) < 4.5 * 28.6
        assert abs((october != NEVER).sum() - 4_000 * 13 / 14) < 4.5 * 16.3
        assert september.max() < 4 * DAY

    def test_each_month_keeps_its_start_when_the_run_is_longer_or_begins_later(self) -> None:
        long = scenario(start="2026-08-01", horizon={"months": 4})
        short = self.month()
        shift = short.calendar.millis(long.start)

        of_september = self.starts(long)[:, 2]
        kept = of_september + shift < short.end

        assert np.array_equal(
            np.where(kept, of_september + shift, NEVER), self.starts(short)[:3, 1]
        )

    def test_days_and_minutes_are_equally_likely(self) -> None:
        spec = scenario({"office": people(users=14_000)}, start="2026-09-01", horizon={"months": 2})
        local = self.starts(spec)[:, 1] + spec.calendar.millis(spec.start) - 4 * HOUR
        days = np.bincount(local // DAY - 20, minlength=14)

        # 1000 expected on each day, standard deviation 30.5.
        assert len(days) == 14
        assert np.abs(days - 1_000).max() < 4.5 * 30.5
        minute = (local % DAY) / (5 * HOUR)
        assert abs(minute.mean() - 0.5) < 4.5 / np.sqrt(12 * 14_000)

    def test_off_is_never(self) -> None:
        spec = self.month(maintenance={"autostop": False})

        assert (self.starts(spec) == NEVER).all()

    def test_the_fleets_own_region_counts(self) -> None:
        fleets = {"desks": {**FLEET, "region": "ap-southeast-1"}}
        starts = self.starts(self.month(fleets=fleets))[:, 1]

        inside = starts[starts != NEVER]
        assert (((inside + 8 * HOUR) % DAY) < 5 * HOUR).all()

    def test_of_nobody_there_is_nothing(self) -> None:
        starts = autostop_maintenance(self.month(), Table.empty(USERS))

        assert starts.shape == (0, 2)

    def test_sundays_begin_at_local_midnight(self) -> None:
        # 25 October 2026 is a Sunday and the day of the change: midnight is 23:00 UTC before.
        spec = scenario(start="2026-10-18", horizon="21 d")

        begins = [spec.calendar.isoformat(at) for at in alwayson_windows(spec, "Europe/London")]

        assert begins == [
            "2026-10-24T23:00:00Z",
            "2026-11-01T00:00:00Z",
            # that of the 18th began at 23:00 on the 17th, before the run
            # that of 8 November begins with the end of the run
        ]
