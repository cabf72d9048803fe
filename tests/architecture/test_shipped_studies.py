"""Every shipped study is found right at each of its points, and asks what it says it asks."""

import shlex
from pathlib import Path

import click
import pytest

from sim.api.forecast_plan import plan_forecast
from sim.api.sweep_plan import plan_sweep
from sim.api.sweeping import seconds_of_a_task
from sim.cli.forecast import forecast
from sim.cli.sweep import sweep
from sim.scenario.forecasts import load_forecast

ROOT = Path(__file__).resolve().parents[2]
STUDIES = sorted((ROOT / "scenarios" / "studies").glob("*.yaml"))
FORECASTS = [file for file in STUDIES if "#   desksim forecast " in file.read_text("utf-8")]
SHIPPED = [file for file in STUDIES if "#   desksim sweep " in file.read_text(encoding="utf-8")]
"""The sweeps among them."""


def commands(path: Path) -> list[list[str]]:
    """The command lines in its comments, without `desksim`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    suggested = (line.removeprefix("#   desksim ") for line in lines)
    return [shlex.split(said) for said, line in zip(suggested, lines, strict=True) if said != line]


def test_studies_are_shipped() -> None:
    assert {"autostop-timeout", "pool-tracking"} <= {path.stem for path in SHIPPED}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_study_is_right_at_each_point(path: Path) -> None:
    plan = plan_sweep(path)

    assert plan.sweep.spec.name == path.stem, "its results go to a folder of its own name"
    assert plan.sweep.spec.description
    assert len(plan.points) > 1
    assert len(plan.tasks()) <= 200, "a study is answered while one waits"
    # One of its runs; all of them are a matter of minutes.
    assert seconds_of_a_task(plan) > 0


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_study_says_how_it_is_run(path: Path) -> None:
    found = commands(path)

    assert found[0] == ["sweep", f"scenarios/studies/{path.name}"]
    for command, *words in found:
        assert command == "sweep"
        known = {option for one in sweep.commands.values() for option in names(one)}
        assert {word for word in words if word.startswith("-")} <= known
        assert words[0] in sweep.commands or (ROOT / words[0]).is_file()


@pytest.mark.parametrize("path", FORECASTS, ids=lambda path: path.stem)
def test_a_shipped_forecast_is_right_in_each_draw(path: Path) -> None:
    plan = plan_forecast(load_forecast(path))
    spec = plan.forecast.spec

    assert spec.name == path.stem, "its results go to a folder of its own name"
    assert spec.description
    assert spec.budget is not None
    assert spec.is_drawn
    draws, each = spec.shape
    assert draws >= 36, "a P90 has an interval"
    assert each > 1
    assert len(plan.tasks()) <= 80, "it is answered while one waits"


@pytest.mark.parametrize("path", FORECASTS, ids=lambda path: path.stem)
def test_a_shipped_forecast_says_how_it_is_run(path: Path) -> None:
    found = commands(path)

    assert found[0] == ["forecast", f"scenarios/studies/{path.name}"]
    for command, file, *words in found:
        assert (command, file) == ("forecast", f"scenarios/studies/{path.name}")
        assert {word for word in words if word.startswith("-")} <= {*names(forecast)}


def names(command: click.Command) -> list[str]:
    """Options of a command."""
    return [name for parameter in command.params for name in parameter.opts]
