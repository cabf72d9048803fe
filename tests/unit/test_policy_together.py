"""Several policies of one pool, and new bounds from outside: who wins, and who moved it (P9)."""

from typing import Any

import pytest

from sim.policy import Forecast, Scaling
from sim.record import ScalingSource
from tests.unit.policy_stories import Minutes, pool_of

TRACKING: dict[str, Any] = {"target_tracking": {"utilization": "75 %"}}
SPARE: dict[str, Any] = {"spare": {"sessions": 3}}
OWN: dict[str, Any] = {"policy": {"function": "mine:decide"}}
AHEAD: dict[str, Any] = {"predictive": {"quantile": "95 %"}}


def step(add: int, **settings: Any) -> dict[str, Any]:
    """One minute above 75 % of utilisation, or with a negative step below it, changes capacity."""
    alarm = {
        "metric": "UserSessionsCapacityUtilization",
        "comparison": ">=" if add > 0 else "<",
        "threshold": 75,
        "period": "1 min",
    }
    return {"step": {**alarm, "steps": [{"add": add}], **settings}}


class TestAlarms:
    def test_of_two_that_ask_for_more_the_larger_counts(self) -> None:
        pool = Minutes([step(2), step(5)], desired=10)
        assert pool.minute(active=9) == 15

    def test_of_two_that_ask_for_less_the_larger_counts(self) -> None:
        pool = Minutes([step(-2), step(-5)], desired=10)
        assert pool.minute(active=0) == 8

    def test_more_counts_before_less(self) -> None:
        # The step policies disagree: 70 % is above 60 % and below 75 %.
        more = step(2)
        more["step"]["threshold"] = 60
        pool = Minutes([step(-5), more], desired=10)
        assert pool.minute(active=7) == 12

    def test_less_that_was_not_given_begins_no_cooldown(self) -> None:
        # 00:01: +2 at 70 % counts before -5. At 00:02 the -5 still may come.
        more = step(2)
        more["step"]["threshold"] = 60
        pool = Minutes([step(-5), more], desired=10)
        assert pool.minute(active=7) == 12
        assert pool.minute(active=0) == 7

    def test_nor_does_it_begin_one_of_a_scale_out(self) -> None:
        # One policy takes 5 away under 75 % and adds 4 from there on. 00:01: 70 %, but the other's
        # 12 count. 00:02: 100 %, 12 + 4 = 16, and not 10 + 4.
        more, both = step(2), step(4)
        more["step"]["threshold"] = 60
        both["step"].update(threshold=0, steps=[{"upper": 75, "add": -5}, {"lower": 75, "add": 4}])
        pool = Minutes([both, more], desired=10)
        assert pool.minute(active=7) == 12
        assert pool.minute(active=12) == 16

    def test_more_than_the_maximum_still_counts_before_less(self) -> None:
        # At 70 % the second wants 2 more than the maximum has; the first takes none away.
        more = step(2)
        more["step"]["threshold"] = 60
        pool = Minutes([step(-5), more], desired=10, maximum=10)
        assert pool.minute(active=7) == 10
        assert pool.minute(active=0) == 5

    def test_tracking_and_steps_move_the_same_target(self) -> None:
        # 00:01: 10 + 2 = 12, cooldown. 00:03: 12 / 0.75 = 16 is more than 12.
        pool = Minutes([step(2), TRACKING], desired=10)
        pool.minutes(2, active=12, actual=12)
        assert (pool.target, pool.source) == (12, ScalingSource.STEP)
        pool.minute(active=12, actual=12)
        assert (pool.target, pool.source) == (16, ScalingSource.TARGET_TRACKING)

    def test_each_has_a_cooldown_of_its_own(self) -> None:
        # 00:01: both ask, 13 counts. The first one's cooldown ends at 00:03: 13 + 2 = 15; the
        # second one's at 00:06: 15 + 3 = 18; the first one's again at 00:05: 15 + 2 = 17.
        pool = Minutes([step(2, cooldown="2 min"), step(3, cooldown="5 min")], desired=10)
        assert pool.minutes(5, active=13, actual=13) == [13, 13, 15, 15, 17]

    def test_who_asked_for_less_than_was_given_waits_too(self) -> None:
        # 00:01: the first asks for 12, the second for 13. Within its cooldown the first asks for
        # 10 + 2 = 12 again, and not for 13 + 2 = 15.
        pool = Minutes([step(2, cooldown="5 min"), step(3, cooldown="5 min")], desired=10)
        assert pool.minutes(5, active=13, actual=13) == [13] * 5

    def test_of_two_that_agree_the_last_is_the_source(self) -> None:
        pool = Minutes([step(2, cooldown="0 s"), TRACKING], desired=14)
        pool.minutes(2, active=12, actual=14)  # 85.7 %: 16, 18
        assert pool.target == 18
        pool = Minutes([TRACKING, step(2, cooldown="0 s")], desired=10)
        pool.minutes(2, active=12, actual=12)  # 12, 14
        pool.minute(active=12, actual=12)  # 12 / 0.75 = 16 and 14 + 2 = 16
        assert (pool.target, pool.source) == (16, ScalingSource.STEP)


class TestContinuous:
    def test_the_largest_opinion_counts(self) -> None:
        pool = Minutes(
            [OWN, AHEAD], functions={0: lambda one: one.active}, expected={1: Forecast(0, [20])}
        )
        assert (pool.minute(active=5), pool.source) == (20, ScalingSource.PREDICTIVE)
        assert (pool.minute(active=25), pool.source) == (25, ScalingSource.POLICY)
        assert (pool.minute(active=5), pool.source) == (20, ScalingSource.PREDICTIVE)

    def test_of_two_of_one_opinion_the_last_is_the_source(self) -> None:
        for scaling, source in (
            ([OWN, AHEAD], ScalingSource.PREDICTIVE),
            ([AHEAD, OWN], ScalingSource.POLICY),
        ):
            both = range(2)
            pool = Minutes(
                scaling,
                functions=dict.fromkeys(both, lambda _: 20),
                expected=dict.fromkeys(both, Forecast(0, [20])),
            )
            assert (pool.minute(active=5), pool.source) == (20, source)

    def test_without_alarms_the_initial_target_does_not_stay(self) -> None:
        pool = Minutes([OWN], functions={0: lambda _: 4}, desired=10)
        assert pool.target == 10
        assert pool.minute(active=0) == 4

    def test_with_alarms_the_reactive_target_counts_too(self) -> None:
        # The function asks for 4, the reactive target is 10 until target tracking gives it back:
        # at 00:15, 3 / 0.75 = 4.
        pool = Minutes([OWN, TRACKING], functions={0: lambda _: 4}, desired=10)
        assert pool.minutes(15, active=3) == [10] * 14 + [4]

    def test_spare_sessions_beside_alarms(self) -> None:
        # 9 + 3 = 12 sessions are wanted at once; target tracking wants 9 / 0.75 = 12 at 00:03.
        pool = Minutes([SPARE, TRACKING], desired=10)
        assert pool.minute(active=9, actual=10) == 12
        assert pool.source == ScalingSource.SPARE
        assert pool.minutes(2, active=9, actual=10) == [12, 12]
        assert pool.scaling.target_with(0) == 12  # reactive
        assert pool.scaling.target_with(20) == 23

    def test_whoever_wanted_what_is_left_is_the_source(self) -> None:
        # A schedule has set 20; the function goes from 30 to 12. The 20 are the schedule's.
        answers = iter([30, 12])
        pool = Minutes([OWN, TRACKING], functions={0: lambda _: next(answers)}, maximum=100)
        pool.scaling.bounds(minimum=20, source=ScalingSource.SCHEDULE)
        pool.scaling.bounds(minimum=0, source=ScalingSource.SCHEDULE)
        assert (pool.minute(active=20), pool.source) == (30, ScalingSource.POLICY)
        assert (pool.minute(active=20), pool.source) == (20, ScalingSource.SCHEDULE)

    def test_people_in_line_are_demand(self) -> None:
        assert Minutes([SPARE, TRACKING], desired=10).minute(active=10, waiting=4) == 17


class TestBounds:
    def test_a_scheduled_minimum_lifts_the_target(self) -> None:
        pool = Minutes(minimum=2, desired=5)
        pool.scaling.bounds(minimum=20, source=ScalingSource.SCHEDULE)
        assert (pool.target, pool.source) == (20, ScalingSource.SCHEDULE)

    def test_a_lower_minimum_leaves_it(self) -> None:
        # As with AWS: who wants less capacity must lower the maximum too, or have a policy.
        pool = Minutes(minimum=20)
        pool.scaling.bounds(minimum=2, source=ScalingSource.SCHEDULE)
        assert (pool.scaling.minimum, pool.target) == (2, 20)

    def test_a_scheduled_maximum_lowers_it(self) -> None:
        pool = Minutes(minimum=2, desired=30)
        pool.scaling.bounds(maximum=10, source=ScalingSource.SCHEDULE)
        assert pool.target == 10

    def test_a_minimum_above_the_maximum_lifts_it(self) -> None:
        pool = Minutes(minimum=2, maximum=10)
        pool.scaling.bounds(minimum=15, source=ScalingSource.EDIT)
        assert (pool.scaling.minimum, pool.scaling.maximum, pool.target) == (15, 15, 15)

    def test_a_maximum_below_the_minimum_lowers_it(self) -> None:
        pool = Minutes(minimum=8, maximum=10)
        pool.scaling.bounds(maximum=5, source=ScalingSource.EDIT)
        assert (pool.scaling.minimum, pool.scaling.maximum, pool.target) == (5, 5, 5)

    @pytest.mark.parametrize(("minimum", "maximum"), [(20, 30), (1, 2), (5, 20)])
    def test_both_at_once_need_no_order(self, minimum: int, maximum: int) -> None:
        pool = Minutes(minimum=5, maximum=10)
        pool.scaling.bounds(minimum=minimum, maximum=maximum, source=ScalingSource.EDIT)
        assert (pool.scaling.minimum, pool.scaling.maximum) == (minimum, maximum)

    def test_an_edit_sets_the_target_inside_the_bounds(self) -> None:
        pool = Minutes(minimum=5, maximum=50)
        pool.scaling.bounds(desired=30, source=ScalingSource.EDIT)
        assert pool.target == 30
        pool.scaling.bounds(desired=80, source=ScalingSource.EDIT)
        assert pool.target == 50
        pool.scaling.bounds(desired=0, source=ScalingSource.EDIT)
        assert pool.target == 5

    def test_alarms_go_on_from_where_the_bounds_left_it(self) -> None:
        # Scheduled to 20 at 00:01; 18 / 20 = 90 %: 20 + 2 = 22.
        pool = Minutes([step(2)], desired=10)
        pool.scaling.bounds(minimum=20, source=ScalingSource.SCHEDULE)
        assert pool.minute(active=18) == 22
        assert pool.source == ScalingSource.STEP

    def test_opinions_outlive_the_bounds_that_clipped_them(self) -> None:
        answers = iter([40, None])
        pool = Minutes([OWN], functions={0: lambda _: next(answers)}, maximum=30)
        assert pool.minute(active=0) == 30
        pool.scaling.bounds(maximum=50, source=ScalingSource.EDIT)
        assert (pool.target, pool.source) == (40, ScalingSource.EDIT)
        assert (pool.minute(active=0), pool.source) == (40, ScalingSource.EDIT)

    def test_the_reactive_target_does_not(self) -> None:
        pool = Minutes(desired=40)
        pool.scaling.bounds(maximum=30, source=ScalingSource.EDIT)
        pool.scaling.bounds(maximum=50, source=ScalingSource.EDIT)
        assert pool.target == 30

    def test_a_clipped_wish_has_its_source(self) -> None:
        pool = Minutes([step(30)], desired=10, maximum=20)
        assert (pool.minute(active=10), pool.source) == (20, ScalingSource.STEP)


class TestWhatIsLookedAt:
    @pytest.mark.parametrize(
        ("scaling", "looks", "memory"),
        [
            ([], False, 1),
            ([{"schedule": {"cron": "0 8 * * *", "capacity": 5}}], False, 1),
            ([SPARE], False, 1),
            ([TRACKING], True, 15),
            ([{"target_tracking": {"utilization": "75 %", "in_periods": 2}}], True, 3),
            ([step(2, period="5 min", evaluation_periods=4)], True, 20),
            ([step(2, period="5 min", evaluation_periods=4), TRACKING, SPARE], True, 20),
        ],
    )
    def test_only_as_much_as_the_policies_need(
        self, scaling: list[Any], looks: bool, memory: int
    ) -> None:
        made = Scaling(pool_of(scaling))
        assert (made.looks, made.memory_minutes) == (looks, memory)

    def test_a_fixed_pool_keeps_its_capacity(self) -> None:
        assert Minutes(minimum=3, desired=7).minutes(30, active=7) == [7] * 30

    def test_before_anybody_moved_it_the_target_is_the_administrators(self) -> None:
        assert Minutes(desired=7).source == ScalingSource.EDIT
