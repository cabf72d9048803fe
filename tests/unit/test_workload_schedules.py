"""When capacity changes by the clock: cron in time zones, edits and their delay, ramp phases."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sim.record import ScalingSource
from sim.scenario.scaling import RampPlan
from sim.scenario.schema import Scenario
from sim.workload import capacity_changes, phases_of
from sim.workload.schedules import occurrences
from tests.offices import people, scenario


def pooled(scaling: list[Any], *, edits: Any = (), delay: str = "2 min", **run: Any) -> Scenario:
    """A scenario with one pool, `agents`, of 2 to 50 user sessions."""
    pool = {
        "bundle": "power",
        "running_mode": "AlwaysOn",
        "minimum": 2,
        "maximum": 50,
        "scaling": scaling,
        "edits": list(edits),
        "edit_delay": delay,
    }
    return scenario({"office": people(fleet="agents")}, fleets={}, pools={"agents": pool}, **run)


def due(cron: str, zone: str, **run: Any) -> list[str]:
    """When a scheduled action is due, in UTC."""
    action = {"schedule": {"cron": cron, "time_zone": zone, "capacity": 10}}
    world = pooled([action], **run)
    return [world.calendar.isoformat(change.at) for change in capacity_changes(world, "agents")]


class TestTimeZones:
    # Berlin sets its clocks forward on 2026-03-29, 02:00 to 03:00 (01:00 UTC), and back on
    # 2026-10-25, 03:00 to 02:00 (01:00 UTC).
    def test_eight_o_clock_is_eight_o_clock_in_summer_and_winter(self) -> None:
        assert due("0 8 * * *", "Europe/Berlin", start="2026-03-28", horizon="3 d") == [
            "2026-03-28T07:00:00Z",
            "2026-03-29T06:00:00Z",
            "2026-03-30T06:00:00Z",
        ]

    def test_a_time_that_the_clock_skips_is_due_when_it_jumps(self) -> None:
        # 02:30 does not come on the 29th; at 01:00 UTC clocks show 03:00.
        assert due("30 2 * * *", "Europe/Berlin", start="2026-03-28", horizon="3 d") == [
            "2026-03-28T01:30:00Z",
            "2026-03-29T01:00:00Z",
            "2026-03-30T00:30:00Z",
        ]

    def test_times_that_it_skips_are_due_once(self) -> None:
        # 02:00 and 02:30 both become 03:00, which is one instant.
        assert due("0,30 2 * * *", "Europe/Berlin", start="2026-03-29", horizon="1 d") == [
            "2026-03-29T01:00:00Z"
        ]

    def test_a_time_that_comes_twice_is_due_the_first_time(self) -> None:
        # 02:30 CEST is 00:30 UTC; an hour later it is 02:30 CET.
        assert due("30 2 * * *", "Europe/Berlin", start="2026-10-24", horizon="3 d") == [
            "2026-10-24T00:30:00Z",
            "2026-10-25T00:30:00Z",
            "2026-10-26T01:30:00Z",
        ]

    @pytest.mark.parametrize("hour", ["*", "*/1"])
    def test_every_hour_is_every_hour(self, hour: str) -> None:
        skipped = due(f"30 {hour} * * *", "Europe/Berlin", start="2026-03-29", horizon="4 h")
        twice = due(f"30 {hour} * * *", "Europe/Berlin", start="2026-10-25", horizon="4 h")
        assert [one[11:16] for one in skipped] == ["00:30", "01:30", "02:30", "03:30"]
        assert [one[11:16] for one in twice] == ["00:30", "01:30", "02:30", "03:30"]

    def test_every_so_many_minutes_of_an_hour_follow_real_time(self) -> None:
        # The hour that is skipped has none; the one that comes twice has them twice.
        skipped = due("*/30 2 * * *", "Europe/Berlin", start="2026-03-29", horizon="1 d")
        twice = due("*/30 2 * * *", "Europe/Berlin", start="2026-10-25", horizon="1 d")
        assert skipped == []
        assert [one[11:16] for one in twice] == ["00:00", "00:30", "01:00", "01:30"]

    def test_a_zone_without_daylight_saving(self) -> None:
        # 08:30 in India is 03:00 UTC all year.
        for start in ("2026-03-29", "2026-07-01", "2026-10-25"):
            assert due("30 8 * * *", "Asia/Kolkata", start=start, horizon="1 d") == [
                f"{start}T03:00:00Z"
            ]

    def test_weekdays_are_those_of_the_zone(self) -> None:
        # Monday 2026-09-07 05:00 in Tokyo is Sunday 20:00 UTC.
        assert due("0 5 * * mon", "Asia/Tokyo", start="2026-09-05", horizon="7 d") == [
            "2026-09-06T20:00:00Z"
        ]

    def test_day_and_weekday_are_alternatives_as_in_cron(self) -> None:
        # The 2nd of September 2026 is a Wednesday; Fridays are the 4th and the 11th.
        assert [one[:10] for one in due("0 8 2 * fri", "UTC", horizon="14 d")] == [
            "2026-09-02",
            "2026-09-04",
            "2026-09-11",
        ]


class TestInsideTheRun:
    def test_the_beginning_counts_and_the_end_does_not(self) -> None:
        assert due("0 8 * * *", "UTC", start="2026-09-01T08:00Z", horizon="24 h") == [
            "2026-09-01T08:00:00Z"
        ]

    def test_a_beginning_between_two_seconds(self) -> None:
        run = {"start": "2026-09-01T08:00:00.500Z", "horizon": "24 h"}
        assert due("0 8 * * *", "UTC", **run) == ["2026-09-02T08:00:00Z"]

    def test_the_warm_up_has_its_actions(self) -> None:
        found = due("0 8 * * *", "UTC", horizon="1 d", warm_up="1 d")
        assert found == ["2026-08-31T08:00:00Z", "2026-09-01T08:00:00Z"]

    def test_a_beginning_in_the_repeated_hour(self) -> None:
        # 2026-10-25T01:15Z is 02:15 CET, for the second time. 02:30 has been, and 02:45 comes
        # again only for what follows real time.
        run = {"start": "2026-10-25T01:15Z", "horizon": "2 h"}
        assert due("30 2 * * *", "Europe/Berlin", **run) == []
        assert due("*/45 2 * * *", "Europe/Berlin", **run) == ["2026-10-25T01:45:00Z"]

    def test_a_beginning_at_the_end_of_the_gap(self) -> None:
        run = {"start": "2026-03-29T01:00Z", "horizon": "2 h"}
        assert due("30 2 * * *", "Europe/Berlin", **run) == ["2026-03-29T01:00:00Z"]

    def test_a_day_that_does_not_come_is_not_waited_for(self) -> None:
        assert due("0 8 29 2 *", "UTC", horizon={"months": 4}) == []

    @pytest.mark.parametrize("cron", ["0 0 31 2,4 1#5", "0 0 29 2 *", "0 0 * 2 mon#5"])
    def test_every_search_ends(self, cron: str) -> None:
        begin = datetime(2026, 1, 1, tzinfo=ZoneInfo("Europe/Berlin"))
        found = list(occurrences(cron, begin, datetime(2040, 1, 1, tzinfo=UTC)))
        assert len(found) < 20


class TestChanges:
    def test_a_capacity_is_both_bounds(self) -> None:
        world = pooled([{"schedule": {"cron": "0 8 * * *", "capacity": 10}}], horizon="1 d")
        (change,) = capacity_changes(world, "agents")
        assert (change.minimum, change.maximum, change.desired) == (10, 10, None)
        assert change.source == ScalingSource.SCHEDULE

    def test_an_action_may_change_one_bound_and_come_once(self) -> None:
        at = "2026-09-01T10:00+02:00"
        world = pooled([{"schedule": {"at": at, "minimum": 10}}], horizon="1 d")
        (change,) = capacity_changes(world, "agents")
        assert world.calendar.isoformat(change.at) == "2026-09-01T08:00:00Z"
        assert (change.minimum, change.maximum) == (10, None)

    def test_an_edit_takes_effect_after_its_delay(self) -> None:
        edit = {"at": "2026-09-01T08:00Z", "minimum": 5, "maximum": 40, "desired": 30}
        world = pooled([], edits=[edit], delay="7 min", horizon="1 d")
        (change,) = capacity_changes(world, "agents")
        assert world.calendar.isoformat(change.at) == "2026-09-01T08:07:00Z"
        assert (change.minimum, change.maximum, change.desired) == (5, 40, 30)
        assert change.source == ScalingSource.EDIT

    def test_edits_asked_for_before_the_run_may_take_effect_inside(self) -> None:
        edits = [
            {"at": "2026-08-31T23:55Z", "desired": 5},
            {"at": "2026-08-31T23:59Z", "desired": 6},
            {"at": "2026-09-01T23:59Z", "desired": 7},
        ]
        world = pooled([], edits=edits, horizon="1 d")
        assert [change.desired for change in capacity_changes(world, "agents")] == [6]

    def test_at_one_instant_edits_come_first_and_then_the_order_of_the_file(self) -> None:
        actions: list[Any] = [
            {"schedule": {"cron": "0 8 * * *", "capacity": 20}},
            {"target_tracking": {"utilization": "75 %"}},
            {"schedule": {"at": "2026-09-01T08:00Z", "capacity": 30}},
            {"schedule": {"at": "2026-09-01T07:00Z", "capacity": 25}},
        ]
        edits = [{"at": "2026-09-01T07:58Z", "minimum": m} for m in (3, 4)]
        world = pooled(actions, edits=edits, horizon="1 d")
        found = capacity_changes(world, "agents")
        assert [change.minimum for change in found] == [25, 3, 4, 20, 30]


class TestPhases:
    PLAN: dict[str, Any] = {
        "kind": "ramp",
        "time_zone": "Europe/Berlin",
        "ramp_up": {"start": "07:00", "threshold": "60 %", "minimum": "20 %"},
        "peak": {"start": "09:00", "threshold": "80 %"},
        "ramp_down": {"start": "16:00", "threshold": "90 %", "minimum": "10 %"},
        "off_peak": {"start": "18:00"},
    }
    UP, PEAK, DOWN, OFF = (0.6, 0.2), (0.8, 0.2), (0.9, 0.1), (0.9, 0.1)

    def phases(self, plan: dict[str, Any] | None = None, **run: Any) -> list[tuple[str, Any]]:
        world = pooled([], **run)
        found = phases_of(RampPlan.model_validate({**self.PLAN, **(plan or {})}), world)
        return [(world.calendar.isoformat(at), shares) for at, *shares in found]

    def test_a_phase_is_as_the_one_before_where_it_is_silent(self) -> None:
        found = self.phases(start="2026-09-01", horizon="1 d")
        # Midnight UTC is 02:00 in Berlin, and 07:00 there 05:00 UTC.
        assert found == [
            ("2026-09-01T00:00:00Z", [*self.OFF]),
            ("2026-09-01T05:00:00Z", [*self.UP]),
            ("2026-09-01T07:00:00Z", [*self.PEAK]),
            ("2026-09-01T14:00:00Z", [*self.DOWN]),
            ("2026-09-01T16:00:00Z", [*self.OFF]),
        ]

    def test_other_days_are_off_peak(self) -> None:
        # From Friday, 2026-09-04, 18:00 on nothing changes until Monday.
        found = self.phases(start="2026-09-04T12:00Z", horizon="4 d")
        assert [at for at, _ in found] == [
            "2026-09-04T12:00:00Z",
            "2026-09-04T14:00:00Z",
            "2026-09-04T16:00:00Z",
            "2026-09-07T05:00:00Z",
            "2026-09-07T07:00:00Z",
            "2026-09-07T14:00:00Z",
            "2026-09-07T16:00:00Z",
            "2026-09-08T05:00:00Z",
            "2026-09-08T07:00:00Z",
        ]
        assert found[0][1] == [*self.PEAK]

    def test_local_days_follow_daylight_saving(self) -> None:
        # Friday 2026-03-27, 07:00 CET is 06:00 UTC; Monday the 30th, 07:00 CEST is 05:00 UTC.
        found = self.phases(start="2026-03-27", horizon="4 d")
        ups = [at for at, shares in found if shares == [*self.UP]]
        assert ups == ["2026-03-27T06:00:00Z", "2026-03-30T05:00:00Z"]

    def test_a_start_that_the_clock_skips_does_not_overtake_the_next_phase(self) -> None:
        # Sunday 2026-03-29: 02:30 does not come and is meant as 01:30 UTC. The peak, 03:00 or
        # 01:00 UTC, must not come before it.
        plan = {
            "days": ["sun"],
            "ramp_up": {"start": "02:30", "threshold": "60 %", "minimum": "20 %"},
            "peak": {"start": "03:00", "threshold": "80 %"},
        }
        found = self.phases(plan, start="2026-03-29", horizon="6 h")
        assert [at for at, shares in found if shares == [*self.PEAK]] == ["2026-03-29T01:30:00Z"]
        assert found[-1][1] == [*self.PEAK]

    def test_far_from_utc_the_day_before_counts(self) -> None:
        # 2026-09-01T00:00Z is still Monday 17:00 in Los Angeles: ramp-down.
        found = self.phases({"time_zone": "America/Los_Angeles"}, horizon="2 h")
        assert found == [
            ("2026-09-01T00:00:00Z", [*self.DOWN]),
            ("2026-09-01T01:00:00Z", [*self.OFF]),
        ]
