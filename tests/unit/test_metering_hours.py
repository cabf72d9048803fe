"""Steps of runs and the time that they make a span owe, to the millisecond."""

from typing import cast

import numpy as np
import pytest

from sim.metering.hours import Rounding, Spans, billable_steps, billed_time, from_begin
from sim.record import RUNS, RunKind, Table
from sim.units import HOUR, MINUTE

READINGS = [("per_run", HOUR), ("clock_hour", HOUR), ("continuous", 1)]
Run = tuple[int, float, float] | tuple[int, float, float, RunKind]


def table(*runs: Run) -> Table:
    """Runs as (desktop, begin [h], end [h]) and, unless for a logon, why."""
    return Table.of(
        RUNS,
        desktop=[run[0] for run in runs],
        begin=[round(run[1] * HOUR) for run in runs],
        end=[round(run[2] * HOUR) for run in runs],
        kind=[run[3] if len(run) > 3 else RunKind.LOGON for run in runs],
    )


def spans(*edges: tuple[int, float, float]) -> Spans:
    return Spans(
        *(
            np.array([round(edge[i] * (HOUR if i else 1)) for edge in edges], np.int64)
            for i in range(3)
        )
    )


def hours(
    runs: Table, billed: Spans, rounding: str, clock: int = 0
) -> tuple[list[float], list[float]]:
    """Billed hours of each span, for logons and for maintenance."""
    steps = billable_steps(runs, cast(Rounding, rounding), clock)
    logons, maintenance = steps[RunKind.LOGON], steps[RunKind.MAINTENANCE]
    return (
        (billed_time(logons, billed) / HOUR).tolist(),
        (billed_time(maintenance, billed) / HOUR).tolist(),
    )


DAY_OF_ONE = spans((0, 0, 24))


@pytest.mark.parametrize(
    ("end", "expected"),
    [(10 * HOUR, 1), (10 * HOUR + 1, 2), (11 * HOUR, 2), (9 * HOUR + 1, 1)],
)
def test_a_run_owes_an_hour_more_from_its_first_millisecond_on(end: int, expected: int) -> None:
    """From 09:00: to 10:00 one hour, a millisecond longer two. Float hours go wrong just here."""
    runs = table((0, 9, end / HOUR))
    assert hours(runs, DAY_OF_ONE, "per_run")[0] == [expected]


@pytest.mark.parametrize(("rounding", "_length"), READINGS)
def test_a_run_of_no_length_owes_nothing(rounding: str, _length: int) -> None:
    assert hours(table((0, 9, 9)), DAY_OF_ONE, rounding) == ([0.0], [0.0])


@pytest.mark.parametrize(("rounding", "_length"), READINGS)
def test_no_runs_and_no_spans(rounding: str, _length: int) -> None:
    assert hours(table(), DAY_OF_ONE, rounding) == ([0.0], [0.0])
    assert hours(table((0, 9, 10)), spans(), rounding) == ([], [])


def test_a_step_belongs_to_the_span_in_which_it_begins() -> None:
    """A run from 00:30 to 04:00 has hours at 0.5, 1.5, 2.5 and 3.5; spans meet at 2.5, to which the
    third belongs, being half-open."""
    runs = table((0, 0.5, 4))
    assert hours(runs, spans((0, 0, 2.5), (0, 2.5, 5)), "per_run")[0] == [2, 2]
    assert hours(runs, spans((0, 0, 2.25), (0, 2.25, 5)), "per_run")[0] == [2, 2]
    assert hours(runs, spans((0, 0, 2.75), (0, 2.75, 5)), "per_run")[0] == [3, 1]


def test_what_begins_outside_every_span_is_not_billed() -> None:
    """Hours of a run at -1.5, -0.5, 0.5, 1.5, 2.5: the spans [0, 1) and [2, 3) have one each."""
    runs = table((0, -1.5, 3.5))
    assert hours(runs, spans((0, 0, 1), (0, 2, 3)), "per_run")[0] == [1, 1]
    assert hours(runs, spans((0, 0, 1), (0, 2, 3)), "continuous")[0] == [1, 1]


def test_a_run_over_many_spans_and_an_empty_one() -> None:
    runs = table((0, 0, 10))
    many = spans((0, 0, 3), (0, 3, 3), (0, 3, 4), (0, 4, 8))
    assert hours(runs, many, "per_run")[0] == [3, 0, 1, 4]


def test_a_span_may_owe_a_least_time_in_whole_steps() -> None:
    """At least 90 minutes in steps of an hour: an hour owes 2, three hours 3, and nothing nothing.
    The second hour of the first begins after its own end, inside what is billed."""
    begin, end = np.array([9, 9, 9], np.int64), np.array([10, 12, 9], np.int64)
    steps = from_begin(np.arange(3), begin * HOUR, end * HOUR, HOUR, 90 * MINUTE)
    billed = spans((0, 0, 24), (1, 0, 24), (2, 0, 24))
    assert steps.count.tolist() == [2, 3, 0]
    assert (billed_time(steps, billed) // HOUR).tolist() == [2, 3, 0]
    assert (billed_time(steps, spans((0, 0, 10))) // HOUR).tolist() == [1]


def test_desktops_do_not_pay_for_each_other() -> None:
    """Desktop 1 is on when only desktops 0 and 2 are billed by the hour."""
    runs = table((1, 5, 9), (2, 20, 22), (0, 1, 2))
    assert hours(runs, spans((0, 0, 24), (2, 0, 24)), "per_run")[0] == [1, 2]


def test_the_order_of_runs_does_not_matter() -> None:
    runs = table((1, 5, 6.1), (0, 7.5, 8.2), (1, 1, 2), (0, 7, 7.2), (0, 8.3, 9))
    billed = spans((0, 0, 24), (1, 0, 24))
    backwards = runs.take(np.arange(len(runs))[::-1])
    for rounding, _ in READINGS:
        assert hours(runs, billed, rounding) == hours(backwards, billed, rounding)
    assert hours(runs, billed, "clock_hour")[0] == [2, 3]


def test_a_clock_hour_is_billed_once_however_many_runs_touch_it() -> None:
    """Four runs within 9 o'clock, and one that reaches from it into 11 o'clock."""
    runs = table((0, 9, 9.1), (0, 9.2, 9.3), (0, 9.4, 9.5), (0, 9.6, 9.7), (0, 9.8, 11.1))
    assert hours(runs, DAY_OF_ONE, "clock_hour")[0] == [3]


def test_a_run_to_the_full_hour_does_not_touch_the_next() -> None:
    assert hours(table((0, 9, 10)), DAY_OF_ONE, "clock_hour")[0] == [1]
    assert hours(table((0, 9.5, 10.5)), DAY_OF_ONE, "clock_hour")[0] == [2]


def test_even_a_run_inside_another_adds_no_clock_hour() -> None:
    runs = table((0, 8, 14), (0, 9, 10), (0, 13.5, 14.5), (1, 9, 9.5))
    assert hours(runs, spans((0, 0, 24), (1, 0, 24)), "clock_hour")[0] == [7, 1]


def test_clock_hours_are_those_of_utc() -> None:
    """The scenario starts at 09:40, so 10 o'clock comes 20 minutes later: a run over minutes 10 to
    30 touches 9 o'clock, which began before the measured time, and 10 o'clock."""
    runs = table((0, 10 / 60, 30 / 60))
    assert hours(runs, DAY_OF_ONE, "clock_hour", clock=40 * MINUTE)[0] == [1]
    assert hours(runs, spans((0, -1, 24)), "clock_hour", clock=40 * MINUTE)[0] == [2]


@pytest.mark.parametrize(
    ("rounding", "logons", "maintenance"),
    [("per_run", 3, 1), ("clock_hour", 3, 1), ("continuous", 2.5, 1)],
)
def test_maintenance_is_counted_apart(rounding: str, logons: float, maintenance: float) -> None:
    """Maintained from 02:30 to 03:30, on from 03:30 to 06:00. By the clock the logon has 3, 4 and 5
    o'clock, which leaves 2 o'clock."""
    runs = table((0, 2.5, 3.5, RunKind.MAINTENANCE), (0, 3.5, 6))
    assert hours(runs, DAY_OF_ONE, rounding) == ([logons], [maintenance])


def test_long_maintenance_between_logons() -> None:
    """Maintained from 01:00 to 05:00; logons have 1 o'clock before it and 4 o'clock after."""
    runs = table((0, 0.5, 1, RunKind.LOGON), (0, 1, 5, RunKind.MAINTENANCE), (0, 5, 5.5))
    assert hours(runs, DAY_OF_ONE, "clock_hour") == ([2], [4])
    runs = table((0, 0.5, 1.1), (0, 1.2, 4.2, RunKind.MAINTENANCE), (0, 4.3, 5))
    assert hours(runs, DAY_OF_ONE, "clock_hour") == ([3], [2])


def test_maintenance_of_one_desktop_is_not_paid_by_the_logon_of_another() -> None:
    runs = table((0, 2, 3, RunKind.MAINTENANCE), (1, 2, 3), (2, 2, 3, RunKind.MAINTENANCE))
    billed = spans((0, 0, 24), (1, 0, 24), (2, 0, 24))
    assert hours(runs, billed, "clock_hour") == ([0, 1, 0], [1, 0, 1])
