"""A forecast in the columns of FOCUS: which rows add up to what, and which do not."""

import re
import shutil
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, cast, get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sim
from sim.api.errors import ResultError
from sim.api.forecast_focus import outlooks_in, outlooks_of
from sim.cli.commands import desksim
from sim.cli.errors import told
from sim.report.focus import columns, forecast_focus_rows
from sim.report.focus.forecast import Rows
from sim.study.execution import Serial
from tests.small_office import TEXT, write_office

Capture = pytest.CaptureFixture[str]
DOCUMENTED = (Path(__file__).parents[2] / "docs" / "focus.md").read_text(encoding="utf-8")
KINDS: Sequence[Rows] = get_args(Rows)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> sim.Forecast:
    """Two months of the small office: two draws of two runs."""
    folder = tmp_path_factory.mktemp("focus")
    write_office(folder)
    file = folder / "office.yaml"
    file.write_text(TEXT.replace("warm_up: 1 d\n", ""), encoding="utf-8")
    users = {"populations.part-time.users": {"low": 1, "high": 60}}
    return sim.forecast(
        file, months=2, draws=2, replications=2, assumptions=users, executor=Serial()
    )


@pytest.fixture(scope="module")
def folder(found: sim.Forecast, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return found.write(tmp_path_factory.mktemp("written") / "outlook")


def written(found: sim.Forecast, rows: Rows, file: Path) -> list[dict[str, Any]]:
    found.write_focus(file, rows=rows)
    return list(pq.read_table(file).to_pylist())


@pytest.mark.parametrize("version", ["1.2", "1.4"])
def test_the_columns_are_those_of_a_bill_and_two_more(version: str) -> None:
    of_bills = [column.name for column in columns(version)]
    of_forecasts = [column.name for column in columns(version, forecast=True)]
    own = [name for name in of_forecasts if name.startswith("x_")]

    assert set(of_forecasts) - set(of_bills) == {"x_Draw", "x_Quantile"}
    assert [name for name in of_forecasts if name not in own] == of_bills[: -len(own) + 2]
    assert own == sorted(own)


def test_the_page_tells_the_columns_of_forecasts() -> None:
    section = DOCUMENTED.partition("## Forecasts")[2].partition("\n## ")[0]
    rows = re.findall(r"(?m)^\| `(x_\w+)` \| (\w+) \| (yes)? ?\| ", section)
    different = {*columns("1.2", forecast=True)} - {*columns("1.2")}

    assert rows == sorted((c.name, c.kind, "yes" if c.nullable else "") for c in different)


@pytest.mark.parametrize("rows", KINDS)
def test_types_are_as_agreed_whatever_is_in_a_file(
    rows: Rows, found: sim.Forecast, tmp_path: Path
) -> None:
    written(found, rows, tmp_path / "outlook.parquet")
    arrow: dict[str, Any] = {
        "text": pa.string(),
        "instant": pa.timestamp("us", tz="UTC"),
        "integer": pa.int32(),
    }
    assert [(f.name, f.type, f.nullable) for f in pq.read_schema(tmp_path / "outlook.parquet")] == [
        (c.name, arrow.get(c.kind, pa.decimal128(38, c.scale)), c.nullable)
        for c in columns("1.2", forecast=True)
    ]


@pytest.mark.parametrize("rows", KINDS)
def test_rows_keep_the_rules_of_focus(rows: Rows, found: sim.Forecast, tmp_path: Path) -> None:
    for row in written(found, rows, tmp_path / "outlook.parquet"):
        assert row["ChargeCategory"] == "Usage"
        assert row["ChargeFrequency"] == "Recurring"
        assert (row["ServiceCategory"], row["ServiceSubcategory"]) == ("Other", "Other (Other)")
        costs = {row[name] for name in ("BilledCost", "ContractedCost", "EffectiveCost")}
        assert costs == {row["ListCost"]} == {row["ListUnitPrice"] * row["PricingQuantity"]}
        assert row["PricingUnit"] == row["ConsumedUnit"] == "Months"
        assert row["SkuPriceId"].startswith(row["SkuId"] + "@")
        assert row["BillingPeriodStart"] == row["ChargePeriodStart"] < row["ChargePeriodEnd"]
        assert row["ResourceId"] is row["ResourceType"] is row["ChargeClass"] is None


def test_means_add_up_to_the_mean_of_all(found: sim.Forecast, tmp_path: Path) -> None:
    rows = written(found, "mean", tmp_path / "outlook.parquet")

    assert {row["x_Quantile"] for row in rows} == {"mean"}
    assert not [row for row in rows if row["x_CostCenter"] is None or row["x_Replication"]]
    total = sum(row["BilledCost"] for row in rows)
    assert float(total) == pytest.approx(found.year().mean.value, rel=1e-12)
    of_one = [row["BilledCost"] for row in rows if row["x_CostCenter"] == "part-time"]
    assert float(sum(of_one)) == pytest.approx(found.year("part-time").mean.value, rel=1e-12)


def test_quantiles_are_those_of_the_tables_and_say_which_way(
    found: sim.Forecast, tmp_path: Path
) -> None:
    rows = written(found, "quantiles", tmp_path / "outlook.parquet")
    said = {
        (f"{row['BillingPeriodStart']:%Y-%m}", row["x_CostCenter"] or "", row["x_Quantile"]): row
        for row in rows
    }

    assert len(said) == len(rows) == 2 * (1 + len(found.runs.cost_centers)) * 4
    for one in found.by_month:
        for name in ("mean", "p10", "p50", "p90"):
            row = said[one.span.name, one.cost_center, name]
            assert float(row["BilledCost"]) == pytest.approx(getattr(one, name).value, rel=1e-12)
            assert row["x_Draw"] is row["x_Replication"] is None
    last = said["2026-10", "", "p90"]["ChargeDescription"]
    assert last == (
        "2026-10, all cost centres together, P90: 9 in 10 runs cost at most this; "
        "not to be added up"
    )


def test_each_run_adds_up_by_itself(found: sim.Forecast, tmp_path: Path) -> None:
    rows = written(found, "runs", tmp_path / "outlook.parquet")

    assert {(row["x_Draw"], row["x_Replication"]) for row in rows} == {
        *((0, 0), (0, 1), (1, 2), (1, 3)),
    }
    assert {row["x_Quantile"] for row in rows} == {None}
    for number, bill in enumerate(found.runs.bills):
        costs = [row["BilledCost"] for row in rows if row["x_Replication"] == number]
        assert abs(sum(costs) - sum(bill.values())) < len(costs) * Decimal("1e-10")


@pytest.mark.parametrize("rows", KINDS)
def test_the_folder_says_what_memory_says(rows: Rows, found: sim.Forecast, folder: Path) -> None:
    here, there = outlooks_of(found, rows), outlooks_in(folder, rows)

    assert here == there
    assert forecast_focus_rows(here).equals(forecast_focus_rows(there))


def test_other_rows_are_refused(found: sim.Forecast, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected rows of mean, quantiles, runs, got 'p90'"):
        found.write_focus(tmp_path / "rows.csv", rows=cast("Rows", "p90"))


def test_a_notebook_has_the_means(found: sim.Forecast) -> None:
    assert set(found.focus["x_Quantile"]) == {"mean"}


def test_the_command_says_what_adds_up(folder: Path, capsys: Capture) -> None:
    assert told(desksim, ["export", "focus", str(folder)]) == 0
    assert re.search(r"^\d+ rows of FOCUS 1.2, USD [\d,.]+ in all", capsys.readouterr().out)
    assert told(desksim, ["export", "focus", str(folder), "--rows", "quantiles"]) == 0
    assert "rows of FOCUS 1.2, which are no parts of one sum" in capsys.readouterr().out
    assert (folder / "focus.parquet").is_file()
    assert sim.api.forecasting.is_forecast(folder), "it can be forecast anew"


def test_kinds_of_rows_are_for_forecasts(tmp_path: Path, capsys: Capture) -> None:
    assert told(desksim, ["export", "focus", str(tmp_path), "--rows", "mean"]) == 2
    assert "--rows is for forecasts" in capsys.readouterr().err


def test_half_a_forecast_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "forecast.json").write_text((folder / "forecast.json").read_text())
    with pytest.raises(ResultError, match=r"expected a forecast, found none that is whole"):
        outlooks_in(tmp_path)


@pytest.mark.parametrize("kind", ["excel", "focus"])
@pytest.mark.parametrize(
    "changed",
    [
        (
            "forecast_runs.csv",
            lambda text: text[: text.rindex("\n1,3,2026-10,head") + 1],
            "has a mean of",
        ),
        ("forecast_runs.csv", lambda text: text + "3,9,2026-09,x,1,USD\n", "from 0 to 3, got 9"),
        ("forecast_runs.csv", lambda text: text + "1,3,2099-09,x,1,USD\n", "x in 2099-09"),
        ("forecast_runs.csv", lambda text: text + "1,3,2026-09,x,abc,USD\n", "got 'abc'"),
        ("forecast_runs.csv", lambda _: "", "expected a CSV file"),
        ("forecast_runs.csv", lambda text: text.replace("cost,", "costs,"), "no 'cost'"),
        ("forecast.json", lambda _: "[]", "expected the schema"),
        ("forecast.json", lambda _: '{"schema":', "none that is whole"),
        ("forecast.json", lambda text: text.replace("forecast/1", "forecast/9"), "forecast/9"),
        ("forecast.json", lambda text: text.replace('"replications": 2', '"replications": {}'), ""),
        ("forecast.json", lambda text: text.replace('"prices"', '"price"'), "no 'prices'"),
    ],
)
def test_a_forecast_that_was_cut_or_changed_is_refused(
    kind: str,
    changed: tuple[str, Callable[[str], str], str],
    folder: Path,
    tmp_path: Path,
    capsys: Capture,
) -> None:
    """Sums of a table that has lost its end look like any others."""
    name, change, message = changed
    for file in ("forecast.json", "forecast_runs.csv"):
        shutil.copy(folder / file, tmp_path)
    assert told(desksim, ["export", kind, str(tmp_path)]) == 0
    text = (folder / name).read_text(encoding="utf-8")
    assert change(text) != text
    (tmp_path / name).write_text(change(text), encoding="utf-8")

    assert told(desksim, ["export", kind, str(tmp_path)]) == 2
    assert message in " ".join(capsys.readouterr().err.split())


def test_months_in_which_nothing_is_charged_are_no_rows(tmp_path: Path, capsys: Capture) -> None:
    write_office(tmp_path)
    nobody = [f"populations.{name}.users=0" for name in ("staff", "part-time")]
    empty = sim.forecast(
        tmp_path / "office.yaml",
        months=1,
        replications=2,
        overrides=[*nobody, "services=null", "directory=null", "warm_up=0 d"],
        executor=Serial(),
        out=tmp_path / "empty",
    )
    assert empty.year().mean.value == 0
    assert told(desksim, ["export", "focus", str(tmp_path / "empty")]) == 0
    assert "0 rows of FOCUS 1.2, as nothing was charged" in " ".join(
        capsys.readouterr().out.split()
    )
    assert told(desksim, ["export", "excel", str(tmp_path / "empty")]) == 0
