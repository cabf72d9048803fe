"""Outages on the screen: what broke, what it took from people, and what the provider gives back."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType

from sim.api.service_page import named, recovered
from sim.cli.terminal import grid
from sim.report.wording import count, lost_words, money, share, waiting

Document = Mapping[str, Any]

MOST_OUTAGES = 12
"""Outages listed; of more those that took most time from people."""


def service(document: Document) -> Iterator[RenderableType]:
    """All tables; none where nothing broke and nobody was interrupted."""
    interrupted = document["availability"]["interruptions"]["number"]
    if not document["outages"] and not interrupted:
        return
    if document["outages"]:
        yield broken(document["outages"])
    if document["availability"]["lost_minutes"]:
        yield lost(document["availability"])
    failed = [row for row in document["service_level"] if (row["value"] or 1) < 1]
    if failed:
        yield level(failed, document["cost"]["currency"])


def broken(rows: Sequence[Document]) -> RenderableType:
    """What broke, in order of time."""
    ranked = sorted(range(len(rows)), key=lambda row: (-rows[row]["lost_min"], row))
    shown = [rows[row] for row in sorted(ranked[:MOST_OUTAGES])]
    table = grid(["Outages", "from (UTC)", "for", "people", "lost [h]", "all back", "data lost"])
    for row in shown:
        age = row["data_age_max_s"]
        back = row["time_to_recover_s"]
        table.add_row(
            named(row["kind"], row["target"], row["hosts"]),
            row["begin"][5:16].replace("T", " "),
            waiting(1000 * row["duration_s"]),
            count(row["people"]),
            f"{row['lost_min'] / 60:,.1f}",
            recovered(None if back is None else round(1000 * back), row["not_recovered"]),
            "" if age is None else waiting(1000 * age),
        )
    rest = [rows[row] for row in ranked[MOST_OUTAGES:]]
    if rest:
        hours = sum(row["lost_min"] for row in rest) / 60
        table.add_row(f"and {count(len(rest))} more", "", "", "", f"{hours:,.1f}", style="dim")
    return table


def lost(availability: Document) -> RenderableType:
    """From planned to delivered."""
    minutes = availability["delivered_minutes"]
    planned = minutes["planned_min"]
    table = grid(["Working time", "hours", "of planned"])
    table.add_row("planned", f"{planned / 60:,.1f}", "")
    for row in availability["lost_minutes"]:
        label = lost_words(row["way"], row["cause"])
        part = row["lost_min"]
        table.add_row(
            label, f"\N{MINUS SIGN}{part / 60:,.1f}", share(part / planned), style="yellow"
        )
    table.add_section()
    got = minutes["delivered_min"]
    table.add_row("delivered", f"{got / 60:,.1f}", share(got / planned), style="bold")
    interrupted = availability["interruptions"]
    away = f"{interrupted['interrupted_min'] / 60:,.1f}"
    table.add_row("cut off, until back", away, "", style="dim")
    return table


def level(rows: Sequence[Document], currency: str) -> RenderableType:
    """Months and Regions in which the provider's agreement was touched."""
    columns = ["Service level", "Region", "uptime", "credit", f"credit [{currency}]"]
    table = grid(columns, words=2)
    for row in rows:
        given = share(row["credited_share"])
        table.add_row(row["month"], row["region"], share(row["value"]), given, money(row["credit"]))
    return table
