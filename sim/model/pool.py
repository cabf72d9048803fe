"""A pool: instances that come and go so that a target is met, and places on them (P1 to P4).

A pool knows nothing of people: it is asked for a place and is given one back. What it wants to
happen later, an instance becoming available or another try at a launch, it enters on the agenda.
"""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import count

from sim.model.agenda import CAPACITY, Agenda
from sim.model.capacity import ACTIVE, ACTUAL, PENDING, WAITING, CapacityLog
from sim.model.hosts import Host, Hosts
from sim.model.instances import Instance
from sim.model.placement import Zones
from sim.model.regions import Region
from sim.model.room import Room
from sim.policy import Scaling
from sim.record import Cause, ScalingSource
from sim.scenario import pools
from sim.units import Millis

RETRIES_FIRST = -(2**31)
"""Retries of launches come before all instances at one instant."""


class Pool:
    """One pool of a run."""

    token = 0
    """An entry of the agenda says itself whether it is stale."""

    def __init__(
        self,
        number: int,
        name: str,
        spec: pools.Pool,
        scaling: Scaling,
        *,
        agenda: Agenda,
        zones: Zones,
        hosts: Hosts,
        region: Region,
        provisioning: Iterator[Millis],
        numbers: "count[int]",
    ) -> None:
        self.number = number
        self.name = name
        self.spec = spec
        self.scaling = scaling
        self.log = CapacityLog(number)
        self.target = 0
        self.pending: dict[int, Instance] = {}
        """Instances being provisioned by number, in the order of request."""
        self.idle: deque[Instance] = deque()
        """Available instances without users, the one idle longest first."""
        self.in_use: dict[int, Instance] = {}
        """Instances with users by number."""
        self.active = 0
        self.waiting = 0
        self.refused = 0
        """Requests refused for want of capacity since the last observation."""
        self.serve: Callable[[Pool, Millis], None] = lambda _pool, _at: None
        """What is done when there may be a place for those who wait."""
        self._agenda, self._zones, self._hosts = agenda, zones, hosts
        self._facts = hosts.facts
        self._provisioning = provisioning
        self._numbers = numbers
        self.region = region
        """Without its control plane nothing can be launched or started."""
        self._size = spec.sessions_per_instance
        self._starts = spec.running_mode == "AutoStop"
        self._spread = spec.load_balancing == "breadth-first"
        self._room = Room(spec.sessions_per_instance, fullest=not self._spread)
        self._retry_at: Millis | None = None

    @property
    def user(self) -> int:
        """Ties on the agenda are broken by this number."""
        return RETRIES_FIRST + self.number

    # -- counts, in user sessions (P1)

    @property
    def actual(self) -> int:
        """Places on available instances."""
        return self._size * (len(self.idle) + len(self.in_use))

    @property
    def desired(self) -> int:
        """Places there or on their way."""
        return self.actual + self._size * len(self.pending)

    # -- the target and the way to it (P2, P3)

    def open(self, at: Millis) -> None:
        """Be there, with the initial instances, at the beginning of the run."""
        self.target = self.scaling.target_with(0)
        self.log.target((at, self.target))
        for _ in range(self.target // self._size):
            instance = self._launch(at)
            if instance is None:
                break
            self._become_available(instance, at)
        self.reconcile(at)

    def retarget(self, at: Millis) -> None:
        """Ask the policies again what the target is, and move towards it."""
        if self._target_moves(at):
            self.reconcile(at)

    def _target_moves(self, at: Millis) -> bool:
        """Whether the target is another now."""
        target = self.scaling.target_with(self.active + self.waiting)
        if target == self.target:
            return False
        source = self.scaling.source
        if source != ScalingSource.SPARE:
            self._facts.scaling((self.number, at, source, self.target, target))
        self.target = target
        self.log.target((at, target))
        return True

    def lost(self, at: Millis) -> None:
        """Instances are gone, maybe with users: launch others, once (F5)."""
        if self.scaling.spare is not None:
            self._target_moves(at)
        self.reconcile(at)

    def reconcile(self, at: Millis) -> None:
        """Request what is missing, take away what is too much and has no user."""
        excess = (self.desired - self.target) // self._size
        while excess > 0 and self._take_one_away(at):
            excess -= 1
        while excess < 0 and self._request(at):
            excess += 1
        if excess < 0:
            self._try_later(-excess, at)

    def _take_one_away(self, at: Millis) -> bool:
        if self.pending:
            _, instance = self.pending.popitem()
            self.log.change((at, PENDING, -self._size))
        elif self.idle:
            instance = self.idle.pop()
            self.log.change((at, ACTUAL, -self._size))
        else:
            return False
        self._terminate(instance, at, Cause.SCALE_IN)
        return True

    def _request(self, at: Millis) -> bool:
        instance = self._launch(at)
        if instance is None:
            return False
        self.pending[instance.number] = instance
        self.log.change((at, PENDING, self._size))
        self._agenda.put(at + next(self._provisioning), CAPACITY, self._arrive, instance, None)
        return True

    def _launch(self, at: Millis) -> Instance | None:
        """A new instance with an address and a slot; None when there is no room for one."""
        full: list[str] = []
        if self.region.control_plane.lost_to != Cause.NONE:
            return None
        while zone := self._zones.choose(self.name, full):
            host = self._place(zone, at)
            if host is not None or not self.spec.hosts:
                self._zones.take(self.name, zone)
                number = self._zones.number(zone)
                return Instance(next(self._numbers), self.number, number, host, at)
            full.append(zone)
        return None

    def _place(self, zone: str, at: Millis) -> Host | None:
        """A slot on a host of the zone; None when there are no hosts, or no room on them."""
        if not self.spec.hosts:
            return None
        return self._hosts.place(self.spec.hosts, zone, self.spec.bundle, at)

    def _try_later(self, missing: int, at: Millis) -> None:
        self._facts.launch_failure((self.number, at, missing, self._why_not_launched()))
        if self._retry_at is None:
            self._retry_at = at + self.spec.launch_retry
            self._agenda.put(self._retry_at, CAPACITY, Pool._retry, self, None)

    def _why_not_launched(self) -> Cause:
        if self.region.control_plane.lost_to != Cause.NONE:
            return self.region.control_plane.lost_to
        if self._zones.choose(self.name) is not None:
            return Cause.NO_HOST_CAPACITY
        return self._zones.why_full(self.name)

    def _retry(self, at: Millis) -> None:
        self._retry_at = None
        self.reconcile(at)

    def _arrive(self, instance: Instance, at: Millis) -> None:
        """An instance has been provisioned, unless it was cancelled meanwhile."""
        if self.pending.pop(instance.number, None) is not None:
            self.log.change((at, PENDING, -self._size))
            self._become_available(instance, at)
            self.serve(self, at)

    def _become_available(self, instance: Instance, at: Millis) -> None:
        instance.available = at
        self.log.change((at, ACTUAL, self._size))
        self._become_idle(instance, at)

    def _become_idle(self, instance: Instance, at: Millis) -> None:
        instance.idle_since = at
        idle, later = self.idle, []
        while idle and idle[-1].idle_since == at and idle[-1].number > instance.number:
            later.append(idle.pop())
        idle.append(instance)
        idle.extend(reversed(later))

    def _terminate(self, instance: Instance, at: Millis, cause: Cause) -> None:
        instance.terminated, instance.cause = at, cause
        self._facts.instance(instance.row())
        self._zones.give_back(self._zones.names[instance.zone])
        if instance.host is not None:
            self._hosts.release(instance.host, self.spec.bundle, at)

    def record(self, user_session: tuple[object, ...]) -> None:
        """Write a row of `user_sessions`."""
        self._facts.user_session(user_session)

    def lose(self, instance: Instance, at: Millis, cause: Cause) -> None:
        """An instance is gone, with all places on it (F5); reconciliation is the caller's."""
        if self.pending.pop(instance.number, None) is not None:
            self.log.change((at, PENDING, -self._size))
        else:
            self.log.change((at, ACTUAL, -self._size))
            if self.in_use.pop(instance.number, None) is None:
                self.idle.remove(instance)
        if instance.sessions:
            self.active -= instance.sessions
            self.log.change((at, ACTIVE, -instance.sessions))
        self._terminate(instance, at, cause)

    @property
    def instances(self) -> list[Instance]:
        """All instances there are, in order of number."""
        found = [*self.pending.values(), *self.idle, *self.in_use.values()]
        return sorted(found, key=lambda instance: instance.number)

    # -- places (P4, P5.4)

    def take(self, at: Millis) -> Instance | None:
        """Give a place to somebody; None when there is none."""
        instance = self._chosen()
        if instance is None:
            return None
        if instance.used is None:
            instance.used = at
        instance.sessions += 1
        if self._size > 1:
            self._room.note(instance)
        self.active += 1
        self.log.change((at, ACTIVE, 1))
        return instance

    def _chosen(self) -> Instance | None:
        """The instance that takes the next user, in use from now on."""
        instance = self._in_use_with_room()
        stuck = self._starts and self.region.control_plane.lost_to != Cause.NONE
        if instance is None and self.idle and not stuck:
            instance = self.idle.popleft()
            self.in_use[instance.number] = instance
        return instance

    def _in_use_with_room(self) -> Instance | None:
        """The instance in use that takes the next user; None if an idle one does, or none."""
        if self._spread and self.idle:
            return None
        return self._room.first()

    def give_back(self, instance: Instance, at: Millis) -> None:
        """A place is free again; with its last user the instance ends, or is idle."""
        instance.sessions -= 1
        if self._size > 1:
            self._room.note(instance)
        self.active -= 1
        self.log.change((at, ACTIVE, -1))
        if not instance.sessions:
            del self.in_use[instance.number]
            if self.spec.after_session == "replace":
                self.log.change((at, ACTUAL, -self._size))
                self._terminate(instance, at, Cause.SESSION_OVER)
            else:
                self._become_idle(instance, at)
        moved = self.scaling.spare is not None and self._target_moves(at)
        if moved or not instance.sessions:
            self.reconcile(at)
        if instance.terminated is None:
            self._agenda.put(at, CAPACITY, self._offer, instance, None)

    def _offer(self, _instance: Instance, at: Millis) -> None:
        self.serve(self, at)

    # -- the line

    def wait(self, change: int, at: Millis) -> None:
        """Somebody joins the line (+1) or leaves it (-1)."""
        self.waiting += change
        self.log.change((at, WAITING, change))

    def finish(self) -> None:
        """Write down the instances that are there at the end of the run."""
        for instance in self.instances:
            self._facts.instance(instance.row())
