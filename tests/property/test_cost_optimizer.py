"""The Cost Optimizer for all inputs: against a second one that goes sample by sample, and its laws.

The second one is the release's loop over the samples, in its own words; the samples are told by
asking for each slot whether anybody was there.
"""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from sim.model.sightings import samples
from sim.policy.cost_optimizer import (
    SAMPLE,
    Evening,
    Sight,
    advise,
    month_hours,
    session_hours,
)
from sim.record import NEVER, OPERATIONS, RunningMode
from sim.record.cost_optimizer import COST_OPTIMIZER, Change, Termination
from sim.scenario.running_modes import CostOptimizer
from sim.study.cloudwatch import DESKTOP_SLOT, OneDesktop, Periods, desktop_metrics
from sim.units import DAY, HOUR, MINUTE
from sim.workload import Protocols
from tests.unit.stories import KEYS, Facts, tell

Span = tuple[int, int]

RUNS_OF_SAMPLES = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 40)), max_size=30)
TIMEOUTS = st.integers(1, 48).map(lambda hours: hours * HOUR)


# --- the second one


def released(values: list[int], zeros: int) -> list[int]:
    """Hours of the sessions in single samples."""
    found, start, end, quiet = [], None, 0, 0
    for place, value in enumerate(values):
        if value == 1:
            start = place if start is None else start
            end, quiet = place + 1, 0
        elif start is not None:
            quiet += 1
            if quiet == zeros:
                found.append(math.ceil((end - start) / 12))
                start = None
    if start is not None:
        found.append(math.ceil((end - start) / 12))
    return found


def one_by_one(runs: list[tuple[int, int]]) -> list[int]:
    return [value for value, count in runs for _ in range(count)]


@st.composite
def spans(draw: st.DrawFn, begin: int, end: int) -> list[Span]:
    """Spans of time inside some, in order and without overlap, some of no length."""
    edges = sorted(draw(st.lists(st.integers(begin, end), max_size=16)))
    return list(zip(edges[::2], edges[1::2], strict=False))


# --- sessions and hours


@given(RUNS_OF_SAMPLES, st.integers(1, 576))
def test_sessions_are_those_of_a_loop_over_the_samples(
    runs: list[tuple[int, int]], zeros: int
) -> None:
    assert session_hours(runs, zeros) == released(one_by_one(runs), zeros)


@given(RUNS_OF_SAMPLES, st.integers(1, 576))
def test_how_samples_are_told_does_not_matter(runs: list[tuple[int, int]], zeros: int) -> None:
    single = [(value, 1) for value in one_by_one(runs)]
    assert session_hours(single, zeros) == session_hours(runs, zeros)


@given(RUNS_OF_SAMPLES, TIMEOUTS, st.sampled_from(RunningMode), st.integers(0, 800))
def test_hours_never_shrink_nor_grow_by_more_than_the_window(
    runs: list[tuple[int, int]], timeout: int, mode: RunningMode, hours: int
) -> None:
    """Nor do they fall short of what was seen connected, as far as the window lets them."""
    count = len(one_by_one(runs))
    window = max(HOUR, -(-count * SAMPLE // HOUR) * HOUR)
    seen = Sight(runs, window, mode, timeout, 85)
    after = month_hours(seen, hours)
    assert hours <= after <= hours + window // HOUR
    connected = sum(one_by_one(runs)) * SAMPLE
    assert (after - hours) * HOUR >= min(connected, window)
    assert (after == hours) == (connected == 0)


@given(RUNS_OF_SAMPLES, TIMEOUTS)
def test_a_longer_timeout_makes_no_more_sessions(runs: list[tuple[int, int]], timeout: int) -> None:
    zeros = timeout // SAMPLE
    assert len(session_hours(runs, zeros + 12)) <= len(session_hours(runs, zeros))


@given(
    RUNS_OF_SAMPLES,
    st.sampled_from(RunningMode),
    st.tuples(st.integers(0, 200), st.none() | st.integers(0, 200)),
    st.booleans(),
    st.booleans(),
)
def test_a_desktop_is_where_its_hours_put_it(
    runs: list[tuple[int, int]],
    mode: RunningMode,
    known: tuple[int, int | None],
    last: bool,
    dry: bool,
) -> None:
    """On the last evening AlwaysOn if and only if above the limit; before, never back to AutoStop.

    A dry run advises the same.
    """
    hours, limit = known
    seen = Sight(runs, 2 * DAY, mode, HOUR, limit)
    evening = Evening(last_of_month=last, maintenance=True)
    advice = advise(CostOptimizer(dry_run=dry), seen, hours, evening)
    above = limit is not None and advice.hours > limit
    assert advice == advise(CostOptimizer(dry_run=not dry), seen, hours, evening)
    assert (advice.new_mode != mode) == (advice.change in (Change.TO_MONTHLY, Change.TO_HOURLY))
    if limit is None:
        assert (advice.change, advice.new_mode) == (Change.SKIPPED, mode)
    elif last:
        assert (advice.new_mode == RunningMode.ALWAYS_ON) == above
    else:
        stays = mode == RunningMode.ALWAYS_ON or above
        assert (advice.new_mode == RunningMode.ALWAYS_ON) == stays


# --- samples


@given(st.data(), st.integers(1, 30), st.integers(-DAY, DAY))
def test_samples_are_what_each_slot_was(data: st.DataObject, slots: int, begin: int) -> None:
    end = begin + slots * SAMPLE
    connected = data.draw(spans(begin - HOUR, end))
    running = data.draw(st.none() | spans(begin - HOUR, end + HOUR))
    expected = []
    for slot in range(slots):
        first, last = begin + slot * SAMPLE, begin + (slot + 1) * SAMPLE

        def touched(some: list[Span], first: int = first, last: int = last) -> bool:
            return any(max(a, first) < min(b, last) for a, b in some)

        if touched(connected):
            expected.append(1)
        elif running is None or touched(running):
            expected.append(0)
    assert one_by_one(list(samples(connected, running, begin, end))) == expected


# --- at work


@st.composite
def months(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Some days with the end of a month, for two people, with small limits.

    Four days around the end of September, or February and what follows: only of a month that it has
    seen whole does the optimizer take an evening for the last.
    """
    grid = draw(st.sampled_from([30 * MINUTE, 7 * MINUTE + 1]))
    start, days, first = draw(
        st.sampled_from([("2026-09-29", 4, 0), ("2026-02-01", 31, 0), ("2026-02-01", 31, 26)])
    )
    steps = 4 * DAY // grid
    rows = []
    for user in ("ann", "bob"):
        arrivals = draw(st.lists(st.integers(0, steps - 1), max_size=8, unique=True))
        for step in sorted(arrivals):
            length = draw(st.integers(1, 12)) * grid
            ending = draw(st.sampled_from(["disconnect", "logoff", "left-connected"]))
            rows.append(f"{user}  {_clock(first * DAY + step * grid)}  {length} ms  {ending}")
    rule = {
        "limits": {"standard": draw(st.integers(0, 12))},
        "dry_run": draw(st.booleans()),
        "test_end_of_month": draw(st.booleans()),
        "terminate_unused": draw(st.sampled_from(["no", "dry-run", "yes"])),
        "samples_when_stopped": draw(st.sampled_from(["absent", "zero"])),
        "skip": draw(st.sampled_from([[], ["ann"], "50 %"])),
    }
    told = {
        "fleet": {
            "running_mode": draw(st.sampled_from(["AutoStop", "AlwaysOn"])),
            "autostop_timeout": f"{draw(st.integers(1, 3))} h",
            "running_mode_policy": {"cost-optimizer": rule},
        },
        "users": {"ann": {}, "bob": {}},
        "start": start,
        "horizon": f"{days} d",
        "warm_up": draw(st.sampled_from(["0 d", "1 d"])),
        "logon": {"resume": draw(st.sampled_from(["0 s", "1 min"]))},
    }
    return "\n".join(["user  arrival  connected  ending", *rows] if rows else []), told


def _clock(millis: int) -> str:
    minutes, rest = divmod(millis, MINUTE)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def facts(months: tuple[str, dict[str, Any]], **changed: Any) -> Facts:
    plan, told = months
    return tell(plan, **{**told, **changed}).run()


def rows(facts: Facts, schema: Any) -> list[Any]:
    table = facts.of(schema).table
    return [table[name].tolist() for name in schema.names]


@settings(deadline=None, max_examples=60)
@given(months())
def test_what_is_remembered_obeys_the_same_laws_day_by_day(
    month: tuple[str, dict[str, Any]],
) -> None:
    found = facts(month)
    table = found.optimizer.table
    calendar = found.story.scenario.calendar
    for desktop in np.unique(table["desktop"]).tolist():
        mine = table.take(table["desktop"] == desktop)
        before, upto = 0, None
        for at, since, hours in zip(
            *(mine[name].tolist() for name in ("at", "since", "hours")), strict=True
        ):
            month_start = calendar.month_at(at).start
            assert since == (month_start if upto is None or upto < month_start else upto)
            before = 0 if since == month_start else before
            # One more hour where the month ends with maintenance, which the stories switch off.
            assert before <= hours <= before + (at - since) // HOUR
            before, upto = hours, at


@settings(deadline=None, max_examples=60)
@given(months())
def test_a_dry_run_leaves_everything_as_it_would_be_without(
    month: tuple[str, dict[str, Any]],
) -> None:
    """But for its own reports. So does an optimizer of another fleet."""
    _, told = month
    rule = told["fleet"]["running_mode_policy"]["cost-optimizer"]
    dry = {"cost-optimizer": {**rule, "dry_run": True}}
    looked_at = facts(month, fleet={**told["fleet"], "running_mode_policy": dry})
    left_alone = facts(month, fleet={**told["fleet"], "running_mode_policy": "stay"})
    for schema in KEYS:
        if schema != COST_OPTIMIZER:
            assert rows(looked_at, schema) == rows(left_alone, schema), schema.name


@settings(deadline=None, max_examples=60)
@given(months())
def test_every_conversion_is_an_operation_and_every_operation_reported(
    month: tuple[str, dict[str, Any]],
) -> None:
    found = facts(month)
    rule = month[1]["fleet"]["running_mode_policy"]["cost-optimizer"]
    report, done = found.optimizer.table, found.recorded(OPERATIONS)
    changed = np.isin(report["change"], [Change.TO_MONTHLY, Change.TO_HOURLY])
    acts = 0 if rule["dry_run"] else int(changed.sum())
    assert int((done["accepted"] & (done["to"] != "")).sum()) == acts
    # The mode of each report is that of the one before it, since nobody else interferes.
    for desktop in np.unique(report["desktop"]).tolist():
        mine = report.take(report["desktop"] == desktop)
        if not rule["dry_run"]:
            assert mine["initial_mode"][1:].tolist() == mine["new_mode"][:-1].tolist()


@settings(deadline=None, max_examples=30)
@given(months())
def test_the_same_again(month: tuple[str, dict[str, Any]]) -> None:
    first, again = facts(month), facts(month)
    assert all(rows(first, schema) == rows(again, schema) for schema in KEYS)


@settings(deadline=None, max_examples=100)
@given(months())
def test_it_measures_whoever_was_connected_and_nobody_else(
    month: tuple[str, dict[str, Any]],
) -> None:
    """Held against the table of sessions: at least their time, and nothing where there was none."""
    found = facts(month)
    end = found.story.scenario.end
    sessions = found.sessions.table.take(found.sessions.table["connected"] != NEVER)
    until = np.where(sessions["disconnected"] == NEVER, end, sessions["disconnected"])
    report, before = found.optimizer.table, dict[int, int]()
    for desktop, since, at, hours in zip(
        *(report[name].tolist() for name in ("desktop", "since", "at", "hours")), strict=True
    ):
        mine = sessions["desktop"] == desktop
        spent = np.minimum(until, at)[mine] - np.maximum(sessions["connected"], since)[mine]
        connected = int(spent.clip(min=0).sum())
        begins_anew = found.story.scenario.calendar.month_at(at).start == since
        grown = hours - (0 if begins_anew else before.get(desktop, 0))
        assert grown * HOUR >= min(connected, (at - since) // HOUR * HOUR)
        assert (grown == 0) == (connected == 0)
        before[desktop] = hours


OUTAGES = st.sampled_from(
    [
        [],
        [{"zone": {"zone": "a", "every": {"exponential": "20 h"}, "lasts": "90 min"}}],
        [{"streaming": {"every": {"exponential": "20 h"}, "lasts": "40 min"}}],
    ]
)


@settings(deadline=None, max_examples=100)
@given(months(), OUTAGES)
def test_it_sees_what_cloudwatch_shows(
    month: tuple[str, dict[str, Any]], outages: list[dict[str, Any]]
) -> None:
    """Its hours again, from the metric as it is exported, which knows only what was recorded."""
    _, told = month
    rule = told["fleet"]["running_mode_policy"]["cost-optimizer"]
    absent = {"cost-optimizer": {**rule, "samples_when_stopped": "absent"}}
    changed: dict[str, Any] = {"fleet": {**told["fleet"], "running_mode_policy": absent}}
    changed["logon"] = {**told["logon"], "patience": "3 h"}
    found = facts(month, **changed, outages=outages)
    scenario, report = found.story.scenario, found.optimizer.table
    timeout = scenario.fleets["office"].autostop_timeout
    names = ("desktop", "user", "since", "at", "hours", "initial_mode")
    before = dict[int, int]()
    for desktop, user, since, at, hours, mode in zip(
        *(report[name].tolist() for name in names), strict=True
    ):
        begins_anew = scenario.calendar.month_at(at).start == since
        remembered = 0 if begins_anew else before.get(desktop, 0)
        shown = exported(found, desktop, user, since, at)
        seen = Sight(shown, at - since, RunningMode(mode), timeout, None)
        assert month_hours(seen, remembered) == hours
        before[desktop] = hours


def exported(found: Facts, desktop: int, user: int, since: int, at: int) -> list[tuple[int, int]]:
    """`UserConnected` of a desktop, Maximum, one sample after another; those not sent left out."""
    calendar, end = found.story.scenario.calendar, found.story.scenario.end
    people = found.story.workload
    periods = Periods.of(calendar, since, at, SAMPLE, DESKTOP_SLOT)
    tally = desktop_metrics(
        found._store,
        periods,
        ["UserConnected"],
        scope=OneDesktop(desktop, user),
        protocols=Protocols.of(found.story.scenario, people.users, people.clients),
        desktops=len(found.desktops.table),
        end=end,
    )["UserConnected"]
    assert periods.count == (at - since) // SAMPLE
    return [(int(one), 1) for one, sent in zip(tally.total, tally.samples, strict=True) if sent]


@pytest.mark.parametrize(
    ("column", "code"),
    [
        ("change", Change.TO_MONTHLY),
        ("change", Change.TO_HOURLY),
        ("change", Change.SKIPPED),
        ("terminated", Termination.YES),
    ],
)
def test_the_days_that_are_drawn_have_something_of_everything(column: str, code: int) -> None:
    def acts(month: tuple[str, dict[str, Any]]) -> bool:
        rule = month[1]["fleet"]["running_mode_policy"]["cost-optimizer"]
        return not rule["dry_run"] and code in facts(month).optimizer.table[column]

    enough = settings(deadline=None, max_examples=500, phases=[Phase.generate])
    find(months(), acts, settings=enough)
