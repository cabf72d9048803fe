"""One desktop: the state it is in, the run being metered, the terms it is held on.

A desktop knows nothing of clocks or queues. The agenda tells it what happens and when; it keeps
the books: intervals of state without gap or overlap, metered runs, and terms from change to
change.
"""

from sim.model.facts import Facts
from sim.model.hosts import Host
from sim.model.regions import Region
from sim.record import NEVER, Cause, DesktopState, RunKind, RunningMode
from sim.units import Millis


class StandbyUse:
    """A time in which its standby stands for a desktop (F10)."""

    __slots__ = ("change", "data", "head", "recalled", "until")

    def __init__(
        self,
        head: tuple[object, ...],
        data: tuple[Millis, Millis],
        change: tuple[DesktopState, Millis, DesktopState] | None,
    ) -> None:
        self.head = head
        """The row of `recoveries` up to its `done`."""
        self.data = data
        """Instant and age of the data that is there."""
        self.change = change
        """What was under way at home."""
        self.recalled = False
        """Whether it is over once the user has gone."""
        self.until: Millis | None = None
        """When it was over; None while it lasts."""


class Desktop:
    """A persistent desktop and its open books."""

    __slots__ = (
        "_before",
        "_state_since",
        "bundle",
        "busy_until",
        "change",
        "created",
        "expires",
        "facts",
        "fleet",
        "host",
        "id",
        "lost_to",
        "mode",
        "ordinal",
        "region",
        "root_gb",
        "run_began",
        "run_kind",
        "signed_in",
        "standby",
        "state",
        "terms_created",
        "terms_since",
        "token",
        "user",
        "user_gb",
        "walked_elsewhere",
        "zone",
    )

    def __init__(
        self,
        facts: Facts,
        number: int,
        user: int,
        fleet: int,
        zone: str,
        *,
        region: Region,
        begin: Millis,
        state: DesktopState,
    ) -> None:
        self.facts = facts
        self.id = number
        self.user = user
        self.fleet = fleet
        self.zone = zone
        self.region = region
        """Whose streaming and control plane it needs."""
        self.state = state
        self._state_since = begin
        self._before: tuple[Millis, DesktopState] | None = None
        self.created = begin
        self.host: Host | None = None
        self.run_began: Millis | None = None
        self.run_kind = RunKind.LOGON
        self.expires: Millis | None = None
        """Instant at which the AutoStop timeout expires; None while it does not run."""
        self.busy_until: Millis = begin
        """End of the state under way, when it is one that ends by itself."""
        self.change: tuple[DesktopState, Millis, DesktopState] | None = None
        """A creation or change that an outage stopped: state, length, and the state after it."""
        self.lost_to: Cause = Cause.NONE
        """Why it is UNHEALTHY."""
        self.standby: StandbyUse | None = None
        """Its standby, while that stands for it."""
        self.signed_in = False
        """Whether the operating system still has the user's session."""
        self.ordinal = 1
        """1 for the user's first desktop, 2 for the second, ..."""
        self.walked_elsewhere = False
        """Whether the vectorised engine keeps this desktop's states and runs."""
        self.token = 0
        """Number of the state under way; an event made for an earlier one is stale."""

    # -- states

    def enter(self, state: DesktopState, at: Millis) -> None:
        """Change state; equal neighbours become one, an instant without length leaves no trace."""
        self.token += 1
        if state == self.state:
            return
        if at == self._state_since:
            if self._before and self._before[1] == state:
                self._state_since, self.state = self._before
                self._before = None
            else:
                self.state = state
            return
        self._record_before()
        self._before = (self._state_since, self.state)
        self.state, self._state_since = state, at

    def _record_before(self) -> None:
        if self._before:
            self.facts.state((self.id, self._before[0], self._state_since, self._before[1]))
            self._before = None

    def unwritten(self) -> list[tuple[Millis, Millis | None, DesktopState]]:
        """States that are not in the facts yet: begin, end and state; the last one has no end."""
        now = (self._state_since, None, self.state)
        if self._before is None:
            return [now]
        return [(self._before[0], self._state_since, self._before[1]), now]

    # -- metered runs

    def begin_run(self, at: Millis, kind: RunKind | None = None) -> None:
        """Power on: the meter starts, by default for somebody's logon."""
        if kind is None:
            kind = RunKind.LOGON if self.standby is None else RunKind.STANDBY
        self.run_began, self.run_kind = at, kind

    def end_run(self, at: Millis) -> None:
        """Power off, or whatever closes the run; nothing if no run is open."""
        if self.run_began is not None and at > self.run_began:
            self.facts.run((self.id, self.run_began, at, self.run_kind))
        self.run_began = None
        self.expires = None

    # -- terms

    def hold(
        self,
        bundle: str,
        root_gb: int,
        user_gb: int,
        mode: RunningMode,
        at: Millis,
        *,
        created: bool = False,
    ) -> None:
        """Begin new terms at an instant."""
        self.bundle, self.root_gb, self.user_gb, self.mode = bundle, root_gb, user_gb, mode
        self.terms_since, self.terms_created = at, created

    def close_terms(self, at: Millis, *, deleted: bool = False) -> None:
        """Record the terms in force up to an instant."""
        if at > self.terms_since or deleted:
            row = (
                self.id,
                self.terms_since,
                at,
                self.bundle,
                self.root_gb,
                self.user_gb,
                self.mode,
            )
            self.facts.terms((*row, self.terms_created, deleted))

    def change_terms(self, at: Millis, **changes: object) -> None:
        """Record the old terms and begin the changed ones."""
        self.close_terms(at)
        created = self.terms_created and at == self.terms_since
        for name, value in changes.items():
            setattr(self, name, value)
        self.terms_since, self.terms_created = at, created

    def finish(self, at: Millis) -> None:
        """Close all books at the end of the run."""
        if self.state != DesktopState.TERMINATED:
            self.end_run(at)
            self.close_terms(at)
        if self.walked_elsewhere:
            return
        self._record_before()
        if at > self._state_since:
            self.facts.state((self.id, self._state_since, at, self.state))


def desktop_row(
    desktop: Desktop, names: tuple[str, str], deleted: Millis | None
) -> tuple[object, ...]:
    """The desktop's row of the table `desktops`."""
    fleet, name = names
    return (
        desktop.id,
        name,
        desktop.user,
        fleet,
        desktop.zone,
        desktop.created,
        NEVER if deleted is None else deleted,
    )
