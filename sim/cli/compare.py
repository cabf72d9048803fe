"""`desksim compare`: scenarios with the same people, and how the others differ from the first."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from sim.cli import options
from sim.cli.terminal import answer, grid, progress, say

if TYPE_CHECKING:
    from sim.api import Scenario
    from sim.api.bridging import Bridge
    from sim.api.comparison import Comparison


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
@options.overrides("every scenario")
@options.replications("Runs of each; by default 20, or what the first scenario asks for.")
@click.option("--bridge", is_flag=True, help="Split the difference in cost, factor by factor.")
@options.WORKERS
@options.out("Write tables, pictures and document there too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@options.NO_PROGRESS
def compare(
    *,
    files: tuple[Path, ...],
    settings: tuple[str, ...],
    overrides: tuple[str, ...],
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
    others = len(files) + len(settings) - 1
    if not others:
        raise click.UsageError("expected another scenario: a second FILE, or --with KEY=VALUE")
    if bridge and others > 1:
        raise click.UsageError(f"--bridge is between two scenarios, got {others + 1}")
    with progress(shown=not no_progress) as told:
        told("reading", 0)
        from sim import api

        scenarios = _loaded(files, overrides, settings)
        names = [one.name for one in scenarios[: len(files)]] + list(settings)
        found = api.compare(
            *scenarios,
            replications=replications,
            names=names,
            bridge=bridge,
            executor=api.Processes(workers),
            out=out,
            progress=told,
        )
    if as_json:
        say(json.dumps(found.summary, indent=2, ensure_ascii=False))
    else:
        answer(*_screen(found))
        if out is not None:
            say(f"\nWritten to {out}: comparison.json has everything.")


def _loaded(
    files: Sequence[Path], overrides: Sequence[str], settings: Sequence[str]
) -> "list[Scenario]":
    """The files, then the first one with each further setting; all problems of all at once."""
    from sim import api

    scenarios, problems = [], []
    wanted = [(file, overrides, "") for file in files]
    own = f"--set[{len(overrides)}]"
    wanted += [
        (files[0], [*overrides, setting], f"--with[{place}]")
        for place, setting in enumerate(settings)
    ]
    for file, laid, name in wanted:
        try:
            scenarios.append(api.check(file, laid))
        except api.ScenarioError as error:
            # The last setting of these was given as --with.
            problems += [
                one._replace(file=name) if name and one.file == own else one
                for one in error.problems
            ]
    if problems:
        raise api.ScenarioError(dict.fromkeys(problems))
    return scenarios


def _screen(found: "Comparison") -> Iterator[RenderableType]:
    yield Text("\n".join(found.answer()))
    for name in found.names[1:]:
        yield _differences(found, name)
    if found.split is not None:
        yield _bridge(found.split)
    yield Text(found.basis, style="dim")


def _differences(found: "Comparison", name: str) -> Table:
    from sim.report.differences import signed, unit_of_difference
    from sim.report.estimates import interval_text
    from sim.study.observations import parted

    title = f"{name} less {found.names[0]}"
    table = grid(["All together", "difference", "", "interval", "gain"], title=title)
    for key, one in found.found[name].items():
        measure, fleet = parted(key)
        if fleet:
            continue
        table.add_row(
            measure.words,
            signed(one.estimate, measure),
            unit_of_difference(measure),
            interval_text(one.estimate, measure),
            "" if one.gain is None else f"{one.gain:,.1f}",
            style="" if one.established else "dim",
        )
    return table


def _bridge(bridge: "Bridge") -> RenderableType:
    from sim.report.estimates import interval_text
    from sim.report.figures.bridge import NO_DIFFERENCE
    from sim.study.observations import MEASURES

    if not bridge.parts:
        return Text(NO_DIFFERENCE)
    title = "Cost of a run, one factor after another"
    table = grid(["factor", "USD", "interval", "settings"], title=title)
    table.columns[-1].justify = "left"
    table.columns[-1].no_wrap = False
    for part in bridge.parts:
        table.add_row(
            part.words,
            f"{part.amount:+,}",
            interval_text(part.difference.estimate, MEASURES["cost"]),
            part.shown,
        )
    table.add_section()
    table.add_row("together", f"{bridge.difference:+,}", "", "", style="bold")
    return table
