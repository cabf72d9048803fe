"""Makes the price books of this folder from the figures gathered in `sources/`.

The sources are rows copied from many hands: some undated, some without volumes, many saying the
same thing twice, a few contradicting each other. A figure gets into a book only if it says exactly
what it is the price of, where, and when; of several for one item the most certain wins, then the
newest; if equally good ones disagree, none is taken. Every other figure goes to `not-used.csv` with
its reason, so that nothing vanishes and nothing is guessed.

A row may hold two figures: an AutoStop row has a month fee, which depends on the volumes alone, and
an hour price, which depends on everything but the volumes.

A region has one book, and a second one where the prices of the successor of pools are known there:
the two services are billed for the same items, so that a scenario chooses by the book it names.

Run `python scenarios/prices/build.py` after changing a source; it prints the tables that
`docs/prices.md` shows.
"""

import csv
import io
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sim.pricing import COLUMNS, Price, PriceBook
from sim.units import Money

FOLDER = Path(__file__).parent
NOT_USED = ("file", "line", "column", "region", "item", "price", "as_of", "confidence", "reason")

_REGION = re.compile(r"[a-z]{2}(-gov)?-[a-z]+-[0-9](-[a-z]+-[0-9])?")
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")
_CERTAINTY = {"high": 2, "medium": 1, "low": 0}

_DESKTOP_FIGURES = {
    ("personal", "AlwaysOn"): {"monthly_usd": "alwayson-month"},
    ("personal", "AutoStop"): {"monthly_usd": "autostop-base", "hourly_usd": "autostop-hours"},
    ("core", "AlwaysOn"): {"monthly_usd": "core-month"},
    ("standby", "Standby"): {"monthly_usd": "standby-month"},
    ("pools", "Pool"): {"hourly_usd": "pool-running-hours"},
    ("pools", "Not Applicable Pools"): {
        "hourly_usd": "pool-stopped-hours",
        "monthly_usd": "pool-user-month",
    },
}
"""Charge of each figure of a row in `prices.csv`, by product and running mode."""

_SERVICES = {"": "", "pools": "", "applications": "applications-"}
"""What the name of a book begins with, by the service whose instances it prices; figures of no
service in particular go into each book of their region."""

_KINDS = {
    "alwayson-month": (
        "personal/alwayson-month/{bundle}/{os}/{license}/{volumes}",
        "desktop-month",
    ),
    "autostop-base": ("personal/autostop-base/{volumes}", "desktop-month"),
    "autostop-hours": ("personal/autostop-hours/{bundle}/{os}/{license}", "hour"),
    "core-month": ("core/month/{bundle}/{os}/{license}/{volumes}", "desktop-month"),
    "standby-month": ("standby/month/{volumes}", "desktop-month"),
    "pool-running-hours": ("pool/running-hour/{bundle}/{license}", "hour"),
    "pool-stopped-hours": ("pool/stopped-hour", "hour"),
    "pool-user-month": ("pool/user-month", "user-month"),
}
"""Item and unit of each charge."""


@dataclass(frozen=True)
class Quote:
    """One figure of one source row, read as the price of one item."""

    file: str
    line: int
    column: str
    service: str
    """`pools`, `applications`, or nothing: for both."""
    price: Price
    faults: tuple[str, ...]
    """Why it cannot be used; empty if it can."""

    @property
    def place(self) -> str:
        """Where the figure stands: `prices.csv:12`."""
        return f"{self.file}:{self.line}"

    @property
    def figure(self) -> tuple[str, int, str]:
        """The cell it came from; a figure for all regions becomes several quotes."""
        return self.file, self.line, self.column

    @property
    def merit(self) -> tuple[int, str]:
        """More certain is better, then newer."""
        return _CERTAINTY[self.price.confidence], self.price.as_of


@dataclass(frozen=True)
class Outcome:
    """What became of every figure."""

    books: dict[str, list[Quote]]
    """Quotes used, by name of the book, in the order of their items."""
    not_used: list[tuple[Quote, str]]
    """Quotes not used, each with its reason."""


def build(folder: Path = FOLDER / "sources") -> Outcome:
    """Sort every figure of the sources into a book or among those not used."""
    quotes = [*_desktop_quotes(folder / "prices.csv"), *_other_quotes(folder / "other_prices.csv")]
    regions = sorted({q.price.region for q in quotes if q.file == "prices.csv" and not q.faults})
    quotes = [local for quote in quotes for local in _localise(quote, regions)]
    sound: dict[tuple[str, str, str], list[Quote]] = defaultdict(list)
    not_used = [(quote, "; ".join(quote.faults)) for quote in quotes if quote.faults]
    for quote in quotes:
        if not quote.faults:
            sound[quote.price.region, quote.service, quote.price.item].append(quote)
    chosen: dict[tuple[str, str], list[Quote]] = {(region, ""): [] for region in regions}
    for (region, service, _), rivals in sorted(sound.items()):
        used, rejected = _settle(rivals)
        chosen.setdefault((region, service), []).extend(used)
        not_used += rejected
    not_used.sort(key=lambda pair: (*pair[0].figure, pair[0].price.region))
    return Outcome(dict(sorted(_books(chosen))), not_used)


def _books(chosen: dict[tuple[str, str], list[Quote]]) -> Iterator[tuple[str, list[Quote]]]:
    """Name and quotes of each book: those of all services of its region, and those of its own."""
    for (region, service), found in chosen.items():
        own = found if service else []
        if service or (region, "pools") not in chosen:
            quotes = sorted(chosen[region, ""] + own, key=lambda quote: quote.price.item)
            yield f"{_SERVICES[service]}{region}", quotes


def _localise(quote: Quote, regions: list[str]) -> Iterator[Quote]:
    """The same quote in each region it holds for; at fault where there is no book."""
    region = quote.price.region
    if region == "all":
        yield from (replace(quote, price=replace(quote.price, region=r)) for r in regions)
    elif quote.faults or region in regions:
        yield quote
    else:
        yield replace(quote, faults=("no book: no desktop price is known in this region",))


def _settle(rivals: list[Quote]) -> tuple[list[Quote], list[tuple[Quote, str]]]:
    """Choose among quotes for one item in one region: the most certain, then the newest."""
    best = max(quote.merit for quote in rivals)
    leaders = [quote for quote in rivals if quote.merit == best]
    if len({quote.price.unit_price for quote in leaders}) > 1:
        claims = ", ".join(f"{q.place} says {q.price.unit_price}" for q in leaders)
        return [], [(quote, f"contradiction: {claims}") for quote in rivals]
    kept = leaders[0]
    return [kept], [(quote, _why_not(quote, kept)) for quote in rivals if quote is not kept]


def _why_not(quote: Quote, kept: Quote) -> str:
    if quote.price.unit_price == kept.price.unit_price:
        return f"duplicate: same price in {kept.place}"
    better = f"{kept.price.confidence}, {kept.price.as_of}"
    return f"superseded: {kept.place} ({better}) says {kept.price.unit_price}"


def _desktop_quotes(path: Path) -> Iterator[Quote]:
    for line, row in _rows(path):
        for column, charge in _DESKTOP_FIGURES[row["product"], row["running_mode"]].items():
            if row[column]:
                price = _desktop_price(row, charge, row[column])
                faults = (*_faults(price), *_desktop_faults(row, price))
                service = "pools" if row["product"] == "pools" else ""
                yield Quote(path.name, line, column, service, price, faults)


def _desktop_price(row: dict[str, str], charge: str, amount: str) -> Price:
    pattern, unit = _KINDS[charge]
    os = row["os"].removeprefix("byol-")
    root, user = row["root_gb"], row["user_gb"]
    known = {
        "bundle": row["bundle"].lower(),
        "os": os,
        "license": "none" if os in {"linux", "ubuntu"} else row["license"],
        "volumes": f"{root}-{user}" if root and user else "",
    }
    item = pattern.format(**{part: text or "?" for part, text in known.items()})
    told = {part: text if f"{{{part}}}" in pattern else "" for part, text in known.items()}
    return replace(
        _price(row, item, amount, unit=unit, charge=charge),
        bundle=told["bundle"],
        os=told["os"],
        license=told["license"],
        root_gb=int(root) if told["volumes"] else None,
        user_gb=int(user) if told["volumes"] else None,
    )


def _desktop_faults(row: dict[str, str], price: Price) -> Iterator[str]:
    if row["product"] != "pools" and not (row["root_gb"] and row["user_gb"]):
        yield "volumes not stated"
    if "{os}" in _KINDS[price.charge][0] and not price.os:
        yield "operating system not stated"
    if "{license}" in _KINDS[price.charge][0] and not price.license:
        yield "licence not stated"
    if "marked estimated" in row["note"]:
        yield "estimated: the source says so of this row"


def _other_quotes(path: Path) -> Iterator[Quote]:
    """Quotes of `other_prices.csv`; `items.csv` says which items and service a label is for.

    Raises:
        KeyError: for a label nobody has placed, since a new source row must not vanish.
    """
    meanings: dict[str, list[dict[str, str]]] = defaultdict(list)
    for _, meaning in _rows(path.with_name("items.csv")):
        meanings[meaning["label"]].append(meaning)
    for line, row in _rows(path):
        if row["item"] not in meanings:
            raise KeyError(f"{path.name}:{line}: items.csv does not place {row['item']!r}")
        for meaning in meanings[row["item"]]:
            item, unit, charge = meaning["item"], meaning["unit"], meaning["charge"]
            price = _price(row, item, row["usd"], unit=unit, charge=charge)
            label = "; ".join(filter(None, [row["item"], row["note"]]))
            unclear = [f"unclear: {meaning['unclear']}"] if meaning["unclear"] else []
            faults = (*_faults(price), *unclear)
            price = replace(price, note=label)
            yield Quote(path.name, line, "usd", meaning["service"], price, faults)


def _price(row: dict[str, str], item: str, amount: str, *, unit: str, charge: str) -> Price:
    return Price(
        item=item,
        charge=charge,
        region=row["region"],
        unit=unit,
        unit_price=Money(amount),
        as_of=row["as_of"],
        confidence=row["confidence"],
        source=row["source_url"],
        note=row["note"],
    )


def _faults(price: Price) -> Iterator[str]:
    if price.region != "all" and not _REGION.fullmatch(price.region):
        yield f"region not stated: {price.region!r}"
    if not _DATE.fullmatch(price.as_of):
        yield f"no date: {price.as_of!r}"


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as text:
        yield from enumerate(csv.DictReader(text), start=2)


def files(outcome: Outcome) -> dict[str, str]:
    """The text of every file of this folder that is made from the sources, by name."""
    texts = {
        f"{name}.csv": _table(COLUMNS, (_book_cells(quote.price) for quote in quotes))
        for name, quotes in outcome.books.items()
    }
    texts["not-used.csv"] = _table(NOT_USED, (_spare_cells(*pair) for pair in outcome.not_used))
    return texts


def _book_cells(price: Price) -> list[str]:
    cells = (getattr(price, column) for column in COLUMNS)
    return ["" if c is None else _plain(c) if isinstance(c, Money) else str(c) for c in cells]


def _spare_cells(quote: Quote, reason: str) -> list[str]:
    price = quote.price
    where = [quote.file, str(quote.line), quote.column, price.region, price.item]
    return [*where, _plain(price.unit_price), price.as_of, price.confidence, reason]


def _plain(amount: Money) -> str:
    """An amount without trailing zeros or exponent: the sources write both 19 and 19.0."""
    return f"{amount.normalize():f}"


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def freshness(outcome: Outcome) -> str:
    """The table of `docs/prices.md` that dates the books."""
    lines = ["| book | prices | desktops as of | the rest as of |", "|---|---|---|---|"]
    for name, quotes in outcome.books.items():
        desktops = [q.price for q in quotes if q.file == "prices.csv"]
        rest = [q.price for q in quotes if q.file != "prices.csv"]
        dates = [PriceBook(name, tuple(prices)).as_of for prices in (desktops, rest)]
        lines.append(f"| {name} | {len(quotes)} | {' | '.join(dates)} |")
    return "\n".join(lines) + "\n"


def counts(outcome: Outcome) -> str:
    """The table of `docs/prices.md` that counts figures: used, or not by their first reason."""
    used = {quote.figure for quotes in outcome.books.values() for quote in quotes}
    left = {quote.figure: re.split("[:;]", reason)[0] for quote, reason in outcome.not_used}
    every = used | left.keys()
    reasons = Counter(left[figure] for figure in every - used)
    rows = len({figure[:2] for figure in every})
    lines = ["| figures in the sources | count |", "|---|---|", f"| used | {len(used)} |"]
    lines += [f"| not used: {reason} | {count} |" for reason, count in sorted(reasons.items())]
    lines += [f"| all, on {rows} rows | {len(every)} |"]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the books and the list of figures not used; print the tables of `docs/prices.md`."""
    outcome = build()
    for name, text in files(outcome).items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
    sys.stdout.write(f"{freshness(outcome)}\n{counts(outcome)}")


if __name__ == "__main__":
    main()
