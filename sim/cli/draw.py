"""`desksim draw`: a picture of what a written result went through, as a file."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.instants import day_or_instant
from sim.cli.terminal import say

if TYPE_CHECKING:
    from sim.api.picture import Picture
    from sim.api.pictures import Pictured


@click.command(short_help="Draw a fleet's states or week, or an hour of logons.")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--states", metavar="FLEET", help="States of a fleet or pool: time, money, changes.")
@click.option("--week", metavar="FLEET", help="A week of a fleet or pool, desktop by desktop.")
@click.option("--replay", is_flag=True, help="An hour of logons, minute by minute.")
@click.option(
    "--from",
    "begin",
    callback=day_or_instant,
    metavar="INSTANT",
    help="A day of the week, or when the hour begins: 2026-09-07, 2026-09-07T09:00Z; by default "
    "the week of the first outage, or the first whole one, and the hour in which most waited.",
)
def draw(
    *,
    run: Path,
    file: Path,
    states: str | None,
    week: str | None,
    replay: bool,
    begin: date | None,
) -> None:
    """Draw what happened in the result folder RUN to FILE, as .svg or .png.

    What the picture shows is printed in words.
    """
    if [states is not None, week is not None, replay].count(True) != 1:
        raise click.UsageError("expected one of --states, --week and --replay")
    if states is not None and begin is not None:
        raise click.UsageError("--from says nothing of --states, which are of the whole run")
    from sim.api.picture import check_suffix
    from sim.api.pictures import stored_pictures

    check_suffix(file)
    picture = _picture(stored_pictures(run), states, week, begin)
    picture.write(file)
    say(f"{picture.title}. {picture.description}\n\nDrawn in {file}.")


def _picture(
    source: "Pictured", states: str | None, week: str | None, begin: date | None
) -> "Picture":
    if states is not None:
        return source.state_picture(states)
    if week is not None:
        return source.week_picture(week, begin)
    if begin is not None and not isinstance(begin, datetime):
        begin = datetime(begin.year, begin.month, begin.day, tzinfo=UTC)
    picture = source.replay_picture(begin)
    if picture is None:
        raise click.UsageError("nobody came in a whole hour, so there is nothing to replay")
    return picture
