"""Price books as files: CSV text in, a `PriceBook` out, or every bad row at once.

A price book is a list that people keep by hand, so its errors are told like those of a scenario:
file and line, what was expected, what was got, all of them together. Prices go from text to
`Decimal` directly; no float is ever made. The books that come with desksim stand beside the code,
in a checkout as well as in an installed package.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path, PurePath

from sim.pricing.book import CONFIDENCES, ITEM, Price, PriceBook, PriceBookError, repeats
from sim.scenario.schema import Prices
from sim.units import Money

COLUMNS = tuple(field.name for field in fields(Price))
"""Columns of a price-book file, in order."""

_WORDS = re.compile(r"\S.*", re.DOTALL)
_VOLUME = re.compile(r"[0-9]*")
_EXPECTED: dict[str, tuple[re.Pattern[str], str]] = {
    "item": (ITEM, "a path such as nat/hour"),
    "root_gb": (_VOLUME, "whole GB or nothing"),
    "user_gb": (_VOLUME, "whole GB or nothing"),
    "unit": (_WORDS, "a unit such as hour"),
    "unit_price": (
        re.compile(r"[0-9]+(\.[0-9]{1,10})?"),
        "a price such as 0.22 with at most 10 decimals",
    ),
    "currency": (re.compile(r"[A-Z]{3}"), "a currency such as USD"),
    "as_of": (
        re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?"),
        "a date such as 2026-09-28, 2026-09 or 2026",
    ),
    "confidence": (re.compile("|".join(CONFIDENCES)), " or ".join(CONFIDENCES)),
    "source": (_WORDS, "where the price was read"),
}


def read_price_book(path: Path | str) -> PriceBook:
    """Read a price-book file; the book is named after it (`us-east-1.csv` is `us-east-1`).

    Raises:
        PriceBookError: with every bad row at once, as `file:line: column: what was expected`.
        OSError: when the file cannot be read.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise PriceBookError([f"{path}: expected UTF-8 text ({error.reason})"]) from None
    return parse_price_book(text, str(path))


def parse_price_book(text: str, name: str) -> PriceBook:
    """Parse CSV text with the columns `COLUMNS`, in any order; `name` is the file it came from.

    Raises:
        PriceBookError: with every bad row at once.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    placed: list[tuple[str, Price]] = []
    problems: list[str] = []
    try:
        header = next(reader, [])
        if amiss := list(_header_problems(header)):
            raise PriceBookError(f"{name}:1: {problem}" for problem in amiss)
        for cells in reader:
            place = f"{name}:{reader.line_num}"
            if amiss := list(_row_problems(header, cells)):
                problems += [f"{place}: {problem}" for problem in amiss]
            elif cells:
                placed.append((place, _price(dict(zip(header, cells, strict=True)))))
    except csv.Error as error:
        problems.append(f"{name}:{reader.line_num}: not CSV: {error}")
    problems += repeats(placed)
    if problems:
        raise PriceBookError(problems)
    return PriceBook(PurePath(name).stem, tuple(price for _, price in placed))


def scenario_book(prices: Prices) -> PriceBook:
    """The book that a scenario names, overlaid with the prices it brings along.

    Raises:
        PriceBookError: when the book is no price book or a supplied price does not fit it.
    """
    supplied = (
        Price(
            item=item,
            unit=own.unit,
            unit_price=own.unit_price,
            source=own.source,
            as_of=own.as_of.isoformat(),
        )
        for item, own in prices.add.items()
    )
    return read_price_book(prices.book).with_prices(supplied)


def shipped_books() -> dict[str, Path]:
    """The price books that come with desksim, by name.

    A book is named after the region it is for, with the service before it where it prices another
    one than the region's own book does: `applications-ap-southeast-1`.
    """
    here = Path(__file__).resolve()
    installed, checkout = here.parents[1] / "scenarios", here.parents[2] / "scenarios"
    folder = (installed if installed.is_dir() else checkout) / "prices"
    return {path.stem: path for path in sorted(folder.glob("*-[0-9].csv"))}


def _header_problems(header: list[str]) -> Iterator[str]:
    for column in COLUMNS:
        if header.count(column) != 1:
            yield f"expected one column {column!r}, got {header.count(column)}"
    for column in header:
        if column not in COLUMNS:
            near = get_close_matches(column, COLUMNS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            yield f"unknown column {column!r}{hint}"


def _row_problems(header: list[str], cells: list[str]) -> Iterator[str]:
    if cells and len(cells) != len(header):
        yield f"expected {len(header)} cells, got {len(cells)}"
    elif cells:
        row = dict(zip(header, cells, strict=True))
        for column, (pattern, wanted) in _EXPECTED.items():
            if not pattern.fullmatch(row[column]):
                yield f"{column}: expected {wanted}, got {row[column]!r}"


def _price(row: dict[str, str]) -> Price:
    return Price(
        item=row["item"],
        charge=row["charge"],
        region=row["region"],
        bundle=row["bundle"],
        os=row["os"],
        license=row["license"],
        root_gb=int(row["root_gb"]) if row["root_gb"] else None,
        user_gb=int(row["user_gb"]) if row["user_gb"] else None,
        unit=row["unit"],
        unit_price=Money(row["unit_price"]),
        currency=row["currency"],
        as_of=row["as_of"],
        confidence=row["confidence"],
        source=row["source"],
        note=row["note"],
    )
