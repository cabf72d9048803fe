"""One desktop's story, or one user's: what happened, what it adds up to, and what it cost.

The document holds everything, and the command line and the picture show parts of it. Instants are
ISO-8601 in UTC, durations seconds, amounts text, as in the summary of a run.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from sim.api.numbers import money_text, seconds
from sim.api.story import Row, Story
from sim.record import (
    DESKTOP_STATES,
    DESKTOP_TERMS,
    DESKTOPS,
    INTERRUPTIONS,
    LOGONS,
    OPERATIONS,
    RECOVERIES,
    RUNS,
    SESSIONS,
    USER_SESSIONS,
    Column,
    Schema,
)
from sim.scenario.errors import dotted
from sim.storage import column_name
from sim.units import Calendar, Millis

SCHEMA = "desksim/explain/1"
"""Name and version of the document. New fields may join it; a changed one makes a new version."""

_TERMS = ("begin", "end", "bundle", "root_gb", "user_gb", "running_mode")
_RECOVERY = ("kind", "lost", "desktop", "at", "done", "until", "snapshot", "data_age")
_OPERATION = ("at", "operation", "to", "accepted", "cause", "done", "by")


def document(story: Story) -> dict[str, Any]:
    """The story as a document, ready for `json.dumps`; `docs/results.md` explains each field."""
    calendar, users = story.recorded.calendar, story.recorded.names.users
    shown = _Shown(calendar)
    return {
        "schema": SCHEMA,
        "scenario": story.recorded.scenario,
        "replication": story.recorded.replication,
        "begin": calendar.isoformat(story.begin),
        "end": calendar.isoformat(story.end),
        "name": story.name,
        "user": story.user_name,
        "population": str(users["population"][story.user]),
        "fleet": story.fleet,
        "pooled": story.pooled,
        "time_zone": str(users["time_zone"][story.user]),
        "desktops": shown.rows(DESKTOPS, story.desktop_rows, "name", "zone", "created", "deleted"),
        "totals": totals(story, story.begin, story.end),
        "months": [
            {"month": month.name, **totals(story, month.start, month.end)} for month in story.months
        ],
        "whole_months": _whole_months(story),
        "charges": [dict(row) for row in story.charges],
        "wrong": [
            {"at": calendar.isoformat(at), "what": what, "cause": cause}
            for at, what, cause in wrong(story)
        ],
        "terms": shown.rows(DESKTOP_TERMS, story.terms, *_TERMS),
        "operations": shown.rows(OPERATIONS, story.operations, *_OPERATION),
        "logons": shown.rows(LOGONS, story.logons),
        "sessions": shown.rows(SESSIONS, story.sessions),
        "interruptions": shown.rows(INTERRUPTIONS, story.interruptions),
        "recoveries": shown.rows(RECOVERIES, story.recoveries, *_RECOVERY),
        "instances": _lasting(
            shown.rows(USER_SESSIONS, story.instances, extra=("zone",)), story.instances, story
        ),
        "runs": _lasting(shown.rows(RUNS, story.runs), story.runs, story),
        "states": _lasting(shown.rows(DESKTOP_STATES, story.states), story.states, story),
        "assumptions": _assumptions(story),
    }


def _assumptions(story: Story) -> list[dict[str, Any]]:
    """The settings on which the story rests: its own fleet's and population's, and everybody's."""
    names = story.recorded.names
    population = str(names.users["population"][story.user])
    own = {"fleets": story.fleet, "pools": story.fleet, "populations": population}

    def about(path: str) -> bool:
        section = path.partition(".")[0]
        return section not in own or path.startswith(dotted((section, own[section])) + ".")

    return [dict(row) for row in story.recorded.assumptions if about(row["path"])]


# --- what it adds up to


def totals(story: Story, begin: Millis, end: Millis) -> dict[str, Any]:
    """What a part of the story adds up to; attempts and sessions belong to it by their arrival.

    Charges are those of whole months, as a bill has them, whatever part of the month is asked for.
    """
    begin, end = max(begin, story.begin), min(end, story.end)
    logons = [row for row in story.logons if begin <= row["arrival"] < end]
    sessions = [row for row in story.sessions if begin <= row["arrival"] < end]
    started = [row for row in sessions if row["connected"] is not None]
    waits = [row["connected"] - row["arrival"] for row in started]
    charges = [row for row in story.charges if _touches(story, row["month"], begin, end)]
    amount = sum((Decimal(row["amount"]) for row in charges), Decimal(0))
    return {
        "intended_sessions": len(sessions),
        "started_sessions": len(started),
        "given_up_sessions": sum(row["outcome"] == "abandoned" for row in sessions),
        "cut_sessions": sum(row["outcome"] == "cut" for row in sessions),
        "connected_s": seconds(_time(story.work, begin, end)),
        "waited_s": seconds(sum(waits)),
        "longest_wait_s": seconds(max(waits, default=None)),
        "attempts": len(logons),
        "refused_attempts": dict(Counter(r["cause"] for r in logons if r["outcome"] == "refused")),
        "interruptions": sum(begin <= row["at"] < end for row in story.interruptions),
        "runs": sum(begin <= row["begin"] < end for row in story.runs),
        "metered_s": seconds(_time(((r["begin"], r["end"]) for r in story.runs), begin, end)),
        "instances": sum(begin <= row["begin"] < end for row in story.instances),
        "held_s": seconds(_time(_held(story), begin, end)),
        "states_s": {
            state: seconds(spent) for state, spent in time_by_state(story, begin, end).items()
        },
        "amount": money_text(amount),
        "amount_unrounded": format(amount, "f"),
        "currency": charges[0]["currency"] if charges else None,
    }


def time_by_state(story: Story, begin: Millis, end: Millis) -> dict[str, Millis]:
    """How long the desktop was in each state inside `[begin, end)` [ms], longest first."""
    spent: Counter[str] = Counter()
    for row in story.states:
        spent[row["state"]] += _time([(row["begin"], row["end"])], begin, end)
    return {state: time for state, time in spent.most_common() if time}


def _held(story: Story) -> Iterator[tuple[Millis, Millis]]:
    """When the user held a place in a pool."""
    for row in story.instances:
        yield row["begin"], story.recorded.end if row["end"] is None else row["end"]


def _time(spans: Iterable[tuple[Millis, Millis]], begin: Millis, end: Millis) -> Millis:
    return sum(max(0, min(last, end) - max(first, begin)) for first, last in spans)


def _whole_months(story: Story) -> bool:
    """Whether it tells all of the measured time of the months that it touches."""
    first, last = story.months[0].start, story.months[-1].end
    return story.begin <= max(0, first) and min(last, story.recorded.end) <= story.end


def _touches(story: Story, month: str, begin: Millis, end: Millis) -> bool:
    return any(one.name == month and one.start < end and begin < one.end for one in story.months)


# --- what went wrong


def wrong(story: Story) -> list[tuple[Millis, str, str]]:
    """What did not go as it was meant to: instant, what, and its cause, in order of time."""
    found = [*_attempts(story), *_sessions(story), *_others(story)]
    return sorted(row for row in found if story.begin <= row[0] < story.end)


def _attempts(story: Story) -> Iterator[tuple[Millis, str, str]]:
    for row in story.logons:
        if row["outcome"] == "refused":
            yield row["done"], "logon refused", row["cause"]


def _sessions(story: Story) -> Iterator[tuple[Millis, str, str]]:
    for row in story.sessions:
        if row["outcome"] == "abandoned":
            yield row["over"], "session given up", row["cause"]
        elif row["outcome"] == "cut":
            yield row["ended"], "session cut short", row["cause"]


def _others(story: Story) -> Iterator[tuple[Millis, str, str]]:
    ended = {row["session"]: row["ended"] for row in story.sessions}
    for row in story.interruptions:
        if ended.get(row["session"]) != row["at"]:  # else the session was cut short then
            yield row["at"], "interrupted", row["cause"]
    for row in story.operations:
        if not row["accepted"]:
            yield row["at"], f"{row['operation']} refused", row["cause"]
    for row in story.states:
        if row["state"] == "unhealthy":
            yield row["begin"], "desktop unhealthy", ""


# --- how it is written


class _Shown:
    """Rows as a document has them: instants as ISO-8601, durations in seconds."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar

    def rows(
        self, schema: Schema, rows: Iterable[Row], *names: str, extra: tuple[str, ...] = ()
    ) -> list[dict[str, Any]]:
        """Some columns of rows, by default all but those that every row of the story shares."""
        chosen = [
            column
            for column in schema.columns
            if (column.name in names if names else column.name not in ("user", "desktop", "pool"))
        ]
        return [
            {
                **dict(self._cell(column, row[column.name]) for column in chosen),
                **{name: row[name] for name in extra},
            }
            for row in rows
        ]

    def _cell(self, column: Column, value: Any) -> tuple[str, Any]:
        if column_name(column) == column.name or column.name == "rtt":
            return column_name(column), value
        if column.meaning.endswith("[ms]"):
            return f"{column.name}_s", seconds(value)
        return column.name, None if value is None else self._calendar.isoformat(value)


def _lasting(
    shown: list[dict[str, Any]], rows: Iterable[Row], story: Story
) -> list[dict[str, Any]]:
    """Intervals with how long they lasted, those without an end until the end of the run."""
    for one, row in zip(shown, rows, strict=True):
        end = story.recorded.end if row["end"] is None else row["end"]
        one["lasted_s"] = seconds(end - row["begin"])
    return shown
