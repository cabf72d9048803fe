"""Standby desktops in a second Region: how people are led there, and back (F10).

While a standby stands for a desktop, the desktop *is* there: it has its states and its runs, and
needs the services of that Region. So it is never in two places, and is counted once.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import numpy as np

from sim.model.decisions import Decision
from sim.model.desktop import Desktop, StandbyUse
from sim.model.owned import Owned
from sim.model.regions import Region, Regions
from sim.record import NEVER, Cause, DesktopState, RecoveryKind
from sim.scenario.outages import Standby
from sim.units import Millis
from sim.workload import sample

THERE, BACK = 0, 1
"""Days of the stream `redirection/FLEET` under which the ways there and back are."""


class Standbys:
    """Leads people to their standby desktops when a Region is lost."""

    def __init__(
        self, owned: Owned, regions: Regions, come_home: Callable[[Desktop, Millis], None]
    ) -> None:
        self.world = owned.crowd.world
        self.crowd = owned.crowd
        self.desktops = owned.desktops
        self.regions = regions
        self._come_home = come_home
        """What becomes of a desktop that is looked for at home again."""
        self._uses: list[StandbyUse] = []
        owned.go_home = self.go_home

    def decisions(self, losses: Iterable[tuple[int, str, Millis, Millis]]) -> Iterator[Decision]:
        """Redirections: for each loss of a Region its number, the Region, begin and end."""
        losses = list(losses)
        for fleet, spec in enumerate(self.world.fleets):
            plan, home = spec.recovery.standby, self.desktops.region_of[fleet].name
            if plan is not None:
                mine = [
                    (number, begin, end) for number, region, begin, end in losses if region == home
                ]
                yield from self._ways(fleet, plan, mine)

    def _ways(
        self, fleet: int, plan: Standby, losses: list[tuple[int, Millis, Millis]]
    ) -> Iterator[Decision]:
        """The ways there and back; none back if the Region is lost again before."""
        for number, begin, end in losses:
            there, back = self._redirections(fleet, plan, number)
            away = max(begin + plan.reaction + there, self.world.begin)
            if away < end:
                yield Decision(away, partial(self._lead_away, fleet, plan, number, begin))
            home = end + plan.failback + back
            if not any(begin <= home and end < until for _, begin, until in losses):
                yield Decision(home, partial(self._lead_back, fleet))

    def _redirections(self, fleet: int, plan: Standby, outage: int) -> tuple[Millis, Millis]:
        stream = self.world.stream(f"redirection/{self.world.fleet_names[fleet]}")
        draws = [stream.uniforms(1, day=day, ordinal=outage) for day in (THERE, BACK)]
        there, back = sample(plan.redirection, np.concatenate(draws)).tolist()
        return there, back

    def _of_fleet(self, fleet: int) -> Iterator[Desktop]:
        for desktop in self.desktops.existing():
            if desktop.fleet == fleet:
                yield desktop

    def _lead_away(self, fleet: int, plan: Standby, outage: int, begin: Millis, at: Millis) -> None:
        """Let the standby stand for each desktop that is lost and was finished."""
        region = self.regions[plan.region]
        if region.whole.lost_to != Cause.NONE:
            return
        for desktop in self._of_fleet(fleet):
            lost = desktop.state == DesktopState.UNHEALTHY and desktop.standby is None
            unfinished = desktop.change is not None and desktop.change[0] == DesktopState.PENDING
            if lost and not unfinished:
                self._leave(desktop, plan, region, (outage, begin), at)

    def _leave(
        self,
        desktop: Desktop,
        plan: Standby,
        region: Region,
        outage: tuple[int, Millis],
        at: Millis,
    ) -> None:
        number, begin = outage
        draw = self.world.draw("standby", desktop.user, ordinal=number)
        age = int(sample(plan.data_age, np.array([draw]))[0])
        snapshot = max(begin - age, desktop.created)
        head = (number, desktop.user, RecoveryKind.STANDBY, desktop.id, desktop.id, at, at)
        use = StandbyUse(head, (snapshot, begin - snapshot), desktop.change)
        self._uses.append(use)
        desktop.standby, desktop.region = use, region
        desktop.change, desktop.lost_to = None, Cause.NONE
        desktop.enter(DesktopState.STOPPED, at)

    def _lead_back(self, fleet: int, at: Millis) -> None:
        """Let each desktop be at home again, at once or when its user has gone."""
        for desktop in self._of_fleet(fleet):
            if desktop.standby is None:
                continue
            if self.crowd.occupied(desktop.user):
                desktop.standby.recalled = True
            else:
                self.go_home(desktop, at)

    def go_home(self, desktop: Desktop, at: Millis) -> None:
        """The standby stops standing for a desktop."""
        use = desktop.standby
        assert use is not None
        use.until = at
        desktop.end_run(at)
        desktop.signed_in = False
        desktop.standby, desktop.change = None, use.change
        desktop.region = self.desktops.region_of[desktop.fleet]
        self._come_home(desktop, at)

    # -- the loss of a Region in which people may be, or from which they have been led away

    def lose(self, region: Region, outage: tuple[int, Cause], at: Millis) -> None:
        """A Region is lost: with the standbys in it, and nobody is led back to it."""
        number, cause = outage
        for desktop in self.desktops.existing():
            use = desktop.standby
            if use is None:
                continue
            if self.desktops.region_of[desktop.fleet] is region:
                use.recalled = False
            if desktop.region is region:
                self.crowd.interrupt(desktop.user, at, cause, number)
                self.desktops.lose(desktop, at, cause)
                if use.recalled:
                    self.go_home(desktop, at)

    def regain(self, region: Region, at: Millis) -> None:
        """A Region is there again: so are the standbys in it."""
        for desktop in self.desktops.existing():
            here = desktop.standby is not None and desktop.region is region
            if here and desktop.state == DesktopState.UNHEALTHY:
                desktop.lost_to = Cause.NONE
                desktop.enter(DesktopState.STOPPED, at)

    def finish(self) -> None:
        """Write down who was led away, and until when."""
        for use in self._uses:
            until = NEVER if use.until is None else use.until
            self.desktops.hosts.facts.recovery((*use.head, until, *use.data))
