"""Whether everything that a scenario may be billed for has a price, in the region where it is.

A price holds in one region. A fleet or pool in Ireland that is billed at the prices of Virginia
gives a plausible bill that is wrong, so a region without prices of its own is an error, as a
missing price is. Prices that a scenario brings along, and those of a book whose column `region` is
empty, hold wherever they are asked for.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim import scenario as files
from sim.metering import possible_items
from sim.pricing import MissingPriceError, PriceBook, PriceBookError
from sim.scenario import Problem, Resolved
from sim.scenario.errors import Path as Keys
from sim.scenario.errors import dotted

if TYPE_CHECKING:
    from sim.api.loading import Scenario


def price_problems(scenario: "Scenario") -> list[Problem]:
    """What is wrong with the prices, each problem where the scenario asks for the price."""
    resolved = scenario.resolved
    try:
        book = scenario.prices
    except PriceBookError as error:
        return [_at(resolved, ("prices", "book"), problem) for problem in error.problems]
    wanted = possible_items(scenario.spec)
    return [*_missing(resolved, book, wanted), *_elsewhere(resolved, book, wanted)]


def _missing(
    resolved: Resolved, book: PriceBook, wanted: dict[str, list[Keys]]
) -> Iterator[Problem]:
    for item, paths in wanted.items():
        if item not in book:
            message = str(MissingPriceError(item, book))
            yield from (_at(resolved, path, message) for path in paths)


def _elsewhere(
    resolved: Resolved, book: PriceBook, wanted: dict[str, list[Keys]]
) -> Iterator[Problem]:
    """A problem for each setting of a region of which the book has not all prices."""
    found: dict[Keys, tuple[str, list[str], set[str]]] = {}
    for item in (item for item in wanted if item in book):
        priced_in = book[item].region
        for path in wanted[item]:
            setting, region = _region(resolved.scenario, path)
            if priced_in not in ("", region):
                _, items, regions = found.setdefault(setting, (region, [], set()))
                items.append(item)
                regions.add(priced_in)
    for setting, (region, items, regions) in found.items():
        yield _at(resolved, setting, _not_of(region, sorted(set(items)), sorted(regions), book))


def _not_of(region: str, items: list[str], regions: list[str], book: PriceBook) -> str:
    others = f" and {len(items) - 1} more" if len(items) > 1 else ""
    return (
        f"book {book.name} has prices of {', '.join(regions)}, not of {region}; name a book of "
        f"{region} under prices.book, or supply prices under prices.add with a source "
        f"({items[0]}{others})"
    )


def _region(spec: files.Scenario, path: Keys) -> tuple[Keys, str]:
    """The setting that says in which region something is that a setting asks for, and its value."""
    match path:
        case ("operations", int(number), *_):
            kind, name = "fleets", spec.operations[number].fleet
        case ("fleets", str(name), "recovery", "standby"):
            plan = spec.fleets[name].recovery.standby
            assert plan is not None
            return (*path, "region"), plan.region
        case ("fleets" | "pools" as kind, str(name), *_):
            pass
        case _:
            return ("region",), spec.region
    own = (spec.fleets[name] if kind == "fleets" else spec.pools[name]).region
    return (("region",), spec.region) if own is None else ((kind, name, "region"), own)


def _at(resolved: Resolved, path: Keys, message: str) -> Problem:
    """A problem at a setting, or at the nearest part above it that the files do say."""
    upwards = (path[:depth] for depth in range(len(path), -1, -1))
    origin = next(resolved.origins[place] for place in upwards if place in resolved.origins)
    return Problem(*origin, dotted(path), message)
