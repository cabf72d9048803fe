"""A workbook holds whatever text a scenario holds, and never takes it for anything else.

A name that begins like a formula, is a pattern for SUMIFS, looks like another one, or one that
no XML can hold must move no number, break no file and add no formula.
"""

import re
import tempfile
import zipfile
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.report.contents import Assumption
from sim.report.workbook import Charged, Expected, ForecastBook, Head, PriceChange, RunBook
from sim.report.workbook.forecast import forecast_workbook
from sim.report.workbook.run import run_workbook
from sim.report.workbook.text import clean, defined_names, in_header, labels
from tests.spreadsheet import Spreadsheet, differences

NASTY = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=cmd|' /C calc'!A0",
    '\r\n=HYPERLINK("http://example.org")',
    "{=1}",
    "'",
    '"&A1&"',
    "&P&N",
    "*",
    "s?les",
    "~",
    ">0",
    "<>",
    "=",
    "",
    " ",
    "007",
    "7",
    "1e3",
    "TRUE",
    "#N/A",
    "R1C1",
    "sales",
    "Sales",
    "(rounding)",
    "(shared)",
    "All cost centres",
    "_x0041_",
    "\x00\x07\x1b",
    "\ud800",
    "\uffff",
    "]]><c>",
    "x" * 40_000,
    "http://example.org",
    "mailto:a@example.org",
    "internal:Sheet1!A1",
]
texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=30))

HEAD = Head(
    name="plain",
    description="plain",
    answer=["plain"],
    period="always",
    currency="USD",
    basis="one run",
    prices="a-book",
    as_of="2026-07-01",
    provenance=[("seed", "1")],
)
MONTH = "2026-09"


def run_of(names: list[str], said: str) -> RunBook:
    """A month in which each cost centre uses one hour more than the one before, at a dollar."""
    rows = [
        Charged(
            month=MONTH,
            cost_center=name,
            fleet=name,
            charge=name,
            item=name,
            quantity=Decimal(number),
            unit=said,
            unit_price=Decimal(1),
            source=said,
        )
        for number, name in enumerate(names, 1)
    ]
    invoice = {row.line: row.quantity for row in rows}
    head = replace(
        HEAD, name=said, description=said, answer=[said], basis=said, prices=said, as_of=said,
        currency=said, period=said, provenance=[(said, said)],
    )  # fmt: skip
    return RunBook(
        head=head,
        charges=sorted(rows, key=lambda row: row.line),
        invoice=invoice,
        exact={row.cost_center: row.quantity for row in rows},
        total=sum(invoice.values(), Decimal(0)),
        assumptions=[Assumption(path=said, value=said, meaning=said, source=said, stated=True)],
    )


def forecast_of(names: list[str], said: str) -> ForecastBook:
    """One run of a month in which each cost centre spends a dollar more than the one before."""
    costs = {name: Decimal(number) for number, name in enumerate(names, 1)}
    costs[""] = sum(costs.values(), Decimal(0))
    expected = {
        (MONTH, name): Expected(
            mean=float(cost), p10=float(cost), p50=float(cost), p90=float(cost), p90_low=None,
            p90_high=None,
        )
        for name, cost in costs.items()
    }  # fmt: skip
    return ForecastBook(
        head=replace(HEAD, name=said, description=said, answer=[said], currency=said),
        months=[MONTH],
        spans={MONTH: [MONTH]},
        years=1,
        cost_centers=names,
        runs=[(0, 0)],
        costs={(name, MONTH): [costs[name]] for name in names},
        expected=expected,
        budget=None,
        exceeded={},
        price_changes=[PriceChange(begins=said, what=said, change=said)],
        drawn=[(0, said, said)],
    )


def opened(content: bytes, folder: str) -> Spreadsheet:
    file = Path(folder) / "book.xlsx"
    file.write_bytes(content)
    return Spreadsheet(file)


def per_sheet(book: Spreadsheet) -> Counter[str]:
    """How many formulas each sheet has."""
    return Counter(sheet for sheet, _ in book.formulas())


@cache
def plainly(*, run: bool, names: int) -> Counter[str]:
    """The same of so many plain names."""
    words = [f"name {number}" for number in range(names)]
    content = (
        run_workbook(run_of(words, "plain"))
        if run
        else forecast_workbook(forecast_of(words, "plain"))
    )
    with tempfile.TemporaryDirectory() as folder:
        return per_sheet(opened(content, folder))


some_names = st.lists(texts, min_size=1, max_size=4, unique=True)


@settings(max_examples=12)
@given(names=some_names, said=texts)
@example(names=["*", "sales", "Sales", "007"], said="=1+1")
@example(names=["7", "007", ">0", "="], said="\ud800")
def test_no_text_of_a_run_is_taken_for_anything_else(names: list[str], said: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        book = opened(run_workbook(run_of(names, said)), folder)
        assert per_sheet(book) == plainly(run=True, names=len(names))
        assert book.named("checks_result") == "OK"
        shown = labels(sorted(names), "(rounding)")
        assert set(shown) <= set(book.texts())
        with zipfile.ZipFile(book.file) as parts:
            assert not [name for name in parts.namelist() if "external" in name.lower()]
            assert not any(b"<hyperlink" in parts.read(name) for name in parts.namelist())


@settings(max_examples=5)
@given(names=st.lists(texts.filter(bool), min_size=1, max_size=4, unique=True), said=texts)
@example(names=["*", "sales", "Sales", "007"], said="=1+1")
def test_no_text_of_a_forecast_is_taken_for_anything_else(names: list[str], said: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        book = opened(forecast_workbook(forecast_of(names, said)), folder)
        assert per_sheet(book) == plainly(run=False, names=len(names))
        assert book.named("checks_result") == "OK"
        assert set(labels(names, "All cost centres")) <= set(book.texts())


def test_names_that_mislead_a_criterion_mislead_no_sum(tmp_path: Path) -> None:
    """Patterns, comparisons, numbers and names that differ by case: each has its own amount."""
    names = ["*", "s?les", "sales", "Sales", ">0", "<>", "007", "7", "=1+1", "~", "TRUE"]
    book = opened(run_workbook(run_of(names, "plain")), str(tmp_path))
    assert differences(book, book.computed()) == []
    names = ["*", "sales", "Sales", "007"]
    ahead = opened(forecast_workbook(forecast_of(names, "plain")), str(tmp_path))
    for number, label in enumerate(labels(names, "All cost centres"), 1):
        computed = ahead.computed({"chosen_cost_center": label})
        assert computed[ahead.where("chosen_cost_center_no")] == number + 1
        assert computed["Summary", "B11"] == number


# --- the words themselves


@given(st.lists(texts, max_size=6))
def test_labels_are_apart_and_defined_names_are_names(names: list[str]) -> None:
    shown = labels(names, "Taken")
    assert len({label.casefold() for label in [*shown, "Taken"]}) == len(names) + 1
    assert all(shown)
    defined = defined_names("price", names)
    assert len(set(defined)) == len(names)
    assert all(re.fullmatch(r"price_[a-z0-9_]{0,204}", name) for name in defined)


@given(texts)
def test_clean_text_is_one_line_that_xml_can_hold(text: str) -> None:
    shown = clean(text)
    shown.encode("utf-8")
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u2028\u2029]", shown)
    assert clean(shown) == shown
    assert len(shown) <= 8000
    assert "&" not in in_header(text).replace("&&", "")
