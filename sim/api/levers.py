"""What would change the answer most, as far as it can be told without simulating anything again."""

from decimal import Decimal
from typing import TYPE_CHECKING

from sim.pricing import price_moves
from sim.report.contents import Lever, Margin
from sim.study.break_even import BreakEven, break_evens

if TYPE_CHECKING:
    from sim.api.results import Run

MOST_LEVERS = 8
"""Levers listed; what smaller prices move together stands in one more."""


def levers(run: "Run") -> list[Lever]:
    """What moves the total by itself, the largest first: prices, and running modes of AutoStop."""
    modes = [_mode(found) for found in _margins(run) if found.saved]
    prices = [
        Lever(what=f"{move.item} 10 % dearer", moved=move.moved, note=", ".join(move.charges))
        for move in price_moves(run.lines)
        if move.moved
    ]
    kept = _largest([*modes, *prices])[:MOST_LEVERS]
    left = [lever for lever in prices if lever not in kept]
    if len(left) > 1:
        moved = sum((lever.moved for lever in left), Decimal(0))
        kept.append(Lever(what=f"{len(left)} other prices 10 % dearer, all at once", moved=moved))
    return _largest([*kept, *(left if len(left) == 1 else ())])


def margins(run: "Run") -> list[Margin]:
    """How near AutoStop desktops are to their break-even, in the order of the file."""
    return [
        Margin(
            fleet=found.fleet,
            hours=found.hours,
            months=found.months,
            beyond=found.beyond,
            near=found.near,
        )
        for found in _margins(run)
    ]


def _margins(run: "Run") -> list[BreakEven]:
    return break_evens(run.scenario.spec, run.charges_table, run.prices)


def _mode(found: BreakEven) -> Lever:
    return Lever(
        what=f"{found.fleet} on AlwaysOn in the months in which that had been cheaper",
        moved=-found.saved,
        note=f"{found.beyond:,} of {found.months:,} months of a desktop",
    )


def _largest(found: list[Lever]) -> list[Lever]:
    return sorted(found, key=lambda lever: -abs(lever.moved))
