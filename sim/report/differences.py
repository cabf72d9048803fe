"""How differences are told: by how much and with which interval, what is sure and what is not."""

from collections.abc import Sequence

from sim.report.estimates import digits, interval_text, number, unit_of
from sim.study.observations import Measure
from sim.study.statistics import Difference, Estimate

Told = Sequence[tuple[Measure, Difference]]
"""Measures with their differences, cost first if it is among them."""

_WORDS = {"USD": ("dearer", "cheaper"), "s": ("longer", "shorter"), "share": ("higher", "lower")}
_GAINS = 1.05
"""Gain from which on it is spoken of; below it is noise."""


def told(name: str, baseline: str, when: str, measures: Told) -> list[str]:
    """Sentences on one scenario: what is established, what is the same, what is neither.

    Args:
        name: of the scenario.
        baseline: what it is held against.
        when: what the cost is of: `a month`, `in 2 w`.
        measures: those to speak of.
    """
    sure = [pair for pair in measures if pair[1].established]
    same = [measure.words for measure, one in measures if is_same(one)]
    unsure = [pair for pair in measures if not (pair[1].established or is_same(pair[1]))]
    sentences = [_established(name, baseline, when, sure)] if sure else []
    if same:
        runs = measures[0][1].estimate.n
        lead = "The same" if runs == 1 else f"The same in all {runs:,} runs"
        sentences.append(f"{lead}: {listed(same)}.")
    if unsure:
        sentences.append(f"{_not_established(unsure)}.")
    if not sure:
        nothing = "the same" if not unsure else "no difference is established"
        sentences.insert(0, f"{name} against {baseline}: {nothing}.")
    return [*sentences, *_minded(measures), *_gained(measures)]


def listed(words: Sequence[str]) -> str:
    """`price, headcount and capacity`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def is_same(found: Difference) -> bool:
    """Whether no run says anything else of the one scenario than of the other."""
    return found.estimate.value == 0 and found.estimate.low is None


def unit_of_difference(measure: Measure) -> str:
    """The unit of a difference: shares differ by percentage points."""
    return "percentage points" if measure.unit == "share" else unit_of(measure)


def signed(estimate: Estimate, measure: Measure) -> str:
    """A difference with its sign, without its unit: `+1,240`."""
    shown = number(estimate.value, measure, digits(estimate, measure))
    return shown if shown.startswith("-") or not shown.strip("0.,") else f"+{shown}"


def signed_text(found: Difference, measure: Measure, *, unit: bool = True) -> str:
    """A difference with its sign and interval: `+1,240 USD, 1,180 to 1,300`."""
    estimate = found.estimate
    if is_same(found):
        return interval_text(estimate, measure) if estimate.has("same") else "the same"
    value = signed(estimate, measure)
    if unit:
        value = f"{value} {unit_of_difference(measure)}".strip()
    return value if estimate.has("one run") else f"{value}, {interval_text(estimate, measure)}"


def size_text(found: Difference, measure: Measure, when: str = "", *, level: bool = True) -> str:
    """By how much, without a sign, and the interval: `1,240 USD (95 %: 1,180 to 1,300)`.

    The words beside it say more or less, and so the interval is that of the size.
    """
    size = _turned(found.estimate)
    value = number(size.value, measure, digits(size, measure))
    before = f"{size.level * 100:g} %: " if level and size.low is not None else ""
    words = [value, unit_of_difference(measure), when, f"({before}{interval_text(size, measure)})"]
    return " ".join(word for word in words if word)


def _established(name: str, baseline: str, when: str, sure: Told) -> str:
    """`B is cheaper than A by 1,240 USD a month (95 %: ...) and P95 wait is 8 s longer (...)`."""
    clauses = []
    for place, (measure, one) in enumerate(sure):
        money = measure.unit == "USD"
        size = size_text(one, measure, when if money else "", level=place == 0)
        if money:
            clauses.append(f"{name} is {_word(measure, one)} than {baseline} by {size}")
            continue
        amount, _, interval = size.rpartition(" (")
        clauses.append(f"{measure.words} is {amount} {_word(measure, one)} ({interval}")
    lead = "" if sure[0][0].unit == "USD" else f"{name} against {baseline}: "
    return f"{lead}{listed(clauses)}."


def _word(measure: Measure, found: Difference) -> str:
    more, less = _WORDS.get(measure.unit, ("more", "less"))
    return more if (found.estimate.value or 0) > 0 else less


def _not_established(unsure: Told) -> str:
    """With one run nothing is; said once, not of each measure."""
    if unsure[0][1].estimate.n == 1:
        values = [
            f"{one.words} {signed(found.estimate, one)} {unit_of_difference(one)}".strip()
            for one, found in unsure
        ]
        return f"One run of each establishes nothing: {listed(values)}"
    values = [f"{one.words} ({signed_text(found, one)})" for one, found in unsure]
    return f"Not established: {listed(values)}"


def _minded(measures: Told) -> list[str]:
    """What a reader must know of the intervals that there are; of the same kind in one sentence."""
    skewed, others = [], []
    for measure, one in measures:
        for note in one.estimate.notes if one.estimate.low is not None else ():
            if note.kind == "skewed":
                skewed.append(measure.words)
            else:
                others.append(f"Mind: {measure.words}: {note.text}.")
    if skewed:
        others.append(
            f"Mind: the interval{'s' * (len(skewed) > 1)} of {listed(skewed)} may contain the "
            "truth less often than stated, since the runs are few and skewed."
        )
    return others


def _gained(measures: Told) -> list[str]:
    """What it gains that the people are the same, of the first measure that has spread."""
    for measure, one in measures:
        if one.gain is None:
            continue
        if one.gain < _GAINS:
            return [f"That the people are the same in each gains nothing for {measure.words}."]
        times = f"{one.gain:,.1f}" if one.gain < 10 else f"{one.gain:,.0f}"
        times = f"{times} times as many runs to be as sure of {measure.words}"
        return [f"With other people in each it would take {times}."]
    return []


def _turned(estimate: Estimate) -> Estimate:
    """An estimate of the size of a difference: the same, or with every sign turned."""
    if estimate.value is None or estimate.value >= 0:
        return estimate
    low, high = (None if end is None else -end for end in (estimate.high, estimate.low))
    return Estimate(
        -estimate.value, low, high, estimate.n, estimate.level, estimate.method, estimate.notes
    )
