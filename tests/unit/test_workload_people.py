"""Who there is: names and numbers, joiners and leavers."""

import numpy as np
import pytest

from sim.record import NEVER, USERS, Table
from sim.scenario.schema import Scenario
from sim.units import DAY, HOUR
from sim.workload import make_users, make_workload
from sim.workload.people import named_population, user_numbers
from tests.offices import people, scenario


def test_users_are_numbered_over_populations_in_file_order() -> None:
    spec = scenario(
        {
            "sales": people(users=2, cost_center="4711", time_zone="Europe/London"),
            "agents": people(users=1),
        }
    )

    users = make_users(spec)

    assert users["user"].tolist() == [0, 1, 2]
    assert users["name"].tolist() == ["sales-00000", "sales-00001", "agents-00000"]
    assert users["population"].tolist() == ["sales", "sales", "agents"]
    assert users["cost_center"].tolist() == ["4711", "4711", "agents"]
    assert users["time_zone"].tolist() == ["Europe/London", "Europe/London", "UTC"]
    assert (users["joins"] == NEVER).all()
    assert (users["leaves"] == NEVER).all()


@pytest.mark.parametrize(
    ("name", "population"),
    [
        ("office-00007", "office"),
        ("night-shift-123456", "night-shift"),
        ("office-7", None),
        ("office-000123456", None),
        ("jane", None),
        ("-00007", ""),
    ],
)
def test_a_name_speaks_of_a_population_or_does_not(name: str, population: str | None) -> None:
    assert named_population(name) == population


def test_numbers_come_from_names_or_lie_beyond_them() -> None:
    names = ["office-00003", "jane", "office-00000", "sales-00001", "joe", "office-3"]
    users = Table.of(
        USERS,
        user=range(6),
        name=names,
        population=["office"] * 6,
        fleet=["desks"] * 6,
        cost_center=["office"] * 6,
        time_zone=["UTC"] * 6,
        joins=[NEVER] * 6,
        leaves=[NEVER] * 6,
    )

    assert user_numbers(users).tolist() == [3, 2**40, 0, 2**40 + 1, 2**40 + 2, 2**40 + 3]


class TestComingsAndGoings:
    def year(self, **changes: object) -> Scenario:
        office = people(time_zone="Europe/London", **changes)
        return scenario({"office": office}, start="2026-01-01", horizon={"months": 12})

    def test_whole_numbers_come_every_month(self) -> None:
        spec = self.year(users=10, joiners_per_month=3)
        users = make_users(spec)

        assert len(users) == 10 + 3 * 12
        months = [spec.calendar.month_at(int(at) + HOUR).name for at in users["joins"][10:]]
        assert months == [f"2026-{month:02d}" for month in range(1, 13) for _ in range(3)]
        assert users["joins"][10:].tolist() == sorted(users["joins"][10:].tolist())

    def test_a_fraction_is_a_chance(self) -> None:
        # 12 months x 200 replications, each with chance 0.25 of a third one: 2400 trials have mean
        # 600 and standard deviation sqrt(2400 x 0.25 x 0.75) = 21.2.
        spec = self.year(users=1, joiners_per_month=2.25)
        joined = np.array([len(make_users(spec, n)) - 1 for n in range(200)])

        assert joined.min() >= 24
        assert joined.max() <= 36
        assert abs((joined - 24).sum() - 600) < 4.5 * 21.2

    def test_people_come_and_go_at_the_midnight_of_a_work_day(self) -> None:
        spec = self.year(
            users=50, joiners_per_month=4, leavers_per_month=4, holidays=["2026-05-01"]
        )
        users = make_users(spec)
        work_days = {day for day in range(365) if (day + 3) % 7 < 5} - {31 + 28 + 31 + 30}

        for column in ("joins", "leaves"):
            instants = users[column][users[column] != NEVER]
            # Midnight in London is 23:00 UTC of the day before while the clocks are forward.
            days = {int(at) // DAY if at % DAY == 0 else int(at) // DAY + 1 for at in instants}
            assert {int(at) % DAY for at in instants} <= {0, 23 * HOUR}
            assert days <= work_days
            assert len(instants) == 48

    def test_nobody_leaves_before_joining_or_twice(self) -> None:
        users = make_users(self.year(users=2, joiners_per_month=5, leavers_per_month=5))

        gone = users["leaves"] != NEVER
        assert (users["leaves"][gone] > users["joins"][gone]).all()
        assert gone.sum() <= 60

    def test_nobody_is_left_to_leave(self) -> None:
        users = make_users(self.year(users=3, leavers_per_month=2))

        assert len(users) == 3
        assert (users["leaves"] != NEVER).all()

    def test_everybody_is_as_likely_to_leave(self) -> None:
        # One of 10 people leaves in January, over 2000 replications: 200 times each, standard
        # deviation 13.4.
        spec = scenario(
            {"office": people(users=10, leavers_per_month=1)},
            start="2026-01-01",
            horizon={"months": 1},
        )
        times = sum((make_users(spec, n)["leaves"] != NEVER).astype(int) for n in range(2_000))

        assert np.abs(times - 200).max() < 4.5 * 13.4

    def test_a_longer_horizon_renames_nobody(self) -> None:
        changes = {"users": 20, "joiners_per_month": 2.5, "leavers_per_month": 2.5}
        office = {"office": people(**changes)}
        short = make_users(scenario(office, start="2026-01-01", horizon="45 d"))
        long = make_users(scenario(office, start="2026-01-01", horizon={"months": 12}))

        seen = long["joins"][: len(short)]
        assert np.array_equal(seen, short["joins"])
        assert (long["joins"][len(short) :] >= 45 * DAY).all()
        left = long["leaves"][: len(short)]
        assert np.array_equal(np.where(left < 45 * DAY, left, NEVER), short["leaves"])

    def test_joiners_work_from_the_day_after_and_leavers_to_the_day_before(self) -> None:
        workload = make_workload(self.year(users=5, joiners_per_month=3, leavers_per_month=3))
        users, plan = workload.users, workload.plan
        joins, leaves = users["joins"][plan["user"]], users["leaves"][plan["user"]]

        # 09:00 to 09:00 of the next day at the earliest: 33 h after the midnight of joining, or one
        # hour less or more across a change of the clocks.
        assert (plan["arrival"] - joins)[joins != NEVER].min() >= 32 * HOUR
        assert (leaves - plan["arrival"])[leaves != NEVER].min() >= 14 * HOUR
        first = plan["arrival"][np.flatnonzero(np.diff(plan["user"], prepend=-1))]
        waits = first - users["joins"][np.unique(plan["user"])]
        # Joining on a Thursday, one begins on Friday; on a Friday, on Monday: 3 d 9 h at most.
        assert waits[users["joins"][np.unique(plan["user"])] != NEVER].max() <= 3 * DAY + 10 * HOUR
