"""Scenarios held against each other: the same people in each, and what each other one changes."""

import json
from collections.abc import Generator, Iterable, Sequence
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

import sim
from sim.api.comparison import FILES, Comparison, different
from sim.api.errors import ResultError, StudyError
from sim.scenario import ScenarioError
from sim.study.execution import Failed, Outcome, Serial, Task
from sim.study.execution.tasks import Work
from sim.units import cents
from tests.small_office import TEXT, with_pools, write_office

Scenario = sim.Scenario
TWO_DAYS = ("horizon=2 d", "warm_up=0 d")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Two fleets of eight people, for a Tuesday and a Wednesday."""
    return sim.load(write_office(tmp_path_factory.mktemp("office")), TWO_DAYS)


def compared(
    *scenarios: Scenario, replications: int = 2, names: Sequence[str] | None = None
) -> Comparison:
    return sim.compare(*scenarios, replications=replications, names=names, executor=Serial())


@pytest.fixture(scope="module")
def dearer(office: Scenario) -> Comparison:
    """More people, longer sessions and dearer services."""
    other = office.with_overrides(
        "services.gateway.quantity=2",
        "populations.staff.users=5",
        "populations.part-time.session_length={gamma: {mean: 7 h, cv: 0.3}}",
    )
    found = compared(office, other, names=["now", "then"], replications=4)
    found.bridge()
    return found


class TestTheSamePeople:
    def test_a_scenario_does_not_differ_from_itself(self, office: Scenario) -> None:
        """Not nearly, but exactly, in each measure of all together and of each fleet."""
        found = compared(office, office)
        frame = found.differences
        assert set(frame["fleet"]) == {"", "staff", "part-time"}
        assert (frame["difference"] == 0).all()
        assert not frame["established"].any()
        assert frame["gain"].isna().all()
        assert found.names == ["small-office", "small-office-2"]
        assert found.alone == []
        assert found.answer()[0] == "small-office-2 against small-office: the same."

    def test_another_seed_in_the_other_file_brings_the_same_people(self, office: Scenario) -> None:
        """Else the office of seed 8 would differ from that of seed 7."""
        strangers = office.with_overrides("seed=8")
        separate = [
            sim.replicate(one, 2, executor=Serial(), facts=False) for one in (office, strangers)
        ]
        assert separate[0].runs != separate[1].runs
        found = compared(office, strangers)
        assert (found.differences["difference"] == 0).all()
        assert found.studies[1].scenario.spec.seed == 7

    def test_a_fleet_of_another_name_costs_the_same(self, office: Scenario, tmp_path: Path) -> None:
        """Its own measures are of one scenario alone, and those of all together are the same."""
        text = TEXT.replace("  part-time:\n    bundle", "  temps:\n    bundle")
        text = text.replace("fleet: part-time", "fleet: temps")
        other = sim.load(write_office(tmp_path, text), TWO_DAYS)
        found = compared(office, other)
        told = {(row["measure"], row["fleet"], row["of"]) for row in found.alone}
        assert ("cost", "part-time", "small-office") in told
        assert ("cost", "temps", "small-office-2") in told
        assert not any(fleet == "" for _, fleet, _ in told)
        assert found.found["small-office-2"]["cost"].estimate.value == 0

    def test_a_measure_that_only_one_has_is_said(self, office: Scenario) -> None:
        nobody = office.with_overrides("populations.staff.users=0", "populations.part-time.users=0")
        found = compared(office, nobody, names=["office", "empty"])
        assert "wait_p95_s" not in found.found["empty"]
        assert found.answer()[-1] == (
            "Only office has P95 wait, delivered minutes and service uptime."
        )


class TestDifferences:
    def test_they_are_those_of_separate_studies(self, office: Scenario, dearer: Comparison) -> None:
        """Run by run: the mean of other - baseline over replications 0 to 3."""
        other = dearer.studies[1].scenario
        one, two = (
            sim.replicate(each, 4, executor=Serial(), facts=False).runs for each in (office, other)
        )
        by_run = [b["cost"].numerator - a["cost"].numerator for a, b in zip(one, two, strict=True)]
        expected = float(sum(by_run, Decimal(0)) / 4)
        assert dearer.found["then"]["cost"].estimate.value == pytest.approx(expected, abs=1e-9)
        assert expected > 0

    def test_intervals_against_one_baseline_hold_together(self, office: Scenario) -> None:
        """Three others: each interval is as wide as one of 98.33 % alone."""
        others = [office.with_overrides(f"populations.staff.users={n}") for n in (4, 5, 6)]
        found = compared(office, *others, replications=3)
        assert set(found.differences["together"]) == {3}
        assert "hold for all 3 together with 95 %" in found.basis
        alone = sim.compare(
            office, others[0], replications=3, level=1 - 0.05 / 3, executor=Serial()
        )
        key = "wait_mean_s"
        ends = [
            (one.estimate.low, one.estimate.high)
            for one in (found.found["small-office-2"][key], alone.found["small-office-2"][key])
        ]
        assert ends[0] == pytest.approx(ends[1])
        assert ends[0][0] != ends[0][1]

    def test_a_row_has_both_values(self, dearer: Comparison) -> None:
        rows = dearer.differences.to_dict("records")
        (row,) = [r for r in rows if (r["measure"], r["fleet"]) == ("connected_hours", "")]
        assert row["value"] - row["baseline_value"] == pytest.approx(row["difference"])
        assert row["difference"] > 0

    def test_the_answer_begins_with_the_cost_of_the_time(self, dearer: Comparison) -> None:
        """Two days are no month."""
        assert dearer.answer()[0].startswith("then is dearer than now by ")
        assert " USD in 2 d (95 %: " in dearer.answer()[0]


class TestRefusals:
    def test_one_scenario_has_nothing_to_be_held_against(self, office: Scenario) -> None:
        with pytest.raises(ResultError, match="expected two scenarios or more"):
            sim.compare(office)

    def test_other_times_are_refused_with_both(self, office: Scenario) -> None:
        longer = office.with_overrides("horizon=3 d")
        with pytest.raises(ResultError) as refused:
            compared(office, longer)
        assert str(refused.value) == (
            "expected scenarios of the same time: small-office is of 2026-09-01 to 2026-09-03, "
            "small-office of 2026-09-01 to 2026-09-04"
        )

    def test_each_scenario_has_one_name(self, office: Scenario) -> None:
        with pytest.raises(ValueError, match="expected 2 names, got 1"):
            compared(office, office, names=["one"])
        assert compared(office, office, names=["a", "a"], replications=1).names == ["a", "a-2"]

    def test_a_bridge_is_between_two(self, office: Scenario) -> None:
        with pytest.raises(ResultError, match="a bridge is between two scenarios, got 3"):
            sim.compare(office, office, office, bridge=True)

    def test_a_bridge_among_several_needs_a_name(self, office: Scenario) -> None:
        found = compared(office, office, office, replications=1)
        with pytest.raises(ValueError, match="expected one of small-office-2, small-office-3, got"):
            found.bridge()
        with pytest.raises(ValueError, match="got 'small-office'"):
            found.bridge("small-office")
        assert found.bridge("small-office-3").parts == []
        assert found.split is None  # which is written of two scenarios only

    def test_a_run_that_fails_is_named_with_its_scenario(
        self, office: Scenario, tmp_path: Path
    ) -> None:
        with pytest.raises(StudyError, match=r"^small-office-2: replication 1 failed: no luck"):
            sim.compare(
                office, office, replications=2, executor=FailsInTheFourth(), out=tmp_path / "found"
            )
        assert list(tmp_path.iterdir()) == []


class FailsInTheFourth:
    """Does three tasks, and not the next."""

    def __init__(self) -> None:
        self.done = 0

    def outcomes(self, work: Work, tasks: Iterable[Task]) -> Generator[Outcome, None, None]:
        for task in tasks:
            if self.done == 3:
                yield Failed(task.key, "no luck")
            else:
                yield from Serial().outcomes(work, [task])
            self.done += 1


class TestBridge:
    def test_the_parts_are_what_each_step_changes(self, dearer: Comparison) -> None:
        """The gateway costs 0.045 an hour more: 48 h of it are 2.16 in each run."""
        bridge = dearer.bridge()
        assert [part.words for part in bridge.parts] == ["price", "headcount", "hours per head"]
        assert bridge.parts[0].amount == Decimal("2.16")
        assert bridge.parts[0].said == "+2.16 USD, the same in all 4 runs"
        assert bridge.difference == sum(part.amount for part in bridge.parts)

    def test_the_parts_add_up_to_the_difference(self, dearer: Comparison) -> None:
        costs = [
            sum((run["cost"].numerator for run in study.runs), Decimal(0)) / 4
            for study in dearer.studies
        ]
        assert dearer.bridge().difference == cents(costs[1] - costs[0])

    def test_a_step_runs_with_the_settings_of_those_before_it(
        self, office: Scenario, dearer: Comparison
    ) -> None:
        """Headcount is the cost of five instead of three people where the gateway is dear."""
        dear = office.with_overrides("services.gateway.quantity=2")
        both = dear.with_overrides("populations.staff.users=5")
        step = compared(dear, both, replications=4).found["small-office-2"]["cost"].estimate
        part = dearer.bridge().parts[1]
        assert part.difference.estimate == step
        assert step.value is not None
        assert part.amount == cents(Decimal(str(step.value)))

    def test_equal_scenarios_need_no_step(self, office: Scenario) -> None:
        """That one of them asks for more runs makes neither dearer."""
        bridge = compared(office, office.with_overrides("replications=5")).bridge()
        assert bridge.parts == []
        assert bridge.difference == 0
        assert list(bridge.table.columns)[:2] == ["part", "amount"]
        assert "Both scenarios say the same." in bridge.svg()
        assert repr(bridge).endswith(": the same>")

    def test_a_factor_that_alone_makes_no_scenario_goes_with_another(
        self, office: Scenario
    ) -> None:
        """A population that works on a new fleet cannot come before the fleet."""
        other = office.with_overrides(
            "fleets.more={bundle: value, running_mode: AlwaysOn}",
            "populations.more={users: 2, fleet: more, shift: {start: 9:00}, session_length: 4 h}",
        )
        (part,) = compared(office, other).bridge().parts
        assert part.words == "headcount and capacity"
        assert len(part.settings) == 2
        assert part.shown.startswith("populations.more: none → {users: 2")
        assert part.shown.endswith("… and 1 more")

    def test_a_recorded_plan_of_desktops_that_are_not_there_yet_waits_for_them(
        self, tmp_path: Path
    ) -> None:
        """The files say by their rows that ann works on another fleet, which is capacity."""
        recorded = "user,arrival,connected_s,ending\nann,2026-09-01T09:00Z,3600,logoff\n"
        (tmp_path / "plan.csv").write_text(recorded)
        for fleet in ("staff", "more"):
            (tmp_path / f"{fleet}.csv").write_text(f"user,fleet\nann,{fleet}\n")
        text = TEXT[: TEXT.index("populations:")] + TEXT[TEXT.index("services:") :]
        text += "replay: {sessions: plan.csv, users: staff.csv}\n"
        one = sim.load(write_office(tmp_path, text), TWO_DAYS)
        other = one.with_overrides(
            f"replay.users={tmp_path / 'more.csv'}",
            "fleets.more={bundle: value, running_mode: AlwaysOn}",
        )
        (part,) = compared(one, other, replications=1).bridge().parts
        assert part.words == "hours per head and capacity"

    def test_other_prices_of_the_same_things_are_price(
        self, office: Scenario, tmp_path: Path
    ) -> None:
        book = Path(office.spec.prices.book)
        lines = book.read_text(encoding="utf-8").splitlines(keepends=True)
        dear = [line.replace("0.045", "0.145") if "nat/hour" in line else line for line in lines]
        assert dear != lines
        (tmp_path / "dear.csv").write_text("".join(dear), encoding="utf-8")
        found = compared(office, office.with_book(tmp_path / "dear.csv"))
        (part,) = found.bridge().parts
        assert part.words == "price"
        assert part.amount == Decimal("4.80")  # 48 h at 0.10
        assert [each.path for each in part.settings] == [("prices", "book")]

    def test_it_is_split_once(self, dearer: Comparison) -> None:
        assert dearer.bridge() is dearer.bridge("then")


class TestDocuments:
    def test_everything_is_written_whole(self, dearer: Comparison, tmp_path: Path) -> None:
        folder = dearer.write(tmp_path / "found")
        assert {path.name for path in folder.iterdir()} == FILES
        document = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
        assert document == json.loads(json.dumps(dearer.summary))
        assert document["schema"] == "desksim/comparison/1"
        assert document["answer"] == dearer.answer()
        assert document["seed"] == 7
        assert document["replications"] == 4
        assert [one["name"] for one in document["scenarios"]] == ["now", "then"]
        amounts = [Decimal(row["amount"]) for row in document["bridge"]]
        assert sum(amounts) == dearer.bridge().difference
        table = pd.read_csv(folder / "bridge.csv", dtype={"amount": str})
        assert [Decimal(amount) for amount in table["amount"]] == amounts
        assert len(pd.read_csv(folder / "differences.csv")) == len(document["differences"])

    def test_without_a_bridge_nothing_of_it_is_written(
        self, office: Scenario, tmp_path: Path
    ) -> None:
        folder = compared(office, office, replications=1).write(tmp_path / "found")
        assert {path.name for path in folder.iterdir()} == FILES - {"bridge.csv", "bridge.svg"}
        assert json.loads((folder / "comparison.json").read_text())["bridge"] is None

    def test_a_later_one_takes_the_place_of_an_earlier_one(
        self, dearer: Comparison, tmp_path: Path
    ) -> None:
        first = {path.name: path.read_bytes() for path in dearer.write(tmp_path / "a").iterdir()}
        again = {path.name: path.read_bytes() for path in dearer.write(tmp_path / "a").iterdir()}
        assert first == again

    def test_a_foreign_folder_is_left_alone_before_anything_runs(
        self, office: Scenario, tmp_path: Path
    ) -> None:
        (tmp_path / "mine.txt").write_text("precious")
        never = FailsInTheFourth()
        with pytest.raises(FileExistsError, match="holds files that no run has written"):
            sim.compare(office, office, replications=1, executor=never, out=tmp_path)
        assert never.done == 0
        assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]

    def test_a_notebook_shows_answer_and_picture(self, dearer: Comparison) -> None:
        card = dearer._repr_html_()
        assert "then is dearer than now by" in card
        assert card.count("<svg") == 1
        assert "percentage points" in card
        assert "hours per head" in dearer.bridge()._repr_html_()

    def test_figures_are_there_to_be_shown(self, dearer: Comparison) -> None:
        assert isinstance(dearer.figure(), Figure)
        assert isinstance(dearer.bridge().figure(), Figure)

    def test_it_tells_what_it_is(self, dearer: Comparison) -> None:
        assert repr(dearer) == (
            "<Comparison of now, then: 4 runs of each with the same people, 95 % intervals>"
        )


def test_names_tell_scenarios_apart() -> None:
    assert different(["a", "b", "a", "a"]) == ["a", "b", "a-2", "a-3"]
    assert different(["a", "a", "a-2"]) == ["a", "a-3", "a-2"]


def test_paths_may_be_given_and_their_problems_are_told(tmp_path: Path) -> None:
    file = write_office(tmp_path)
    with pytest.raises(ScenarioError, match="expected a scenario file"):
        sim.compare(file, tmp_path / "none.yaml")


def test_pools_are_compared_as_fleets_are(tmp_path: Path) -> None:
    office = sim.load(write_office(tmp_path, with_pools()), ("horizon=1 d", "warm_up=0 d"))
    found = compared(office, office.with_overrides("pools.agents.minimum=3"))
    assert found.found["small-office-2"]["cost[agents]"].estimate.value > 0  # type: ignore[operator]
    assert [part.words for part in found.bridge().parts] == ["capacity"]
