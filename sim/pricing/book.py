"""A price book: what one unit of each billed item costs in one region, and how we know.

A list price is a claim about the world on a date. Each price therefore carries its source, its
as-of date and the confidence of whoever read it, and a price that nobody knows is *missing*: it is
never 0, never taken from a neighbouring bundle or region. What a book does offer for a missing item
is the nearest known ones, so that a person can decide, and a way to overlay a price of their own
that names its source (`PriceBook.with_prices`).

An item is a path of lower-case words, most general first, such as
`personal/alwayson-month/power/windows/included/80-10`; `docs/prices.md` lists the kinds. Metering
names items in this way, and pricing multiplies.

Left out: exchange rates (a book has one currency), negotiated discounts, tiers within a month (each
tier is an item), and where the shipped books come from (`scenarios/prices/build.py`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import cached_property
from itertools import zip_longest

from sim.units import Money

CONFIDENCES = ("high", "medium", "low", "supplied")
"""How sure the reader of a price was; `supplied` marks a price that a scenario brings along."""

ITEM = re.compile(r"[a-z0-9][a-z0-9.-]*(/[a-z0-9][a-z0-9.-]*)+")
"""What an item looks like."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """The price of one unit of one item."""

    item: str
    """Key in the book, such as `personal/autostop-base/80-10`."""
    charge: str = ""
    """Name of the charge on a bill, such as `autostop-base`."""
    region: str = ""
    bundle: str = ""
    os: str = ""
    license: str = ""
    """`included`, `byol` or `none`; empty where the price does not depend on it."""
    root_gb: int | None = None
    user_gb: int | None = None
    unit: str
    """What is counted: `desktop-month`, `hour`, `GB`, ..."""
    unit_price: Money
    """Price of one unit [currency], up to ten decimals."""
    currency: str = "USD"
    as_of: str = ""
    """Day, month or year for which the source states it: `2026-06-27`, `2026-07`, `2020`."""
    confidence: str = "supplied"
    source: str
    """Where the price was read."""
    note: str = ""

    @property
    def provenance(self) -> str:
        """Where the price comes from and its date, as a bill shows it."""
        return f"{self.source} ({self.as_of or 'no date'}, {self.confidence})"

    def __str__(self) -> str:
        return f"{self.item} at {self.unit_price} {self.currency} per {self.unit}"


class PriceBookError(ValueError):
    """Everything that is wrong with a price book, one problem per line of the message."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        super().__init__("\n".join([*self.problems, f"{count} problem{'s' * (count != 1)}"]))

    def __reduce__(self) -> tuple[type["PriceBookError"], tuple[tuple[str, ...]]]:
        return PriceBookError, (self.problems,)


class MissingPriceError(KeyError):
    """A book has no price for an item; the message names the nearest known ones."""

    def __init__(self, item: str, book: "PriceBook") -> None:
        super().__init__(item, book)
        self.item = item
        self.book = book

    def __str__(self) -> str:
        near = "; ".join(map(str, self.book.nearest(self.item))) or "none of this kind"
        return (
            f"no price for {self.item} in book {self.book.name} (as of {self.book.as_of}); "
            f"nearest known: {near}; supply one under prices.add with a source"
        )


@dataclass(frozen=True, repr=False)
class PriceBook(Mapping[str, Price]):
    """Prices by item, all in one currency. `book[item]` raises `MissingPriceError`, never guesses.

    Raises:
        PriceBookError: for an item that is there twice, or a second currency.
    """

    name: str
    prices: tuple[Price, ...]

    def __post_init__(self) -> None:
        problems = repeats((self.name, price) for price in self.prices)
        others = sorted({price.currency for price in self.prices} - {self.currency})
        problems += [f"{self.name}: expected {self.currency} throughout, got {c}" for c in others]
        if problems:
            raise PriceBookError(problems)

    @cached_property
    def _by_item(self) -> dict[str, Price]:
        return {price.item: price for price in self.prices}

    def __getitem__(self, item: str) -> Price:
        try:
            return self._by_item[item]
        except KeyError:
            raise MissingPriceError(item, self) from None

    def __contains__(self, item: object) -> bool:
        return item in self._by_item

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_item)

    def __len__(self) -> int:
        return len(self.prices)

    def __repr__(self) -> str:
        return f"<PriceBook {self.name}: {len(self)} prices as of {self.as_of}>"

    @property
    def currency(self) -> str:
        """The one currency of the book; `USD` when it is empty."""
        return self.prices[0].currency if self.prices else "USD"

    @property
    def as_of(self) -> str:
        """As-of dates of the whole book, `oldest..newest`."""
        return self.dated()

    def dated(self, kind: str = "") -> str:
        """As-of dates `oldest..newest` of the items that start with `kind`; one date if alike."""
        dates = [p.as_of for p in self.prices if p.as_of and p.item.startswith(kind)]
        if not dates:
            return "unknown"
        oldest, newest = min(dates), max(dates)
        return oldest if oldest == newest else f"{oldest}..{newest}"

    def nearest(self, item: str, n: int = 3) -> list[Price]:
        """The `n` known prices most like a missing one, best first.

        Items of the same charge come first, then those that differ in the fewest parts of the path,
        then the most similar spelling. Nothing from another family (`personal`, `nat`, ...) is
        offered, unless the family itself is unknown: then only close spellings are.
        """
        family = item.partition("/")[0] + "/"
        known = [key for key in self if key.startswith(family)]
        if not known:
            return [self[key] for key in get_close_matches(item, self, n=n, cutoff=0.8)]
        return [self[key] for key in sorted(known, key=lambda key: _distance(item, key))[:n]]

    def with_prices(self, extra: Iterable[Price]) -> "PriceBook":
        """This book overlaid with a user's own prices, which add items or replace known ones.

        Raises:
            PriceBookError: for each extra price without a source, below zero, in another currency,
                in another unit than the price it replaces, or given twice.
        """
        added = tuple(extra)
        problems = [problem for price in added for problem in self._objections(price)]
        problems += repeats(("prices.add", price) for price in added)
        if problems:
            raise PriceBookError(problems)
        overlaid = {**self._by_item, **{price.item: price for price in added}}
        return PriceBook(self.name, tuple(overlaid.values()))

    def _objections(self, price: Price) -> Iterator[str]:
        place = f"prices.add: {price.item}"
        if not ITEM.fullmatch(price.item):
            yield f"{place}: expected an item such as nat/hour"
        if not price.source.strip():
            yield f"{place}: expected a source, got none"
        if not price.unit_price.is_finite() or price.unit_price < 0:
            yield f"{place}: expected a price of at least 0, got {price.unit_price}"
        if self.prices and price.currency != self.currency:
            yield f"{place}: expected {self.currency} as in book {self.name}, got {price.currency}"
        if price.item in self and price.unit != self[price.item].unit:
            yield f"{place}: expected a price per {self[price.item].unit}, got per {price.unit}"


def _distance(wanted: str, known: str) -> tuple[bool, int, float, str]:
    ours, theirs = wanted.split("/"), known.split("/")
    differing = sum(a != b for a, b in zip_longest(ours, theirs))
    return ours[:2] != theirs[:2], differing, -SequenceMatcher(None, wanted, known).ratio(), known


def repeats(placed: Iterable[tuple[str, Price]]) -> list[str]:
    """Problems of items that are priced twice, from (where it stands, price) in order."""
    problems: list[str] = []
    first: dict[str, str] = {}
    for place, price in placed:
        if price.item in first:
            where = f", see {first[price.item]}" if first[price.item] != place else ""
            problems.append(f"{place}: {price.item} is priced already{where}")
        first.setdefault(price.item, place)
    return problems


@dataclass(frozen=True)
class PriceChange:
    """One item that two books price differently; None where a book does not price it."""

    item: str
    unit: str
    price_a: Money | None
    price_b: Money | None

    @property
    def change(self) -> Money | None:
        """Price in b less price in a; None when either does not know the item."""
        if self.price_a is None or self.price_b is None:
            return None
        return self.price_b - self.price_a


def diff(a: PriceBook, b: PriceBook) -> list[PriceChange]:
    """Items that two books price differently or that only one of them knows, by item.

    Raises:
        PriceBookError: when the books are in different currencies.
    """
    if a and b and a.currency != b.currency:
        problem = f"expected one currency, got {a.currency} and {b.currency}"
        raise PriceBookError([f"{a.name}, {b.name}: {problem}"])
    changes = []
    for item in sorted({*a, *b}):
        ours, theirs = a.get(item), b.get(item)
        change = PriceChange(
            item=item,
            unit=(ours or b[item]).unit,
            price_a=None if ours is None else ours.unit_price,
            price_b=None if theirs is None else theirs.unit_price,
        )
        if change.price_a != change.price_b:
            changes.append(change)
    return changes
