"""Where a desktop lives: one of its fleet's zones, for ever (rule H2)."""

from collections.abc import Iterator

from sim.scenario.desktops import Fleet
from sim.scenario.pools import Pool
from sim.scenario.schema import Scenario


class Zones:
    """Free addresses of each zone, and how many desktops of each fleet were placed where."""

    def __init__(self, scenario: Scenario) -> None:
        self.names = list(scenario.zones)
        """All zones, in the order of the file."""
        self._numbers = {name: number for number, name in enumerate(self.names)}
        self._free = {
            name: zone.ip_addresses if zone.ip_addresses is not None else 2**62
            for name, zone in scenario.zones.items()
        }
        served = scenario.served_by.items()
        self._shares = {name: _shares(scenario, fleet) for name, fleet in served}
        self._placed = {name: dict.fromkeys(shares, 0) for name, shares in self._shares.items()}

    def place(self, fleet: str) -> str | None:
        """Choose the zone of a fleet's next desktop and take an address; None when all are full."""
        for _, zone in self.preferred(fleet):
            self.take(fleet, zone)
            return zone
        return None

    def preferred(self, fleet: str) -> Iterator[tuple[int, str]]:
        """Numbers and names of zones with a free address, the one that is most short first."""
        placed = self._placed[fleet]
        number = sum(placed.values()) + 1
        # Shares are sums of fractions: what differs by their rounding alone is a tie.
        short = [
            (round(placed[zone] - number * share, 9), order, zone)
            for order, (zone, share) in enumerate(self._shares[fleet].items())
            if self._free[zone] > 0
        ]
        for _, _, zone in sorted(short):
            yield self._numbers[zone], zone

    def take(self, fleet: str, zone: str) -> None:
        """Take an address of a given zone."""
        self._placed[fleet][zone] += 1
        self._free[zone] -= 1

    def give_back(self, zone: str) -> None:
        """Return the address of a deleted desktop."""
        self._free[zone] += 1


def _shares(scenario: Scenario, fleet: Fleet | Pool) -> dict[str, float]:
    """Share of a fleet's desktops for each of its zones, adding up to 1."""
    if isinstance(fleet.zones, dict):
        weights = dict(fleet.zones)
    else:
        region = fleet.region or scenario.region
        names = fleet.zones or [
            name
            for name, zone in scenario.zones.items()
            if (zone.region or scenario.region) == region
        ]
        weights = {name: scenario.zones[name].weight for name in names}
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}
