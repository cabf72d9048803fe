"""What the plan says of people on pools: profile, start, patience; and of twins elsewhere."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.record import NEVER
from sim.scenario import ScenarioError
from sim.scenario.pools import ApplicationSettings
from sim.scenario.schema import Scenario
from sim.workload import autostop_maintenance, make_users, make_workload, workload_problems
from sim.workload.fates import LONGEST
from tests.offices import FLEET, people, scenario

POOL: dict[str, Any] = {"bundle": "power", "running_mode": "AutoStop", "maximum": 500}
HEADER = "user,arrival,connected_s,ending\n"


def lab(logon: dict[str, Any] | None = None, **changes: Any) -> Scenario:
    """2000 people on a pool for two days, 4000 logons."""
    population = people(users=2_000, fleet="lab", **changes)
    pools = {"lab": {**POOL, "logon": logon or {}}}
    return scenario({"agents": population}, horizon="2 d", fleets={}, pools=pools)


def recorded(path: Path, fleet: str, plan: str, **changes: Any) -> Scenario:
    sessions = path / "plan.csv"
    sessions.write_text(HEADER + plan, encoding="utf-8")
    section = {"sessions": str(sessions), "fleet": fleet, **changes}
    return scenario({}, pools={"lab": POOL}, replay=section)


class TestFates:
    def test_a_pool_has_starts_and_nothing_to_resume(self) -> None:
        """Start is uniform in 60-120 s: mean 90 s, standard error 60 s / sqrt(12 x 4000) = 274 ms.

        The cold start of a persistent fleet is another setting, with other numbers.
        """
        plan = make_workload(lab()).plan

        assert len(plan) == 4_000
        assert not plan["resume"].any()
        assert 60_000 <= plan["cold_start"].min() < plan["cold_start"].max() <= 120_000
        assert abs(plan["cold_start"].mean() - 90_000) < 4.5 * 274
        assert set(plan["streaming"].tolist()) == {5_000}
        assert abs(plan["os_logon"].mean() - 28_000) < 4.5 * 28_000 * 0.6 / np.sqrt(4_000)

    def test_without_settings_the_profile_is_the_home_folder(self) -> None:
        assert not make_workload(lab()).plan["profile"].any()
        assert set(make_workload(lab({"home_folder": "3 s"})).plan["profile"].tolist()) == {3_000}

    def test_settings_are_fetched_at_their_rate(self) -> None:
        """500 MB at 100 Mbit/s: 500 x 2**20 x 8 bits / 10**8 bits a second = 41.943 s; with 3 s
        for the home folder 44.943 s."""
        settings = {"size": "500 MB", "download_rate": "100 Mbit/s"}
        plan = make_workload(lab({"home_folder": "3 s", "application_settings": settings})).plan

        assert set(plan["profile"].tolist()) == {44_943}

    def test_the_default_settings_take_43_seconds(self) -> None:
        """1 GB = 1024 x 2**20 x 8 bits at 200 Mbit/s: 42.94967 s."""
        assert ApplicationSettings().download == 42_950

    def test_a_drawn_home_folder_adds_up_with_the_settings(self) -> None:
        """Exponential with mean 10 s: standard error 10 s / sqrt(4000) = 158 ms."""
        settings = {"size": "25 MB", "download_rate": "200 Mbit/s"}
        drawn = make_workload(lab({"home_folder": {"exponential": "10 s"}})).plan["profile"]
        both = {"home_folder": {"exponential": "10 s"}, "application_settings": settings}
        longer = make_workload(lab(both)).plan["profile"]

        assert abs(drawn.mean() - 10_000) < 4.5 * 158
        # 25 x 2**20 x 8 / 200,000 = 1048.576 ms more for everybody.
        assert set((longer - drawn).tolist()) == {1_049}

    def test_a_profile_longer_than_32_bits_is_cut(self) -> None:
        """A home folder with cv 100 and settings of 100 GB at 1 Gbit/s, 859 s."""
        home = {"lognormal": {"mean": "24 h", "cv": 100}}
        settings = {"size": "100 GB", "download_rate": "1 Gbit/s"}
        plan = make_workload(lab({"home_folder": home, "application_settings": settings})).plan

        assert plan["profile"].min() >= 858_993
        assert plan["profile"].max() == LONGEST

    def test_a_persistent_fleet_fetches_no_profile(self) -> None:
        assert not make_workload(scenario()).plan["profile"].any()

    def test_a_pool_may_do_without_the_directory(self) -> None:
        pools = {"lab": {**POOL, "uses_directory": False}}
        population = {"agents": people(fleet="lab")}
        spec = scenario(population, fleets={}, pools=pools, directory={"service_time": "2 s"})
        assert not make_workload(spec).plan["directory_service"].any()
        pools = {"lab": POOL}
        spec = scenario(population, fleets={}, pools=pools, directory={"service_time": "2 s"})
        assert set(make_workload(spec).plan["directory_service"].tolist()) == {2_000}


class TestPatience:
    def test_constant_by_default(self) -> None:
        assert set(make_workload(scenario()).plan["patience"].tolist()) == {1_800_000}

    def test_drawn_for_each_session(self) -> None:
        """Exponential with mean 10 min: standard error 600 s / sqrt(4000) = 9.5 s; the two days of
        one user are independent."""
        patience = make_workload(lab(patience={"exponential": "10 min"})).plan["patience"]

        assert abs(patience.mean() - 600_000) < 4.5 * 9_500
        of_day = patience.reshape(2_000, 2)
        assert abs(np.corrcoef(of_day.T)[0, 1]) < 4.5 / np.sqrt(2_000)

    def test_of_a_replay(self, tmp_path: Path) -> None:
        plan = "ann,2026-09-01T09:00Z,60,logoff\nann,2026-09-02T09:00Z,60,logoff\n"
        patience = make_workload(recorded(tmp_path, "lab", plan, patience="7 min")).plan["patience"]
        assert patience.tolist() == [420_000, 420_000]
        law = {"exponential": "7 min"}
        drawn = make_workload(recorded(tmp_path, "lab", plan, patience=law)).plan["patience"]
        assert len(set(drawn.tolist())) == 2

    def test_more_than_24_days_is_cut(self) -> None:
        assert set(make_workload(lab(patience="400 d")).plan["patience"].tolist()) == {LONGEST}


class TestReplay:
    def test_people_on_a_pool(self, tmp_path: Path) -> None:
        workload = make_workload(recorded(tmp_path, "lab", "ann,2026-09-01T09:00Z,60,logoff\n"))

        assert workload.users["fleet"].tolist() == ["lab"]
        assert workload.plan["resume"].tolist() == [0]
        (start,) = workload.plan["cold_start"].tolist()
        assert 60_000 <= start <= 120_000

    def test_a_users_file_may_name_pools(self, tmp_path: Path) -> None:
        users = tmp_path / "users.csv"
        users.write_text("user,fleet\nann,lab\nbob,desks\neve,shop\n", encoding="utf-8")
        plan = "ann,2026-09-01T09:00Z,60,logoff\n"
        spec = recorded(tmp_path, "desks", plan, users=str(users))
        with pytest.raises(ScenarioError, match="4:1: fleet: expected a fleet or pool of the scen"):
            make_workload(spec)
        users.write_text("user,fleet\nann,lab\nbob,desks\n", encoding="utf-8")
        assert make_workload(spec).users["fleet"].tolist() == ["lab", "desks"]

    def test_a_name_that_nothing_has(self, tmp_path: Path) -> None:
        spec = recorded(tmp_path, "shop", "ann,2026-09-01T09:00Z,60,logoff\n")
        with pytest.raises(ScenarioError, match="a fleet or pool of the scenario, got 'shop'"):
            make_workload(spec)


def test_people_on_pools_have_no_monthly_maintenance() -> None:
    populations = {"agents": people(fleet="lab"), "office": people()}
    spec = scenario(populations, horizon="60 d", pools={"lab": POOL})
    starts = autostop_maintenance(spec, make_users(spec))

    assert (starts[:3] == NEVER).all()
    assert (starts[3:] != NEVER).any(axis=1).all()


def test_a_pool_alone_needs_no_time_zone_of_its_region() -> None:
    """Only fleets have the monthly window, whose clock is the Region's."""
    spec = scenario(
        {"agents": people(fleet="lab")}, fleets={}, pools={"lab": POOL}, region="xx-nowhere-1"
    )
    assert workload_problems(spec) == []
    assert (autostop_maintenance(spec, make_users(spec)) == NEVER).all()


def test_a_file_of_measured_provisioning_is_looked_into(tmp_path: Path) -> None:
    times = tmp_path / "times.csv"
    times.write_text("took\n-5\n", encoding="utf-8")
    law = {"empirical": {"csv": str(times), "column": "took", "unit": "min"}}
    spec = scenario(
        {"agents": people(fleet="lab")}, fleets={}, pools={"lab": {**POOL, "provisioning": law}}
    )
    (problem,) = workload_problems(spec)
    assert str(problem).endswith("times.csv:2:1: took: expected a duration of 0 or more, got '-5'")


class TestTwins:
    def spec(self, **changes: Any) -> Scenario:
        office = people(
            users=40,
            shift={"start": "09:00"},
            session_length={"exponential": "3 h"},
            joiners_per_month=3,
            leavers_per_month=3,
            clients={"near": {"share": "50 %"}, "far": {"share": "50 %", "round_trip": "90 ms"}},
        )
        twin = {**office, "fleet": "lab", "twin_of": "office", **changes}
        fleets = {"desks": FLEET}
        return scenario(
            {"office": office, "pooled": twin}, horizon="30 d", fleets=fleets, pools={"lab": POOL}
        )

    def test_the_same_people_on_another_fleet(self) -> None:
        workload = make_workload(self.spec())
        users, plan = workload.users, workload.plan
        half = len(users) // 2
        first, second = (plan.take(of) for of in (plan["user"] < half, plan["user"] >= half))

        assert users["name"][half] == "pooled-00000"
        assert set(users["fleet"][half:]) == {"lab"}
        for column in ("joins", "leaves", "time_zone"):
            assert users[column][:half].tolist() == users[column][half:].tolist()
        assert len(first) > 500
        for column in ("arrival", "connected", "ending", "client", "rtt", "os_logon", "patience"):
            assert first[column].tolist() == second[column].tolist(), column

    def test_without_being_twins_they_are_others(self) -> None:
        plan = make_workload(self.spec(twin_of=None)).plan
        users = plan["user"]
        first, second = plan["arrival"][users < 40], plan["arrival"][users >= 40]
        assert len(np.intersect1d(first, second)) < len(first) / 100

    def test_what_differs_changes_nothing_else(self) -> None:
        """Twins who stay half as long come at the same instants."""
        plan = make_workload(self.spec(session_length={"exponential": "90 min"})).plan
        half = len(make_workload(self.spec()).users) // 2
        first, second = (plan.take(of) for of in (plan["user"] < half, plan["user"] >= half))

        assert first["arrival"].tolist() == second["arrival"].tolist()
        assert np.abs(first["connected"] - 2 * second["connected"]).max() <= 1
