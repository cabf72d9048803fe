"""The Cost Optimizer on the screen: each fleet that it looks after in a column."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType

from sim.cli.terminal import grid
from sim.report.wording import count

Row = Mapping[str, Any]

_COUNTED = (
    ("to AlwaysOn", "changes", "to-monthly"),
    ("to AutoStop", "changes", "to-hourly"),
    ("skipped", "changes", "skipped"),
    ("failed", "changes", "failed"),
    ("deleted", "terminated", "yes"),
    ("unused, reported", "terminated", "dry-run"),
)
"""Reports that are told, where there are any: the label, and where they are counted."""


def optimizer(rows: Sequence[Row]) -> RenderableType:
    """What it did, how the desktops are now, and its hours beside those of the meter."""
    table = grid(["Cost Optimizer", *(row["fleet"] for row in rows)])
    if any(row["dry_run"] for row in rows):
        table.add_row("", *("dry run" if row["dry_run"] else "" for row in rows))
    for label, cells in _cells(rows):
        table.add_row(label, *cells)
    return table


def _cells(rows: Sequence[Row]) -> Iterator[tuple[str, list[str]]]:
    yield "reports", [count(row["reports"]) for row in rows]
    for label, kind, word in _COUNTED:
        numbers = [row[kind].get(word, 0) for row in rows]
        if any(numbers):
            yield label, [count(number) for number in numbers]
    for mode in ("AlwaysOn", "AutoStop"):
        yield f"ends {mode}", [count(row["modes"].get(mode, 0)) for row in rows]
    yield "hourly months", [count(row["hourly_months"]) for row in rows]
    for label, key in (("measured [h]", "measured_hours"), ("billed [h]", "billed_hours")):
        yield label, [f"{row[key]:,.0f}" for row in rows]
