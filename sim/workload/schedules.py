"""When capacity changes by the clock: scheduled actions, edits, and the phases of ramp plans.

A cron expression is read by the clock of its time zone, and this is where that clock meets the
millisecond axis. When clocks change, an action is due as cron runs it (Debian's cron, and CronSim):

- An expression with a fixed minute and hour, `30 2 * * *`, is due once a day. If the clock skips
  that time, it is due at the end of the gap: at the instant at which the clock jumps from 02:00 to
  03:00. If the time comes twice, it is due the first time.
- An expression whose minute or hour begins with `*`, `*/20 * * * *`, follows real time: what the
  clock skips is not due, and what comes twice is due twice.

For Application Auto Scaling no rule about these two hours was found (User Guide, "Schedule
recurring scaling actions", 2026), so cron's is an assumption.

Phases of a ramp plan begin at local times of day, which are read as those of shifts are (see
`sim.workload.calendars`); a phase never begins before the one before it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from zoneinfo import ZoneInfo

from cronsim import CronSim

from sim.record import ScalingSource
from sim.scenario.pools import Pool
from sim.scenario.scaling import CapacityEdit, LaterPhase, Phase, RampPlan, ScheduledAction
from sim.scenario.schema import Scenario
from sim.units import Millis
from sim.workload.calendars import WEEKDAYS, local_days


@dataclass(frozen=True)
class CapacityChange:
    """New bounds of a pool's capacity [user sessions]; None leaves one as it is."""

    at: Millis
    minimum: int | None
    maximum: int | None
    desired: int | None
    """The target itself."""
    source: ScalingSource


def capacity_changes(scenario: Scenario, pool_name: str) -> list[CapacityChange]:
    """What edits and scheduled actions change inside the run.

    In order of instant; at one instant edits first, and otherwise in the order of the file. An edit
    comes `edit_delay` after it is asked for.
    """
    pool = scenario.pools[pool_name]
    changes = [*_edits(scenario, pool), *_actions(scenario, pool)]
    inside = [change for change in changes if scenario.begin <= change.at < scenario.end]
    return sorted(inside, key=lambda change: change.at)


def _edits(scenario: Scenario, pool: Pool) -> Iterator[CapacityChange]:
    for edit in pool.edits:
        yield _edited(edit, scenario.calendar.millis(edit.at) + pool.edit_delay)


def _edited(edit: CapacityEdit, at: Millis) -> CapacityChange:
    return CapacityChange(at, edit.minimum, edit.maximum, edit.desired, ScalingSource.EDIT)


def _actions(scenario: Scenario, pool: Pool) -> Iterator[CapacityChange]:
    for action in pool.scaling:
        if isinstance(action, ScheduledAction):
            both = action.capacity is not None
            minimum = action.capacity if both else action.minimum
            maximum = action.capacity if both else action.maximum
            for at in _due(scenario, action):
                yield CapacityChange(at, minimum, maximum, None, ScalingSource.SCHEDULE)


def _due(scenario: Scenario, action: ScheduledAction) -> Iterator[Millis]:
    calendar = scenario.calendar
    if action.at is not None:
        yield calendar.millis(action.at)
        return
    assert action.cron is not None
    zone = ZoneInfo(action.time_zone)
    since = calendar.instant(scenario.begin - 1).astimezone(zone)
    for due in occurrences(action.cron, since, calendar.instant(scenario.end)):
        yield calendar.millis(due)


def occurrences(cron: str, after: datetime, end: datetime) -> Iterator[datetime]:
    """The instants after `after`, in its time zone, and before `end` at which an action is due.

    It ends for every expression: CronSim gives up after 50 years without an occurrence.
    """
    for due in CronSim(cron, after):
        if due >= end:
            return
        yield due


def phases_of(plan: RampPlan, scenario: Scenario) -> list[tuple[Millis, float, float]]:
    """When which phase of a ramp plan is in force: `(since, threshold, minimum share)` in order.

    The first entry holds from the beginning of the run.
    """
    ramp_up = _settings(plan.ramp_up)
    peak = _settings(plan.peak, ramp_up)
    ramp_down = _settings(plan.ramp_down)
    off_peak = _settings(plan.off_peak, ramp_down)
    starts = (plan.ramp_up.start, plan.peak.start, plan.ramp_down.start, plan.off_peak.start)
    begin, end = scenario.begin, scenario.end
    zone = ZoneInfo(plan.time_zone)
    in_force = (begin, *off_peak)
    later = []
    for day in local_days(scenario.calendar, zone, begin, end):
        if WEEKDAYS[day.date.weekday()] not in plan.days:
            continue
        # A start that the clock skips is postponed, which must not carry it past the next phase.
        instants = accumulate((day.at(start) for start in starts), max)
        for since, shares in zip(instants, (ramp_up, peak, ramp_down, off_peak), strict=True):
            if since <= begin:
                in_force = (begin, *shares)
            elif since < end:
                later.append((since, *shares))
    return [in_force, *later]


def _settings(
    phase: Phase | LaterPhase, before: tuple[float, float] = (1.0, 0.0)
) -> tuple[float, float]:
    """Threshold and minimum share; where a phase is silent, those of the one before."""
    threshold = before[0] if phase.threshold is None else phase.threshold
    return threshold, before[1] if phase.minimum is None else phase.minimum
