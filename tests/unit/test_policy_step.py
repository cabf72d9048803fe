"""Step scaling: alarms, adjustments and cooldowns, with the arithmetic written out (P10, P11)."""

from typing import Any

import pytest

from sim.policy.step import percentage
from sim.record import ScalingSource
from tests.unit.policy_stories import Minutes

UTILIZATION = "UserSessionsCapacityUtilization"
AVAILABLE = "AvailableUserSessionCapacity"
ERRORS = "InsufficientCapacityError"


def step(
    *steps: dict[str, Any],
    metric: str = UTILIZATION,
    comparison: str = ">=",
    threshold: float = 75,
    **settings: Any,
) -> dict[str, Any]:
    """A policy whose alarm looks at each minute by itself, unless told otherwise."""
    alarm = {"metric": metric, "comparison": comparison, "threshold": threshold}
    return {"step": {"period": "1 min", **alarm, "steps": list(steps), **settings}}


class TestSteps:
    LADDER = step(
        {"lower": 0, "upper": 10, "add": 2},
        {"lower": 10, "add": 5},
        cooldown="0 s",
    )

    @pytest.mark.parametrize(
        ("active", "target"),
        [
            (14, 20),  # 14 / 20 = 70 %: below the threshold of 75 %, no breach
            (15, 22),  # 75 %: 0 above it, which the first step includes: 20 + 2
            (16, 22),  # 80 %: 5 above
            (17, 25),  # 85 %: 10 above, where the first step ends and the second begins: 20 + 5
            (20, 25),  # 100 %: 25 above
        ],
    )
    def test_the_step_is_that_of_the_distance_from_the_threshold(
        self, active: int, target: int
    ) -> None:
        assert Minutes([self.LADDER], desired=20).minute(active=active) == target

    @pytest.mark.parametrize(
        ("active", "target"),
        [
            (11, 20),  # 55 %: above the threshold of 50 %, no breach
            (10, 18),  # 50 %: 0 below it, which the first step includes: 20 - 2
            (9, 18),  # 45 %: 5 below
            (8, 15),  # 40 %: 10 below, where the first step ends and the second begins: 20 - 5
        ],
    )
    def test_below_a_threshold_the_upper_bound_belongs_to_the_step(
        self, active: int, target: int
    ) -> None:
        ladder = step(
            {"lower": -10, "upper": 0, "add": -2},
            {"upper": -10, "add": -5},
            comparison="<=",
            threshold=50,
        )
        assert Minutes([ladder], desired=20).minute(active=active) == target

    def test_a_distance_that_no_step_holds_changes_nothing(self) -> None:
        # 75 % is 0 above the threshold; the only step begins 5 above it.
        pool = Minutes([step({"lower": 5, "add": 2})], desired=20)
        assert pool.minute(active=15) == 20
        assert pool.minute(active=16) == 22

    def test_available_capacity_is_a_count(self) -> None:
        # 20 - 16 = 4 free, under the threshold of 5; 20 - 15 = 5 are not.
        policy = step({"add": 3}, metric=AVAILABLE, comparison="<", threshold=5)
        assert Minutes([policy], desired=20).minute(active=15) == 20
        assert Minutes([policy], desired=20).minute(active=16) == 23

    def test_an_exact_step_states_the_capacity(self) -> None:
        assert Minutes([step({"exact": 50})], desired=20).minute(active=15) == 50

    def test_what_is_asked_for_is_clipped_to_the_maximum(self) -> None:
        assert Minutes([step({"add": 5})], desired=20, maximum=22).minute(active=20) == 22

    def test_capacity_is_not_taken_below_the_minimum(self) -> None:
        idle = step({"add": -15}, comparison="<", threshold=25)
        assert Minutes([idle], minimum=8, desired=20).minute(active=0) == 8

    def test_an_instance_with_several_sessions_is_not_cut_in_two(self) -> None:
        # 12 + 2 = 14 sessions need 4 instances of 4. The next step starts from 14, not from 16.
        pool = Minutes([step({"add": 2}, cooldown="0 s")], desired=12, sessions_per_instance=4)
        assert pool.minute(active=12) == 16
        assert pool.minute(active=16) == 16  # 14 + 2 = 16
        assert pool.minute(active=16) == 20  # 16 + 2 = 18


class TestPercent:
    # Application Auto Scaling User Guide, "Step scaling policies", scaling adjustment types.
    @pytest.mark.parametrize(
        ("percent", "capacity", "change"),
        [
            (10, 127, 12),  # 12.7
            (-10, 67, -6),  # -6.7
            (10, 6, 1),  # 0.6: at least 1
            (-10, 5, -1),  # -0.5: at least 1
            (29, 100, 29),  # 0.29 * 100 is a little less than 29 in floating point
            (18.4, 375, 69),  # so is 18.4 * 375 less than 6900
            (0, 50, 0),
        ],
    )
    def test_it_is_rounded_toward_zero_but_not_to_it(
        self, percent: float, capacity: int, change: int
    ) -> None:
        assert percentage(percent, capacity) == change

    def test_the_minimum_adjustment_is_the_least_change(self) -> None:
        # 10 % of 20 are 2; at least 4 are added. 30 % of 20 are 6.
        small = step({"percent": 10}, minimum_adjustment=4)
        large = step({"percent": 30}, minimum_adjustment=4)
        assert Minutes([small], desired=20).minute(active=20) == 24
        assert Minutes([large], desired=20).minute(active=20) == 26

    def test_the_minimum_adjustment_is_the_least_that_is_taken_away_too(self) -> None:
        policy = step({"percent": -10}, comparison="<", threshold=25, minimum_adjustment=4)
        assert Minutes([policy], desired=20).minute(active=0) == 16

    def test_it_does_not_change_steps_in_sessions(self) -> None:
        ladder = step({"upper": 20, "add": 1}, {"lower": 20, "percent": 5}, minimum_adjustment=4)
        assert Minutes([ladder], desired=20).minute(active=16) == 21
        assert Minutes([ladder], desired=20).minute(active=20) == 24


class TestCooldown:
    def test_it_swallows_an_alarm(self) -> None:
        # 00:01: 10 + 2 = 12. Until 00:06 the same step asks for 10 + 2 = 12 again, which is no
        # more than there is. At 00:06 the cooldown is over: 12 + 2 = 14.
        pool = Minutes([step({"add": 2}, cooldown="5 min")], desired=10)
        assert pool.minutes(6, active=10) == [12, 12, 12, 12, 12, 14]

    def test_a_larger_step_adds_only_what_is_missing(self) -> None:
        # 75 % of 10: +2 = 12. Then 100 %: 10 + 3 = 13, one more than asked for already.
        ladder = step({"upper": 20, "add": 2}, {"lower": 20, "add": 3}, cooldown="5 min")
        pool = Minutes([ladder], desired=10)
        assert pool.minute(active=8) == 12
        assert pool.minute(active=12) == 13

    def test_a_larger_step_begins_a_new_cooldown_from_the_same_base(self) -> None:
        # 00:01 +2 = 12; 00:02 10 + 3 = 13, cooldown until 00:07. 00:06 would have been the end of
        # the first: 10 + 3 = 13 is no more. 00:07: 13 + 3 = 16.
        ladder = step({"upper": 20, "add": 2}, {"lower": 20, "add": 3}, cooldown="5 min")
        pool = Minutes([ladder], desired=10)
        pool.minute(active=8)
        assert pool.minutes(6, active=13, actual=13) == [13, 13, 13, 13, 13, 16]

    def test_per_cent_within_it_are_of_the_base(self) -> None:
        # 20 % of 10 are 2: 12. Within the cooldown 50 % of the base 10 are 5: 15, not 18.
        ladder = step({"upper": 20, "percent": 20}, {"lower": 20, "percent": 50}, cooldown="5 min")
        pool = Minutes([ladder], desired=10)
        assert pool.minute(active=8) == 12
        assert pool.minute(active=12) == 15

    def test_a_scale_in_waits_for_the_end_of_its_cooldown(self) -> None:
        # 00:01: 10 - 1 = 9. Nothing until 00:06: 8.
        policy = step({"add": -1}, comparison="<", threshold=25, cooldown="5 min")
        pool = Minutes([policy], desired=10)
        assert pool.minutes(6, active=0) == [9, 9, 9, 9, 9, 8]

    def test_a_scale_out_ends_the_cooldown_of_a_scale_in(self) -> None:
        out = step({"add": 2}, cooldown="1 min")
        into = step({"add": -1}, comparison="<", threshold=25, cooldown="5 min")
        pool = Minutes([out, into], desired=10)
        assert pool.minute(active=0) == 9  # in: cooldown until 00:06
        assert pool.minute(active=0) == 9
        assert pool.minute(active=9) == 11  # out by another policy
        assert pool.minute(active=0) == 10  # in again, at 00:04

    def test_it_does_not_hinder_the_other_direction(self) -> None:
        # 00:01 out to 12, cooldown until 00:06; 00:02 the other policy takes one away.
        out = step({"add": 2}, cooldown="5 min")
        into = step({"add": -1}, comparison="<", threshold=25, cooldown="5 min")
        pool = Minutes([out, into], desired=10)
        assert pool.minute(active=10) == 12
        assert pool.minute(active=0) == 11
        # Within its cooldown the scale-out still starts from 10: 10 + 2 = 12, more than 11.
        assert pool.minute(active=11) == 12

    def test_what_the_bounds_forbid_begins_none(self) -> None:
        # At the maximum nothing is changed at 00:01, so nothing keeps 00:02 from being the first.
        pool = Minutes([step({"add": 2}, cooldown="5 min")], desired=10, maximum=10)
        assert pool.minute(active=10) == 10
        pool.scaling.bounds(maximum=20, source=ScalingSource.EDIT)
        assert pool.minute(active=10) == 12
        assert pool.minute(active=12) == 12


class TestAlarms:
    def test_periods_of_five_minutes_are_looked_at_every_five_minutes(self) -> None:
        # All of 00:00-00:10 breaches: evaluated at 00:05 and 00:10 only.
        pool = Minutes([step({"add": 2}, period="5 min", cooldown="0 s")], desired=10)
        assert pool.minutes(10, active=12, actual=12) == [10] * 4 + [12] * 5 + [14]

    def test_periods_count_from_midnight(self) -> None:
        # The run is seen from 00:03 on: at 00:05 there are two minutes, too few for an evaluation;
        # the first is at 00:10.
        pool = Minutes([step({"add": 2}, period="5 min", cooldown="0 s")], desired=10)
        pool.now = 3
        assert pool.minutes(7, active=12, actual=12) == [10] * 6 + [12]

    def test_every_period_must_breach(self) -> None:
        # Two periods of 2 min: the averages are 80, 70 (00:04: no), 80 (00:06: no), 80 (00:08).
        pool = Minutes(
            [step({"add": 2}, period="2 min", evaluation_periods=2, cooldown="0 s")], desired=10
        )
        seen = [8, 8, 7, 7, 8, 8, 8, 8]
        assert [pool.minute(active=one) for one in seen] == [10] * 7 + [12]

    def test_while_in_breach_it_acts_at_each_evaluation(self) -> None:
        pool = Minutes(
            [step({"add": 2}, period="2 min", evaluation_periods=2, cooldown="0 s")], desired=10
        )
        targets = pool.minutes(8, active=10, actual=10)
        assert targets == [10, 10, 10, 12, 12, 14, 14, 16]

    def test_the_distance_is_that_of_the_last_period(self) -> None:
        # 100 % is 25 above 75 %, then 80 % is 5 above.
        ladder = step(
            {"upper": 20, "add": 2}, {"lower": 20, "add": 9}, evaluation_periods=2, cooldown="0 s"
        )
        pool = Minutes([ladder], desired=10)
        assert [pool.minute(active=10), pool.minute(active=8)] == [10, 12]

    @pytest.mark.parametrize(
        ("statistic", "target"),
        # Utilisations 90, 60, 90: average 80, least 60, greatest 90; the threshold is 75.
        [(None, 12), ("average", 12), ("minimum", 10), ("maximum", 12)],
    )
    def test_the_minutes_of_a_period_become_one_value(
        self, statistic: str | None, target: int
    ) -> None:
        pool = Minutes([step({"add": 2}, period="3 min", statistic=statistic)], desired=10)
        assert [pool.minute(active=one) for one in (9, 6, 9)][-1] == target

    def test_insufficient_capacity_errors_are_summed(self) -> None:
        # 1 + 0 + 2 + 0 + 2 = 5 refusals in five minutes, and 4 in the next five.
        policy = step({"add": 2}, metric=ERRORS, threshold=5, period="5 min", cooldown="0 s")
        pool = Minutes([policy], desired=10)
        seen = [1, 0, 2, 0, 2, 1, 1, 1, 1, 0]
        targets = [pool.minute(active=10, refused=one) for one in seen]
        assert targets == [10] * 4 + [12] * 6

    def test_a_minute_without_instances_is_left_out_of_its_period(self) -> None:
        # 00:01 has no instance; the average of 00:02 and 00:03 is (80 + 90) / 2 = 85.
        pool = Minutes([step({"lower": 10, "add": 2}, period="3 min")], desired=10)
        pool.minute(active=0, actual=0)
        pool.minute(active=8)
        assert pool.minute(active=9) == 12

    @pytest.mark.parametrize("comparison", [">=", "<="])
    def test_a_period_without_instances_does_not_breach(self, comparison: str) -> None:
        policy = step({"add": 2}, comparison=comparison, threshold=0)
        assert Minutes([policy], desired=10).minute(active=0, actual=0) == 10

    def test_without_instances_none_is_available_and_that_is_known(self) -> None:
        policy = step({"add": 2}, metric=AVAILABLE, comparison="<=", threshold=0)
        assert Minutes([policy]).minute(active=0, actual=0) == 2

    @pytest.mark.parametrize(
        ("comparison", "breaches"),
        [
            (">=", [False, True, True]),
            (">", [False, False, True]),
            ("<=", [True, True, False]),
            ("<", [True, False, False]),
        ],
    )
    def test_comparisons(self, comparison: str, breaches: list[bool]) -> None:
        policy = step({"add": 2}, comparison=comparison, threshold=50)
        targets = [Minutes([policy], desired=10).minute(active=one) for one in (4, 5, 6)]
        assert targets == [12 if breach else 10 for breach in breaches]
