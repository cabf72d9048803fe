"""Shares and sizes as they are written in files."""

import re
from decimal import Decimal

_SHARE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%")
_PART = re.compile(r"([-+]?[0-9]+(?:\.[0-9]+)?)\s*%")
_MEGABYTES = re.compile(r"([0-9]{1,9})\s*(MB|MiB|GB|GiB)")
_RATE = re.compile(r"([0-9]{1,9})\s*(kbit/s|Mbit/s|Gbit/s)")
_KILOBITS = {"kbit/s": 1, "Mbit/s": 1_000, "Gbit/s": 1_000_000}
_GIGABYTES = re.compile(r"([0-9]{1,9})\s*(GB|GiB|TB|TiB)")


def parse_share(value: object) -> float:
    """Read a share from `'85 %'` as 0.85.

    Raises:
        ValueError: for a bare number (0.85 and 85 would both be plausible) or above 100 %.
    """
    found = _SHARE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"expected a share such as '85 %', got {value!r}")
    share = float(Decimal(found[1]).scaleb(-2))
    if share > 1:
        raise ValueError(f"expected a share from 0 % to 100 %, got {value!r}")
    return share


def parse_part(value: object) -> float:
    """Read a part of something, which may be more than the whole or negative: `'120 %'` as 1.2.

    Raises:
        ValueError: for a bare number.
    """
    found = _PART.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"expected a part such as '120 %' or '-2 %', got {value!r}")
    return float(Decimal(found[1]).scaleb(-2))


def parse_gigabytes(value: object) -> int:
    """Read a size [GB] from `'80 GB'`, `'192 GiB'` or `'2 TB'`.

    The provider sells memory and volumes in units of 2**30 bytes and writes GB; both spellings mean
    the same here, and 1 TB is 1024 of them.

    Raises:
        ValueError: for a bare number or an unknown unit.
    """
    found = _GIGABYTES.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"expected a size such as '80 GB', got {value!r}")
    return int(found[1]) * (1024 if found[2].startswith("T") else 1)


def parse_megabytes(value: object) -> int:
    """Read a size [MB] from `'500 MB'` or `'1 GB'`, which is 1024 of them, each 2**20 bytes.

    Raises:
        ValueError: for a bare number or an unknown unit.
    """
    found = _MEGABYTES.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"expected a size such as '500 MB' or '1 GB', got {value!r}")
    return int(found[1]) * (1024 if found[2].startswith("G") else 1)


def parse_rate(value: object) -> int:
    """Read a rate of transfer [kbit/s], a thousand bits a second, from `'200 Mbit/s'`.

    Raises:
        ValueError: for a bare number, an unknown unit, or no rate at all.
    """
    found = _RATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found or not int(found[1]):
        raise ValueError(f"expected a rate such as '200 Mbit/s' or '1 Gbit/s', got {value!r}")
    return int(found[1]) * _KILOBITS[found[2]]


def format_rate(rate: int) -> str:
    """Write a rate [kbit/s] so that `parse_rate` reads it: `200 Mbit/s`, `350 kbit/s`."""
    whole, rest = divmod(rate, 1_000)
    return f"{rate} kbit/s" if rest else f"{whole} Mbit/s"
