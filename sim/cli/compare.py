"""`desksim compare`: scenarios with the same people, and how the others differ from the first."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from sim.cli.terminal import answer, grid, progress, say

if TYPE_CHECKING:
    from sim.api.comparison import BridgePart, Comparison


@click.command(short_help="Hold scenarios against each other, with the same people in each.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-w",
    "--with",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="One more scenario: the first one with this setting over it. May be repeated.",
)
@click.option(
    "-n",
    "--replications",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="Runs of each; by default 20, or what the first scenario asks for.",
)
@click.option("--bridge", is_flag=True, help="Split the difference in cost, factor by factor.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="Processes; by default one for each core. They change no result.",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Write tables and document there too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--no-progress", is_flag=True, help="Do not show how far it is.")
def compare(
    *,
    files: tuple[Path, ...],
    settings: tuple[str, ...],
    replications: int | None,
    bridge: bool,
    workers: int | None,
    out: Path | None,
    as_json: bool,
    no_progress: bool,
) -> None:
    """Run the scenarios FILES with the same people, and say how the others differ from the first.

    \b
    desksim compare scenarios/zone-loss.yaml scenarios/zone-loss-with-recovery.yaml
    desksim compare scenarios/remote-office.yaml --with fleets.analysts.autostop_timeout="4 h"
    """  # noqa: D301 # \b keeps the lines as they are
    with progress(shown=not no_progress) as told:
        told("reading", 0)
        from sim import api

        scenarios = [api.load(file) for file in files]
        names = [scenario.name for scenario in scenarios] + list(settings)
        scenarios += [scenarios[0].with_overrides(setting) for setting in settings]
        if bridge and len(scenarios) != 2:
            raise click.UsageError(f"--bridge is between two scenarios, got {len(scenarios)}")
        found = api.compare(
            *scenarios,
            replications=replications,
            names=api.different(names),
            executor=api.Processes(workers),
            progress=told,
        )
        parts = found.bridge(progress=told) if bridge else None
        if out is not None:
            found.write(out, parts)
    if as_json:
        say(json.dumps(found.summary, indent=2, ensure_ascii=False))
    else:
        answer(*_screen(found, parts))
        if out is not None:
            say(f"\nWritten to {out}: differences.csv, comparison.json.")


def _screen(found: "Comparison", parts: "list[BridgePart] | None") -> Iterator[RenderableType]:
    yield Text("\n".join(found.answer()))
    for name in found.names[1:]:
        yield _differences(found, name)
    if parts is not None:
        yield _bridge(parts)
    yield Text(found.basis, style="dim")


def _differences(found: "Comparison", name: str) -> Table:
    from sim.report.estimates import digits, interval_text, number, unit_of
    from sim.study.observations import parted

    table = grid([f"{name} less {found.names[0]}", "difference", "", "interval", "gain"], words=1)
    for key, one in found.found[name].items():
        measure, fleet = parted(key)
        if fleet:
            continue
        table.add_row(
            measure.words,
            number(one.estimate.value, measure, digits(one.estimate, measure)),
            unit_of(measure),
            interval_text(one.estimate, measure),
            "" if one.gain is None else f"{one.gain:,.1f}",
            style="" if one.established else "dim",
        )
    return table


def _bridge(parts: "list[BridgePart]") -> Table:
    from sim.report.estimates import interval_text
    from sim.study.observations import MEASURES

    table = grid(["Cost of a run, step by step", "USD", "interval", ""], words=1)
    for part in parts:
        table.add_row(
            part.words,
            f"{part.amount:+,}",
            interval_text(part.difference.estimate, MEASURES["cost"]),
            f"{len(part.settings)} settings" if len(part.settings) > 1 else part.settings[0].words,
        )
    table.add_section()
    table.add_row("together", f"{sum(part.amount for part in parts):+,}", "", "", style="bold")
    return table
