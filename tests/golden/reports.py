"""What a shipped scenario answers, as a text that shows a change line by line.

It holds what the user sees: the screen, the lines of the invoice, the numbers of the summary, the
files with their rows. Numbers are rounded, so that another Python or processor gives the same text;
figures and Parquet files, whose bytes depend on the versions of libraries, are left out.
"""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from difflib import unified_diff
from pathlib import Path
from typing import Any

from sim.storage import read_table
from tests.shipped import ROOT, Result

FOLDER = Path(__file__).parent
REFERENCE = ROOT / "reports" / "reference"
REFERENCE_SCENARIO = "remote-office"
REFERENCE_FILES = ("summary.json", "invoice.csv", "report.html")

RENEWAL = "If the change is meant, `make golden` writes this file anew; say why in CHANGELOG.md."

_DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)


def golden_file(name: str) -> Path:
    """Where the text of a shipped scenario is kept."""
    return FOLDER / f"{name}.txt"


def golden_text(result: Result) -> str:
    """The text of a result."""
    parts = {
        f"$ desksim run scenarios/{result.name}.yaml": result.screen.rstrip("\n").splitlines(),
        "invoice.csv": invoice_lines(result.text("invoice.csv")),
        "summary.json": summary_lines(json.loads(result.text("summary.json"))),
        "files and their rows": file_lines(result.folder),
    }
    return "\n\n".join("\n".join([title, "", *lines]) for title, lines in parts.items()) + "\n"


def invoice_lines(text: str) -> list[str]:
    """The invoice as a table: quantities to four decimals, amounts to the cent as invoiced."""
    header = ("month", "fleet", "charge", "item", "quantity", "unit", "unit_price", "amount")
    rows: list[Sequence[str]] = [header]
    for line in csv.DictReader(text.splitlines()):
        line["quantity"] = f"{Decimal(line['quantity']):.4f}"
        rows.append(tuple(line[name] or "-" for name in header))
    return _aligned(rows, right={4, 6, 7})


def summary_lines(document: dict[str, Any]) -> list[str]:
    """One line for each number of the summary; the screen has the assumptions."""
    shown = {name: part for name, part in document.items() if name != "assumptions"}
    return [f"{path} = {value}" for path, value in _leaves(shown)]


def file_lines(folder: Path) -> list[str]:
    """Each file of the result; of a table also the number of its rows."""
    rows = []
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            table = file.suffix in (".csv", ".parquet")
            rows.append((file.relative_to(folder).as_posix(), _rows(file) if table else ""))
    return _aligned(rows, right={1})


def without_drawings(page: str) -> str:
    """A report without the insides of its figures."""
    return _DRAWING.sub("<svg/>", page)


def compare(kept: str, now: str, name: str) -> None:
    """Fail with the lines that differ.

    Raises:
        AssertionError: with a diff, and how to accept it.
    """
    if kept != now:
        lines = unified_diff(
            kept.splitlines(), now.splitlines(), f"{name} as committed", f"{name} now", lineterm=""
        )
        raise AssertionError("\n".join(["", *lines, "", RENEWAL]))


def _leaves(part: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Paths and values; a row of a list is one value."""
    match part:
        case dict() if part:
            for name, inner in part.items():
                yield from _leaves(inner, f"{path}.{name}" if path else name)
        case [dict(), *_]:
            for row in part:
                first, *others = (f"{name} {_rounded(value)}" for name, value in row.items())
                yield f"{path}[{first}]", ", ".join(others)
        case _:
            yield path, _rounded(part)


def _rounded(value: Any) -> str:
    """A number to five significant digits, whole ones in full."""
    if isinstance(value, float):
        return format(float(f"{value:.5g}"), ".10g")
    return json.dumps(value, ensure_ascii=False).strip('"')


def _rows(file: Path) -> str:
    return f"{len(read_table(file)):,}"


def _aligned(rows: Sequence[Sequence[str]], right: set[int]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
