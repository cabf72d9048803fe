"""Every shipped scenario is found right, runs, and writes files that others can read.

The files are read here with the tools of those others (csv, json, pandas, an HTML and an XML
parser), and what they say is worked out again from the rows.
"""

import csv
import json
import re
import shutil
import socket
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

import sim
from tests.commands import desksim
from tests.documented import documented_fields, fields
from tests.markup import faults
from tests.shipped import NAMES, ROOT, SCENARIOS, Result, shipped

CENT = Decimal("0.01")

CHARGES_COLUMNS = (
    "replication,fleet,resource,user,population,cost_center,month,charge,item,quantity,unit,"
    "unit_price,amount,currency,price_source"
)
INVOICE_COLUMNS = (
    "replication,month,fleet,charge,item,quantity,unit,unit_price,amount,unrounded,currency"
)

DOCUMENTED = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
FACTS = re.findall(r"(?m)^### `facts/(\w+)\.parquet`$", DOCUMENTED)

OF_POOLS = {"instances", "user_sessions", "pool_capacity", "scaling", "launch_failures"}
OF_OUTAGES = {"outages"}
OF_INTERRUPTIONS = {"interruptions", "recoveries"}
OF_OPTIMIZERS = {"cost_optimizer"}
"""Tables that only some runs have."""

FIGURES = {
    "Cost by month and charge",
    "How long logons take",
    "Desktops running and connected over an average week",
}
"""What every page draws."""


@pytest.fixture(scope="module", params=NAMES)
def result(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Result:
    return shipped(request.param, tmp_path_factory)


@pytest.fixture(scope="module")
def charges(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(result.text("charges.csv").splitlines()))


@pytest.fixture(scope="module")
def invoice(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(result.text("invoice.csv").splitlines()))


@pytest.fixture(scope="module")
def summary(result: Result) -> dict[str, Any]:
    document = json.loads(result.text("summary.json"))
    assert isinstance(document, dict)
    return document


def facts(result: Result, name: str) -> pd.DataFrame:
    return pd.read_parquet(result.folder / "facts" / f"{name}.parquet")


def test_all_are_found_right_prices_included(tmp_path: Path) -> None:
    done = desksim("validate", *SCENARIOS, folder=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == len(SCENARIOS) > 0
    for line, file in zip(lines, SCENARIOS, strict=True):
        assert line.startswith(f"{file}: ok, <Scenario {file.stem}: ")


# --- the folder


def spec_of(result: Result) -> Any:
    return sim.load(ROOT / "scenarios" / f"{result.name}.yaml").spec


def tables_of(result: Result) -> set[str]:
    """The fact tables that a run of this scenario has."""
    spec = spec_of(result)
    anew = any(done.operation in ("rebuild", "restore") for done in spec.operations)
    left_out = [
        (bool(spec.outages) or anew, OF_INTERRUPTIONS),
        (bool(spec.pools), OF_POOLS),
        (bool(spec.outages), OF_OUTAGES),
        (any(fleet.optimizer for fleet in spec.fleets.values()), OF_OPTIMIZERS),
    ]
    return set(FACTS).difference(*(names for there, names in left_out if not there))


def test_the_folder_holds_what_is_documented(result: Result, summary: dict[str, Any]) -> None:
    files = {path.relative_to(result.folder).as_posix() for path in result.folder.rglob("*.*")}
    tables = tables_of(result)
    begin, end = (datetime.fromisoformat(summary["scenario"][key]) for key in ("start", "end"))
    measured = end - begin
    sometimes = {
        "pool_metrics.csv": OF_POOLS,
        "pool_metrics.parquet": OF_POOLS,
        "cost_optimizer.csv": OF_OPTIMIZERS,
        "cost_optimizer_hours.csv": OF_OPTIMIZERS,
    }

    assert files == {
        "summary.json",
        "charges.csv",
        "invoice.csv",
        "resolved.yaml",
        "report.html",
        *(name for name, needed in sometimes.items() if needed <= tables),
        *(["weeks.csv"] if measured >= timedelta(weeks=10) else []),
        *(f"facts/{name}.parquet" for name in tables),
    }


def test_no_file_tells_where_it_was_made(result: Result) -> None:
    """No path and no host name, so that a result can be shown and two can be compared."""
    private = [str(ROOT), str(result.folder.parents[2]), str(Path.home()), socket.gethostname()]
    for file in result.folder.rglob("*.*"):
        content = file.read_bytes()
        for word in private:
            if len(word) > 5:  # the home of root is a word of the prices: root volume
                assert word.encode() not in content, file.name


def test_text_files_are_utf_8_with_unix_line_ends(result: Result) -> None:
    for name in ("summary.json", "charges.csv", "invoice.csv", "resolved.yaml", "report.html"):
        content = (result.folder / name).read_bytes()
        assert content.decode("utf-8").endswith("\n"), name
        assert b"\r" not in content, name


# --- the bill


def test_the_columns_of_the_bill_are_the_documented_ones(result: Result) -> None:
    assert result.text("charges.csv").partition("\n")[0] == CHARGES_COLUMNS
    assert result.text("invoice.csv").partition("\n")[0] == INVOICE_COLUMNS


def test_each_charge_is_quantity_times_price_exactly(charges: list[dict[str, str]]) -> None:
    assert charges
    for row in charges:
        quantity, price = Decimal(row["quantity"]), Decimal(row["unit_price"])
        assert Decimal(row["amount"]) == quantity * price, row
        assert quantity > 0
        decimals = quantity.as_tuple().exponent
        assert isinstance(decimals, int)
        assert decimals >= -10


def test_each_charge_names_its_source_with_a_date(charges: list[dict[str, str]]) -> None:
    for row in charges:
        assert re.fullmatch(r".+ \(\d{4}(-\d{2}){0,2}\)", row["price_source"]), row


def test_each_charge_is_somebodys_or_shared(result: Result, charges: list[dict[str, str]]) -> None:
    """By a pool's users, or by nobody in a fleet; the instances of a pool are nobody's."""
    pools = spec_of(result).pools
    for row in charges:
        owned = [bool(row["fleet"]), bool(row["user"])]
        assert owned in ([True, True], [False, False]) or row["fleet"] in pools, row
        assert row["resource"], row


def test_charges_add_up_to_the_invoice_line_by_line_and_to_the_total(
    charges: list[dict[str, str]], invoice: list[dict[str, str]], summary: dict[str, Any]
) -> None:
    """Exact sums, rounded half up to the cent once for each line; totals are sums of lines."""
    amounts: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    quantities: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for row in charges:
        line = (row["month"], row["fleet"], row["charge"], row["unit"], row["unit_price"])
        amounts[line] += Decimal(row["amount"])
        quantities[line] += Decimal(row["quantity"])

    invoiced = {
        (row["month"], row["fleet"], row["charge"], row["unit"], row["unit_price"]): row
        for row in invoice
    }
    assert len(invoiced) == len(invoice)
    assert invoiced.keys() == amounts.keys()
    for line, row in invoiced.items():
        assert Decimal(row["quantity"]) == quantities[line]
        assert Decimal(row["unrounded"]) == amounts[line]
        assert Decimal(row["amount"]) == amounts[line].quantize(CENT, ROUND_HALF_UP)

    total = sum((Decimal(row["amount"]) for row in invoice), Decimal(0))
    assert Decimal(summary["cost"]["total"]) == total
    assert Decimal(summary["cost"]["total_unrounded"]) == sum(amounts.values())
    for part in ("by_month", "by_fleet_and_month", "by_charge"):
        assert sum(Decimal(row["amount"]) for row in summary["cost"][part]) == total, part


def test_the_bill_covers_each_month_of_the_horizon(
    charges: list[dict[str, str]], summary: dict[str, Any]
) -> None:
    """And no other: the warm-up is not billed."""
    begin, end = (pd.Timestamp(summary["scenario"][name]) for name in ("start", "end"))
    last = end - pd.Timedelta(milliseconds=1)
    months = [f"{day:%Y-%m}" for day in pd.date_range(begin.replace(day=1), last, freq="MS")]
    whole = begin.is_month_start and end.is_month_start

    assert summary["cost"]["whole_months"] == whole
    assert sorted({row["month"] for row in charges}) == months
    assert [row["month"] for row in summary["cost"]["by_month"]] == months


# --- the facts


def documented(table: str) -> dict[str, set[str]]:
    """The columns of a table as `docs/results.md` lists them, with their words if those are few."""
    section = DOCUMENTED.partition(f"### `facts/{table}.parquet`\n")[2].partition("\n#")[0]
    rows = re.findall(r"(?m)^\| `(\w+)` \| (.*) \|$", section)
    return {name: set(re.findall(r"`([\w-]+)`", said.rpartition(": ")[2])) for name, said in rows}


def test_the_tables_are_read_from_the_document() -> None:
    assert {*OF_POOLS, *OF_OUTAGES, *OF_INTERRUPTIONS, *OF_OPTIMIZERS} < set(FACTS)
    assert len(FACTS) == 19
    assert "outcome" in documented("logons")
    assert documented("runs")["kind"] == {"logon", "maintenance", "standby"}


@pytest.mark.parametrize("table", FACTS)
def test_each_table_has_the_documented_columns_and_words(result: Result, table: str) -> None:
    """And a table of what the scenario has nothing of is not there, not merely empty."""
    if table not in tables_of(result):
        assert not (result.folder / "facts" / f"{table}.parquet").exists()
        return
    frame = facts(result, table)
    columns = documented(table)

    assert list(frame.columns) == ["replication", *columns]
    assert (frame.replication == 0).all()
    for name, words in columns.items():
        if isinstance(frame[name].dtype, pd.CategoricalDtype):
            assert words
            assert set(frame[name].unique()) <= words, name


def test_tables_refer_to_each_other(result: Result, summary: dict[str, Any]) -> None:
    users, desktops, sessions = (facts(result, n) for n in ("users", "desktops", "sessions"))
    logons, plan = facts(result, "logons"), facts(result, "plan")

    assert summary["size"]["users"] == len(users)
    assert summary["size"]["desktops"] == len(desktops)
    assert set(plan.user) <= set(users.user)
    assert set(sessions.session) <= set(plan.session)
    assert set(sessions.desktop) - {-1} <= set(desktops.desktop)
    assert set(logons.session) <= set(sessions.session)
    assert sessions.session.is_unique
    for name in ("desktop_states", "desktop_terms", "runs", "operations"):
        # An operation that was refused may have had no desktop to concern.
        assert set(facts(result, name).desktop.dropna()) - {-1} <= set(desktops.desktop), name


# --- the summary


def test_the_summary_has_the_documented_fields(summary: dict[str, Any]) -> None:
    assert set(fields(summary)) - documented_fields() == set()
    assert summary["schema"] == "desksim/run/1"
    assert summary["basis"] == "one run, no interval"


def test_the_summary_says_what_the_tables_say(result: Result, summary: dict[str, Any]) -> None:
    """Counted again from the rows of the measured time, which begins at 0."""
    logons, sessions = facts(result, "logons"), facts(result, "sessions")
    logons, sessions = logons[logons.arrival_ms >= 0], sessions[sessions.arrival_ms >= 0]
    connected = logons[logons.outcome == "connected"]
    spent = (connected.done_ms - connected.arrival_ms).astype("int64")  # [ms]
    stages = [f"{row['stage']}_ms" for row in summary["logons"]["stages"]]
    found = summary["availability"]

    assert summary["logons"]["connected"] == len(connected) > 0
    assert summary["logons"]["total"]["mean_s"] == pytest.approx(spent.mean() / 1000, abs=5e-4)
    assert (connected[stages].sum(axis=1) == spent).all()
    for percent in (50, 95, 99):
        # So many percent of the logons took no longer, and fewer took less.
        value = round(1000 * summary["logons"]["total"][f"p{percent}_s"])
        assert 100 * (spent <= value).sum() >= percent * len(spent)
        assert 100 * (spent < value).sum() < percent * len(spent)
    started = sessions.connected_ms.notna()
    assert found["logon_success"]["started"] == started.sum()
    assert found["logon_success"]["intended"] == (started | (sessions.outcome != "open")).sum()
    assert found["attempt_success"]["attempts"] == (logons.outcome != "open").sum()
    refused = logons[logons.outcome == "refused"].cause.value_counts()
    assert found["refused_attempts"] == {cause: n for cause, n in refused.items() if n}


def test_the_peak_is_the_most_connected_at_once(result: Result, summary: dict[str, Any]) -> None:
    """One more at each connection, one less at each leaving, leavings first; who is cut off is not
    connected until they are back."""
    sessions = facts(result, "sessions")
    started = sessions[sessions.connected_ms.notna()]
    steps = [(1, started.connected_ms), (-1, started.ended_ms.dropna())]
    if "interruptions" in tables_of(result):
        cuts = facts(result, "interruptions").dropna(subset="back_ms")
        steps += [(-1, cuts.at_ms), (1, cuts.back_ms)]
    changes = pd.concat([pd.Series(by, index=at.astype("int64")) for by, at in steps])
    level = changes.groupby(level=0).sum().cumsum()
    level = level[level.index >= 0]
    since = pd.Timestamp(summary["scenario"]["start"])
    use = summary["concurrency"]["connected"]

    assert use["peak"] == level.max() > 0
    first = int(level.index.to_numpy()[level.to_numpy().argmax()])
    assert pd.Timestamp(use["peak_at"]) - since == pd.Timedelta(milliseconds=first)


# --- the resolved scenario


def test_the_resolved_scenario_is_the_same_scenario(
    result: Result, summary: dict[str, Any], tmp_path: Path
) -> None:
    """Beside the files that it names it loads again, and gives the same hash."""
    for folder in (path for path in (ROOT / "scenarios").iterdir() if path.is_dir()):
        (tmp_path / folder.name).symlink_to(folder)
    shutil.copy(result.folder / "resolved.yaml", tmp_path)

    again = sim.load(tmp_path / "resolved.yaml")

    assert again.hash == summary["scenario"]["hash"]
    assert again.hash == sim.load(ROOT / "scenarios" / f"{result.name}.yaml").hash
    assert "extends" not in result.text("resolved.yaml")


# --- the page


def test_the_page_keeps_every_law_and_has_its_figures(result: Result) -> None:
    text = result.text("report.html")
    drawings = [ET.fromstring(svg) for svg in re.findall(r"(?s)<svg\b.*?</svg>", text)]

    assert faults(text) == []
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", text)
    assert set(captions) >= FIGURES
    assert len(set(captions)) == len(captions) == len(drawings)
    for drawing in drawings:
        assert len(list(drawing.iter())) > 50, "an empty figure"
        described = [child.text or "" for child in drawing if child.tag.endswith("desc")]
        assert len(described) == 1
        assert re.search(r"\d", described[0])


def test_the_page_says_the_same_total_as_the_summary(
    result: Result, summary: dict[str, Any]
) -> None:
    total = f"{Decimal(summary['cost']['total']):,}"

    assert total in result.text("report.html")
    assert total in result.screen
