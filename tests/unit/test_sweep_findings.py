"""What the points of a sweep say together: shares of a variance, effects, what nothing beats."""

import json
import re
import shutil
from contextlib import chdir
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

from sim.api.errors import ResultError
from sim.api.sweep_effects import effects_of
from sim.api.sweep_folder import SweepFolder
from sim.api.sweep_frontier import frontier_of
from sim.api.sweep_plan import plan_sweep
from sim.api.sweep_sensitivity import sensitivity_of
from sim.api.sweeping import run_sweep
from sim.cli.commands import desksim
from sim.cli.errors import told
from sim.scenario import ScenarioError
from sim.scenario.sweeps import load_sweep
from sim.study.execution import Serial
from sim.study.points import design_points, points
from tests.documented import section
from tests.small_office import PRICES, TEXT, write_office

TWO_FLEETS = f"""\
version: 1
name: two-fleets
region: us-east-1
start: 2026-09-01
horizon: {{months: 1}}
seed: 1
prices: {{book: {PRICES / "us-east-1.csv"}}}
directory: {{servers: 1, service_time: 2 s}}
fleets:
  office: {{bundle: standard, root_volume: 80 GB, user_volume: 50 GB, running_mode: AlwaysOn}}
  studio: {{bundle: power, root_volume: 175 GB, user_volume: 100 GB, running_mode: AlwaysOn}}
populations:
  office: &people
    users: 2
    fleet: office
    attendance: 20 %
    shift: {{start: 9:00, spread: {{normal: 10 min}}}}
    session_length: 8 h
  studio:
    <<: *people
    fleet: studio
"""
"""35 and 78 USD a month for each desktop, and nothing else to pay."""

OFFICE, STUDIO = "populations.office.users", "populations.studio.users"

DESIGN = f"""\
version: 1
name: shares
scenario: office.yaml
samples:
  method: sensitivity
  number: 1024
  settings:
    {OFFICE}: {{low: 2, high: 5}}
    {STUDIO}: {{low: 2, high: 5}}
"""

TRADE = """\
version: 1
name: trade
scenario: office.yaml
fixed:
  horizon: 5 d
  fleets.part-time.autostop_timeout: null
  populations.part-time.session_length.gamma.mean: 1 h # so little that hours are cheaper
axes:
  fleets.part-time.running_mode: [AutoStop, AlwaysOn]
  directory.servers: [1, 2]
replications: 3
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(text: str) -> Path:
    file = Path("study.yaml")
    file.write_text(text, encoding="utf-8")
    return file


def swept(text: str) -> SweepFolder:
    return run_sweep(plan_sweep(write(text)), "out", executor=Serial())


@pytest.fixture(scope="module")
def swept_once(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both sweeps, each in a folder that no test changes."""
    made = {}
    for name, scenario, study in (("additive", TWO_FLEETS, DESIGN), ("trade", TEXT, TRADE)):
        made[name] = tmp_path_factory.mktemp(name)
        write_office(made[name], scenario)
        with chdir(made[name]):
            swept(study)
    return made


@pytest.fixture
def additive(here: Path, swept_once: dict[str, Path]) -> SweepFolder:
    shutil.copytree(swept_once["additive"], here, dirs_exist_ok=True)
    return SweepFolder("out")


@pytest.fixture
def trade(here: Path, swept_once: dict[str, Path]) -> SweepFolder:
    shutil.copytree(swept_once["trade"], here, dirs_exist_ok=True)
    return SweepFolder("out")


# --- the design


def test_a_design_has_points_for_both_halves_and_each_setting(here: Path) -> None:
    """8 base points of 2 settings: 8 (2 + 2) = 32 rows, of which many meet in 4 x 4 values."""
    write_office(here, TWO_FLEETS)
    sweep = load_sweep(write(DESIGN.replace("1024", "8")))

    rows = design_points(sweep)
    assert rows is not None
    assert len(rows) == 32
    assert {row.id for row in rows} == {point.id for point in points(sweep)}
    for start, setting in ((16, OFFICE), (24, STUDIO)):
        for row in range(8):
            mixed, a, b = rows[start + row], rows[row], rows[8 + row]
            for key in (OFFICE, STUDIO):
                assert mixed.written[key] == (b if key == setting else a).written[key]


def test_the_folder_keeps_which_point_each_row_is(additive: SweepFolder) -> None:
    """1024 (2 + 2) rows, 4 x 4 points."""
    document = json.loads(Path("out/sweep.json").read_text(encoding="utf-8"))

    assert len(document["design"]) == 4096
    assert set(document["design"]) == {point["id"] for point in document["points"]}
    assert len(document["points"]) == 16


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("1024", "1000", "samples.number: expected a power of two for sensitivity, got 1000"),
        (f"    {STUDIO}: {{low: 2, high: 5}}\n", "", "samples.settings: expected two or more"),
        ("samples:", "axes: {seed: [1, 2]}\nsamples:", "axes: expected none beside samples for"),
        ("samples:", "zip: {seed: [1, 2]}\nsamples:", "zip: expected none beside samples for"),
        ("1024", "8192", "expected at most 20,000 points, got 32,768"),
    ],
)
def test_a_design_that_cannot_be_is_refused(here: Path, old: str, new: str, expected: str) -> None:
    write_office(here, TWO_FLEETS)

    with pytest.raises(ScenarioError) as refused:
        points(load_sweep(write(DESIGN.replace(old, new))))
    [problem] = refused.value.problems
    assert expected in str(problem)
    assert str(problem).startswith("study.yaml:")


# --- shares


def test_shares_of_a_cost_that_is_users_times_price(additive: SweepFolder) -> None:
    """Cost 35 a + 78 b with a and b from 2, 3, 4, 5: variances 35^2 x 1.25 and 78^2 x 1.25, so
    shares of 1225 / 7309 = 16.8 % and 6084 / 7309 = 83.2 %, alone as well as in all."""
    for point in additive.points:
        desktops = 35 * int(point.settings[OFFICE]) + 78 * int(point.settings[STUDIO])
        assert point.estimate("cost_per_month").value == desktops

    shares = sensitivity_of(additive, ["cost_per_month"]).found["cost_per_month"]

    assert list(shares) == [STUDIO, OFFICE]
    for setting, truth in ((OFFICE, 1225 / 7309), (STUDIO, 6084 / 7309)):
        for estimate in shares[setting]:
            assert estimate.value == pytest.approx(truth, abs=0.02)
            assert estimate.low is not None
            assert estimate.high is not None
            assert estimate.low < truth < estimate.high


def test_what_has_no_part_in_a_measure_is_exactly_none(additive: SweepFolder) -> None:
    """The studio's users do not move the office's bill."""
    found = sensitivity_of(additive, ["cost[office]"])

    assert found.found["cost[office]"][STUDIO].total.value == 0
    [sentence] = found.sentences
    head = "What moves cost of office, in shares of its variance: office.users "
    assert sentence.startswith(head)
    assert sentence.endswith(", studio.users none.")
    assert found.tables[0].rows[1] == ("studio.users", "none", "", "none", "")


def test_what_nothing_moves_is_said(additive: SweepFolder) -> None:
    assert sensitivity_of(additive, ["delivered_minutes"]).sentences == [
        "Nothing moves delivered minutes: it is the same at all 16 points."
    ]


def test_the_table_of_shares_is_written_with_a_picture(additive: SweepFolder) -> None:
    names = sensitivity_of(additive, ["cost", "cost[office]"]).write(additive.folder)

    assert names == ["sensitivity.csv", "sensitivity-cost.svg", "sensitivity-cost-office.svg"]
    table = pd.read_csv("out/sensitivity.csv")
    assert list(table.measure) == ["cost", "cost", "cost[office]", "cost[office]"]
    assert (table.base_points == 1024).all()
    assert (table.level == 0.95).all()
    assert table.first_low.isna().tolist() == [False, False, False, True]
    picture = ET.parse("out/sensitivity-cost.svg").getroot()
    assert "83 % alone" in "".join(picture.itertext())


def test_a_design_can_be_shared_out(here: Path) -> None:
    """Two shards in folders of their own know as much as one that did all."""
    write_office(here, TWO_FLEETS)
    plan = plan_sweep(write(DESIGN.replace("1024", "8")))
    for number in (1, 2):
        run_sweep(plan, f"shard-{number}", executor=Serial(), shard=(number, 2))
    whole = run_sweep(plan, "whole", executor=Serial())

    with pytest.raises(ResultError, match="are not finished; indices need all of them"):
        sensitivity_of(SweepFolder("shard-1"))
    collected = SweepFolder("shard-1").collect(["shard-2"])
    pd.testing.assert_frame_equal(sensitivity_of(collected).table, sensitivity_of(whole).table)


def test_an_unfinished_design_has_no_shares(additive: SweepFolder) -> None:
    next(Path("out/tasks").iterdir()).unlink()

    with pytest.raises(ResultError, match="1 of 16 points of 'shares' are not finished"):
        sensitivity_of(SweepFolder("out"))


def test_a_measure_that_no_run_has_is_refused(additive: SweepFolder) -> None:
    with pytest.raises(ResultError, match="did you mean 'cost"):
        sensitivity_of(additive, ["cost[offic]"])


# --- the trade


def test_the_frontier_is_by_the_estimates(trade: SweepFolder) -> None:
    found = frontier_of(trade, ["cost", "wait_mean_s"])
    assert found is not None

    values = {
        point.id: (point.estimate("cost").value, point.estimate("wait_mean_s").value)
        for point in trade.points
    }
    for name, by in found.beaten_by.items():
        assert by not in found.beaten_by
        assert values[by] != values[name]
        assert all(a <= b for a, b in zip(values[by], values[name], strict=True) if a and b)
    # AlwaysOn costs more and saves resuming, which takes longest of all.
    assert {point.settings["fleets.part-time.running_mode"] for point in found.best} == {
        "AutoStop",
        "AlwaysOn",
    }


def test_its_table_has_every_point_with_its_intervals(trade: SweepFolder) -> None:
    found = frontier_of(trade, ["cost", "wait_mean_s"])
    assert found is not None

    assert found.write(trade.folder) == ["frontier.csv", "frontier.svg"]
    table = pd.read_csv("out/frontier.csv", keep_default_na=False, na_values=[""])
    assert list(table.columns) == [
        "point", *trade.settings, "replications",
        "cost", "cost_low", "cost_high", "wait_mean_s", "wait_mean_s_low", "wait_mean_s_high",
        "beaten_by",
    ]  # fmt: skip
    assert table.cost.is_monotonic_increasing
    assert (table.replications == 3).all()
    assert (table.wait_mean_s_low < table.wait_mean_s).all()
    assert set(table.point) == {point.id for point in trade.points}
    text = "".join(ET.parse("out/frontier.svg").getroot().itertext())
    assert "running_mode AlwaysOn" in text


def test_nothing_to_trade_is_none(here: Path) -> None:
    """One point; or cost alone, which is the only measure that differs."""
    write_office(here)
    assert frontier_of(swept("version: 1\nname: one\nscenario: office.yaml\n")) is None


def test_effects_are_told_of_settings_that_change_alone(trade: SweepFolder) -> None:
    found = effects_of(trade, ["wait_mean_s"])

    [measure] = found.found
    assert {one.setting for one in found.found[measure]} == set(trade.settings)
    assert all(one.groups == 2 for one in found.found[measure])
    [sentence] = found.sentences
    assert sentence.startswith("What moves mean wait by itself: part-time.running_mode by ")
    assert ", from AlwaysOn to AutoStop" in sentence
    assert found.write(trade.folder) == ["effects.csv", "effects-wait_mean_s.svg"]
    table = pd.read_csv("out/effects.csv")
    assert (table.high - table.low).tolist() == pytest.approx(table.difference.tolist())


def test_every_column_is_documented(additive: SweepFolder, trade: SweepFolder) -> None:
    for name, table in (
        ("sensitivity.csv", sensitivity_of(additive).table),
        ("effects.csv", effects_of(trade).table),
    ):
        rows = [line.split(" | ")[0] for line in section(name).splitlines()]
        assert sorted(re.findall(r"`(\w+)`", "\n".join(rows))) == sorted(table.columns)


# --- the command line


def test_a_sweep_says_first_what_nothing_beats(
    trade: SweepFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(desksim, ["sweep", "study.yaml", "-o", "out", "--executor", "serial"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("The cheapest of 4 points has ")
    assert lines[1].startswith("Nothing beats ")
    assert " of 4 points in cost and P95 wait at once:" in lines[1]
    assert lines[2].startswith("  running_mode AutoStop, servers ")
    assert lines[-1].startswith("Written to out: frontier.csv, frontier.svg; results.parquet")


def test_a_design_answers_with_shares(
    additive: SweepFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(desksim, ["sweep", "study.yaml", "-o", "out", "--executor", "serial"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("What moves cost per month, in shares of its variance: studio.users")
    assert Path("out/sensitivity-cost_per_month.svg").is_file()


def test_other_measures_can_be_asked_of_a_folder(
    trade: SweepFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--measure", "cost[part-time]", "--measure", "wait_p50_s[part-time]"]
    assert told(desksim, ["sweep", "frontier", "out", *asked]) == 0
    assert "in cost of part-time and P50 wait of part-time at once" in capsys.readouterr().out

    assert told(desksim, ["sweep", "sensitivity", "out", "--measure", "logon_mean_s"]) == 0
    assert capsys.readouterr().out.startswith("What moves mean logon by itself: ")
    assert Path("out/effects-logon_mean_s.svg").is_file()


def test_a_trade_takes_two_measures(trade: SweepFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(desksim, ["sweep", "frontier", "out", "--measure", "cost"]) == 2
    assert "expected two measures or more, got one" in capsys.readouterr().err
