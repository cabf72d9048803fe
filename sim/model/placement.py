"""Where a desktop lives: one of its fleet's zones, for ever (rule H2)."""

from collections.abc import Collection

from sim.record import Cause
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
        self._count = dict.fromkeys(self._shares, 0)
        self.lost: dict[str, int] = {}
        """Zones that are lost, and to how many outages."""

    def place(self, fleet: str) -> str | None:
        """Choose the zone of a fleet's next desktop and take an address; None when all are full."""
        zone = self.choose(fleet)
        if zone is not None:
            self.take(fleet, zone)
        return zone

    def choose(self, fleet: str, besides: Collection[str] = ()) -> str | None:
        """The zone with a free address, not among `besides`, that is most short of desktops."""
        placed, number = self._placed[fleet], self._count[fleet] + 1
        best, most = None, 0.0
        for zone, share in self._shares[fleet].items():
            short = number * share - placed[zone]
            better = best is None or short > most + 1e-9
            if better and self._free[zone] > 0 and zone not in besides and zone not in self.lost:
                best, most = zone, short
        return best

    def why_full(self, fleet: str) -> Cause:
        """Why there is no zone for a fleet's next desktop."""
        lost = any(zone in self.lost for zone in self._shares[fleet])
        return Cause.ZONE_OUTAGE if lost else Cause.NO_ADDRESS

    def number(self, zone: str) -> int:
        """Position of a zone in the file."""
        return self._numbers[zone]

    def take(self, fleet: str, zone: str) -> None:
        """Take an address of a given zone."""
        self._placed[fleet][zone] += 1
        self._count[fleet] += 1
        self._free[zone] -= 1

    def give_back(self, zone: str) -> None:
        """Return the address of a deleted desktop."""
        self._free[zone] += 1


def _shares(scenario: Scenario, fleet: Fleet | Pool) -> dict[str, float]:
    """Share of a fleet's desktops for each of its zones, adding up to 1."""
    if isinstance(fleet.zones, dict):
        weights = dict(fleet.zones)
    else:
        weights = {name: scenario.zones[name].weight for name in scenario.zones_of(fleet)}
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}
