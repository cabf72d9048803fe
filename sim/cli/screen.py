"""The answer of a run on one screen, from its summary document and nothing else.

Read from the top: what was run, what it costs, how long people wait, how often they could not work,
how many at once, and what all that rests on. Eighty columns are enough.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from sim.api.capacity import bounds, scaling
from sim.api.cards import by_fleet, mode, users
from sim.api.loading import length, period
from sim.cli.optimizer import optimizer
from sim.cli.service import service
from sim.cli.streaming import sites, streaming
from sim.cli.terminal import grid
from sim.report.wording import count, money, share
from sim.study.measures import OPTIONAL_STAGES

if TYPE_CHECKING:
    from sim.api import Scenario

Document = Mapping[str, Any]

MOST_FLEETS = 4
"""Fleets that fit beside each other; more are listed below each other."""

MOST_COLUMNS = 4
"""Fleets, or pools, that a comparison has beside each other; more go into another table."""

MOST_MONTHS = 3
"""Months that fit beside each other then."""

WIDEST_PATH = 44
"""Columns that the path of a setting gets before its value does."""

SHARED = "shared"

_POLICY = re.compile(
    r"(pools\..+\.scaling\.\d+\.\w+|fleets\..+\.running_mode_policy\.[\w-]+)\.(\w+)"
)
"""Path of a setting of a policy: that of the policy, and the setting."""

STAGES = {
    "directory_wait": "directory: in line",
    "directory_service": "directory: answered",
    "desktop_wait": "desktop: not ready",
    "start": "desktop: start",
    "profile": "home folder, settings",
    "network_check": "network check",
    "trusted_device": "trusted device",
    "ip_access": "IP access group",
    "directory_link": "directory: link",
    "mfa_wait": "second factor: in line",
    "mfa": "second factor",
    "broker_wait": "broker: in line",
    "broker": "broker",
    "start_wait": "desktop: start limit",
    "streaming": "streaming connection",
    "os_logon": "operating system",
}


def screen(document: Document) -> Iterator[RenderableType]:
    """Everything, part by part."""
    yield head(document)
    yield costs(document["cost"])
    yield bill(document["cost"])
    if len(document["fleets"]) > 1:
        yield from side_by_side(document)
    yield waiting(document["logons"], lines=any(row["in_line"] for row in document["pools"]))
    yield from streaming(document["streaming"])
    yield from sites(document["sites"])
    yield availability(document["availability"])
    yield from service(document)
    yield from pools(document["pools"])
    yield use(document)
    if document["operations"]:
        yield operations(document["operations"])
    for some in _in_columns(document["cost_optimizer"]):
        yield optimizer(some)
    if document["assumptions"]:
        yield from assumptions(document["assumptions"])
    yield foot(document)


def situation(scenario: "Scenario") -> Iterator[RenderableType]:
    """A scenario before it is run: its fleets, its pools and its people."""
    spec = scenario.spec
    yield headed(spec.name, f"{spec.region}, {period(spec)} UTC, {length(spec)}", spec.description)
    table = grid(["Fleet", "bundle", "system", "licence", "mode", "users"], words=5)
    for name, fleet in spec.fleets.items():
        words = (fleet.bundle, fleet.os, fleet.licensed, mode(fleet))
        table.add_row(name, *words, users(scenario, name))
    if spec.fleets:
        yield table
    table = grid(["Pool", "bundle", "mode", "user sessions", "scaling", "users"], words=5)
    for name, pool in spec.pools.items():
        room, moved = bounds(pool), scaling(pool)
        table.add_row(name, pool.bundle, pool.running_mode, room, moved, users(scenario, name))
    if spec.pools:
        yield table
    table = grid(["People", "fleet", "time zone", "users"], words=3)
    for name, population in spec.populations.items():
        known = "replayed" if population.workload else f"{population.users:,}"
        table.add_row(name, population.fleet, population.time_zone, known)
    if spec.populations:
        yield table


def head(document: Document) -> RenderableType:
    """What was run."""
    scenario, size = document["scenario"], document["size"]
    sizes = [f"{size['users']:,} users"]
    shared = len(document["pools"])
    if size["desktops"] or not shared:
        sizes.append(f"{size['desktops']:,} desktops")
    if shared:
        sizes.append(f"{shared} pool{'s' * (shared > 1)}")
    run = (
        f"{scenario['region']}, {when(scenario['start'])} to {when(scenario['end'])} UTC, "
        f"{', '.join(sizes)}"
    )
    return headed(scenario["name"], run, scenario["description"])


def costs(cost: Document) -> RenderableType:
    """The cost in four numbers."""
    currency, months = cost["currency"], len(cost["by_month"])
    rows = [("total", cost["total"])]
    if cost["whole_months"]:
        rows.append(("per month", str(Decimal(cost["total"]) / max(1, months))))
        rows.append(("per desktop and month", cost["per_desktop_month"]))
        rows.append(
            ("per user and month", _unless(cost["per_desktop_month"], cost["per_user_month"]))
        )
    else:
        rows.append(("per desktop", cost["per_desktop"]))
        rows.append(("per user", _unless(cost["per_desktop"], cost["per_user"])))
    rows.append(("per connected hour", cost["per_connected_hour"]))
    table = grid(["Cost", currency], words=1)
    for label, amount in rows:
        if amount is not None:
            table.add_row(label, amounts(amount), style="bold" if label == "total" else "")
    return table


def _unless(other: str | None, amount: str | None) -> str | None:
    """An amount that says what another one would, where that one exists."""
    return amount if other is None else None


def bill(cost: Document) -> RenderableType:
    """The roll-up by fleet and month."""
    fleets = by_fleet(cost)
    if not fleets:
        return Text("Nothing was charged.")
    wide = len([row for row in fleets if row["fleet"]]) > MOST_FLEETS
    return _fleets_below(cost, fleets) if wide else _fleets_beside(cost, fleets)


def _fleets_beside(cost: Document, fleets: Sequence[Document]) -> Table:
    names = [row["fleet"] or SHARED for row in fleets]
    table = grid([f"Bill [{cost['currency']}]", *names, "total"])
    spent = _by_fleet_and_month(cost)
    for month in cost["by_month"]:
        cells = [spent.get((row["fleet"], month["month"]), "") for row in fleets]
        table.add_row(month["month"], *cells, amounts(month["amount"]))
    table.add_section()
    sums = [amounts(row["amount"]) for row in fleets]
    table.add_row("total", *sums, amounts(cost["total"]), style="bold")
    each = [*(amounts(row["per_desktop"]) for row in fleets), amounts(_overall(cost))]
    if any(each):
        table.add_row(_per(cost), *each, style="dim")
    return table


def _fleets_below(cost: Document, fleets: Sequence[Document]) -> Table:
    months = [month for month in cost["by_month"] if len(cost["by_month"]) <= MOST_MONTHS]
    names = [month["month"] for month in months]
    each = [_per(cost)] if any(row["per_desktop"] for row in fleets) else []
    table = grid([f"Bill [{cost['currency']}]", *names, "total", *each])
    spent = _by_fleet_and_month(cost)
    for row in fleets:
        cells = [spent.get((row["fleet"], month), "") for month in names]
        sums = [amounts(row["amount"]), *(amounts(row["per_desktop"]) for _ in each)]
        table.add_row(row["fleet"] or SHARED, *cells, *sums)
    table.add_section()
    cells = [amounts(month["amount"]) for month in months]
    sums = [amounts(cost["total"]), *(amounts(_overall(cost)) for _ in each)]
    table.add_row("total", *cells, *sums, style="bold")
    return table


def _by_fleet_and_month(cost: Document) -> dict[tuple[str, str], str]:
    rows = cost["by_fleet_and_month"]
    return {(row["fleet"], row["month"]): amounts(row["amount"]) for row in rows}


def _per(cost: Document) -> str:
    return "per desktop, month" if cost["whole_months"] else "per desktop"


def _overall(cost: Document) -> str | None:
    found: str | None = cost["per_desktop_month" if cost["whole_months"] else "per_desktop"]
    return found


def waiting(logons: Document, *, lines: bool = False) -> RenderableType:
    """Logon time and its stages; with `lines` some pool lets people wait for a desktop in line."""
    if not logons["connected"]:
        return Text("Nobody logged on.")
    table = grid(["Logon time [s]", "mean", "p50", "p95", "p99", "logons that had it"])
    stages = (row for row in logons["stages"] if row["stage"] not in OPTIONAL_STAGES or row["took"])
    words = STAGES | ({"desktop_wait": "desktop: in line"} if lines else {})
    for row in stages:
        table.add_row(words[row["stage"]], *_times(row), f"{row['took']:,}")
    table.add_section()
    table.add_row("total", *_times(logons["total"]), f"{logons['connected']:,}", style="bold")
    if logons["with_retries"] != logons["total"]:
        table.add_row("with retries", *_times(logons["with_retries"]), "", style="dim")
    return table


def _times(row: Document) -> list[str]:
    return [seconds(row[name]) for name in ("mean_s", "p50_s", "p95_s", "p99_s")]


def side_by_side(document: Document) -> Iterator[RenderableType]:
    """Each fleet and pool in a column: what it costs, and what its people meet."""
    months = document["cost"]["whole_months"]
    each = "per user and month" if months else "per user"
    for fleets in _in_columns(document["fleets"]):
        table = grid(["Side by side", *(row["fleet"] for row in fleets)])
        rows: list[tuple[str, list[str]]] = [
            ("", ["pooled" if row["pooled"] else "persistent" for row in fleets]),
            ("", [row["running_mode"] for row in fleets]),
            ("users", [count(row["users"]) for row in fleets]),
            (f"cost [{document['cost']['currency']}]", [amounts(row["cost"]) for row in fleets]),
            (each, [amounts(row["per_user_month" if months else "per_user"]) for row in fleets]),
            ("per connected hour", [amounts(row["per_connected_hour"]) for row in fleets]),
            ("wait p50 [s]", [seconds(row["wait"]["p50_s"]) for row in fleets]),
            ("wait p95 [s]", [seconds(row["wait"]["p95_s"]) for row in fleets]),
            ("logon_success", [share(row["logon_success"]["value"]) for row in fleets]),
            ("delivered_minutes", [share(row["delivered_minutes"]["value"]) for row in fleets]),
        ]
        for label, cells in rows:
            table.add_row(label, *cells)
        yield table


def pools(rows: Sequence[Document]) -> Iterator[RenderableType]:
    """Each pool in a column: who found no place, and how its capacity was used."""
    for some in _in_columns(rows):
        table = grid(["Pools", *(row["pool"] for row in some)])
        for label, cells in _of_people(some):
            table.add_row(label, *cells)
        table.add_section()
        for label, cells in _of_capacity(some):
            table.add_row(label, *cells)
        yield table


def _of_people(rows: Sequence[Document]) -> Iterator[tuple[str, list[str]]]:
    for label, name in (
        ("logons refused", "refused_attempts"),
        ("people refused", "refused_people"),
        ("sessions given up", "abandoned_sessions"),
        ("people who gave up", "people_who_gave_up"),
    ):
        yield label, [share(row[name]["value"]) for row in rows]
    for percent in ("p50", "p95", "p99"):
        yield f"wait {percent} [s]", [seconds(row["wait"][f"{percent}_s"]) for row in rows]
    if any(row["in_line"] for row in rows):
        lines = [row["in_line"] for row in rows]
        yield "in line p95 [s]", [seconds(line["p95_s"]) if line else "" for line in lines]


def _of_capacity(rows: Sequence[Document]) -> Iterator[tuple[str, list[str]]]:
    for name in ("desired", "actual", "active"):
        levels = [row["capacity"][name] for row in rows]
        cells = [f"{level['mean']:,.1f} / {count(level['peak'])}" for level in levels]
        yield f"{name}, mean / peak", cells
    yield (
        "utilisation",
        ["" if (u := row["utilization"]) is None else f"{100 * u:.1f} %" for row in rows],
    )
    hours = [row["instance_hours"] for row in rows]
    yield "instance-hours", [f"{spent['available']:,.0f}" for spent in hours]
    yield "of them idle", [f"{spent['idle']:,.0f}" for spent in hours]
    for label, name in (("target changed", "scaling"), ("launches failed", "launch_failures")):
        if any(row[name] for row in rows):
            yield label, [count(sum(row[name].values())) for row in rows]


def _in_columns(rows: Sequence[Document]) -> Iterator[Sequence[Document]]:
    """As many at a time as fit beside each other."""
    for first in range(0, len(rows), MOST_COLUMNS):
        yield rows[first : first + MOST_COLUMNS]


def seconds(number: float | None) -> str:
    """A time to a tenth of a second; nothing for null."""
    return "" if number is None else f"{number:,.1f}"


def availability(found: Document) -> RenderableType:
    """The four measures, and what went wrong."""
    logon, attempt = found["logon_success"], found["attempt_success"]
    minutes = found["delivered_minutes"]

    def hours(name: str) -> str:
        return f"{minutes[name] / 60:,.0f}"

    table = grid(["Availability", "", ""], words=3)
    table.add_row(
        "logon_success",
        share(logon["value"]),
        f"{logon['started']:,} of {logon['intended']:,} intended sessions started",
    )
    table.add_row(
        "attempt_success",
        share(attempt["value"]),
        f"{attempt['connected']:,} of {attempt['attempts']:,} attempts connected",
    )
    table.add_row(
        "delivered_minutes",
        share(minutes["value"]),
        f"{hours('delivered_min')} of {hours('planned_min')} connected hours, "
        f"{hours('waited_min')} h waited",
    )
    uptime = found["service_uptime"]
    if uptime["due_min"]:
        usable, due = uptime["usable_min"] / 60, uptime["due_min"] / 60
        words = f"{usable:,.0f} of {due:,.0f} desktop-hours usable"
        table.add_row("service_uptime", share(uptime["value"]), words)
    for label, causes in (
        ("attempts refused", found["refused_attempts"]),
        ("sessions abandoned", found["abandoned_sessions"]),
        ("sessions cut short", found["cut_sessions"]),
        ("people interrupted", found["interruptions"]["causes"]),
    ):
        if causes:
            table.add_row(label, f"{sum(causes.values()):,}", counted(causes), style="yellow")
    return table


def use(document: Document) -> RenderableType:
    """Peak concurrency and the use of hosts."""
    table = grid(["At once", "peak", "of", "mean", "peak first reached"])
    table.columns[-1].justify = "left"
    # What a pool may grow to is no number of desktops that there are.
    there = "" if document["pools"] else count(document["size"]["desktops"])
    size = {"connected": "", "running": there}
    for what, label in (("connected", "users connected"), ("running", "desktops running")):
        row = document["concurrency"][what]
        table.add_row(label, count(row["peak"]), size[what], f"{row['mean']:,.1f}", _at(row))
    for row in document["hosts"]:
        label = f"{row['group']}: {UNITS[row['resource']]} ({count(row['hosts'])} hosts)"
        whole = "" if row["capacity"] is None else count(row["capacity"])
        table.add_row(label, count(row["peak"]), whole, f"{row['mean']:,.1f}", _at(row))
    return table


UNITS = {"vcpu": "vCPU", "memory_gb": "GB memory", "desktops": "desktops"}


def operations(rows: Sequence[Document]) -> RenderableType:
    """What became of operations, and who asked for them where not only administrators did."""
    others = any(set(row["by"]) != {"administrator"} for row in rows)
    table = grid(["Operations", "done", "refused", *[""] * (1 + others)])
    for column in table.columns[3:]:
        column.justify = "left"
    for row in rows:
        refused = sum(row["refused"].values())
        style = "yellow" if refused else ""
        table.add_row(
            row["operation"],
            f"{row['accepted']:,}",
            f"{refused:,}",
            counted(row["refused"]),
            *[f"by {counted(row['by'])}"] * others,
            style=style,
        )
    return table


def assumptions(rows: Sequence[Document]) -> Iterator[RenderableType]:
    """The settings that mattered: the defaults that nobody chose, then what the scenario states."""
    for stated, title in ((False, "Rests on these defaults"), (True, "and on what it states")):
        settings = together([row for row in rows if row["stated"] is stated])
        if not settings:
            continue
        table = grid([title, ""], words=2)
        paths = table.columns[0]
        paths.overflow = "fold"
        # A fixed width, since of two that give way Rich would cut the values off at the edge.
        paths.width = min(max(len(path) for path, _, _ in settings), WIDEST_PATH)
        for path, value, names in settings:
            table.add_row(path, Text(value).append(f" ({names})" if names else "", style="dim"))
        yield table


def together(rows: Sequence[Document]) -> list[tuple[str, str, str]]:
    """Settings, values and whose they are; those of several fleets as one where they say the same.

    `*` stands for all that have the setting, or for those that are named.
    """
    owners: dict[tuple[str, str, str], list[str]] = {}
    everyone: dict[str, set[str]] = {}
    for path, value in _whole_policies(rows).items():
        section, name, key = _split(path)
        owners.setdefault((section, key, value), []).append(name)
        everyone.setdefault(section, set()).add(name)
    found = []
    for (section, key, value), names in owners.items():
        one = names[0] if len(names) == 1 else "*"
        named = "" if len(names) == 1 or set(names) == everyone[section] else ", ".join(names)
        path = ".".join(part for part in (section, one, key) if part)
        found.append((path, bare(value), named))
    return found


def _whole_policies(rows: Sequence[Document]) -> dict[str, str]:
    """Values by path, the settings of one policy together: `cron 0 8 * * *, capacity 80`."""
    found: dict[str, str] = {}
    for row in rows:
        policy = _POLICY.fullmatch(row["path"])
        if policy:
            before = found.get(policy[1])
            setting = f"{policy[2]} {bare(row['value'])}".replace('"', "")
            found[policy[1]] = f"{before}, {setting}" if before else setting
        else:
            found[row["path"]] = row["value"]
    return found


def _split(path: str) -> tuple[str, str, str]:
    """A path as section, name and key; a section without names has them all in the key."""
    section, _, rest = path.partition(".")
    if section not in ("fleets", "pools", "populations"):
        return "", "", path
    if rest.startswith('"'):
        name, _, key = rest[1:].partition('".')
        return section, f'"{name}"', key
    name, _, key = rest.partition(".")
    return section, name, key


def bare(value: str) -> str:
    """A value without the braces round a whole mapping."""
    return value[1:-1] if value.startswith("{") and value.endswith("}") else value


def foot(document: Document) -> RenderableType:
    """What identifies the result, and what it cannot tell."""
    basis, scenario = document["provenance"], document["scenario"]
    prices = basis["prices"]
    supplied = f" and {len(prices['supplied'])} of its own" if prices["supplied"] else ""
    text = Text(document["basis"], style="bold")
    text.append(
        f": seed {basis['seed']}, replication {basis['replication']}, prices {prices['book']} "
        f"as of {prices['as_of']}{supplied}, scenario {scenario['hash'][:12]}, "
        f"desksim {basis['desksim']}",
        style="dim",
    )
    return text


def headed(name: str, quiet: str, description: str) -> RenderableType:
    """A name with what it is, and the situation in words."""
    lines = [Text(name, style="bold"), Text(quiet, style="dim"), Text(description)]
    return Text("\n").join(line for line in lines if line.plain)


def counted(causes: Mapping[str, int]) -> str:
    """`no-host-capacity 12, desktop-busy 3`."""
    return ", ".join(f"{cause} {number:,}" for cause, number in causes.items())


def amounts(amount: str | Decimal | None) -> str:
    """An amount to the cent; nothing for null."""
    return "" if amount is None else money(Decimal(amount))


def when(instant: str) -> str:
    """An ISO-8601 instant to the minute, a midnight as its date."""
    day, _, clock = instant.partition("T")
    return day if clock.startswith("00:00:00") else f"{day} {clock[:5]}"


def _at(row: Document) -> str:
    return "" if row["peak_at"] is None else f"{when(row['peak_at'])} UTC"
