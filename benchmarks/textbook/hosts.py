"""Zones, in which desktops live for ever, and hosts, on which they run (H1, H2)."""

from benchmarks.textbook.facts import Facts
from sim.scenario.bundles import BUNDLE_SIZES
from sim.scenario.desktops import Fleet, HostGroup
from sim.scenario.pools import Pool
from sim.scenario.schema import Scenario
from sim.units import Millis
from sim.workload import Stream

Load = tuple[int, int, int]
"""Desktops, vCPU and memory [GB] in use."""


class Host:
    """One machine and what runs on it."""

    def __init__(self, number: int, group: HostGroup) -> None:
        self.number = number
        self.group = group
        self.load: Load = (0, 0, 0)
        self.gpu = 0
        self._history: list[tuple[Millis, Load]] = []

    @property
    def offered_vcpu(self) -> float:
        """Virtual processors that may be promised."""
        return self.group.vcpu * self.group.overcommit.vcpu

    @property
    def free_share(self) -> float:
        """Share of the virtual processors that is free."""
        return (self.offered_vcpu - self.load[1]) / self.offered_vcpu

    def has_room(self, bundle: str) -> bool:
        """Whether one more desktop of this bundle fits."""
        vcpu, memory_gb, gpu = BUNDLE_SIZES[bundle]
        return (
            self.load[1] + vcpu <= self.offered_vcpu
            and self.load[2] + memory_gb <= self.group.memory * self.group.overcommit.memory
            and self.gpu + gpu <= self.group.gpu
        )

    def add(self, bundle: str, count: int, now: Millis) -> None:
        """Add (1) or remove (-1) a desktop of this bundle."""
        vcpu, memory_gb, gpu = BUNDLE_SIZES[bundle]
        self.gpu += count * gpu
        desktops, used, memory = self.load
        self.load = (desktops + count, used + count * vcpu, memory + count * memory_gb)
        if self._history and self._history[-1][0] == now:
            self._history.pop()
        self._history.append((now, self.load))

    def report(self, facts: Facts) -> None:
        """Write the host's rows."""
        for at, load in self._history:
            facts.add("host_load", self.number, at, *load)


class Hosts:
    """All hosts, numbered over the groups in file order."""

    def __init__(self, scenario: Scenario, stream: Stream) -> None:
        self._stream, self._drawn = stream, 0
        self._groups: dict[str, list[Host]] = {}
        self.all: list[Host] = []
        for name, group in scenario.host_groups.items():
            first = len(self.all)
            self._groups[name] = [Host(first + n, group) for n in range(group.count)]
            self.all += self._groups[name]

    def choose(self, fleet: Fleet | Pool, zone: str, bundle: str) -> Host | None:
        """The host that takes a starting desktop or an instance; None when there is no room."""
        for name in fleet.hosts:
            hosts = [host for host in self._groups[name] if host.has_room(bundle)]
            if hosts and hosts[0].group.zone == zone:
                return self._placed(hosts)
        return None

    def _placed(self, hosts: list[Host]) -> Host:
        match hosts[0].group.placement:
            case "spread":
                return max(hosts, key=lambda host: host.free_share)
            case "pack":
                return min(hosts, key=lambda host: host.free_share)
            case "first-fit":
                return hosts[0]
            case "random":
                day, first = divmod(self._drawn, 1024)
                self._drawn += 1
                draw = self._stream.uniforms(1, day=day, first=first)[0]
                return hosts[int(draw * len(hosts))]


class Zones:
    """The subnets: who lives where, and how many addresses are left."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._free = {name: zone.ip_addresses for name, zone in scenario.zones.items()}
        self._placed: dict[str, dict[str, int]] = {
            name: dict.fromkeys(self._shares(fleet), 0)
            for name, fleet in scenario.served_by.items()
        }

    def _shares(self, fleet: Fleet | Pool) -> dict[str, float]:
        zones, region = self._scenario.zones, fleet.region or self._scenario.region
        names = fleet.zones or [
            name for name, zone in zones.items() if (zone.region or self._scenario.region) == region
        ]
        weights = names if isinstance(names, dict) else {name: zones[name].weight for name in names}
        return {name: weight / sum(weights.values()) for name, weight in weights.items()}

    def has_address(self, zone: str) -> bool:
        """Whether the subnet has a free address."""
        free = self._free[zone]
        return free is None or free > 0

    def choose(self, fleet_name: str) -> str | None:
        """The zone of the fleet's next desktop (H2); None when every subnet is full."""
        return next(iter(self.preference(fleet_name)), None)

    def preference(self, name: str) -> list[str]:
        """The zones with a free address for the next desktop of a fleet or pool, best first."""
        placed = self._placed[name]
        turn = sum(placed.values()) + 1
        shares = self._shares(self._scenario.served_by[name])
        behind = {
            zone: turn * share - placed[zone]
            for zone, share in shares.items()
            if self.has_address(zone)
        }
        return sorted(behind, key=lambda zone: -behind[zone])

    def position(self, zone: str) -> int:
        """The position of a zone in the scenario's file."""
        return list(self._scenario.zones).index(zone)

    def place(self, fleet_name: str, zone: str) -> None:
        """Count a desktop of the fleet, or an instance of the pool, as placed in a zone."""
        self._placed[fleet_name][zone] += 1

    def take_address(self, zone: str) -> None:
        """A desktop moves in."""
        free = self._free[zone]
        if free is not None:
            self._free[zone] = free - 1

    def give_address_back(self, zone: str) -> None:
        """A desktop is deleted."""
        free = self._free[zone]
        if free is not None:
            self._free[zone] = free + 1
