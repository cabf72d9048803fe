"""Replay: a recorded or exported plan, run in place of generated populations, or of one of them.

Recorded sessions go through the same door as generated ones, and meet the same fates: whoever
writes a plan and replays it gets the identical table. A user whose population the scenario
describes behaves as that population; of all others the scenario's `replay` section speaks.

Everything that is wrong with the files is reported at once, by row.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.record import NEVER, PLAN, USERS, Table
from sim.scenario.errors import Problem, ScenarioError
from sim.scenario.schema import Scenario
from sim.workload.arrivals import ENDINGS
from sim.workload.clients import NOBODY_SAID, client_names, draw_clients, draw_round_trips
from sim.workload.fates import LONGEST, addressed, draw_fates
from sim.workload.overlaps import Intentions, overlapping, reaching_furthest, unions
from sim.workload.owners import Owners, named_owners, recorded_owners
from sim.workload.plans import Workload
from sim.workload.recordings import Recording
from sim.workload.streams import Numbers
from sim.workload.tables import InputTable, Mask

_SESSION_COLUMNS = ("arrival", "gap_s", "idle_from_s", "client", "rtt_ms")


def replayed(scenario: Scenario, recording: Recording, replication: int = 0) -> Workload:
    """The workload that the files of a recording say.

    Users have ids from 0 in the order of their file, or of appearance. Rows of users who belong to
    another population than the recording's are left out, whatever they say.

    Raises:
        ScenarioError: with everything that is wrong with the files.
    """
    table = _open_sessions(recording)
    owners, problems = _owners(scenario, recording, table.words("user")[1])
    users = owners.users
    table.keep(~np.isin(np.array(table.texts("user"), dtype=object), list(owners.others)))
    owner, names = table.words("user")
    position = {name: row for row, name in enumerate(users["name"])}
    user = np.array([*(position.get(name, -1) for name in names), -1], dtype=np.int64)[owner]
    if recording.users is not None and not problems:
        table.refuse(table.given("user") & (user < 0), "user", "a user of the users file")
    rows = _read_sessions(scenario, table, user)
    if not problems and not table.problems:
        rows = _ordered(scenario, recording, users, rows, table)
    if problems or table.problems:
        raise ScenarioError([*problems, *table.in_order()])
    return _planned(scenario, users, rows, replication)


def _owners(
    scenario: Scenario, recording: Recording, names: list[str]
) -> tuple[Owners, list[Problem]]:
    """The users, or none of them and what is wrong."""
    try:
        if recording.users is None:
            return Owners(named_owners(scenario, recording, names)), []
        return recorded_owners(scenario, recording, recording.users), []
    except ScenarioError as error:
        return Owners(Table.empty(USERS)), error.problems


@dataclass(frozen=True)
class _Rows:
    """Recorded sessions; arrays of one length."""

    line: Numbers
    """Row in the file, from 0."""
    user: Numbers
    """Id; -1 for an unknown user."""
    arrival: Numbers
    gap: Numbers
    connected: Numbers
    idle_from: Numbers
    ending: NDArray[np.int8]
    client: Numbers
    """Position in `clients`; -1 where the file says none."""
    rtt: Numbers
    """Round-trip time [ms]; -1 where the file says none."""
    clients: list[str]

    def take(self, rows: Numbers | Mask) -> "_Rows":
        arrays = {name: getattr(self, name)[rows] for name in _ARRAYS}
        return _Rows(**arrays, clients=self.clients)

    @property
    def intentions(self) -> Intentions:
        return Intentions(self.user.astype(np.int32), self.arrival, self.connected, self.ending)


_ARRAYS = [name for name in _Rows.__annotations__ if name != "clients"]


def _open_sessions(recording: Recording) -> InputTable:
    table = InputTable(
        recording.sessions,
        text=("user", "ending", "client"),
        required=("user", "connected_s", "ending"),
        optional=_SESSION_COLUMNS,
    )
    if "arrival" not in table and "gap_s" not in table:
        table.complain(-1, "arrival", "expected a column arrival or gap_s, got neither")
    table.raise_problems()
    return table


def _read_sessions(scenario: Scenario, table: InputTable, user: Numbers) -> _Rows:
    """All rows as numbers; what is wrong is noted with the table."""
    calendar = scenario.calendar
    arrival, gap = table.instants("arrival", calendar), table.seconds("gap_s")
    said = table.given("arrival").astype(int) + table.given("gap_s")
    table.refuse(said == 0, "arrival", "an arrival or a gap_s")
    table.refuse(said == 2, "gap_s", "nothing here, since the row has an arrival")
    outside = (arrival != NEVER) & ((arrival < scenario.begin) | (arrival >= scenario.end))
    begin, end = calendar.isoformat(scenario.begin), calendar.isoformat(scenario.end)
    table.refuse(outside, "arrival", f"an instant from {begin} to before {end}")
    connected = table.seconds("connected_s", least=1)
    idle = table.seconds("idle_from_s")
    beyond = (idle != NEVER) & (connected != NEVER) & (idle > connected)
    table.refuse(beyond, "idle_from_s", "no more than connected_s")
    ending, endings = table.words("ending")
    codes = np.array([ENDINGS.get(word, -1) for word in [*endings, ""]])[ending]
    table.refuse(codes < 0, "ending", f"one of {', '.join(ENDINGS)}")
    table.refuse(~table.given("user"), "user", "the name of a user")
    table.refuse(~table.given("connected_s"), "connected_s", "more than 0 s")
    client, clients = table.words("client")
    rtt = table.numbers("rtt_ms")
    table.refuse((rtt < 0) | (rtt > LONGEST), "rtt_ms", "0 ms or more, and less than 24 days")
    return _Rows(
        line=np.arange(len(table)),
        user=user,
        arrival=arrival,
        gap=gap,
        connected=connected,
        idle_from=idle,
        ending=codes.astype(np.int8),
        client=client,
        rtt=np.where(np.isnan(rtt), -1, np.rint(np.nan_to_num(rtt))).astype(np.int64),
        clients=clients,
    )


def _ordered(
    scenario: Scenario, recording: Recording, users: Table, rows: _Rows, table: InputTable
) -> _Rows:
    """Rows by user, and by arrival; those of a user who has gaps in the order of the file."""
    gaps = np.zeros(len(users), dtype=bool)
    gaps[rows.user[rows.gap != NEVER]] = True
    key = np.where(gaps[rows.user], rows.line, rows.arrival)
    rows = rows.take(np.lexsort((rows.line, key, rows.user)))
    timed = rows.take(rows.arrival != NEVER)
    same = timed.user[1:] == timed.user[:-1]
    for at in np.flatnonzero(same & (timed.arrival[1:] < timed.arrival[:-1])).tolist():
        table.complain(
            int(timed.line[at + 1]),
            "arrival",
            f"expected no earlier than in line {table.line(int(timed.line[at]))}, because "
            "sessions of a user with gaps stand in the order of intent",
        )
    if recording.overlap == "refuse" and not table.problems:
        _refuse_overlaps(scenario, users, timed, table)
    return _merged(rows, gaps[rows.user]) if recording.overlap == "merge" else rows


def _refuse_overlaps(scenario: Scenario, users: Table, rows: _Rows, table: InputTable) -> None:
    sessions = rows.intentions
    furthest = reaching_furthest(sessions)
    for row in np.flatnonzero(overlapping(sessions, furthest)).tolist():
        before = int(furthest[row - 1])
        over = scenario.calendar.isoformat(int(rows.arrival[before] + rows.connected[before]))
        table.complain(
            int(rows.line[row]),
            "arrival",
            f"overlaps the session of {users['name'][rows.user[row]]} in line "
            f"{table.line(int(rows.line[before]))}, which lasts until {over}",
        )


def _merged(rows: _Rows, has_gaps: Mask) -> _Rows:
    """Unite overlapping sessions; of users with gaps none, the model knows when those begin."""
    timed = np.flatnonzero(~has_gaps)
    first, decisive = (timed[at] for at in unions(rows.take(timed).intentions))
    later = rows.arrival[decisive] - rows.arrival[first]
    idle = rows.idle_from[decisive]
    result = rows.take(np.arange(len(rows.line)))
    result.connected[first] = rows.connected[decisive] + later
    result.idle_from[first] = np.where(idle == NEVER, NEVER, idle + later)
    for column in ("ending", "client", "rtt"):
        getattr(result, column)[first] = getattr(rows, column)[decisive]
    return result.take(np.sort(np.concatenate([first, np.flatnonzero(has_gaps)])))


def _planned(scenario: Scenario, users: Table, rows: _Rows, replication: int) -> Workload:
    """The plan: what the files leave open is drawn as for generated sessions."""
    strangers = set(users["population"]) - set(scenario.populations)
    theirs = NOBODY_SAID if strangers else ()
    names = list(dict.fromkeys([*client_names(scenario), *rows.clients, *theirs]))
    user = rows.user.astype(np.int32)
    logons = addressed(scenario, users, user, rows.arrival)
    drawn = draw_clients(scenario, replication, users, names)[user]
    said = np.array([*map(names.index, rows.clients), 0])[rows.client]
    client = np.where(rows.client < 0, drawn, said).astype(np.int16)
    rtt = draw_round_trips(scenario, replication, logons, client, names)
    plan = Table.of(
        PLAN,
        session=np.arange(len(user)),
        user=user,
        arrival=rows.arrival,
        gap=rows.gap,
        connected=rows.connected,
        idle_from=rows.idle_from,
        ending=rows.ending,
        client=client,
        rtt=np.where(rows.rtt < 0, rtt, rows.rtt),
        **draw_fates(scenario, replication, logons, client, names),
    )
    return Workload(users, plan, names)
