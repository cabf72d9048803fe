"""What a value in a file may mean: each reader takes what YAML gives and refuses the rest in words.

Readers raise `ValueError` with what was expected and what was got; places are added later.
"""

import ast
import os
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from pathlib import Path, PurePath
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from cronsim import CronSim, CronSimError

from sim.scenario.errors import did_you_mean, shown
from sim.units import DAY, HOUR, MINUTE, Millis, parse_duration
from sim.units.money import decimal_text

LONGEST: Millis = 36_525 * DAY
"""Longest duration in a scenario: a century. Sums of a few fit the 64-bit columns of the facts."""

_NAME = r"[^\W_][\w .-]{0,63}"
MOST_LETTERS = 64
SHORT_NAME = "[a-z0-9][a-z0-9-]{0,63}"
REGION = "[a-z]{2,3}(-[a-z]+)+-[0-9]{1,2}"
_FUNCTION = re.compile(r".+:[^\W\d]\w*")
_AWS_CRON = re.compile(r"cron\((.*)\)", re.IGNORECASE)
_DAY_NUMBER = re.compile(r"(?<![#/\d])\d+")
_YEARS = range(1970, 2200)


class WrittenText(str):
    """Text from a file, which knows the folder that relative paths in it are relative to."""

    __slots__ = ("folder",)
    folder: PurePath

    def __new__(cls, text: str, folder: PurePath) -> "WrittenText":
        """Text that was written in a file of `folder`."""
        made = super().__new__(cls, text)
        made.folder = folder
        return made


def duration(value: object) -> Millis:
    """Milliseconds of a duration up to a century."""
    millis = parse_duration(value)
    if millis > LONGEST:
        raise ValueError(f"expected at most {LONGEST // DAY} d, got {value!r}")
    return millis


def autostop_timeout(value: object) -> Millis:
    """Milliseconds of whole hours from 1 to 48."""
    millis = parse_duration(value)
    if millis % HOUR or not 1 <= millis // HOUR <= 48:
        raise ValueError(f"expected whole hours from 1 h to 48 h, got {shown(value)}")
    return millis


def whole_number(value: object) -> object:
    """A whole number as it is; everything else is refused."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"expected a whole number, got {shown(value)}")
    return value


def number(value: object) -> object:
    """A finite number as it is; everything else is refused."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"expected a number, got {shown(value)}")
    if not isfinite(value):
        raise ValueError(f"expected a finite number, got {shown(value)}")
    return value


def name(value: object) -> object:
    """A name that shows well in tables."""
    if not isinstance(value, str) or not re.fullmatch(_NAME, value):
        raise ValueError(
            "expected a name of up to 64 letters, digits, spaces, dots, hyphens and underscores "
            f"that begins with a letter or digit, got {shown(value)}"
        )
    return value


def short_name(value: object) -> object:
    """A name that is good for files and folders."""
    if not isinstance(value, str) or not re.fullmatch(SHORT_NAME, value):
        raise ValueError(
            f"expected up to 64 lower-case letters, digits and hyphens, got {shown(value)}"
        )
    return value


def region(value: object) -> object:
    """The code of a Region."""
    if not isinstance(value, str) or not re.fullmatch(REGION, value):
        raise ValueError(f"expected a Region such as us-east-1, got {shown(value)}")
    return value


def quantity(value: object) -> Decimal:
    """An exact number of units, zero or more."""
    text = decimal_text(value)
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,10})?", text):
        raise ValueError(
            f"expected a number of at least 0 with at most 10 decimals, got {shown(value)}"
        )
    return Decimal(text)


def day(value: object) -> date:
    """A date, or ISO-8601 text of one."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError(f"expected a date such as 2026-12-25, got {shown(value)}") from None


def time_zone(value: object) -> str:
    """The name of a time zone that the system or `tzdata` knows."""
    if not isinstance(value, str):
        raise ValueError(f"expected a time zone such as Europe/London, got {shown(value)}")
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(value, available_timezones())
        raise ValueError(f"unknown time zone {value!r}{hint}") from None
    return value


def input_file(value: object) -> object:
    """Resolve a path written in a file; a path that Python code gives is taken as it is."""
    if value == "":
        raise ValueError("expected the path of a file, got ''")
    if not isinstance(value, WrittenText):
        return value
    path = os.path.normpath(value.folder / value)
    # Unlike `Path.is_file`, these two never raise, whatever is written.
    if os.path.isdir(path):  # noqa: PTH112
        raise ValueError(f"expected a file, got the folder {value!r}")
    if not os.path.isfile(path):  # noqa: PTH113
        raise ValueError(f"expected a file, found none at {value!r}")
    return path


def function_reference(value: object) -> object:
    """Resolve `mymodule:decide` to `/folder/mymodule.py:decide`, where the file defines it.

    The file is looked at and not run. What Python code gives is taken as it is.
    """
    expected = "expected a function such as 'mymodule:decide'"
    if not isinstance(value, str) or not _FUNCTION.fullmatch(value):
        raise ValueError(f"{expected}, got {shown(value)}")
    if not isinstance(value, WrittenText):
        return value
    module, _, function = value.rpartition(":")
    file = module if module.endswith(".py") else module.replace(".", "/") + ".py"
    path = os.path.normpath(value.folder / file)
    if not os.path.isfile(path):  # noqa: PTH113 - false for what cannot be a path at all
        raise ValueError(f"{expected} with {file} beside the scenario, found no such file")
    try:
        defined = _functions(path)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"{expected}, and {file} is not Python: {error}") from None
    if function not in defined:
        hint = did_you_mean(function, defined)
        raise ValueError(f"{expected}, and {file} defines no function '{function}'{hint}")
    return f"{path}:{function}"


def _functions(path: str) -> list[str]:
    """Names of the functions that a Python file defines at its top."""
    tree = ast.parse(Path(path).read_bytes())
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


def cron(value: object) -> object:
    """Five cron fields, checked; the six of AWS, `cron(0 8 ? * MON-FRI *)`, become five."""
    expected = "expected a cron expression such as '0 8 * * mon-fri'"
    if not isinstance(value, str):
        raise ValueError(f"{expected}, got {shown(value)}")
    inside = _AWS_CRON.fullmatch(value.strip())
    fields = (inside[1] if inside else value).split()
    if inside:
        if len(fields) != 6:
            raise ValueError(f"expected six fields in cron(...), got {shown(value)}")
        if fields.pop() != "*":
            raise ValueError(f"expected '*' for the year, got {shown(value)}")
        # AWS counts the days of the week from 1, Sunday; cron from 0.
        fields[4] = _DAY_NUMBER.sub(lambda found: str(int(found[0]) - 1), fields[4])
    if len(fields) != 5:
        raise ValueError(f"{expected} of five fields, got {shown(value)}")
    text = " ".join("*" if one == "?" else one for one in fields)
    try:
        CronSim(text, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise ValueError(f"{expected}, got {shown(value)} ({str(error).lower()})") from None
    return text


def instant(value: object) -> datetime:
    """Read a UTC instant from a date (00:00 UTC of it) or ISO-8601 text with an offset."""
    aware = _aware(value)
    if aware.year not in _YEARS:
        raise ValueError(f"expected a year from {_YEARS[0]} to {_YEARS[-1]}, got {aware.year}")
    return aware.astimezone(UTC)


def day_or_instant(value: str) -> date:
    """Read a date as the day that it is on any clock, or ISO-8601 text as a UTC instant."""
    found = instant(value)
    try:
        return date.fromisoformat(value)
    except ValueError:
        return found


def _aware(value: object) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(
                "expected a date such as 2026-09-01 or an instant such as "
                f"2026-09-01T09:00+02:00, got {shown(value)}"
            ) from None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            if value.time() != datetime.min.time():
                raise ValueError(
                    f"expected an offset such as Z or +02:00 after the time, got {value}"
                )
            return value.replace(tzinfo=UTC)
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise ValueError(f"expected a date such as 2026-09-01, got {shown(value)}")


def time_of_day(value: object) -> Millis:
    """Read a local time of day from `09:00` as milliseconds since midnight."""
    found = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", value) if isinstance(value, str) else None
    if found and int(found[1]) < 24 and int(found[2]) < 60:
        return (int(found[1]) * 60 + int(found[2])) * 60_000
    raise ValueError(f"expected a local time of day such as '09:00', got {shown(value)}")


def time_of_day_text(millis: Millis) -> str:
    """`09:00` for nine hours after midnight."""
    return f"{millis // HOUR:02d}:{millis // MINUTE % 60:02d}"


def share_text(share: float) -> str:
    """`12.5 %` for 0.125, with the digits that make it the same number again."""
    percent = (Decimal(repr(share)) * 100).normalize()
    return f"{percent:f} %"


def instant_text(at: datetime) -> str:
    """`2026-09-01T00:00:00Z`."""
    return at.replace(tzinfo=None).isoformat() + "Z"
