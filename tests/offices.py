"""Small scenarios for tests of the people: an office, and what is different about it."""

from collections.abc import Mapping
from typing import Any

from sim.scenario.schema import Scenario

PEOPLE: dict[str, Any] = {
    "users": 3,
    "fleet": "desks",
    "shift": {"start": "09:00", "spread": "none"},
    "session_length": "8 h",
    "endings": {"logoff": "100 %"},
}
"""Three people who work from 09:00 to 17:00 UTC to the millisecond, Monday to Friday."""

FLEET: dict[str, Any] = {"bundle": "standard", "running_mode": "AutoStop"}


def people(**changes: Any) -> dict[str, Any]:
    """The people above with other settings; None leaves a setting out."""
    settings = {**PEOPLE, **changes}
    return {name: value for name, value in settings.items() if value is not None}


def profile(hourly: Any, **changes: Any) -> dict[str, Any]:
    """People who come at 168 hourly rates, or at one."""
    rates = [hourly] * 168 if isinstance(hourly, int | float) else hourly
    return people(shift=None, weekly_profile={"hourly": rates}, **changes)


def scenario(
    populations: Mapping[str, Any] | None = None,
    *,
    start: str = "2026-09-01",
    horizon: Any = "7 d",
    **settings: Any,
) -> Scenario:
    """A scenario of one fleet; its only population is called `office` unless others are given.

    2026-09-01 is a Tuesday.
    """
    written = {
        "version": 1,
        "name": "office",
        "region": "us-east-1",
        "start": start,
        "horizon": horizon,
        "prices": {"book": "prices.csv"},
        "fleets": {"desks": FLEET},
        "populations": {"office": people()} if populations is None else populations,
        **settings,
    }
    return Scenario.model_validate(written)
