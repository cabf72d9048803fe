"""What each month costs and what for, as stacked bars.

A bar for each month, a part for each charge; the total stands on top, since it is what is asked for
first. A charge keeps its colour, hatch and place in the stack in every figure.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from sim.report.style import (
    TEXT,
    MarginLabel,
    fills,
    height_of,
    in_stacking_order,
    ink,
    margin_labels,
    on_colour,
    paint,
    plain,
    sentence,
)
from sim.report.wording import money

NO_COST = "Nothing was charged."
MOST_CHARGES = 9
"""Charges drawn one by one; of more than these the smallest are drawn together."""

_BAR = 0.7
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


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
    labels, edge = [], len(table) - 1 + _BAR / 2
    for charge, amounts in table.items():
        look, heights = looks[str(charge)], amounts.to_numpy()
        for bar in ax.bar(months, heights, width=_BAR, bottom=foot, label=str(charge)):
            paint(bar, look, ink(ax))
        labels.append(MarginLabel(edge, foot[-1] + heights[-1] / 2, str(charge), look))
        foot = foot + heights
    plain(ax, x_label="month (UTC)", y_label=f"cost [{currency} per month]")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.12g}"))
    ax.set_ylim(0, foot.max() * 1.12)
    ax.set_xlim(-0.7, len(table) - 0.4)
    _name_months(ax, [str(month) for month in table.index])
    _write_totals(ax, foot)
    _write_parts(ax, table)
    margin_labels(ax, labels)
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
        ax.annotate(
            _short(totals[x]),
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
                on_colour(ax, x, foot + amount / 2, _short(amount))
            foot += amount


def _short(amount: float) -> str:
    """An amount as precise as a bar can be read; the tables have the cents."""
    return f"{amount:,.0f}" if amount >= 100 else f"{amount:,.2f}"
