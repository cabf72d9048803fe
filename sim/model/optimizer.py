"""The Cost Optimizer at work: when it looks at desktops, what it is shown, what comes of it.

What it decides is `sim.policy.cost_optimizer`'s business, and carrying it out that of
`sim.model.operations`, as if an administrator had asked for it. The rules are C1, C2 and C9 of
`docs/cost-optimizer.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from sim.model.decisions import Decision
from sim.model.desktop import Desktop
from sim.model.facts import Facts
from sim.model.operations import Operations
from sim.model.owned import Owned
from sim.model.sightings import Sightings, connected_since, samples
from sim.policy.cost_optimizer import Advice, Evening, Sight, advise
from sim.record import NEVER, Actor, TableBuilder
from sim.record.cost_optimizer import COST_OPTIMIZER, Change, ComputeType, Termination
from sim.scenario.desktops import Operation
from sim.scenario.running_modes import CostOptimizer
from sim.units import DAY, HOUR, Millis, Month

LOOKS_AT: Millis = 23 * HOUR
"""Time of day, UTC, at which it runs [ms]. Source: Cost Optimizer for Amazon WorkSpaces v2.8.7."""


@dataclass(slots=True)
class Known:
    """What is kept of a desktop from one look to the next."""

    hours: int = 0
    """Hours of the month, as the optimizer remembers them."""
    seen: Millis = NEVER
    """Up to when it has seen samples; NEVER before its first look."""
    open_since: Millis | None = None
    """When the connection began that was open at the last look."""
    last_connected: Millis = NEVER
    """When a user was last connected."""


class Optimizer:
    """Looks after the fleets whose policy it is."""

    def __init__(self, owned: Owned, operations: Operations, facts: Facts) -> None:
        self.world = world = operations.world
        self.crowd = owned.crowd
        self.desktops = owned.desktops
        self.operations = operations
        self._facts = facts
        self._rules = [fleet.optimizer for fleet in world.fleets]
        self._known: dict[int, Known] = {}
        self._report = TableBuilder(COST_OPTIMIZER)
        self._tagged: set[int] = set()
        self._looks = any(self._rules)
        if self._looks:
            self._sightings = Sightings(facts)
            owned.watch = self._sightings.disconnected
            for fleet, rule in enumerate(self._rules):
                if rule is not None:
                    self._tagged.update(self._tagged_in(fleet, rule))

    def _tagged_in(self, fleet: int, rule: CostOptimizer) -> list[int]:
        """Users of a fleet whose desktops have the tag: those named, or those drawn."""
        users = np.flatnonzero(self.world.user_fleet == fleet)
        if isinstance(rule.skip, list):
            chosen = np.isin(self.world.users["name"][users].astype(str), rule.skip)
        else:
            world = self.world
            name = f"cost-optimizer/skip/{self.world.fleet_names[fleet]}"
            chosen = world.draws(name, users) < rule.skip
        tagged: list[int] = users[chosen].tolist()
        return tagged

    # -- when it looks (C1)

    def decisions(self) -> Iterator[Decision]:
        """Every evening of the run."""
        if self._looks:
            month = self.world.scenario.calendar.month_at(self.world.begin)
            for at in range(month.start + LOOKS_AT, self.world.end, DAY):
                yield Decision(at, self._look)

    def _look(self, at: Millis) -> None:
        month = self.world.scenario.calendar.month_at(at)
        # Of a month that began before the run, nobody knows what the desktops were used.
        whole = month.start >= self.world.begin
        evening = Evening(
            last_of_month=whole and month.end - at <= DAY,
            maintenance=self.world.scenario.maintenance.autostop,
        )
        for desktop in list(self.desktops.of_user):
            rule = None if desktop is None else self._rules[desktop.fleet]
            if desktop is not None and rule is not None:
                known = self._known.setdefault(desktop.id, Known())
                if known.seen < month.start:
                    known.hours, known.seen = 0, month.start
                since, sight = known.seen, self._sight(desktop, rule, known, month, at)
                advice = advise(rule, sight, known.hours, evening)
                known.hours, known.seen = advice.hours, at
                if not rule.dry_run:
                    advice = self._carried_out(desktop, sight, advice, at)
                self._record(desktop, sight, advice, since=since, at=at)
        self._sightings.forget()

    # -- what it sees (C2)

    def _sight(
        self, desktop: Desktop, rule: CostOptimizer, known: Known, month: Month, at: Millis
    ) -> Sight:
        person = self.crowd.people[desktop.user]
        connected, running = self._sightings.of(desktop, person, known.open_since, at)
        known.open_since = connected_since(person, at)
        if connected:
            known.last_connected = connected[-1][1]
        asked = None if rule.samples_when_stopped == "zero" else running
        return Sight(
            samples=samples(connected, asked, known.seen, at) if connected else (),
            window=at - known.seen,
            mode=desktop.mode,
            timeout=self.world.fleets[desktop.fleet].autostop_timeout,
            limit=rule.limit(desktop.bundle),
            tagged=desktop.user in self._tagged,
            unused=rule.terminate_unused != "no" and self._is_unused(desktop, rule, known, month),
        )

    def _is_unused(self, desktop: Desktop, rule: CostOptimizer, known: Known, month: Month) -> bool:
        """Whether it was there on the first day of the check, and nobody has connected since.

        What happened before the run cannot be read, and counts as use.
        """
        first = month.start
        for _ in range(rule.unused_months - 1):
            first = self.world.scenario.calendar.month_at(first - 1).start
        there = self.world.begin <= first and desktop.created < first + DAY
        return there and known.last_connected < first

    # -- what comes of it (C9)

    def _carried_out(self, desktop: Desktop, sight: Sight, advice: Advice, at: Millis) -> Advice:
        """Do what was advised; return what came of it."""
        if advice.terminated == Termination.YES:
            self._operate(desktop, at, operation="delete")
            if self.desktops.of_user[desktop.user] is desktop:
                advice = replace(advice, terminated=Termination.NO)
        if advice.new_mode != sight.mode:
            self._operate(desktop, at, operation="switch-mode", to=advice.new_mode.label)
            if desktop.mode != advice.new_mode:
                advice = replace(advice, change=Change.FAILED, new_mode=sight.mode)
        return advice

    def _operate(self, desktop: Desktop, at: Millis, **what: str) -> None:
        """Ask the provider for something, as an administrator does."""
        users = np.array([desktop.user])
        operation = Operation.model_validate(
            {
                "at": self.world.scenario.calendar.instant(at),
                "fleet": self.world.fleet_names[desktop.fleet],
                "user": self.world.users["name"][desktop.user],
                **what,
            }
        )
        self.operations.operate_on(operation, users, at, Actor.RULE)

    def _record(
        self, desktop: Desktop, sight: Sight, advice: Advice, *, since: Millis, at: Millis
    ) -> None:
        limit = -1 if sight.limit is None else sight.limit
        row = (at, desktop.id, desktop.user, since, advice.hours, limit)
        modes = (ComputeType.of(desktop.bundle), sight.mode, advice.new_mode)
        self._report.append((*row, *modes, advice.change, advice.terminated, sight.tagged))

    def finish(self) -> None:
        """Hand the reports over."""
        self._facts.add(self._report.drain())
