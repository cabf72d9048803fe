"""All users at once, by session rank: the vectorised engine for desktops that share nothing.

A user's k-th session depends on the user's own k-1 earlier ones and on nobody else, as long as no host, no
operation and no refusal comes between. So the first sessions of all users are computed in one go, then all
second ones, and so on: as many array steps as the busiest user has sessions, whatever the number of users.
A shared directory is the one thing in common that fits in: its waits are a recursion over all arrivals in
order of time (`sim.model.fifo`), and the arrivals change only where a wait made an earlier session of the
same user run over; iterating the two reaches the one consistent path in a few rounds.

Rule by rule it does what `sim.model.agenda` does; the tests hold the two together fact for fact.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.model.agenda import MAINTENANCE_AGE
from sim.model.facts import Facts
from sim.model.fifo import waits
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

Times = NDArray[np.int64]
Mask = NDArray[np.bool_]

FAR = 2**60
"""Later than any run, and small enough to add to."""

ROUNDS = 40
"""Rounds after which an overloaded directory is left to the agenda."""

BLOCK = 16_384
"""Users whose facts are held at once."""


@dataclass(frozen=True)
class Group:
    """Users walked together, with what does not change, one element each; most sessions first."""

    user: NDArray[np.int64]
    desktop: NDArray[np.int64]
    first_row: NDArray[np.int64]
    sessions: NDArray[np.int64]
    always_on: Mask
    timeout: Times
    stop_delay: Times
    detection: Times
    idle_limit: Times
    cold: Mask
    fixed_departure: Mask
    maintenance: Times
    """Instants at which a stopped desktop would be maintained, users x months, FAR where there is none."""


def group(world: World, users: NDArray[np.int64], desktop_of: NDArray[np.int64]) -> Group:
    """Gather what these users and their desktops are like."""
    sessions = world.first_row[users + 1] - world.first_row[users]
    order = np.argsort(-sessions, kind="stable")
    users, sessions = users[order], sessions[order]
    fleets = world.fleets

    def of_fleet(values: list[Any], dtype: type) -> NDArray[Any]:
        return np.array(values, dtype=dtype)[world.user_fleet[users]]

    always_on = of_fleet([fleet.running_mode == "AlwaysOn" for fleet in fleets], bool)
    created = world.begin - of_fleet([fleet.initial_age for fleet in fleets], np.int64)
    due = world.maintenance[users]
    young = due - created[:, None] < MAINTENANCE_AGE
    due = np.where((due == NEVER) | young | always_on[:, None], FAR, due)
    if not world.maintenance_length:
        due = np.full_like(due, FAR)
    fixed = np.array([habits.fixed_departure for habits in world.habits], dtype=bool)
    limits = [fleet.idle_disconnect_timeout for fleet in fleets]
    return Group(
        user=users,
        desktop=desktop_of[users],
        first_row=world.first_row[users],
        sessions=sessions,
        always_on=always_on,
        timeout=np.where(always_on, FAR, of_fleet([f.autostop_timeout for f in fleets], np.int64)),
        stop_delay=of_fleet([fleet.stop_delay for fleet in fleets], np.int64),
        detection=of_fleet([fleet.network_loss_detection for fleet in fleets], np.int64),
        idle_limit=of_fleet([FAR if limit is None else limit for limit in limits], np.int64),
        cold=of_fleet([fleet.cold for fleet in fleets], bool),
        fixed_departure=fixed[world.user_habits[users]],
        maintenance=np.column_stack([np.sort(due, axis=1), np.full(len(users), FAR)]),
    )


def simulate_by_rank(
    world: World, users: NDArray[np.int64], desktop_of: NDArray[np.int64], facts: Facts
) -> bool:
    """Walk users who share nothing but the directory, and record the facts.

    Returns False, with nothing recorded, when the directory is so overloaded that no consistent path was
    found in `ROUNDS` rounds; the agenda then takes these users.
    """
    line_wait = _directory_waits(world, users, desktop_of)
    if line_wait is None:
        return False
    for at in range(0, len(users), BLOCK):
        block = group(world, users[at : at + BLOCK], desktop_of)
        Walk(world, block, line_wait, facts).go()
    return True


def _directory_waits(
    world: World, users: NDArray[np.int64], desktop_of: NDArray[np.int64]
) -> Times | None:
    """Wait in the directory's line [ms] of each plan row; None when no consistent path was found."""
    plan = world.plan
    line_wait = np.zeros(len(plan), dtype=np.int64)
    passes = np.array([fleet.uses_directory for fleet in world.fleets])[world.user_fleet]
    queueing = np.zeros(len(world.users), dtype=bool)
    queueing[users] = passes[users]
    if not world.servers or not queueing.any():
        return line_wait
    block = group(world, np.flatnonzero(queueing), desktop_of)
    rows = np.flatnonzero(queueing[plan["user"]])
    arrival = plan["arrival"]
    for _ in range(ROUNDS):
        arrived = rows[arrival[rows] < world.end]
        order = arrived[np.lexsort([arrived, plan["user"][arrived], arrival[arrived]])]
        line_wait[:] = 0
        service = plan["directory_service"][order].astype(np.int64)
        line_wait[order] = waits(arrival[order], service, world.servers)
        found = Walk(world, block, line_wait, None).go()
        if np.array_equal(found[rows], np.minimum(arrival[rows], FAR)):
            return line_wait
        arrival = found
    return None


class Walk:
    """One walk of a group through its sessions; `facts` is None when only the arrivals are wanted."""

    def __init__(self, world: World, block: Group, line_wait: Times, facts: Facts | None) -> None:
        self.world, self.block, self.facts = world, block, facts
        self.line_wait = line_wait
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
        fates = ("resume", "cold_start", "streaming", "os_logon", "directory_service")
        self.plan = {
            name: world.plan[name] for name in (*fates, "arrival", "connected", "idle_from")
        }
        passes = np.array([fleet.uses_directory for fleet in world.fleets])
        at_all = bool(world.servers)
        self.passes_directory = passes[world.user_fleet[block.user]] & at_all

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
        block, end, plan = self.block, self.world.end, self.plan
        row = block.first_row[:n] + rank
        connected_for = plan["connected"][row]
        arrival = np.maximum(plan["arrival"][row], self.over[:n])
        alive = arrival < end
        self.arrived[row] = np.where(alive, arrival, FAR)
        service = np.where(self.passes_directory[:n], plan["directory_service"][row], 0).astype(
            np.int64
        )
        request = arrival + self.line_wait[row] + service
        departure = np.where(block.fixed_departure[:n], arrival + connected_for, FAR)

        # A step is reached when neither the departure nor the end comes first.
        reached = alive & (departure > request) & (request < end)
        self._close_connections(reached, request)
        running = reached & self.running[:n] & (request < self.expires[:n])
        stopped = reached & ~running
        self._stop(stopped & self.running[:n])
        begin = np.where(reached, np.maximum(request, self.mark[:n]), request)
        begin = self._maintain(stopped, begin)
        admitted = reached & (departure > begin) & (begin < end)
        started = admitted & stopped
        start = np.where(started, self._start_time(row, n), 0)
        self._start(started, begin, start)
        ready = begin + start
        self.expires[:n][admitted] = FAR
        streaming = np.where(admitted, plan["streaming"][row], 0)
        new_logon = admitted & ~self.signed_in[:n]
        os_logon = np.where(new_logon, plan["os_logon"][row], 0)
        connected = ready + streaming + os_logon

        works = admitted & (departure > connected) & (connected < end)
        leaves = np.where(departure < FAR, departure, connected + connected_for)
        idle_from = plan["idle_from"][row]
        idle_cut = connected + np.where(idle_from == NEVER, FAR, idle_from) + block.idle_limit[:n]
        cut = works & (idle_cut < leaves)
        leaves = np.where(cut, idle_cut, leaves)
        ended = works & (leaves < end)
        departed = alive & ~works & (departure < end)
        waiting = alive & ~works & ~departed

        self._let_go(admitted & departed, np.maximum(ready, departure))
        self.over[:n] = np.where(ended, leaves, np.where(departed, departure, FAR))
        kind = np.where(block.cold[:n], StartKind.COLD, StartKind.RESUME)
        stages = np.column_stack(
            [
                self.line_wait[row],
                service,
                np.where(reached, begin - request, 0),
                start,
                streaming,
                os_logon,
            ]
        )
        self._record_logons(
            row,
            alive,
            works,
            departed,
            arrival,
            stages,
            connected,
            departure,
            np.where(started, kind, 0),
        )
        self._leave(row, arrival, connected, leaves, connected_for, works, ended, cut)
        self._record_unstarted(row, arrival, departed, waiting, departure, connected_for)

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
        """Carry out the maintenance that stopped desktops meet until a logon; return when that can start."""
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

    def _leave(
        self,
        row: NDArray[np.int64],
        arrival: Times,
        connected: Times,
        leaves: Times,
        planned: Times,
        works: Mask,
        ended: Mask,
        cut: Mask,
    ) -> None:
        """End sessions, or let connections outlive their users, or leave sessions open (M7, M10)."""
        n, end = len(row), self.world.end
        meant = self.world.plan["ending"][row]
        ending = np.where(cut & ended, Ending.DISCONNECT, meant)
        outcome = np.where(
            ended, np.where(cut, SessionOutcome.CUT, SessionOutcome.ENDED), SessionOutcome.OPEN
        )
        cause = np.where(ended, np.where(cut, Cause.IDLE_DISCONNECT, Cause.NONE), Cause.HORIZON)
        self.signed_in[:n][ended] = (ending != Ending.LOGOFF)[ended]
        lost = ended & (ending == Ending.NETWORK_LOSS)
        left = ended & (ending == Ending.LEFT_CONNECTED)
        lingering = lost | left
        done = ended & ~lingering
        sessions = self._sessions(
            row,
            arrival,
            connected=connected,
            ended=np.where(ended, leaves, NEVER),
            disconnected=np.where(done, leaves, NEVER),
            planned=planned,
            delivered=np.minimum(leaves, end) - connected,
            waited=connected - arrival,
            ending=ending,
            outcome=outcome,
            cause=cause,
        )
        self._extend(SESSIONS, sessions[works & ~lingering])
        self._let_go(done, leaves)
        self.lingering_session[:n][lingering] = sessions[lingering]
        self.lingering[:n] |= lingering
        until = leaves + np.where(lost, self.block.detection[:n], self.block.idle_limit[:n])
        self.lingers_until[:n][lingering] = np.minimum(until, FAR)[lingering]

    def _finish(self) -> None:
        """Bring every desktop to the end of the run, and hand the facts over."""
        end = self.world.end
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
        until = np.minimum(end, self.world.end)
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
        until = np.minimum(end, self.world.end)
        lasting = begin < until
        self._builders["runs"].extend(
            desktop=self.block.desktop[who][lasting],
            begin=begin[lasting],
            end=until[lasting],
            kind=np.full(int(lasting.sum()), kind),
        )

    def _record_logons(
        self,
        row: NDArray[np.int64],
        alive: Mask,
        works: Mask,
        departed: Mask,
        arrival: Times,
        stages: Times,
        connected: Times,
        departure: Times,
        kind: NDArray[np.int64],
    ) -> None:
        if self.facts is None:
            return
        n = len(row)
        ended = np.where(departed, departure, np.where(works, connected, self.world.end))
        passed = np.minimum(stages.cumsum(axis=1), (ended - arrival)[:, None])
        stages = np.diff(passed, axis=1, prepend=0)
        outcome = np.where(
            works, Outcome.CONNECTED, np.where(departed, Outcome.ABANDONED, Outcome.OPEN)
        )
        cause = np.where(works, Cause.NONE, np.where(departed, Cause.DEPARTURE, Cause.HORIZON))
        columns = np.column_stack(
            [
                row,
                np.ones(n, dtype=np.int64),
                self.block.user[:n],
                self.block.desktop[:n],
                arrival,
                stages,
                np.where(works | departed, ended, NEVER),
                kind,
                outcome,
                cause,
            ]
        )
        self._extend(LOGONS, columns[alive])

    def _record_unstarted(
        self,
        row: NDArray[np.int64],
        arrival: Times,
        departed: Mask,
        waiting: Mask,
        departure: Times,
        planned: Times,
    ) -> None:
        never = np.full(len(row), NEVER)
        given_up = np.where(departed, departure, self.world.end)
        sessions = self._sessions(
            row,
            arrival,
            connected=never,
            ended=never,
            disconnected=never,
            planned=planned,
            delivered=np.zeros(len(row), dtype=np.int64),
            waited=given_up - arrival,
            ending=self.world.plan["ending"][row],
            outcome=np.where(departed, SessionOutcome.ABANDONED, SessionOutcome.OPEN),
            cause=np.where(departed, Cause.DEPARTURE, Cause.HORIZON),
        )
        self._extend(SESSIONS, sessions[departed | waiting])

    def _sessions(
        self, row: NDArray[np.int64], arrival: Times, **columns: NDArray[Any]
    ) -> NDArray[np.int64]:
        """Rows of `sessions` as a matrix of integers."""
        n, plan = len(row), self.world.plan
        keys = [row, self.block.user[:n], self.block.desktop[:n], arrival]
        tail = [plan["client"][row], plan["rtt"][row]]
        return np.column_stack([*keys, *columns.values(), *tail]).astype(np.int64)

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
