"""What the months to come cost: many runs under assumptions that are drawn, and what they say.

found = sim.forecast("scenarios/studies/next-year.yaml")
found.answer()                       # the sentences
found.months                         # each month and cost centre: mean, P10, P50, P90
found.years                          # the years, from the same runs
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.api.folder import FOCUS, WORKBOOK
from sim.api.forecast_document import document, table
from sim.api.forecast_plan import (
    ForecastPlan,
    billed,
    plan_forecast,
    refuse_unknown_center,
    told,
)
from sim.api.loading import Scenario
from sim.api.replicating import counting, worked
from sim.api.running import Progress
from sim.report import forecasts as words
from sim.scenario.forecasts import PriceStep, load_forecast
from sim.storage import replace_folder, write_table, write_text
from sim.study.execution import Executor, refuse_to_begin_again
from sim.study.forecasting import YEAR, Bill, Months, Outlook, Overrun, Span
from sim.study.influence import Influence, influences
from sim.study.statistics import Components, Estimate
from sim.study.statistics.estimates import LEVEL, checked_level

if TYPE_CHECKING:
    import pandas as pd

    from sim.report.contents import Drawing
    from sim.report.figures.fan import Fan
    from sim.report.focus.forecast import Rows
    from sim.report.style import Picture

DOCUMENT, PAGE = "forecast.json", "forecast.html"
MONTHS, YEARS = "forecast.csv", "forecast_years.csv"
RUNS, ASSUMPTIONS = "forecast_runs.csv", "forecast_assumptions.csv"
PICTURES = {"by_month": "forecast", "added_up": "forecast_added_up"}
"""Names of the files of each figure, without their ending."""

FILES = frozenset(
    {DOCUMENT, PAGE, MONTHS, YEARS, RUNS, ASSUMPTIONS}
    | {f"{name}.{kind}" for name in PICTURES.values() for kind in ("svg", "png")}
)
"""Everything that a forecast writes."""


class Forecast:
    """What many runs of a scenario say about the months to come."""

    def __init__(self, plan: ForecastPlan, bills: Sequence[Bill], *, level: float = LEVEL) -> None:
        self.plan = plan
        self.runs = Months(_months(plan.scenario), bills, plan.number_of_draws, level)
        """The bills of all runs, draw by draw."""

    @property
    def scenario(self) -> Scenario:
        """What was run, with its assumptions as they stand in it."""
        return self.plan.scenario

    @property
    def name(self) -> str:
        """Name of the forecast."""
        return self.plan.forecast.spec.name

    @property
    def price_changes(self) -> Sequence[PriceStep]:
        """The prices that change, in the order of the file."""
        return self.plan.forecast.spec.price_changes

    @property
    def currency(self) -> str:
        """Of all amounts."""
        return self.scenario.prices.currency

    # --- tables

    @property
    def months(self) -> "pd.DataFrame":
        """A row for each month and cost centre: `mean`, `p10`, `p50`, `p90`, their intervals, `n`.

        Amounts are in the `currency` of the row. An empty cost centre is all of them together.
        Quantiles of months do not add up.
        """
        return table(self.by_month, "month", self.currency)

    @property
    def years(self) -> "pd.DataFrame":
        """The same of each year, and of the whole forecast."""
        return table(self.by_year, "period", self.currency)

    @property
    def bills(self) -> "pd.DataFrame":
        """A row for each run, month and cost centre, by `draw` and `replication`, exact."""
        import pandas as pd

        rows = [
            (number // self.plan.replications, number, *key, amount)
            for number, bill in enumerate(self.runs.bills)
            for key, amount in sorted(bill.items())
        ]
        columns = ["draw", "replication", "month", "cost_center", "cost"]
        return pd.DataFrame(rows, columns=columns).assign(currency=self.currency)

    @property
    def assumptions(self) -> "pd.DataFrame":
        """A row for each draw and assumption: `draw`, `assumption`, `value`."""
        import pandas as pd

        rows = [
            (draw.number, key, value)
            for draw, _ in self.plan.draws
            for key, value in draw.said.items()
        ]
        return pd.DataFrame(rows, columns=["draw", "assumption", "value"])

    @cached_property
    def by_month(self) -> list[Outlook]:
        """Each month: all together, then each cost centre."""
        return list(self.runs.by_month())

    @cached_property
    def by_year(self) -> list[Outlook]:
        """Each year, then the whole forecast: all together, then each cost centre."""
        return list(self.runs.by_year())

    # --- the answer

    def year(self, cost_center: str = "", number: int = 0) -> Outlook:
        """What a year costs, by default the first, of all together or of one cost centre.

        Raises:
            KeyError: when there is no such year or cost centre.
        """
        spans = dict(enumerate(self.runs.years))
        return self.runs.outlook(spans[number], self._known(cost_center))

    def _known(self, cost_center: str) -> str:
        if cost_center and cost_center not in self.runs.cost_centers:
            raise KeyError(cost_center)
        return cost_center

    def split(self, cost_center: str = "") -> Components | None:
        """The variance of the first year's cost: assumptions, and chance within the model.

        None if nothing is drawn, or once only, or each draw is run once.

        Raises:
            KeyError: when there is no such cost centre.
        """
        return self.runs.split(self.runs.years[0], self._known(cost_center))

    def influences(self, cost_center: str = "") -> list[Influence]:
        """How much of the variance between draws each assumption explains, the most first.

        Of the first year's cost. Empty with fewer than 12 draws, or if nothing is drawn.

        Raises:
            KeyError: when there is no such cost centre.
        """
        said = [draw.said for draw, _ in self.plan.draws]
        drawn = {key: [one[key] for one in said] for key in said[0]}
        costs = self.runs.means(self.runs.years[0], self._known(cost_center))
        return influences(drawn, costs, level=self.runs.level) if drawn else []

    @property
    def overruns(self) -> list[Overrun]:
        """Each year held against the budget; none without one."""
        budget = self.plan.forecast.spec.budget
        return [] if budget is None else [self.runs.overrun(y, budget) for y in self.runs.years]

    @property
    def overruns_to_tell(self) -> list[Overrun]:
        """Of them the first, and later ones of whole years: a budget is for twelve months."""
        first, later = self.overruns[:1], self.overruns[1:]
        return [*first, *(one for one in later if len(one.span.months) == YEAR)]

    @cached_property
    def at_once(self) -> Estimate:
        """How often all months of a run lay within the bands of the others."""
        return self.runs.at_once()

    @property
    def basis(self) -> str:
        """What the numbers rest on."""
        draws, each, number = self.runs.draws, self.plan.replications, len(self.runs.bills)
        many = f"{number:,} run{'s' * (number > 1)}"
        if draws == 1:
            many += ": a single draw of the assumptions"
        elif draws:
            many += f": {draws:,} draws of the assumptions, {each:,} run{'s' * (each > 1)} of each"
        return f"{many}; {100 * self.runs.level:g} % intervals"

    def answer(self, cost_center: str = "") -> list[str]:
        """The answer in sentences; of one cost centre without budget and back-test.

        Raises:
            KeyError: when there is no such cost centre.
        """
        spec = self.plan.forecast.spec
        self.year(cost_center)
        total = [found for found in self.by_year if found.cost_center == cost_center]
        sentences = [
            words.cost(found, self.currency, first=at == 0) for at, found in enumerate(total)
        ]
        sentences.insert(1, words.known(total[0]))
        sentences.append(words.split(self.split(cost_center), draws=self.runs.draws))
        if found := self.influences(cost_center):
            sentences.append(words.moves(found, self.currency))
        if cost_center:
            return sentences
        if spec.budget is not None:
            budget = f"{spec.budget:,f} {self.currency}"
            sentences += [words.overrun(found, budget) for found in self.overruns_to_tell]
        months = [found for found in self.by_month if not found.cost_center]
        return [*sentences, words.back_test(months, self.at_once)]

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The document that outlives the program: `forecast.json`."""
        return document(self)

    # --- pictures

    def figure(self, *, added_up: bool = False, cost_center: str = "") -> "Picture":
        """What each month may cost; or what is spent since the beginning of its year.

        Raises:
            KeyError: when there is no such cost centre.
        """
        from sim.report.figures.fan import HEIGHT, fan
        from sim.report.picture import drawn

        shown, title = self._fan(cost_center, added_up=added_up)
        return drawn(partial(fan, shown), title=title, height=HEIGHT)

    def svg(self, *, added_up: bool = False, cost_center: str = "") -> str:
        """The same as one `<svg>` element, for a page."""
        from sim.report.figures.fan import HEIGHT, describe_fan, fan
        from sim.report.picture import as_svg

        shown, title = self._fan(cost_center, added_up=added_up)
        said = describe_fan(shown)
        return as_svg(partial(fan, shown), title=title, description=said, height=HEIGHT)

    def drawing(
        self, *, added_up: bool = False, cost_center: str = "", height: float = 3.0
    ) -> "Drawing":
        """The same with its title as a caption, of that height [in]."""
        from sim.report.figures.fan import describe_fan, fan
        from sim.report.svg import drawing

        shown, title = self._fan(cost_center, added_up=added_up)
        said = describe_fan(shown)
        draw = partial(fan, shown)
        return drawing(draw, topic="cost", title=title, description=said, height=height)

    @property
    def html(self) -> str:
        """The page: `forecast.html`."""
        from sim.api.forecast_page import page_of

        return page_of(self)

    def _fan(self, cost_center: str, *, added_up: bool) -> tuple["Fan", str]:
        from sim.report.figures.fan import Fan

        budget = self.plan.forecast.spec.budget
        whose = self._known(cost_center) or self.name
        if added_up:
            months = self.runs.years[0].months
            spans = [Span(months[: at + 1]) for at in range(len(months))]
            found = [self.runs.outlook(span, cost_center) for span in spans]
            what, title = (
                f"spent so far [{self.currency}]",
                f"{whose}: {self.runs.years[0].name}, added up",
            )
        else:
            months = self.runs.months
            found = [one for one in self.by_month if one.cost_center == cost_center]
            what, title = f"cost of the month [{self.currency}]", f"{whose}: cost by month"
        mean, p10, p90 = (
            [float(getattr(one, name).value) for one in found] for name in ("mean", "p10", "p90")
        )
        line = float(budget) if added_up and budget is not None and not cost_center else None
        shown = Fan(months, mean, p10, p90, budget=line, words=what)
        return shown, title

    # --- what can be done with it

    @property
    def focus(self) -> "pd.DataFrame":
        """The mean by month and cost centre in the columns of FOCUS 1.2; see `docs/focus.md`."""
        from sim.api.forecast_focus import outlooks_of
        from sim.report.focus.forecast import forecast_focus_rows

        return forecast_focus_rows(outlooks_of(self))

    def write_focus(
        self,
        file: str | PathLike[str],
        *,
        rows: "Rows" = "mean",
        version: str = "1.2",
        account: str = "simulated",
    ) -> None:
        """Write amounts by month and cost centre in the columns of FOCUS, whole or not at all.

        Args:
            file: ends in `.parquet` or `.csv`.
            rows: `mean`, which adds up; `quantiles` with P10, P50 and P90, which do not; `runs`.
            version: `1.2`, which AWS exports, or `1.4`.
            account: identifier of the billing account.

        Raises:
            ValueError: for other rows, another suffix or version.
            OSError: as one sentence, when the system refuses.
        """
        from sim.api.forecast_focus import outlooks_of, write_forecast_focus

        write_forecast_focus(outlooks_of(self, rows), file, version=version, account=account)

    def write(self, folder: str | PathLike[str]) -> Path:
        """Write document, tables and pictures to a folder, whole or not at all.

        Raises:
            FileExistsError: when the folder holds something that no forecast has written.
            OSError: as one sentence, when the system refuses.
        """
        with replace_folder(Path(folder), is_forecast) as inside:
            self.fill(inside)
        return Path(folder)

    def fill(self, folder: Path) -> None:
        """Write everything to a folder that is there; `forecast.json` last."""
        from sim.report.figures.fan import HEIGHT, fan
        from sim.report.picture import save_png

        write_table(folder / MONTHS, self.months)
        write_table(folder / YEARS, self.years)
        bills = self.bills
        write_table(folder / RUNS, bills.assign(cost=[format(one, "f") for one in bills["cost"]]))
        if self.plan.forecast.spec.is_drawn:
            write_table(folder / ASSUMPTIONS, self.assumptions)
        for kind, name in PICTURES.items():
            shown, title = self._fan("", added_up=kind == "added_up")
            write_text(folder / f"{name}.svg", self.svg(added_up=kind == "added_up") + "\n")
            save_png(folder / f"{name}.png", partial(fan, shown), title=title, height=HEIGHT)
        write_text(folder / PAGE, self.html)
        text = json.dumps(self.summary, indent=2, ensure_ascii=False)
        write_text(folder / DOCUMENT, text + "\n")

    def workbook(self, path: str | PathLike[str]) -> Path:
        """Write a workbook of Excel: a cost centre and a year to choose; see `docs/workbook.md`.

        Raises:
            ValueError: for another suffix than `.xlsx`, or more runs than a sheet has columns.
            OSError: as one sentence, when the system refuses.
        """
        from sim.api.workbooks import write_workbook

        return write_workbook(self, path)

    def __repr__(self) -> str:
        return f"<Forecast {self.name}: {self.answer()[0]} {self.basis}>"

    def _repr_html_(self) -> str:
        from sim.api.cards import forecast_card

        return forecast_card(self)


def forecast(
    scenario: Scenario | str | PathLike[str],
    *,
    months: int | None = None,
    draws: int | None = None,
    replications: int | None = None,
    assumptions: Mapping[str, Any] | None = None,
    price_changes: Sequence[Mapping[str, Any]] | None = None,
    budget: float | str | None = None,
    cost_center: str | None = None,
    level: float = LEVEL,
    overrides: Sequence[str] = (),
    executor: Executor | None = None,
    out: str | PathLike[str] | Callable[[str], Path] | None = None,
    progress: Progress | None = None,
) -> Forecast:
    """Run a scenario over the months to come, many times, and say what they cost.

    Args:
        scenario: a loaded scenario, or the path of a forecast or scenario file.
        months: calendar months from its start on, over the file's; 12 if neither says it.
        draws: draws of the assumptions, over the file's.
        replications: runs of each draw, over the file's.
        assumptions: settings with what they are drawn from, beside the file's or over them:
            `{"populations.staff.users": {"low": 80, "likely": 90, "high": 120}}`.
        price_changes: over the file's, such as
            `[{"from": "2027-01-01", "prefix": "personal/", "change": "+5 %"}]`.
        budget: what twelve months may cost, in the currency of the prices, over the file's.
        cost_center: one that shall be answered for: refused before anything runs if nobody books
            there.
        level: how often an interval contains the truth.
        overrides: settings laid over the scenario, below those of the file.
        executor: where the runs are done; by default on all cores of this machine. More workers
            change no bit of the result.
        out: write document, tables and pictures to this folder, or to one made of the forecast's
            name.
        progress: told what is being done and how far it is.

    Raises:
        ScenarioError: with everything that is wrong with the files, assumptions and overrides.
        ResultError: when there is no such cost centre.
        ValueError: when the level is not from 0.5 to below 1.
        StudyError: when a run fails.
        FileExistsError: when `out` holds something that no forecast has written.
        OSError: as one sentence, when the system refuses to write.
    """
    refuse_to_begin_again()
    checked_level(level)
    given = {
        "months": months,
        "draws": draws,
        "replications": replications,
        "assumptions": assumptions,
        "price_changes": price_changes,
        "budget": budget,
    }
    if isinstance(scenario, Scenario):
        overrides = (*scenario.overrides, *overrides)
        scenario = scenario.resolved.file
    tell = progress or (lambda _what, _share: None)
    tell("drawing the assumptions", 0)
    said = {key: value for key, value in given.items() if value is not None}
    plan = plan_forecast(load_forecast(scenario, said), overrides)
    if cost_center is not None:
        refuse_unknown_center(plan.scenario, cost_center)
    with _kept(out(plan.forecast.spec.name) if callable(out) else out) as folder:
        tasks = plan.tasks()
        results = worked(billed, tasks, executor, counting(tell, range(len(tasks)), len(tasks)))
        found = Forecast(plan, [told(result) for result in results], level=level)
        if folder is not None:
            found.fill(folder)
    return found


def is_forecast(folder: Path) -> bool:
    """Whether a folder is what a forecast wrote, or was exported from it, and nothing else."""
    names = {path.name for path in folder.iterdir()}
    return DOCUMENT in names and names <= FILES | {FOCUS, WORKBOOK}


@contextmanager
def _kept(out: str | PathLike[str] | None) -> Iterator[Path | None]:
    """A folder that takes its place when all is done, asked for before anything is."""
    if out is None:
        yield None
        return
    with replace_folder(Path(out), is_forecast) as folder:
        yield folder


def _months(scenario: Scenario) -> tuple[str, ...]:
    spec = scenario.spec
    return tuple(str(month.name) for month in spec.calendar.months(0, spec.end))
