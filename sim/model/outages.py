"""What an outage does to people, desktops, hosts and pools, and what is done about it (F2 to F10).

When something breaks is known beforehand (`sim.workload.outages`); what it meets is not. Each begin
and each end is a decision on the SimPy clock. Several outages may hold the same zone or host: it is
there again when the last of them is over.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from sim.model.administration import Administration
from sim.model.decisions import Decision
from sim.model.desktop import Desktop
from sim.model.hosts import Hosts
from sim.model.owned import Owned
from sim.model.placement import Zones
from sim.model.pooled import Pooled
from sim.model.regions import Regions
from sim.model.standby import Standbys
from sim.model.world import World
from sim.record import NEVER, Cause, DesktopState, OutageKind, RecoveryKind, RunningMode
from sim.units import Millis
from sim.workload import sample

CAUSES = {
    OutageKind.ZONE: Cause.ZONE_OUTAGE,
    OutageKind.REGION: Cause.REGION_OUTAGE,
    OutageKind.HOST: Cause.HOST_FAILURE,
    OutageKind.STREAMING: Cause.STREAMING_OUTAGE,
    OutageKind.CONTROL_PLANE: Cause.CONTROL_PLANE_OUTAGE,
}


@dataclass(frozen=True)
class Outage:
    """One row of the table `outages`."""

    number: int
    kind: OutageKind
    target: str
    host: int
    begin: Millis
    end: Millis

    @property
    def cause(self) -> Cause:
        """The cause of what it does."""
        return CAUSES[self.kind]


class Outages:
    """Carries out what the table of outages says."""

    def __init__(
        self,
        world: World,
        owned: Owned,
        pools: list[Pooled],
        administration: Administration,
        *,
        zones: Zones,
        hosts: Hosts,
        regions: Regions,
    ) -> None:
        self.world = world
        self.owned = owned
        self.pools = pools
        self.crowd = owned.crowd
        self.desktops = owned.desktops
        self.administration = administration
        self.provisioning = administration.provisioning
        self.zones = zones
        self.hosts = hosts
        self.regions = regions
        self._waiting: dict[int, Desktop] = {}
        """AlwaysOn desktops that wait for a slot, by user."""
        self.standbys = Standbys(owned, regions, self._come_home)

    def decisions(self) -> Iterator[Decision]:
        """Ends, then begins, each in order of number."""
        outages = [outage for outage in self._all() if outage.kind in CAUSES]
        for outage in outages:
            yield Decision(outage.end, partial(self._end, outage))
        for outage in outages:
            # What has begun before the run is there from its beginning.
            yield Decision(max(outage.begin, self.world.begin), partial(self._begin, outage))

    def _all(self) -> Iterator[Outage]:
        table = self.world.outages
        names = ("outage", "kind", "target", "host", "begin", "end")
        for number, kind, *rest in zip(*(table[name].tolist() for name in names), strict=True):
            yield Outage(number, OutageKind(kind), *rest)

    # -- begins

    def _begin(self, outage: Outage, at: Millis) -> None:
        match outage.kind:
            case OutageKind.ZONE:
                self._lose_zones([outage.target], outage, at)
            case OutageKind.REGION:
                region = self.regions[outage.target]
                region.whole.lose(outage.number, outage.cause)
                # What pools launch because of it fails with its cause.
                region.control_plane.lose(outage.number, outage.cause)
                self._lose_zones(self.world.scenario.zones_in(outage.target), outage, at)
                self.standbys.lose(region, (outage.number, outage.cause), at)
                self._lose_streaming(outage, at)
            case OutageKind.HOST:
                self._lose_host(outage, at)
            case OutageKind.STREAMING:
                self._lose_streaming(outage, at)
            case OutageKind.CONTROL_PLANE:
                self.regions[outage.target].control_plane.lose(outage.number, outage.cause)

    def _lose_zones(self, names: list[str], outage: Outage, at: Millis) -> None:
        lost = [name for name in names if name not in self.zones.lost]
        for name in names:
            self.zones.lost[name] = self.zones.lost.get(name, 0) + 1
        for host in self.hosts.of_zones(names):
            host.failures += 1
        for desktop in self._in_zones(lost):
            self._waiting.pop(desktop.user, None)
            self._lose(desktop, outage, at)
        numbers = {self.zones.number(name) for name in lost}
        for pooled in self.pools:
            gone = [one for one in pooled.pool.instances if one.zone in numbers]
            pooled.lose(gone, at, outage.cause, outage.number)

    def _in_zones(self, zones: Iterable[str]) -> list[Desktop]:
        """Desktops that are in some zones, in order of user."""
        wanted = set(zones)
        return [
            desktop
            for desktop in self.desktops.existing()
            if desktop.zone in wanted and desktop.standby is None
        ]

    def _lose_host(self, outage: Outage, at: Millis) -> None:
        host = self.hosts.numbered(outage.host)
        host.failures += 1
        if host.failures > 1:
            return
        for desktop in [one for one in self.desktops.existing() if one.host is host]:
            self._lose(desktop, outage, at)
            self._regain(desktop, at, self._start(desktop, outage))
        for pooled in self.pools:
            gone = [one for one in pooled.pool.instances if one.host is host]
            pooled.lose(gone, at, outage.cause, outage.number)

    def _lose(self, desktop: Desktop, outage: Outage, at: Millis) -> None:
        self.crowd.interrupt(desktop.user, at, outage.cause, outage.number)
        self.desktops.lose(desktop, at, outage.cause)
        self.provisioning.log.suspend(desktop, at)

    def _lose_streaming(self, outage: Outage, at: Millis) -> None:
        region = self.regions[outage.target]
        region.streaming.lose(outage.number, outage.cause)
        for user, person in sorted(self.crowd.people.items()):
            if person.supply.region(user) is region:
                self.crowd.interrupt(user, at, outage.cause, outage.number, desktop_stays=True)

    # -- ends

    def _end(self, outage: Outage, at: Millis) -> None:
        match outage.kind:
            case OutageKind.ZONE:
                self._regain_zones([outage.target], outage, at)
                self.administration.create_awaited(at)
            case OutageKind.REGION:
                region = self.regions[outage.target]
                # What was created or launched before the zones are back would find no place.
                self._regain_zones(self.world.scenario.zones_in(outage.target), outage, at)
                self._regain_streaming(outage, at)
                self._regain_control_plane(outage, at)
                if region.whole.regain(outage.number):
                    self.standbys.regain(region, at)
            case OutageKind.HOST:
                self.hosts.numbered(outage.host).failures -= 1
                self._try_waiting(outage, at)
            case OutageKind.STREAMING:
                self._regain_streaming(outage, at)
            case OutageKind.CONTROL_PLANE:
                self._regain_control_plane(outage, at)

    def _regain_zones(self, names: list[str], outage: Outage, at: Millis) -> None:
        for host in self.hosts.of_zones(names):
            host.failures -= 1
        back = []
        for name in names:
            self.zones.lost[name] -= 1
            if not self.zones.lost[name]:
                del self.zones.lost[name]
                back.append(name)
        for desktop in self._in_zones(back):
            if desktop.state == DesktopState.UNHEALTHY and desktop.user not in self._waiting:
                self._regain(desktop, at, self._start(desktop, outage))
        self._try_waiting(outage, at)

    def _regain(self, desktop: Desktop, at: Millis, start: Millis) -> None:
        if self.desktops.regain(desktop, at, start):
            self._waiting.pop(desktop.user, None)
            if desktop.change is not None:
                self.provisioning.log.postpone(desktop, desktop.busy_until)
        else:
            self._waiting[desktop.user] = desktop

    def _try_waiting(self, outage: Outage, at: Millis) -> None:
        for user in sorted(self._waiting):
            desktop = self._waiting[user]
            if desktop.state != DesktopState.UNHEALTHY:
                del self._waiting[user]
            elif desktop.zone not in self.zones.lost:
                self._regain(desktop, at, self._start(desktop, outage))

    def _start(self, desktop: Desktop, outage: Outage) -> Millis:
        """Time that an AlwaysOn desktop takes to start after an outage (F3)."""
        if desktop.mode != RunningMode.ALWAYS_ON:
            return 0
        law = self.desktops.fleet(desktop).start_law(desktop.bundle)
        draw = self.world.draw("restart", desktop.user, ordinal=outage.number)
        return int(sample(law, np.array([draw]))[0])

    def _regain_streaming(self, outage: Outage, at: Millis) -> None:
        region = self.regions[outage.target]
        if region.streaming.regain(outage.number):
            self.crowd.stream_is_back(region, at)

    def _regain_control_plane(self, outage: Outage, at: Millis) -> None:
        region = self.regions[outage.target]
        if region.control_plane.regain(outage.number):
            self.administration.create_awaited(at)
            for pooled in self.pools:
                if pooled.pool.region is region:
                    pooled.pool.serve(pooled.pool, at)

    def _come_home(self, desktop: Desktop, at: Millis) -> None:
        """A desktop for which its standby stood is looked for at home; it ran on there (F10)."""
        desktop.lost_to = Cause.REGION_OUTAGE
        desktop.enter(DesktopState.UNHEALTHY, at)
        if desktop.zone in self.zones.lost:
            desktop.lost_to = Cause.ZONE_OUTAGE
        else:
            self._regain(desktop, at, 0)

    # -- a standby in another Region (F10), rebuilding in another zone (F9)

    def redirections(self) -> Iterator[Decision]:
        """The instants at which people are led to their standby desktops, and back."""
        losses = [
            (outage.number, outage.target, outage.begin, outage.end)
            for outage in self._all()
            if outage.kind == OutageKind.REGION
        ]
        return self.standbys.decisions(losses)

    def rebuilds(self) -> Iterator[Decision]:
        """The instants at which administrators begin to rebuild desktops of a lost zone."""
        for outage in self._all():
            if outage.kind != OutageKind.ZONE:
                continue
            for fleet, spec in enumerate(self.world.fleets):
                plan = spec.recovery.rebuild
                if plan is not None and outage.begin + plan.reaction < outage.end:
                    at = outage.begin + plan.reaction
                    yield Decision(at, partial(self._rebuild_all, outage, fleet))

    def _rebuild_all(self, outage: Outage, fleet: int, at: Millis) -> None:
        operations = self.administration.operations
        for desktop in self._in_zones([outage.target]):
            if desktop.fleet == fleet and desktop.state == DesktopState.UNHEALTHY:
                rebuild = partial(self._rebuild, desktop, outage)
                operations.later(Decision(operations.api.take(at), rebuild))

    def _rebuild(self, desktop: Desktop, outage: Outage, at: Millis) -> None:
        """One call: a new desktop in another zone, unless the old one is back."""
        if (
            desktop.state != DesktopState.UNHEALTHY
            or desktop.zone not in self.zones.lost
            or desktop.region.control_plane.lost_to != Cause.NONE
        ):
            return
        made = self.provisioning.rebuild_elsewhere(desktop, at)
        if made is not None:
            self._waiting.pop(desktop.user, None)
            new, done = made
            taken = self.desktops.last_snapshot(desktop, outage.begin)
            age = outage.begin - taken
            head = (outage.number, desktop.user, RecoveryKind.REBUILT, desktop.id, new.id)
            self.hosts.facts.recovery((*head, at, done, NEVER, taken, age))


def affects_everybody(world: World) -> bool:
    """Whether some outage concerns desktops that share nothing with others."""
    kinds = (OutageKind.ZONE, OutageKind.REGION, OutageKind.STREAMING, OutageKind.CONTROL_PLANE)
    return bool(np.isin(world.outages["kind"], kinds).any())


def affects_directory(world: World) -> bool:
    """Whether some outage concerns the directory."""
    kinds = (OutageKind.DIRECTORY, OutageKind.LINK)
    return bool(np.isin(world.outages["kind"], kinds).any())
