"""The workbook of a forecast: by hand on runs that are made up, then on an office that is run."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

import sim
from sim.api.forecasting import is_forecast
from sim.api.workbooks import workbook
from sim.cli.commands import desksim
from sim.cli.errors import told
from sim.report.workbook import Expected, ForecastBook, Head, PriceChange, futures
from sim.report.workbook.forecast import forecast_workbook
from sim.study.execution import Serial
from sim.study.forecasting import Months
from tests.small_office import TEXT, write_office
from tests.spreadsheet import Cell, Spreadsheet, Value, differences

Capture = pytest.CaptureFixture[str]
OFFICE = TEXT.replace("warm_up: 1 d\n", "")

MONTHS = [f"2027-{number:02d}" for number in range(1, 13)] + ["2028-01", "2028-02"]


def made_up(
    costs: Mapping[str, Sequence[Sequence[str]]],
    budget: str | None = None,
    months: Sequence[str] = MONTHS,
) -> ForecastBook:
    """Runs that spend so much, by cost centre, run and month; what is said of them is measured."""
    runs = len(next(iter(costs.values())))
    bills = [
        {
            (month, center): Decimal(amount)
            for center, of_runs in costs.items()
            for month, amount in zip(months, of_runs[run], strict=True)
        }
        for run in range(runs)
    ]
    found = Months(tuple(months), bills, 0)
    outlooks = [*found.by_month(), *found.by_year()]
    limit = None if budget is None else Decimal(budget)
    overruns = [] if limit is None else [found.overrun(year, limit) for year in found.years]
    return ForecastBook(
        head=Head(
            name="ahead",
            description="What next year costs.",
            answer=["It costs something."],
            period="2027-01-01 until before 2028-03-01 (UTC)",
            currency="USD",
            basis=f"{runs} runs",
            prices="a-book",
            as_of="2026-07-01",
            provenance=[("seed", "1")],
        ),
        months=months,
        spans={one.span.name: one.span.months for one in found.by_year() if not one.cost_center},
        years=len(found.years),
        cost_centers=found.cost_centers,
        runs=[(0, run) for run in range(runs)],
        costs={key[::-1]: [bill[key] for bill in bills] for key in bills[0]},
        expected={
            (one.span.name, one.cost_center): Expected(
                **{name: getattr(one, name).value for name in ("mean", "p10", "p50", "p90")},
                p90_low=one.p90.low,
                p90_high=one.p90.high,
            )
            for one in outlooks
        },
        budget=limit,
        exceeded={
            one.span.name: dict(zip(one.span.months, one.by_month, strict=True)) for one in overruns
        },
        price_changes=[PriceChange(begins="2027-07-01", what="nat/hour", change="5 %")],
        drawn=[(0, "populations.staff.users", "3")],
    )


def written(folder: Path, book: ForecastBook) -> Spreadsheet:
    file = folder / "ahead.xlsx"
    file.write_bytes(forecast_workbook(book))
    return Spreadsheet(file)


def two_centers(budget: str | None = None) -> ForecastBook:
    """Ten runs of 14 months. Staff costs 10 more each run, from 10 to 100; lab 5, but 5 in one.

    Only in the last run lab costs 0.00005 in each month.
    """
    staff = [[str(10 * run)] * 14 for run in range(1, 11)]
    lab = [["5"] * 14] * 9 + [["0.00005"] * 14]
    return made_up({"staff": staff, "lab": lab}, budget)


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Spreadsheet:
    return written(tmp_path_factory.mktemp("by_hand"), two_centers("1000"))


def outlook(book: Spreadsheet, computed: Mapping[Cell, Value], column: str = "B") -> list[Value]:
    """Mean, P10, P50 and P90 that the first sheet shows."""
    row = int(book.where("chosen_year")[1][1:]) + 3
    return [computed["Summary", f"{column}{at}"] for at in range(row, row + 4)]


# --- by hand


def test_every_formula_comes_to_what_is_stored(by_hand: Spreadsheet) -> None:
    assert len(by_hand.formulas()) > 800
    assert differences(by_hand, by_hand.computed(), allowed=0.000101) == []
    assert by_hand.named("checks_result") == "OK"


def test_quantiles_are_by_nearest_rank(by_hand: Spreadsheet) -> None:
    """Staff in a month, 10 to 100: P10 is the 1st, P50 the 5th, P90 the 9th; PERCENTILE differs."""
    rows = zip(
        by_hand.column("By month", "Cost centre", 4),
        *(by_hand.column("By month", f"{name} [USD]: {words}", 4) for name, words in SAID.items()),
        strict=True,
    )
    assert next(row for row in rows if row[0] == "staff") == ("staff", 55, 10, 50, 90)


SAID = {
    "Mean": "of all runs",
    "P10": "in 1 of 10 runs at most",
    "P50": "in half of the runs at most",
    "P90": "in 9 of 10 runs at most",
}


def test_a_cost_centre_and_a_year_are_chosen(by_hand: Spreadsheet) -> None:
    """All in 2027: the 9th dearest run spends 12 x (90 + 5) = 1140.

    Of staff in the two months of 2028 it is 2 x 90 = 180, in all 14 months 1260.
    """
    assert outlook(by_hand, by_hand.computed())[3] == 1140
    for year, p90 in {"2028-01 to 2028-02": 180, "2027-01 to 2028-02": 1260}.items():
        chosen = by_hand.computed({"chosen_cost_center": "staff", "chosen_year": year})
        mean = p90 / 90 * 55
        assert outlook(by_hand, chosen) == pytest.approx([mean, p90 / 9, p90 / 9 * 5, p90])
    assert list(by_hand.column("Assumptions", "What", 4)).count("staff") == 1


def test_choices_are_lists_of_names_that_are_there(by_hand: Spreadsheet) -> None:
    rules = by_hand.sheet("Summary").data_validations.dataValidation
    assert {(str(rule.sqref), rule.type, rule.formula1) for rule in rules} == {
        (by_hand.where("chosen_cost_center")[1], "list", "cost_centers"),
        (by_hand.where("chosen_year")[1], "list", "years"),
    }


def test_how_probable_it_is_that_the_budget_does_not_last(by_hand: Spreadsheet) -> None:
    """1000 in 2027: the run of 80 spends 12 x 85 = 1020, that of 70 only 900. Three of ten.

    The last one 12 x 100.00005. By the end of October 90 + 5 makes 950 and 100 makes 1000.0005:
    one of ten. In two months of 2028 nobody spends so much.
    """
    over = by_hand.column("Budget", "Share of runs over the budget", 4)
    assert over[:14] == [0] * 9 + [0.1, 0.2, 0.3, 0, 0]
    sheet = by_hand.sheet("Summary")
    rows = [[cell.value for cell in row[:3]] for row in sheet.iter_rows()]
    assert ["2027-01 to 2027-12", 1000, 0.3] in rows
    assert "2028-01 to 2028-02" not in [row[0] for row in rows]


def test_the_budget_and_what_finance_adds_move_it(by_hand: Spreadsheet) -> None:
    """With 20 % tax the run of 70 spends 12 x 75 x 1.2 = 1080, that of 60 only 936: four of ten.

    With a budget of 1100 besides, that of 80 spends 1224 and that of 70 not enough: three.
    """
    place = "Budget", f"I{4 + 12}"
    assert by_hand.computed({"tax_rate": 0.2})[place] == 0.4
    changed = by_hand.computed({"tax_rate": 0.2, "budget": 1100})
    assert changed[place] == 0.3
    assert outlook(by_hand, changed, "C")[3] == pytest.approx(1140 * 1.2)
    assert outlook(by_hand, changed)[3] == 1140
    assert changed[by_hand.where("checks_result")] == "OK"


def test_a_year_is_not_the_sum_of_its_months(tmp_path: Path) -> None:
    """Ten runs of two months, each with one dear month of 100: P90 of either is 100, and in all."""
    book = made_up({"all": [["100", "0"]] * 5 + [["0", "100"]] * 5}, months=MONTHS[:2])
    found = written(tmp_path, book)
    assert found.column("By month", f"P90 [USD]: {SAID['P90']}", 4)[:2] == [100, 100]
    assert found.column("By year", f"P90 [USD]: {SAID['P90']}", 4)[0] == 100


def test_without_a_budget_there_is_a_cell_for_one(tmp_path: Path) -> None:
    """Ten runs of two months at 10 to 100: three spend more than 150 in both, 160, 180 and 200."""
    runs = [[str(10 * run)] * 2 for run in range(1, 11)]
    book = written(tmp_path, made_up({"all": runs}, months=MONTHS[:2]))
    assert book.named("budget") is None
    assert book.stored("Budget", "I6") == "no budget"
    assert book.named("checks_result") == "OK"
    assert differences(book, book.computed(), allowed=0.000101) == []
    assert book.computed({"budget": 150})["Budget", "I6"] == 0.3


def test_a_total_that_is_not_the_simulators_is_wrong(tmp_path: Path) -> None:
    """One P90 that is a cent too high is found."""
    book = two_centers()
    key = "2027-01 to 2027-12", "staff"
    dearer = Expected(**{**vars(book.expected[key]), "p90": 1080.01})
    wrong = ForecastBook(**{**vars(book), "expected": {**book.expected, key: dearer}})
    found = written(tmp_path, wrong)
    assert found.named("checks_result") == "WRONG"
    assert list(found.column("Checks", "Result", 5)).count("WRONG") == 1


def test_more_runs_than_columns_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(futures, "MOST_RUNS", 9)
    with pytest.raises(ValueError, match=r"ahead: expected at most 9 runs, .* got 10"):
        forecast_workbook(two_centers())


# --- an office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[sim.Forecast, Path]:
    folder = tmp_path_factory.mktemp("office")
    found = sim.forecast(
        write_office(folder, OFFICE),
        months=2,
        draws=2,
        replications=2,
        assumptions={"populations.part-time.users": {"low": 1, "high": 9}},
        budget="900 USD",
        price_changes=[{"from": "2026-10-01", "prefix": "personal/", "change": "+3.33 %"}],
        executor=Serial(),
        out=folder / "ahead",
    )
    return found, folder / "ahead"


def test_the_workbook_has_the_simulators_numbers(
    office: tuple[sim.Forecast, Path], tmp_path: Path
) -> None:
    found, _ = office
    book = Spreadsheet(found.workbook(tmp_path / "ahead.xlsx"))
    assert book.named("checks_result") == "OK"
    computed = book.computed()
    assert differences(book, computed, allowed=0.000101) == []
    year = found.year()
    shown = outlook(book, computed)
    expected = [getattr(year, name).value for name in ("mean", "p10", "p50", "p90")]
    assert shown == pytest.approx(expected, abs=0.001)
    share = found.overruns[0].probability.value
    assert computed["Budget", "I6"] == pytest.approx(share)


def test_the_command_writes_what_the_forecast_writes(
    office: tuple[sim.Forecast, Path], tmp_path: Path, capsys: Capture
) -> None:
    found, folder = office
    assert told(desksim, ["export", "excel", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder / 'workbook.xlsx'}\n"
    file = found.workbook(tmp_path / "ahead.xlsx")
    assert file.read_bytes() == (folder / "workbook.xlsx").read_bytes() == workbook(folder)
    assert is_forecast(folder)


def test_it_says_what_was_drawn_and_which_prices_change(office: tuple[sim.Forecast, Path]) -> None:
    found, folder = office
    file = folder.parent / "drawn.xlsx"
    file.write_bytes(workbook(found))
    rows = [
        [cell.value for cell in row[1:4]]
        for row in Spreadsheet(file).sheet("Assumptions").iter_rows()
    ]
    drawn = {draw: value for draw, _, value in found.assumptions.itertuples(index=False)}
    assert ["personal/...", "from 2026-10-01", "3.33 %"] in rows
    for draw, value in drawn.items():
        assert ["populations.part-time.users", f"in draw {draw}", value] in rows


def test_a_forecast_that_has_lost_a_table_is_refused(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "forecast.json").write_text('{"schema": "desksim/forecast/1"}', encoding="utf-8")
    assert told(desksim, ["export", "excel", str(tmp_path)]) == 2
    assert "forecast_runs.csv" in capsys.readouterr().err
