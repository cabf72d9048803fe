"""Text from a scenario in cells, headers and defined names.

Somebody's name may begin with `=`, hold a line break or be a kilometre long. In a cell it is a
string, never a formula, also after somebody has edited the cell; what cannot stand in a file of
Excel is shown as the sign for a character that cannot be shown.
"""

import re
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal, localcontext

LONGEST_NAME = 200
"""Characters of a name: more than a scenario's names have, and fit for a list to choose from."""
LONGEST_TEXT = 8000
"""Characters of any other text; Excel takes 32,767."""

_SHOWN_AS_SPACE = re.compile(r"[\t\n\r\v\f\x85\u2028\u2029]")
_CANNOT_BE_SHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NO_NAME = re.compile(r"[^A-Za-z0-9]+")


def clean(value: str, longest: int = LONGEST_TEXT) -> str:
    """Text that every spreadsheet shows as it stands, on one line."""
    shown = _CANNOT_BE_SHOWN.sub("\N{REPLACEMENT CHARACTER}", _SHOWN_AS_SPACE.sub(" ", value))
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet may take it for a formula when somebody edits the cell."""
    return text.lstrip().startswith(("=", "+", "-", "@"))


def labels(names: Iterable[str], *taken: str) -> list[str]:
    """Names as they are shown, no two alike, not even but for upper and lower case.

    Args:
        names: any text; an empty one is shown as `(shared)`.
        taken: labels that stand already.
    """
    known = {label.casefold() for label in taken}
    return list(_apart((clean(name, LONGEST_NAME) or "(shared)" for name in names), known, " ({})"))


def defined_names(prefix: str, words: Iterable[str]) -> list[str]:
    """Names for cells: `price_nat_hour`, of letters, digits and underlines, no two alike."""
    plain = (f"{prefix}_{_NO_NAME.sub('_', text).strip('_').lower()}" for text in words)
    return list(_apart((name[:LONGEST_NAME] for name in plain), set(), "_{}"))


def _apart(names: Iterable[str], known: set[str], tail: str) -> Iterator[str]:
    for name in names:
        found, number = name, 1
        while found.casefold() in known:
            number += 1
            found = name + tail.format(number)
        known.add(found.casefold())
        yield found


def in_header(text: str, longest: int = 60) -> str:
    """Text for the header of a page, where `&` begins a command."""
    return clean(text, longest).replace("&", "&&")


def rounded(value: Decimal | float, places: int) -> Decimal:
    """Round as a spreadsheet does: half away from zero, of the fifteen digits that it knows."""
    known = Decimal(format(float(value), ".15g"))
    return known.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def to_places(value: Decimal, places: int) -> Decimal:
    """Round an exact amount, however many digits it has."""
    with localcontext(prec=80):
        return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
