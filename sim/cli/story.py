"""The story of a desktop or user on the screen, from its document and nothing else.

What it adds up to comes first, then row by row what happened. Eighty columns are enough.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.cli.screen import amounts, when
from sim.cli.terminal import grid

Document = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]

STAGES = {
    "line": ("directory_wait", "mfa_wait", "broker_wait"),
    "auth.": (
        "network_check",
        "trusted_device",
        "ip_access",
        "directory_service",
        "directory_link",
        "mfa",
        "broker",
    ),
    "desktop": ("desktop_wait", "start_wait"),
    "start": ("start",),
    "profile": ("profile",),
    "stream": ("streaming",),
    "system": ("os_logon",),
}
"""Stages of a logon as they fit beside each other; the document has each of its own."""


def screen(document: Document, most: int | None = None) -> Iterator[RenderableType]:
    """Everything, part by part, of each list so many rows."""
    yield head(document)
    yield months(document)
    if document["totals"]["states_s"]:
        yield states(document["totals"])
    yield charges(document)
    lists: dict[str, tuple[str, Callable[[Rows], Table]]] = {
        "wrong": ("Nothing went wrong.", _wrong),
        "operations": ("", _operations),
        "recoveries": ("", _recoveries),
        "terms": ("", _terms),
        "logons": ("Nobody tried to log on.", _logons),
        "sessions": ("", _sessions),
        "instances": ("No instance was held." if document["pooled"] else "", _instances),
        "runs": ("", _runs),
        "states": ("", _states),
        "assumptions": ("", _assumptions),
    }
    for name, (nothing, table) in lists.items():
        rows = document[name]
        # One set of terms stands in the head already.
        if rows and not (name == "terms" and len(rows) == 1):
            yield _listed(table, rows, most)
        elif nothing:
            yield Text(nothing)


def head(document: Document) -> RenderableType:
    """Whose story it is, of what time, and what the desktop is."""
    kind = "pool" if document["pooled"] else "fleet"
    user = "user" if document["name"] == document["user"] else f"desktop of {document['user']}"
    zones = dict.fromkeys(row["zone"] for row in document["desktops"])
    parts = [f"{user}, {document['population']}", f"{kind} {document['fleet']}"]
    parts += [f"zone {', '.join(zones)}"] if zones else []
    span = f"{when(document['begin'])} to {when(document['end'])} UTC"
    lines = [
        Text(document["name"], style="bold"),
        Text(", ".join(parts), style="dim"),
        *(Text(_machine(row), style="dim") for row in document["terms"][-1:]),
        Text(f"{document['scenario']}, {span}", style="dim"),
    ]
    for row in document["desktops"]:
        born = row["created"] > document["begin"] and f"created {when(row['created'])}"
        gone = row["deleted"] and f"deleted {when(row['deleted'])}"
        if born or gone:
            told = ", ".join(text for text in (born, gone) if text)
            lines.append(Text(f"{row['name']}: {told}", style="dim"))
    return Text("\n").join(lines)


def months(document: Document) -> RenderableType:
    """What it adds up to, month by month."""
    pooled, total = document["pooled"], document["totals"]
    held = "held" if pooled else "metered"
    bill = total["currency"] or "charges"
    names = ["Month", "sessions", "work [h]", "wait [min]", "refused", f"{held} [h]", bill]
    table = grid(names)

    def add(label: str, row: Document, style: str = "") -> None:
        table.add_row(
            label,
            f"{row['started_sessions']:,}",
            _hours(row["connected_s"]),
            f"{row['waited_s'] / 60:,.1f}",
            f"{sum(row['refused_attempts'].values()):,}",
            _hours(row[f"{held}_s"]),
            amounts(row["amount"]),
            style=style,
        )

    for row in document["months"]:
        add(row["month"], row)
    table.add_section()
    add("total", total, "bold")
    return table


def states(totals: Document) -> RenderableType:
    """How long the desktop was in each state."""
    table = grid(["State", "time [h]", "share"])
    whole = sum(totals["states_s"].values())
    for state, spent in totals["states_s"].items():
        table.add_row(state, _hours(spent), f"{100 * spent / whole:.1f} %")
    return table


def charges(document: Document) -> RenderableType:
    """The bill of its months, and what it adds up to."""
    rows = document["charges"]
    if not rows:
        return Text("Nothing was charged for it.")
    table = grid(
        ["Charge", "month", "quantity", "price", f"amount [{rows[0]['currency']}]"], words=2
    )
    for row in rows:
        quantity = f"{Decimal(row['quantity']):,f} {row['unit']}"
        paid = amounts(row["amount"])
        table.add_row(row["charge"], row["month"], quantity, row["unit_price"], paid)
    table.add_section()
    table.add_row("total", "", "", "", amounts(document["totals"]["amount"]), style="bold")
    if not document["whole_months"]:
        return _noted(table, "of whole months, as they are billed")
    return table


# --- row by row


def _listed(table: Callable[[Rows], Table], rows: Rows, most: int | None) -> RenderableType:
    """A list, or its beginning and how many rows more it has."""
    shown = table(rows[:most])
    if most is None or len(rows) <= most:
        return shown
    more = f"and {len(rows) - most:,} more: --rows 0 shows all, --from and --to a part"
    return _noted(shown, more)


def _noted(table: Table, text: str) -> RenderableType:
    """A table, and what is to be said of it."""
    return Group(table, Text(text, style="dim"))


def _lines(title: str, *columns: str, times: int, numbers: int = 0) -> Table:
    """A list: instants, then numbers, then words that may be folded."""
    table = grid([title, *columns], words=times)
    for place, column in enumerate(table.columns):
        column.no_wrap = place < times + numbers
        if place >= times + numbers:
            column.justify, column.overflow = "left", "fold"
    return table


def _wrong(rows: Rows) -> Table:
    table = _lines("What went wrong", "", "", times=1)
    for row in rows:
        table.add_row(_clock(row["at"]), row["what"], row["cause"])
    return table


def _operations(rows: Rows) -> Table:
    table = _lines("Operation", "done", "", "to", "by", "", times=2)
    for row in rows:
        done = _clock(row["done"], row["at"]) if row["accepted"] else "refused"
        cause = "" if row["accepted"] else row["cause"]
        table.add_row(_clock(row["at"]), done, row["operation"], row["to"], row["by"], cause)
    return table


def _recoveries(rows: Rows) -> Table:
    table = _lines("Recovery", "done", "until", "", "data lost [h]", times=3)
    table.columns[-1].justify = "right"
    for row in rows:
        done = _clock(row["done"], row["at"]) if row["done"] else "not yet"
        until = _clock(row["until"], row["done"]) if row["until"] else ""
        what = row["kind"] if row["kind"] == "standby" else f"{row['kind']}: {row['desktop']}"
        table.add_row(_clock(row["at"]), done, until, what, f"{row['data_age_s'] / 3600:,.2f}")
    return table


def _terms(rows: Rows) -> Table:
    table = _lines("Terms from", "to", "", times=2)
    for row in rows:
        table.add_row(_clock(row["begin"]), _clock(row["end"]), _machine(row))
    return table


def _logons(rows: Rows) -> Table:
    """Only the stages in which anybody spent any time."""
    spent = {
        name: [sum(row[f"{stage}_s"] for stage in stages) for row in rows]
        for name, stages in STAGES.items()
    }
    took = {name: times for name, times in spent.items() if any(times)}
    table = _lines("Logon [s]", *took, "total", "", times=1, numbers=len(took) + 1)
    for number, row in enumerate(rows):
        times = [column[number] for column in took.values()]
        cells = [f"{time:,.1f}" if time else "" for time in times]
        table.add_row(_clock(row["arrival"]), *cells, f"{sum(times):,.1f}", _outcome(row))
    return table


def _sessions(rows: Rows) -> Table:
    table = _lines("Session", "to", "work [h]", "client", "", times=2, numbers=1)
    for row in rows:
        begin = row["connected"] or row["arrival"]
        table.add_row(
            _clock(begin),
            _clock(row["ended"], begin),
            f"{row['delivered_s'] / 3600:,.2f}",
            f"{row['client']}, {row['rtt_ms']} ms",
            row["ending"] if row["outcome"] == "ended" else _outcome(row),
        )
    return table


def _instances(rows: Rows) -> Table:
    table = _lines("Held from", "to", "time [h]", "instance", "", times=2, numbers=2)
    for row in rows:
        why = "logoff" if row["cause"] == "none" else row["cause"]
        table.add_row(*_span(row), f"{row['instance']}", why if row["end"] else "still held")
    return table


def _runs(rows: Rows) -> Table:
    table = _lines("Metered run", "to", "time [h]", "for", times=2, numbers=1)
    for row in rows:
        table.add_row(*_span(row), row["kind"])
    return table


def _states(rows: Rows) -> Table:
    table = _lines("State from", "to", "time [h]", "", times=2, numbers=1)
    for row in rows:
        table.add_row(*_span(row), row["state"])
    return table


def _assumptions(rows: Rows) -> Table:
    """Each setting with its value, and below it where a default comes from."""
    table = grid(["Rests on", ""], words=2)
    for row in rows:
        known = "as the scenario says" if row["stated"] else row["source"]
        said = Text(row["value"]).append(f"\n{known}", style="dim")
        table.add_row(Text(row["path"], overflow="fold"), said)
    return table


# --- cells


def _span(row: Document) -> tuple[str, str, str]:
    """From, to, and how long it lasted."""
    begin, end = row["begin"], row["end"]
    return _clock(begin), _clock(end, begin), f"{row['lasted_s'] / 3600:,.2f}"


def _machine(row: Document) -> str:
    return f"{row['bundle']}, {row['root_gb']} + {row['user_gb']} GB, {row['running_mode']}"


def _outcome(row: Document) -> str:
    """What became of an attempt or a session, and why."""
    cause = "" if row["cause"] == "none" else f": {row['cause']}"
    return f"{row['outcome']}{cause}"


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:,.1f}"


def _clock(instant: str | None, after: str = "") -> str:
    """An instant to the second, without what it shares with an earlier one beside it."""
    if instant is None:
        return ""
    day, _, clock = instant.partition("T")
    if after.startswith(day):
        return clock[:8]
    return f"{day.removeprefix(after[:5])} {clock[:8]}" if after else f"{day} {clock[:8]}"
