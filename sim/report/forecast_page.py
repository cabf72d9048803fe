"""One page of a forecast for those who plan budgets: the answer, the year, each cost centre, why.

It is made as the page of a run is (`sim.report.html`): nothing is loaded, names are escaped, and
wide tables scroll by themselves. Its tables come as words, since how finely an amount is written
depends on how far its runs lie apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sim.report.contents import Drawing, PriceUsed
from sim.report.html import css, template

MOST_FIGURES = 16
"""Cost centres that have a figure of their own, so that the page stays under 1 MB."""

SECTIONS = (
    ("years", "The year by cost centre"),
    ("months", "Month by month"),
    ("spending", "Budget"),
    ("centers", "Each cost centre"),
    ("why", "Why it may differ"),
    ("test", "Back-test"),
    ("assumed", "Assumptions and prices"),
    ("provenance", "What was run"),
)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table ready to be written."""

    id: str
    caption: str
    columns: Sequence[tuple[str, str]]
    """Titles with their classes: `number`, `long` or none."""
    rows: Sequence[Sequence[str]]
    links: Mapping[str, str] = field(default_factory=dict)
    """Of first cells, ids of the parts of the page that they lead to."""


@dataclass(frozen=True, kw_only=True)
class CostCenter:
    """What is said of one cost centre by itself."""

    id: str
    name: str
    answer: Sequence[str]
    drawing: Drawing


@dataclass(frozen=True, kw_only=True)
class ForecastData:
    """Everything that the page says."""

    title: str
    description: str
    period: str
    answer: Sequence[str]
    years: Sequence[Sheet]
    by_month: Drawing
    months: Sheet
    added_up: Drawing
    budget: Sheet | None
    """Each year against the budget; None without one."""
    exceeded: Sheet | None
    """When it is exceeded; None where it never is."""
    centers: Sequence[CostCenter]
    without_figure: Sequence[str]
    """Cost centres that have none."""
    means: Sequence[Sheet]
    p90s: Sequence[Sheet]
    variance: Sheet | None
    bars: Drawing | None
    influences: Sheet | None
    back_test: str
    held: Sheet
    assumptions: Sequence[Sheet]
    prices: Sequence[PriceUsed]
    currency: str
    basis: str
    provenance: Mapping[str, str]


def html_forecast(page: ForecastData) -> str:
    """The page."""
    named = {"spending": "Budget" if page.budget else "Spending added up"}
    sections = [(id_, named.get(id_, title)) for id_, title in SECTIONS]
    return template("forecast.html.jinja").render(page=page, css=css(), sections=sections)
