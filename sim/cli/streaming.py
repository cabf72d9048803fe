"""Streams on the screen: round trips in the bands of their protocols, and the links of sites."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType

from sim.cli.terminal import grid
from sim.report.wording import share

Document = Mapping[str, Any]


def streaming(rows: Sequence[Document]) -> Iterator[RenderableType]:
    """Round trips in the bands of their protocols; nothing where all were good."""
    if all(band["share"] == 1 for row in rows for band in row["bands"][:1]):
        return
    table = grid(["Streaming", "band", "below [ms]", "of connected time"], words=2)
    for row in rows:
        for band in row["bands"]:
            below = "" if band["below_ms"] is None else f"{band['below_ms']:,}"
            table.add_row(row["protocol"], band["band"], below, share(band["share"]))
        average, slow = f"{row['round_trip_mean_ms']:,.0f}", f"{row['round_trip_p95_ms']:,}"
        table.add_row(row["protocol"], f"mean {average} ms, p95 {slow} ms", "", "", style="dim")
    yield table


def sites(rows: Sequence[Document]) -> Iterator[RenderableType]:
    """Each site's link: what it carries, and how long people got less than they needed."""
    if not rows:
        return
    table = grid(["Site links [Mbit/s]", "usable", "peak need", "mean", "user-hours with less"])
    for row in rows:
        short, connected = row["short_min"] / 60, row["connected_min"] / 60
        part = f" ({share(row['short_share'])})" if connected else ""
        table.add_row(
            row["site"],
            f"{row['usable_mbit_s']:,.1f} of {row['capacity_mbit_s']:,.0f}",
            f"{row['peak_mbit_s']:,.1f}",
            f"{row['mean_mbit_s']:,.1f}",
            f"{short:,.1f} of {connected:,.0f}{part}",
            style="yellow" if short else "",
        )
    yield table
