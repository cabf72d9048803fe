"""A bill in the columns of FOCUS: what was agreed on, and what an accountant adds up."""

import csv
import json
import re
from collections import defaultdict
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sim
from sim.api.focus import bill_in, bill_of, write_focus
from sim.api.folder import is_result
from sim.cli.commands import desksim
from sim.cli.errors import told
from sim.report.focus import Bill, columns, focus_rows
from sim.report.focus.catalogue import APPLICATIONS, SERVICES, WORKSPACES, service, unit
from sim.storage import TypedColumn
from tests.small_office import TEXT, with_pools, write_office

Capture = pytest.CaptureFixture[str]

DOCUMENTED = (Path(__file__).parents[2] / "docs" / "focus.md").read_text(encoding="utf-8")

MANDATORY = """
BilledCost BillingAccountId BillingAccountName BillingCurrency BillingPeriodEnd BillingPeriodStart
ChargeCategory ChargeClass ChargeDescription ChargePeriodEnd ChargePeriodStart ContractedCost
EffectiveCost InvoiceIssuerName ListCost PricingQuantity PricingUnit ProviderName PublisherName
ServiceCategory ServiceName
"""
"""Source: FOCUS 1.2, dataset Cost and Usage, columns of the feature level Mandatory."""

NULLABLE = {
    *("BillingAccountName", "ChargeClass", "ChargeDescription", "PricingQuantity", "PricingUnit")
}
"""Those of them that may be null. Source: the same."""

SUBCATEGORIES = {
    "Compute": {"End User Computing"},
    "Identity": {"Identity and Access Management"},
    "Networking": {"Network Connectivity", "Network Infrastructure"},
    "Other": {"Other (Other)"},
    "Security": {"Secret Management"},
    "Storage": {"Block Storage", "File Storage"},
}
"""Pairs that occur. Source: FOCUS 1.2, column ServiceSubcategory, allowed values."""

COSTS = ["BilledCost", "ContractedCost", "EffectiveCost", "ListCost"]
LINE = ["month", "fleet", "charge", "item", "unit_price"]


def charge(quantity: str, price: str = "0.0125", **other: str) -> dict[str, Any]:
    """A row of charges: somebody's hours on a desktop of the fleet `office`, in September."""
    row: dict[str, Any] = {
        "fleet": "office",
        "resource": "ws-1",
        "user": "ann",
        "population": "staff",
        "cost_center": "sales",
        "month": "2026-09",
        "charge": "autostop-hours",
        "item": "personal/autostop-hours/value/windows/included",
        "unit": "hour",
        "currency": "USD",
        "price_source": "a list (of prices) (2026-06-27)",
        **other,
    }
    amount = Decimal(quantity) * Decimal(price)
    return {**row, "quantity": Decimal(quantity), "unit_price": Decimal(price), "amount": amount}


def billed(*charges: dict[str, Any], **other: Any) -> Bill:
    """A bill of September and October; its invoice is added up and rounded here."""
    sums: defaultdict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for row in charges:
        sums[tuple(row[name] for name in LINE)] += row["amount"]
    invoice = [
        {
            **dict(zip(LINE, line, strict=True)),
            "unrounded": whole,
            "amount": whole.quantize(Decimal("0.01"), ROUND_HALF_UP),
        }
        for line, whole in sums.items()
    ]
    settings = {"region": "us-east-1", "fleets": {"office": {}}, "pools": {}}
    said: dict[str, Any] = {
        "scenario": "story",
        "scenario_hash": "abc",
        "replication": 3,
        "start": datetime(2026, 9, 1, tzinfo=UTC),
        "end": datetime(2026, 11, 1, tzinfo=UTC),
        "charges": pd.DataFrame(charges),
        "invoice": pd.DataFrame(invoice),
        "settings": settings,
    }
    return Bill(**said | other)


def words(frame: pd.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    """Some columns, row by row, nothing as None."""
    listed = [[None if pd.isna(cell) else cell for cell in frame[name]] for name in names]
    return list(zip(*listed, strict=True))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> sim.Run:
    """The small office with its pools, half of September and written."""
    folder = tmp_path_factory.mktemp("focus")
    return sim.run(write_office(folder, with_pools()), out=folder / "result")


@pytest.fixture(scope="module")
def result(run: sim.Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run.write(tmp_path_factory.mktemp("written") / "result")


@pytest.fixture(scope="module")
def file(run: sim.Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("parquet") / "bill.parquet"
    run.write_focus(file)
    return file


# ----------------------------------------------------------------------------- the contract


def test_every_mandatory_column_is_there_and_null_where_it_may_be() -> None:
    found = {column.name: column for column in columns("1.2")}

    assert set(found) >= set(MANDATORY.split())
    assert {name for name in MANDATORY.split() if found[name].nullable} == NULLABLE


def test_columns_are_in_the_order_of_the_alphabet_and_those_of_our_own_are_last() -> None:
    names = [column.name for column in columns("1.2")]
    own = [name for name in names if name.startswith("x_")]

    assert names == sorted(set(names) - set(own)) + sorted(own)
    assert all(re.fullmatch(r"(x_)?([A-Z][a-z]+)+", name) for name in names)


def test_the_page_tells_each_column_with_its_type_and_whether_it_may_be_null() -> None:
    section = DOCUMENTED.partition("## Columns")[2].partition("\n## ")[0]
    rows = re.findall(r"(?m)^\| `(\w+)` \| ([\w(), ]+) \| (yes)? ?\| ", section)
    kinds = {"text": "text", "instant": "instant", "integer": "integer"}

    assert rows == [
        (c.name, kinds.get(c.kind, f"decimal(38, {c.scale})"), "yes" if c.nullable else "")
        for c in columns("1.2")
    ]


def test_the_page_tells_where_each_service_is_put() -> None:
    for family, found in SERVICES.items():
        told = next(line for line in DOCUMENTED.splitlines() if f"`{family}/...`" in line)
        assert told.endswith(f" {found.name} | {found.category} | {found.subcategory} |")


def test_version_1_4_has_other_names_for_two_columns() -> None:
    """Version 1.3 added ServiceProviderName and HostProviderName, 1.4 removed what they replace."""
    older, newer = ([c.name for c in columns(version)] for version in ("1.2", "1.4"))

    assert set(older) - set(newer) == {"ProviderName", "PublisherName"}
    assert set(newer) - set(older) == {"ServiceProviderName", "HostProviderName"}
    assert newer == sorted(newer)


def test_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected FOCUS 1\.2 or 1\.4, got '1\.3'"):
        columns("1.3")


def test_the_file_has_the_agreed_types_whatever_is_in_it(file: Path) -> None:
    """SubAccountId has no value and is text; a cost has 20 places though none needs them."""
    arrow: dict[str, Any] = {
        "text": pa.string(),
        "instant": pa.timestamp("us", tz="UTC"),
        "integer": pa.int32(),
    }
    found = pq.read_schema(file)

    assert [(field.name, field.type, field.nullable) for field in found] == [
        (c.name, arrow.get(c.kind, pa.decimal128(38, c.scale)), c.nullable) for c in columns("1.2")
    ]


def test_rows_keep_the_rules_of_focus(file: Path) -> None:
    """Those of FOCUS 1.2 about null and allowed values that depend on the kind of charge."""
    for row in pq.read_table(file).to_pylist():
        usage = row["ChargeCategory"] == "Usage"
        assert usage or row["ChargeCategory"] == "Adjustment"
        assert row["ChargeClass"] is None
        assert row["ChargeFrequency"] in ({"Recurring", "Usage-Based"} if usage else {"One-Time"})
        assert row["ServiceSubcategory"] in SUBCATEGORIES[row["ServiceCategory"]]
        for name in ("ConsumedQuantity", "PricingQuantity", "ListUnitPrice", "PricingCategory"):
            assert (row[name] is not None) == usage
        assert (row["ConsumedUnit"] is None) == (row["ConsumedQuantity"] is None)
        assert (row["PricingUnit"] is None) == (row["PricingQuantity"] is None)
        assert (row["ResourceType"] is None) == (row["ResourceId"] is None)
        assert len({row[name] for name in COSTS}) == 1
        if usage:
            assert row["ListCost"] == row["ListUnitPrice"] * row["PricingQuantity"]
            assert row["ContractedUnitPrice"] == row["ListUnitPrice"] >= 0
            assert row["SkuPriceId"].startswith(row["SkuId"] + "@")
        assert row["BillingPeriodStart"] <= row["ChargePeriodStart"]
        assert row["ChargePeriodStart"] < row["ChargePeriodEnd"] <= row["BillingPeriodEnd"]


def test_a_service_has_one_category_and_a_price_one_sku(run: sim.Run) -> None:
    rows = run.focus
    for child, parent in (
        ("ServiceName", "ServiceCategory"),
        ("ServiceName", "ServiceSubcategory"),
        ("SkuPriceId", "SkuId"),
        ("ResourceId", "ResourceType"),
    ):
        pairs = rows[[child, parent]].dropna().drop_duplicates()
        assert pairs[child].is_unique


# ----------------------------------------------------------------------------- sums


def test_the_costs_add_up_to_the_invoice(run: sim.Run, file: Path) -> None:
    costs = pq.read_table(file, columns=["BilledCost"]).column(0).to_pylist()

    assert sum(costs) == Decimal(run.summary["cost"]["total"])
    assert sum(costs) != sum(run.charges.amount)  # something was rounded


def test_any_whole_lines_add_up_to_the_invoice(run: sim.Run) -> None:
    rows = run.focus.assign(x_Fleet=run.focus["x_Fleet"].astype(object).fillna(""))
    by = ["x_Fleet", "x_Charge", "SkuPriceId"]
    sums = rows.groupby(by, observed=True)["BilledCost"].agg(sum)
    lines = run.invoice

    assert {
        (line.fleet, line.charge, f"{line.item}@{line.unit_price:f}"): line.amount
        for line in lines.itertuples()
    } == sums.to_dict()


def test_a_line_is_rounded_once_and_the_rounding_is_nobodys() -> None:
    """Three desktops at 0.0125 are 0.0375, a line of 0.04: 0.0025 is added."""
    rows = focus_rows(billed(*[charge("1", resource=f"ws-{n}") for n in (1, 2, 3)]))

    assert words(rows, "BilledCost", "ChargeCategory", "x_CostCenter", "ResourceName") == [
        (Decimal("0.0125"), "Usage", "sales", "ws-1"),
        (Decimal("0.0125"), "Usage", "sales", "ws-2"),
        (Decimal("0.0125"), "Usage", "sales", "ws-3"),
        (Decimal("0.0025"), "Adjustment", None, None),
    ]
    assert words(rows, "x_Population", "x_User", "x_Fleet", "x_Charge")[-1] == (
        *(None, None, "office", "autostop-hours"),
    )


def test_a_line_that_needs_no_rounding_has_no_row_for_it() -> None:
    rows = focus_rows(billed(charge("8"), charge("1", month="2026-10")))

    assert words(rows, "BilledCost", "ChargeCategory", "BillingPeriodStart") == [
        (Decimal("0.1"), "Usage", pd.Timestamp("2026-09-01", tz="UTC")),
        (Decimal("0.0125"), "Usage", pd.Timestamp("2026-10-01", tz="UTC")),
        (Decimal("-0.0025"), "Adjustment", pd.Timestamp("2026-10-01", tz="UTC")),
    ]


def test_digits_are_not_lost(tmp_path: Path) -> None:
    """1234567890.0123456789 x 0.0123456789 has twenty decimals."""
    bill = billed(charge("1234567890.0123456789", "0.0123456789"))
    write_focus(bill, tmp_path / "bill.parquet")
    costs = pq.read_table(tmp_path / "bill.parquet", columns=["BilledCost"]).column(0)
    exact = 12345678900123456789 * 123456789

    assert costs[0].as_py() == Decimal(f"{exact}e-20")
    assert costs[0].as_py() + costs[1].as_py() == Decimal("15241578.75")


# ----------------------------------------------------------------------------- what a row says


def test_a_charge_says_what_it_is_for() -> None:
    (row,) = focus_rows(billed(charge("8"))).to_dict("records")
    said = {str(name): value for name, value in row.items() if not pd.isna(value)}

    assert {name: value for name, value in said.items() if not name.startswith("B")} == {
        "ChargeCategory": "Usage",
        "ChargeDescription": "autostop-hours, USD 0.0125 per hour: "
        "personal/autostop-hours/value/windows/included",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodEnd": pd.Timestamp("2026-10-01", tz="UTC"),
        "ChargePeriodStart": pd.Timestamp("2026-09-01", tz="UTC"),
        "ConsumedQuantity": Decimal(8),
        "ConsumedUnit": "Hours",
        "ContractedCost": Decimal("0.1"),
        "ContractedUnitPrice": Decimal("0.0125"),
        "EffectiveCost": Decimal("0.1"),
        "InvoiceIssuerName": "AWS",
        "ListCost": Decimal("0.1"),
        "ListUnitPrice": Decimal("0.0125"),
        "PricingCategory": "Standard",
        "PricingQuantity": Decimal(8),
        "PricingUnit": "Hours",
        "ProviderName": "AWS",
        "PublisherName": "AWS",
        "RegionId": "us-east-1",
        "RegionName": "US East (N. Virginia)",
        "ResourceId": "story/desktop/ws-1",
        "ResourceName": "ws-1",
        "ResourceType": "Desktop",
        "ServiceCategory": "Compute",
        "ServiceName": "Amazon WorkSpaces",
        "ServiceSubcategory": "End User Computing",
        "SkuId": "personal/autostop-hours/value/windows/included",
        "SkuMeter": "personal/autostop-hours",
        "SkuPriceId": "personal/autostop-hours/value/windows/included@0.0125",
        "Tags": '{"CostCenter": "sales", "Fleet": "office", "Population": "staff"}',
        "x_Charge": "autostop-hours",
        "x_CostCenter": "sales",
        "x_Fleet": "office",
        "x_Population": "staff",
        "x_PriceDate": "2026-06-27",
        "x_PriceSource": "a list (of prices)",
        "x_Replication": 3,
        "x_Scenario": "story",
        "x_ScenarioHash": "abc",
        "x_User": "ann",
    }


def test_what_is_shared_has_no_fleet_and_nobody() -> None:
    shared = {"fleet": "", "user": "", "population": "", "cost_center": "network"}
    gateway = charge("720", "0.05", resource="gateway", charge="gateway", item="nat/hour", **shared)
    directory = charge(
        "1", "7", resource="directory", charge="directory", item="directory/simple-ad", **shared
    )
    own = charge("1", "9", resource="tool", charge="tool", item="tool/month", **shared)
    rows = focus_rows(billed(gateway, directory, own | {"unit": "month", "price_source": "us ()"}))

    assert words(rows, "ServiceName", "ServiceCategory", "ResourceId", "x_Fleet", "x_User") == [
        ("Amazon Virtual Private Cloud", "Networking", "story/service/gateway", None, None),
        ("AWS Directory Service", "Identity", "story/directory/directory", None, None),
        ("tool", "Other", "story/service/tool", None, None),
    ]
    assert json.loads(rows["Tags"][0]) == {"CostCenter": "network"}


def test_each_fleet_is_in_its_region_and_a_standby_in_the_second() -> None:
    settings = {
        "region": "us-east-1",
        "fleets": {
            "office": {"recovery": {"standby": {"region": "us-west-2"}}},
            "abroad": {"region": "eu-west-1"},
        },
        "pools": {"lab": {"region": "xx-new-1"}},
    }
    rows = focus_rows(
        billed(
            charge("8"),
            charge("8", charge="standby-hours", item="personal/standby-hours/value"),
            charge("8", fleet="abroad"),
            charge("8", fleet="lab", item="pool/stopped-hour"),
            charge("8", fleet="", item="nat/hour"),
            settings=settings,
        )
    )

    assert words(rows, "RegionId", "RegionName", "ResourceType") == [
        ("us-east-1", "US East (N. Virginia)", "Desktop"),
        ("us-west-2", "US West (Oregon)", "Desktop"),
        ("eu-west-1", "Europe (Ireland)", "Desktop"),
        ("xx-new-1", "xx-new-1", "Pool"),
        ("us-east-1", "US East (N. Virginia)", "Service"),
    ]


def test_months_are_cut_at_the_measured_time() -> None:
    """From noon on 16 September to 3 October: two parts of months."""
    rows = focus_rows(
        billed(
            charge("8"),
            charge("8", month="2026-10"),
            start=datetime(2026, 9, 16, 12, tzinfo=UTC),
            end=datetime(2026, 10, 3, tzinfo=UTC),
        )
    )
    instants = ("BillingPeriodStart", "ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodEnd")

    assert [[f"{at:%m-%d %H}" for at in row] for row in words(rows, *instants)] == [
        ["09-01 00", "09-16 12", "10-01 00", "10-01 00"],
        ["10-01 00", "10-01 00", "10-03 00", "11-01 00"],
    ]


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("hour", "Hours"),
        ("desktop-month", "Desktop-Months"),
        ("GB", "GB"),
        ("GB-month", "GB-Months"),
        ("MBps-month", "MBps-Months"),
        ("10000 requests", "10000 Requests"),
    ],
)
def test_units_are_written_as_focus_writes_them(word: str, written: str) -> None:
    assert unit(word) == written


def test_streaming_bundles_are_those_of_another_service() -> None:
    assert service("pool/stopped-hour", {"bundle": "stream.standard.large"}) == APPLICATIONS
    assert service("pool/stopped-hour", {"bundle": "power"}) == WORKSPACES


def test_a_bill_of_nothing_has_its_columns(tmp_path: Path) -> None:
    nothing = billed(charge("8"))
    empty = Bill(**vars(nothing) | {"charges": nothing.charges[:0], "invoice": nothing.invoice[:0]})
    write_focus(empty, tmp_path / "bill.parquet")

    assert pq.read_table(tmp_path / "bill.parquet").num_rows == 0
    assert len(pq.read_schema(tmp_path / "bill.parquet")) == len(columns("1.2"))


# ----------------------------------------------------------------------------- files


def test_a_folder_gives_the_same_bytes_as_the_run(
    run: sim.Run, result: Path, tmp_path: Path
) -> None:
    """Texts, digits and nothing come back from CSV as they were."""
    for suffix in (".parquet", ".csv"):
        ours, theirs = tmp_path / f"ours{suffix}", tmp_path / f"theirs{suffix}"
        write_focus(bill_of(run), ours)
        write_focus(bill_in(result), theirs)
        assert ours.read_bytes() == theirs.read_bytes()


def test_csv_has_plain_digits_instants_and_nothing(tmp_path: Path) -> None:
    write_focus(billed(charge("0.0000001", "0.0000001")), tmp_path / "bill.csv")
    with (tmp_path / "bill.csv").open(encoding="utf-8", newline="") as lines:
        first, rounding = csv.DictReader(lines)

    assert list(first) == [column.name for column in columns("1.2")]
    assert first["BilledCost"] == "0.00000000000001"
    assert rounding["BilledCost"] == "-0.00000000000001"
    assert first["ChargePeriodStart"] == "2026-09-01T00:00:00Z"
    assert first["InvoiceId"] == rounding["ListUnitPrice"] == ""


def test_a_name_is_no_formula_in_csv_and_itself_in_parquet(tmp_path: Path) -> None:
    names = ["=1+1", "+1", "-1", "@now", "\tx", "a=b", "007"]
    bill = billed(*[charge("8", user=name, cost_center=name) for name in names])
    for suffix in (".csv", ".parquet"):
        write_focus(bill, tmp_path / f"bill{suffix}")
    with (tmp_path / "bill.csv").open(encoding="utf-8", newline="") as lines:
        written = [(row["x_User"], row["x_CostCenter"]) for row in csv.DictReader(lines)]
    kept = pq.read_table(tmp_path / "bill.parquet", columns=["x_User"]).column(0).to_pylist()

    shown = ["'=1+1", "'+1", "'-1", "'@now", "'\tx", "a=b", "007"]
    assert written == list(zip(shown, shown, strict=True))
    assert kept == names


def test_what_a_column_does_not_admit_leaves_the_old_file(tmp_path: Path) -> None:
    from sim.storage import write_typed

    file = tmp_path / "bill.csv"
    file.write_text("old", encoding="utf-8")
    frame = pd.DataFrame({"a": ["x", None]})
    with pytest.raises(ValueError, match="expected a value in every row of a"):
        write_typed(file, frame, [TypedColumn("a", "text")])
    with pytest.raises(ValueError, match=r"ends in \.csv or \.parquet, got 'bill\.xls'"):
        write_typed(tmp_path / "bill.xls", frame, [TypedColumn("a", "text", nullable=True)])

    assert file.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["bill.csv"]


# ----------------------------------------------------------------------------- the command line


def test_the_command_line_writes_beside_the_result(
    capsys: Capture, run: sim.Run, result: Path
) -> None:
    assert told(desksim, ["export", "focus", str(result)]) == 0
    out, err = capsys.readouterr()
    total = Decimal(run.summary["cost"]["total"])
    rows = pq.read_table(result / "focus.parquet").num_rows

    assert (out, err) == (
        f"{rows} rows of FOCUS 1.2, USD {total:,.2f} in all: {result / 'focus.parquet'}\n",
        "",
    )
    assert is_result(result)  # so that a newer result may still take its place


def test_the_command_line_knows_versions_and_accounts(result: Path, tmp_path: Path) -> None:
    file = tmp_path / "new" / "bill.csv"
    words = ["-o", str(file), "--focus-version", "1.4", "--account", "123456789012"]
    assert told(desksim, ["export", "focus", str(result), *words]) == 0
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))

    assert {row["BillingAccountId"] for row in rows} == {"123456789012"}
    assert {row["ServiceProviderName"] for row in rows} == {"AWS"}
    assert "ProviderName" not in rows[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "expected a folder that `desksim run` wrote, found nothing"),
        (["nowhere", "-o", "bill.xlsx"], "expected a file that ends in .parquet or .csv"),
        (["nowhere", "--focus-version", "1.3"], "'1.3' is not one of '1.2', '1.4'"),
    ],
)
def test_what_cannot_be_exported_is_said(capsys: Capture, words: list[str], said: str) -> None:
    assert told(desksim, ["export", "focus", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_result_without_facts_has_a_bill(tmp_path: Path) -> None:
    file = write_office(tmp_path, TEXT.replace("horizon: 14 d", "horizon: 2 d"))
    run = sim.run(file, facts=False, out=tmp_path / "result")
    assert told(desksim, ["export", "focus", str(tmp_path / "result")]) == 0

    rows = pq.read_table(tmp_path / "result" / "focus.parquet")
    assert sum(rows.column("BilledCost").to_pylist()) == Decimal(run.summary["cost"]["total"])


def test_a_result_whose_bill_is_gone_says_so(capsys: Capture, result: Path, tmp_path: Path) -> None:
    for name in ("summary.json", "resolved.yaml", "charges.csv"):
        (tmp_path / name).write_bytes((result / name).read_bytes())
    assert told(desksim, ["export", "focus", str(tmp_path)]) == 2
    assert "no invoice.csv" in capsys.readouterr().err
