"""Laws of scaling for all pools and all minutes, and schedules against a look at every minute."""

from collections import deque
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.policy import Datapoint, Forecast, Observation, Scaling
from sim.policy.continuous import ramped
from sim.policy.exact import ceiling, exact
from sim.record import ScalingSource
from sim.scenario.pools import Pool
from sim.units import MINUTE
from sim.workload.schedules import occurrences

START = datetime(2026, 9, 1, tzinfo=UTC)
SHARES = st.integers(1, 100).map(lambda percent: f"{percent} %")

STEPS = st.fixed_dictionaries(
    {
        "metric": st.sampled_from(
            ["UserSessionsCapacityUtilization", "AvailableUserSessionCapacity"]
        ),
        "comparison": st.sampled_from([">=", ">", "<=", "<"]),
        "threshold": st.integers(1, 100),
        "period": st.sampled_from(["1 min", "2 min", "5 min"]),
        "evaluation_periods": st.integers(1, 3),
        "cooldown": st.sampled_from(["0 s", "90 s", "300 s"]),
        "steps": st.one_of(
            st.fixed_dictionaries({"add": st.integers(-20, 20)}),
            st.fixed_dictionaries({"percent": st.integers(-100, 200)}),
            st.fixed_dictionaries({"exact": st.integers(0, 90)}),
        ).map(lambda step: [step]),
    }
).map(lambda policy: {"step": policy})
TRACKING = st.fixed_dictionaries(
    {
        "utilization": SHARES,
        "in_below": SHARES,
        "out_periods": st.integers(1, 4),
        "in_periods": st.integers(1, 4),
        "scale_in_cooldown": st.sampled_from(["0 s", "300 s"]),
    }
).map(lambda policy: {"target_tracking": policy})
RAMP = st.just(
    {
        "ramp": {
            "ramp_up": {"start": "07:00", "threshold": "60 %"},
            "peak": {"start": "09:00"},
            "ramp_down": {"start": "16:00", "threshold": "90 %"},
            "off_peak": {"start": "18:00"},
        }
    }
)
POLICIES = st.one_of(
    STEPS,
    TRACKING,
    RAMP,
    st.just({"predictive": {"quantile": "95 %"}}),
    st.just({"policy": {"function": "mine:decide"}}),
    st.builds(lambda sessions: {"spare": {"sessions": sessions}}, st.integers(0, 9)),
)
ONE_MINUTE = st.tuples(*(st.integers(0, most) for most in (40, 12, 4, 9, 5)))
"""Active, instances free, instances pending, waiting and refused."""


@st.composite
def pools(draw: st.DrawFn, policies: st.SearchStrategy[Any] = POLICIES) -> Pool:
    """Any pool of small numbers."""
    size = draw(st.sampled_from([1, 1, 4]))
    least, more, most = (draw(st.integers(0, 8)) for _ in range(3))
    written = {
        "bundle": "power",
        "running_mode": "AlwaysOn",
        "sessions_per_instance": size,
        "minimum": size * least,
        "desired": size * (least + more),
        "maximum": size * (least + more + most + 1),
        "scaling": draw(st.lists(policies, max_size=3)),
    }
    return Pool.model_validate(written)


def alive(pool: Pool, answers: Iterator[int | None]) -> Scaling:
    """The policies of a pool, with phases and a forecast, and a function that gives answers."""
    everywhere = range(len(pool.scaling))
    phases = [(0, 0.6, 0.1), (20 * MINUTE, 0.9, 0.3)]
    return Scaling(
        pool,
        phases=dict.fromkeys(everywhere, phases),
        expected=dict.fromkeys(everywhere, Forecast(0, [5, 30, 2])),
        functions=dict.fromkeys(everywhere, lambda _: next(answers)),
    )


def observed(scaling: Scaling, pool: Pool, now: int, minutes: deque[Datapoint]) -> Observation:
    return Observation(
        at=now * MINUTE,
        instant=START + timedelta(minutes=now),
        minimum=scaling.minimum,
        maximum=scaling.maximum,
        target=scaling.target_with(minutes[-1].active + minutes[-1].waiting),
        sessions_per_instance=pool.sessions_per_instance,
        minutes=minutes,
    )


def datapoint(seen: tuple[int, int, int, int, int], size: int) -> Datapoint:
    active, free, pending, waiting, refused = seen
    actual = -(-active // size) * size + free * size
    return Datapoint(active, actual, pending * size, waiting, refused)


CHANGES = st.tuples(
    st.none() | st.integers(0, 12), st.none() | st.integers(0, 24), st.none() | st.integers(0, 24)
)


class TestTarget:
    @settings(max_examples=300)
    @given(pool=pools(), seen=st.lists(st.tuples(ONE_MINUTE, CHANGES), max_size=40), data=st.data())
    def test_it_is_whole_instances_within_the_bounds(
        self, pool: Pool, seen: list[Any], data: st.DataObject
    ) -> None:
        size = pool.sessions_per_instance
        answers = iter(lambda: data.draw(st.none() | st.integers(0, 90)), object())
        scaling = alive(pool, answers)
        minutes: deque[Datapoint] = deque(maxlen=scaling.memory_minutes)
        for now, (minute, change) in enumerate(seen, 1):
            minutes.append(datapoint(minute, size))
            if now % 4 == 0:
                least, most, wanted = (one if one is None else one * size for one in change)
                scaling.bounds(
                    minimum=least, maximum=most, desired=wanted, source=ScalingSource.EDIT
                )
            scaling.minute(observed(scaling, pool, now, minutes))
            for demand in (0, minute[0] + minute[3], 1000):
                target = scaling.target_with(demand)
                assert scaling.minimum <= target <= scaling.maximum
                assert target % size == 0

    @given(pool=pools(), seen=st.lists(ONE_MINUTE, max_size=10), demand=st.integers(0, 60))
    def test_it_does_not_fall_as_demand_rises(
        self, pool: Pool, seen: list[Any], demand: int
    ) -> None:
        scaling = alive(pool, iter(lambda: 7, object()))
        minutes: deque[Datapoint] = deque(maxlen=scaling.memory_minutes)
        for now, minute in enumerate(seen, 1):
            minutes.append(datapoint(minute, pool.sessions_per_instance))
            scaling.minute(observed(scaling, pool, now, minutes))
        assert scaling.target_with(demand) <= scaling.target_with(demand + 1)
        if scaling.spare is not None:
            free = scaling.target_with(demand) - demand
            assert free >= scaling.spare or scaling.target_with(demand) == scaling.maximum

    @given(pool=pools(), seen=st.lists(ONE_MINUTE, min_size=1, max_size=40))
    def test_whoever_moved_it_is_among_the_policies(self, pool: Pool, seen: list[Any]) -> None:
        scaling = alive(pool, iter(lambda: 7, object()))
        minutes: deque[Datapoint] = deque(maxlen=scaling.memory_minutes)
        kinds = {policy.kind for policy in pool.scaling}
        # What an administrator set first is wanted as long as no alarm moved it.
        sources = {ScalingSource.EDIT} | {one for one in ScalingSource if one.name.lower() in kinds}
        for now, minute in enumerate(seen, 1):
            minutes.append(datapoint(minute, pool.sessions_per_instance))
            demand = minute[0] + minute[3]
            before = scaling.target_with(demand)
            scaling.minute(observed(scaling, pool, now, minutes))
            if scaling.target_with(demand) != before:
                assert scaling.source in sources
                edited = scaling.source == ScalingSource.EDIT
                assert not edited or scaling.target_with(demand) == pool.initial


class TestRamp:
    @given(
        active=st.integers(0, 300),
        on=st.integers(0, 100),
        size=st.integers(1, 8),
        threshold=st.integers(1, 100),
    )
    def test_it_is_the_rule_taken_one_by_one(
        self, active: int, on: int, size: int, threshold: int
    ) -> None:
        def too_full(hosts: int) -> bool:
            return 100 * active > threshold * size * hosts

        expected = on
        while too_full(expected):
            expected += 1
        if expected == on and on > 0 and not too_full(on - 1):
            expected -= 1
        assert ramped(on, active, Fraction(threshold * size, 100)) == expected

    @given(
        active=st.integers(0, 60),
        on=st.integers(0, 30),
        size=st.integers(1, 4),
        threshold=st.integers(1, 100),
        share=st.integers(0, 100),
    )
    def test_what_it_comes_to_is_the_least_that_is_not_too_full(
        self, active: int, on: int, size: int, threshold: int, share: int
    ) -> None:
        assume(on * size <= 400)
        written = {"bundle": "power", "running_mode": "AlwaysOn", "maximum": 400 * size}
        ramp = {"ramp": {"ramp_up": {"start": "07:00", "threshold": "60 %"}}}
        for name, start in (("peak", "09:00"), ("ramp_down", "16:00"), ("off_peak", "18:00")):
            ramp["ramp"][name] = {"start": start, "threshold": "60 %"}
        pool = Pool.model_validate(
            {**written, "scaling": [ramp], "sessions_per_instance": size, "desired": on * size}
        )
        scaling = Scaling(pool, phases={0: [(0, threshold / 100, share / 100)]})
        least = ceiling(Fraction(share * 400, 100))
        fixed = min(max(ceiling(Fraction(100 * active, threshold * size)), least), 400) * size
        targets = []
        for now in range(1, max(on, fixed // size) + 3):
            there = scaling.target_with(0)
            minutes = deque([Datapoint(active, there, 0, 0, 0)])
            scaling.minute(observed(scaling, pool, now, minutes))
            targets.append(scaling.target_with(0))
        assert targets[-2:] == [fixed, fixed]


class TestAlarms:
    """Target tracking and one step policy against an account that is kept by hand."""

    @settings(max_examples=300)
    @given(
        seen=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=60),
        out=st.integers(1, 4),
        into=st.integers(1, 4),
        pause=st.integers(0, 5),
        desired=st.integers(0, 30),
    )
    def test_target_tracking(
        self, seen: list[tuple[int, int]], out: int, into: int, pause: int, desired: int
    ) -> None:
        policy = {
            "utilization": "75 %",
            "out_periods": out,
            "in_periods": into,
            "scale_in_cooldown": f"{60 * pause} s",
        }
        written = {"bundle": "power", "running_mode": "AlwaysOn", "maximum": 30}
        pool = Pool.model_validate(
            {**written, "desired": desired, "scaling": [{"target_tracking": policy}]}
        )
        scaling = Scaling(pool)
        minutes: deque[Datapoint] = deque(maxlen=scaling.memory_minutes)
        target, above, below, last_in = desired, 0, 0, -1000
        for now, (active, free) in enumerate(seen, 1):
            actual = active + free
            minutes.append(Datapoint(active, actual, 0, 0, 0))
            scaling.minute(observed(scaling, pool, now, minutes))
            # 75 % are 3 of 4; 90 % of that are 27 of 40.
            above = above + 1 if 4 * active > 3 * actual else 0
            below = below + 1 if 40 * active < 27 * actual else 0
            need = min(-(-4 * active // 3), 30)
            if above >= out and need > target:
                target, last_in = need, -1000
            elif below >= into and need < target and now - last_in >= pause:
                target, last_in = need, now
            assert scaling.target_with(0) == target

    @settings(max_examples=300)
    @given(
        seen=st.lists(st.integers(0, 10), max_size=60),
        period=st.integers(1, 4),
        periods=st.integers(1, 3),
        pause=st.integers(0, 6),
        late=st.integers(0, 3),
    )
    def test_step_scaling(
        self, seen: list[int], period: int, periods: int, pause: int, late: int
    ) -> None:
        policy = {
            "metric": "InsufficientCapacityError",
            "comparison": ">=",
            "threshold": 5 * period,
            "period": f"{period} min",
            "evaluation_periods": periods,
            "cooldown": f"{pause} min" if pause else "0 s",
            "steps": [{"upper": 3, "add": 2}, {"lower": 3, "add": 5}],
        }
        written = {"bundle": "power", "running_mode": "AlwaysOn", "maximum": 1000}
        pool = Pool.model_validate({**written, "scaling": [{"step": policy}]})
        scaling = Scaling(pool)
        minutes: deque[Datapoint] = deque(maxlen=scaling.memory_minutes)
        target, base, until = 0, 0, -1
        for number, refused in enumerate(seen):
            now = late + number + 1
            minutes.append(Datapoint(0, 0, 0, 0, refused))
            scaling.minute(observed(scaling, pool, now, minutes))
            sums = [
                sum(seen[number + 1 - (back + 1) * period : number + 1 - back * period])
                for back in range(periods)
            ]
            enough = number + 1 >= period * periods
            if now % period == 0 and enough and min(sums) >= 5 * period:
                start = base if now < until else target
                asked = start + (5 if sums[0] - 5 * period >= 3 else 2)
                if asked > target:
                    target, base, until = asked, start, now + pause
            assert scaling.target_with(0) == target


class TestExact:
    @given(st.integers(0, 10_000), st.integers(1, 1000))
    def test_a_decimal_is_what_was_written(self, active: int, permille: int) -> None:
        share = exact(permille / 1000)
        assert share == Fraction(permille, 1000)
        assert ceiling(active / share) == -(-active * 1000 // permille)


MINUTES = st.one_of(
    st.integers(0, 59).map(str), st.just("*"), st.sampled_from(["*/20", "0-30/15", "5,50"])
)
HOURS = st.one_of(
    st.integers(0, 23).map(str), st.just("*"), st.sampled_from(["*/6", "1-3", "2,3", "2", "0-4/2"])
)
WEEKDAYS = st.one_of(st.just("*"), st.integers(0, 6).map(str), st.just("1-5"))


def values(field: str, least: int, most: int) -> set[int]:
    """What a simple field of a cron expression says."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        begin, end = (least, most) if span == "*" else (int(first), int(last or first))
        found.update(range(begin, end + 1, int(step or 1)))
    return found


@cache
def clock_instants(zone: ZoneInfo, first: date, *, real: bool) -> list[tuple[datetime, datetime]]:
    """Each minute that clocks show in three days, and the instant that is meant.

    With `real`, all minutes that pass; else all that the days should have, once each: a minute that
    is skipped is meant as the first after the gap.
    """
    midnight = datetime.combine(first, datetime.min.time())
    if real:
        begin = midnight.replace(tzinfo=zone).astimezone(UTC)
        passing = [begin + timedelta(minutes=number) for number in range(4 * 24 * 60)]
        return [(at.astimezone(zone).replace(tzinfo=None), at) for at in passing]
    return [
        (shown, meant_by(shown, zone))
        for shown in (midnight + timedelta(minutes=number) for number in range(3 * 24 * 60))
    ]


def meant_by(shown: datetime, zone: ZoneInfo) -> datetime:
    at = shown.replace(tzinfo=zone).astimezone(UTC)
    skipped = at.astimezone(zone).replace(tzinfo=None) != shown
    return meant_by(shown + timedelta(minutes=1), zone) if skipped else at


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("UTC", date(2026, 9, 1)),
        ("Asia/Kolkata", date(2026, 3, 28)),
        ("Europe/Berlin", date(2026, 3, 28)),
        ("Europe/Berlin", date(2026, 10, 24)),
        ("America/New_York", date(2026, 10, 31)),
    ],
)
@settings(max_examples=40)
@given(minute=MINUTES, hour=HOURS, weekday=WEEKDAYS)
def test_schedules_are_due_at_the_minutes_that_they_name(
    zone: str, first: date, minute: str, hour: str, weekday: str
) -> None:
    clock = ZoneInfo(zone)
    begin = datetime.combine(first, datetime.min.time(), clock)
    end = datetime.combine(first + timedelta(days=3), datetime.min.time(), clock)
    real = minute.startswith("*") or hour.startswith("*")
    named = values(minute, 0, 59), values(hour, 0, 23), values(weekday, 0, 6)
    expected = {
        at
        for shown, at in clock_instants(clock, first, real=real)
        if at < end.astimezone(UTC)
        and shown.minute in named[0]
        and shown.hour in named[1]
        and shown.isoweekday() % 7 in named[2]
    }
    found = occurrences(f"{minute} {hour} * * {weekday}", begin - timedelta(milliseconds=1), end)
    assert [due.astimezone(UTC) for due in found] == sorted(expected)
