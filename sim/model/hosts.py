"""Hosts and their slots: a running desktop takes a bundle's share of one, or is refused.

How the provider packs its dedicated hosts is not published; the placement rules here are the
usual four, and the report names the one that was assumed.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from sim.model.facts import Facts
from sim.scenario.bundles import BUNDLE_SIZES
from sim.scenario.desktops import HostGroup
from sim.scenario.schema import Scenario
from sim.units import Millis


@dataclass(slots=True)
class Host:
    """One host: what it offers after overcommit, and what is taken."""

    number: int
    zone: str
    vcpu: float
    memory: float
    gpu: int
    desktops: int = 0
    used_vcpu: int = 0
    used_memory: int = 0
    used_gpu: int = 0
    failures: int = 0
    """Outages that it is lost to; without one it has room."""

    def room_for(self, size: tuple[int, int, int]) -> bool:
        """Whether a desktop of this size fits."""
        return (
            not self.failures
            and self.used_vcpu + size[0] <= self.vcpu
            and self.used_memory + size[1] <= self.memory
            and self.used_gpu + size[2] <= self.gpu
        )

    @property
    def load(self) -> float:
        """Share of the offered vCPU that is taken."""
        return self.used_vcpu / self.vcpu

    def change(self, size: tuple[int, int, int], sign: int) -> None:
        """Take (`sign` +1) or give back (-1) a slot."""
        self.desktops += sign
        self.used_vcpu += sign * size[0]
        self.used_memory += sign * size[1]
        self.used_gpu += sign * size[2]


@dataclass
class Hosts:
    """All hosts of the scenario, by group."""

    groups: dict[str, list[Host]]
    placements: dict[str, str]
    facts: Facts
    draw: Callable[[], float]
    """The next number of the stream `placement`, in (0, 1)."""
    _changed: dict[int, tuple[Millis, Host]] = field(default_factory=dict)

    @classmethod
    def of(cls, scenario: Scenario, facts: Facts, draw: Callable[[], float]) -> "Hosts":
        """Stand up the hosts of a scenario, numbered over all groups in file order."""
        groups: dict[str, list[Host]] = {}
        number = 0
        for name, group in scenario.host_groups.items():
            groups[name] = [_host(number + i, group) for i in range(group.count)]
            number += group.count
        placements: dict[str, str] = {
            name: group.placement for name, group in scenario.host_groups.items()
        }
        return cls(groups, placements, facts, draw)

    def place(self, names: list[str], zone: str, bundle: str, at: Millis) -> Host | None:
        """Take a slot in the first of these groups with room in the zone; None: there is none."""
        size = BUNDLE_SIZES[bundle]
        for name in names:
            group = self.groups[name]
            room = [host for host in group if host.zone == zone and host.room_for(size)]
            if room:
                host = self._choose(self.placements[name], room)
                self._change(host, size, 1, at)
                return host
        return None

    def of_zones(self, zones: Collection[str]) -> list[Host]:
        """The hosts that stand in some zones."""
        return [host for group in self.groups.values() for host in group if host.zone in zones]

    def numbered(self, number: int) -> Host:
        """The host with a number."""
        return next(h for group in self.groups.values() for h in group if h.number == number)

    def release(self, host: Host, bundle: str, at: Millis) -> None:
        """Give a slot back."""
        self._change(host, BUNDLE_SIZES[bundle], -1, at)

    def retake(self, host: Host, bundle: str, at: Millis) -> Host:
        """Take back a slot that was just given back."""
        self._change(host, BUNDLE_SIZES[bundle], 1, at)
        return host

    def _choose(self, placement: str, room: list[Host]) -> Host:
        match placement:
            case "spread":
                return min(room, key=lambda host: (host.load, host.number))
            case "pack":
                return min(room, key=lambda host: (-host.load, host.number))
            case "random":
                return room[int(self.draw() * len(room))]
            case _:
                return room[0]

    def _change(self, host: Host, size: tuple[int, int, int], sign: int, at: Millis) -> None:
        earlier = self._changed.get(host.number)
        if earlier and earlier[0] < at:
            self._record(host.number, earlier[0], host)
        host.change(size, sign)
        self._changed[host.number] = (at, host)

    def _record(self, number: int, at: Millis, host: Host) -> None:
        self.facts.host_load((number, at, host.desktops, host.used_vcpu, host.used_memory))

    def finish(self) -> None:
        """Record the last change of each host."""
        for number, (at, host) in sorted(self._changed.items()):
            self._record(number, at, host)
        self._changed.clear()


def _host(number: int, group: HostGroup) -> Host:
    over = group.overcommit
    return Host(number, group.zone, group.vcpu * over.vcpu, group.memory * over.memory, group.gpu)
