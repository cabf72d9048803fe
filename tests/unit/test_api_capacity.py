"""What a pool looks like before it is run: in words, on a card, on the screen."""

import re
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.api.capacity import bounds, scaling
from sim.cli.commands import desksim
from sim.cli.errors import told
from sim.scenario.pools import Pool

BOOK = Path(__file__).resolve().parents[2] / "scenarios" / "prices" / "ap-southeast-1.csv"
LAB = f"""\
version: 1
name: lab
region: ap-southeast-1
start: 2026-09-01
horizon: 7 d
prices: {{book: "{BOOK}"}}
pools:
  labs:
    bundle: power
    running_mode: AlwaysOn
    minimum: 10
    maximum: 1200
    scaling:
      - schedule: {{cron: 0 8 * * mon-fri, minimum: 60}}
      - schedule: {{cron: 0 19 * * mon-fri, minimum: 10}}
      - target_tracking: 75 %
populations:
  class: {{users: 30, fleet: labs, shift: {{start: 9:00}}, session_length: 2 h}}
"""


def pool(**settings: Any) -> Pool:
    return Pool.model_validate(
        {"bundle": "power", "running_mode": "AlwaysOn", "maximum": 1200, **settings}
    )


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    path = tmp_path / "lab.yaml"
    path.write_text(LAB, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "0-1,200"),
        ({"minimum": 1200}, "1,200"),
        ({"sessions_per_instance": 4}, "0-1,200, 4 to an instance"),
    ],
)
def test_bounds(settings: dict[str, Any], words: str) -> None:
    assert bounds(pool(**settings)) == words


ERRORS = {"metric": "InsufficientCapacityError", "comparison": ">", "threshold": 0}
RAMP = {
    "ramp_up": {"start": "7:00", "threshold": "60 %"},
    "peak": {"start": "9:00"},
    "ramp_down": {"start": "17:00", "threshold": "60 %"},
    "off_peak": {"start": "19:00"},
}


@pytest.mark.parametrize(
    ("policies", "words"),
    [
        ([], "fixed"),
        ([{"schedule": {"cron": "0 8 * * *", "capacity": 8}}], "1 schedule"),
        (
            [
                {"schedule": {"cron": "0 8 * * *", "capacity": 8}},
                {"target_tracking": "75 %"},
                {"schedule": {"cron": "0 9 * * *", "capacity": 9}},
            ],
            "2 schedules, target tracking 75 %",
        ),
        (
            [
                {"step": {**ERRORS, "steps": [{"add": 5}]}},
                {"step": {**ERRORS, "period": "1 min", "steps": [{"add": 1}]}},
            ],
            "2 x step on InsufficientCapacityError",
        ),
        (
            [{"ramp": RAMP}, {"predictive": "99 %"}, {"spare": 5}, {"policy": "mine:decide"}],
            "ramp plan, predictive 99 %, 5 spare, policy decide",
        ),
    ],
)
def test_scaling(policies: list[Any], words: str) -> None:
    assert scaling(pool(scaling=policies)) == words


def test_edits_change_a_fixed_capacity_too() -> None:
    edits = [{"at": "2026-09-02", "maximum": 8}, {"at": "2026-09-03", "maximum": 9}]
    assert scaling(pool(edits=edits)) == "2 edits"
    assert scaling(pool(edits=edits[:1], scaling=[{"spare": 5}])) == "5 spare, 1 edit"


def test_a_scenario_says_how_many_pools_it_has(lab: Path) -> None:
    assert repr(sim.load(lab)) == "<Scenario lab: 30 users, 1 pool, 2026-09-01 to 2026-09-08>"


def test_a_card_has_a_row_for_each_pool(lab: Path) -> None:
    card = sim.load(lab)._repr_html_()
    cells = re.findall(r"<td[^>]*>(.*?)</td>", card)
    words = "2 schedules, target tracking 75 %"
    assert cells == ["labs", "power", "AlwaysOn", "10-1,200", words, "30"]
    assert ">fleet<" not in card


def test_show_has_a_row_for_each_pool(
    lab: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert told(desksim, ["show", str(lab)]) == 0
    out = capsys.readouterr().out
    row = r"labs +power +AlwaysOn +10-1,200 +2 schedules, target tracking 75 % +30"
    assert re.search(rf"(?m)^{row}$", out)
    assert not re.search(r"(?m)^Fleet", out)
    assert re.search(r"(?m)^class +labs +UTC +30$", out)
