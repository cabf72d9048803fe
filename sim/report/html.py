"""One page that answers: self-contained, readable by everyone, the same bytes for the same run.

The page is a Jinja2 template with escaping on, since every name in it comes from somebody's file.
It loads nothing: styles and figures are inside, there is no script, and a link is only a link. It
follows the reader's light or dark theme, prints, and keeps wide tables inside their own scrolling
container.

Left out: a table of every desktop (`charges.csv` has it), so that the page stays under 1 MB.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from sim.report.contents import InvoiceLine, ReportData
from sim.report.wording import (
    SHARED,
    count,
    exact,
    headlines,
    money,
    paragraphs,
    share,
    uptime,
    waiting,
)

MOST_LINES = 400
"""Lines of the bill shown; of a longer one the largest, and the rest as one sum."""

MOST_FLEETS = 6
"""Fleets that have a column each; of more each has a row, where months are fewer."""

MINUS = "\N{MINUS SIGN}"

_UNIT = re.compile(r"(?<=\d) (?=(?:%|s|min|h)(?!\w))|(?<=\b[A-Z]{3}) (?=\d)")

SECTIONS = (
    ("levers", "What would change the answer most"),
    ("sure", "How sure"),
    ("first", "The first run alone"),
    ("cost", "Cost"),
    ("waiting", "Waiting"),
    ("streaming", "Streaming"),
    ("availability", "Availability"),
    ("outages", "Outages"),
    ("capacity", "Capacity"),
    ("operations", "Operations"),
    ("assumptions", "Assumptions"),
    ("bill", "The bill, line by line"),
    ("provenance", "What was run"),
)


def html_report(report: ReportData) -> str:
    """The page.

    Raises:
        ValueError: when two drawings share a title, since their ids would collide.
    """
    titles = [drawing.title for drawing in report.drawings]
    if len(set(titles)) < len(titles):
        raise ValueError(f"expected drawings with different titles, got {titles}")
    total = [report.logon_total] if report.logon_total else []
    return template("report.html.jinja").render(
        report=report,
        css=css(),
        answer=paragraphs(report),
        headlines=headlines(report),
        sections=[entry for entry in SECTIONS if _is_there(report, entry[0])],
        shared=SHARED,
        rollup=_by_month_and_fleet(report),
        lines=_largest(report.invoice),
        stages=[*report.logon_stages, *total],
    )


def _is_there(report: ReportData, section: str) -> bool:
    """Whether there is anything to say in a section that may be left out."""
    optional = {
        "sure": report.study,
        "first": report.study,
        "levers": report.invoice,
        "streaming": report.bands or report.links,
        "outages": report.outages,
    }
    return bool(optional.get(section, True))


@dataclass(frozen=True)
class RollUp:
    """A table ready to be written: columns, rows of cells, rows of totals."""

    columns: list[tuple[str, str]]
    rows: list[list[str]]
    feet: list[list[str]]


@dataclass(frozen=True)
class Lines:
    """The lines shown, and the number and sum of those left out."""

    shown: list[InvoiceLine]
    left: int
    amount: Decimal


def _by_month_and_fleet(report: ReportData) -> RollUp:
    """A row for each month, a column for each fleet, shared services last, and totals all round.

    Many fleets have the rows, if there are fewer months: so the table is no wider than paper.
    """
    cells: dict[tuple[str, str], Decimal] = {}
    for line in report.invoice:
        key = (line.month, line.fleet)
        cells[key] = cells.get(key, Decimal(0)) + line.amount
    months = report.months
    fleets = sorted({fleet for _, fleet in cells}, key=lambda fleet: (fleet == "", fleet))
    if len(fleets) <= MOST_FLEETS or len(fleets) <= len(months):
        return _rollup("Month", cells, months, fleets)
    turned = {(fleet, month): amount for (month, fleet), amount in cells.items()}
    return _rollup("Fleet", turned, fleets, months)


def _rollup(
    first: str,
    cells: Mapping[tuple[str, str], Decimal],
    rows: Sequence[str],
    columns: Sequence[str],
) -> RollUp:
    def sums(name: str, keys: Sequence[str]) -> list[str]:
        found = [sum((cells.get((k, c), Decimal(0)) for k in keys), Decimal(0)) for c in columns]
        return [name, *map(money, found), money(sum(found, Decimal(0)))]

    heads = [first, *(column or SHARED for column in columns), "Total"]
    return RollUp(
        columns=[(name, "number" if place else "") for place, name in enumerate(heads)],
        rows=[sums(key or SHARED, [key]) for key in rows],
        feet=[sums("Total", rows)],
    )


def _largest(invoice: Sequence[InvoiceLine]) -> Lines:
    """The largest lines that fit, in the order given."""
    ranked = sorted(range(len(invoice)), key=lambda i: (-invoice[i].amount, i))
    kept = sorted(ranked[:MOST_LINES])
    left = ranked[MOST_LINES:]
    amount = sum((invoice[i].amount for i in left), Decimal(0))
    return Lines([invoice[i] for i in kept], len(left), amount)


def _signed(amount: Decimal) -> str:
    """An amount to the cent with its sign: `+12.50`, or with a minus sign."""
    return ("+" if amount >= 0 else MINUS) + money(abs(amount))


def _signed_share(part: Decimal) -> str:
    return f"{'+' if part >= 0 else MINUS}{abs(part) * 100:.1f} %"


def _seconds(millis: float | None) -> str:
    return "" if millis is None else f"{millis / 1000:,.1f}"


def _unbroken(text: str) -> str:
    """The text with each number kept on one line with its unit or currency."""
    return _UNIT.sub("\N{NO-BREAK SPACE}", text)


def _is_address(text: str) -> bool:
    """Whether a source is a web address and nothing else: only then it becomes a link."""
    return text.startswith(("https://", "http://")) and " " not in text


def css() -> str:
    """The style sheet of all pages."""
    return files("sim.report").joinpath("templates/report.css").read_text(encoding="utf-8")


@cache
def template(name: str) -> Template:
    """A template of pages, with the filters that write numbers."""
    page = Environment(
        loader=PackageLoader("sim.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    page.filters |= {
        "count": count,
        "exact": exact,
        "is_address": _is_address,
        "money": money,
        "seconds": _seconds,
        "share": share,
        "signed": _signed,
        "signed_share": _signed_share,
        "unbroken": _unbroken,
        "uptime": uptime,
        "waiting": waiting,
    }
    return page.get_template(name)
