"""The kinds of value a scenario file holds, each refusing what it cannot mean."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from sim.units import HOUR, Millis, format_duration, parse_duration, parse_gigabytes, parse_money, parse_share
from sim.units.money import Money


class Specification(BaseModel):
    """A frozen part of a scenario: data and nothing else."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=False, use_attribute_docstrings=True
    )


def _timeout(value: object) -> Millis:
    millis = parse_duration(value)
    if millis % HOUR or not 1 <= millis // HOUR <= 48:
        raise ValueError(f"expected whole hours from 1 h to 48 h, got {value!r}")
    return millis


def _whole_number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"expected a whole number, got {value!r}")
    return value


def _instant(value: object) -> datetime:
    """Read a UTC instant from a date (00:00 UTC of it) or ISO-8601 text with an offset."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(
                f"expected a date such as 2026-09-01 or an instant such as 2026-09-01T09:00+02:00, got {value!r}"
            ) from None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            if value.time() != datetime.min.time():
                raise ValueError(f"expected an offset such as Z or +02:00 after the time, got {value}")
            return value.replace(tzinfo=UTC)
        return value.astimezone(UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise ValueError(f"expected a date such as 2026-09-01, got {value!r}")


def _time_of_day(value: object) -> Millis:
    """Read a local time of day from `09:00` as milliseconds since midnight."""
    text = value if isinstance(value, str) else ""
    hours, colon, minutes = text.partition(":")
    if colon and hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2:
        total = int(hours) * 60 + int(minutes)
        if int(hours) < 24 and int(minutes) < 60:
            return total * 60_000
    raise ValueError(f"expected a local time of day such as '09:00', got {value!r}")


def _schema(description: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "description": description, "examples": list(examples)})


Duration = Annotated[
    Millis,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration),
    _schema("A duration with its unit.", "90 s", "20 min", "8 h", "1 h 30 min", "PT30M"),
]
"""A duration [ms], written with its unit."""

AutoStopTimeout = Annotated[
    Millis,
    BeforeValidator(_timeout),
    PlainSerializer(format_duration),
    _schema("Whole hours from 1 h to 48 h.", "1 h", "2 h", "4 h"),
]
"""An AutoStop timeout [ms]: whole hours, 1 to 48."""

TimeOfDay = Annotated[
    Millis,
    BeforeValidator(_time_of_day),
    PlainSerializer(lambda ms: f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}"),
    _schema("A local time of day.", "09:00", "17:30"),
]
"""A local time of day, as milliseconds since midnight."""

Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    PlainSerializer(lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ")),
    _schema("A date (00:00 UTC) or an instant with an offset.", "2026-09-01", "2026-09-01T09:00Z"),
]
"""An instant, in UTC."""

Share = Annotated[
    float,
    BeforeValidator(parse_share),
    PlainSerializer(lambda share: f"{share * 100:.10g} %"),
    _schema("A share.", "85 %", "0 %", "100 %"),
]
"""A share, 0.0 to 1.0, written with a per cent sign."""

Gigabytes = Annotated[
    int,
    BeforeValidator(parse_gigabytes),
    PlainSerializer(lambda size: f"{size} GB"),
    _schema("A size with its unit.", "80 GB", "2 TB"),
]
"""A size [GB]."""

Price = Annotated[
    Money,
    BeforeValidator(parse_money),
    PlainSerializer(str),
    WithJsonSchema(
        {"type": ["number", "string"], "description": "US dollars.", "examples": [0.22, "4.19 USD"]}
    ),
]
"""An amount of US dollars, exact."""

Count = Annotated[int, BeforeValidator(_whole_number), Field(ge=0)]
"""A whole number, zero or more."""

Positive = Annotated[int, BeforeValidator(_whole_number), Field(ge=1)]
"""A whole number, one or more."""

InputFile = Annotated[str, Field(min_length=1), WithJsonSchema({"type": "string", "format": "path"})]
"""A path of a file that the scenario reads, relative to the file that names it.

The loader replaces it by the absolute path it resolved, or by an error when there is no such file.
"""


def written(default: Any) -> Any:
    """A default as one would write it in a file, read by the same rules as the file."""
    return Field(default=default, validate_default=True)
