"""A forecast in sentences: what it costs and at most, how surely, why it may differ."""

import math
from collections.abc import Sequence

from sim.study.forecasting import YEAR, Outlook, Overrun
from sim.study.influence import Influence
from sim.study.statistics import Components, Estimate

_MILLION = 1_000_000
_TELL_P90 = 10
"""Runs below which the P90 is the dearest of them: nothing is seen of the tenth that is dearer."""
_FIGURES = 3
"""Digits of the distance from P10 to P90 that are written."""


def amount(value: float | None, spread: float) -> str:
    """Money without its unit, no finer than its spread: `155,400`, `1.21 M`."""
    if value is None:
        return "-"
    decimals = _FIGURES - 1 - math.floor(math.log10(spread)) if spread > 0 else 2
    if abs(value) >= _MILLION:
        return f"{value / _MILLION:,.{max(0, min(6, decimals + 6))}f} M"
    return f"{round(value, decimals) + 0.0:,.{max(0, min(2, decimals))}f}"


def spread(outlook: Outlook) -> float:
    """From P10 to P90, in the currency of the forecast."""
    low, high = outlook.p10.value, outlook.p90.value
    return 0.0 if low is None or high is None else high - low


def amounts(outlook: Outlook) -> list[str]:
    """Mean, P10, P50 and P90, as fine as they are worth."""
    found = (outlook.mean, outlook.p10, outlook.p50, outlook.p90)
    return [amount(one.value, spread(outlook)) for one in found]


def interval(found: Estimate, fineness: float) -> str:
    """`1,180 to 1,250`, or why there is none."""
    if found.low is None or found.high is None:
        return "; ".join(note.text for note in found.notes)
    return f"{amount(found.low, fineness)} to {amount(found.high, fineness)}"


def percent(found: Estimate, *, level: bool = True) -> str:
    """A share with its interval: `83 % (95 %: 70 to 91)`, or without the level of that."""
    if found.value is None:
        return "-"
    if found.low is None or found.high is None:
        return f"{100 * found.value:.0f} %"
    ends = f"{100 * found.low:.0f} to {100 * found.high:.0f}"
    stated = f"{100 * found.level:g} %: " if level else ""
    return f"{100 * found.value:.0f} % ({stated}{ends})"


def cost(outlook: Outlook, currency: str, *, first: bool) -> str:
    """What a year costs, and what nine of ten runs stay below; of a cost centre with its name."""
    said = _cost(outlook, currency, first=first)
    return f"{outlook.cost_center}: {said[0].lower()}{said[1:]}" if outlook.cost_center else said


def _cost(outlook: Outlook, currency: str, *, first: bool) -> str:
    mean, low, _, high = amounts(outlook)
    months = len(outlook.span.months)
    if first and months == YEAR:
        what = f"Next year ({outlook.span.name}) costs"
    elif months == 1:
        what = f"{outlook.span.name} costs"
    else:
        what = f"The {months} months {outlook.span.name} cost"
    if outlook.p90.n < _TELL_P90:
        most = f"the dearest of only {outlook.p90.n} {'run' if outlook.p90.n == 1 else 'runs'}"
        return f"{what} {mean} {currency} (P10 {low}, P90 {high}): P90 is {most}."
    return (
        f"{what} {mean} {currency} (P10 {low}, P90 {high}): in 9 of 10 runs at most {high} "
        f"{currency}."
    )


def known(outlook: Outlook) -> str:
    """How well mean and P90 are known."""
    fineness = spread(outlook)
    if outlook.p90.low is None:
        return f"The P90 has no interval: {interval(outlook.p90, fineness)}."
    return (
        f"That P90 is known to {interval(outlook.p90, fineness)}, the mean to "
        f"{interval(outlook.mean, fineness)} ({100 * outlook.p90.level:g} %)."
    )


def split(found: Components | None, *, draws: int) -> str:
    """What of the uncertainty is due to the assumptions, of which there are so many draws."""
    if not draws:
        return "No assumption is uncertain: runs differ by chance within the model alone."
    if draws == 1:
        return (
            "All runs rest on a single draw of the assumptions: how far these move the cost is "
            "in none of the numbers."
        )
    if found is None:
        return "Each draw of the assumptions is run once, which cannot be split from chance."
    if found.share.value is None:
        return "All runs cost the same."
    return (
        f"Of the variance between runs {percent(found.share)} is due to the assumptions, the rest "
        "to chance within the model."
    )


def moves(found: Sequence[Influence], currency: str) -> str:
    """Which assumption moves the answer most, as far as the draws tell."""
    first, *others = found
    if not first.is_established:
        return (
            f"{first.share.n} draws are too few to tell which assumption moves the answer most; "
            f"{influence(first, currency)}."
        )
    said = f"What moves the answer most is {influence(first, currency)}."
    if others and (others[0].share.high or 0.0) > (first.share.low or 0.0):
        second = others[0]
        said += (
            f" That it is more than {second.assumption}, with {percent(second.share, level=False)},"
            " is not established."
        )
    return said


def influence(found: Influence, currency: str) -> str:
    """One assumption with what it explains, and from what to what it takes the cost."""
    said = f"{found.assumption}, which explains {percent(found.share)} of how draws differ"
    apart = abs(found.cost_at_high - found.cost_at_low)
    low, high = (amount(cost, apart) for cost in (found.cost_at_low, found.cost_at_high))
    ends = f"{low} {currency} at {found.low}, {high} {currency} at {found.high}"
    return f"{said}: on average {ends}"


def overrun(found: Overrun, budget: str) -> str:
    """Whether a year's budget, such as `46,000 USD`, holds, and until when."""
    when = (
        f"on average it is spent in {found.month}"
        if found.month
        else "on average it is not spent by the end"
    )
    return (
        f"The budget of {budget} for {found.span.name} is exceeded in "
        f"{percent(found.probability)} of runs; {when}."
    )


def back_test(months: Sequence[Outlook], at_once: Estimate) -> str:
    """How often the bands held when each run was taken for the truth."""
    shares = [100 * found.held.value for found in months if found.held.value is not None]
    if not shares or at_once.value is None:
        return "There is nothing to test the bands against."
    low, high = f"{min(shares):.0f}", f"{max(shares):.0f}"
    told = f"{low} %" if low == high else f"{low} to {high} %"
    said = f"With each run in turn as the truth, P10 to P90 of the others held {told} of the time"
    if len(months) == 1:
        return f"{said}."
    return f"{said} by month, and all {len(months)} months at once in {percent(at_once)}."
