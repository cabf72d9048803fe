"""Each assumption of a report lower and higher, one at a time: what a tornado is made of.

A number, a duration, a size or a rate is halved and doubled; of a distribution all its times are,
so that its shape stays. A share has its odds halved and doubled, which leaves it a share; of shares
that make a whole each in turn, the others in proportion. Of named choices each other one is taken.

Fleets, pools or populations that have the same value of a setting share one assumption, which is
varied in all of them at once: `fleets.*.stop_delay`, `populations.{staff, field}.patience`.

Prices are left out, since what they do is known without simulating anything; and so is what has no
half and no other choice: a date, a list, a table, what is off, zero. Whether the schema takes the
other value is for whoever sets it to find.
"""

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, get_args, get_origin

from sim.scenario.assumptions import together, value_at
from sim.scenario.errors import Path, dotted
from sim.scenario.outline import members, parts_at
from sim.scenario.resolved import flow, written_form
from sim.scenario.schema import Scenario
from sim.units import format_duration, parse_duration

_FACTORS = (("half", Decimal("0.5")), ("double", Decimal(2)))

_SHARE = re.compile(r"(\d+(?:\.\d+)?) %")
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?) ([A-Za-z]\S*)")
_GRAIN = Decimal("0.0001")
"""Of shares that are made here [%]."""


class UnvariedError(ValueError):
    """Why a value has no lower and no higher one."""


@dataclass(frozen=True)
class Other:
    """Another value of an assumption."""

    label: str
    """In a word or two: `half`, `2 min`, `clock_hour`."""
    value: str
    """In full, as one would write it."""
    settings: Mapping[str, Any]
    """What to set."""


@dataclass(frozen=True)
class Variation:
    """An assumption, and what else it is set to."""

    setting: str
    """`billing.rounding`, `fleets.*.stop_delay`, `populations.staff.endings.logoff`."""
    value: str
    """As it is, in full."""
    label: str
    """The same in a word or two."""
    others: tuple[Other, ...]


def variations(scenario: Scenario) -> tuple[list[Variation], dict[str, str]]:
    """The assumptions with their other values, and why others are left out, by setting."""
    written = written_form(scenario, str)
    found: list[Variation] = []
    left: dict[str, str] = {}
    for setting, paths in together(scenario, lambda path: flow(value_at(written, path))):
        try:
            for below, value, others in _alternatives(paths[0], value_at(written, paths[0])):
                name, now = ".".join([setting, *below]), flow(_inside(value, below))
                made = (
                    Other(label, flow(_inside(new, below)), _set(written, paths, new))
                    for label, new in others
                )
                if different := tuple(other for other in made if other.value != now):
                    bare = _inside(value, below)
                    label = "as it is" if isinstance(bare, dict) else _short(bare)
                    found.append(Variation(name, now, label, different))
        except UnvariedError as error:
            left[setting] = str(error)
    return found, left


Alternatives = Iterator[tuple[Sequence[str], Any, list[tuple[str, Any]]]]
"""Of a part of a value: where in it, the whole value, and labels with other whole values."""


def _alternatives(path: Path, value: Any) -> Alternatives:
    """Other values; several times where a value has parts that vary each by itself."""
    if path[0] == "prices":
        raise UnvariedError("a price: what it does is told without simulating")
    if value is None:
        raise UnvariedError("is off, or has no limit")
    choices = _choices(path)
    if value in choices:
        yield (), value, [(flow(other), other) for other in choices if other != value]
    elif not isinstance(value, dict):
        yield (), value, [(_short(new), new) for _, new in _scaled(value)]
    elif all(isinstance(part, str) and _SHARE.fullmatch(part) for part in value.values()):
        yield from _shares(value)
    elif len(value) == 1:
        yield (), value, _scaled(value)
    else:
        for key, part in value.items():
            scaled = [new for _, new in _scaled(part)]
            yield (str(key),), value, [(_short(new), {**value, key: new}) for new in scaled]


def _choices(path: Path) -> list[Any]:
    """The named values that may stand at a path."""
    *above, key = path
    (part,) = parts_at(tuple(above))
    found: list[Any] = []
    for member in members(part.model_fields[str(key)].annotation):
        if member is bool:
            found += [True, False]
        elif get_origin(member) is Literal:
            found += get_args(member)
    return found


def _shares(value: Mapping[str, str]) -> Alternatives:
    """Each share of a whole with its odds halved and doubled, the others in proportion."""
    shares = {key: _percent(text) for key, text in value.items()}
    for key, share in shares.items():
        if not 0 < share < 100:
            continue
        others = []
        for _, factor in _FACTORS:
            new = _with_odds(share, factor)
            rest = (100 - new) / (100 - share)
            made = {k: (s * rest).quantize(_GRAIN) for k, s in shares.items() if k != key}
            # What rounding leaves over is nobody's but this one's.
            made[key] = 100 - sum(made.values(), Decimal(0))
            others.append((_short(_text(new)), {k: _text(made[k]) for k in value}))
        yield (key,), value, others


def _scaled(value: Any) -> list[tuple[str, Any]]:
    """A value halved and doubled, with its labels.

    Raises:
        UnvariedError: when it has no half.
    """
    return [(label, _times(value, factor)) for label, factor in _FACTORS]


def _times(value: Any, factor: Decimal) -> Any:
    match value:
        case dict():
            ((law, settings),) = value.items()
            return {law: _law_times(settings, factor)}
        case bool() | list():
            raise UnvariedError("is a list" if isinstance(value, list) else "is a switch")
        case 0:
            raise UnvariedError("zero has no half")
        case int():
            return int((value * factor).to_integral_value(ROUND_HALF_UP))
        case float():
            return value * float(factor)
        case str():
            return _text_times(value, factor)
    raise UnvariedError("is neither a number, a share nor a choice")


def _law_times(settings: Any, factor: Decimal) -> Any:
    """A distribution with all its times or sizes scaled, and its shape as it was."""
    if not isinstance(settings, dict):
        return _text_times(settings, factor)
    if "csv" in settings:
        raise UnvariedError("is a table of measurements")
    return {
        key: _text_times(part, factor) if isinstance(part, str) else part
        for key, part in settings.items()
    }


def _text_times(text: str, factor: Decimal) -> str:
    if _SHARE.fullmatch(text):
        share = _percent(text)
        if not 0 < share < 100:
            raise UnvariedError(f"{text} has no odds")
        return _text(_with_odds(share, factor).quantize(_GRAIN))
    try:
        length = parse_duration(text)
    except ValueError:
        return _amount_times(text, factor)
    if not length:
        raise UnvariedError("zero has no half")
    return format_duration(int((length * factor).to_integral_value(ROUND_HALF_UP)))


def _amount_times(text: str, factor: Decimal) -> str:
    """A size or a rate: `500 kbit/s`."""
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise UnvariedError("is neither a number, a share nor a choice")
    return f"{_plain(Decimal(found[1]) * factor)} {found[2]}"


def _with_odds(percent: Decimal, factor: Decimal) -> Decimal:
    """A share [%] whose odds are so many times as large."""
    odds = factor * percent / (100 - percent)
    return 100 * odds / (1 + odds)


def _percent(text: str) -> Decimal:
    return Decimal(text.removesuffix(" %"))


def _text(percent: Decimal) -> str:
    return f"{_plain(percent)} %"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _short(value: Any) -> str:
    """A value as a label; a share to a tenth of a percent."""
    if isinstance(value, str) and _SHARE.fullmatch(value):
        return f"{float(value.removesuffix(' %')):.3g} %"
    return flow(value)


def _inside(value: Any, below: Sequence[str]) -> Any:
    for key in below:
        value = value[key]
    return value


def _set(written: Mapping[str, Any], paths: Sequence[Path], new: Any) -> dict[str, Any]:
    """Settings that make the value of all paths another one; of a list the whole list."""
    found: dict[str, Any] = {}
    for path in paths:
        index = next((at for at, key in enumerate(path) if isinstance(key, int)), None)
        if index is None:
            found[dotted(path)] = new
            continue
        whole = dotted(path[:index])
        items = found.get(whole) or copy.deepcopy(value_at(written, path[:index]))
        *above, last = path[index:]
        part: Any = items
        for key in above:
            part = part[key]
        part[last] = new
        found[whole] = items
    return found
