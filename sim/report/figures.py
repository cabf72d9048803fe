"""The three figures of a run: what it costs, how many desktops are up, how long logons take.

Each takes plain data and an `Axes`, draws every value it is given, and returns the `Axes`; the
names that stand beside the drawing make a legend needless. Where there is nothing to draw it says
so. Each has a companion that puts the same into words, for those who do not see it.

Left out: intervals, which need several runs; and choosing what to measure, which is `sim.study`'s.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import ArrayLike, NDArray

from sim.report.style import (
    BLUE,
    SKY,
    TEXT,
    VERMILLION,
    MarginLabel,
    apart,
    fills,
    height_of,
    in_stacking_order,
    ink,
    margin_labels,
    on_colour,
    plain,
    sentence,
)
from sim.report.wording import count, money, waiting

NO_COST = "Nothing was charged."
NO_LOGONS = "Nobody logged on."
NO_DESKTOPS = "No desktop was running in the measured time."

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS = 168
MOST_CHARGES = 9
"""Charges drawn one by one; the smallest of more than these are drawn together."""

PERCENTILES = (50, 95, 99)

_BAR = 0.7
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ROOM = 1.35
"""How far an axis goes beyond the 99th percentile, so that its label fits."""
_MARKS = {50: "-", 95: "--", 99: ":"}


# --------------------------------------------------------------------------------------- cost


def cost_by_month(frame: pd.DataFrame, ax: Axes, *, currency: str = "USD") -> Axes:
    """Stack the charges of each month, with their names beside the last and the total on top.

    Args:
        frame: columns `month` (`2026-09`), `charge` and `amount` [currency, Decimal or float, not
            negative]; rows of one month and charge add up.
        ax: where to draw.
        currency: named on the axis.
    """
    table = _months_by_charge(frame)
    if not table.size or not table.to_numpy().any():
        return sentence(ax, NO_COST)
    looks = fills([str(charge) for charge in table.columns])
    months = np.arange(len(table))
    foot = np.zeros(len(table))
    labels = []
    for charge, amounts in table.items():
        look, heights = looks[str(charge)], amounts.to_numpy()
        ax.bar(
            months,
            heights,
            width=_BAR,
            bottom=foot,
            label=str(charge),
            color=look.colour,
            hatch=look.hatch,
            edgecolor=ink(ax),
            linewidth=0.5,
        )
        labels.append(MarginLabel(foot[-1] + heights[-1] / 2, str(charge), look))
        foot = foot + heights
    plain(ax, x_label="month (UTC)", y_label=f"cost [{currency} per month]")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    ax.set_ylim(0, foot.max() * 1.12)
    ax.set_xlim(-0.6, len(table) - 0.4)
    _name_months(ax, [str(month) for month in table.index])
    _write_totals(ax, foot)
    _write_parts(ax, table)
    margin_labels(ax, labels, x=len(table) - 1 + _BAR / 2)
    return ax


def describe_cost(frame: pd.DataFrame, *, currency: str = "USD") -> str:
    """The figure of costs in words: the total of each month, and the largest charges."""
    table = _months_by_charge(frame)
    if not table.size or not table.to_numpy().any():
        return NO_COST
    totals = [f"{month} {money(total, currency)}" for month, total in table.sum(axis=1).items()]
    parts = table.sum().sort_values(ascending=False, kind="stable")
    shares = [
        f"{charge} {amount / parts.sum():.0%}".replace("%", " %")
        for charge, amount in parts.items()
    ]
    return f"Stacked bars. Cost by month: {', '.join(totals)}. By charge: {', '.join(shares)}."


def _months_by_charge(frame: pd.DataFrame) -> pd.DataFrame:
    """Amounts [float] by month (rows, ascending) and charge (columns, in the order of `fills`)."""
    amounts = frame.assign(amount=[float(amount) for amount in frame["amount"]])
    table = amounts.pivot_table(
        index="month",
        columns="charge",
        values="amount",
        aggfunc="sum",
        fill_value=0.0,
        observed=True,
    ).sort_index()
    ranked = table.sum().sort_values(ascending=False, kind="stable").index
    if len(ranked) > MOST_CHARGES:
        rest = ranked[MOST_CHARGES - 1 :]
        together = table[rest].sum(axis=1)
        table = table.drop(columns=rest)
        table[f"{len(rest)} smaller charges"] = together
    return table[in_stacking_order(table.columns)]


def _name_months(ax: Axes, months: Sequence[str]) -> None:
    """Write each month, or every third of many, as `Sep` with the year below where it changes."""
    every = _every(len(months))
    names, year = [], ""
    for month in months[::every]:
        name = _MONTHS[int(month[5:7]) - 1]
        names.append(name if month[:4] == year else f"{name}\n{month[:4]}")
        year = month[:4]
    ax.set_xticks(range(0, len(months), every), names)


def _every(months: int) -> int:
    """Of so many months, which ones have room for words: each, or every third."""
    return 1 if months <= 18 else 3


def _write_totals(ax: Axes, totals: NDArray[np.float64]) -> None:
    many = len(totals) > 8
    for x in range(0, len(totals), _every(len(totals))):
        total = totals[x]
        ax.annotate(
            f"{total:,.0f}" if total >= 100 else f"{total:,.2f}",
            (x, totals[x]),
            (0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=TEXT,
            fontweight="bold",
            rotation=90 if many else 0,
        )
    if many:
        ax.set_ylim(0, totals.max() * 1.35)


def _write_parts(ax: Axes, table: pd.DataFrame) -> None:
    """Write amounts into the parts that have room for them."""
    if len(table) > 6:
        return
    room = height_of(ax, TEXT * 1.5)
    for x, (_, amounts) in enumerate(table.iterrows()):
        foot = 0.0
        for amount in amounts:
            if amount >= room:
                on_colour(ax, x, foot + amount / 2, f"{amount:,.0f}")
            foot += amount


# -------------------------------------------------------------------------------- concurrency


def concurrency_week(
    hours: ArrayLike,
    running: ArrayLike,
    connected: ArrayLike,
    ax: Axes,
    *,
    peak_running: float | None = None,
    peak_connected: float | None = None,
    time_zone: str = "UTC",
) -> Axes:
    """Draw how many desktops run, and how many are connected, over an average week.

    Args:
        hours: ascending beginnings of the intervals [h since Monday 00:00], each lasting to the
        next one
            and the last to the end of the week, 168.
        running: mean number of running desktops in each interval [desktops]; NaN: not observed.
        connected: the same of connected ones.
        ax: where to draw.
        peak_running: most running at one instant of the whole time, drawn as a line of reference.
        peak_connected: the same of connected ones.
        time_zone: in which the hours count.
    """
    at = np.append(np.asarray(hours, dtype=float), _HOURS)
    up, used = (_closed(values) for values in (running, connected))
    if not (np.nansum(up) or np.nansum(used)):
        return sentence(ax, NO_DESKTOPS)
    edge = ink(ax)
    ax.fill_between(at, up, step="post", color=SKY, alpha=0.35, linewidth=0)
    ax.step(at, up, where="post", color=BLUE, linewidth=1.6, label="running")
    ax.step(
        at, used, where="post", color=VERMILLION, linewidth=1.6, linestyle="--", label="connected"
    )
    plain(ax, x_label=f"average week [weekday, {time_zone}]", y_label="desktops")
    ax.set_xlim(0, _HOURS)
    ax.set_ylim(
        0, max(np.nanmax(up), np.nanmax(used), peak_running or 0, peak_connected or 0) * 1.2
    )
    ax.axvspan(5 * 24, _HOURS, color=edge, alpha=0.05, linewidth=0)
    ax.set_xticks(range(0, _HOURS + 1, 24), [""] * 8)
    ax.set_xticks(range(12, _HOURS, 24), WEEKDAYS, minor=True)
    ax.tick_params(axis="x", which="minor", length=0, labelsize=TEXT)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    ends = [
        MarginLabel(up[-1], f"running\nmean {_mean(at, up)}"),
        MarginLabel(used[-1], f"connected\nmean {_mean(at, used)}"),
    ]
    margin_labels(ax, ends, x=_HOURS)
    _mark_peaks(ax, {"running": peak_running, "connected": peak_connected})
    return ax


def describe_concurrency(
    hours: ArrayLike,
    running: ArrayLike,
    connected: ArrayLike,
    *,
    peak_running: float | None = None,
    peak_connected: float | None = None,
    time_zone: str = "UTC",
) -> str:
    """The figure of the week in words: for each line its mean, and when it is highest."""
    at = np.append(np.asarray(hours, dtype=float), _HOURS)
    up, used = (_closed(values) for values in (running, connected))
    if not (np.nansum(up) or np.nansum(used)):
        return NO_DESKTOPS
    said = ["Two lines over an average week."]
    for name, line, peak in (("Running", up, peak_running), ("Connected", used, peak_connected)):
        top = int(np.nanargmax(line[:-1]))
        day, hour = divmod(float(at[top]), 24)
        when = f"{WEEKDAYS[int(day)]} {int(hour):02d}:{round(hour % 1 * 60):02d} {time_zone}"
        whole = f", peak of the whole time {count(peak)}" if peak is not None else ""
        said.append(
            f"{name} desktops: mean {_mean(at, line)}, highest {line[top]:,.1f} on {when}{whole}."
        )
    return " ".join(said)


def _closed(values: ArrayLike) -> NDArray[np.float64]:
    """The values with the last one repeated, so that the last step is drawn to the end."""
    given = np.asarray(values, dtype=float)
    return np.append(given, given[-1:])


def _mean(at: NDArray[np.float64], values: NDArray[np.float64]) -> str:
    seen = ~np.isnan(values[:-1])
    return f"{np.average(values[:-1][seen], weights=np.diff(at)[seen]):,.1f}"


def _mark_peaks(ax: Axes, peaks: Mapping[str, float | None]) -> None:
    known = sorted((peak, name) for name, peak in peaks.items() if peak is not None)
    styles = {"running": (BLUE, ":"), "connected": (VERMILLION, (0, (1, 3)))}
    gap = height_of(ax, TEXT * 1.3)
    heights = apart([peak for peak, _ in known], gap, 0, ax.get_ylim()[1])
    for (peak, name), height in zip(known, heights, strict=True):
        colour, line = styles[name]
        ax.axhline(peak, color=colour, linestyle=line, linewidth=1.2)
        ax.annotate(
            f"peak {name} {count(peak)}",
            (_HOURS - 1, height),
            (0, 2),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=TEXT,
        )


# ------------------------------------------------------------------------------------- logons


def logon_time(
    total_ms: ArrayLike, ax: Axes, *, percentiles: Mapping[int, float] | None = None
) -> Axes:
    """Draw how logon times are spread, and mark the times that 50, 95 and 99 % of them keep.

    Args:
        total_ms: time from arrival to a usable desktop of each logon that connected [ms].
        ax: where to draw.
        percentiles: those measured elsewhere [ms], by percent; else the smallest observed time that
            the percentage keeps.
    """
    seconds = np.asarray(total_ms, dtype=float) / 1000
    if not len(seconds):
        return sentence(ax, NO_LOGONS)
    marks = _percentiles(seconds, percentiles)
    unit, name = (60.0, "min") if marks[99] > 600 else (1.0, "s")
    times = seconds / unit
    edges = _edges(times, marks[99] / unit)
    shares = np.histogram(times, edges)[0] / len(times) * 100
    ax.stairs(shares, edges, fill=True, facecolor=SKY, edgecolor=BLUE, linewidth=0.8)
    beyond = int((times > edges[-1]).sum())
    note = f", {count(beyond)} longer, up to {waiting(seconds.max() * 1000)}" if beyond else ""
    x_label = f"logon time [{name}] of {_number(len(times))}{note}"
    plain(ax, x_label=x_label, y_label="share of logons [%]")
    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 3, 6, 10]))
    ax.set_xlim(0, max(edges[-1], _ROOM * marks[99] / unit))
    ax.set_ylim(0, shares.max() * 1.45)
    ax.set_yticks([tick for tick in ax.get_yticks() if tick <= min(100, shares.max() * 1.2)])
    for row, (percent, mark) in enumerate(marks.items()):
        _mark_percentile(ax, percent, mark / unit, waiting(mark * 1000), row)
    return ax


def describe_logons(total_ms: ArrayLike, *, percentiles: Mapping[int, float] | None = None) -> str:
    """The figure of logon times in words: their number, the marked times, shortest and longest."""
    seconds = np.asarray(total_ms, dtype=float) / 1000
    if not len(seconds):
        return NO_LOGONS
    marks = _percentiles(seconds, percentiles)
    said = ", ".join(f"p{percent} {waiting(mark * 1000)}" for percent, mark in marks.items())
    span = f"from {waiting(seconds.min() * 1000)} to {waiting(seconds.max() * 1000)}"
    return f"Histogram of the logon times of {_number(len(seconds))}, {span}: {said}."


def _number(logons: int) -> str:
    return f"{logons:,} logon" + ("" if logons == 1 else "s")


def _percentiles(
    seconds: NDArray[np.float64], measured: Mapping[int, float] | None
) -> dict[int, float]:
    if measured is not None:
        return {percent: measured[percent] / 1000 for percent in PERCENTILES}
    found = np.percentile(seconds, PERCENTILES, method="inverted_cdf")
    return dict(zip(PERCENTILES, found.tolist(), strict=True))


def _edges(times: NDArray[np.float64], p99: float) -> NDArray[np.float64]:
    """Bins of a round width from 0 to the longest time, or to where `p99` still has its room."""
    longest = float(times.max())
    end = (longest if longest <= 2 * p99 else _ROOM * p99) or 1.0
    rough = end / 120
    power = 10.0 ** math.floor(math.log10(rough))
    width = next(step * power for step in (1, 2, 5, 10) if step * power >= rough)
    return np.linspace(0, (bins := int(end / width) + 1) * width, bins + 1)


def _mark_percentile(ax: Axes, percent: int, at: float, words: str, row: int) -> None:
    """A line from the axis to a label whose height is its own."""
    height = ax.get_ylim()[1] * (0.98 - 0.09 * row)
    ax.vlines(at, 0, height, color=ink(ax), linestyle=_MARKS[percent], linewidth=1.3)
    ax.annotate(
        f"p{percent}  {words}",
        (at, height),
        (4, 0),
        textcoords="offset points",
        va="top",
        fontsize=TEXT,
    )
