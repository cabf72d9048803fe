"""Instants on the command line: a date, or a time with its offset from UTC."""

from datetime import datetime

import click


def instant(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime | None:
    """Read `2026-09-01`, which is 00:00 UTC of it, or `2026-09-01T09:00Z`.

    Raises:
        click.BadParameter: for anything else.
    """
    if value is None:
        return None
    from sim.scenario import readings

    try:
        return readings.instant(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
