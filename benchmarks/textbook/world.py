"""The world of a run: the clock, the shared things, and a process for each that acts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from simpy import Environment, Resource

from benchmarks.textbook.books import Terms
from benchmarks.textbook.clock import Phase, Steps, Turn
from benchmarks.textbook.desktop import Desktop
from benchmarks.textbook.facts import Done, Facts, Store
from benchmarks.textbook.guest import Guest
from benchmarks.textbook.hosts import Hosts, Zones
from benchmarks.textbook.operations import administer, join, leave
from benchmarks.textbook.owner import Owner
from benchmarks.textbook.pool import Pool
from benchmarks.textbook.user import Intent, Person, User
from sim.record import NEVER, Cause, OperationKind, RunningMode, Table
from sim.scenario.desktops import Operation
from sim.scenario.schema import Scenario
from sim.units import Millis
from sim.workload import (
    Stream,
    Workload,
    alwayson_windows,
    autostop_maintenance,
    sample,
    user_numbers,
)


class World:
    """Everything that processes share."""

    def __init__(
        self,
        env: Environment,
        scenario: Scenario,
        workload: Workload,
        store: Store,
        replication: int,
    ) -> None:
        self.env = env
        self.scenario = scenario
        self.replication = replication
        self.begin: Millis = scenario.begin
        self.end: Millis = scenario.end
        self.facts = Facts(store)
        self.hosts = Hosts(scenario, self.stream("placement"))
        self.zones = Zones(scenario)
        self.directory: Resource | None = None
        if scenario.directory is not None:
            self.directory = Resource(env, capacity=scenario.directory.servers)
        self.operations: list[Done] = []
        self._populations = workload.users["population"].tolist()
        self._numbers = user_numbers(workload.users).tolist()
        self._desktops: list[Desktop] = []
        self._plan = [workload.plan[name] for name in Intent._fields]
        self._instances = 0
        self._pools = {
            name: Pool(self, name, number, workload) for number, name in enumerate(scenario.pools)
        }
        self._users = list(self._people(workload))
        self._populate()
        self._start_maintenance(workload.users)
        assert isinstance(scenario.operations, list)
        for ordinal, operation in enumerate(scenario.operations):
            env.process(administer(self, operation, ordinal))

    def _people(self, workload: Workload) -> Iterator[User]:
        users = [workload.users[name].tolist() for name in Person._fields]
        people = [Person(*row) for row in zip(*users, strict=True)]
        bounds = np.searchsorted(workload.plan["user"], np.arange(len(people) + 1)).tolist()
        for person, first, last in zip(people, bounds, bounds[1:], strict=False):
            rows, pool = range(first, last), self._pools.get(person.fleet)
            yield Guest(self, person, rows, pool) if pool else Owner(self, person, rows)

    @property
    def _owners(self) -> list[Owner]:
        return [user for user in self._users if isinstance(user, Owner)]

    def _populate(self) -> None:
        """Give each owner a desktop, now or on joining, and take it away on leaving (D1).

        Then each pool gets the instances that are there at the beginning (P1).
        """
        for user in self._owners:
            if user.joins == NEVER:
                self._furnish(user)
            else:
                self.env.process(join(self, user))
            if user.leaves != NEVER:
                self.env.process(leave(self, user))
        for pool in self._pools.values():
            pool.open()

    def _furnish(self, user: Owner) -> None:
        found = self._find_place(user)
        if isinstance(found, Cause):
            refused = Done(self.begin, -1, user.number, OperationKind.CREATE, "", found)
            self.operations.append(refused)
        else:
            found.exist(self.begin - found.fleet.initial_age)

    # ---------------------------------------------------------------- maintenance

    def _start_maintenance(self, users: Table) -> None:
        if self.scenario.maintenance.autostop:
            instants = autostop_maintenance(self.scenario, users, self.replication).tolist()
            for user in self._owners:
                self.env.process(self._maintain_monthly(user, instants[user.number]))
        if self.scenario.maintenance.alwayson_duration > 0:
            time_zones = users["time_zone"].tolist()
            for user in self._owners:
                windows = alwayson_windows(self.scenario, time_zones[user.number]).tolist()
                self.env.process(self._maintain_weekly(user, windows))

    def _maintain_monthly(self, user: Owner, instants: list[Millis]) -> Steps:
        for at in instants:
            if at != NEVER and at >= self.begin:
                yield Turn(self.env, at, Phase.MAINTENANCE, user.number)
                if user.desktop is not None:
                    user.desktop.maintain_monthly()

    def _maintain_weekly(self, user: Owner, windows: list[Millis]) -> Steps:
        for at in windows:
            if at >= self.begin:
                yield Turn(self.env, at, Phase.MAINTENANCE, user.number)
                if user.desktop is not None:
                    user.desktop.maintain_weekly()

    # ---------------------------------------------------------------- what processes ask

    def intent(self, row: int) -> Intent:
        """A row of the plan."""
        return Intent(*(column.item(row) for column in self._plan))

    def terms_of(self, fleet_name: str) -> Terms:
        """What holds of a new desktop of a fleet."""
        fleet = self.scenario.fleets[fleet_name]
        mode = RunningMode.AUTO_STOP if fleet.running_mode == "AutoStop" else RunningMode.ALWAYS_ON
        return Terms(fleet.bundle, fleet.root_volume, fleet.user_volume, mode)

    def register(self, desktop: Desktop) -> tuple[int, str]:
        """The number and the name of a new desktop."""
        number = len(self._desktops)
        self._desktops.append(desktop)
        earlier = len(desktop.owner.desktops)
        desktop.owner.desktops.append(desktop)
        name = f"ws-{desktop.owner.name}"
        return number, f"{name}-{earlier + 1}" if earlier else name

    def register_instance(self) -> int:
        """The number of a new instance, over all pools."""
        self._instances += 1
        return self._instances - 1

    def create(self, user: Owner, record: Done) -> Cause:
        """Create a user's desktop now, unless something is missing (D1, D3, O1)."""
        found = self._find_place(user)
        if isinstance(found, Cause):
            return found
        found.create(self._provisioning(user), record)
        return Cause.NONE

    def _find_place(self, user: Owner) -> Desktop | Cause:
        """A desktop in a zone with a free address and, for AlwaysOn, on a host (H2, D3)."""
        zone = self.zones.choose(user.fleet)
        if zone is None:
            return Cause.NO_ADDRESS
        self.zones.place(user.fleet, zone)
        fleet, host = self.scenario.fleets[user.fleet], None
        if fleet.hosts and fleet.running_mode == "AlwaysOn":
            host = self.hosts.choose(fleet, zone, fleet.bundle)
            if host is None:
                return Cause.NO_HOST_CAPACITY
        desktop = Desktop(self, user, self.terms_of(user.fleet), zone)
        if host is not None:
            desktop.occupy(host)
        return desktop

    def _provisioning(self, user: Owner) -> Millis:
        stream = self.stream(f"provisioning/{user.name}")
        draw = stream.uniforms(1, day=len(user.desktops))
        return int(sample(self.scenario.fleets[user.fleet].provisioning, draw)[0])

    def start_duration(self, desktop: Desktop, operation: Operation) -> Millis:
        """Time to start a desktop that an operation switches to AlwaysOn (O3)."""
        draw = np.array([self._luck(desktop.owner, operation, "/start")])
        logon = desktop.fleet.logon
        return int(sample(logon.cold_start if desktop.cold else logon.resume, draw)[0])

    def members(self, fleet: str) -> list[Owner]:
        """The owners of a fleet, in order."""
        return [user for user in self._owners if user.fleet == fleet]

    def concerned(self, operation: Operation) -> list[Owner]:
        """The owners whose desktops an operation concerns, in order."""
        members = self.members(operation.fleet)
        if operation.share is None:
            return [user for user in members if user.name == operation.user]
        creates = operation.operation == "create"
        able = [user for user in members if (user.desktop is None) == creates]
        lucky = sorted(able, key=lambda user: self._luck(user, operation))
        lucky = lucky[: round(operation.share * len(able))]
        return sorted(lucky, key=lambda user: user.number)

    def _luck(self, user: Owner, operation: Operation, purpose: str = "") -> float:
        """A user's own number in (0, 1) for an operation."""
        instant = operation.at.strftime("%Y-%m-%dT%H:%M:%S")
        name = f"operations/{operation.operation}/{operation.fleet}/{instant}{purpose}"
        stream = self.stream(f"{name}/{self._populations[user.number]}")
        return float(stream.uniforms(1, first=self._numbers[user.number])[0])

    def stream(self, name: str) -> Stream:
        """A stream of random numbers of this replication."""
        return Stream(self.scenario.seed, self.replication, name)

    def finish(self) -> None:
        """The run is over: write what is open."""
        for user in self._users:
            user.finish()
        for desktop in self._desktops:
            desktop.finish()
        for pool in self._pools.values():
            pool.finish()
        for host in self.hosts.all:
            host.report(self.facts)
        for done in self.operations:
            done.report(self.facts)
        self.facts.close()
