"""The sweep file: which points it says, and everything that is wrong with it, with its place."""

from pathlib import Path

import numpy as np
import pytest

from sim.api.sweep_plan import plan_sweep
from sim.scenario import ScenarioError
from sim.scenario.sweeps import MOST_SAMPLES, Range, SweepFile, Target, load_sweep
from sim.study.points import MOST_POINTS, Point, points

ROOT = Path(__file__).parents[2]
HEAD = "version: 1\nname: study\nscenario: office.yaml\n"

Parameters = list[tuple[str, list[str]]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "office.yaml").write_text("version: 1\nname: office\n", encoding="utf-8")
    return tmp_path


def load(folder: Path, text: str, parameters: Parameters | None = None) -> SweepFile:
    file = folder / "study.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    return load_sweep(file, parameters or [])


def problems(folder: Path, text: str, parameters: Parameters | None = None) -> list[str]:
    with pytest.raises(ScenarioError) as refused:
        load(folder, text, parameters)
    return [str(one).replace(f"{folder}/", "") for one in refused.value.problems]


def written(found: list[Point]) -> list[dict[str, str]]:
    return [dict(point.written) for point in found]


# --- points


def test_nothing_varied_is_one_point(folder: Path) -> None:
    assert written(points(load(folder, ""))) == [{}]


def test_axes_are_combined_the_last_one_fastest(folder: Path) -> None:
    """2 x 3 points."""
    sweep = load(folder, "axes:\n  a.b: [1 h, 2 h]\n  c: [1, 2, 3]\n")

    assert [tuple(point.values()) for point in written(points(sweep))] == [
        ("1 h", "1"), ("1 h", "2"), ("1 h", "3"), ("2 h", "1"), ("2 h", "2"), ("2 h", "3"),
    ]  # fmt: skip


def test_what_is_zipped_goes_in_step_and_slower_than_axes(folder: Path) -> None:
    """2 rows x 2 values."""
    sweep = load(folder, "zip:\n  a: [x, y]\n  b: [1, 2]\naxes:\n  c: [7, 8]\n")

    assert [tuple(point.values()) for point in written(points(sweep))] == [
        ("x", "1", "7"), ("x", "1", "8"), ("y", "2", "7"), ("y", "2", "8"),
    ]  # fmt: skip


def test_values_are_written_as_they_would_be_in_a_file(folder: Path) -> None:
    sweep = load(
        folder, 'axes:\n  a: [{normal: 20 min}, [x, y], true, null, 0.5, "07", 2026-09-01]'
    )

    assert [point["a"] for point in written(points(sweep))] == [
        "{normal: 20 min}", "[x, y]", "true", "null", "0.5", '"07"', "2026-09-01",
    ]  # fmt: skip


def test_a_point_keeps_its_name_when_others_join(folder: Path) -> None:
    few = points(load(folder, "axes:\n  a: [1, 2]\n  b: [x]\n"))
    more = points(load(folder, "axes:\n  b: [w, x]\n  a: [0, 1, 2]\n"))

    assert len({point.id for point in more}) == 6
    assert {point.id for point in few} < {point.id for point in more}
    assert all(len(point.id) == 8 for point in more)


def test_a_range_is_as_fine_as_its_ends_are_written(folder: Path) -> None:
    """Eight values from 1 h to 8 h, each an eighth of the way; 151 from 80.0 % to 95.0 %."""
    hours = Range.model_validate({"low": "1 h", "high": "8 h"})
    shares = Range.model_validate({"low": "80.0 %", "high": "95.0 %"})

    assert [hours.at(number / 8) for number in range(8)] == [f"{n} h" for n in range(1, 9)]
    assert hours.at(np.nextafter(1, 0)) == "8 h"
    assert (shares.at(0), shares.at(1 / 151), shares.at(0.999999)) == ("80.0 %", "80.1 %", "95.0 %")
    assert Range.model_validate({"low": -1, "high": 1}).at(0.5) == "0"


@pytest.mark.parametrize("method", ["sobol", "latin-hypercube"])
def test_samples_fill_each_range_evenly(folder: Path, method: str) -> None:
    """16 points over 16 values of each of two settings: each value exactly once."""
    text = f"samples:\n  method: {method}\n  number: 16\n  seed: 3\n  settings:\n"
    sweep = load(folder, f"{text}    a: {{low: 1, high: 16}}\n    b: {{low: 0.0 h, high: 1.5 h}}\n")
    found = written(points(sweep))

    assert sorted(int(point["a"]) for point in found) == list(range(1, 17))
    assert sorted(point["b"] for point in found) == [f"{n / 10:.1f} h" for n in range(16)]
    assert found == written(points(sweep)), "drawn from their own seed"
    assert found != written(points(load(folder, text.replace("3", "4") + "    a: [1, 2]\n")))


def test_samples_of_choices_that_coincide_are_one_point(folder: Path) -> None:
    text = "samples:\n  number: 32\n  settings:\n    a: [x, y]\n    b: [true, false]\n"

    assert len(points(load(folder, text))) == 4


def test_a_scenario_is_a_sweep_of_what_the_command_line_varies(folder: Path) -> None:
    given = [("fleets.a.timeout", ["1 h", "2 h"]), ("seed", ["1", "2"])]
    sweep = load_sweep(folder / "office.yaml", given, 5)

    assert (sweep.spec.name, sweep.spec.replications) == ("office-sweep", 5)
    assert sweep.spec.scenario == str(folder / "office.yaml")
    assert [tuple(point.values()) for point in written(points(sweep))] == [
        ("1 h", "1"), ("1 h", "2"), ("2 h", "1"), ("2 h", "2"),
    ]  # fmt: skip


def test_the_command_line_replaces_an_axis_of_the_file(folder: Path) -> None:
    sweep = load(folder, "axes:\n  a: [1, 2]\n  b: [3]\n", [("a", ["9"])])

    assert written(points(sweep)) == [{"a": "9", "b": "3"}]


def test_the_documented_sweep_file_is_right(folder: Path) -> None:
    """8 samples x 2 rows x 3 values, at each of which the shipped scenario is right."""
    told = (ROOT / "docs" / "studies.md").read_text(encoding="utf-8")
    text = told.partition("### The sweep file\n\n```yaml\n")[2].partition("```")[0]
    file = folder / "documented.yaml"
    file.write_text(text.replace("../remote", f"{ROOT}/scenarios/remote"), encoding="utf-8")

    plan = plan_sweep(file)
    assert len(plan.points) == 8 * 2 * 3 == 48
    assert "has 8 x 2 x 3 = 48 points" in told
    assert set(plan.targets) == {"wait_p95_s", "delivered_minutes[analysts]"}


# --- what is wrong


def test_everything_that_is_wrong_is_told_at_once_with_its_place(folder: Path) -> None:
    text = """\
fixd: {}
axes:
  a: [1, 1]
  "b=c": [x]
  d: []
zip: {e: [1], f: [1, 2]}
samples: {method: sobol, number: 12, settings: {a: {low: 1 h, high: 2 d}, g: 5}}
replications: 0
targets:
  cost: {at_most: 5, at_least: 4}
"""
    choice = "a range such as {low: 1 h, high: 8 h} or a list of choices"
    assert problems(folder, text) == [
        "study.yaml:4:1: fixd: unknown key; did you mean 'fixed'?",
        "study.yaml:6:10: axes.a.1: written twice: 1",
        "study.yaml:7:3: expected a setting such as fleets.office.bundle, got 'b=c'",
        "study.yaml:8:6: axes.d: expected at least 1 entry, got an empty list",
        "study.yaml:10:49: samples.settings.a: varied twice; a setting has one place",
        "study.yaml:10:69: samples.settings.a.high: expected the unit of 1 h, got '2 d'",
        f"study.yaml:10:78: samples.settings.g: expected {choice}, got 5",
        "study.yaml:11:15: replications: expected at least 1, got 0",
        "study.yaml:13:9: targets.cost: expected either at_most or at_least",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "zip: {e: [1], f: [1, 2]}\n",
            "study.yaml:4:6: zip: expected as many values of each setting; e has 1, f has 2",
        ),
        (
            "samples: {method: sobol, number: 12, settings: {a: [1]}}\n",
            "study.yaml:4:34: samples.number: expected a power of two for sobol, got 12",
        ),
        (
            f"samples: {{number: {MOST_SAMPLES + 1}, settings: {{a: [1]}}}}\n",
            "study.yaml:4:19: samples.number: expected at most 16384, got 16385",
        ),
        (
            "samples: {number: 4, settings: {a: {low: 2, high: 1}}}\n",
            "study.yaml:4:51: samples.settings.a.high: expected more than 2, got '1'",
        ),
        (
            "samples: {number: 4, settings: {a: {low: 1 h 30 min, high: 2 h}}}\n",
            (
                "study.yaml:4:42: samples.settings.a.low: expected a number with at most one unit, "
                "got '1 h 30 min'"
            ),
        ),
    ],
)
def test_what_cannot_be_swept_is_refused(folder: Path, text: str, problem: str) -> None:
    assert problems(folder, text) == [problem]


def test_too_many_points_are_refused_before_any_is_made(folder: Path) -> None:
    values = list(range(200))
    with pytest.raises(ScenarioError, match="expected at most 20,000 points, got 40,000"):
        points(load(folder, f"axes:\n  a: {values}\n  b: {values}\n"))
    assert MOST_POINTS == 20_000


def test_a_scenario_that_is_not_there_is_told_where_it_is_named(tmp_path: Path) -> None:
    assert problems(tmp_path, "") == [
        "study.yaml:3:11: scenario: expected a file, found none at 'office.yaml'"
    ]


def test_a_target_is_met_up_to_its_bound() -> None:
    most, least = (
        Target.model_validate({"at_most": 60}),
        Target.model_validate({"at_least": "99 %"}),
    )

    assert [most.met_by(value) for value in (59.9, 60, 60.1)] == [True, True, False]
    assert [least.met_by(value) for value in (0.98, 0.99, 1)] == [False, True, True]
