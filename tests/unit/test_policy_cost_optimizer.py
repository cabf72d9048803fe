"""The Cost Optimizer as arithmetic: rules C3 to C8 of docs/cost-optimizer.md, in numbers.

Samples are told as a line of words: `12x1 3x0` are twelve samples of 1 and three of 0.
"""

from typing import Any

import pytest

from sim.policy.cost_optimizer import (
    SAMPLE,
    Advice,
    Evening,
    Samples,
    Sight,
    advise,
    month_hours,
    session_hours,
)
from sim.record import RunningMode
from sim.record.cost_optimizer import Change, Termination
from sim.scenario.running_modes import CostOptimizer
from sim.units import DAY, HOUR, MINUTE

ON, STOP = RunningMode.ALWAYS_ON, RunningMode.AUTO_STOP
LIMIT = 85


def told(line: str) -> Samples:
    """`12x1 3x0` as samples."""
    pairs = (word.split("x") for word in line.split())
    return [(int(value), int(count)) for count, value in pairs]


def at_places(ones: list[int], total: int) -> Samples:
    """One sample after another, 1 at these places."""
    return [(int(place in ones), 1) for place in range(total)]


def sight(line: str = "", **settings: Any) -> Sight:
    """What is seen of a Standard AutoStop desktop in a day, unless told otherwise."""
    usual = {"window": DAY, "mode": STOP, "timeout": HOUR, "limit": LIMIT}
    return Sight(samples=told(line), **{**usual, **settings})


def decide(
    seen: Sight, hours: int = 0, *, last: bool = False, maintenance: bool = False, **rule: Any
) -> Advice:
    """The decision about a desktop with so many hours before the day."""
    settings = CostOptimizer.model_validate(rule)
    return advise(settings, seen, hours, Evening(last_of_month=last, maintenance=maintenance))


# --- sessions: C3

RELEASED = [
    ([0, 1, 4], 26, 1, [1]),
    ([0, 1, 4, 25], 26, 1, [1, 1]),
    ([0], 1, 1, [1]),
    ([], 1, 1, []),
    ([1], 2, 1, [1]),
    ([1, 14], 16, 1, [1, 1]),
    ([1, 13, 15], 16, 1, [2]),
    (list(range(40)), 40, 1, [4]),
    ([0, 11, 14, 28, 47, 48, 49, 50, 51, 65, 75], 76, 2, [7]),
    ([0, 17], 18, 2, [2]),
    ([0, 28], 29, 2, [1, 1]),
    ([0, 13, 28], 29, 2, [3]),
    ([0, 13, 28, 58], 60, 2, [3, 1]),
    ([13, 28, 58], 60, 2, [2, 1]),
    ([13, 28, 58], 60, 5, [4]),
    ([0], 57, 5, [1]),
    ([0, 56], 57, 5, [5]),
    ([0, 72], 73, 5, [1, 1]),
    ([0, 43], 44, 1, [1, 1]),
    ([0, 3, 5, 7, 9, 43], 44, 1, [1, 1]),
    ([0, 3, 5, 7, 9, 21, 33, 43], 44, 1, [4]),
    ([0, 3, 5, 7, 9, 21, 43], 44, 1, [2, 1]),
]
"""Places of the samples of 1, number of samples, timeout [h], hours of the sessions. Source: the
release's own `test_metrics_helper.py`, test_get_user_sessions (1 to 32)."""


@pytest.mark.parametrize(("ones", "total", "timeout", "hours"), RELEASED)
def test_sessions_are_those_of_the_release(
    ones: list[int], total: int, timeout: int, hours: list[int]
) -> None:
    assert session_hours(at_places(ones, total), timeout * HOUR // SAMPLE) == hours


@pytest.mark.parametrize(
    ("line", "hours"),
    [
        ("12x1", [1]),  # 60 minutes
        ("13x1", [2]),  # 65 minutes: two started hours
        ("1x1 11x0 1x1", [2]),  # a gap of 55 minutes is inside: 13 samples
        ("1x1 12x0 1x1", [1, 1]),  # an hour without anybody closes the session
        ("1x1 11x0", [1]),  # open at the end of the window: closed there, without the idle time
        ("6x1 5x0 6x1 6x0 1x1 12x0", [2]),  # each 1 begins the count of zeros anew: 24 samples
        ("288x0", []),
        ("", []),
    ],
)
def test_a_session_ends_with_an_hour_of_zeros(line: str, hours: list[int]) -> None:
    assert session_hours(told(line), 12) == hours


def test_samples_that_were_not_sent_are_no_time() -> None:
    """An hour, 10 minutes on, three hours stopped, an hour: one session of 26 samples."""
    assert session_hours(told("12x1 2x0 12x1"), 12) == [3]
    # Had the stopped desktop sent zeros, there would have been two.
    assert session_hours(told("12x1 2x0 36x0 12x1"), 12) == [1, 1]


def test_a_client_that_drops_every_five_minutes_is_one_session() -> None:
    """Ten hours of 5 minutes in, 5 minutes out: 119 samples to the last 1, and not 60 sessions."""
    flapping = told("1x1 1x0 " * 60)
    assert session_hours(flapping, 12) == [10]
    assert month_hours(sight("1x1 1x0 " * 60), 0) == 10 + 1


# --- hours of the month: C4


@pytest.mark.parametrize(
    ("line", "timeout", "before", "hours"),
    [
        ("12x1", 1, 0, 2),  # one session of 1 h and the timeout
        ("12x1", 1, 20, 22),
        ("12x1 24x0 24x1", 2, 0, 7),  # 1 + 2 and 2 + 2
        ("12x1 24x0 24x1", 2, 20, 27),
        ("", 1, 20, 20),
    ],
)
def test_each_session_gets_its_timeout(line: str, timeout: int, before: int, hours: int) -> None:
    """Source: the release's own test_get_user_connected_hours."""
    assert month_hours(sight(line, timeout=timeout * HOUR), before) == hours


def test_always_on_is_judged_by_a_timeout_of_an_hour_whatever_its_own() -> None:
    """Two sessions of an hour, two hours apart: 1 + 1 + 1 + 1; with its own 4 h one, 4 + 4."""
    line = "12x1 24x0 12x1"
    assert month_hours(sight(line, mode=ON, timeout=4 * HOUR), 0) == 4
    assert month_hours(sight(line, mode=STOP, timeout=4 * HOUR), 0) == 8


def test_a_part_of_an_hour_is_cut_off_each_day() -> None:
    """With a timeout of 90 min a session of 1 h is 2.5 h, kept as 2: two days are 4, not 5."""
    once = sight("12x1", timeout=90 * MINUTE)
    first = month_hours(once, 0)
    assert (first, month_hours(once, first)) == (2, 4)
    # Cut off once a day, not once a session: two sessions are 1 + 1.5 + 1 + 1.5 = 5.
    assert month_hours(sight("12x1 18x0 12x1", timeout=90 * MINUTE), 0) == 5


def test_the_hours_grow_by_no_more_than_have_passed() -> None:
    """Eight sessions of 5 minutes, each with two hours of timeout: 24 h seen in 22 that passed."""
    line = "1x1 24x0 " * 8
    assert sum(session_hours(told(line), 24)) == 8
    assert month_hours(sight(line, timeout=2 * HOUR, window=22 * HOUR), 30) == 30 + 22
    # The window counts in whole hours.
    assert month_hours(sight(line, timeout=2 * HOUR, window=22 * HOUR + 59 * MINUTE), 30) == 52


def test_there_is_no_other_cap() -> None:
    """A month may come to more hours than it has had, if each day alone does not."""
    assert month_hours(sight("288x1"), 700) == 700 + 24


# --- the hour of maintenance: C5


@pytest.mark.parametrize(
    ("changed", "hours"),
    [
        ({}, 41),
        ({"maintenance": False}, 40),  # the directory's maintenance mode is off
        ({"last": False}, 40),
        ({"last": False, "test_end_of_month": True}, 41),
        ({"mode": ON}, 40),
        ({"hours": 0}, 0),  # nobody used it
        ({"tagged": True}, 41),
    ],
)
def test_an_hour_of_maintenance_on_the_last_day(changed: dict[str, Any], hours: int) -> None:
    told_ = {"mode": STOP, "tagged": False, "hours": 40, "last": True, "maintenance": True}
    asked = {**told_, **changed}
    seen = sight(mode=asked.pop("mode"), tagged=asked.pop("tagged"))
    assert decide(seen, asked.pop("hours"), **asked).hours == hours


def test_with_every_day_the_last_the_hour_is_added_every_day() -> None:
    """The hours remembered already hold those of the days before."""
    hours = 40
    for _ in range(3):
        hours = decide(sight(), hours, maintenance=True, test_end_of_month=True).hours
    assert hours == 43


def test_the_hour_of_maintenance_may_tip_the_scales() -> None:
    """85 hours are not above the limit, 86 are."""
    assert decide(sight(), 85, last=True).change == Change.NO_CHANGE
    assert decide(sight(), 85, last=True, maintenance=True).change == Change.TO_MONTHLY


# --- the running mode: C7, C8

LAST = {"last": True}
DECISIONS: list[tuple[RunningMode, int, dict[str, Any], Change, RunningMode]] = [
    (STOP, 85, {}, Change.NO_CHANGE, STOP),  # equal to the limit prefers AutoStop
    (STOP, 86, {}, Change.TO_MONTHLY, ON),  # any day
    (STOP, 86, LAST, Change.TO_MONTHLY, ON),
    (STOP, 0, LAST, Change.NO_CHANGE, STOP),
    (ON, 0, {}, Change.NO_CHANGE, ON),  # back only on the last day
    (ON, 85, {}, Change.NO_CHANGE, ON),
    (ON, 85, LAST, Change.TO_HOURLY, STOP),  # equal to the limit prefers AutoStop
    (ON, 86, LAST, Change.NO_CHANGE, ON),
    (ON, 0, LAST, Change.TO_HOURLY, STOP),
    (ON, 85, {"test_end_of_month": True}, Change.TO_HOURLY, STOP),
    (STOP, 86, {"limits": "guide"}, Change.TO_MONTHLY, ON),
    (STOP, 86, {"dry_run": True}, Change.TO_MONTHLY, ON),  # the same report
    (ON, 0, {**LAST, "dry_run": True}, Change.TO_HOURLY, STOP),
]


@pytest.mark.parametrize(("mode", "hours", "how", "change", "new_mode"), DECISIONS)
def test_the_running_mode(
    mode: RunningMode, hours: int, how: dict[str, Any], change: Change, new_mode: RunningMode
) -> None:
    advice = decide(sight(mode=mode), hours, **how)
    assert (advice.hours, advice.change, advice.new_mode) == (hours, change, new_mode)


def test_the_hours_of_the_day_count_on_the_day() -> None:
    """80 hours before it, and 5 + 1 on it: 86."""
    advice = decide(sight("60x1"), 80)
    assert (advice.hours, advice.change) == (86, Change.TO_MONTHLY)


@pytest.mark.parametrize("mode", [ON, STOP])
def test_a_bundle_without_a_limit_is_skipped(mode: RunningMode) -> None:
    advice = decide(sight("288x1", mode=mode, limit=None), 700, last=True)
    assert (advice.hours, advice.change, advice.new_mode) == (724, Change.SKIPPED, mode)


def test_a_limit_of_zero_is_a_limit() -> None:
    """One hour is above it."""
    assert decide(sight(limit=0), 0).change == Change.NO_CHANGE
    assert decide(sight(limit=0), 1).change == Change.TO_MONTHLY


@pytest.mark.parametrize(("mode", "hours"), [(STOP, 700), (ON, 0)])
def test_the_tag_comes_before_everything(mode: RunningMode, hours: int) -> None:
    seen = sight(mode=mode, tagged=True, unused=True)
    advice = decide(seen, hours, last=True, terminate_unused="yes")
    assert advice == Advice(hours, Change.SKIPPED, mode, Termination.NO)


# --- desktops that nobody used: C6


@pytest.mark.parametrize(
    ("seen", "how", "terminated"),
    [
        ({}, {}, Termination.YES),
        ({}, {"terminate_unused": "no"}, Termination.NO),
        ({}, {"terminate_unused": "dry-run"}, Termination.DRY_RUN),
        ({}, {"dry_run": True}, Termination.NO),  # nor is it reported
        ({}, {"dry_run": True, "terminate_unused": "dry-run"}, Termination.DRY_RUN),
        ({}, {"last": False}, Termination.NO),
        # Every day the last one: enough to report, not to delete.
        ({}, {"last": False, "test_end_of_month": True}, Termination.NO),
        (
            {},
            {"last": False, "test_end_of_month": True, "terminate_unused": "dry-run"},
            Termination.DRY_RUN,
        ),
        ({"unused": False}, {}, Termination.NO),
        ({"line": "1x1"}, {}, Termination.NO),
        ({"limit": None}, {}, Termination.YES),
        ({"mode": ON}, {}, Termination.YES),
    ],
)
def test_termination(seen: dict[str, Any], how: dict[str, Any], terminated: Termination) -> None:
    asked = {"terminate_unused": "yes", **LAST, **how}
    assert decide(sight(**{"unused": True, **seen}), **asked).terminated == terminated


def test_hours_of_the_month_keep_a_desktop() -> None:
    """Whoever was seen on some day has used it, even if nobody has connected since the first."""
    assert decide(sight(unused=True), 2, **LAST, terminate_unused="yes").terminated == (
        Termination.NO
    )


def test_the_hour_of_maintenance_is_no_use() -> None:
    """Zero hours get none, and are zero when termination is decided."""
    advice = decide(sight(unused=True), maintenance=True, **LAST, terminate_unused="yes")
    assert (advice.hours, advice.terminated) == (0, Termination.YES)


def test_a_desktop_to_be_deleted_is_still_held_against_its_limit() -> None:
    """The release asks for both, one after the other."""
    advice = decide(sight(mode=ON, unused=True), **LAST, terminate_unused="yes")
    assert advice == Advice(0, Change.TO_HOURLY, STOP, Termination.YES)
