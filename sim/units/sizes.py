"""Shares and sizes as they are written in files."""

import re
from decimal import Decimal

_SHARE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%")
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
