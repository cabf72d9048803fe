"""Instants on the command line: a date, or a time with its offset from UTC."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar

import click

Read = TypeVar("Read")


def instant(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime | None:
    """Read `2026-09-01`, which is 00:00 UTC of it, or `2026-09-01T09:00Z`.

    Raises:
        click.BadParameter: for anything else.
    """
    if value is None:
        return None
    from sim.scenario.readings import instant as read

    return _told(read, value)


def day_or_instant(_ctx: click.Context, _param: click.Parameter, value: str | None) -> date | None:
    """Read a date as the day that it is on any clock, or a time with its offset.

    Raises:
        click.BadParameter: for anything else.
    """
    if value is None:
        return None
    from sim.scenario.readings import day_or_instant as read

    return _told(read, value)


def _told(read: Callable[[str], Read], value: str) -> Read:
    try:
        return read(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
