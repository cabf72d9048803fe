"""Laws of the people that hold for every scenario: addresses, calendars, unions, there and back."""

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.record import NEVER, Ending, Table
from sim.scenario.schema import Scenario
from sim.storage import write_table
from sim.units import DAY, HOUR, MINUTE, Calendar
from sim.workload import Stream, Workload, make_workload, sample
from sim.workload.breaks import split
from sim.workload.calendars import LocalDay
from sim.workload.exports import plan_table, users_table
from sim.workload.overlaps import Intentions, merged
from sim.workload.tables import InputTable
from tests.offices import FLEET, people, scenario

ZONES = ["UTC", "Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
         "Pacific/Auckland", "America/St_Johns", "Africa/Cairo", "Pacific/Kiritimati"]  # fmt: skip


def durations(least: int = 1, most: int = 600) -> st.SearchStrategy[Any]:
    """Distributions with means from `least` to `most` minutes."""
    mean = st.integers(least, most).map(lambda minutes: f"{minutes} min")
    cv = st.sampled_from([0.1, 0.7, 1.6])
    return st.one_of(
        mean,
        mean.map(lambda m: {"exponential": m}),
        st.builds(lambda m, c: {"lognormal": {"mean": m, "cv": c}}, mean, cv),
        st.builds(lambda m, c: {"gamma": {"mean": m, "cv": c}}, mean, cv),
        st.builds(lambda m, c: {"weibull": {"mean": m, "shape": c}}, mean, cv),
        st.builds(lambda m, c: {"hyperexponential": {"mean": m, "cv": 1 + c}}, mean, cv),
    )


SPREADS = st.sampled_from(["none", {"normal": "20 min"}, {"uniform": "2 h"}])
CLOCK = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.sampled_from([0, 5, 30, 59]))


@st.composite
def populations(draw: st.DrawFn) -> dict[str, Any]:
    """A population of any kind."""
    settings: dict[str, Any] = {
        "users": draw(st.integers(0, 6)),
        "time_zone": draw(st.sampled_from(ZONES)),
        "session_length": draw(durations()),
        "overlap": draw(st.sampled_from(["merge", "wait"])),
        "attendance": draw(st.sampled_from(["100 %", "70 %"])),
        "endings": {"logoff": "40 %", "left-connected": "30 %", "disconnect": "30 %"},
        "clients": {
            "near": {"share": "60 %", "round_trip": {"exponential": "20 ms"}},
            "far": {"share": "40 %", "round_trip": "150 ms"},
        },
        "retry_after": draw(durations(1, 5)),
    }
    if draw(st.booleans()):
        settings["shift"] = {"start": draw(CLOCK), "spread": draw(SPREADS)}
        settings["sessions_per_day"] = draw(st.integers(1, 3))
        settings["between_sessions"] = draw(durations(1, 60))
    else:
        rates = draw(st.lists(st.sampled_from([0.0, 0.05, 0.4]), min_size=7, max_size=7))
        cv = draw(st.sampled_from([0.0, 0.5]))
        settings |= {"shift": None, "weekly_profile": {"hourly": rates * 24, "day_factor_cv": cv}}
    if draw(st.booleans()):
        settings["breaks"] = {
            "lunch": {"at": draw(CLOCK), "spread": draw(SPREADS), "length": draw(durations(1, 90)),
                      "share": "80 %"}
        }  # fmt: skip
    if draw(st.booleans()):
        settings["short_breaks"] = {"per_day": 1.5, "length": draw(durations(1, 20))}
    return people(**settings)


STARTS = st.sampled_from(["2026-03-27", "2026-10-23", "2026-02-26", "2026-09-01T05:30Z"])
"""Before changes of the clock, before the end of a February, in the middle of a day."""


def office(population: dict[str, Any], start: str, days: int, **more: Any) -> Scenario:
    fleets = {"desks": {**FLEET, "logon": {"cold_start": {"exponential": "3 min"}}}}
    more = {"seed": 3, "directory": {}, "warm_up": "1 d", "fleets": fleets, **more}
    others = more.pop("others", {})
    return scenario({**others, "office": population}, start=start, horizon=f"{days} d", **more)


def of_users(workload: Workload, names: list[str]) -> pd.DataFrame:
    """The rows of some users, with names and words in place of ids and codes."""
    plan = pd.DataFrame(dict(workload.plan.columns)).drop(columns="session")
    plan["user"] = workload.users["name"].astype("str")[plan["user"]]
    plan["client"] = np.array([*workload.clients, ""], dtype="str")[plan["client"]]
    return plan[plan["user"].isin(names)].reset_index(drop=True)


def everybody(workload: Workload) -> list[str]:
    return [name for name in workload.users["name"] if name.startswith("office-")]


def assert_same(one: Table, other: Table) -> None:
    for name in one.schema.names:
        assert one[name].dtype == other[name].dtype
        assert np.array_equal(one[name], other[name]), name


class TestAddresses:
    @given(
        seed=st.integers(0, 2**70),
        address=st.fixed_dictionaries(
            {"day": st.integers(0, 10**6), "ordinal": st.integers(0, 99)}
        ),
        first=st.integers(0, 2**41),
        count=st.integers(0, 50),
        skip=st.integers(0, 20),
    )
    def test_an_element_is_a_pure_function_of_its_address(
        self, seed: int, address: dict[str, int], first: int, count: int, skip: int
    ) -> None:
        stream = Stream(seed, 0, "purpose/population")

        far = stream.uniforms(skip + count, first=first, **address)
        near = stream.uniforms(count, first=first + skip, **address)

        assert np.array_equal(far[skip:], near)
        assert np.array_equal(
            stream.at(np.arange(first, first + len(far))[::-1], **address), far[::-1]
        )
        assert ((far > 0) & (far < 1)).all()

    @given(populations(), STARTS, st.integers(1, 4))
    @settings(max_examples=30)
    def test_more_users_change_nobody(self, people: dict[str, Any], start: str, more: int) -> None:
        few = make_workload(office(people, start, 6))
        many = make_workload(office({**people, "users": people["users"] + more}, start, 6))
        names = everybody(few)

        pd.testing.assert_frame_equal(of_users(few, names), of_users(many, names))

    @given(populations(), populations(), STARTS)
    @settings(max_examples=30)
    def test_another_population_changes_nobody(
        self, people: dict[str, Any], others: dict[str, Any], start: str
    ) -> None:
        alone = make_workload(office(people, start, 6))
        together = make_workload(office(people, start, 6, others={"agents": others}))
        names = everybody(alone)

        pd.testing.assert_frame_equal(of_users(alone, names), of_users(together, names))

    @given(people=populations(), start=STARTS)
    @settings(max_examples=20)
    def test_who_is_drawn_together_changes_nobody(self, people: dict[str, Any], start: str) -> None:
        spec = office({**people, "joiners_per_month": 2, "leavers_per_month": 2}, start, 6)
        together = make_workload(spec)

        with mock.patch("sim.workload.plans.BLOCK", 2):
            assert_same(make_workload(spec).plan, together.plan)

    @given(populations(), STARTS, st.integers(1, 30))
    @settings(max_examples=40)
    def test_a_longer_horizon_leaves_the_beginning_as_it_was(
        self, people: dict[str, Any], start: str, more: int
    ) -> None:
        short = office(people, start, 5)
        one, other = make_workload(short), make_workload(office(people, start, 5 + more))
        names = everybody(one)
        rows, prefix = of_users(one, names), of_users(other, names)
        prefix = prefix[prefix["arrival"] < short.end].reset_index(drop=True)

        # A union that goes on for more than a day beyond the end of the run may be longer still.
        whole = rows["arrival"] + rows["connected"] < short.end + DAY
        assert rows["arrival"].tolist() == prefix["arrival"].tolist()
        pd.testing.assert_frame_equal(rows[whole], prefix[whole])

    @given(populations(), STARTS)
    @settings(max_examples=30)
    def test_replications_and_seeds_are_other_people(
        self, people: dict[str, Any], start: str
    ) -> None:
        spec = office(people, start, 6)
        plans = [make_workload(spec, 0), make_workload(spec, 1)]
        plans.append(make_workload(office(people, start, 6, seed=4)))
        fates = {tuple(workload.plan["resume"].tolist()) for workload in plans}

        assert len(fates) == 3 or min(len(workload.plan) for workload in plans) <= 1
        assert_same(make_workload(spec, 1).plan, plans[1].plan)


class TestTwins:
    @given(populations(), STARTS, st.integers(0, 3))
    @settings(max_examples=30)
    def test_a_twin_with_equal_settings_is_the_same_people(
        self, people: dict[str, Any], start: str, replication: int
    ) -> None:
        people = {**people, "joiners_per_month": 2, "leavers_per_month": 2}
        people["patience"] = {"exponential": "20 min"}
        twin = {**people, "twin_of": "office", "fleet": "others"}
        logon = {"cold_start": {"exponential": "3 min"}, "os_logon": {"exponential": "1 min"}}
        desks = {**FLEET, "logon": logon}
        fleets = {"desks": desks, "others": desks}
        spec = office(people, start, 6, others={"twins": twin}, fleets=fleets)
        workload = make_workload(spec, replication)
        alone = make_workload(office(people, start, 6, fleets=fleets), replication)

        assert_same_people(workload, alone)


def assert_same_people(both: Workload, alone: Workload) -> None:
    """The twins, who stand first, are the others, who are as they were without them."""
    half = len(both.users) // 2
    assert [name.replace("twins", "office") for name in both.users["name"][:half]] == [
        *both.users["name"][half:]
    ]
    for mine in (both.plan["user"] < half, both.plan["user"] >= half):
        plan = both.plan.take(mine)
        for name in plan.schema.names:
            if name not in ("session", "user"):
                assert np.array_equal(plan[name], alone.plan[name]), name
        assert np.array_equal(plan["user"] % max(half, 1), alone.plan["user"])


class TestPlans:
    @given(populations(), STARTS)
    @settings(max_examples=40)
    def test_rows_are_what_the_schema_says(self, people: dict[str, Any], start: str) -> None:
        spec = office(people, start, 6)
        workload = make_workload(spec)
        plan = workload.plan

        assert np.array_equal(plan["session"], np.arange(len(plan)))
        assert np.array_equal(np.lexsort((plan["arrival"], plan["user"])), plan["session"])
        assert ((plan["arrival"] >= spec.begin) & (plan["arrival"] < spec.end)).all()
        assert (plan["connected"] > 0).all()
        left = plan["ending"] == Ending.LEFT_CONNECTED
        assert np.array_equal(plan["idle_from"], np.where(left, plan["connected"], NEVER))
        for column in ("rtt", "directory_service", "resume", "cold_start", "os_logon"):
            assert (plan[column] >= 0).all()
        if people["overlap"] == "merge" and len(plan) > 1:
            same = plan["user"][1:] == plan["user"][:-1]
            over = (plan["arrival"] + plan["connected"])[:-1]
            assert (plan["arrival"][1:] >= over)[same].all()

    @given(st.sampled_from(ZONES), st.integers(2000, 2035), st.integers(0, 23), st.integers(0, 59))
    @settings(max_examples=40)
    def test_clocks_show_the_start_of_the_shift_all_year(
        self, zone: str, year: int, hour: int, minute: int
    ) -> None:
        calendar = Calendar(datetime(year, 1, 1, tzinfo=UTC))
        local = ZoneInfo(zone)
        for number in range(365):
            day = LocalDay(date(year, 1, 1) + timedelta(days=number), local, calendar)
            clock = calendar.instant(day.at(hour * HOUR + minute * MINUTE)).astimezone(local)
            wanted = datetime.combine(day.date, clock.time(), local)
            if (clock.hour, clock.minute) != (hour, minute):
                # Only a time that the clock skips is shown as a later one: it does not exist.
                skipped = wanted.replace(hour=hour, minute=minute).astimezone(UTC).astimezone(local)
                assert (skipped.hour, skipped.minute) != (hour, minute)
            assert clock.date() == day.date or hour == 0
            assert clock.fold == 0
            assert 20 * HOUR < day.end - day.begin < 28 * HOUR or zone == "Pacific/Kiritimati"


class TestAgainstTimelines:
    """Unions and breaks against sets of minutes, which know no order and no special case."""

    SESSIONS = st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 60), st.integers(1, 25), st.integers(0, 3)),
        max_size=12,
    )

    @given(SESSIONS)
    def test_a_union_covers_what_its_sessions_cover(
        self, rows: list[tuple[int, int, int, int]]
    ) -> None:
        columns = np.array(sorted(rows), dtype=np.int64).reshape(-1, 4).T
        user, begin, length, ending = columns
        sessions = Intentions(user.astype(np.int32), begin, length, ending.astype(np.int8))

        united = merged(sessions)

        covered = {(u, at) for u, begin, length, _ in rows for at in range(begin, begin + length)}
        spans = list(zip(united.user.tolist(), united.arrival.tolist(),
                         united.connected.tolist(), strict=True))  # fmt: skip
        again = [(u, at) for u, begin, length in spans for at in range(begin, begin + length)]
        assert len(again) == len(set(again))
        assert set(again) == covered
        for (user, begin, length), ending in zip(spans, united.ending.tolist(), strict=True):
            last = [row[3] for row in rows if row[0] == user and row[1] + row[2] == begin + length]
            assert ending in last

    @given(
        st.integers(0, 30),
        st.integers(0, 60),
        st.lists(st.tuples(st.integers(-5, 95), st.integers(0, 30)), max_size=5),
    )
    def test_a_session_is_split_into_the_minutes_without_a_break(
        self, begin: int, length: int, breaks: list[tuple[int, int]]
    ) -> None:
        end = begin + length
        spans = np.array([(at, at + lasts) for at, lasts in breaks], dtype=np.int64)
        spans = spans.reshape(1, len(breaks), 2)

        found = split(np.array([begin]), np.array([end]), spans[:, :, 0], spans[:, :, 1])

        away = {
            minute
            for at, lasts in breaks if begin < at < end
            for minute in range(at, at + lasts)
        }  # fmt: skip
        pieces = list(zip(found.begin.tolist(), found.end.tolist(), strict=True))
        there = [minute for a, b in pieces for minute in range(a, b)]
        assert there == [minute for minute in range(begin, end) if minute not in away]
        assert all(a < b for a, b in pieces)
        assert found.last.tolist() == [n == len(pieces) - 1 for n in range(len(pieces))]


class TestDurations:
    @given(durations(), st.lists(st.floats(2**-53, 1 - 2**-53), min_size=2, max_size=20))
    def test_durations_are_finite_and_rise_with_their_number(
        self, written: Any, numbers: list[float]
    ) -> None:
        law = office(people(session_length=written), "2026-09-01", 1).populations["office"]
        assert law.session_length is not None
        found = sample(law.session_length, np.sort(numbers))

        assert found.dtype == np.int64
        assert ((found >= 0) & (found <= 36_525 * DAY)).all()
        if "hyperexponential" not in written:
            assert (np.diff(found) >= 0).all()


class TestThereAndBack:
    @pytest.mark.parametrize("suffix", ["csv", "parquet"])
    @given(people=populations(), start=STARTS, replication=st.integers(0, 3))
    @settings(max_examples=25)
    def test_a_plan_that_is_written_and_replayed_is_identical(
        self, suffix: str, people: dict[str, Any], start: str, replication: int
    ) -> None:
        people = {**people, "joiners_per_month": 1.5, "leavers_per_month": 1.5}
        drawn_from = office(people, start, 6)
        drawn = make_workload(drawn_from, replication)
        with tempfile.TemporaryDirectory() as folder:
            sessions, users = Path(folder, f"plan.{suffix}"), Path(folder, f"users.{suffix}")
            write_table(sessions, plan_table(drawn, drawn_from))
            write_table(users, users_table(drawn, drawn_from))
            section = {"sessions": str(sessions), "users": str(users), "overlap": "wait"}
            replayed = make_workload(office(people, start, 6, replay=section), replication)

        assert_same(drawn.plan, replayed.plan)
        assert_same(drawn.users, replayed.users)

    @given(st.lists(st.integers(1, 999 * 366 * DAY), min_size=1, max_size=50))
    @settings(max_examples=50)
    def test_milliseconds_survive_decimal_seconds(self, millis: list[int]) -> None:
        text = "".join(f"{ms // 1000}.{ms % 1000:03d}\n" for ms in millis)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "seconds.csv")
            path.write_text("connected_s\n" + text, encoding="utf-8")

            assert InputTable(path).seconds("connected_s", least=1).tolist() == millis

    @given(st.integers(-40 * 366 * DAY, 40 * 366 * DAY), st.integers(-14 * 4, 14 * 4))
    @settings(max_examples=100)
    def test_instants_are_read_as_the_standard_library_reads_them(
        self, millis: int, quarters: int
    ) -> None:
        calendar = Calendar(datetime(2026, 9, 1, tzinfo=UTC))
        offset = timedelta(minutes=15 * quarters)
        text = (
            (calendar.instant(millis) + offset)
            .replace(tzinfo=None)
            .isoformat(timespec="milliseconds")
        )
        sign, minutes = "-" if quarters < 0 else "+", abs(15 * quarters)
        text += f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "instants.csv")
            path.write_text(f"arrival\n{text}\n", encoding="utf-8")

            assert InputTable(path).instants("arrival", calendar).tolist() == [millis]
