"""`desksim explain`: one desktop's story, or one user's, from a written result."""

import json
from datetime import datetime
from pathlib import Path

import click

from sim.cli.instants import instant
from sim.cli.terminal import answer, say


@click.command(short_help="Tell what happened to one desktop, or one user.")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--desktop", metavar="ID", help="The desktop, by its name or its user's.")
@click.option("--user", metavar="NAME", help="A user, of a pool or with desktops of their own.")
@click.option(
    "--from",
    "begin",
    callback=instant,
    metavar="INSTANT",
    help="From when on, by default from the start of the measured time: 2026-09-07.",
)
@click.option(
    "--to",
    "end",
    callback=instant,
    metavar="INSTANT",
    help="Until when, by default to the end of the run.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON document.")
@click.option(
    "--picture",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Draw the days below each other, as .svg or .png.",
)
@click.option(
    "--rows",
    "most",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    metavar="NUMBER",
    help="Rows of each list that are shown; 0 for all.",
)
def explain(
    *,
    run: Path,
    desktop: str | None,
    user: str | None,
    begin: datetime | None,
    end: datetime | None,
    as_json: bool,
    picture: Path | None,
    most: int,
) -> None:
    """Tell the story of one desktop in the result folder RUN.

    Its months, its time in each state, its charges, what went wrong, and every logon, session,
    metered run and state. --user tells that of a user, who may be one of a pool.
    """  # fmt: skip
    if (desktop is None) == (user is None):
        raise click.UsageError("expected one of --desktop and --user")
    from sim.api.explain import document
    from sim.api.stored import stored
    from sim.api.story import story

    told = story(stored(run), desktop=desktop, user=user, begin=begin, end=end)
    if picture is not None:
        from sim.api.timeline import write_picture

        write_picture(told, picture)
    found = document(told)
    if as_json:
        say(json.dumps(found, indent=2, ensure_ascii=False))
        return
    from sim.cli.story import screen

    answer(*screen(found, most or None))
    if picture is not None:
        say(f"\nDrawn in {picture}.")
