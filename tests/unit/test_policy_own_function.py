"""A user's own policy: from its file to the pool, and what is said when it goes wrong."""

from pathlib import Path
from typing import Any

import pytest

from sim.cli.errors import WRONG, explain
from sim.model.scaling import scaling_of
from sim.policy import Datapoint, Observation, Scaling
from sim.scenario import ScenarioError
from sim.scenario.schema import Scenario
from sim.units import HOUR, MINUTE
from sim.workload import make_workload
from tests.offices import people, scenario


def written(folder: Path, code: str) -> str:
    """The reference to `decide` in a file with this code, as the scenario's loader keeps it."""
    path = folder / "mine.py"
    path.write_text(code)
    return f"{path}:decide"


def world_of(scaling: list[Any], **pool: Any) -> Scenario:
    settings = {"bundle": "power", "running_mode": "AlwaysOn", "maximum": 50, **pool}
    return scenario(
        {"office": people(fleet="agents")},
        fleets={},
        pools={"agents": {**settings, "scaling": scaling}},
        horizon="1 d",
    )


def living(folder: Path, code: str, **pool: Any) -> tuple[Scenario, Scaling]:
    world = world_of([{"spare": {"sessions": 0}}, {"policy": written(folder, code)}], **pool)
    return world, scaling_of(world, make_workload(world), "agents")


def asked(folder: Path, code: str, *, active: int = 3) -> int:
    """The target after the minute that ends at 09:30."""
    world, scaling = living(folder, code)
    at = (9 * 60 + 30) * MINUTE
    minutes = [Datapoint(active=active, actual=10, pending=0, waiting=0, refused=0)]
    instant = world.calendar.instant(at)
    scaling.minute(Observation(at, instant, 0, 50, 10, 1, minutes))
    return scaling.target_with(active)


def problem(folder: Path, code: str) -> str:
    """What is said, on one line, when it is asked at 09:30."""
    with pytest.raises(ScenarioError) as caught:
        asked(folder, code)
    (found,) = caught.value.problems
    return str(found)


PLACE = "pools.agents.scaling.1.policy: "


class TestAnswers:
    def test_it_decides_from_what_it_sees(self, tmp_path: Path) -> None:
        code = "def decide(observation):\n    return 2 * observation.active + observation.available"
        assert asked(tmp_path, code) == 2 * 3 + 7

    def test_it_may_have_no_opinion(self, tmp_path: Path) -> None:
        # The initial target, 0 by default, stands; three users need three sessions.
        assert asked(tmp_path, "def decide(observation):\n    return None") == 3

    def test_numpys_whole_numbers_are_whole_numbers(self, tmp_path: Path) -> None:
        code = "import numpy as np\ndef decide(observation):\n    return np.int64(12)"
        assert asked(tmp_path, code) == 12

    def test_what_is_too_much_is_clipped(self, tmp_path: Path) -> None:
        assert asked(tmp_path, "def decide(observation):\n    return 10**9") == 50

    def test_it_may_keep_things_in_mind_but_not_from_run_to_run(self, tmp_path: Path) -> None:
        code = (
            "calls = []\ndef decide(observation):\n    calls.append(1)\n    return 10 * len(calls)"
        )
        assert [asked(tmp_path, code), asked(tmp_path, code)] == [10, 10]

    def test_its_file_may_define_classes(self, tmp_path: Path) -> None:
        code = """
from __future__ import annotations
from dataclasses import dataclass

@dataclass
class Rule:
    extra: int

def decide(observation):
    return Rule(extra=9).extra
"""
        assert asked(tmp_path, code) == 9

    def test_nothing_is_left_beside_the_scenario(self, tmp_path: Path) -> None:
        asked(tmp_path, "def decide(observation):\n    return 1")
        assert [path.name for path in tmp_path.iterdir()] == ["mine.py"]


class TestProblems:
    @pytest.mark.parametrize(
        ("answer", "shown"),
        [
            ("-1", "-1"),
            ("2.5", "2.5"),
            ("'ten'", "'ten'"),
            ("True", "true"),
            ("float('nan')", "nan"),
            ("[3]", "[3]"),
        ],
    )
    def test_an_answer_that_is_no_capacity(self, tmp_path: Path, answer: str, shown: str) -> None:
        code = f"def decide(observation):\n    return {answer}"
        assert problem(tmp_path, code) == (
            f"{PLACE}expected a whole number of user sessions, 0 or more, or None from "
            f"mine.py:decide at 2026-09-01T09:30:00Z, got {shown}"
        )

    def test_an_error_inside(self, tmp_path: Path) -> None:
        code = (
            "def decide(observation):\n    waiting = observation.waiting\n    return 1 // waiting"
        )
        said = problem(tmp_path, code)
        assert said.startswith(
            f"{PLACE}expected a capacity from mine.py:decide at 2026-09-01T09:30:00Z, "
            "got ZeroDivisionError: "
        )
        assert said.endswith(" in line 3")

    def test_an_error_without_words(self, tmp_path: Path) -> None:
        code = "def decide(observation):\n    assert observation is None"
        assert problem(tmp_path, code).endswith("got AssertionError in line 2")

    def test_a_file_that_cannot_be_run(self, tmp_path: Path) -> None:
        said = problem(tmp_path, "import no_such_module\ndef decide(observation):\n    return 1")
        assert said == (
            f"{PLACE}expected to load mine.py:decide, got ModuleNotFoundError: "
            "No module named 'no_such_module' in line 1"
        )

    def test_a_file_that_is_gone(self, tmp_path: Path) -> None:
        world = world_of([{"policy": f"{tmp_path / 'gone.py'}:decide"}])
        with pytest.raises(ScenarioError, match=r"gone\.py:decide, got FileNotFoundError"):
            scaling_of(world, make_workload(world), "agents")

    def test_the_command_line_shows_it_without_a_traceback(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(ScenarioError) as caught:
            asked(tmp_path, "def decide(observation):\n    return -1")
        assert explain(caught.value) == WRONG
        shown = " ".join(capsys.readouterr().err.split())
        assert "pools.agents.scaling.1.policy: expected a whole number" in shown
        assert "Traceback" not in shown


class TestFactory:
    def test_a_pool_gets_its_phases_and_forecasts(self) -> None:
        plan = {
            "ramp_up": {"start": "07:00", "threshold": "60 %", "minimum": "20 %"},
            "peak": {"start": "09:00"},
            "ramp_down": {"start": "16:00", "threshold": "90 %", "minimum": "0 %"},
            "off_peak": {"start": "18:00"},
        }
        world = world_of([{"ramp": plan}, {"predictive": {"quantile": "95 %", "lead": "0 s"}}])
        # 20 % of 50 from 07:00 on, and none from 16:00; three people are expected from 09:00 to
        # 17:00, and 6 are the 95 % quantile of a Poisson number of mean 3.
        assert self.targets(world, 1, 8, 10, 20) == [0, 10, 10, 0]
        alone = world_of([{"predictive": {"quantile": "95 %", "lead": "0 s"}}])
        assert self.targets(alone, 1, 8, 10, 20) == [0, 0, 6, 0]

    def targets(self, world: Scenario, *hours: int) -> list[int]:
        """The targets of an empty pool at some hours of the day."""
        scaling = scaling_of(world, make_workload(world), "agents")
        found = []
        for hour in hours:
            minutes = [Datapoint(active=0, actual=0, pending=0, waiting=0, refused=0)]
            at = hour * HOUR
            scaling.minute(Observation(at, world.calendar.instant(at), 0, 50, 0, 1, minutes))
            found.append(scaling.target_with(0))
        return found
