"""Desktops that belong to nobody: what becomes of a request to a pool (P5 to P7)."""

from collections import OrderedDict

from sim.model.agenda import EXPIRY
from sim.model.crowd import FOREVER, Crowd
from sim.model.instances import Instance, UserSession
from sim.model.person import Person
from sim.model.pool import Pool
from sim.model.regions import Region
from sim.model.stages import DESKTOP_WAIT, PROFILE, START, START_WAIT
from sim.model.starts import Starts
from sim.record import NEVER, Cause, Ending, StartKind
from sim.units import Millis


class Pooled:
    """The supply of a pool's users."""

    def __init__(self, crowd: Crowd, pool: Pool, starts: Starts) -> None:
        self.crowd = crowd
        self.pool = pool
        self.line: OrderedDict[int, Person] = OrderedDict()
        """People in line by user, the first one first."""
        pool.serve = self._serve
        self._spec = pool.spec
        self._limit = starts
        self._starts = pool.spec.running_mode == "AutoStop"
        plan, users = crowd.world.plan, crowd.world.users
        self._start, self._profile = plan["cold_start"].data, plan["profile"].data
        self._joins, self._leaves = users["joins"].data, users["leaves"].data

    def number(self, _user: int, /) -> int:
        """Nobody owns a desktop here."""
        return -1

    def region(self, _user: int, /) -> Region:
        """Where the pool is."""
        return self.pool.region

    # -- a request (P5)

    def request(self, person: Person, at: Millis) -> None:
        """Reconnect, take a place, join the line, or be refused."""
        if not self._is_member(person.user, at):
            self.crowd.refuse(person, at, Cause.DESKTOP_MISSING)
            return
        if person.connection:
            self.crowd.disconnect(person, at)
        lost_to = self.pool.region.streaming.lost_to
        if lost_to != Cause.NONE:
            self.crowd.refuse(person, at, lost_to)
        elif person.held:
            self._reconnect(person, person.held, at)
        elif instance := self.pool.take(at):
            self._begin(person, instance, at)
            self._demand_changed(at)
        elif self._spec.admission == "queue" and not self._line_is_full():
            self._join(person, at)
        elif self.pool.idle:  # there is a place, on an instance that cannot be started
            self.crowd.refuse(person, at, self.pool.region.control_plane.lost_to)
        else:
            self.pool.refused += 1
            self.crowd.refuse(person, at, Cause.NO_POOL_CAPACITY)

    def _is_member(self, user: int, at: Millis) -> bool:
        leaves = self._leaves[user]
        return self._joins[user] <= at and (leaves == NEVER or at < leaves)

    def _reconnect(self, person: Person, held: UserSession, at: Millis) -> None:
        held.expires = None
        ready = max(at, held.instance.ready)
        person.attempt_in_hand.stages[DESKTOP_WAIT] += ready - at
        self._connect(person, held, ready, os_logon=False)

    def _begin(self, person: Person, instance: Instance, at: Millis) -> None:
        """A user session begins on an instance that has a place for it."""
        attempt, row = person.attempt_in_hand, person.row_in_hand
        if self._starts and instance.sessions == 1:
            allowed = self._limit.allowed(at)
            attempt.start_kind = StartKind.COLD
            attempt.stages[START_WAIT] = allowed - at
            attempt.stages[START] = self._start[row]
            instance.ready = allowed + attempt.stages[START]
        elif instance.ready > at:
            attempt.stages[DESKTOP_WAIT] += instance.ready - at
        attempt.stages[PROFILE] = self._profile[row]
        person.held = held = UserSession(instance, person.user, row, at)
        self._connect(person, held, max(at, instance.ready), os_logon=True)

    def _connect(self, person: Person, held: UserSession, ready: Millis, *, os_logon: bool) -> None:
        connection = self.crowd.connect(person, ready, os_logon=os_logon)
        if connection is None:
            assert person.departure is not None
            self._heed_limit(held, person.departure)
            return
        if held.connected is None:
            held.connected = connection.connected
        lingers = 0
        if connection.ending == Ending.LEFT_CONNECTED:
            lingers = FOREVER if self._spec.idle_limit is None else self._spec.idle_limit
        elif connection.ending == Ending.NETWORK_LOSS:
            lingers = self._spec.network_loss_detection
        self._heed_limit(held, connection.until + lingers)

    def _heed_limit(self, held: UserSession, until: Millis) -> None:
        """Enter the end of the maximum duration, if the user session may last so long."""
        if held.limited or held.connected is None:
            return
        over = held.connected + self._spec.maximum_duration
        if until >= over:
            held.limited = True
            self.crowd.agenda.put(over, EXPIRY, self._reach_limit, held, None)

    # -- the line (P6)

    def _line_is_full(self) -> bool:
        limit = self._spec.queue_limit
        return limit is not None and len(self.line) >= limit

    def _join(self, person: Person, at: Millis) -> None:
        if self.crowd.line_up(person, at):
            self.line[person.user] = person
            self.pool.wait(1, at)
            self._demand_changed(at)

    def _serve(self, pool: Pool, at: Millis) -> None:
        """Give places to those in line while there are any."""
        while self.line and (instance := pool.take(at)):
            _, person = self.line.popitem(last=False)
            pool.wait(-1, at)
            self.crowd.come_forward(person, at)
            self._begin(person, instance, at)

    def _demand_changed(self, at: Millis) -> None:
        """Who waits or is served counts for a policy that keeps places spare."""
        if self.pool.scaling.spare is not None:
            self.pool.retarget(at)

    # -- the end of a user session (P7)

    def disconnected(self, person: Person, ending: Ending, at: Millis) -> None:
        """End the user session, or let its timeout begin."""
        held = person.held
        assert held is not None
        if ending == Ending.LOGOFF:
            self._end(held, at, Cause.NONE)
        else:
            self._begin_timeout(held, at)

    def departed(self, person: Person, at: Millis) -> None:
        """Leave the line, or an instance that was not connected to yet."""
        held = person.held
        if person.attempt_in_hand.ready is None:
            self._leave_line(person, at)
        elif held is not None and held.connected is None:
            self._end(held, at, Cause.DEPARTURE)
        elif held is not None:
            self._begin_timeout(held, at)

    def _leave_line(self, person: Person, at: Millis) -> None:
        if self.line.pop(person.user, None) is not None:
            self.pool.wait(-1, at)
            self._demand_changed(at)

    def dismiss(self, user: int, at: Millis) -> None:
        """A user leaves for good: all that is under way ends."""
        person = self.crowd.people[user]
        self._leave_line(person, at)
        self.crowd.take_away(user, at, Cause.OPERATION)
        if person.held is not None:
            self._end(person.held, at, Cause.OPERATION)

    def lose(self, instances: list[Instance], at: Millis, cause: Cause, outage: int) -> None:
        """An outage takes instances, with whoever is on them (F5)."""
        if not instances:
            return
        lost = {instance.number for instance in instances}
        people = [
            person
            for person in self.crowd.people.values()
            if person.held is not None and person.held.instance.number in lost
        ]
        for person in sorted(people, key=lambda person: person.user):
            held = person.held
            assert held is not None
            self.crowd.interrupt(person.user, at, cause, outage)
            held.ended, person.held = True, None
            self.pool.record(held.row(at, cause, until=at))
        for instance in instances:
            self.pool.lose(instance, at, cause)
        self.pool.lost(at)

    def _begin_timeout(self, held: UserSession, at: Millis) -> None:
        held.expires = at + self._spec.disconnect_timeout
        self._heed_limit(held, held.expires)
        self.crowd.agenda.put(held.expires, EXPIRY, self._expire, held, None)

    def _expire(self, held: UserSession, at: Millis) -> None:
        if held.expires == at and not held.ended:
            self._end(held, at, Cause.DISCONNECT_TIMEOUT)

    def _reach_limit(self, held: UserSession, at: Millis) -> None:
        if not held.ended:
            self.crowd.take_away(held.user, at, Cause.SESSION_LIMIT, past_request=True)
            self._end(held, at, Cause.SESSION_LIMIT)

    def _end(self, held: UserSession, at: Millis, cause: Cause) -> None:
        held.ended = True
        self.crowd.people[held.user].held = None
        self.pool.record(held.row(at, cause, until=at))
        self.pool.give_back(held.instance, at)

    def finish(self) -> None:
        """Write down the user sessions that are held at the end of the run."""
        end = self.crowd.world.end
        for person in self.crowd.people.values():
            if person.held is not None and person.held.instance.pool == self.pool.number:
                self.pool.record(person.held.row(None, Cause.HORIZON, until=end))
