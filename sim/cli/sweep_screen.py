"""A sweep on the screen: how far it is, what it would do, and its answer with the exit code."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from sim.cli.errors import DONE, FAILED, MISSED
from sim.cli.sweep_findings import shares, trade
from sim.cli.terminal import Told, answer, complain, grid, say

if TYPE_CHECKING:
    from sim.api.sweep_answer import Answer
    from sim.api.sweep_plan import SweepPlan
    from sim.api.sweeping import Standing, SweepFolder

MOST_ROWS = 20
"""Points that are shown."""
WIDEST_HEAD = 18
"""Columns of the longest line above a measure."""


def standing(found: "SweepFolder", *, quiet: bool) -> int:
    """How far it is; the exit code."""
    failed, all_of_it = found.failed, len(found.keys)
    if not quiet:
        say(
            f"{found.name}: {found.done:,} of {all_of_it:,} runs done, {len(failed):,} failed, "
            f"{all_of_it - found.done - len(failed):,} missing."
        )
    _complain(found)
    return FAILED if failed else DONE


def results(found: "SweepFolder", *, quiet: bool) -> int:
    """The answer; the exit code."""
    from sim.api.sweep_answer import answer as answer_of

    said = answer_of(found)
    names = (
        _points(found, said, quiet=quiet) if found.design is None else shares(found, quiet=quiet)
    )
    if not quiet:
        drawn = f"{', '.join(names)}; " if names else ""
        every = "results.parquet and results.csv have every run"
        say(f"\nWritten to {found.folder}: {drawn}{every}.")
    _complain(found)
    if found.failed:
        return FAILED
    return DONE if said.met else MISSED


def _points(found: "SweepFolder", said: "Answer", *, quiet: bool) -> list[str]:
    """What the points say one by one, and which of them nothing beats; files that were written."""
    if quiet:
        return trade(found, quiet=True)
    for sentence in said.sentences:
        say(sentence)
    names = trade(found, quiet=False)
    if said.rows:
        say("")
        answer(*_and_more(_table(said), len(said.rows)))
    return names


def _table(said: "Answer") -> RenderableType:
    """The points, the cheapest first."""
    table = _grid(said.settings, said.measures)
    for row in said.rows[:MOST_ROWS]:
        cells = zip(row.measures, row.missed, strict=True)
        told = [Text(cell, style="red" if missed else "") for cell, missed in cells]
        table.add_row(row.id, *row.settings, *told, style="dim" if any(row.missed) else "")
    return table


def _grid(settings: Sequence[str], others: Sequence[str]) -> Table:
    """A table of points, in which long names of settings are folded."""
    heads = ["\n".join(wrap(head, WIDEST_HEAD)) for head in others]
    table = grid(["Point", *settings, *heads], words=1 + len(settings))
    for column in table.columns[1 : 1 + len(settings)]:
        column.overflow = "fold"
    return table


def _and_more(table: RenderableType, rows: int) -> list[RenderableType]:
    more = rows - MOST_ROWS
    return [table, f"and {more:,} more"] if more > 0 else [table]


def _complain(found: "SweepFolder") -> None:
    """Say what failed, and what can be done."""
    failed = found.failed
    for name, message in list(failed.items())[:MOST_ROWS]:
        complain(f"{name} failed: {message}", style="red")
    if failed:
        complain(f"{len(failed):,} failed; `desksim sweep retry {found.folder}` tries them anew")


def several(number: int, thing: str) -> str:
    """`1 point`, `2,000 points`."""
    return f"{number:,} {thing}{'s' * (number != 1)}"


def _duration(seconds: float) -> str:
    """`40 s`, `0:05:00`."""
    return f"{seconds:.0f} s" if seconds < 60 else str(timedelta(seconds=round(seconds)))


def telling(told: Told) -> Callable[["Standing"], None]:
    """Says how far it is, how fast, how long it will take, and what failed."""
    begin = time.monotonic()

    def tell(standing: "Standing") -> None:
        over = standing.kept + standing.done
        finished = max(standing.done, 1)
        seconds = time.monotonic() - begin
        words = f"{over:,} of {standing.tasks:,} runs"
        if standing.done:
            left = (standing.tasks - over) * seconds / finished
            words += f", {finished / max(seconds, 1e-9):,.2g} a second, {_duration(left)} left"
        if standing.failed:
            words += f", {standing.failed:,} failed"
        told(words, over / max(standing.tasks, 1))

    return tell


def rehearsal(plan: "SweepPlan", folder: Path, workers: int | None) -> None:
    """Show the points, and how long it would take."""
    from sim.api.sweep_answer import short
    from sim.api.sweeping import missing_of, seconds_of_a_task
    from sim.study.execution import cores

    table = _grid(short(plan.settings), [])
    for one in plan.points[:MOST_ROWS]:
        written = one.point.written
        table.add_row(one.point.id, *(written.get(key, "") for key in plan.settings))
    number, missing = len(plan.tasks()), len(missing_of(plan, folder))
    points = several(len(plan.points), "point")
    kept = f", of which {folder} has {number - missing:,}" if missing < number else ""
    say(f"{points} of {several(plan.replications, 'replication')}: {number:,} runs{kept}.")
    answer(*_and_more(table, len(plan.points)))
    if missing:
        processes = min(workers or cores(), missing)
        seconds = seconds_of_a_task(plan)
        took = f"One run takes {seconds:,.1f} s here"
        whole = _duration(seconds * missing / processes)
        say(f"\n{took}: about {whole} on {several(processes, 'core')}.")
