"""What each fault does in each state, told by stories and held against the tables of the docs.

Each cell of the tables in docs/outages.md is a story: ann's desktop, or the pool's only instance,
is in a state at noon, when something breaks for an hour. Nobody tries again, and ann comes at 20:00
to see what is left of her work. What the story shows must be what the cell says, word for word; a
cell that says nothing is a story that comes out as if nothing had broken.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sim.record import NEVER, DesktopState, Outcome, Table
from sim.units import HOUR, MINUTE, Millis
from tests.unit.scenario_files import OFFICE, Folder
from tests.unit.stories import KEYS, Facts, story

DOCS = Path(__file__).parents[2] / "docs" / "outages.md"
NOON, OVER, EVENING = 12 * HOUR, 13 * HOUR, 20 * HOUR
UNTOUCHED = "-"

WHEN = {"at": "2026-09-06T12:00Z", "lasts": "1 h"}
HOST = {"zone": "a", "count": 1, "vcpu": 4, "memory": "16 GB"}
FAULTS: dict[str, list[dict[str, Any]]] = {
    "zone, Region": [{"zone": {"zone": "a", **WHEN}}, {"region": WHEN}],
    "host": [{"hosts": {"group": "one", **WHEN}}],
    "streaming": [{"streaming": WHEN}],
    "control plane": [{"control_plane": WHEN}],
    "directory, link": [{"directory": WHEN}, {"link": WHEN}],
    "second factor": [{"mfa": WHEN}],
    "certificates": [{"certificate": WHEN}],
}
"""The columns of the tables; faults that do the same share one."""


@dataclass(frozen=True)
class Situation:
    """What a desktop, or an instance, is doing at noon: a row of a table."""

    name: str
    mode: str
    plan: str = ""
    """Rows of user, arrival, connected and ending before the evening's."""
    ann: Mapping[str, str] = field(default_factory=dict)
    """What is said of ann among the users."""
    told: Mapping[str, Any] = field(default_factory=dict)
    """What else the story says."""
    spare: bool = True
    """Whether there is another host with room."""

    def __str__(self) -> str:
        return f"{self.name}, {self.mode}"


BOTH = ("AutoStop", "AlwaysOn")
STAYS = "ann  09:00  8 h  disconnect"
LOGON = "ann  11:58  1 h  disconnect"
MIGRATE = "at  user  operation\n11:30  ann  migrate"
SWITCH = "at  user  operation  to\n11:58  ann  switch-mode  AlwaysOn"
SLOW_START = {"resume": "5 min", "cold_start": "5 min"}


def each(name: str, plan: str = "", **more: Any) -> list[Situation]:
    """A situation in both modes."""
    return [Situation(name, mode, plan, **more) for mode in BOTH]


OWNED = [
    *each("not there yet", ann={"joins": "18:00"}),
    *each("being created", ann={"joins": "11:50"}),
    *each("connected", STAYS),
    Situation("connected, no other host", "AlwaysOn", STAYS, spare=False),
    *each("disconnected", "ann  09:00  150 min  disconnect"),
    *each("left connected", "ann  09:00  1 h  left-connected"),
    Situation("starting for a logon", "AutoStop", LOGON, told={"logon": SLOW_START}),
    Situation(
        "starting by an operation",
        "AlwaysOn",
        told={"fleet": {"running_mode": "AutoStop"}, "operations": SWITCH, "logon": SLOW_START},
    ),
    *each(
        "running, logging on",
        f"ann  09:00  170 min  disconnect\n{LOGON}",
        told={"logon": {"streaming": "5 min"}},
    ),
    *each("in the directory", LOGON, told={"logon": {"directory_service": "5 min"}}),
    Situation("stopped", "AutoStop", "ann  09:00  1 h  disconnect"),
    Situation(
        "stopping",
        "AutoStop",
        "ann  09:00  110 min  disconnect",
        told={"fleet": {"stop_delay": "30 min"}},
    ),
    Situation("in maintenance", "AutoStop", told={"maintained": {"ann": "11:30"}}),
    Situation(  # on this Sunday midnight in Pago Pago is at 11:00 UTC
        "in maintenance",
        "AlwaysOn",
        STAYS,
        ann={"time_zone": "Pacific/Pago_Pago"},
        told={"maintenance": {"autostop": False, "alwayson_duration": "2 h"}},
    ),
    *each("being migrated", "ann  09:00  1 h  disconnect", told={"operations": MIGRATE}),
    *each("deleted", STAYS, ann={"leaves": "11:00"}),
    Situation("stopped, asked for meanwhile", "AutoStop", "ann  12:30  1 h  disconnect"),
    *each(
        "running, asked for meanwhile",
        "ann  09:00  170 min  disconnect\nann  12:30  1 h  disconnect",
    ),
]
"""States of a desktop that belongs to somebody."""

SHARED = [
    Situation("idle", "AlwaysOn"),
    Situation("being provisioned", "AlwaysOn", "ann  09:00  175 min  logoff"),
    Situation("connected", "AlwaysOn", STAYS),
    Situation(
        "disconnected",
        "AlwaysOn",
        "ann  09:00  2 h  disconnect",
        told={"pool": {"disconnect_timeout": "5 h"}},
    ),
    Situation(
        "starting for a logon",
        "AutoStop",
        LOGON,
        told={"pool": {"running_mode": "AutoStop"}, "logon": SLOW_START},
    ),
    Situation("logging on", "AlwaysOn", LOGON, told={"logon": {"streaming": "5 min"}}),
    Situation(
        "left at 12:25, with ann in line",
        "AlwaysOn",
        "bob  09:00  205 min  logoff\nann  11:00  1 h  logoff",
        told={"pool": {"admission": "queue"}, "logon": {"patience": "6 h"}},
    ),
    Situation("asked for meanwhile", "AlwaysOn", "ann  12:30  1 h  logoff"),
]
"""States of the only instance of a pool."""

SITUATIONS = {"Desktops that belong to somebody": OWNED, "Pools": SHARED}
"""The rows of each table, by heading."""
CELLS = [
    (heading, row, fault)
    for heading, situations in SITUATIONS.items()
    for row, fault in itertools.product(range(len(situations)), FAULTS)
]


@cache
def told(heading: str, row: int, fault: str, which: int, *, breaks: bool = True) -> Facts:
    """The story of a situation with a fault at noon; or with the same settings and without it."""
    situation = SITUATIONS[heading][row]
    settings: dict[str, Any] = dict(situation.told)
    logon = {"os_logon": "30 s", "resume": "1 min", "patience": "0 s", **settings.pop("logon", {})}
    machine = {"running_mode": situation.mode, **settings.pop("fleet", {})}
    machine |= settings.pop("pool", {})
    groups = {"one": HOST, "two": HOST} if situation.spare else {"one": HOST}
    if fault == "host":
        machine["hosts"] = list(groups)
    kind, size = ("pool", {"maximum": 1}) if heading == "Pools" else ("fleet", {})
    names = ["bob", "ann"] if "bob" in situation.plan else ["ann"]
    return story(
        f"user  arrival  connected  ending\n{situation.plan}\nann  20:00  1 h  logoff",
        start="2026-09-06",
        zones={"a": {}},
        users={name: dict(situation.ann) for name in names},
        people={"after_interruption": "give_up", "patience": logon.pop("patience")},
        host_groups=groups,
        directory={"servers": 1},
        access={"mfa": {"second_server": False}, "trusted_devices": {}},
        logon=logon,
        outages=[FAULTS[fault][which]] if breaks else [],
        **(settings | {kind: machine | size}),
    )


def observed(heading: str, row: int, fault: str, which: int) -> str:
    """What a fault does in a situation, in the words of the tables."""
    facts = told(heading, row, fault, which)
    plain = told(heading, row, fault, which, breaks=False)
    if all(alike(facts.of(schema).table, plain.of(schema).table) for schema in KEYS):
        return UNTOUCHED
    if heading == "Pools":
        parts = [person(facts), *instance(facts)]
    else:
        parts = [person(facts), desktop(facts), work(facts, plain)]
    return "; ".join(part for part in parts if part)


def alike(first: Table, second: Table) -> bool:
    """Whether two tables say the same; that something broke is no difference."""
    if first.schema.name == "outages":
        return True
    return all(first[name].tolist() == second[name].tolist() for name in first.schema.names)


def columns(table: Table, *names: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(table[name].tolist() for name in names), strict=True)


def person(facts: Facts) -> str:
    """What becomes of whoever is about at noon, or comes in the hour after it."""
    if NOON in facts.interruptions.table["at"].tolist():
        return "interrupted"
    for arrival, done, code, waited in columns(
        facts.logons.table, "arrival", "done", "outcome", "directory_wait"
    ):
        ended = Outcome(code).label
        if done == NOON:
            return ended
        if arrival < NOON < done:
            return f"goes on, then {ended}"
        if NOON <= arrival < OVER:
            return f"waits, then {ended}" if waited else ended
    if NOON in facts.sessions.table["disconnected"].tolist():
        return "disconnected"
    return ""


def desktop(facts: Facts) -> str:
    """The states of the desktop that is there: at noon, and when it is over."""
    states = [state_at(facts, at) for at in (NOON, OVER)]
    return " → ".join(dict.fromkeys(states))


def state_at(facts: Facts, at: Millis) -> str:
    """The state from an instant on; whether it has its whole time before it."""
    whole = {DesktopState.PENDING: 20 * MINUTE, DesktopState.UPDATING: HOUR}
    (found,) = [
        (DesktopState(state), end - at)
        for begin, end, state in columns(facts.states.table, "begin", "end", "state")
        if begin <= at < end and state != DesktopState.TERMINATED
    ]
    state, left = found
    return f"{state.label} anew" if whole.get(state) == left else state.label


def work(facts: Facts, plain: Facts) -> str:
    """Whether what was open at noon still is at the next logon after it."""
    before = plain.sessions.table["connected"]
    if not ((before != NEVER) & (before < NOON)).any() or next_os_logon(plain):
        return ""
    return "work lost" if next_os_logon(facts) else "work kept"


def next_os_logon(facts: Facts) -> Millis:
    """Time that the first connection after noon took to log on to the operating system."""
    (first, *_) = [
        took
        for done, outcome, took in columns(facts.logons.table, "done", "outcome", "os_logon")
        if done > NOON and outcome in (Outcome.CONNECTED, Outcome.REFUSED)
        if outcome == Outcome.CONNECTED or done > EVENING
    ]
    return int(first)


def instance(facts: Facts) -> Iterator[str]:
    """What becomes of the instance, of the user session on it, and when there is another."""
    lost = NOON in facts.instances.table["terminated"].tolist()
    retried = OVER + 5 * MINUTE
    asked = [at for at in facts.instances.table["requested"].tolist() if NOON <= at < retried]
    over = bool(asked) and asked[0] >= OVER
    when = "at once" if NOON in asked else "when it is over" if over else "meanwhile"
    if lost:
        yield f"instance lost, another {when}"
    elif asked:
        yield f"replaced {when}"
    if NOON in facts.user_sessions.table["end"].tolist():
        yield "user session lost"


# -- the tables


def written() -> dict[tuple[str, str, str], dict[str, str]]:
    """The cells of the tables of the docs by heading, situation and mode, each by its fault."""
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for section in DOCS.read_text(encoding="utf-8").split("\n## ")[1:]:
        heading, _, text = section.partition("\n")
        lines = [line for line in text.splitlines() if line.startswith("| ")]
        if heading not in SITUATIONS:
            continue
        header, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        for name, mode, *cells in rows:
            found[heading, name, mode] = dict(zip(header[2:], cells, strict=True))
    return found


def test_the_tables_have_each_state_and_each_fault() -> None:
    expected = [
        (heading, situation.name, situation.mode)
        for heading, situations in SITUATIONS.items()
        for situation in situations
    ]
    tables = written()
    assert list(tables) == expected
    assert all(list(row) == list(FAULTS) for row in tables.values())


@pytest.mark.parametrize(
    ("heading", "row", "fault"),
    CELLS,
    ids=[f"{SITUATIONS[heading][row]}-{fault}" for heading, row, fault in CELLS],
)
def test_a_cell_of_the_tables(heading: str, row: int, fault: str) -> None:
    situation = SITUATIONS[heading][row]
    expected = written()[heading, situation.name, situation.mode][fault]
    for which in range(len(FAULTS[fault])):
        assert observed(heading, row, fault, which) == expected


def test_the_example_of_the_docs_is_right(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write("link-outages.csv", "begin,lasts_s\n2026-09-02T09:00Z,60\n")
    (example,) = re.findall(r"(?s)```yaml\n(outages:.*?)```", DOCS.read_text(encoding="utf-8"))
    rack = "host_groups: {rack: {zone: a, count: 4, vcpu: 8, memory: 32 GB}}\n"
    scenario = folder.load(OFFICE + rack + "directory: {servers: 2}\n" + example).scenario
    kinds = [outage.kind for outage in scenario.outages]
    assert kinds == ["zone", "streaming", "directory", "hosts", "link"]


def test_a_cell_tells_faults_apart() -> None:
    """The words can say all the things that happen: no two faults have the same column, and a
    fault that touches nothing would be seen."""
    tables = list(written().values())
    seen = [tuple(row[fault] for row in tables) for fault in FAULTS]
    assert len(set(seen)) == len(FAULTS)
    assert all(set(column) != {UNTOUCHED} for column in seen)
