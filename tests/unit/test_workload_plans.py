"""Plans of people whose day can be written out: shifts, breaks, endings, overlaps, fates."""

from typing import Any

import numpy as np
import pytest

from sim.record import NEVER, Cause, Ending, Table
from sim.scenario import ScenarioError
from sim.scenario.schema import Scenario
from sim.units import DAY, HOUR, MINUTE
from sim.workload import Workload, make_workload
from sim.workload.breaks import split
from sim.workload.overlaps import Intentions, merged
from tests.offices import FLEET, people, profile, scenario


def plan_of(spec: Scenario, replication: int = 0) -> Table:
    return make_workload(spec, replication).plan


def rows(spec: Scenario, user: int = 0) -> list[str]:
    """The sessions of one user as `Tue 09:00 - 12:00 logoff`, in UTC."""
    plan = plan_of(spec)
    mine = plan.take(plan["user"] == user)
    texts = []
    for arrival, connected, ending in zip(
        mine["arrival"].tolist(), mine["connected"].tolist(), mine["ending"].tolist(), strict=True
    ):
        begin, end = spec.calendar.instant(arrival), spec.calendar.instant(arrival + connected)
        texts.append(f"{begin:%a %H:%M} - {end:%H:%M} {Ending(ending).label}")
    return texts


class TestShift:
    def test_a_week_of_work(self) -> None:
        # 2026-09-01 is a Tuesday; the run of 7 days ends before the next one.
        assert rows(scenario()) == [
            "Tue 09:00 - 17:00 logoff",
            "Wed 09:00 - 17:00 logoff",
            "Thu 09:00 - 17:00 logoff",
            "Fri 09:00 - 17:00 logoff",
            "Mon 09:00 - 17:00 logoff",
        ]

    def test_holidays_and_days_off(self) -> None:
        office = people(holidays=["2026-09-02"], work_days=["tue", "wed", "sat"])

        assert rows(scenario({"office": office})) == [
            "Tue 09:00 - 17:00 logoff",
            "Sat 09:00 - 17:00 logoff",
        ]

    def test_in_london_the_utc_hour_changes_on_25_october(self) -> None:
        office = people(time_zone="Europe/London")
        spec = scenario({"office": office}, start="2026-10-23", horizon="4 d")

        assert rows(spec) == ["Fri 08:00 - 16:00 logoff", "Mon 09:00 - 17:00 logoff"]

    def test_several_sessions_a_day(self) -> None:
        office = people(sessions_per_day=3, session_length="2 h", between_sessions="90 min")

        assert rows(scenario({"office": office}, horizon="1 d")) == [
            "Tue 09:00 - 11:00 logoff",
            "Tue 12:30 - 14:30 logoff",
            "Tue 16:00 - 18:00 logoff",
        ]

    def test_a_night_shift_that_began_the_day_before_the_run_is_not_in_it(self) -> None:
        office = people(shift={"start": "22:00", "spread": "none"})

        assert rows(scenario({"office": office}, horizon="2 d")) == [
            "Tue 22:00 - 06:00 logoff",
            "Wed 22:00 - 06:00 logoff",
        ]

    def test_but_its_second_half_after_a_break_is(self) -> None:
        # Monday's shift from 22:00 to 06:00 has its break at 23:30: its rest begins on Tuesday.
        office = people(
            shift={"start": "22:00", "spread": "none"},
            breaks={"meal": {"at": "23:30", "spread": "none", "length": "1 h"}},
        )

        assert rows(scenario({"office": office}, horizon="1 d")) == [
            "Tue 00:30 - 06:00 logoff",
            "Tue 22:00 - 23:30 disconnect",
        ]

    def test_an_arrival_drawn_into_the_day_before_is_in_the_run_of_that_day(self) -> None:
        # Wednesday 00:10, give or take half an hour: a third of people come on Tuesday.
        office = people(
            users=3_000,
            shift={"start": "00:10", "spread": {"uniform": "30 min"}},
            work_days=["wed"],
        )
        plan = plan_of(scenario({"office": office}, horizon="1 d"))

        # 3000 x 20 / 60 = 1000, standard deviation 25.8
        assert abs(len(plan) - 1_000) < 4.5 * 25.8
        assert plan["arrival"].min() >= DAY - 20 * MINUTE
        assert plan["arrival"].max() < DAY

    def test_attendance_is_drawn_every_day(self) -> None:
        office = people(users=2_000, attendance="60 %")
        plan = plan_of(scenario({"office": office}))
        days = np.bincount(plan["arrival"] // DAY, minlength=7)

        # 1200 a day, standard deviation sqrt(2000 x 0.6 x 0.4) = 21.9; who comes on all five
        # days: 2000 x 0.6^5 = 155.5, standard deviation 12.
        assert np.abs(days[[0, 1, 2, 3, 6]] - 1_200).max() < 4.5 * 21.9
        assert days[[4, 5]].tolist() == [0, 0]
        always = (np.bincount(plan["user"], minlength=2_000) == 5).sum()
        assert abs(always - 155.5) < 4.5 * 12

    def test_a_session_of_no_length_is_no_session(self) -> None:
        assert rows(scenario({"office": people(session_length="0 s")})) == []

    def test_a_storm_has_forty_per_cent_in_its_middle_sixth(self) -> None:
        # A normal law with standard deviation 0.16 of the window: P(|Z| < 1/12 / 0.16 = 0.5208) =
        # 0.3975. Of 20,000 arrivals 7950, standard deviation sqrt(20,000 x 0.3975 x 0.6025) = 69.
        office = people(users=20_000, shift={"start": "09:00", "spread": {"normal": "9.6 min"}})
        plan = plan_of(scenario({"office": office}, horizon="1 d"))

        middle = np.abs(plan["arrival"] - 9 * HOUR) < 5 * MINUTE

        assert len(plan) == 20_000
        assert abs(middle.sum() - 0.3975 * 20_000) < 4.5 * 69


class TestBreaks:
    def test_a_break_splits_the_day_and_counts_as_length(self) -> None:
        office = people(breaks={"lunch": {"at": "12:00", "spread": "none", "length": "45 min"}})

        assert rows(scenario({"office": office}, horizon="1 d")) == [
            "Tue 09:00 - 12:00 disconnect",
            "Tue 12:45 - 17:00 logoff",
        ]

    def test_people_may_log_off_for_a_break(self) -> None:
        office = people(
            breaks={"lunch": {"at": "12:00", "spread": "none", "length": "45 min"}},
            break_ending="logoff",
            endings={"left-connected": "100 %"},
        )
        plan = plan_of(scenario({"office": office}, horizon="1 d"))

        assert plan["ending"][:2].tolist() == [Ending.LOGOFF, Ending.LEFT_CONNECTED]
        assert plan["idle_from"][:2].tolist() == [NEVER, (4 * 60 + 15) * MINUTE]

    def test_breaks_are_by_the_clock_on_the_day_of_the_change(self) -> None:
        # New York, Sunday 8 March 2026: 12:00 is 16:00 UTC, 09:00 is 13:00 UTC.
        office = people(
            time_zone="America/New_York",
            work_days=["sun"],
            breaks={"lunch": {"at": "12:00", "spread": "none", "length": "1 h"}},
        )

        assert rows(scenario({"office": office}, start="2026-03-08", horizon="1 d")) == [
            "Sun 13:00 - 16:00 disconnect",
            "Sun 17:00 - 21:00 logoff",
        ]

    def test_a_share_of_people_takes_it_every_day(self) -> None:
        office = people(
            users=2_000,
            breaks={
                "lunch": {"at": "12:00", "spread": "none", "length": "45 min", "share": "25 %"}
            },
        )
        plan = plan_of(scenario({"office": office}, horizon="1 d"))

        # 2000 first sessions and 500 second ones, standard deviation 19.4
        assert abs(len(plan) - 2_500) < 4.5 * 19.4

    def test_short_breaks_are_a_poisson_number_of_them(self) -> None:
        office = people(users=5_000, short_breaks={"per_day": 2.0, "length": "1 ms"})
        plan = plan_of(scenario({"office": office}, horizon="1 d"))
        pieces = np.bincount(plan["user"])
        connected = np.bincount(plan["user"], weights=plan["connected"])

        # One piece and one more for each break: mean 3, variance 2. (Two breaks of 1 ms hardly ever
        # meet within 8 h.) 5000 users: standard error 0.02.
        assert abs(pieces.mean() - 3) < 4.5 * 0.02
        assert pieces.var() == pytest.approx(2, rel=0.15)
        assert np.array_equal(connected, 8 * HOUR - (pieces - 1))

    @pytest.mark.parametrize(
        ("breaks", "pieces"),
        [
            ([], ["0-100"]),
            ([(20, 30)], ["0-20", "30-100"]),
            ([(50, 60), (20, 30)], ["0-20", "30-50", "60-100"]),
            ([(20, 40), (30, 60)], ["0-20", "60-100"]),  # overlapping: one break
            ([(20, 80), (30, 40), (50, 60)], ["0-20", "80-100"]),  # inside another one
            ([(20, 30), (30, 40)], ["0-20", "40-100"]),  # one after the other
            ([(0, 30)], ["0-100"]),  # begins with the session: people come after it
            ([(-10, 30)], ["0-100"]),
            ([(100, 120)], ["0-100"]),  # begins with the end
            ([(90, 120)], ["0-90"]),  # lasts beyond the end: people leave for it
            ([(20, 20)], ["0-100"]),  # not taken
            ([(1, 99)], ["0-1", "99-100"]),
        ],
    )
    def test_the_rules_of_splitting(self, breaks: list[tuple[int, int]], pieces: list[str]) -> None:
        spans = np.array(breaks, dtype=np.int64).reshape(1, len(breaks), 2)

        found = split(np.array([0]), np.array([100]), spans[:, :, 0], spans[:, :, 1])

        texts = [f"{a}-{b}" for a, b in zip(found.begin, found.end, strict=True)]
        assert texts == pieces
        assert found.last.tolist() == [False] * (len(pieces) - 1) + [True]

    def test_sessions_of_no_length_have_no_pieces(self) -> None:
        none = np.empty((2, 0), dtype=np.int64)

        found = split(np.array([5, 7]), np.array([5, 8]), none, none)

        assert (found.session.tolist(), found.last.tolist()) == ([1], [True])


class TestEndings:
    def test_shares_and_idleness(self) -> None:
        office = people(
            users=10_000,
            endings={
                "left-connected": "20 %", "logoff": "30 %", "network-loss": "10 %",
                "disconnect": "40 %",
            },
        )  # fmt: skip
        plan = plan_of(scenario({"office": office}, horizon="1 d"))
        counts = np.bincount(plan["ending"], minlength=4)

        # Standard deviations sqrt(10,000 p (1 - p)) are at most 49.
        assert np.abs(counts - [3_000, 4_000, 1_000, 2_000]).max() < 4.5 * 49
        left = plan["ending"] == Ending.LEFT_CONNECTED
        assert (plan["idle_from"][left] == plan["connected"][left]).all()
        assert (plan["idle_from"][~left] == NEVER).all()


class TestOverlaps:
    def sessions(self, *rows: tuple[int, int, int, Ending]) -> Intentions:
        user, begin, end, ending = (
            np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)
        )
        return Intentions(user.astype(np.int32), begin, end - begin, ending.astype(np.int8))

    def test_a_union_ends_as_the_session_that_ends_last(self) -> None:
        united = merged(
            self.sessions(
                (0, 0, 50, Ending.LOGOFF),
                (0, 10, 20, Ending.DISCONNECT),  # inside the first
                (0, 40, 70, Ending.NETWORK_LOSS),
                (0, 70, 80, Ending.LEFT_CONNECTED),  # begins as the union ends: another one
                (1, 75, 90, Ending.LOGOFF),  # somebody else
                (1, 80, 90, Ending.DISCONNECT),  # both end last: the later one
            )
        )

        assert united.user.tolist() == [0, 0, 1]
        assert united.arrival.tolist() == [0, 70, 75]
        assert united.connected.tolist() == [70, 10, 15]
        assert united.ending.tolist() == [
            Ending.NETWORK_LOSS, Ending.LEFT_CONNECTED, Ending.DISCONNECT
        ]  # fmt: skip

    def test_a_long_session_reaches_over_several(self) -> None:
        united = merged(
            self.sessions(
                (3, 0, 100, Ending.LOGOFF),
                (3, 10, 20, Ending.DISCONNECT),
                (3, 50, 60, Ending.DISCONNECT),
                (3, 99, 101, Ending.NETWORK_LOSS),
                (4, 0, 5, Ending.LOGOFF),
            )
        )

        assert united.connected.tolist() == [101, 5]
        assert united.ending.tolist() == [Ending.NETWORK_LOSS, Ending.LOGOFF]

    def office(self, overlap: str) -> Scenario:
        # Sessions of 30 h that begin every morning: 09:00 to 15:00 on the next day.
        office = people(users=1, session_length="30 h", overlap=overlap)
        return scenario({"office": office}, horizon="2 d")

    def test_merge_makes_one_of_them_which_ends_with_friday(self) -> None:
        plan = plan_of(self.office("merge"))

        # The chain of Tuesday to Friday is followed for a day beyond the end of the run, which
        # is Thursday 00:00: Thursday's own session still counts, Friday's not.
        assert plan["arrival"].tolist() == [9 * HOUR]
        assert plan["connected"].tolist() == [(24 + 24 + 30) * HOUR]

    def test_wait_leaves_them_to_the_model(self) -> None:
        plan = plan_of(self.office("wait"))

        assert plan["arrival"].tolist() == [9 * HOUR, 33 * HOUR]
        assert plan["connected"].tolist() == [30 * HOUR, 30 * HOUR]

    def test_refuse_names_who_and_when(self) -> None:
        with pytest.raises(ScenarioError) as caught:
            plan_of(self.office("refuse"))

        assert str(caught.value.problems[0]) == (
            "populations.office.overlap: session of office-00000 at 2026-09-02T09:00:00Z overlaps "
            "that from 2026-09-01T09:00:00Z to 2026-09-02T15:00:00Z"
        )


class TestProfile:
    def test_logons_come_at_the_rates_of_the_local_week(self) -> None:
        # Only Tuesday 10:00 to 11:00 in New York, 14:00 UTC: hour 24 + 10 of the week.
        rates = [0.0] * 168
        rates[34] = 0.5
        office = profile(rates, users=4_000, time_zone="America/New_York", session_length="1 min")
        plan = plan_of(scenario({"office": office}))

        # Merging of overlapping sessions takes away next to nothing: 2000, standard deviation 44.7.
        assert abs(len(plan) - 2_000) < 4.5 * 44.7 + 10
        assert (plan["arrival"] // HOUR == 14).all()
        minutes = plan["arrival"] % HOUR / HOUR
        assert abs(minutes.mean() - 0.5) < 4.5 / np.sqrt(12 * 2_000)

    def test_nobody_comes_on_a_holiday_but_on_any_weekday(self) -> None:
        office = profile(1.0, users=50, session_length="1 s", holidays=["2026-09-03"])
        plan = plan_of(scenario({"office": office}))

        days = np.bincount(plan["arrival"] // DAY, minlength=7)
        assert days[2] == 0
        # 50 users x 24 = 1200 a day, standard deviation 34.6
        assert np.abs(days[[0, 1, 3, 4, 5, 6]] - 1_200).max() < 4.5 * 34.6

    def test_a_day_of_25_hours_has_its_repeated_hour_twice(self) -> None:
        # London, 25 October 2026: 01:00 to 02:00 twice, then 22 other hours and 00:00.
        rates = [0.0] * 168
        rates[6 * 24 + 1] = 1.0
        office = profile(
            rates, users=3_000, time_zone="Europe/London", session_length="1 ms", overlap="wait"
        )
        plan = plan_of(scenario({"office": office}, start="2026-10-24", horizon="3 d"))
        spring = plan_of(scenario({"office": office}, start="2026-03-28", horizon="3 d"))

        # 6000 logons between 00:00 and 02:00 UTC, standard deviation 77.5; in spring none.
        assert abs(len(plan) - 6_000) < 4.5 * 77.5
        assert set((plan["arrival"] // HOUR).tolist()) == {24, 25}
        assert len(spring) == 0

    def test_rates_from_a_file(self, tmp_path: Any) -> None:
        path = tmp_path / "week.csv"
        path.write_text("logons_per_user_hour\n" + "0.5\n" * 168, encoding="utf-8")
        office = people(shift=None, weekly_profile={"hourly": str(path)}, session_length="1 s")
        listed = profile(0.5, session_length="1 s")

        assert_same(plan_of(scenario({"office": office})), plan_of(scenario({"office": listed})))

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("rate\n1\n", "required column, and missing"),
            (
                "logons_per_user_hour\n" + "1\n" * 167,
                "expected 168 rates from Monday 00:00, got 167",
            ),
            ("logons_per_user_hour\n-1\n" + "1\n" * 167, "expected a rate of 0 or more, got '-1'"),
        ],
    )
    def test_a_wrong_file_is_refused(self, tmp_path: Any, text: str, complaint: str) -> None:
        path = tmp_path / "week.csv"
        path.write_text(text, encoding="utf-8")
        office = people(shift=None, weekly_profile={"hourly": str(path)})

        with pytest.raises(ScenarioError, match=complaint):
            plan_of(scenario({"office": office}))


class TestClientsAndFates:
    def spec(self, **changes: Any) -> Scenario:
        office = people(
            users=2_000,
            clients={
                "near": {"share": "75 %", "round_trip": "10 ms"},
                "far": {
                    "share": "25 %",
                    "round_trip": {"uniform": {"low": "100 ms", "high": "200 ms"}},
                },
            },
        )
        return scenario({"office": office, "sales": people()}, horizon="2 d", **changes)

    def test_a_user_keeps_the_kind_of_client(self) -> None:
        workload = make_workload(self.spec())
        plan = workload.plan.take(workload.plan["user"] < 2_000)

        assert workload.clients == ["near", "far", "client"]
        of_day = plan["client"].reshape(2_000, 2)
        assert (of_day[:, 0] == of_day[:, 1]).all()
        # 500 of 2000, standard deviation 19.4
        assert abs((of_day[:, 0] == 1).sum() - 500) < 4.5 * 19.4
        near = plan["client"] == 0
        assert set(plan["rtt"][near].tolist()) == {10}
        assert set(plan["rtt"][~near].tolist()) == set(range(100, 201))
        assert set(workload.plan["client"][-6:].tolist()) == {2}
        assert set(workload.plan["rtt"][-6:].tolist()) == {40}

    def test_kinds_of_client_without_fips_are_turned_away_where_it_is_asked_for(self) -> None:
        """All rows of zero clients, whatever else would turn them away, and no others for it."""
        kinds = {"laptop": {"share": "70 %"}, "zero": {"share": "30 %", "fips": False}}
        office = people(users=200, clients=kinds)
        access = {"trusted_devices": {"untrusted": "20 %"}}

        def made(**more: Any) -> Table:
            told: dict[str, Any] = {"access": {**access, **more}}
            return plan_of(scenario({"office": office, "sales": people()}, horizon="2 d", **told))

        standard, validated = made(), made(fips={})
        zero = validated["client"] == 1
        assert 0 < zero.sum() < len(zero)
        assert (validated["barrier"][zero] == Cause.FIPS_REQUIRED).all()
        assert validated["barrier"][~zero].tolist() == standard["barrier"][~zero].tolist()
        assert set(standard["barrier"].tolist()) == {Cause.NONE, Cause.UNTRUSTED_DEVICE}
        for column in ("arrival", "client", "rtt", "streaming", "os_logon", "patience"):
            assert validated[column].tolist() == standard[column].tolist()

    def test_fips_lengthens_every_streaming_connection(self) -> None:
        """5 s and 400 ms."""
        access = {"fips": {"extra_time": "400 ms"}}
        assert set(plan_of(self.spec(access=access))["streaming"].tolist()) == {5_400}

    def test_stages_follow_their_laws(self) -> None:
        logon = {
            "resume": {"uniform": {"low": "60 s", "high": "90 s"}},
            "cold_start": {"uniform": {"low": "2 min", "high": "5 min"}},
            "streaming": "5 s",
            "os_logon": {"exponential": "28 s"},
        }
        plan = plan_of(
            self.spec(
                fleets={"desks": {**FLEET, "logon": logon}}, directory={"service_time": "2 s"}
            )
        )
        count = len(plan)

        # Standard errors: 30 s / sqrt(12 n), 180 s / sqrt(12 n), 28 s / sqrt(n).
        assert abs(plan["resume"].mean() - 75_000) < 4.5 * 30_000 / np.sqrt(12 * count)
        assert abs(plan["cold_start"].mean() - 210_000) < 4.5 * 180_000 / np.sqrt(12 * count)
        assert abs(plan["os_logon"].mean() - 28_000) < 4.5 * 28_000 / np.sqrt(count)
        assert set(plan["streaming"].tolist()) == {5_000}
        assert set(plan["directory_service"].tolist()) == {2_000}
        assert set(plan["retry_after"].tolist()) == {120_000}
        # Stages of one logon, and one stage on two days, are independent.
        assert abs(np.corrcoef(plan["resume"], plan["os_logon"])[0, 1]) < 4.5 / np.sqrt(count)
        of_day = plan["resume"].reshape(-1, 2)
        assert abs(np.corrcoef(of_day.T)[0, 1]) < 4.5 / np.sqrt(count / 2)

    def test_without_a_directory_its_service_takes_no_time(self) -> None:
        assert not plan_of(self.spec())["directory_service"].any()
        without = {"desks": {**FLEET, "uses_directory": False}}
        assert not plan_of(self.spec(directory={}, fleets=without))["directory_service"].any()
        # An exponential second, from 4006 logons: standard error 16 ms.
        service = plan_of(self.spec(directory={}))["directory_service"]
        assert abs(service.mean() - 1_000) < 4.5 * 16

    def test_a_stage_longer_than_32_bits_is_cut(self) -> None:
        # One lognormal duration in 200 is more than 25 times the mean when the cv is 100.
        logon = {"resume": {"lognormal": {"mean": "24 h", "cv": 100}}}
        plan = plan_of(self.spec(fleets={"desks": {**FLEET, "logon": logon}}))

        assert plan["resume"].min() >= 0
        assert plan["resume"].max() == 2**31 - 1


class TestEmpty:
    @pytest.mark.parametrize(
        "populations",
        [
            {},
            {"office": people(users=0)},
            {"office": profile(0.0)},
            {"office": people(work_days=[])},
        ],
        ids=["nobody", "no users", "no rates", "no work days"],
    )
    def test_nothing_to_do_is_a_plan_without_rows(self, populations: dict[str, Any]) -> None:
        workload = make_workload(scenario(populations))

        assert len(workload.plan) == 0
        assert workload.plan["arrival"].dtype == np.int64


def test_the_table_is_sorted_and_typed() -> None:
    spec = scenario(
        {"a": profile(0.2, users=30), "b": people(users=20, shift={"start": "08:00"})}, seed=9
    )
    workload: Workload = make_workload(spec)
    plan = workload.plan

    assert plan["session"].tolist() == list(range(len(plan)))
    assert np.array_equal(np.lexsort((plan["arrival"], plan["user"])), np.arange(len(plan)))
    assert [plan[c.name].dtype for c in plan.schema.columns] == [
        c.dtype for c in plan.schema.columns
    ]
    assert (plan["gap"] == NEVER).all()
    assert plan["connected"].min() >= 1


def assert_same(one: Table, other: Table) -> None:
    for name in one.schema.names:
        assert np.array_equal(one[name], other[name]), name
