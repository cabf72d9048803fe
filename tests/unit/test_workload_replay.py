"""Replay: recorded sessions become a plan, and everything wrong with a file is said at once."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.record import NEVER, Cause, Ending, Table
from sim.scenario import ScenarioError
from sim.scenario.schema import Scenario
from sim.storage import write_table
from sim.units import DAY, HOUR, SECOND
from sim.workload import Workload, make_workload, workload_problems
from sim.workload.exports import plan_table, users_table
from tests.offices import FLEET, people, profile, scenario

HEADER = "user,arrival,gap_s,connected_s,ending,idle_from_s,client,rtt_ms"


def replay(folder: Path, sessions: str, users: str | None = None, **settings: Any) -> Scenario:
    """A scenario that replays these rows; 2026-09-01, one week."""
    (folder / "plan.csv").write_text(sessions, encoding="utf-8")
    section = {"sessions": str(folder / "plan.csv"), "fleet": "desks"}
    if users is not None:
        (folder / "users.csv").write_text(users, encoding="utf-8")
        section["users"] = str(folder / "users.csv")
    section.update(settings.pop("replay", {}))
    populations = settings.pop("populations", {})
    return scenario(populations, replay=section, **settings)


def problems(spec: Scenario) -> list[str]:
    """What is wrong, without the folder: `plan.csv:2:1: arrival: expected ...`."""
    with pytest.raises(ScenarioError) as caught:
        make_workload(spec)
    assert workload_problems(spec) == list(dict.fromkeys(caught.value.problems))
    return [
        str(problem._replace(file=Path(problem.file).name)) for problem in caught.value.problems
    ]


def assert_same(one: Table, other: Table) -> None:
    for name in one.schema.names:
        assert one[name].dtype == other[name].dtype
        assert np.array_equal(one[name], other[name]), name


class TestRows:
    def test_times_are_exact_to_the_millisecond(self, tmp_path: Path) -> None:
        plan = make_workload(
            replay(
                tmp_path,
                f"{HEADER}\n"
                "jane,2026-09-01T09:00:00.001+02:00,,0.001,logoff,,,\n"
                "jane,2026-09-01T08:30:00Z,,28799.999,left-connected,27000.007,laptop,17\n"
                "joe,2026-09-06T23:59:59.999Z,,604800.1,network-loss,0,,\n",
            )
        ).plan

        assert plan["arrival"].tolist() == [7 * HOUR + 1, 8 * HOUR + 30 * 60_000, 6 * DAY - 1]
        assert plan["connected"].tolist() == [1, 8 * HOUR - 1, 7 * DAY + 100]
        assert plan["idle_from"].tolist() == [NEVER, 27_000_007, 0]
        assert plan["ending"].tolist() == [
            Ending.LOGOFF, Ending.LEFT_CONNECTED, Ending.NETWORK_LOSS
        ]  # fmt: skip
        assert plan["user"].tolist() == [0, 0, 1]

    def test_rows_of_a_user_come_in_order_of_time(self, tmp_path: Path) -> None:
        workload = make_workload(
            replay(
                tmp_path,
                "user,arrival,connected_s,ending\n"
                "b,2026-09-02T09:00Z,60,logoff\n"
                "a,2026-09-03T09:00Z,60,logoff\n"
                "b,2026-09-01T09:00Z,60,logoff\n",
            )
        )

        assert workload.users["name"].tolist() == ["b", "a"]
        assert workload.plan["user"].tolist() == [0, 0, 1]
        assert workload.plan["arrival"].tolist() == [9 * HOUR, 33 * HOUR, 57 * HOUR]

    def test_gaps_follow_in_the_order_of_the_file(self, tmp_path: Path) -> None:
        plan = make_workload(
            replay(
                tmp_path,
                "user,gap_s,connected_s,ending,arrival\n"
                "a,0,60,logoff,\n"
                "a,3600.5,120,disconnect,\n"
                "a,,30,logoff,2026-09-02T09:00Z\n"
                "a,7,30,logoff,\n",
            )
        ).plan

        assert plan["gap"].tolist() == [0, 3_600_500, NEVER, 7_000]
        assert plan["arrival"].tolist() == [NEVER, NEVER, 33 * HOUR, NEVER]

    def test_names_that_look_like_numbers_stay_names(self, tmp_path: Path) -> None:
        row = "2026-09-01T09:00Z,60,logoff"
        text = f"user,arrival,connected_s,ending\n007,{row}\n7,{row}\nNA,{row}\n1e3,{row}\n"

        users = make_workload(replay(tmp_path, text)).users

        assert users["name"].tolist() == ["007", "7", "NA", "1e3"]

    def test_parquet_with_timestamps(self, tmp_path: Path) -> None:
        frame = pd.DataFrame(
            {
                "user": ["a", "b"],
                "arrival": pd.to_datetime(["2026-09-01T11:00+02:00", "2026-09-01T12:00+02:00"]),
                "connected_s": [60, 90],
                "ending": pd.Categorical(["logoff", "disconnect"]),
            }
        )
        write_table(tmp_path / "plan.parquet", frame)
        spec = scenario({}, replay={"sessions": str(tmp_path / "plan.parquet"), "fleet": "desks"})

        plan = make_workload(spec).plan

        assert plan["arrival"].tolist() == [9 * HOUR, 10 * HOUR]
        assert plan["connected"].tolist() == [60 * SECOND, 90 * SECOND]

    def test_an_empty_plan_with_idle_users(self, tmp_path: Path) -> None:
        spec = replay(tmp_path, HEADER + "\n", "user\njane\njoe\n")

        workload = make_workload(spec)

        assert len(workload.plan) == 0
        assert workload.users["fleet"].tolist() == ["desks", "desks"]


class TestWhatIsLeftOpen:
    def test_a_described_population_behaves_as_described(self, tmp_path: Path) -> None:
        office = people(
            users=9,
            time_zone="Europe/London",
            cost_center="4711",
            clients={"tablet": {"share": "100 %", "round_trip": "77 ms"}},
            retry_after="9 s",
        )
        row = "2026-09-01T09:00Z,60,logoff"
        workload = make_workload(
            replay(
                tmp_path,
                f"user,arrival,connected_s,ending,client,rtt_ms\n"
                f"office-00004,{row},,\njane,{row},,\njoe,{row},tablet,5\nann,{row},phone,\n",
                populations={"office": office},
            )
        )
        users, plan = workload.users, workload.plan

        assert users["population"].tolist() == ["office", "replay", "replay", "replay"]
        assert users["cost_center"].tolist() == ["4711", "replay", "replay", "replay"]
        assert users["time_zone"].tolist() == ["Europe/London", "UTC", "UTC", "UTC"]
        assert plan["retry_after"].tolist() == [9_000, 120_000, 120_000, 120_000]
        assert workload.clients == ["tablet", "phone", "client"]
        assert plan["client"].tolist() == [0, 2, 0, 1]
        assert plan["rtt"].tolist() == [77, 40, 5, 40]

    def test_clients_that_the_file_names_are_turned_away_by_fips_as_described(
        self, tmp_path: Path
    ) -> None:
        """Of a kind that nobody describes nothing is known: it is let in."""
        office = people(users=9, clients={"zero": {"share": "100 %", "fips": False}})
        rows = "".join(
            f"office-0000{number},2026-09-01T09:00Z,60,logoff,{client}\n"
            for number, client in enumerate(("zero", "", "phone"))
        )
        plan = make_workload(
            replay(
                tmp_path,
                f"user,arrival,connected_s,ending,client\n{rows}",
                populations={"office": office},
                access={"fips": {}},
            )
        ).plan
        fips, let_in = Cause.FIPS_REQUIRED, Cause.NONE
        assert plan["barrier"].tolist() == [fips, fips, let_in]

    def test_fates_depend_on_the_name_and_the_day_and_not_on_who_else_is_there(
        self, tmp_path: Path
    ) -> None:
        rows = [
            f"office-{user:05d},2026-09-0{day}T{hour}:00Z,60,logoff"
            for user in (3, 1) for day in (2, 3) for hour in ("09", "11")
        ]  # fmt: skip
        head = "user,arrival,connected_s,ending\n"
        spec: dict[str, Any] = {"populations": {"office": people()}, "directory": {}}

        all_rows = make_workload(replay(tmp_path, head + "\n".join(rows), **spec)).plan
        one_user = make_workload(replay(tmp_path, head + "\n".join(rows[4:]), **spec)).plan
        one_day = make_workload(replay(tmp_path, head + "\n".join(rows[6:]), **spec)).plan

        for stage in ("directory_service", "resume", "cold_start", "os_logon"):
            assert all_rows[stage][4:].tolist() == one_user[stage].tolist()
            assert all_rows[stage][6:].tolist() == one_day[stage].tolist()
        assert len(set(all_rows["resume"].tolist())) == 8


class TestUsers:
    def test_everything_can_be_said(self, tmp_path: Path) -> None:
        fleets = {"desks": FLEET, "labs": FLEET}
        users = make_workload(
            replay(
                tmp_path,
                HEADER + "\n",
                "user,population,fleet,cost_center,time_zone,joins,leaves\n"
                "ann,lab,labs,42,Asia/Tokyo,2026-09-02T00:00+09:00,2026-09-04T00:00+09:00\n"
                "bob,,,,,2026-08-01T00:00Z,2027-01-01T00:00Z\n",
                fleets=fleets,
            )
        ).users

        assert users["population"].tolist() == ["lab", "replay"]
        assert users["fleet"].tolist() == ["labs", "desks"]
        assert users["cost_center"].tolist() == ["42", "replay"]
        assert users["time_zone"].tolist() == ["Asia/Tokyo", "UTC"]
        # Bob was there before the run and stays beyond it.
        assert users["joins"].tolist() == [15 * HOUR, NEVER]
        assert users["leaves"].tolist() == [63 * HOUR, NEVER]

    def test_everything_can_be_wrong(self, tmp_path: Path) -> None:
        found = problems(
            replay(
                tmp_path,
                HEADER + "\n",
                "user,fleet,time_zone,joins,leaves\n"
                "ann,lab,,,\n"
                "bob,,Mars/Olympus,yesterday,\n"
                ",,,,\n"
                "ann,,,2026-09-08T00:00Z,2026-09-03T00:00Z\n"
                "eve,,,2026-09-03,2026-08-03T00:00Z\n",
            )
        )

        assert found == [
            "users.csv:2:1: fleet: expected a fleet of the scenario (desks), got 'lab'",
            (
                "users.csv:3:1: time_zone: expected an IANA time zone such as 'Europe/London', "
                "got 'Mars/Olympus'"
            ),
            (
                "users.csv:3:1: joins: expected an instant with an offset such as "
                "2026-09-01T09:00:00+02:00, got 'yesterday'"
            ),
            "users.csv:4:1: user: expected the name of a user, got nothing",
            "users.csv:5:1: user: expected each user once, got 'ann'",
            (
                "users.csv:5:1: joins: expected an instant before the end of the run, "
                "got '2026-09-08T00:00Z'"
            ),
            (
                "users.csv:5:1: leaves: expected an instant inside the run, after joining, "
                "got '2026-09-03T00:00Z'"
            ),
            (
                "users.csv:6:1: joins: expected an instant with an offset such as "
                "2026-09-01T09:00:00+02:00, got '2026-09-03'"
            ),
            (
                "users.csv:6:1: leaves: expected an instant inside the run, after joining, "
                "got '2026-08-03T00:00Z'"
            ),
        ]

    def test_somebody_must_say_the_fleet(self, tmp_path: Path) -> None:
        text = "user,arrival,connected_s,ending\njane,2026-09-01T09:00Z,60,logoff\n"

        assert problems(replay(tmp_path, text, "user\njane\n", replay={"fleet": None})) == [
            "users.csv:2:1: fleet: expected a fleet of the scenario (desks), got nothing"
        ]
        assert problems(replay(tmp_path, text, replay={"fleet": "labs"})) == [
            "replay.fleet: expected a fleet of the scenario, got 'labs'"
        ]


class TestProblems:
    def test_all_at_once_by_row(self, tmp_path: Path) -> None:
        found = problems(
            replay(
                tmp_path,
                f"{HEADER}\n"
                "a,2026-09-01T09:00:00,,60,logoff,,,\n"  # line 2: no offset
                "a,2026-09-08T00:00Z,,60,logoff,,,\n"  # the run has ended
                "a,2026-08-31T23:59:59.999Z,,60,logoff,,,\n"  # not begun
                "a,2026-09-01T09:00Z,60,60,logoff,,,\n"  # 5: both
                "a,,,60,logoff,,,\n"  # neither
                "a,2026-09-02T09:00Z,,0,logoff,,,\n"
                "a,2026-09-02T10:00Z,,-3,logoff,,,\n"
                "a,2026-09-02T11:00Z,,nan,logoff,,,\n"
                "a,2026-09-02T12:00Z,,,logoff,,,\n"  # 10
                "a,2026-09-02T13:00Z,,60,sleep,,,\n"
                ",2026-09-02T14:00Z,,60,logoff,,,\n"
                "a,2026-09-02T15:00Z,,60,logoff,61,,\n"
                "b,,-1,60,logoff,,,-5\n"
                "z,2026-09-02T16:00Z,,60,,,,fast\n",  # 15
                "user\na\nb\n",
            )
        )

        offset = "expected an instant with an offset such as 2026-09-01T09:00:00+02:00"
        inside = "expected an instant from 2026-09-01T00:00:00Z to before 2026-09-08T00:00:00Z"
        length = "expected more than 0 s and less than 1000 years"
        endings = "expected one of logoff, disconnect, network-loss, left-connected"
        assert found == [
            f"plan.csv:2:1: arrival: {offset}, got '2026-09-01T09:00:00'",
            f"plan.csv:3:1: arrival: {inside}, got '2026-09-08T00:00Z'",
            f"plan.csv:4:1: arrival: {inside}, got '2026-08-31T23:59:59.999Z'",
            "plan.csv:5:1: gap_s: expected nothing here, since the row has an arrival, got '60'",
            "plan.csv:6:1: arrival: expected an arrival or a gap_s, got nothing",
            f"plan.csv:7:1: connected_s: {length}, got '0'",
            f"plan.csv:8:1: connected_s: {length}, got '-3'",
            "plan.csv:9:1: connected_s: expected a finite number, got 'nan'",
            "plan.csv:10:1: connected_s: expected more than 0 s, got nothing",
            f"plan.csv:11:1: ending: {endings}, got 'sleep'",
            "plan.csv:12:1: user: expected the name of a user, got nothing",
            "plan.csv:13:1: idle_from_s: expected no more than connected_s, got '61'",
            "plan.csv:14:1: gap_s: expected 0 s or more and less than 1000 years, got '-1'",
            "plan.csv:14:1: rtt_ms: expected 0 ms or more, and less than 24 days, got '-5'",
            "plan.csv:15:1: user: expected a user of the users file, got 'z'",
            f"plan.csv:15:1: ending: {endings}, got nothing",
            "plan.csv:15:1: rtt_ms: expected a finite number, got 'fast'",
        ]

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("", ":1:1: "),
            ("user,arrival\n", ":1:1: connected_s: required column, and missing"),
            ("user,connected_s,ending\n", ":1:1: arrival: expected a column arrival or gap_s"),
            (HEADER.replace("idle_from_s", "idle_from") + "\n", "did you mean 'idle_from_s'?"),
        ],
    )
    def test_wrong_columns(self, tmp_path: Path, text: str, complaint: str) -> None:
        assert any(complaint in problem for problem in problems(replay(tmp_path, text)))

    def test_a_missing_file(self, tmp_path: Path) -> None:
        spec = scenario({}, replay={"sessions": str(tmp_path / "plan.csv"), "fleet": "desks"})

        assert problems(spec)[0].startswith("plan.csv:1:1: ")

    def test_a_flood_of_problems_is_counted(self, tmp_path: Path) -> None:
        rows = "a,2026-09-02T09:00Z,-1,logoff\n" * 1_200
        found = problems(replay(tmp_path, "user,arrival,connected_s,ending\n" + rows))

        assert len(found) == 1_001
        assert found[-1] == "plan.csv:1002:1: connected_s: and 200 more rows"

    def test_an_arrival_before_an_earlier_row_of_a_user_with_gaps(self, tmp_path: Path) -> None:
        found = problems(
            replay(
                tmp_path,
                "user,arrival,gap_s,connected_s,ending\n"
                "a,2026-09-02T09:00Z,,60,logoff\n"
                "a,,5,60,logoff\n"
                "a,2026-09-01T09:00Z,,60,logoff\n",
            )
        )

        assert found == [
            (
                "plan.csv:4:1: arrival: expected no earlier than in line 2, because sessions of a "
                "user with gaps stand in the order of intent"
            )
        ]


class TestOverlaps:
    TEXT = (
        "user,arrival,connected_s,ending,idle_from_s,client,rtt_ms\n"
        "a,2026-09-01T11:00Z,3600,network-loss,600,phone,9\n"
        "a,2026-09-01T09:00Z,7201,logoff,60,laptop,8\n"
        "a,2026-09-01T12:00Z,3600,logoff,,laptop,8\n"
        "b,2026-09-01T09:30Z,3600,disconnect,,laptop,8\n"
    )

    def test_refused_by_row(self, tmp_path: Path) -> None:
        assert problems(replay(tmp_path, self.TEXT)) == [
            (
                "plan.csv:2:1: arrival: overlaps the session of a in line 3, which lasts until "
                "2026-09-01T11:00:01Z"
            )
        ]

    def test_merged(self, tmp_path: Path) -> None:
        workload = make_workload(replay(tmp_path, self.TEXT, replay={"overlap": "merge"}))
        plan = workload.plan

        # 09:00 to 12:00, as the session that ends last: idle from 11:10 on.
        assert plan["arrival"].tolist() == [9 * HOUR, 12 * HOUR, 9 * HOUR + HOUR // 2]
        assert plan["connected"].tolist() == [3 * HOUR, HOUR, HOUR]
        assert plan["ending"].tolist() == [Ending.NETWORK_LOSS, Ending.LOGOFF, Ending.DISCONNECT]
        assert plan["idle_from"].tolist() == [2 * HOUR + 600 * SECOND, NEVER, NEVER]
        assert [workload.clients[code] for code in plan["client"]] == ["phone", "laptop", "laptop"]
        assert plan["rtt"].tolist() == [9, 8, 8]

    def test_left_to_the_model(self, tmp_path: Path) -> None:
        plan = make_workload(replay(tmp_path, self.TEXT, replay={"overlap": "wait"})).plan

        assert plan["arrival"].tolist() == [9 * HOUR, 11 * HOUR, 12 * HOUR, 9 * HOUR + HOUR // 2]

    def test_of_users_with_gaps_nothing_is_merged(self, tmp_path: Path) -> None:
        text = (
            "user,arrival,gap_s,connected_s,ending\n"
            "a,2026-09-01T09:00Z,,7200,logoff\n"
            "a,2026-09-01T10:00Z,,7200,logoff\n"
            "a,,60,60,logoff\n"
        )

        plan = make_workload(replay(tmp_path, text, replay={"overlap": "merge"})).plan

        assert plan["connected"].tolist() == [2 * HOUR, 2 * HOUR, 60 * SECOND]


class TestThereAndBack:
    def spec(self, **settings: Any) -> Scenario:
        populations = {
            "office": people(
                users=40,
                time_zone="Europe/London",
                shift={"start": "09:00"},
                session_length={"lognormal": {"mean": "7 h", "cv": 0.5}},
                short_breaks={"per_day": 1.5},
                joiners_per_month=3.5,
                leavers_per_month=3.5,
                endings={"logoff": "50 %", "left-connected": "50 %"},
                clients={
                    "near": {
                        "share": "50 %",
                        "round_trip": {"gamma": {"mean": "20 ms", "cv": 0.5}},
                    },
                    "far": {"share": "50 %", "round_trip": {"exponential": "150 ms"}},
                },
                retry_after={"exponential": "2 min"},
            ),
            "agents": profile(0.1, users=10, cost_center="7"),
        }
        return scenario(
            populations, horizon={"months": 1}, warm_up="3 d", directory={}, seed=5, **settings
        )

    @pytest.mark.parametrize("suffix", ["csv", "parquet"])
    def test_what_is_written_is_read_the_same(self, tmp_path: Path, suffix: str) -> None:
        drawn: Workload = make_workload(self.spec())
        sessions, users = tmp_path / f"plan.{suffix}", tmp_path / f"users.{suffix}"
        write_table(sessions, plan_table(drawn, self.spec()))
        write_table(users, users_table(drawn, self.spec()))
        recorded = self.spec(replay={"sessions": str(sessions), "users": str(users)})

        replayed = make_workload(recorded)

        assert len(drawn.plan) > 1_000
        assert (drawn.plan["arrival"] < 0).any()
        assert replayed.clients[: len(drawn.clients)] == drawn.clients
        assert_same(drawn.plan, replayed.plan)
        assert_same(drawn.users, replayed.users)

    def test_another_replication_draws_other_fates_for_the_same_intentions(
        self, tmp_path: Path
    ) -> None:
        drawn = make_workload(self.spec())
        sessions, users = tmp_path / "plan.csv", tmp_path / "users.csv"
        write_table(sessions, plan_table(drawn, self.spec()))
        write_table(users, users_table(drawn, self.spec()))
        recorded = self.spec(replay={"sessions": str(sessions), "users": str(users)})

        other = make_workload(recorded, 1).plan

        for intended in ("arrival", "connected", "ending", "rtt", "client"):
            assert np.array_equal(other[intended], drawn.plan[intended])
        assert not np.array_equal(other["resume"], drawn.plan["resume"])
