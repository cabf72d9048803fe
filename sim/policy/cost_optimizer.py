"""AWS's Cost Optimizer as arithmetic: samples and the hours so far in, a decision out.

The optimizer knows no price. A limit in hours a month stands for the break-even of a bundle, and
every evening each desktop's hours are held against it: above the limit a desktop is to be AlwaysOn
at once, and one that stayed below becomes AutoStop on the last day of the month. The hours are its
own estimate, from samples of whether a user was connected; what the meter counts it never sees.

The rules are C1 to C9 of `docs/cost-optimizer.md`. Left out: when it looks and what it is shown,
which is `sim.model.optimizer`'s business.

Source: Cost Optimizer for Amazon WorkSpaces v2.8.7, 2026-03, `metrics_helper.py` and
`workspaces_helper.py`: rules, not code.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.record import RunningMode
from sim.record.cost_optimizer import Change, Termination
from sim.scenario.running_modes import CostOptimizer
from sim.units import HOUR, MINUTE, Millis

Samples = Sequence[tuple[int, int]]
"""Samples in order of time, equal ones in a row as one: (0 or 1, how many)."""

SAMPLE: Millis = 5 * MINUTE
"""Period of the samples; each is the maximum of `UserConnected` in it [ms]."""

ASSUMED_TIMEOUT: Millis = HOUR
"""AutoStop timeout that AlwaysOn desktops are judged by, a fixed mapping of the release [ms]."""

MAINTENANCE_HOURS = 1
"""Added to the hours at the end of a month, where maintenance is on."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the optimizer sees of a desktop when it looks."""

    samples: Samples
    """Since it last looked. What lies before, or was not sent, is not there."""
    window: Millis
    """Time since it last looked, or since the month began."""
    mode: RunningMode
    timeout: Millis
    """The desktop's AutoStop timeout."""
    limit: int | None
    """Limit of its bundle [h/month]; None: there is none."""
    tagged: bool = False
    """Whether it has the tag `Skip_Convert`."""
    unused: bool = False
    """Whether it was there on the first day of the check, and nobody has connected since."""


@dataclass(frozen=True, slots=True)
class Evening:
    """What holds for all desktops when the optimizer looks."""

    last_of_month: bool
    """Whether it is the last day of a UTC calendar month."""
    maintenance: bool
    """Whether the directory's maintenance mode is on."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What is to become of a desktop, as it is reported."""

    hours: int
    """Hours of the month, to be remembered."""
    change: Change
    new_mode: RunningMode
    terminated: Termination


def advise(rule: CostOptimizer, sight: Sight, hours: int, evening: Evening) -> Advice:
    """Decide about one desktop (C5 to C8).

    Args:
        rule: the settings.
        sight: what is seen of it.
        hours: hours of the month that are remembered; 0 at its first look in a month.
        evening: which day it is.
    """
    measured = month_hours(sight, hours)
    ends = evening.last_of_month or rule.test_end_of_month
    stops = sight.mode == RunningMode.AUTO_STOP
    maintained = ends and evening.maintenance and stops and measured > 0
    total = measured + MAINTENANCE_HOURS if maintained else measured
    if sight.tagged:
        return Advice(total, Change.SKIPPED, sight.mode, Termination.NO)
    unused = ends and sight.unused and not measured
    terminated = _termination(rule, evening) if unused else Termination.NO
    change, mode = _change(sight, total, ends=ends)
    return Advice(total, change, mode, terminated)


def month_hours(sight: Sight, hours: int) -> int:
    """Hours of the month: those before and those of the samples, whole ones only (C4).

    They grow by no more hours than have passed since it last looked.
    """
    timeout = sight.timeout if sight.mode == RunningMode.AUTO_STOP else ASSUMED_TIMEOUT
    found = session_hours(sight.samples, timeout // SAMPLE)
    seen = sum(found) * HOUR + len(found) * timeout
    return hours + min(seen // HOUR, sight.window // HOUR)


def session_hours(samples: Samples, zeros: int) -> list[int]:
    """Started hours of each session that the samples tell (C3).

    A session begins with a 1 and ends with its last 1 before `zeros` samples of 0 in a row. Samples
    follow one another by position: where none were sent, no time has passed.
    """
    found: list[int] = []
    length = quiet = 0  # of the session under way: samples to its last 1, and those of 0 since then
    for value, count in samples:
        if value:
            length += quiet + count
            quiet = 0
        elif length:
            quiet += count
            if quiet >= zeros:
                found.append(_started_hours(length))
                length = quiet = 0
    return [*found, _started_hours(length)] if length else found


def _started_hours(samples: int) -> int:
    return -(-samples * SAMPLE // HOUR)


def _termination(rule: CostOptimizer, evening: Evening) -> Termination:
    """What to do about a desktop that nobody used (C6)."""
    if rule.terminate_unused == "dry-run":
        return Termination.DRY_RUN
    acts = not rule.dry_run and evening.last_of_month
    return Termination.YES if rule.terminate_unused == "yes" and acts else Termination.NO


def _change(sight: Sight, hours: int, *, ends: bool) -> tuple[Change, RunningMode]:
    """The running mode that the hours ask for; equal to the limit is AutoStop (C7)."""
    if sight.limit is None:
        return Change.SKIPPED, sight.mode
    if sight.mode == RunningMode.AUTO_STOP and hours > sight.limit:
        return Change.TO_MONTHLY, RunningMode.ALWAYS_ON
    if sight.mode == RunningMode.ALWAYS_ON and ends and hours <= sight.limit:
        return Change.TO_HOURLY, RunningMode.AUTO_STOP
    return Change.NO_CHANGE, sight.mode
