"""One pool and its people, minute by minute: rules P1 to P8 of `docs/model.md` on three pages.

Written from the text, in whole minutes and plain lists, for AlwaysOn instances, logons that take no
time and targets that come from edits or from places kept spare. It shares no code with the engine.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sim.record import Ending

PEOPLE = 6
DETECTION = 2
TIMEOUT = 3
LIMIT = 10
"""Network-loss detection, disconnect timeout and maximum duration [min]."""
EVER = 10**6


@dataclass
class Someone:
    """A user: at home, at work, in line, about to try again; with a place or without."""

    instance: int | None = None
    """Where the user has a place."""
    since: int = 0
    """Begin of the user session."""
    works_until: int | None = None
    lingers_until: int | None = None
    """Until when the desktop takes a user who has left for present."""
    expires: int | None = None
    """End of the disconnect timeout."""
    again: int | None = None
    """When a refused user tries again."""
    arrival: int = 0
    length: int = 0
    ending: Ending = Ending.LOGOFF
    patience: int = 0
    back_off: int = 1


@dataclass
class Model:
    """What a pool and its people do, minute by minute."""

    size: int
    keep: bool
    queue: bool
    breadth: bool
    queue_limit: int | None
    spare: int | None
    launch_retry: int
    minimum: int
    asked: int
    """What edits have asked for."""
    maximum: int
    boots: Callable[[], int]
    addresses: int
    slots: int
    now: int = 0
    target: int = 0
    pending: dict[int, int] = field(default_factory=dict)
    """Instances being provisioned, and when they are there."""
    idle: list[tuple[int, int]] = field(default_factory=list)
    """Since when, and which."""
    in_use: dict[int, set[int]] = field(default_factory=dict)
    line: list[int] = field(default_factory=list)
    people: list[Someone] = field(default_factory=lambda: [Someone() for _ in range(PEOPLE)])
    retry: int | None = None
    offers: set[int] = field(default_factory=set)
    asking: set[int] = field(default_factory=set)
    """Who asks for a place in the minute that has begun."""
    launched: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    cut: int = 0
    """Sessions that the maximum duration ended."""

    # counts

    @property
    def actual(self) -> int:
        return self.size * (len(self.idle) + len(self.in_use))

    @property
    def desired(self) -> int:
        return self.actual + self.size * len(self.pending)

    @property
    def active(self) -> int:
        return sum(len(users) for users in self.in_use.values())

    # capacity

    def open(self) -> None:
        self.target = self.wanted()
        while self.desired < self.target and (number := self.launch()) is not None:
            self.idle.append((0, number))
        self.reconcile()

    def wanted(self) -> int:
        asked = self.asked
        if self.spare is not None:
            asked = self.active + len(self.line) + self.spare
        whole = -(-asked // self.size) * self.size
        return max(self.minimum, min(whole, self.maximum))

    def retarget(self) -> None:
        if self.wanted() != self.target:
            self.target = self.wanted()
            self.reconcile()

    def demand_changed(self) -> None:
        if self.spare is not None:
            self.retarget()

    def bounds(self, least: int | None, asked: int | None, most: int | None) -> None:
        if least is not None:
            self.minimum, self.maximum = least, max(least, self.maximum)
        if most is not None:
            self.minimum, self.maximum = min(self.minimum, most), most
        asked = self.asked if asked is None else asked
        self.asked = max(self.minimum, min(asked, self.maximum))
        self.retarget()

    def reconcile(self) -> None:
        while self.desired - self.size >= self.target and (self.pending or self.idle):
            if self.pending:
                self.pending.popitem()
            else:
                self.idle.pop()
            self.free_a_slot(1)
        while self.desired < self.target:
            number = self.launch()
            if number is None:
                self.retry = self.now + self.launch_retry if self.retry is None else self.retry
                return
            self.pending[number] = self.now + self.boots()

    def launch(self) -> int | None:
        if not self.addresses or not self.slots:
            return None
        self.free_a_slot(-1)
        self.launched += 1
        return self.launched - 1

    def free_a_slot(self, change: int) -> None:
        self.addresses += change
        self.slots += change

    # places

    def take(self, user: int) -> bool:
        number = self.choice()
        if number is None:
            return False
        self.idle = [one for one in self.idle if one[1] != number]
        self.in_use.setdefault(number, set()).add(user)
        someone = self.people[user]
        someone.instance, someone.since = number, self.now
        self.connect(someone)
        return True

    def choice(self) -> int | None:
        """On the one idle longest, unless people are put together."""
        room = [
            (len(users), number) for number, users in self.in_use.items() if len(users) < self.size
        ]
        longest_idle = self.idle[0][1] if self.idle else None
        if self.breadth:
            return min(room)[1] if longest_idle is None and room else longest_idle
        return min((-users, number) for users, number in room)[1] if room else longest_idle

    def connect(self, someone: Someone) -> None:
        self.fates["served"] += 1
        someone.expires = None
        someone.works_until = self.now + someone.length

    def end(self, user: int) -> None:
        someone = self.people[user]
        number = someone.instance
        assert number is not None
        someone.instance = someone.works_until = someone.lingers_until = someone.expires = None
        self.in_use[number].remove(user)
        empty = not self.in_use[number]
        there = True
        if empty:
            del self.in_use[number]
            if self.keep:
                self.idle = sorted([*self.idle, (self.now, number)])
            else:
                self.free_a_slot(1)
                there = False
        self.demand_changed()
        if empty:
            self.reconcile()
            there = there and any(number == one for _, one in self.idle)
        if there:
            self.offers.add(number)

    def serve(self) -> None:
        while self.line and self.take(self.line[0]):
            del self.line[0]

    # time

    def minute(self) -> None:
        """All that happens at this minute, in the order of P8."""
        for user, someone in enumerate(self.people):
            over = someone.instance is not None and self.now == someone.since + LIMIT
            if over or someone.expires == self.now:
                self.cut += someone.works_until is not None
                self.end(user)
        for user, someone in enumerate(self.people):
            if someone.works_until == self.now:
                self.leave(user)
            elif someone.lingers_until == self.now:
                self.disconnect(someone)
        self.capacity()
        for user, someone in enumerate(self.people):
            if user in self.line and self.now == someone.arrival + someone.patience:
                self.give_up(user)
                self.capacity()
        for user, someone in enumerate(self.people):
            if user in self.asking or someone.again == self.now:
                self.asking.discard(user)
                someone.again = None
                self.request(user)
                self.capacity()
        self.now += 1

    def leave(self, user: int) -> None:
        someone = self.people[user]
        someone.works_until = None
        match someone.ending:
            case Ending.LOGOFF:
                self.end(user)
            case Ending.DISCONNECT:
                self.disconnect(someone)
            case Ending.NETWORK_LOSS:
                someone.lingers_until = self.now + DETECTION
            case Ending.LEFT_CONNECTED:
                someone.lingers_until = EVER

    def disconnect(self, someone: Someone) -> None:
        someone.lingers_until = None
        someone.expires = self.now + TIMEOUT

    def capacity(self) -> None:
        """Retries, then instance by instance those that are there now or have free places."""
        while True:
            due = {number for number, at in self.pending.items() if at == self.now} | self.offers
            if self.retry == self.now:
                self.retry = None
                self.reconcile()
            elif due:
                number = min(due)
                self.offers.discard(number)
                if self.pending.pop(number, None) is not None:
                    self.idle = sorted([*self.idle, (self.now, number)])
                self.serve()
            else:
                return

    def give_up(self, user: int) -> None:
        self.line.remove(user)
        self.fates["abandoned"] += 1
        self.demand_changed()

    def request(self, user: int) -> None:
        someone = self.people[user]
        if someone.lingers_until is not None:
            self.disconnect(someone)
        if someone.instance is not None:
            self.connect(someone)
        elif self.take(user):
            self.demand_changed()
        elif self.queue and (self.queue_limit is None or len(self.line) < self.queue_limit):
            if someone.patience <= self.now - someone.arrival:
                self.fates["abandoned"] += 1
                return
            self.line.append(user)
            self.demand_changed()
        else:
            self.fates["refused"] += 1
            again = self.now + someone.back_off
            if again - someone.arrival <= someone.patience:
                someone.again = again

    def comes_back(self) -> list[int]:
        """Who is at home and has a place."""
        return [user for user in range(PEOPLE) if self.has_place(user) and self.at_home(user)]

    def has_place(self, user: int) -> bool:
        return self.people[user].instance is not None

    def at_home(self, user: int) -> bool:
        someone = self.people[user]
        busy = someone.works_until is not None or someone.again is not None
        return not busy and user not in self.line and user not in self.asking
