"""Growth, planned headcounts and seasons of attendance, with the arithmetic written out."""

from typing import Any

import numpy as np
import pytest

from sim.record import NEVER, Table
from sim.scenario.schema import Scenario
from sim.units import DAY, HOUR, Millis
from sim.workload import make_users, make_workload
from tests.offices import people, scenario


def year(months: int = 12, **changes: Any) -> Scenario:
    """An office from New Year 2026 on."""
    return scenario({"office": people(**changes)}, start="2026-01-01", horizon={"months": months})


def there(users: Table, at: Millis) -> int:
    """How many are there just after an instant."""
    come = (users["joins"] == NEVER) | (users["joins"] <= at)
    stay = (users["leaves"] == NEVER) | (users["leaves"] > at)
    return int((come & stay).sum())


def at(day: str, spec: Scenario) -> Millis:
    """Midnight UTC of a date."""
    return int((np.datetime64(day) - np.datetime64("2026-01-01")).astype(int)) * DAY


class TestGrowth:
    def test_a_part_of_those_who_are_there_joins(self) -> None:
        # January 10 % of 100, February of 110, March of 121: 10, 11 and 12 or 13.
        users = make_users(year(3, users=100, growth_per_month="10 %"))
        spec = year(3)

        assert there(users, at("2026-01-31", spec)) == 110
        assert there(users, at("2026-02-28", spec)) == 121
        assert there(users, at("2026-03-31", spec)) in (133, 134)
        assert (users["leaves"] == NEVER).all()

    def test_a_part_of_them_leaves_if_it_is_negative(self) -> None:
        users = make_users(year(2, users=100, growth_per_month="-10 %"))  # 100, 90, 81

        assert len(users) == 100
        assert there(users, at("2026-01-31", year())) == 90
        assert there(users, at("2026-02-28", year())) == 81

    def test_it_compounds(self) -> None:
        # 100 x 1.02^12 = 126.82. A month's chance has a variance of 1/4 at most, which grows by
        # 1.02 a month: a standard deviation of at most 1.95 a year, and of 0.098 in 400 runs.
        spec = year(12, users=100, growth_per_month="2 %")
        mean = np.mean([len(make_users(spec, run)) for run in range(400)])

        assert abs(mean - 126.82) < 4.5 * 0.098

    def test_whoever_joins_by_rate_grows_the_next_month(self) -> None:
        # 50 + 50 in January, and half of the 50 who were there when it began: 125. In February
        # half of 125, 62 or 63, and 50 more.
        spec = year(2, users=50, joiners_per_month=50, growth_per_month="50 %")
        users = make_users(spec)

        assert there(users, at("2026-01-31", spec)) == 50 + 50 + 25
        assert there(users, at("2026-02-28", spec)) in (125 + 50 + 62, 125 + 50 + 63)

    def test_it_starts_from_the_headcount_that_is_planned_for_the_first(self) -> None:
        spec = year(3, users=10, growth_per_month="10 %", headcount={"2026-02-01": 100})
        users = make_users(spec)

        assert there(users, at("2026-01-31", spec)) == 11
        assert there(users, at("2026-02-01", spec)) == 100
        assert there(users, at("2026-02-28", spec)) == 110

    def test_it_is_on_work_days(self) -> None:
        users = make_users(year(12, users=40, growth_per_month="10 %"))
        days = {int(instant) // DAY for instant in users["joins"][40:]}

        assert days <= {day for day in range(365) if (day + 3) % 7 < 5}


class TestPlans:
    def test_people_join_and_leave_to_make_it_so(self) -> None:
        spec = year(12, users=30, headcount={"2026-03-01": 45, "2026-09-01": 20})
        users = make_users(spec)

        assert len(users) == 45
        assert set(users["joins"][30:].tolist()) == {at("2026-03-01", spec)}  # a Sunday
        left = users["leaves"][users["leaves"] != NEVER]
        assert left.tolist() == [at("2026-09-01", spec)] * 25

    def test_dates_are_local_and_in_any_order(self) -> None:
        plan = {"2026-09-01": 20, "2026-03-01": 45}
        users = make_users(year(12, users=30, headcount=plan, time_zone="America/New_York"))

        # Midnight in New York is 05:00 UTC in winter and 04:00 in summer.
        assert set(users["joins"][30:].tolist()) == {at("2026-03-01", year()) + 5 * HOUR}
        left = users["leaves"][users["leaves"] != NEVER]
        assert set(left.tolist()) == {at("2026-09-01", year()) + 4 * HOUR}

    def test_the_day_of_the_start_counts_and_others_outside_do_not(self) -> None:
        plan = {"2025-12-31": 99, "2026-01-01": 4, "2027-01-01": 99}
        users = make_users(year(12, users=3, headcount=plan))

        assert users["joins"].tolist() == [NEVER, NEVER, NEVER, 0]

    @pytest.mark.parametrize("zone", ["UTC", "Asia/Singapore", "Pacific/Auckland"])
    def test_the_day_of_the_start_counts_east_of_it_too(self, zone: str) -> None:
        # The run begins at 00:00 UTC, when it has been New Year for 8 hours in Singapore.
        plan = {"2025-12-31": 99, "2026-01-01": 4}
        users = make_users(year(2, users=3, headcount=plan, time_zone=zone))

        assert users["joins"].tolist() == [NEVER, NEVER, NEVER, 0]

    def test_it_grows_from_the_headcount_of_the_start_east_of_it_too(self) -> None:
        # A tenth of 100, and not of 10, on work days after New Year.
        spec = year(
            1,
            users=10,
            growth_per_month="10 %",
            headcount={"2026-01-01": 100},
            holidays=["2026-01-01"],
            time_zone="Asia/Singapore",
        )
        assert len(make_users(spec)) == 110

    def test_west_of_the_start_it_is_still_the_day_before(self) -> None:
        # 19:00 of the last day in New York, which is a day of the run there; New Year follows.
        plan = {"2025-12-31": 5, "2026-01-01": 4}
        users = make_users(year(1, users=3, headcount=plan, time_zone="America/New_York"))

        assert users["joins"].tolist() == [NEVER, NEVER, NEVER, 0, 0]
        assert [int(one) for one in users["leaves"] if one != NEVER] == [5 * HOUR]

    def test_rates_go_on_in_between_and_whoever_joins_on_the_day_is_planned(self) -> None:
        plan = {f"2026-{month:02}-01": 20 for month in range(1, 13)}
        spec = year(12, users=20, joiners_per_month=40, leavers_per_month=35, headcount=plan)
        users = make_users(spec)

        for month in range(2, 13):
            first = at(f"2026-{month:02}-01", spec)
            assert there(users, first) == 20
            assert there(users, first - 1) > 20  # about 25
        gone = users["leaves"] != NEVER
        assert (users["leaves"][gone] > users["joins"][gone]).all()

    def test_nobody_is_left(self) -> None:
        users = make_users(year(12, users=3, headcount={"2026-02-01": 0}))
        assert users["leaves"].tolist() == [31 * DAY] * 3

    def test_who_leaves_is_drawn(self) -> None:
        # 4 of 10 leave, over 1000 runs: each 400 times, with standard deviation
        # sqrt(1000 x 0.4 x 0.6) = 15.5.
        spec = year(1, users=10, headcount={"2026-01-15": 6})
        times = sum((make_users(spec, run)["leaves"] != NEVER).astype(int) for run in range(1000))

        assert np.abs(times - 400).max() < 4.5 * 15.5


class TestSeasons:
    def arrivals(self, **changes: Any) -> list[int]:
        """Sessions of each month of half a year."""
        spec = year(6, users=100, **changes)
        months = [month.name for month in spec.calendar.months(0, spec.end)]
        plan = make_workload(spec).plan
        found = [spec.calendar.month_at(int(one)).name for one in plan["arrival"]]
        return [found.count(month) for month in months]

    def test_a_month_has_its_part(self) -> None:
        # 100 people on the 20 work days of February: 2000, of which 70 %: 1400, with a standard
        # deviation of sqrt(2000 x 0.7 x 0.3) = 20.5.
        always, seasonal = self.arrivals(), self.arrivals(attendance_by_month={"feb": "70 %"})

        assert always == [2200, 2000, 2200, 2200, 2100, 2200]
        assert abs(seasonal[1] - 1400) < 4.5 * 20.5
        assert seasonal[:1] + seasonal[2:] == always[:1] + always[2:]

    def test_it_is_a_factor_on_attendance_and_everybody_is_the_most(self) -> None:
        seasons = {"feb": "150 %", "mar": "125 %", "apr": "0 %"}
        found = self.arrivals(attendance="80 %", attendance_by_month=seasons)

        # February would be 120 %; March is just 100 %, April nobody.
        assert found[1:4] == [2000, 2200, 0]
        assert abs(found[0] - 1760) < 4.5 * np.sqrt(2200 * 0.8 * 0.2)

    def test_a_month_is_a_local_one(self) -> None:
        # 08:00 on 1 March in Auckland is 19:00 UTC on 28 February.
        changes: dict[str, Any] = {
            "time_zone": "Pacific/Auckland",
            "shift": {"start": "08:00", "spread": "none"},
            "work_days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        }
        spec = year(3, users=1, attendance_by_month={"mar": "0 %"}, **changes)
        arrivals = make_workload(spec).plan["arrival"]
        pause = int(np.argmax(np.diff(arrivals)))

        assert arrivals[pause] == at("2026-02-27", spec) + 19 * HOUR
        assert arrivals[pause + 1] == at("2026-03-31", spec) + 19 * HOUR


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"growth_per_month": "2"}, "expected a part such as '120 %' or '-2 %', got '2'"),
        ({"growth_per_month": "101 %"}, "expected growth from -100 % to 100 % a month"),
        ({"attendance_by_month": {"july": "70 %"}}, "'jan', 'feb'"),
        ({"attendance_by_month": {"jul": "1001 %"}}, "expected a factor from 0 % to 1000 %"),
        ({"attendance_by_month": {"jul": "-1 %"}}, "expected a factor from 0 % to 1000 %"),
        ({"headcount": {"2026-02-30": 3}}, "expected a date"),
        ({"headcount": {"2026-02-28": -3}}, "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="1 validation error") as refused:
        year(**settings)
    assert message in str(refused.value)


def test_a_plan_that_is_replayed_says_who_there_is() -> None:
    for settings in ({"growth_per_month": "1 %"}, {"headcount": {"2026-02-01": 3}}):
        office = {"fleet": "desks", "workload": {"replay": "plan.csv"}, **settings}
        with pytest.raises(ValueError, match="expected nothing here, since the replayed plan"):
            scenario({"office": office})
