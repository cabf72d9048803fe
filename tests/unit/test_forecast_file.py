"""The forecast file: what is read, what is refused and where, what a draw says."""

from decimal import Decimal
from pathlib import Path

import pytest

from sim.pricing import ScheduledChange, price_in
from sim.scenario import ScenarioError
from sim.scenario.forecasts import ForecastFile, load_forecast
from sim.scenario.uncertain import Uncertain
from sim.study.assumed import Draw
from tests.small_office import TEXT, write_office

HEAD = """\
version: 1
name: ahead
scenario: office.yaml
"""


def written(folder: Path, text: str) -> Path:
    write_office(folder)
    file = folder / "ahead.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    return file


def read(folder: Path, text: str) -> ForecastFile:
    return load_forecast(written(folder, text))


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        read(folder, text)
    return [f"{one.line}:{one.column}: {one.path}: {one.message}" for one in caught.value.problems]


# --- laws


def test_a_range_has_each_of_its_steps_equally_likely() -> None:
    """1, 2 or 3: a third of the draws each."""
    law = Uncertain.model_validate({"low": 1, "high": 3})
    assert [str(law.at(share)) for share in (0.01, 0.33, 0.34, 0.66, 0.67, 0.99)] == [
        "1", "1", "2", "2", "3", "3",
    ]  # fmt: skip


def test_a_triangle_by_hand() -> None:
    """From 0 to 10, top at 5: a half lies below 5, an eighth below 0 + sqrt(1/8 x 10 x 5) = 2.5.

    And an eighth above 10 - sqrt(1/8 x 10 x 5) = 7.5.
    """
    law = Uncertain.model_validate({"low": "0.00 h", "likely": "5 h", "high": "10 h"})
    assert [str(law.at(share)) for share in (1 / 8, 1 / 2, 7 / 8)] == ["2.50 h", "5.00 h", "7.50 h"]


def test_a_triangle_whose_top_is_an_end() -> None:
    """From 0 with its top there: 3/4 lie below 10 - sqrt(1/4 x 100) = 5."""
    law = Uncertain.model_validate({"low": 0, "likely": 0, "high": 10})
    assert str(law.at(0.75)) == "5"


def test_a_normal_law_by_its_quantiles() -> None:
    """97.5 % lie below 85 + 1.96 x 2 = 88.92."""
    law = Uncertain.model_validate({"mean": "85.00 %", "sd": "2 %"})
    assert [str(law.at(share)) for share in (0.5, 0.975)] == ["85.00 %", "88.92 %"]


# --- draws

DRAWN = """\
assumptions:
  populations.staff.users: {low: 2, high: 40}
  fleets.part-time.autostop_timeout: [1 h, 2 h, 4 h]
price_changes:
  - {from: 2026-10-01, prefix: personal/, change: {low: 0.0 %, high: 9.0 %}}
"""


def said(forecast: ForecastFile, key: str, draws: int = 8) -> list[str]:
    return [Draw(forecast, 7, number).said[key] for number in range(draws)]


def test_another_assumption_moves_no_draw_of_the_others(tmp_path: Path) -> None:
    one = read(tmp_path, DRAWN)
    more = read(
        tmp_path,
        DRAWN.replace("assumptions:\n", "assumptions:\n  directory.servers: {low: 1, high: 9}\n"),
    )
    for key in ("populations.staff.users", "fleets.part-time.autostop_timeout",
                "price of personal/... from 2026-10"):  # fmt: skip
        assert said(one, key) == said(more, key)
    assert len({*said(one, "populations.staff.users")}) > 4
    assert {*said(one, "fleets.part-time.autostop_timeout", 40)} == {"1 h", "2 h", "4 h"}


def test_another_seed_draws_other_values(tmp_path: Path) -> None:
    forecast = read(tmp_path, DRAWN)
    key = "populations.staff.users"
    assert said(forecast, key) != [Draw(forecast, 8, n).said[key] for n in range(8)]


def test_two_changes_of_one_price_in_one_month_are_drawn_apart(tmp_path: Path) -> None:
    step = "{from: 2026-10-01, prefix: nat/, change: {low: 0.00 %, high: 9.00 %}}"
    forecast = read(tmp_path, f"price_changes:\n  - {step}\n  - {step}\n")
    first, second = Draw(forecast, 7, 0).changes
    assert first.factor != second.factor


# --- prices


def test_changes_hold_from_their_month_on_and_on_top_of_each_other() -> None:
    """10 x 1.05 = 10.50 from January; x 1.05 = 11.025 from July; 8 from October, 8 x 0.5 = 4."""
    changes = [
        ScheduledChange("2027-07", "a/", True, factor=Decimal("1.05")),
        ScheduledChange("2027-01", "a/", True, factor=Decimal("1.05")),
        ScheduledChange("2027-10", "a/b", False, unit_price=Decimal(8)),
        ScheduledChange("2027-10", "a/", True, factor=Decimal("0.5")),
    ]
    months = ("2026-12", "2027-01", "2027-06", "2027-07", "2027-10", "2028-01")
    assert [price_in(month, "a/b", Decimal(10), changes) for month in months] == [
        Decimal(10), Decimal("10.5"), Decimal("10.5"), Decimal("11.025"), Decimal(4), Decimal(4),
    ]  # fmt: skip
    assert price_in("2028-01", "b/a/b", Decimal(10), changes) == 10


def test_a_written_change_is_the_same_in_each_draw(tmp_path: Path) -> None:
    text = "price_changes:\n  - {from: 2026-10-01, item: nat/hour, change: -5 %}\n"
    forecast = read(tmp_path, text)
    assert forecast.spec.shape == (1, 40)
    assert Draw(forecast, 7, 0).changes == [
        ScheduledChange("2026-10", "nat/hour", False, factor=Decimal("0.95"))
    ]


# --- what is refused


def test_everything_that_is_wrong_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """\
month: 18
settings:
  horizon: {months: 3}
assumptions:
  populations.staff.users: {low: 4, high: 3}
  populations..users: [1, 2]
  start: [2026-10-01]
  populations.part-time.users: 5
  directory.servers: {low: 1, likely: 2}
  fleets.part-time.autostop_timeout: {low: 1 h, likely: 2, high: 3 h}
price_changes:
  - {from: 2026-10-02, prefix: personal/, change: +5 %}
  - {form: 2026-10-01, prefix: personal/, change: 5}
  - {from: 2026-10-01, prefix: personal/, unit_price: 5}
  - {from: 2026-10-01, prefix: personal/, item: nat/hour, change: 5 %}
budget: -5
""",
    )
    assert found == [
        "4:1: month: unknown key; did you mean 'months'?",
        "6:3: settings.horizon: all runs of a forecast are of the same months",
        "8:43: assumptions.\"populations.staff.users\".high: expected more than 4, got '3'",
        "9:3: : expected a setting such as fleets.office.bundle, got 'populations..users'",
        "10:3: assumptions.start: all runs of a forecast are of the same months",
        (
            '11:32: assumptions."populations.part-time.users": expected a range such as '
            "{low: 1 h, high: 8 h}, {low: 1, likely: 2, high: 5}, {mean: 85 %, sd: 2 %} or a "
            "list of choices, got 5"
        ),
        (
            '12:22: assumptions."directory.servers": expected low and high, with likely or '
            "without, or mean and sd, got low, likely"
        ),
        (
            '13:57: assumptions."fleets.part-time.autostop_timeout".likely: expected the unit of '
            "1 h, got '2'"
        ),
        "15:12: price_changes.0.from: expected the first of a month, got 2026-10-02",
        "16:6: price_changes.1.form: unknown key; did you mean 'from'?",
        (
            "16:51: price_changes.1.change: expected a part such as +5 %, a range such as "
            "{low: 0 %, high: 8 %} or a list of choices, got 5"
        ),
        "17:55: price_changes.2.unit_price: expected an item with it, and not a prefix",
        "18:5: price_changes.3: expected either item or prefix",
        "19:9: budget: expected US dollars such as 4.19, '$4.19' or '4.19 USD', got -5",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("draws: 4\n", "4:8: draws: expected assumptions to draw, found none"),
        (
            "settings: {directory.servers: 2}\nassumptions: {directory.servers: [1, 2]}\n",
            (
                '5:15: assumptions."directory.servers": said in settings already; a setting has '
                "one place"
            ),
        ),
        (
            "price_changes: [{from: 2026-10-01, item: nat/hour, change: [5 %, -100 %]}]\n",
            (
                "4:66: price_changes.0.change.1: expected per cent such as +5 %, above -100 %, got "
                "'-100 %'"
            ),
        ),
    ],
)
def test_what_makes_no_sense_is_refused(text: str, message: str, tmp_path: Path) -> None:
    assert problems(tmp_path, text) == [message]


def test_a_scenario_is_a_forecast_without_assumptions(tmp_path: Path) -> None:
    forecast = load_forecast(write_office(tmp_path), {"months": 2, "replications": 3})
    assert forecast.spec.name == "small-office-forecast"
    assert (forecast.spec.months, forecast.spec.shape) == (2, (1, 3))


def test_what_is_given_lies_over_the_file(tmp_path: Path) -> None:
    forecast = load_forecast(
        written(tmp_path, DRAWN + "months: 3\n"),
        {"months": 6, "assumptions": {"populations.staff.users": [2, 3]}},
    )
    assert forecast.spec.months == 6
    assert forecast.spec.shape == (40, 2)
    assert forecast.spec.assumptions["populations.staff.users"] == [2, 3]
    assert "fleets.part-time.autostop_timeout" in forecast.spec.assumptions


def test_a_scenario_with_the_longest_name_makes_a_forecast_with_a_shorter_one(
    tmp_path: Path,
) -> None:
    write_office(tmp_path)
    file = tmp_path / "office.yaml"
    file.write_text(TEXT.replace("name: small-office", f"name: {'a' * 64}"), encoding="utf-8")
    assert load_forecast(file).spec.name == f"{'a' * 55}-forecast"
