"""`desksim prices`: which price books there are, what is in one, how two differ."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from sim.cli.terminal import answer, grid, say

if TYPE_CHECKING:
    from sim.pricing import PriceBook

LISTING = 200
"""Columns of the widest list: an item is a word that should not be folded."""

BOOK = "BOOK is the name of a shipped book (`desksim prices list`) or the path of a file."


@click.group()
def prices() -> None:
    """List, show and compare price books."""


@prices.command("list")
@click.argument("files", nargs=-1, metavar="[FILE]...")
def list_books(files: tuple[str, ...]) -> None:
    """List the shipped price books, or those in FILEs."""
    from sim.pricing import shipped_books

    table = grid(["Price book", "as of", "how sure", "prices", "currency"], words=3)
    for name in files or shipped_books():
        book = _book(name)
        sure = Counter(price.confidence for price in book.prices)
        words = ", ".join(f"{count} {name}" for name, count in sure.most_common())
        table.add_row(book.name, book.as_of, words, f"{len(book):,}", book.currency)
    answer(table, widest=LISTING)


@prices.command("show", epilog=BOOK)
@click.argument("book")
@click.option(
    "--item",
    "prefix",
    default="",
    metavar="PREFIX",
    help="Only items that begin so: personal/autostop-hours.",
)
def show_book(book: str, prefix: str) -> None:
    """Show what BOOK prices, item by item."""  # fmt: skip
    found = _book(book)
    chosen = [price for price in found.prices if price.item.startswith(prefix)]
    if not chosen:
        near = "; ".join(map(str, found.nearest(prefix))) or "none of this kind"
        raise click.UsageError(f"no item of {found.name} begins with {prefix!r}; nearest: {near}")
    table = grid(["Item", "unit", "as of", "sure", f"price [{found.currency}]"], words=4)
    table.columns[0].overflow = "fold"
    for price in chosen:
        amount = format(price.unit_price, "f")
        table.add_row(price.item, price.unit, price.as_of, price.confidence, amount)
    answer(table, widest=LISTING)
    sources = Counter(price.source for price in chosen)
    say("")
    for source, count in sources.most_common():
        say(f"{count:>4} from {source}")


@prices.command(epilog=BOOK)
@click.argument("a", metavar="BOOK")
@click.argument("b", metavar="OTHER")
def diff(a: str, b: str) -> None:
    """Show the items that BOOK and OTHER price differently."""
    from sim.pricing import diff as differences

    ours, theirs = _book(a), _book(b)
    changes = differences(ours, theirs)
    if not changes:
        say(f"{ours.name} and {theirs.name} price everything alike")
        return
    table = grid(["Item", "unit", ours.name, theirs.name, "change"], words=2)
    table.columns[0].overflow = "fold"
    for change in changes:
        cells = (change.price_a, change.price_b)
        amounts = [Text("not known", "dim") if c is None else Text(format(c, "f")) for c in cells]
        moved = "" if change.change is None else f"{change.change:+f}"
        table.add_row(change.item, change.unit, *amounts, moved)
    answer(table, widest=LISTING)


def _book(name: str) -> "PriceBook":
    from sim.pricing import read_price_book, shipped_books

    shipped = shipped_books()
    if name in shipped:
        return read_price_book(shipped[name])
    if not Path(name).is_file():
        known = ", ".join(shipped)
        raise click.UsageError(f"no price book {name!r}: expected a file, or one of {known}")
    return read_price_book(name)
