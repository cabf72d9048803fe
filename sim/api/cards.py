"""What a scenario and a run look like in a notebook: a card of a few numbers and a table.

Every name comes from somebody's file and is escaped. No colour is set without its background, and
both follow Jupyter's theme, or the page's where there is no Jupyter: the card reads in light and
dark. Its styles are scoped by a class.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from sim.api.capacity import bounds, scaling
from sim.api.loading import length, period
from sim.report.differences import is_same, signed, unit_of_difference
from sim.report.estimates import interval_text, value_text
from sim.report.forecasts import amounts
from sim.report.wording import count, money, share, waiting
from sim.scenario.desktops import Fleet
from sim.study.observations import parted

if TYPE_CHECKING:
    from sim.api.bridging import Bridge
    from sim.api.comparison import Comparison
    from sim.api.forecasting import Forecast
    from sim.api.loading import Scenario
    from sim.api.results import Run
    from sim.api.studies import Study
    from sim.api.sweep_folder import SweepFolder

STYLE = """
.desksim-card{color:var(--jp-content-font-color0,CanvasText);
 background:var(--jp-layout-color1,Canvas);
 border:1px solid var(--jp-border-color2,GrayText);border-radius:6px;
 padding:.8em 1.1em;max-width:46em;font-size:14px;line-height:1.45;
 overflow-x:auto}
.desksim-card h4,.desksim-card p{overflow-wrap:anywhere}
.desksim-card h4{margin:0;font-size:1.1em}
.desksim-card p{margin:.2em 0 .6em}
.desksim-card dl{display:flex;flex-wrap:wrap;gap:.6em 2em;margin:.6em 0}
.desksim-card dt{font-size:.85em}
.desksim-card dd{margin:0;font-size:1.2em;font-weight:600}
.desksim-card table{border-collapse:collapse;margin:.4em 0;color:inherit;background:inherit}
.desksim-card th,.desksim-card td{padding:.15em .9em .15em 0;text-align:right;
 border-bottom:1px solid var(--jp-border-color2,GrayText);font-variant-numeric:tabular-nums}
.desksim-card .word{text-align:left}
.desksim-card .quiet{font-size:.85em}
"""


def scenario_card(scenario: "Scenario") -> str:
    """What is to be run: the situation, and a row for each fleet and each pool."""
    spec = scenario.spec
    rows = [
        (name, fleet.bundle, fleet.os, fleet.licensed, mode(fleet), users(scenario, name))
        for name, fleet in spec.fleets.items()
    ]
    header = ("fleet", "bundle", "system", "licence", "mode", "users")
    shared_header = ("pool", "bundle", "mode", "user sessions", "scaling", "users")
    shared = [
        (name, pool.bundle, pool.running_mode, bounds(pool), scaling(pool), users(scenario, name))
        for name, pool in spec.pools.items()
    ]
    quiet = f"{spec.region}, {period(spec)} UTC ({length(spec)}), seed {spec.seed}"
    return _card(
        spec.name,
        _paragraph(spec.description),
        _table(header, rows, words=5) if rows else "",
        _table(shared_header, shared, words=5) if shared else "",
        _paragraph(f"{quiet}, prices {scenario.prices.name}, hash {scenario.hash[:12]}", "quiet"),
    )


def run_card(run: "Run") -> str:
    """What came out: cost, waiting, success, use; then a row for each fleet and month."""
    document = run.summary
    cost, basis = document["cost"], document["provenance"]
    currency = cost["currency"]
    spent = by_fleet(cost)
    each = "per desktop and month" if cost["whole_months"] else "per desktop"
    # Where there are no desktops there is nothing to say of each.
    of_desktops = ["desktops", each] if any(row["desktops"] for row in spent) else []
    header = ["fleet", f"cost [{currency}]", *of_desktops]
    rows = [(row["fleet"] or "shared", *_spent(row))[: len(header)] for row in spent]
    quiet = (
        f"{document['basis']}; seed {basis['seed']}, replication {basis['replication']}, prices "
        f"{basis['prices']['book']} as of {basis['prices']['as_of']}, scenario "
        f"{document['scenario']['hash'][:12]}, desksim {basis['desksim']}"
    )
    return _card(
        run.scenario.name,
        _paragraph(f"{period(run.scenario.spec)} UTC, {length(run.scenario.spec)}"),
        _numbers(headlines(document)),
        _table(header, rows, words=1),
        _paragraph(quiet, "quiet"),
    )


def study_card(study: "Study") -> str:
    """What many runs say: the answer, and each measure with its interval."""
    rows = [
        (one.words, value_text(found, one), interval_text(found, one), str(found.n))
        for one, found in study.of()
    ]
    return _card(
        study.scenario.name,
        *(_paragraph(sentence) for sentence in study.answer()),
        _table(("measure", "estimate", f"{study.level * 100:g} % interval", "runs"), rows, words=1),
        _paragraph(f"{study.basis}; scenario {study.scenario.hash[:12]}", "quiet"),
    )


def comparison_card(found: "Comparison") -> str:
    """How the others differ from the baseline: the answer, a picture, each measure."""
    several = len(found.names) > 2
    header = ("scenario", "measure", "difference", f"{found.level * 100:g} % interval", "")
    rows = [
        (
            name,
            parted(key)[0].words,
            f"{signed(one.estimate, parted(key)[0])} {unit_of_difference(parted(key)[0])}",
            interval_text(one.estimate, parted(key)[0]),
            "" if one.established or is_same(one) else "not established",
        )[not several :]
        for name, measures in found.found.items()
        for key, one in measures.items()
        if not parted(key)[1]
    ]
    return _card(
        found.title,
        *(_paragraph(sentence) for sentence in found.answer()),
        found.svg(),
        _table(header[not several :], rows, words=1 + several),
        _paragraph(found.basis, "quiet"),
    )


def sweep_card(found: "SweepFolder") -> str:
    """The answer of a sweep, and its points, the cheapest first."""
    from sim.api.sweep_answer import answer

    said = answer(found)
    rows = [(*row.settings, *row.measures) for row in said.rows]
    runs = f"{found.done} of {len(found.keys)} runs, {found.replications} of each point"
    return _card(
        found.name,
        *(_paragraph(sentence) for sentence in said.sentences),
        _table((*said.settings, *said.measures), rows, words=len(said.settings)),
        _paragraph(runs, "quiet"),
    )


def forecast_card(found: "Forecast") -> str:
    """What the months to come cost: the answer, a picture, the years by cost centre."""
    rows = [
        (one.span.name, one.cost_center or "all together", *amounts(one)) for one in found.by_year
    ]
    mean = f"mean [{found.currency}]"
    header = ("period", "cost centre", mean, "P10", "P50", "P90: 9 of 10 runs at most")
    return _card(
        found.name,
        *(_paragraph(sentence) for sentence in found.answer()),
        found.svg(),
        _table(header, rows, words=2),
        _paragraph(found.basis, "quiet"),
    )


def bridge_card(bridge: "Bridge") -> str:
    """What of the difference in cost is due to what: a picture, and the settings of each step."""
    rows = [(part.words, part.shown, part.said) for part in bridge.parts]
    begin, change = money(bridge.begin), f"{bridge.difference:+,}"
    return _card(
        f"From {bridge.names[0]} to {bridge.names[1]}",
        bridge.svg(),
        _table(("factor", "settings", "cost of a run"), rows, words=2),
        _paragraph(f"{begin} USD {change} USD a run; the parts add up to the cent", "quiet"),
    )


def headlines(document: dict[str, Any]) -> list[tuple[str, str]]:
    """The numbers that are read before all others, with what they are."""
    cost, logons = document["cost"], document["logons"]["total"]
    currency = cost["currency"]
    found = [("cost", money_text(cost["total"], currency))]
    if cost["per_desktop_month"] is not None:
        found.append(("per desktop and month", money_text(cost["per_desktop_month"], currency)))
    elif cost["per_user_month"] is not None:
        found.append(("per user and month", money_text(cost["per_user_month"], currency)))
    if logons["p95_s"] is not None:
        found.append(("95 % of logons within", waiting(1000 * logons["p95_s"])))
    tried = [pool["refused_attempts"] for pool in document["pools"]]
    if refused := sum(attempts["refused"] for attempts in tried):
        attempts = sum(attempts["attempts"] for attempts in tried)
        found.append(("logons refused by pools", share(refused / attempts)))
    success = document["availability"]["logon_success"]
    found.append(("sessions that started", share(success["value"])))
    found.append(("most connected at once", count(document["concurrency"]["connected"]["peak"])))
    return found


def mode(fleet: Fleet) -> str:
    """`AutoStop`, and who changes that by rule, if anybody does."""
    policy = fleet.running_mode_policy.kind
    return fleet.running_mode if policy == "stay" else f"{fleet.running_mode}, {policy}"


def users(scenario: "Scenario", fleet: str) -> str:
    """Number of users of a fleet or pool at the start."""
    members = [p for p in scenario.spec.populations.values() if p.fleet == fleet]
    if scenario.spec.replay is not None or any(people.workload for people in members):
        return "replayed"
    return f"{sum(people.users for people in members):,}"


def by_fleet(cost: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The cost of each fleet over all months: `fleet`, `amount`, `desktops`, `per_desktop`.

    `desktops` is the most that were charged in a month; `per_desktop` is by month where the months
    are whole, and None for what is shared.
    """
    found = []
    for fleet in dict.fromkeys(row["fleet"] for row in cost["by_fleet_and_month"]):
        rows = [row for row in cost["by_fleet_and_month"] if row["fleet"] == fleet]
        amount = sum((Decimal(row["amount"]) for row in rows), Decimal(0))
        counts = [row["desktops"] for row in rows]
        divisor = sum(counts) if cost["whole_months"] else max(counts)
        each = amount / divisor if divisor else None
        found.append(
            {"fleet": fleet, "amount": amount, "desktops": max(counts), "per_desktop": each}
        )
    return found


def _spent(row: dict[str, Any]) -> tuple[str, str, str]:
    if row["per_desktop"] is None:
        return money(row["amount"]), "", ""
    return money(row["amount"]), count(row["desktops"]), money(row["per_desktop"])


def money_text(amount: str | None, currency: str) -> str:
    """An amount of the summary as it is shown; nothing for null."""
    return "" if amount is None else money(Decimal(amount), currency)


def _card(title: str, *parts: str) -> str:
    body = "".join(parts)
    return f'<style>{STYLE}</style><div class="desksim-card"><h4>{escape(title)}</h4>{body}</div>'


def _paragraph(text: str, kind: str = "") -> str:
    return f'<p class="{kind}">{escape(text)}</p>' if text else ""


def _numbers(entries: Iterable[tuple[str, str]]) -> str:
    items = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>" for label, value in entries
    )
    return f"<dl>{items}</dl>"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], *, words: int) -> str:
    """A table whose first `words` columns are text and the others numbers."""
    kinds = ["word"] * words + ["number"] * (len(header) - words)
    titles = zip(header, kinds, strict=True)
    head = "".join(f'<th scope="col" class="{kind}">{escape(title)}</th>' for title, kind in titles)
    body = "".join(f"<tr>{_cells(row, kinds)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cells(row: Sequence[str], kinds: Sequence[str]) -> str:
    cells = zip(row, kinds, strict=True)
    shown = ((escape(cell).replace("\n", "<br>"), kind) for cell, kind in cells)
    return "".join(f'<td class="{kind}">{cell}</td>' for cell, kind in shown)
