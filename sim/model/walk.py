"""One walk of a group of users through all their sessions, the k-th of all users at a time."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.model.facts import Facts
from sim.model.group import FAR, Group, Mask, Times
from sim.model.world import World
from sim.record import (
    DESKTOP_STATES,
    LOGONS,
    NEVER,
    RUNS,
    SESSIONS,
    Cause,
    DesktopState,
    Ending,
    Outcome,
    RunKind,
    SessionOutcome,
    StartKind,
    Table,
    TableBuilder,
)


class Step:
    """The k-th session of each user, filled in from arrival to leaving; one element per user.

    Elements of users who did not get that far hold numbers without meaning; the masks tell.
    """

    departure: Times
    """Fixed departure; FAR when there is none."""
    line_wait: Times
    service: Times
    request: Times
    desktop_wait: Times
    start: Times
    streaming: Times
    os_logon: Times
    ready: Times
    connected: Times
    leaves: Times
    admitted: Mask
    """Was given the desktop."""
    started: Mask
    """Gave the start command."""
    works: Mask
    """Connected before departure and end."""
    cut: Mask
    """Will be disconnected for idling."""
    ended: Mask
    """Connected and left before the end."""
    departed: Mask
    """Left without having been connected."""

    def __init__(self, row: NDArray[np.int64], arrival: Times, alive: Mask, planned: Times) -> None:
        self.row, self.arrival, self.planned = row, arrival, planned
        self.alive = alive
        """Arrived before the end."""


def _choose(first: Mask, a: Any, second: Mask, b: Any, otherwise: Any) -> NDArray[Any]:
    chosen: NDArray[Any] = np.where(first, a, np.where(second, b, otherwise))
    return chosen


class Walk:
    """One walk of a group; `facts` is None when only the arrivals are wanted."""

    def __init__(self, world: World, block: Group, line_wait: Times, facts: Facts | None) -> None:
        self.world, self.block, self.facts = world, block, facts
        self.line_wait = line_wait
        self.plan, self.end = world.plan, world.end
        self.arrived = np.full(len(world.plan), FAR, dtype=np.int64)
        """Instant at which each row arrived; FAR: not before the end."""
        users = len(block.user)
        self.over = np.full(users, -FAR, dtype=np.int64)
        self.running = block.always_on.copy()
        self.run_began = np.full(users, world.begin, dtype=np.int64)
        self.expires = np.full(users, FAR, dtype=np.int64)
        self.mark = np.full(users, world.begin, dtype=np.int64)
        """Instant from which the desktop is AVAILABLE (running) or STOPPED."""
        self.stopped_at = np.full(users, world.begin - 1, dtype=np.int64)
        """Instant at whose expiries the desktop became STOPPED; maintenance needs a later one."""
        self.signed_in = np.zeros(users, dtype=bool)
        self.lingering = np.zeros(users, dtype=bool)
        self.lingers_until = np.zeros(users, dtype=np.int64)
        self.lingering_session = np.zeros((users, len(SESSIONS.names)), dtype=np.int64)
        self.due = np.zeros(users, dtype=np.int64)
        """Next column of the maintenance instants."""
        self._builders = {
            schema.name: TableBuilder(schema) for schema in (LOGONS, SESSIONS, DESKTOP_STATES, RUNS)
        }

    def go(self) -> Times:
        """Walk all sessions; return the instant at which each plan row arrived."""
        block = self.block
        for rank in range(int(block.sessions.max(initial=0))):
            active = int(np.searchsorted(-block.sessions, -rank, side="left"))
            self._step(rank, active)
        if self.facts:
            self._finish()
        return self.arrived

    # -- one session of each user

    def _step(self, rank: int, n: int) -> None:
        """Walk the first `n` users through their session of this rank."""
        step = self._arrive(rank, n)
        self._reach_desktop(step)
        self._work(step)
        self.over[:n] = np.where(
            step.ended, step.leaves, np.where(step.departed, step.departure, FAR)
        )
        if self.facts:
            self._record_logons(step)
        self._part(step)

    def _arrive(self, rank: int, n: int) -> Step:
        """From intention to request (M1, M3)."""
        block, plan = self.block, self.plan
        row = block.first_row[:n] + rank
        planned = plan["connected"][row]
        arrival = np.maximum(plan["arrival"][row], self.over[:n])
        alive = arrival < self.end
        self.arrived[row] = np.where(alive, arrival, FAR)
        service = np.where(block.passes_directory[:n], plan["directory_service"][row], 0)
        step = Step(row, arrival, alive, planned)
        step.departure = np.where(block.fixed_departure[:n], arrival + planned, FAR)
        step.line_wait, step.service = self.line_wait[row], service.astype(np.int64)
        step.request = arrival + step.line_wait + step.service
        return step

    def _reach_desktop(self, step: Step) -> None:
        """From request to a desktop that runs, unless departure or the end comes first (M4, M6)."""
        n, request, departure = len(step.row), step.request, step.departure
        reached = step.alive & (departure > request) & (request < self.end)
        self._close_connections(reached, request)
        stopped = reached & ~(self.running[:n] & (request < self.expires[:n]))
        self._stop(stopped & self.running[:n])
        begin = np.where(reached, np.maximum(request, self.mark[:n]), request)
        begin = self._maintain(stopped, begin)
        step.admitted = reached & (departure > begin) & (begin < self.end)
        step.started = step.admitted & stopped
        step.start = np.where(step.started, self._start_time(step.row, n), 0)
        self._start(step.started, begin, step.start)
        self.expires[:n][step.admitted] = FAR
        step.desktop_wait = np.where(reached, begin - request, 0)
        step.ready = begin + step.start

    def _work(self, step: Step) -> None:
        """From a running desktop to the user's leaving (M6, M7)."""
        n, plan, departure = len(step.row), self.plan, step.departure
        step.streaming = np.where(step.admitted, plan["streaming"][step.row], 0)
        signs_in = step.admitted & ~self.signed_in[:n]
        step.os_logon = np.where(signs_in, plan["os_logon"][step.row], 0)
        step.connected = connected = step.ready + step.streaming + step.os_logon
        step.works = step.admitted & (departure > connected) & (connected < self.end)
        leaves = np.where(departure < FAR, departure, connected + step.planned)
        idle_from = plan["idle_from"][step.row]
        idle_since = connected + np.where(idle_from == NEVER, FAR, idle_from)
        idle_cut = idle_since + self.block.idle_limit[:n]
        step.cut = step.works & (idle_cut < leaves)
        step.leaves = np.where(step.cut, idle_cut, leaves)
        step.ended = step.works & (step.leaves < self.end)
        step.departed = step.alive & ~step.works & (departure < self.end)
        self._let_go(step.admitted & step.departed, np.maximum(step.ready, departure))

    def _start_time(self, row: NDArray[np.int64], n: int) -> Times:
        cold = self.block.cold[:n]
        return np.where(cold, self.plan["cold_start"][row], self.plan["resume"][row]).astype(
            np.int64
        )

    def _close_connections(self, reached: Mask, request: Times) -> None:
        """A connection that outlived its user ends at the next request at the latest (M7)."""
        n = len(reached)
        closing = reached & self.lingering[:n]
        if closing.any():
            at = np.minimum(self.lingers_until[:n], request)
            self._record_lingering(np.flatnonzero(closing), at[closing])
            self._let_go(closing, at)

    def _let_go(self, mask: Mask, at: Times) -> None:
        """Nobody needs the desktop from an instant on: its timeout begins (D2)."""
        n = len(mask)
        self.expires[:n][mask] = (at + self.block.timeout[:n])[mask]
        self.lingering[:n][mask] = False

    def _stop(self, mask: Mask) -> None:
        """The timeout has expired: the run ends, and the desktop stops."""
        who = np.flatnonzero(mask)
        if not len(who):
            return
        expired = self.expires[who]
        stopped = expired + self.block.stop_delay[who]
        self._record_run(who, self.run_began[who], expired, RunKind.LOGON)
        self._record_states(who, self.mark[who], expired, DesktopState.AVAILABLE)
        self._record_states(who, expired, stopped, DesktopState.STOPPING)
        self.mark[who] = self.stopped_at[who] = stopped
        self.running[who] = False

    def _start(self, mask: Mask, begin: Times, start: Times) -> None:
        who = np.flatnonzero(mask)
        if not len(who):
            return
        at, ready = begin[who], (begin + start)[who]
        self._record_states(who, self.mark[who], at, DesktopState.STOPPED)
        self._record_states(who, at, ready, DesktopState.STARTING)
        self.run_began[who], self.mark[who], self.running[who] = at, ready, True
        self.signed_in[who] &= ~self.block.cold[who]

    def _maintain(self, stopped: Mask, begin: Times) -> Times:
        """Maintain the stopped desktops that are due before a logon; return when that can start."""
        length, begin = self.world.maintenance_length, begin.copy()
        n = len(stopped)
        everyone = np.arange(n)
        while True:
            due = self.block.maintenance[everyone, self.due[:n]]
            met = stopped & (due <= begin) & (due < FAR)
            if not met.any():
                return begin
            happens = np.flatnonzero(met & (due > self.stopped_at[:n]))
            at = due[happens]
            self._record_states(happens, self.mark[happens], at, DesktopState.STOPPED)
            self._record_states(happens, at, at + length, DesktopState.MAINTENANCE)
            self._record_run(happens, at, at + length, RunKind.MAINTENANCE)
            self.mark[happens] = self.stopped_at[happens] = at + length
            begin[happens] = np.maximum(begin[happens], at + length)
            self.due[:n][met] += 1

    def _part(self, step: Step) -> None:
        """End sessions, let connections outlive their users, or leave sessions open (M7, M10)."""
        n, cut = len(step.row), step.cut & step.ended
        ending = np.where(cut, Ending.DISCONNECT, self.world.plan["ending"][step.row])
        self.signed_in[:n][step.ended] = (ending != Ending.LOGOFF)[step.ended]
        lost = step.ended & (ending == Ending.NETWORK_LOSS)
        lingering = lost | (step.ended & (ending == Ending.LEFT_CONNECTED))
        done = step.ended & ~lingering
        self._let_go(done, step.leaves)
        outlives = np.where(lost, self.block.detection[:n], self.block.idle_limit[:n])
        until = np.minimum(step.leaves + outlives, FAR)
        self.lingers_until[:n][lingering] = until[lingering]
        self.lingering[:n] |= lingering
        if self.facts:
            sessions = self._sessions(step, ending, done)
            self._extend(SESSIONS, sessions[step.alive & ~lingering])
            self.lingering_session[:n][lingering] = sessions[lingering]

    def _finish(self) -> None:
        """Bring every desktop to the end of the run, and hand the facts over."""
        end = self.end
        noticed = self.lingering & (self.lingers_until < end)
        self._record_lingering(np.flatnonzero(noticed), self.lingers_until[noticed])
        forever = self.lingering & ~noticed
        self._record_lingering(np.flatnonzero(forever), np.full(int(forever.sum()), NEVER))
        self._let_go(noticed, self.lingers_until)
        self._stop(self.running & (self.expires < end) & ~self.block.always_on)
        self._maintain(~self.running, np.full(len(self.running), end - 1))
        running, stopped = np.flatnonzero(self.running), np.flatnonzero(~self.running)
        metered = running[~self.block.always_on[running]]
        self._record_run(
            metered, self.run_began[metered], np.full(len(metered), end), RunKind.LOGON
        )
        self._record_states(running, self.mark[running], end, DesktopState.AVAILABLE)
        self._record_states(stopped, self.mark[stopped], end, DesktopState.STOPPED)
        assert self.facts is not None
        for name, keys in (("logons", "session"), ("sessions", "session"), ("runs", "desktop")):
            table = self._builders[name].drain()
            order = (keys, "begin") if name == "runs" else (keys,)
            self.facts.add(table.sorted_by(*order))
        self.facts.add(merged(self._builders["desktop_states"].drain()))

    # -- facts

    def _record_states(
        self, who: NDArray[np.int64], begin: Times, end: Times | int, state: DesktopState
    ) -> None:
        if self.facts is None:
            return
        until = np.minimum(end, self.end)
        lasting = begin < until
        count = int(np.count_nonzero(lasting))
        self._builders["desktop_states"].extend(
            desktop=self.block.desktop[who][lasting],
            begin=begin[lasting],
            end=np.broadcast_to(until, begin.shape)[lasting],
            state=np.full(count, state),
        )

    def _record_run(self, who: NDArray[np.int64], begin: Times, end: Times, kind: RunKind) -> None:
        if self.facts is None:
            return
        until = np.minimum(end, self.end)
        lasting = begin < until
        self._builders["runs"].extend(
            desktop=self.block.desktop[who][lasting],
            begin=begin[lasting],
            end=until[lasting],
            kind=np.full(int(lasting.sum()), kind),
        )

    def _record_logons(self, step: Step) -> None:
        n, works, departed = len(step.row), step.works, step.departed
        until = np.where(works, step.connected, np.where(departed, step.departure, self.end))
        lengths = {
            "directory_wait": step.line_wait,
            "directory_service": step.service,
            "desktop_wait": step.desktop_wait,
            "start": step.start,
            "streaming": step.streaming,
            "os_logon": step.os_logon,
        }
        passed = np.minimum(np.cumsum(list(lengths.values()), axis=0), until - step.arrival)
        stages = np.diff(passed, axis=0, prepend=0)
        kind = np.where(self.block.cold[:n], StartKind.COLD, StartKind.RESUME)
        found = {
            "session": step.row,
            "attempt": np.ones(n, dtype=np.int64),
            "user": self.block.user[:n],
            "desktop": self.block.desktop[:n],
            "arrival": step.arrival,
            **dict(zip(lengths, stages, strict=True)),
            "done": np.where(works | departed, until, NEVER),
            "start_kind": np.where(step.started, kind, StartKind.NONE),
            "outcome": _choose(works, Outcome.CONNECTED, departed, Outcome.ABANDONED, Outcome.OPEN),
            "cause": _choose(works, Cause.NONE, departed, Cause.DEPARTURE, Cause.HORIZON),
        }
        rows = np.flatnonzero(step.alive)
        if self.facts is not None and len(rows):
            # Whoever is walked passes none of the other stages.
            nothing = np.broadcast_to(np.zeros(1, dtype=np.int32), len(rows))
            others = dict.fromkeys(set(LOGONS.names) - set(found), nothing)
            kept = {name: values[rows] for name, values in found.items()}
            self._builders["logons"].extend(**kept, **others)

    def _sessions(self, step: Step, ending: NDArray[Any], done: Mask) -> NDArray[np.int64]:
        """All sessions of a step as rows of integers; those that linger lack `disconnected`."""
        n, plan, works, departed = len(step.row), self.world.plan, step.works, step.departed
        left = np.where(works, step.connected, np.where(departed, step.departure, self.end))
        completed = np.where(step.cut, SessionOutcome.CUT, SessionOutcome.ENDED)
        ended_by = np.where(step.cut, Cause.IDLE_DISCONNECT, Cause.NONE)
        delivered = np.minimum(step.leaves, self.end) - step.connected
        columns = [
            step.row,
            self.block.user[:n],
            self.block.desktop[:n],
            step.arrival,
            np.where(works, step.connected, NEVER),
            np.where(step.ended, step.leaves, NEVER),
            np.where(done, step.leaves, NEVER),
            step.planned,
            np.where(works, delivered, 0),
            left - step.arrival,
            ending,
            _choose(step.ended, completed, departed, SessionOutcome.ABANDONED, SessionOutcome.OPEN),
            _choose(step.ended, ended_by, departed, Cause.DEPARTURE, Cause.HORIZON),
            plan["client"][step.row],
            plan["rtt"][step.row],
        ]
        return np.column_stack(columns).astype(np.int64)

    def _record_lingering(self, who: NDArray[np.int64], disconnected: Times) -> None:
        sessions = self.lingering_session[who]
        sessions[:, SESSIONS.names.index("disconnected")] = disconnected
        self._extend(SESSIONS, sessions)

    def _extend(self, schema: Any, matrix: NDArray[np.int64]) -> None:
        if self.facts is not None and len(matrix):
            columns = dict(zip(schema.names, matrix.T, strict=True))
            self._builders[schema.name].extend(**columns)


def merged(states: Table) -> Table:
    """Intervals in order, equal neighbours made one."""
    states = states.sorted_by("desktop", "begin")
    desktop, state = states["desktop"], states["state"]
    first = np.ones(len(states), dtype=bool)
    first[1:] = (desktop[1:] != desktop[:-1]) | (state[1:] != state[:-1])
    last = np.append(first[1:], True)[: len(states)]
    columns = {name: states[name][first] for name in ("desktop", "begin", "state")}
    return Table.of(DESKTOP_STATES, **columns, end=states["end"][last])
