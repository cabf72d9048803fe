"""Settings given in Python, as the command line would say them.

A scenario remembers what was laid over its file as text, so that it can be read again anywhere.
JSON text is YAML text, whatever the value holds.
"""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from numbers import Integral, Real
from pathlib import PurePath

from sim.scenario.document import Node
from sim.scenario.errors import Origin, Problem, ScenarioError
from sim.scenario.layers import layer


def as_overrides(settings: Mapping[str, object], first: int = 0) -> list[str]:
    """`{"fleets.office.autostop_timeout": "2 h"}` as `fleets.office.autostop_timeout="2 h"`.

    Args:
        settings: text, numbers, dates, paths, lists and mappings of these, or None, by setting.
        first: how many overrides come before them, for the place of an error.

    Raises:
        ScenarioError: with every name that is not one of a setting.
        TypeError: for a value that no scenario file can hold.
    """
    problems: list[Problem] = []
    for number, setting in enumerate(settings, first):
        at = Origin(f"--set[{number}]", 1, 1)
        try:
            # What is no setting could say another one: `a=b` with 1 would be `a` with `b=1`.
            layer(setting, Node(None, at), at)
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return [f"{setting}={_written(setting, value)}" for setting, value in settings.items()]


def _written(setting: str, value: object) -> str:
    def plain(part: object) -> object:
        match part:
            case Integral():
                return int(part)
            case Real() | Decimal():
                return float(part)
            case date():
                return part.isoformat()
            case PurePath():
                return str(part)
        kinds = "text, a number, a date, a list, a mapping or None"
        raise TypeError(f"{setting}: expected {kinds}, got {type(part).__name__}")

    return json.dumps(value, default=plain)
