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
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

import sim
from tests.commands import desksim
from tests.shipped import NAMES, ROOT, SCENARIOS, Result, shipped

CENT = Decimal("0.01")

CHARGES_COLUMNS = (
    "replication,fleet,resource,user,cost_center,month,charge,quantity,unit,unit_price,amount,"
    "currency,price_source"
)
INVOICE_COLUMNS = (
    "replication,month,fleet,charge,item,quantity,unit,unit_price,amount,unrounded,currency"
)

DOCUMENTED = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
FACTS = re.findall(r"(?m)^### `facts/(\w+)\.parquet`$", DOCUMENTED)

TIMES = {"mean_s", "p50_s", "p95_s", "p99_s", "took"}
USE = {"peak", "peak_at", "mean"}

SUMMARY_KEYS: dict[str, set[str]] = {
    "": {
        "schema",
        "scenario",
        "provenance",
        "basis",
        "size",
        "cost",
        "logons",
        "availability",
        "concurrency",
        "hosts",
        "operations",
        "assumptions",
    },
    "scenario": {"name", "description", "hash", "region", "start", "end", "warm_up_s"},
    "provenance": {"desksim", "seed", "replication", "prices"},
    "provenance.prices": {"book", "as_of", "supplied"},
    "size": {"users", "desktops", "clients"},
    "cost": {
        "currency",
        "total",
        "total_unrounded",
        "whole_months",
        "desktop_months",
        "per_desktop_month",
        "per_desktop",
        "per_connected_hour",
        "by_month",
        "by_fleet_and_month",
        "by_charge",
    },
    "cost.by_month[]": {"month", "amount", "desktops"},
    "cost.by_fleet_and_month[]": {"fleet", "month", "amount", "desktops", "per_desktop"},
    "cost.by_charge[]": {"charge", "amount"},
    "logons": {"connected", "total", "stages", "with_retries"},
    "logons.total": TIMES,
    "logons.stages[]": {"stage"} | TIMES,
    "logons.with_retries": TIMES,
    "availability": {
        "logon_success",
        "attempt_success",
        "delivered_minutes",
        "refused_attempts",
        "abandoned_sessions",
        "cut_sessions",
    },
    "availability.logon_success": {"value", "started", "intended"},
    "availability.attempt_success": {"value", "connected", "attempts"},
    "availability.delivered_minutes": {"value", "delivered_min", "planned_min", "waited_min"},
    "concurrency": {"connected", "running"},
    "concurrency.connected": USE,
    "concurrency.running": USE,
    "hosts[]": {"group", "hosts", "resource", "capacity"} | USE,
    "operations[]": {"operation", "accepted", "refused"},
    "assumptions[]": {"path", "value", "meaning", "stated"},
}
"""The documented fields. Those of the causes are words of the model, and are not fixed."""

CAUSES = {"refused_attempts", "abandoned_sessions", "cut_sessions", "refused"}

VOID = {"meta", "link", "br", "hr", "img", "col", "input"}
"""HTML elements that have no end tag."""


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


def test_the_folder_holds_what_is_documented(result: Result) -> None:
    files = {path.relative_to(result.folder).as_posix() for path in result.folder.rglob("*.*")}

    assert files == {
        "summary.json",
        "charges.csv",
        "invoice.csv",
        "resolved.yaml",
        "report.html",
        *(f"facts/{name}.parquet" for name in FACTS),
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


def test_each_charge_is_somebodys_or_a_shared_service(charges: list[dict[str, str]]) -> None:
    for row in charges:
        owned = [bool(row["fleet"]), bool(row["user"])]
        assert owned in ([True, True], [False, False]), row
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
    begin, end = (summary["scenario"][name][:7] for name in ("start", "end"))
    months = [str(month) for month in pd.period_range(begin, end, freq="M")][:-1]

    assert summary["cost"]["whole_months"]
    assert sorted({row["month"] for row in charges}) == months
    assert [row["month"] for row in summary["cost"]["by_month"]] == months


# --- the facts


def documented(table: str) -> dict[str, set[str]]:
    """The columns of a table as `docs/results.md` lists them, with their words if those are few."""
    section = DOCUMENTED.partition(f"### `facts/{table}.parquet`\n")[2].partition("\n#")[0]
    rows = re.findall(r"(?m)^\| `(\w+)` \| (.*) \|$", section)
    return {name: set(re.findall(r"`([\w-]+)`", said.rpartition(": ")[2])) for name, said in rows}


def test_there_are_ten_tables() -> None:
    assert len(FACTS) == 10
    assert "outcome" in documented("logons")
    assert documented("runs")["kind"] == {"logon", "maintenance"}


@pytest.mark.parametrize("table", FACTS)
def test_each_table_has_the_documented_columns_and_words(result: Result, table: str) -> None:
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
    assert set(sessions.desktop) <= set(desktops.desktop)
    assert set(logons.session) <= set(sessions.session)
    assert sessions.session.is_unique
    for name in ("desktop_states", "desktop_terms", "runs", "operations"):
        assert set(facts(result, name).desktop.dropna()) <= set(desktops.desktop), name


# --- the summary


def keys(part: Any, path: str = "") -> dict[str, set[str]]:
    """The keys of every mapping in a document, by its path."""
    found: dict[str, set[str]] = {}
    if isinstance(part, dict) and path.rpartition(".")[2] not in CAUSES:
        found[path] = set(part)
        for name, inner in part.items():
            found |= keys(inner, f"{path}.{name}" if path else name)
    elif isinstance(part, list):
        for row in part:
            for inner_path, names in keys(row, f"{path}[]").items():
                assert found.setdefault(inner_path, names) == names, inner_path
    return found


def test_the_summary_has_the_documented_fields(summary: dict[str, Any]) -> None:
    lists = {"hosts[]", "operations[]"}
    found = keys(summary)

    assert found == {
        path: names for path, names in SUMMARY_KEYS.items() if path in found or path not in lists
    }
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
    """One more at each connection, one less at each leaving, leavings first."""
    sessions = facts(result, "sessions")
    started = sessions[sessions.connected_ms.notna()]
    changes = pd.concat(
        [
            pd.Series(1, index=started.connected_ms.astype("int64")),
            pd.Series(-1, index=started.ended_ms.dropna().astype("int64")),
        ]
    )
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


class Page(HTMLParser):
    """Reads a page and complains when its tags do not pair up."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> in line {self.getpos()[0]}"

    def _note(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("src", "href", "xlink:href"):
                self.references.append(value or "")


def test_the_page_is_well_formed_and_has_its_three_figures(result: Result) -> None:
    text = result.text("report.html")
    page = Page(text)
    drawings = [ET.fromstring(svg) for svg in re.findall(r"(?s)<svg\b.*?</svg>", text)]

    assert text.startswith("<!DOCTYPE html>\n")
    assert page.seen.count("figure") == page.seen.count("svg") == len(drawings) == 3
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", text)
    assert captions == [
        "Cost by month and charge",
        "How long logons take",
        "Desktops running and connected over an average week",
    ]
    for drawing in drawings:
        assert len(list(drawing.iter())) > 50, "an empty figure"
        described = [child.text or "" for child in drawing if child.tag.endswith("desc")]
        assert len(described) == 1
        assert re.search(r"\d", described[0])


def test_the_page_needs_nothing_else(result: Result) -> None:
    """It loads nothing, and each reference within it finds its target, of which there is one."""
    page = Page(result.text("report.html"))
    inner = [name[1:] for name in page.references if name.startswith("#")]

    assert "script" not in page.seen
    assert len(set(page.ids)) == len(page.ids)
    assert set(inner) <= set(page.ids)
    loaded = re.findall(r"""(?:src=|url\(|@import)\s*["']?(?!#)([^"')\s]+)""", page.rawdata)
    assert loaded == []


def test_the_page_says_the_same_total_as_the_summary(
    result: Result, summary: dict[str, Any]
) -> None:
    total = f"{Decimal(summary['cost']['total']):,}"

    assert total in result.text("report.html")
    assert total in result.screen
