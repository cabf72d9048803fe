"""The kinds of value a scenario file holds, each refusing what it cannot mean."""

import os
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from pathlib import PurePath
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializationInfo,
    Strict,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError
from typing_extensions import override

from sim.scenario.errors import did_you_mean, shown
from sim.units import (
    DAY,
    HOUR,
    Millis,
    format_duration,
    parse_duration,
    parse_gigabytes,
    parse_money,
    parse_share,
)
from sim.units.money import Money, decimal_text

LONGEST: Millis = 36_525 * DAY
"""Longest duration in a scenario: a century. Sums of a few fit the 64-bit columns of the facts."""

MOST = 2**31 - 1
"""Largest count: users, desktops and hosts are numbered in 32 bits."""

_NAME = r"[^\W_][\w .-]{0,63}"
_SHORT_NAME = "[a-z0-9][a-z0-9-]{0,63}"
_REGION = "[a-z]{2,3}(-[a-z]+)+-[0-9]{1,2}"
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


def incoherent(key: str, message: str) -> PydanticCustomError:
    """An error of a whole part of the scenario, to be shown at one `key` of it."""
    return PydanticCustomError("incoherent", "{message}", {"key": key, "message": message})


class Specification(BaseModel):
    """A frozen part of a scenario: data and nothing else."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=False, use_attribute_docstrings=True
    )


class _Shown:
    """Stands for a value in the message of a parser that shows what it got."""

    def __init__(self, value: object) -> None:
        self.value = value

    @override
    def __repr__(self) -> str:
        return shown(self.value)


def _read_by(parse: Callable[[object], Any]) -> BeforeValidator:
    """Read text and numbers with a parser of `sim.units`, which refuses everything else."""

    def read(value: object) -> Any:
        simple = isinstance(value, str | int | float | Decimal) and not isinstance(value, bool)
        return parse(value if simple else _Shown(value))

    return BeforeValidator(read)


def _duration(value: object) -> Millis:
    millis = parse_duration(value)
    if millis > LONGEST:
        raise ValueError(f"expected at most {LONGEST // DAY} d, got {value!r}")
    return millis


def _timeout(value: object) -> Millis:
    millis = parse_duration(value)
    if millis % HOUR or not 1 <= millis // HOUR <= 48:
        raise ValueError(f"expected whole hours from 1 h to 48 h, got {shown(value)}")
    return millis


def whole_number(value: object) -> object:
    """A whole number as it is; everything else is refused."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"expected a whole number, got {shown(value)}")
    return value


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"expected a number, got {shown(value)}")
    if not isfinite(value):
        raise ValueError(f"expected a finite number, got {shown(value)}")
    return value


def _name(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(_NAME, value):
        raise ValueError(
            "expected a name of up to 64 letters, digits, spaces, dots, hyphens and underscores "
            f"that begins with a letter or digit, got {shown(value)}"
        )
    return value


def _short_name(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(_SHORT_NAME, value):
        raise ValueError(
            f"expected up to 64 lower-case letters, digits and hyphens, got {shown(value)}"
        )
    return value


def _region(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(_REGION, value):
        raise ValueError(f"expected a Region such as us-east-1, got {shown(value)}")
    return value


def _quantity(value: object) -> Decimal:
    text = decimal_text(value)
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,10})?", text):
        raise ValueError(
            f"expected a number of at least 0 with at most 10 decimals, got {shown(value)}"
        )
    return Decimal(text)


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError(f"expected a date such as 2026-12-25, got {shown(value)}") from None


def _time_zone(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected a time zone such as Europe/London, got {shown(value)}")
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(value, available_timezones())
        raise ValueError(f"unknown time zone {value!r}{hint}") from None
    return value


def _input_file(value: object) -> object:
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


def _instant(value: object) -> datetime:
    """Read a UTC instant from a date (00:00 UTC of it) or ISO-8601 text with an offset."""
    instant = _aware(value)
    if instant.year not in _YEARS:
        raise ValueError(f"expected a year from {_YEARS[0]} to {_YEARS[-1]}, got {instant.year}")
    return instant.astimezone(UTC)


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


def _time_of_day(value: object) -> Millis:
    """Read a local time of day from `09:00` as milliseconds since midnight."""
    found = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", value) if isinstance(value, str) else None
    if found and int(found[1]) < 24 and int(found[2]) < 60:
        return (int(found[1]) * 60 + int(found[2])) * 60_000
    raise ValueError(f"expected a local time of day such as '09:00', got {shown(value)}")


def _schema(title: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "title": title, "examples": list(examples)})


Duration = Annotated[
    Millis,
    _read_by(_duration),
    PlainSerializer(format_duration),
    _schema("duration", "90 s", "20 min", "8 h", "1 h 30 min", "PT30M"),
]
"""A duration [ms], written with its unit."""

PositiveDuration = Annotated[Duration, Field(gt=0)]
"""A duration [ms] above zero."""

AutoStopTimeout = Annotated[
    Millis,
    _read_by(_timeout),
    PlainSerializer(format_duration),
    _schema("whole hours", "1 h", "2 h", "4 h"),
]
"""An AutoStop timeout [ms]: whole hours, 1 to 48."""

TimeOfDay = Annotated[
    Millis,
    BeforeValidator(_time_of_day),
    PlainSerializer(lambda ms: f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}"),
    _schema("time of day", "09:00", "17:30"),
]
"""A local time of day, as milliseconds since midnight."""

Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    PlainSerializer(lambda at: at.replace(tzinfo=None).isoformat() + "Z"),
    _schema("instant", "2026-09-01", "2026-09-01T09:00Z"),
]
"""An instant, in UTC."""

Share = Annotated[
    float,
    _read_by(parse_share),
    PlainSerializer(lambda share: f"{share * 100:.10g} %"),
    _schema("share", "85 %", "0 %", "100 %"),
]
"""A share, 0.0 to 1.0, written with a per cent sign."""

Gigabytes = Annotated[
    int,
    _read_by(parse_gigabytes),
    PlainSerializer(lambda size: f"{size} GB"),
    _schema("size", "80 GB", "2 TB"),
]
"""A size [GB]."""

Price = Annotated[
    Money,
    _read_by(parse_money),
    PlainSerializer(str, when_used="json"),
    WithJsonSchema(
        {"type": ["number", "string"], "title": "US dollars", "examples": [0.22, "4.19 USD"]}
    ),
]
"""An amount of US dollars, exact."""

Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "title": "date", "format": "date"}),
]
"""A calendar date."""

Count = Annotated[int, Field(ge=0, le=MOST), BeforeValidator(whole_number)]
"""A whole number, zero or more."""

Positive = Annotated[int, Field(ge=1, le=MOST), BeforeValidator(whole_number)]
"""A whole number, one or more."""

Number = Annotated[float, BeforeValidator(_number)]
"""A number; text that looks like one is refused."""

Switch = Annotated[bool, Strict()]
"""`true` or `false`, not `yes`, `on` or 1."""

Name = Annotated[
    str,
    BeforeValidator(_name),
    WithJsonSchema({"type": "string", "title": "name"}),
]
"""A name that a user gives to a fleet, a population, a zone."""


ShortName = Annotated[
    str,
    BeforeValidator(_short_name),
    WithJsonSchema({"type": "string", "title": "short name", "pattern": f"^{_SHORT_NAME}$"}),
]
"""A name for files and folders."""

Region = Annotated[
    str,
    BeforeValidator(_region),
    WithJsonSchema({"type": "string", "title": "Region", "pattern": f"^{_REGION}$"}),
]
"""A Region of the provider, by its code."""

Quantity = Annotated[
    Decimal,
    BeforeValidator(_quantity),
    PlainSerializer(str, when_used="json"),
    WithJsonSchema({"type": "number", "title": "number", "minimum": 0}),
]
"""An exact number of units on a bill."""

TimeZone = Annotated[str, BeforeValidator(_time_zone), _schema("time zone", "Europe/London", "UTC")]
"""A time zone, known to the system or to `tzdata`."""


def _written_path(path: str, info: SerializationInfo) -> str:
    """A path as the serialisation context's `path` wants it, absolute by default."""
    rewrite = info.context["path"] if info.context else str
    return str(rewrite(path))


InputFile = Annotated[
    str,
    BeforeValidator(_input_file),
    PlainSerializer(_written_path),
    WithJsonSchema({"type": "string", "title": "file", "format": "path"}),
]
"""A path of a file that the scenario reads, relative to the file that names it.

Read from a file it becomes the absolute path, or an error when there is no such file.
"""


def written(default: Any) -> Any:
    """A default as one would write it in a file, read by the same rules as the file."""
    return Field(default=default, validate_default=True)
