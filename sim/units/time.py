"""Durations in milliseconds, and UTC calendar months on the millisecond axis."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches

Millis = int
"""Milliseconds since the scenario's start (or a duration). An alias: sums of it stay plain
integers."""

SECOND: Millis = 1_000
MINUTE: Millis = 60 * SECOND
HOUR: Millis = 60 * MINUTE
DAY: Millis = 24 * HOUR
WEEK: Millis = 7 * DAY

_UNITS: dict[str, Millis] = {
    "ms": 1,
    "s": SECOND,
    "sec": SECOND,
    "second": SECOND,
    "seconds": SECOND,
    "min": MINUTE,
    "minute": MINUTE,
    "minutes": MINUTE,
    "h": HOUR,
    "hour": HOUR,
    "hours": HOUR,
    "d": DAY,
    "day": DAY,
    "days": DAY,
    "w": WEEK,
    "week": WEEK,
    "weeks": WEEK,
}
_CALENDAR_UNITS = {"month", "months", "year", "years", "mo", "y", "m"}
_WHOLE = "[0-9]{1,15}"
_NUMBER = rf"{_WHOLE}(?:\.[0-9]{{1,9}})?"
_PART = re.compile(rf"\s*({_NUMBER})\s*([A-Za-z]+)\s*")
_ISO = re.compile(
    rf"P(?:(?P<w>{_WHOLE})W)?(?:(?P<d>{_WHOLE})D)?"
    rf"(?:T(?:(?P<h>{_WHOLE})H)?(?:(?P<min>{_WHOLE})M)?(?:(?P<s>{_NUMBER})S)?)?"
)
_EXPECTED = "a duration with a unit, such as '90 s', '60 min', '8 h' or 'PT30M'"


def parse_duration(text: object) -> Millis:
    """Read a duration [ms] from text such as `90 s`, `1 h 30 min` or ISO-8601 `PT30M`.

    Raises:
        ValueError: for a bare number, an unknown unit, a calendar unit (months and years have no
            fixed length), or a duration that is not a whole number of milliseconds.
    """
    if not isinstance(text, str):
        raise ValueError(f"expected {_EXPECTED}, got {text!r}")
    stripped = text.strip()
    iso = _ISO.fullmatch(stripped)
    if iso and len(stripped) > 1 and not stripped.endswith("T"):
        parts = [(value, unit) for unit, value in iso.groupdict().items() if value]
    else:
        parts = _PART.findall(stripped)
        if not parts or _PART.sub("", stripped):
            raise ValueError(f"expected {_EXPECTED}, got {text!r}")
    return sum(_exact_millis(value, unit, text) for value, unit in parts)


def _exact_millis(value: str, unit: str, text: object) -> Millis:
    if unit not in _UNITS:
        if unit.lower() in _CALENDAR_UNITS:
            raise ValueError(
                f"expected a unit of fixed length (s, min, h, d, w), got {text!r}; "
                "minutes are 'min', and a month is a billing period, not a duration"
            )
        near = get_close_matches(unit, list(_UNITS), n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise ValueError(f"unknown time unit '{unit}' in {text!r}{hint} (use s, min, h, d, w)")
    whole, _, fraction = value.partition(".")
    scale = int(10 ** len(fraction))
    scaled = int(whole + fraction) * _UNITS[unit]
    if scaled % scale:
        raise ValueError(f"expected a whole number of milliseconds, got {text!r}")
    return scaled // scale


def format_duration(millis: Millis) -> str:
    """Write a duration the way `parse_duration` reads it, days first: `30 d`, `1 h 30 min`."""
    if millis == 0:
        return "0 s"
    rest, words = abs(millis), []
    for unit in ("d", "h", "min", "s", "ms"):
        count, rest = divmod(rest, _UNITS[unit])
        if count:
            words.append(f"{count} {unit}")
    return ("-" if millis < 0 else "") + " ".join(words)


@dataclass(frozen=True, order=True)
class Month:
    """One UTC calendar month, whole: its name and its span on the millisecond axis."""

    name: str
    """`2026-09`."""
    start: Millis
    end: Millis

    @property
    def length(self) -> Millis:
        """Length of the whole calendar month [ms]: 28 to 31 days."""
        return self.end - self.start


@dataclass(frozen=True)
class Calendar:
    """The scenario's millisecond axis laid over UTC: where instants, months and weeks fall."""

    start: datetime
    """The instant of millisecond 0 (aware, UTC)."""

    def millis(self, instant: datetime) -> Millis:
        """Milliseconds from `start` to an aware `instant`, rounded towards the past."""
        return (instant - self.start) // timedelta(milliseconds=1)

    def instant(self, millis: Millis) -> datetime:
        """The UTC instant of a millisecond."""
        return self.start + timedelta(milliseconds=int(millis))

    def isoformat(self, millis: Millis) -> str:
        """ISO-8601 text of an instant in UTC, with `Z`; milliseconds only when there are any."""
        instant = self.instant(millis)
        spec = "milliseconds" if instant.microsecond else "seconds"
        return instant.replace(tzinfo=None).isoformat(timespec=spec) + "Z"

    def month_at(self, millis: Millis) -> Month:
        """The UTC calendar month that holds a millisecond; it may begin before millisecond 0."""
        instant = self.instant(millis)
        first = datetime(instant.year, instant.month, 1, tzinfo=UTC)
        following = (first + timedelta(days=32)).replace(day=1)
        return Month(f"{first:%Y-%m}", self.millis(first), self.millis(following))

    def months(self, begin: Millis, end: Millis) -> list[Month]:
        """The UTC calendar months that meet `[begin, end)`, whole, in order."""
        found: list[Month] = []
        at = begin
        while at < end:
            found.append(self.month_at(at))
            at = found[-1].end
        return found
