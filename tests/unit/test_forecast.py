"""Forecasts: by hand on bills that are made up, then on a small office that is run."""

import json
from collections.abc import Generator, Iterable, Sequence
from decimal import Decimal
from html import escape
from pathlib import Path

import pandas as pd
import pytest
from typing_extensions import override

import sim
from sim.api.errors import StudyError
from sim.api.forecast_plan import bill, plan_forecast
from sim.api.forecasting import FILES, is_forecast
from sim.cli.commands import desksim
from sim.cli.errors import told
from sim.scenario import ScenarioError
from sim.scenario.forecasts import load_forecast
from sim.study.execution import Failed, Outcome, Processes, Serial, Task
from sim.study.execution.tasks import Work
from sim.study.forecasting import Months, Span
from tests.small_office import PRICES, TEXT, write_office

OFFICE = TEXT.replace("warm_up: 1 d\n", "")


def made_up(*runs: Sequence[int], draws: int = 0) -> Months:
    """Runs that spend so much in each month, all in one cost centre."""
    months = tuple(f"2027-{number:02d}" for number in range(1, len(runs[0]) + 1))
    bills = [
        {(month, "all"): Decimal(amount) for month, amount in zip(months, run, strict=True)}
        for run in runs
    ]
    return Months(months, bills, draws)


# --- by hand


def test_the_p90_of_a_year_is_not_the_sum_of_the_months() -> None:
    """Ten runs of two months; each has one dear month of 100 in five, never both.

    P90 of either month is the 9th of (0 x 5, 100 x 5): 100. Each run spends 100 in all.
    """
    found = made_up(*[(100, 0)] * 5, *[(0, 100)] * 5)
    monthly = [one.p90.value for one in found.by_month() if not one.cost_center]
    year = found.outlook(found.years[0])
    assert monthly == [100, 100]
    assert (year.mean.value, year.p10.value, year.p90.value) == (100, 100, 100)


def test_quantiles_are_of_the_runs() -> None:
    """1 to 10: P10 is the 1st, P50 the 5th, P90 the 9th; the mean 5.5. P90 needs 36 runs."""
    one = made_up(*[(number,) for number in range(1, 11)]).outlook(Span(("2027-01",)))
    assert (one.p10.value, one.p50.value, one.p90.value) == (1, 5, 9)
    assert one.mean.value == 5.5
    assert one.p90.low is None
    assert one.p90.notes[0].text == "P90 needs 36 runs"


def test_each_run_is_held_against_the_others_only() -> None:
    """1 to 10. Of nine others, P10 is the 1st and P90 the 9th (8.1 rounds up): all others.

    So 2 to 9 are held, and 1 and 10 are not: 8 of 10.
    """
    one = made_up(*[(number,) for number in range(1, 11)]).outlook(Span(("2027-01",)))
    assert one.held.value == 0.8


def test_all_months_at_once_are_held_less_often_than_each() -> None:
    """Of two months with the ten numbers shifted by one, four runs are outside in either."""
    runs = [(number, number % 10 + 1) for number in range(1, 11)]
    found = made_up(*runs)
    # (1, 2), (10, 1) and (9, 10) have an end in them: 7 of 10 have none.
    assert [one.held.value for one in found.by_month() if not one.cost_center] == [0.8, 0.8]
    assert found.at_once().value == 0.7


def test_a_run_is_not_held_against_those_that_share_its_assumptions() -> None:
    """Two draws of two runs, 0 and 0, 9 and 9: the others of each draw are never near."""
    found = made_up((0,), (0,), (9,), (9,), draws=2)
    assert found.outlook(Span(("2027-01",))).held.value == 0


def test_a_single_run_has_no_others_to_be_held_against() -> None:
    found = made_up((1, 2))
    assert found.outlook(Span(("2027-01",))).held.value is None
    assert found.at_once().value is None


def test_a_single_draw_tells_nothing_of_other_draws() -> None:
    """Forty runs have a P90 with an interval; forty runs of one draw rest on one guess."""
    runs = [(number,) for number in range(40)]
    chance = made_up(*runs).outlook(Span(("2027-01",)))
    single = made_up(*runs, draws=1).outlook(Span(("2027-01",)))
    assert chance.p90.low is not None
    assert chance.mean.low is not None
    assert single.p90.value == chance.p90.value
    assert single.p90.low is None
    assert single.mean.low is None
    assert single.held.value is None


def test_what_draws_share_is_their_assumptions() -> None:
    """(10, 12) and (20, 22): 49 of 51 parts of the variance (tests of components)."""
    split = made_up((10,), (12,), (20,), (22,), draws=2).split(Span(("2027-01",)))
    assert split is not None
    assert (split.between, split.within) == (49, 2)
    assert made_up((10,), (12,)).split(Span(("2027-01",))) is None


def test_the_mean_of_nested_runs_is_as_sure_as_its_draws() -> None:
    """Means of draws 11 and 21: 16 +- t(1) x 5, with t(1) = 12.706."""
    mean = made_up((10,), (12,), (20,), (22,), draws=2).outlook(Span(("2027-01",))).mean
    assert mean.value == 16
    assert mean.half_width == pytest.approx(12.706 * 5, abs=0.01)


def test_a_budget_is_exceeded_in_some_runs_and_spent_in_a_month_on_average() -> None:
    """Budget 25. (10, 10, 10) exceeds it in month 3, (20, 20, 20) in month 2, (1, 1, 1) never.

    Means add up to 31/3 = 10.3, 20.7, 31: spent in month 3.
    """
    found = made_up((10, 10, 10), (20, 20, 20), (1, 1, 1))
    over = found.overrun(found.years[0], Decimal(25))
    assert over.probability.value == pytest.approx(2 / 3)
    assert over.month == "2027-03"
    assert list(over.by_month) == pytest.approx([0, 1 / 3, 2 / 3])
    assert found.overrun(found.years[0], Decimal(31)).month is None  # reached, not exceeded


def test_years_are_twelve_months_each_and_the_last_one_what_is_left() -> None:
    months = tuple(f"{2027 + at // 12}-{at % 12 + 1:02d}" for at in range(18))
    found = Months(months, [{(month, "x"): Decimal(1) for month in months}], 0)
    assert [year.name for year in found.years] == ["2027-01 to 2027-12", "2028-01 to 2028-06"]
    totals = [one.mean.value for one in found.by_year() if not one.cost_center]
    assert totals == [12, 6, 18]


def test_a_run_without_a_charge_of_a_cost_centre_spends_nothing_there() -> None:
    bills = [{("2027-01", "a"): Decimal(4)}, {("2027-01", "b"): Decimal(6)}]
    found = Months(("2027-01",), bills, 0)
    assert found.outlook(found.whole, "a").mean.value == 2
    assert found.outlook(found.whole).mean.value == 5


# --- a small office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_office(tmp_path_factory.mktemp("office"), OFFICE)


def test_prices_that_change_multiply_the_usage_of_their_months(office: Path) -> None:
    """Two months: the AlwaysOn fees of staff double in October and nothing else moves."""
    plain = sim.forecast(office, months=2, replications=1, executor=Serial())
    dearer = sim.forecast(
        office,
        months=2,
        replications=1,
        price_changes=[{"from": "2026-10-01", "prefix": "personal/alwayson", "change": "+100 %"}],
        executor=Serial(),
    )
    before, after = plain.runs.bills[0], dearer.runs.bills[0]
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {("2026-10", "head office")}
    run = sim.run(sim.load(office, ["horizon={months: 2}"]), facts=False)
    assert bill(run) == before
    charges = run.charges
    fees = charges[(charges.month == "2026-10") & charges.item.str.startswith("personal/alwayson")]
    assert after["2026-10", "head office"] - before["2026-10", "head office"] == fees.amount.sum()


def test_the_bill_by_month_and_cost_centre_is_all_that_is_charged(office: Path) -> None:
    run = sim.run(sim.load(office, ["horizon={months: 2}"]), facts=False)
    found = bill(run)
    assert {center for _, center in found} == {
        "head office", "part-time", "network", "shared",
    }  # fmt: skip
    assert sum(found.values()) == run.charges.amount.sum()


@pytest.fixture(scope="module")
def drawn(office: Path) -> sim.Forecast:
    return forecast_of(office)


def forecast_of(
    office: Path, executor: Serial | Processes | None = None, out: Path | None = None
) -> sim.Forecast:
    return sim.forecast(
        office,
        months=2,
        draws=3,
        replications=2,
        assumptions={"populations.part-time.users": {"low": 1, "high": 60}},
        budget="900 USD",
        executor=executor or Serial(),
        out=out,
    )


def test_runs_are_numbered_through_so_that_no_two_share_their_people(drawn: sim.Forecast) -> None:
    assert [task.argument[1] for task in drawn.plan.tasks()] == [0, 1, 2, 3, 4, 5]
    sizes = [scenario.spec.populations["part-time"].users for _, scenario in drawn.plan.draws]
    assert [draw.said for draw, _ in drawn.plan.draws] == [
        {"populations.part-time.users": str(size)} for size in sizes
    ]


def test_a_number_of_people_that_nobody_knows_is_most_of_the_variance(drawn: sim.Forecast) -> None:
    """1 to 60 desktops at 7.25 USD a month and some hours: chance has little to add."""
    split = drawn.split("part-time")
    assert split is not None
    assert split.share.value is not None
    assert split.share.value > 0.9
    assert drawn.split("head office") is not None  # three AlwaysOn desktops: the same in all runs
    assert drawn.year("network").p10.value == drawn.year("network").p90.value


@pytest.mark.parametrize("workers", [1, 2])
def test_it_is_the_same_to_the_byte_wherever_the_runs_are_done(
    workers: int, office: Path, drawn: sim.Forecast, tmp_path: Path
) -> None:
    drawn.write(tmp_path / "here")
    forecast_of(office, Processes(workers), tmp_path / "there")
    files = sorted(path.name for path in (tmp_path / "here").iterdir())
    assert {*files} == FILES
    for name in files:
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()


def test_the_answer_comes_first_and_says_the_direction(drawn: sim.Forecast) -> None:
    first, known, split, budget, tested = drawn.answer()
    assert first.startswith("The 2 months 2026-09 to 2026-10 cost ")
    assert first.endswith("): P90 is the dearest of only 6 runs.")
    assert known == "The P90 has no interval: P90 needs 36 draws of the assumptions."
    assert "is due to the assumptions, the rest to chance within the model" in split
    assert budget.startswith("The budget of 900 USD for 2026-09 to 2026-10 is exceeded in ")
    assert tested.startswith("With each run in turn as the truth")


def test_nine_of_ten_runs_are_told_of_ten_runs(office: Path) -> None:
    said = sim.forecast(office, months=1, replications=10, executor=Serial()).answer()[0]
    assert "): in 9 of 10 runs at most " in said


def test_a_single_draw_and_a_single_run_are_called_so(office: Path) -> None:
    assumed = {"populations.part-time.users": {"low": 1, "high": 60}}
    single = sim.forecast(office, months=1, draws=1, replications=2, assumptions=assumed)
    assert single.basis == "2 runs: a single draw of the assumptions; 95 % intervals"
    assert any("rest on a single draw of the assumptions" in said for said in single.answer())
    assert set(single.bills["draw"]) == {0}
    alone = sim.forecast(office, months=1, replications=1)
    assert alone.basis == "1 run; 95 % intervals"
    assert single.answer()[0].endswith("): P90 is the dearest of only 2 runs.")
    assert alone.answer()[0].endswith("): P90 is the dearest of only 1 run.")
    assert set(alone.bills["draw"]) == {0}


def test_a_later_year_that_is_cut_short_is_no_sentence_on_a_yearly_budget(office: Path) -> None:
    found = sim.forecast(office, months=13, replications=1, budget=9999, executor=Serial())
    assert [over.span.name for over in found.overruns] == ["2026-09 to 2027-08", "2027-09"]
    (told_of,) = [sentence for sentence in found.answer() if "budget" in sentence]
    assert "for 2026-09 to 2027-08 is exceeded" in told_of
    assert len(found.summary["budget"]["years"]) == 2
    assert found.answer()[-1] == "There is nothing to test the bands against."
    table = found.html.partition("Each year against 9,999 USD")[2].partition("</table>")[0]
    assert "2026-09 to 2027-08" in table
    assert "2027-09<" not in table


def test_amounts_are_in_the_currency_of_the_prices(tmp_path: Path) -> None:
    prices = (PRICES / "us-east-1.csv").read_text(encoding="utf-8").replace(",USD,", ",EUR,")
    (tmp_path / "euros.csv").write_text(prices, encoding="utf-8")
    file = write_office(tmp_path, OFFICE.replace(str(PRICES / "us-east-1.csv"), "euros.csv"))
    assumed = {"populations.part-time.users": {"low": 1, "high": 60}}
    found = sim.forecast(
        file, months=1, draws=12, replications=1, assumptions=assumed, budget=50, executor=Serial()
    )
    assert "The budget of 50 EUR" in " ".join(found.answer())
    assert "What moves the answer most is" in " ".join(found.answer())
    assert found.svg().count("[EUR]")
    document = {key: value for key, value in found.summary.items() if key != "description"}
    for text in (*found.answer(), found._repr_html_(), found.html, json.dumps(document)):
        assert "USD" not in text
    step = {"from": "2026-10-01", "item": "nat/hour", "unit_price": "$5"}
    dollars = {"months": 1, "budget": "50 USD", "price_changes": [step]}
    with pytest.raises(ScenarioError) as caught:
        plan_forecast(load_forecast(file, dollars))
    assert [one.path for one in caught.value.problems] == ["budget", "price_changes.0.unit_price"]


def test_a_notebook_shows_the_answer_the_picture_and_the_years(drawn: sim.Forecast) -> None:
    card = drawn._repr_html_()
    assert escape(drawn.answer()[0]) in card
    assert "<svg" in card
    assert card.count("<tr>") == 1 + 5  # all together and four cost centres
    assert repr(drawn).startswith("<Forecast small-office-forecast: The 2 months 2026-09 to ")


def test_a_cost_centre_that_is_misspelt_is_no_empty_one(drawn: sim.Forecast) -> None:
    questions = (drawn.year, drawn.answer, drawn.split, drawn.influences)
    for ask in (*questions, lambda name: drawn.figure(cost_center=name)):
        with pytest.raises(KeyError, match="staf"):
            ask("staf")


def test_a_level_that_is_none_is_refused_before_anything_runs(office: Path) -> None:
    with pytest.raises(ValueError, match="expected a level"):
        sim.forecast(office, months=1, level=95, executor=Failing())


def test_the_files_say_what_the_runs_say(drawn: sim.Forecast, tmp_path: Path) -> None:
    folder = drawn.write(tmp_path / "out")
    assert is_forecast(folder)
    document = json.loads((folder / "forecast.json").read_text())
    assert document["answer"] == drawn.answer()
    months = pd.read_csv(folder / "forecast.csv", keep_default_na=False)
    assert list(months.columns[:2]) == ["month", "cost_center"]
    assert len(months) == 2 * 5  # all together and four cost centres
    runs = pd.read_csv(folder / "forecast_runs.csv", dtype={"cost": str})
    of_all = runs.cost.map(Decimal).groupby(runs.replication).sum()
    years = pd.read_csv(folder / "forecast_years.csv", keep_default_na=False)
    assert float(years[years.cost_center == ""]["mean"].iloc[0]) == pytest.approx(
        float(sum(of_all)) / 6
    )


def test_a_folder_with_something_else_is_not_replaced(drawn: sim.Forecast, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        drawn.write(tmp_path)


def test_an_assumption_that_no_scenario_can_have_says_in_which_draw(office: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        sim.forecast(
            office,
            months=1,
            draws=12,
            assumptions={"populations.staff.attendance": ["50 %", "150 %"]},
        )
    (problem,) = caught.value.problems
    assert problem.path == "populations.staff.attendance"
    assert "(in draw " in problem.message
    assert "populations.staff.attendance=150 %" in problem.message


def test_a_price_that_falls_below_nothing_is_refused_with_its_draw(office: Path) -> None:
    """A normal law has no end: 5 % are left on average, and with sd 20 % often less than nothing.

    Nothing is refused in vain: a fall of 95 % in each draw is one.
    """
    change = {
        "from": "2026-10-01",
        "prefix": "personal/",
        "change": {"mean": "-95 %", "sd": "20 %"},
    }
    file = load_forecast(office, {"months": 1, "draws": 12, "price_changes": [change]})
    with pytest.raises(
        ScenarioError, match=r"change: expected a change above -100 %, got '-1"
    ) as e:
        plan_forecast(file)
    assert all("(in draw " in problem.message for problem in e.value.problems)
    written = [change | {"change": "-95 %"}, change | {"change": ["-95 %", "-99 %"]}]
    plan_forecast(load_forecast(office, {"months": 1, "price_changes": written}))


def test_a_price_that_there_is_not_is_refused_with_its_place(office: Path) -> None:
    change = {"from": "2026-10-01", "item": "nat/hours", "change": "5 %"}
    with pytest.raises(ScenarioError, match=r"no price in book .* is 'nat/hours'.*'nat/hour'"):
        sim.forecast(office, months=1, replications=1, price_changes=[change])


def test_the_command_prints_the_answer_and_writes_the_folder(
    office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    args = ["forecast", str(office), "--months", "1", "-n", "2", "--budget", "1", "-o", str(out)]
    assert told(desksim, [*args, "--workers", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "small-office-forecast"
    assert lines[2].startswith("2026-09 costs ")
    assert "is exceeded in 100 %" in " ".join(lines)
    assert is_forecast(out)


def test_the_command_refuses_a_bad_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ahead.yaml"
    file.write_text("version: 1\nname: ahead\nscenario: none.yaml\nmonths: 0\n")
    assert told(desksim, ["forecast", str(file)]) == 2
    error = capsys.readouterr().err
    assert "ahead.yaml:3:11: scenario: " in error
    assert "ahead.yaml:4:9: months: " in error
    assert "2 problems" in error


class Failing(Serial):
    """Fails at once."""

    @override
    def outcomes(self, work: Work, tasks: Iterable[Task]) -> Generator[Outcome, None, None]:
        for task in tasks:
            yield Failed(task.key, f"no memory for {work.__name__}")


def test_a_run_that_fails_names_itself(office: Path) -> None:
    with pytest.raises(StudyError, match="replication 0 failed: no memory for billed"):
        sim.forecast(office, months=1, replications=1, executor=Failing())


# --- documentation


DOCS = Path(__file__).parents[2] / "docs" / "forecast.md"
SHIPPED = Path(__file__).parents[2] / "scenarios" / "studies" / "next-year.yaml"


@pytest.mark.parametrize(
    "name", ["forecast.csv", "forecast_runs.csv", "forecast_assumptions.csv", "forecast.json"]
)
def test_every_column_and_field_is_documented(
    name: str, drawn: sim.Forecast, tmp_path: Path
) -> None:
    folder = drawn.write(tmp_path / "out")
    text = (folder / name).read_text()
    named = list(json.loads(text)) if name.endswith("json") else text.splitlines()[0].split(",")
    section = DOCS.read_text().partition(f"### `{name}`\n")[2].partition("\n#")[0]
    for word in named:
        assert f"`{word}`" in section
    assert all(f"`{path.name}`" in DOCS.read_text() for path in folder.iterdir())


def test_the_shipped_forecast_can_be_made_of_each_of_its_draws() -> None:
    plan = plan_forecast(load_forecast(SHIPPED))
    assert len(plan.tasks()) == 72
    assert plan.scenario.spec.calendar.isoformat(0) == "2027-01-01T00:00:00Z"
    assert len({scenario.hash for _, scenario in plan.draws}) > 30
