"""Plans written to files and read again run to the same facts; so do sessions that were recorded.

What a generated plan says of people is all that a run needs to know of them: with the same seed,
replaying it leaves every table as it was, and so the bill.
"""

import csv
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.record import NEVER, Ending
from sim.scenario.schema import Scenario
from sim.storage import write_table
from sim.workload import Workload, make_workload
from sim.workload.exports import plan_table, users_table
from tests.property.busy_office import BUSY, busy_office
from tests.property.quiet_worlds import quiet_world, working_times
from tests.unit.stories import KEYS, Facts, Story


def run(scenario: Scenario, workload: Workload, replication: int = 0) -> Facts:
    return Story(scenario, workload, None).run(None, replication)


def assert_identical(first: Facts, second: Facts) -> None:
    for schema in KEYS:
        one, other = first.recorded(schema), second.recorded(schema)
        for name in schema.names:
            assert one[name].tolist() == other[name].tolist(), (schema.name, name)


def replayed(
    scenario: dict[str, Any], workload: Workload, suffix: str
) -> tuple[Scenario, Workload]:
    """The scenario that replays a plan, and what it makes of the plan's files."""
    with tempfile.TemporaryDirectory() as folder:
        sessions, users = Path(folder, f"plan.{suffix}"), Path(folder, f"users.{suffix}")
        spec = Scenario.model_validate(scenario)
        write_table(sessions, plan_table(workload, spec))
        write_table(users, users_table(workload, spec))
        section = {"sessions": str(sessions), "users": str(users), "overlap": "wait"}
        replaying = Scenario.model_validate({**scenario, "replay": section})
        return replaying, make_workload(replaying)


@settings(max_examples=10)
@given(
    seed=st.integers(0, 1000),
    suffix=st.sampled_from(["csv", "parquet"]),
    overlap=st.sampled_from(["merge", "wait"]),
    start=st.sampled_from(["2026-09-17", "2026-03-27", "2026-10-23T05:30Z"]),
)
def test_a_plan_that_is_written_and_replayed_gives_identical_facts(
    seed: int, suffix: str, overlap: str, start: str
) -> None:
    """Hosts, directory, refusals, joiners, leavers and maintenance included."""
    populations = {
        name: {**people, "users": 5, "overlap": overlap, "time_zone": "Europe/London"}
        for name, people in BUSY["populations"].items()
    }
    written = {
        **BUSY,
        "seed": seed,
        "start": start,
        "horizon": "6 d",
        "populations": populations,
        "operations": [],
    }
    scenario = Scenario.model_validate(written)
    workload = make_workload(scenario)
    replaying, again = replayed(written, workload, suffix)
    assert_identical(run(scenario, workload), run(replaying, again))


REPEATED = ("fleet", "patience", "retry_after", "clients", "session_end", "time_zone")
"""What a population that replays a plan still says itself."""


@settings(max_examples=10)
@given(
    seed=st.integers(0, 1000),
    suffix=st.sampled_from(["csv", "parquet"]),
    overlap=st.sampled_from(["merge", "wait"]),
    recorded=st.sets(st.sampled_from(list(BUSY["populations"])), min_size=1),
)
def test_populations_that_replay_the_plan_of_all_have_their_part_of_it(
    seed: int, suffix: str, overlap: str, recorded: set[str]
) -> None:
    """All or some of them from the same two files, the others drawn: the same people and plan."""
    people = {
        name: {**written, "users": 5, "overlap": overlap, "time_zone": "Europe/London"}
        for name, written in BUSY["populations"].items()
    }
    written = {**BUSY, "seed": seed, "horizon": "6 d", "populations": people, "operations": []}
    scenario = Scenario.model_validate(written)
    workload = make_workload(scenario)
    with tempfile.TemporaryDirectory() as folder:
        files = {key: str(Path(folder, f"{key}.{suffix}")) for key in ("replay", "users")}
        write_table(files["replay"], plan_table(workload, scenario))
        write_table(files["users"], users_table(workload, scenario))
        replaying = {"workload": files, "overlap": "wait"}
        mixed = {
            name: replaying | {key: one[key] for key in REPEATED if key in one}
            if name in recorded
            else one
            for name, one in people.items()
        }
        again = make_workload(Scenario.model_validate({**written, "populations": mixed}))
    assert again.clients == workload.clients
    for one, other in ((workload.users, again.users), (workload.plan, again.plan)):
        for name in one.schema.names:
            assert one[name].dtype == other[name].dtype
            assert one[name].tolist() == other[name].tolist(), name
    assert len(again.plan) > 0


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_plan_is_replayed_into_the_same_operations(suffix: str) -> None:
    """Whom an operation on a share of the desktops meets is drawn again, and is the same."""
    scenario = busy_office()
    workload = make_workload(scenario)
    replaying, again = replayed(BUSY, workload, suffix)
    assert_identical(run(scenario, workload), run(replaying, again))


# --- sessions that were recorded

LABELS = Ending.labels()


def write_sessions(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def seconds(millis: int) -> str:
    return f"{millis // 1000}.{millis % 1000:03d}"


@settings(max_examples=25)
@given(
    st.lists(working_times(), min_size=1, max_size=3),
    st.lists(st.sampled_from(list(Ending)), min_size=21, max_size=21),
    st.integers(1, 3),
)
def test_recorded_sessions_are_replayed_as_they_were(
    users: list[list[tuple[int, int]]], endings: list[Ending], timeout: int
) -> None:
    """A log of arrival, length and ending, replayed without delays, gives itself and its runs."""
    fleet = {"autostop_timeout": f"{timeout} h", "logon": NO_DELAYS, "uses_directory": False}
    world = quiet_world(users, fleet=fleet)
    sessions = [
        row | {"ending": ending} for row, ending in zip(world.sessions, endings, strict=False)
    ]
    world = replace(world, sessions=sessions)
    recorded = run(world.scenario, world.workload)
    log = [
        {
            "user": world.users[row["user"]]["name"],
            "arrival": world.scenario.calendar.isoformat(row["arrival"]),
            "connected_s": seconds(row["connected"]),
            "ending": LABELS[row["ending"]],
        }
        for row in sessions
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sessions.csv")
        write_sessions(path, log)
        section = {"sessions": str(path), "fleet": "north"}
        replaying = Scenario.model_validate({**world.written, "replay": section})
        again = run(replaying, make_workload(replaying))
    for name in ("arrival", "connected", "ended", "disconnected", "delivered", "ending", "outcome"):
        assert recorded.sessions.table[name].tolist() == again.sessions.table[name].tolist()
    for name in ("begin", "end", "kind"):
        assert recorded.runs.table[name].tolist() == again.runs.table[name].tolist()


NO_DELAYS = {"resume": "0 s", "cold_start": "0 s", "streaming": "0 s", "os_logon": "0 s"}


def test_a_plan_of_gaps_is_replayed(tmp_path: Path) -> None:
    """One who thinks for 30 min, works for 1 h, thinks for 2 h, works for 1 h; by hand:
    00:30 to 01:30, 03:30 to 04:30, and runs an hour longer each."""
    path = tmp_path / "plan.csv"
    path.write_text(
        "user,gap_s,connected_s,ending\none,1800,3600,disconnect\none,7200,3600,logoff\n",
        encoding="utf-8",
    )
    world = quiet_world([], fleet={"autostop_timeout": "1 h", "logon": NO_DELAYS})
    section = {"sessions": str(path), "fleet": "north"}
    replaying = Scenario.model_validate({**world.written, "replay": section})
    facts = run(replaying, make_workload(replaying))
    minutes = facts.sessions.table["connected"] // 60_000, facts.sessions.table["ended"] // 60_000
    assert [times.tolist() for times in minutes] == [[30, 210], [90, 270]]
    assert (facts.runs.table["begin"] // 60_000).tolist() == [30, 210]
    assert (facts.runs.table["end"] // 60_000).tolist() == [150, 330]
    assert (facts.story.workload.plan["arrival"] == NEVER).all()
