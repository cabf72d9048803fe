"""Populations that replay a plan beside others that are generated, and beside each other."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.record import NEVER
from sim.scenario import ScenarioError
from sim.scenario.resolved import resolved_yaml
from sim.scenario.schema import Scenario
from sim.units import HOUR
from sim.workload import Workload, make_workload, workload_problems
from tests.offices import FLEET, people, scenario
from tests.unit.scenario_files import OFFICE, Folder

HEAD = "user,arrival,connected_s,ending\n"
HEADING = OFFICE.partition("populations:")[0]
FLEETS = {"desks": FLEET, "labs": {**FLEET, "bundle": "power"}}


class Files:
    """Plans and users in a folder, and populations that replay them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def recorded(
        self, plan: str, users: str | None = None, *, named: str = "plan", **settings: Any
    ) -> dict[str, Any]:
        """A population with nothing but its recorded workload and its fleet."""
        workload = {"replay": self._written(f"{named}.csv", plan)}
        if users is not None:
            workload["users"] = self._written(f"{named}-users.csv", users)
        return {"fleet": "desks", "workload": workload, **settings}

    def _written(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def problems(spec: Scenario) -> list[str]:
    """What is wrong, without the folder; `validate` finds the same."""
    with pytest.raises(ScenarioError) as caught:
        make_workload(spec)
    assert workload_problems(spec) == caught.value.problems
    return [
        str(problem._replace(file=Path(problem.file).name)) for problem in caught.value.problems
    ]


def row(user: str, hour: int, day: int = 1) -> str:
    return f"{user},2026-09-{day:02d}T{hour:02d}:00Z,3600,logoff\n"


def rows_of(workload: Workload, population: str) -> dict[str, list[Any]]:
    """The plan of one population, ids and codes as names."""
    users = workload.users
    mine = workload.plan.take(users["population"][workload.plan["user"]] == population)
    names = {name: mine[name].tolist() for name in mine.schema.names}
    names["user"] = users["name"][mine["user"]].tolist()
    names["client"] = [workload.clients[code] for code in mine["client"].tolist()]
    del names["session"]
    return names


def test_a_population_runs_exactly_its_plan(files: Files) -> None:
    """No shift, no session length, no number of users: the plan says it all."""
    plan = HEAD + row("jane", 9) + row("joe", 8) + row("jane", 14)
    office = files.recorded(plan, time_zone="Europe/London", cost_center="4711")

    workload = make_workload(scenario({"office": office}))

    users = workload.users
    assert users["name"].tolist() == ["jane", "joe"]
    assert users["population"].tolist() == ["office", "office"]
    assert users["fleet"].tolist() == ["desks", "desks"]
    assert users["cost_center"].tolist() == ["4711", "4711"]
    assert users["time_zone"].tolist() == ["Europe/London", "Europe/London"]
    assert users["joins"].tolist() == [NEVER, NEVER]
    assert workload.plan["user"].tolist() == [0, 0, 1]
    assert workload.plan["arrival"].tolist() == [9 * HOUR, 14 * HOUR, 8 * HOUR]
    assert workload.plan["session"].tolist() == [0, 1, 2]


def test_generated_and_replayed_populations_stand_in_the_order_of_the_file(files: Files) -> None:
    """Two before, one recorded, three after: ids 0-1, 2, 3-5; and nobody's draws change."""
    before = people(users=2, clients={"tablet": {"share": "100 %"}})
    after = people(users=3, session_length={"exponential": "3 h"})
    plan = "user,arrival,connected_s,ending,client\njane,2026-09-02T07:00Z,60,disconnect,phone\n"
    recorded = files.recorded(plan, fleet="labs", retry_after="9 s")

    populations = {"before": before, "middle": recorded, "after": after}
    workload = make_workload(scenario(populations, fleets=FLEETS))
    alone = make_workload(scenario({"before": before, "after": after}, fleets=FLEETS))

    assert workload.users["user"].tolist() == [0, 1, 2, 3, 4, 5]
    assert workload.users["name"].tolist() == [
        "before-00000", "before-00001", "jane", "after-00000", "after-00001", "after-00002"
    ]  # fmt: skip
    assert workload.users["fleet"].tolist() == ["desks"] * 2 + ["labs"] + ["desks"] * 3
    assert workload.plan["session"].tolist() == list(range(len(alone.plan) + 1))
    assert (np.diff(workload.plan["user"]) >= 0).all()
    for name in ("before", "after"):
        assert rows_of(workload, name) == rows_of(alone, name)
    middle = rows_of(workload, "middle")
    assert (middle["user"], middle["arrival"]) == (["jane"], [31 * HOUR])
    assert (middle["client"], middle["retry_after"]) == (["phone"], [9_000])
    assert set(rows_of(workload, "before")["client"]) == {"tablet"}


def test_a_users_file_says_whose_rows_are_whose(files: Files) -> None:
    """Ann of the lab joins on the 2nd; bob, called like one of the office, is of it; the office
    has an idle user too, and takes no notice of what is wrong with the rows of a third group."""
    plan = HEAD + row("ann", 9, 3) + row("office-00007", 8) + "eve,yesterday,-1,never\n"
    users = (
        "user,population,fleet,joins\n"
        "ann,lab,,2026-09-02T00:00Z\noffice-00007,,,\nidle,office,,\neve,gone,nowhere,\n"
    )
    office = files.recorded(plan, users)
    lab = files.recorded(plan, users, fleet="labs")

    workload = make_workload(scenario({"office": office, "lab": lab}, fleets=FLEETS))

    assert workload.users["name"].tolist() == ["office-00007", "idle", "ann"]
    assert workload.users["population"].tolist() == ["office", "office", "lab"]
    assert workload.users["fleet"].tolist() == ["desks", "desks", "labs"]
    assert workload.users["joins"].tolist() == [NEVER, NEVER, 24 * HOUR]
    assert workload.plan["user"].tolist() == [0, 2]
    assert workload.plan["arrival"].tolist() == [8 * HOUR, 57 * HOUR]


def test_the_scenario_says_the_fleet_of_a_population(files: Files) -> None:
    """People who were recorded on one fleet can be put on another one."""
    users = "user,population,fleet\njane,office,desks\n"
    office = files.recorded(HEAD + row("jane", 9), users, fleet="labs")

    workload = make_workload(scenario({"office": office}, fleets=FLEETS))

    assert workload.users["fleet"].tolist() == ["labs"]


class TestProblems:
    def test_bad_rows_keep_their_lines(self, files: Files) -> None:
        """Line 2 is of the lab; line 3 is nobody's; line 4 has no length."""
        plan = HEAD + row("ann", 9) + row("zoe", 9) + "joe,2026-09-01T09:00Z,0,logoff\n"
        office = files.recorded(plan, "user,population\nann,lab\njoe,office\n")

        assert problems(scenario({"office": office})) == [
            "plan.csv:3:1: user: expected a user of the users file, got 'zoe'",
            "plan.csv:4:1: connected_s: expected more than 0 s and less than 1000 years, got '0'",
        ]

    def test_those_of_all_populations_come_at_once(self, files: Files) -> None:
        one = files.recorded(HEAD + "joe,2026-09-01T09:00Z,60,sleep\n", named="one")
        two = files.recorded(HEAD + row("ann", 9, 30), named="two")

        found = problems(scenario({"one": one, "office": people(), "two": two}))

        assert [problem.split(": expected")[0] for problem in found] == [
            "one.csv:2:1: ending",
            "two.csv:2:1: arrival",
        ]

    def test_overlaps_are_refused_unless_the_population_says_otherwise(self, files: Files) -> None:
        """09:00-10:00 and 09:30-10:30."""
        plan = HEAD + row("joe", 9) + "joe,2026-09-01T09:30Z,3600,logoff\n"

        assert problems(scenario({"office": files.recorded(plan)})) == [
            (
                "plan.csv:3:1: arrival: overlaps the session of joe in line 2, which lasts until "
                "2026-09-01T10:00:00Z"
            )
        ]
        merged = make_workload(scenario({"office": files.recorded(plan, overlap="merge")})).plan
        assert merged["connected"].tolist() == [3 * HOUR // 2]

    def test_a_user_belongs_to_one_population(self, files: Files) -> None:
        plan = HEAD + "".join(row(name, 9) for name in "abcdefg")
        spec = {"office": files.recorded(plan), "lab": files.recorded(plan)}

        assert problems(scenario(spec)) == [
            (
                "populations.lab.workload.replay: expected users of one population, "
                "got a, b, c, d, e, ... in 'office' and 'lab'; a users file says who is whose"
            )
        ]

    def test_a_generated_user_is_nobody_elses(self, files: Files) -> None:
        lab = files.recorded(HEAD + row("office-00002", 9))

        for spec in ({"office": people(), "lab": lab}, {"lab": lab, "office": people()}):
            (problem,) = problems(scenario(spec))
            assert problem.startswith("populations.lab.workload.replay: expected users of one")
            assert "office-00002" in problem

    def test_a_users_file_without_the_population_is_a_slip(self, files: Files) -> None:
        office = files.recorded(HEAD + row("ann", 9), "user,population\nann,lab\n")

        assert problems(scenario({"office": office})) == [
            "plan-users.csv:1:1: population: expected users of population 'office', got lab"
        ]


class TestSettings:
    @pytest.mark.parametrize(
        ("settings", "problem"),
        [
            (
                "{fleet: office, workload: {replay: book.csv}, shift: {start: '9:00'}}",
                (
                    "populations.staff: expected exactly one of 'shift', 'weekly_profile' and "
                    "'workload.replay', got 'shift' and 'workload.replay'"
                ),
            ),
            (
                "{fleet: office, workload: {replay: book.csv}, users: 7}",
                (
                    "populations.staff.users: expected nothing here, since the replayed plan "
                    "says who there is, got 7"
                ),
            ),
            (
                "{fleet: office, workload: {replay: book.csv}, joiners_per_month: 1.5}",
                (
                    "populations.staff.joiners_per_month: expected nothing here, since the "
                    "replayed plan says who there is, got 1.5"
                ),
            ),
            (
                "{fleet: office, workload: {users: book.csv}}",
                "populations.staff.workload.replay: required, and missing",
            ),
            (
                "{fleet: office, shift: {start: '9:00'}}",
                "populations.staff.users: required, and missing",
            ),
            (
                "{fleet: office, shift: {start: '9:00'}}",
                "populations.staff.session_length: required, and missing",
            ),
        ],
    )
    def test_what_cannot_be(self, tmp_path: Path, settings: str, problem: str) -> None:
        found = Folder(tmp_path).problems(HEADING + f"populations:\n  staff: {settings}\n")
        assert problem in [line.split(": ", 1)[1] for line in found]

    def test_a_misspelt_workload_is_told_once(self, tmp_path: Path) -> None:
        staff = "{fleet: office, workload: {repley: book.csv}}"
        problem = Folder(tmp_path).problem(HEADING + f"populations:\n  staff: {staff}\n")
        assert problem.endswith("workload.repley: unknown key; did you mean 'replay'?")

    def test_addresses_and_operations_make_do_without_a_number(self, tmp_path: Path) -> None:
        """Three addresses are enough for the two of `sales`; who else comes, nobody knows here."""
        text = OFFICE.replace("users: 10", "users: 2") + (
            "  staff: {fleet: office, workload: {replay: book.csv}}\n"
            "zones: {a: {ip_addresses: 3}}\n"
            "operations: [{at: 2026-09-02, fleet: office, user: jane, operation: delete}]\n"
        )
        staff = Folder(tmp_path).load(text).scenario.populations["staff"]
        assert (staff.users, staff.session_length, staff.overlap) == (0, None, "refuse")

        problem = Folder(tmp_path).problem(text.replace("ip_addresses: 3", "ip_addresses: 1"))
        assert "zones.a.ip_addresses: expected at least 2" in problem

    def test_the_resolved_scenario_loads_again(self, tmp_path: Path) -> None:
        staff = "{fleet: office, workload: {replay: book.csv, users: book.csv}}"
        folder = Folder(tmp_path)
        resolved = folder.load(HEADING + f"populations:\n  staff: {staff}\n")
        again = folder.load(resolved_yaml(resolved))
        assert again.scenario == resolved.scenario
